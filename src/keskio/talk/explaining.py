"""Explain: why a message was sent, held, dropped or taken back, in one plain sentence with its evidence.

The sentence is put together from clauses, each of which says one thing that was stored; the same things
stand apart as `facts`, and as codes and values for other programs. What health messages say is told only
to those who may see health data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keskio.kernel.clock import Micros, to_micros
from keskio.know.api import same_person_ids
from keskio.talk.drawing import channel_name
from keskio.talk.evidence import Entry, Evidence
from keskio.talk.models import Decision, Message
from keskio.talk.moment_words import span_in_words
from keskio.talk.whys import (
    PURPOSES,
    STATES,
    VERDICTS,
    Names,
    decoded,
    details_of,
    is_about_health,
    length_of,
    moment_said,
    reason_said,
)

HEALTH_SAID = gettext_lazy(
    "It is about health: what it says is shown only to those who may see health data."
)
ENTRIES: Mapping[str, Any] = {
    "event": gettext_lazy(
        "the customer came into %(dialogue)s on %(at)s, when “%(event)s” happened"
    ),
    "segment": gettext_lazy(
        "the customer came into %(dialogue)s on %(at)s, on entering the segment “%(text)s”"
    ),
    "keyword": gettext_lazy("the customer came into %(dialogue)s on %(at)s by writing “%(text)s”"),
    "audience": gettext_lazy("the customer came into %(dialogue)s on %(at)s with its audience"),
    "date": gettext_lazy("the customer came into %(dialogue)s on %(at)s, on a date of their own"),
    "catalogue": gettext_lazy(
        "the customer came into %(dialogue)s on %(at)s, because of something new that concerns them"
    ),
    "hand": gettext_lazy(
        "the customer was brought into %(dialogue)s on %(at)s by a person or another program"
    ),
    "": gettext_lazy("the customer came into %(dialogue)s on %(at)s"),
}


class Fact(msgspec.Struct, frozen=True):
    """One thing that stood behind it: a code, what it is called, and a sentence."""

    key: str
    title: str
    text: str


class Explained(msgspec.Struct, frozen=True):
    """A message or a decision explained. `values` are those that were stored, for other programs."""

    kind: str
    id: int
    customer: int
    at: Micros
    verdict: str
    reason: str
    title: str
    tone: str
    sentence: str
    dialogue: str
    dialogue_key: str
    version: int
    step: str
    step_key: str
    channel: str
    facts: list[Fact]
    values: dict[str, Any]
    text: str = ""
    is_hidden: bool = False


def explain_message(pk: int, *, may_see_health: bool) -> Explained | None:
    """Explain a message of the ledger; None when there is none."""
    found = Message.objects.filter(pk=pk).first()
    return _alone(found, may_see_health) if found else None


def explain_decision(pk: int, *, may_see_health: bool) -> Explained | None:
    """Explain a decision: something held, dropped, refused or without effect; None when there is none."""
    found = Decision.objects.filter(pk=pk).first()
    return _alone(found, may_see_health) if found else None


def explain_all(customer: int, *, may_see_health: bool, limit: int = 50) -> list[Explained]:
    """Explain the latest messages and decisions about one person, newest first."""
    customers = same_person_ids(customer)
    messages = Message.objects.filter(customer_id__in=customers).order_by("-claimed_at", "-id")
    decisions = Decision.objects.filter(customer_id__in=customers).order_by("-at", "-id")
    told = explain(
        [*messages[:limit], *decisions[:limit]], customers, may_see_health=may_see_health
    )
    return sorted(told, key=lambda one: -one.at)[:limit]


def explain(
    told: Sequence[Message | Decision], customers: Sequence[int], *, may_see_health: bool
) -> list[Explained]:
    """Explain messages and decisions about one person, whose ids `customers` are, in their order."""
    evidence = Evidence(customers, told)
    names = Names({one.version_id for one in told})
    found = [
        _message(one, evidence, names)
        if isinstance(one, Message)
        else _decision(one, evidence, names)
        for one in told
    ]
    if may_see_health:
        return found
    return [
        _hidden(explained) if is_about_health(one, names) else explained
        for one, explained in zip(told, found, strict=True)
    ]


def _alone(one: Message | Decision, may_see_health: bool) -> Explained | None:
    if not one.customer_id:
        return None  # erased: nothing is left to be told
    return explain([one], same_person_ids(one.customer_id), may_see_health=may_see_health)[0]


def _hidden(told: Explained) -> Explained:
    return msgspec.structs.replace(
        told,
        sentence=str(HEALTH_SAID),
        dialogue="",
        dialogue_key="",
        step="",
        step_key="",
        facts=[],
        values={},
        text="",
        is_hidden=True,
    )


def _message(message: Message, evidence: Evidence, names: Names) -> Explained:
    dialogue, key, version, step = names.of(message.version_id, message.step)
    channel = channel_name(message.channel)
    title, tone = STATES[message.state]
    entry = evidence.entry(message.enrolment_id)
    sent_at = moment_said(to_micros(message.claimed_at))
    if message.enrolment_id < 0:
        clauses, facts = _by_person(message, channel, sent_at)
    else:
        clauses = [
            entry_clause(entry, dialogue, version),
            _("the step “%(step)s” sent this message (%(channel)s) on %(at)s")
            % {"step": step, "channel": channel, "at": sent_at},
        ]
        facts = [_fact_of_entry(clauses[0], entry), Fact("step", _("Step"), step)]
    for fact in _grounds(message, evidence):
        facts.append(fact)
        clauses.append(fact.text)
    state = _became(message, names.language)
    facts.append(Fact("state", _("What became of it"), state))
    if message.state not in ("claimed", "handing", "sent"):
        clauses.append(state)
    return Explained(
        kind="message",
        id=message.pk,
        customer=message.customer_id,
        at=to_micros(message.claimed_at),
        verdict=message.state,
        reason=message.reason,
        title=str(title),
        tone=tone,
        sentence=sentence_of(clauses),
        dialogue=dialogue,
        dialogue_key=key,
        version=version,
        step=step,
        step_key=message.step,
        channel=channel,
        facts=_stated(facts),
        values={**decoded(message.why), **_entry_values(entry)},
        text=str(decoded(message.content).get("text", "")),
    )


def _by_person(message: Message, channel: str, sent_at: str) -> tuple[list[str], list[Fact]]:
    """Return the clause and the fact about an answer that somebody wrote."""
    name = str(decoded(message.why).get("by", ""))
    said = _("%(name)s wrote this answer (%(channel)s) on %(at)s") % {
        "name": name,
        "channel": channel,
        "at": sent_at,
    }
    return [said], [Fact("case", _("Case"), str(-message.enrolment_id))]


def _grounds(message: Message, evidence: Evidence) -> Iterable[Fact]:
    """Yield what allowed and formed a message: permission, rules, code, experiments."""
    yield Fact("permission", _("Permission"), _permission(message, evidence))
    counted = evidence.counted(message)
    if counted is not None:
        length = span_in_words(length_of(counted.window))
        yield Fact(
            "rules",
            _("Rules of contact"),
            _("it was message %(number)d of at most %(limit)d in %(window)s")
            % {"number": counted.number, "limit": counted.limit, "window": length},
        )
    why = decoded(message.why)
    if isinstance(why.get("rank"), (int, float)):
        text = _("its rank was %(rank)s") % {"rank": f"{why['rank']:g}"}
        yield Fact("rank", _("Rank"), text)
    code = evidence.code(message)
    if code is not None:
        text = _("it carried the code %(code)s of the offer “%(offer)s”")
        yield Fact("code", _("Code"), text % {"code": code.code, "offer": code.offer})
    for experiment, arm in evidence.arms(message.enrolment_id):
        text = _("in the experiment “%(experiment)s” the customer is in “%(arm)s”")
        yield Fact("arm", _("Experiment"), text % {"experiment": experiment, "arm": arm})


def _permission(message: Message, evidence: Evidence) -> str:
    purpose = str(PURPOSES.get(message.purpose, message.purpose))
    if decoded(message.why).get("consent") != "given":
        return _("it needed no separate permission (%(purpose)s)") % {"purpose": purpose}
    found = evidence.permission(message)
    named = {"purpose": purpose, "channel": channel_name(message.channel)}
    if found is None:
        return _("it was allowed by the customer's permission (%(purpose)s, %(channel)s)") % named
    named |= {"at": moment_said(found.at), "source": found.source}
    text = _(
        "it was allowed by the permission (%(purpose)s, %(channel)s) given on %(at)s, source: %(source)s"
    )
    said = text % named
    if found.text_version:
        said += _(", text: %(text)s") % {"text": found.text_version}
    return said


def _became(message: Message, language: str) -> str:
    said = {
        "claimed": _("it waits to leave") if message.reason else _("it is on its way"),
        "handing": _("it is being handed over"),
        "sent": _("it was sent"),
        "delivered": _("it was delivered"),
        "bounced": _("it came back"),
        "failed": _("it was not sent"),
        "unknown": _("nobody knows whether it went out"),
        "withdrawn": _("it was taken back before it was sent"),
    }[message.state]
    # "Taken back" gives itself as its reason, and so do many providers.
    if message.reason in ("", "taken_back", message.state):
        return said
    return f"{said} ({reason_said(message.reason, language).rstrip('.')})"


def _decision(decision: Decision, evidence: Evidence, names: Names) -> Explained:
    values = decoded(decision.values)
    dialogue, key, version, step = names.of(decision.version_id, decision.step)
    title, tone = VERDICTS.get(decision.verdict, (_("no effect"), "plain"))
    entry = evidence.entry(decision.enrolment_id)
    because = " ".join([reason_said(decision.reason, names.language), *details_of(values)])
    clauses = [entry_clause(entry, dialogue, version)] if entry else []
    outcome = OUTCOMES.get(decision.verdict, gettext_lazy("nothing came of it"))
    named = {"what": outcome, "step": step, "at": moment_said(to_micros(decision.at))}
    said = _("%(what)s at the step “%(step)s” on %(at)s") if step else _("%(what)s on %(at)s")
    clauses.append(said % named)
    facts = [_fact_of_entry(clauses[0], entry)] if entry else []
    facts += [Fact("step", _("Step"), step), Fact("reason", _("Reason"), because)]
    for experiment, arm in evidence.arms(decision.enrolment_id):
        facts.append(Fact("arm", _("Experiment"), f"{experiment}: {arm}"))
    channel = values.get("channel")
    return Explained(
        kind="decision",
        id=decision.pk,
        customer=decision.customer_id,
        at=to_micros(decision.at),
        verdict=decision.verdict,
        reason=decision.reason,
        title=str(title),
        tone=tone,
        sentence=f"{sentence_of(clauses).rstrip('.')}: {because}",
        dialogue=dialogue,
        dialogue_key=key,
        version=version,
        step=step,
        step_key=decision.step,
        channel=channel_name(channel) if isinstance(channel, str) and channel != "*" else "",
        facts=_stated(facts),
        values={**values, **_entry_values(entry)},
    )


OUTCOMES: Mapping[str, Any] = {
    "held": gettext_lazy("a message was held"),
    "dropped": gettext_lazy("a message was not sent"),
    "refused": gettext_lazy("the customer did not come into the dialogue"),
    "exited": gettext_lazy("the customer went out of the dialogue"),
    "error": gettext_lazy("the dialogue stopped in an error"),
}


def entry_clause(entry: Entry | None, dialogue: str, version: int) -> str:
    """Say how somebody came into a dialogue, as a clause."""
    if entry is None:
        return ""
    named = _("“%(title)s” (version %(number)d)") % {"title": dialogue, "number": version}
    said = {
        "dialogue": named,
        "at": moment_said(entry.at),
        "event": entry.event,
        "text": entry.text,
    }
    return str(ENTRIES[entry.kind]) % said


def sentence_of(clauses: Sequence[str]) -> str:
    """Join clauses into one sentence."""
    said = "; ".join(clause for clause in clauses if clause)
    return f"{said[:1].upper()}{said[1:]}." if said else ""


def _stated(facts: Iterable[Fact]) -> list[Fact]:
    """Return the facts that say something, each as it stands alone: with a capital letter."""
    return [
        msgspec.structs.replace(fact, text=f"{fact.text[:1].upper()}{fact.text[1:]}")
        for fact in facts
        if fact.text
    ]


def _fact_of_entry(clause: str, entry: Entry | None) -> Fact:
    return Fact("trigger", _("Came in"), clause if entry else "")


def _entry_values(entry: Entry | None) -> dict[str, Any]:
    if entry is None:
        return {}
    found = {"trigger": entry.kind, "entered_at": entry.at, "trigger_event": entry.event}
    return {**found, "trigger_event_id": entry.event_id} if entry.event_id else found
