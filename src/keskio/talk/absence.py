"""Why did this customer not get it? One answer for a customer and a dialogue, from what stands in the books.

Whoever has been inside is told by the enrolment and its decisions. Whoever never came in is told by a
refusal, where there was one; else what the dialogue asks for is looked at one after another, as of now:
is it live, has it begun, did its event happen, does the customer meet its conditions, is there permission.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keskio.engine.dialogue.matching import admits
from keskio.engine.dialogue.program import Message as Spoken
from keskio.engine.dialogue.program import Program, message_of
from keskio.engine.pressure import refusal_of
from keskio.events.api import named_events_of
from keskio.kernel.clock import Micros, now_micros, to_micros
from keskio.kernel.i18n import in_language
from keskio.kernel.sql import any_of, fetch, listed
from keskio.know.api import facts_of, same_person_ids
from keskio.talk.drawing import step_title
from keskio.talk.evidence import Inside, enrolments_by_id, properties_of
from keskio.talk.explaining import Explained, explain
from keskio.talk.models import Decision, Dialogue, Message
from keskio.talk.shelf import programs_of
from keskio.talk.whys import HEALTH, decoded, details_of, moment_said, reason_said

ENROLMENTS = """
    SELECT id FROM talk_enrolment WHERE {customers} AND dialogue_id = %s ORDER BY id DESC
"""
REFUSED = "refused"
LOOKED_AT = 500


class Answer(msgspec.Struct, frozen=True):
    """Why somebody did not get it.

    `code` is one of CODES, `reason` one of the engine's; `more`: what was done and decided.
    """

    code: str
    sentence: str
    at: Micros | None = None
    reason: str = ""
    more: list[Explained] = []


def why_not(customer: int, dialogue: Dialogue, *, may_see_health: bool, language: str) -> Answer:
    """Say why a customer did not get what a dialogue sends, or that it was got."""
    customers = same_person_ids(customer)
    case = _Case(customers, dialogue, language)
    if case.program is not None and case.program.purpose == HEALTH and not may_see_health:
        return Answer(
            "hidden",
            _("This dialogue is about health: only those who may see health data are told."),
        )
    rows = fetch(
        ENROLMENTS.format(customers=any_of("customer_id")), (listed(customers), dialogue.pk)
    )
    told = case.told()
    more = explain(told[:LOOKED_AT], customers, may_see_health=may_see_health)
    more.sort(key=lambda one: -one.at)
    if rows:
        inside = enrolments_by_id([rows[0][0]])[rows[0][0]]
        found = case.inside(inside, [one for one in told if one.enrolment_id == inside.id])
    else:
        found = case.outside([one for one in told if isinstance(one, Decision)])
    return msgspec.structs.replace(found, more=more)


class _Case:
    """One customer and one dialogue."""

    def __init__(self, customers: Sequence[int], dialogue: Dialogue, language: str) -> None:
        self.customers, self.dialogue, self.language = customers, dialogue, language
        self.versions = dict(dialogue.versions.values_list("pk", "published_at"))
        live = dialogue.live_version_id
        programs = programs_of(set(self.versions))
        self.programs = programs
        self.program: Program | None = programs.get(live) if live else None
        self.title = in_language(dialogue.title, language) or dialogue.key

    def told(self) -> list[Message | Decision]:
        """Return everything that was sent and decided in the dialogue, newest first."""
        whose: dict[str, Any] = {
            "customer_id__in": list(self.customers),
            "version_id__in": list(self.versions),
        }
        messages = list(Message.objects.filter(**whose).order_by("-id")[:LOOKED_AT])
        decisions = list(Decision.objects.filter(**whose).order_by("-id")[:LOOKED_AT])
        return [*messages, *decisions]

    # those who are or were inside

    def inside(self, inside: Inside, told: Sequence[Message | Decision]) -> Answer:
        """Say how it stands with somebody who is, or was, inside."""
        program = self.programs.get(inside.version)
        step = step_title(program, inside.step, self.language) if program else inside.step
        named = {"step": step, "at": moment_said(inside.changed_at), "title": self.title}
        decisions = [one for one in told if isinstance(one, Decision)]
        if inside.status == 0:
            return self._waiting(inside, decisions, named)
        if inside.status == 2:
            why = reason_said(inside.outcome, self.language)
            text = _("The customer went out of “%(title)s” at “%(step)s” on %(at)s. %(why)s")
            return Answer("exited", text % {**named, "why": why}, inside.changed_at, inside.outcome)
        if inside.status == 3:
            text = _(
                "“%(title)s” stopped in an error at “%(step)s” on %(at)s; a person must look at it."
            )
            return Answer("error", text % named, inside.changed_at, inside.outcome)
        return self._ended(inside, told, named)

    def _waiting(
        self, inside: Inside, decisions: Sequence[Decision], named: Mapping[str, str]
    ) -> Answer:
        held = next((one for one in decisions if one.verdict == "held"), None)
        here = held is not None and held.step == inside.step and inside.due_at is not None
        if held is not None and here:
            why = " ".join(
                [reason_said(held.reason, self.language), *details_of(decoded(held.values))]
            )
            text = _("The message of “%(step)s” is held. %(why)s")
            return Answer("held", text % {**named, "why": why}, to_micros(held.at), held.reason)
        if self.dialogue.state == Dialogue.State.PAUSED:
            text = _("The customer is inside at “%(step)s”, but “%(title)s” is paused.")
            return Answer("waiting", text % named, inside.changed_at, "dialogue_paused")
        if inside.due_at is None:
            text = _(
                "The customer is inside and waits at “%(step)s” since %(at)s, without a time limit."
            )
            return Answer("waiting", text % named, inside.changed_at)
        text = _(
            "The customer is inside and waits at “%(step)s” since %(at)s, until %(due)s at the latest."
        )
        said = {**named, "due": moment_said(inside.due_at)}
        return Answer("waiting", text % said, inside.changed_at)

    def _ended(
        self, inside: Inside, told: Sequence[Message | Decision], named: Mapping[str, str]
    ) -> Answer:
        if inside.outcome == "control":
            text = _(
                "The customer is in the control group of “%(title)s”, which gets nothing, since %(at)s."
            )
            return Answer("ended", text % named, inside.changed_at, "control_group")
        dropped = next(
            (one for one in told if isinstance(one, Decision) and one.verdict == "dropped"), None
        )
        went = [
            m for m in told if isinstance(m, Message) and m.state not in ("withdrawn", "failed")
        ]
        if dropped is not None and not went:
            values = decoded(dropped.values)
            why = " ".join([reason_said(dropped.reason, self.language), *details_of(values)])
            said = {"why": why, "at": moment_said(to_micros(dropped.at)), "title": self.title}
            text = _("The message of “%(title)s” was not sent on %(at)s. %(why)s")
            return Answer("dropped", text % said, to_micros(dropped.at), dropped.reason)
        if went:
            sent = moment_said(to_micros(went[0].claimed_at))
            text = _(
                "The customer got it; messages sent: %(count)d, the last on %(sent)s."
                " “%(title)s” ended on %(at)s."
            )
            got = text % {**named, "count": len(went), "sent": sent}
            return Answer("got_it", got, inside.changed_at)
        text = _("“%(title)s” ended for the customer at “%(step)s” on %(at)s without a message.")
        return Answer("ended", text % named, inside.changed_at, inside.outcome)

    # those who never came in

    def outside(self, decisions: Sequence[Decision]) -> Answer:
        """Say why somebody never came in."""
        refused = next((one for one in decisions if one.verdict == REFUSED), None)
        if refused is not None:
            said = {
                "title": self.title,
                "at": moment_said(to_micros(refused.at)),
                "why": reason_said(refused.reason, self.language),
            }
            text = _(
                "The customer would have come into “%(title)s” on %(at)s, but did not. %(why)s"
            )
            return Answer("refused", text % said, to_micros(refused.at), refused.reason)
        if self.program is None:
            return Answer(
                "not_published", _("“%(title)s” has no live version.") % {"title": self.title}
            )
        if self.dialogue.state == Dialogue.State.CLOSED:
            text = _("“%(title)s” is closed: nobody comes in any more.") % {"title": self.title}
            return Answer("closed_dialogue", text, to_micros(self.dialogue.changed_at))
        return self._not_brought(self.program)

    def _not_brought(self, program: Program) -> Answer:
        for look in (self._event, self._audience, self._permission):
            found = look(program)
            if found is not None:
                return found
        text = _("Nothing has brought the customer into “%(title)s” so far.")
        return Answer("not_brought", text % {"title": self.title})

    def _event(self, program: Program) -> Answer | None:
        """Did the event that begins it happen, and as it must?"""
        matcher = program.trigger.matcher
        if program.trigger.kind != "event" or matcher is None:
            return None
        events = named_events_of(self.customers, [matcher.event], since=None)[-LOOKED_AT:]
        named = {"title": self.title, "event": matcher.event}
        if not events:
            text = _(
                "“%(title)s” begins when “%(event)s” happens, which has not happened to the customer."
            )
            return Answer("no_event", text % named)
        last = events[-1]
        named["at"] = moment_said(last.at)
        published = min((to_micros(at) for at in self.versions.values()), default=0)
        if last.at < published:
            named["published"] = moment_said(published)
            text = _(
                "“%(event)s” happened last on %(at)s, before “%(title)s” was published on %(published)s;"
                " what is past is not run again."
            )
            return Answer("event_before", text % named, last.at)
        known = facts_of(list(self.customers[:1]), program.needs)
        facts = known.get(self.customers[0])
        meant = any(
            admits(program, event.name, properties_of(event.body), event.at, lambda: facts)
            for event in events
            if event.at >= published and facts is not None
        )
        if meant:
            return None
        text = _(
            "“%(event)s” happened last on %(at)s, but not in the way that “%(title)s” asks for."
        )
        return Answer("event_not_meant", text % named, last.at)

    def _audience(self, program: Program) -> Answer | None:
        """Has the audience come in, and does the customer belong to it; are the conditions met?"""
        at = now_micros()
        facts = facts_of(list(self.customers[:1]), program.needs, now=at).get(self.customers[0])
        version = self.dialogue.live_version
        if version and version.launches_at and version.launched_at is None:
            text = _("“%(title)s” brings its audience in on %(at)s.")
            launches = to_micros(version.launches_at)
            return Answer(
                "not_begun", text % {"title": self.title, "at": moment_said(launches)}, launches
            )
        if facts is None:
            return None
        subject = facts.subject(at, program.variables)
        who = program.trigger.who
        if who is not None and not who(subject):
            text = _("The customer does not belong to the audience of “%(title)s” now.")
            return Answer("not_in_audience", text % {"title": self.title})
        if not program.eligible(subject):
            text = _("The customer does not meet the conditions of “%(title)s” now.")
            return Answer("not_eligible", text % {"title": self.title}, reason="not_eligible")
        return None

    def _permission(self, program: Program) -> Answer | None:
        """Is there a channel in which the first message may go?"""
        facts = facts_of(list(self.customers[:1])).get(self.customers[0])
        spoken: list[Spoken] = [m for m in map(message_of, program.steps.values()) if m]
        if facts is None or not spoken:
            return None
        first = spoken[0]
        refusals = {
            channel: refusal_of(first.purpose, channel, facts.consents)
            or ("" if facts.addresses.get(channel) else "no_address")
            for channel in first.channels
        }
        if not all(refusals.values()):
            return None
        reason = refusals[first.channels[0]]
        text = _("“%(title)s” could not send to the customer now. %(why)s")
        named = {"title": self.title, "why": reason_said(reason, self.language)}
        return Answer("no_permission", text % named, reason=reason)


CODES: Mapping[str, Any] = {
    "closed_dialogue": gettext_lazy("Closed"),
    "not_published": gettext_lazy("Not live"),
    "not_begun": gettext_lazy("Not begun"),
    "no_event": gettext_lazy("Never came in"),
    "event_before": gettext_lazy("Never came in"),
    "event_not_meant": gettext_lazy("Never came in"),
    "not_in_audience": gettext_lazy("Never came in"),
    "not_eligible": gettext_lazy("Never came in"),
    "not_brought": gettext_lazy("Never came in"),
    "refused": gettext_lazy("Never came in"),
    "no_permission": gettext_lazy("No permission"),
    "waiting": gettext_lazy("Inside, waiting"),
    "held": gettext_lazy("Held"),
    "dropped": gettext_lazy("Not sent"),
    "ended": gettext_lazy("Over"),
    "exited": gettext_lazy("Over"),
    "error": gettext_lazy("In error"),
    "got_it": gettext_lazy("Was sent"),
    "hidden": gettext_lazy("About health"),
}
