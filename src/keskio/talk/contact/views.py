"""Pages of the wing: the rules, their editor, who would win for a customer, and trials of other rules."""

from __future__ import annotations

from typing import Any

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keskio.engine.dialogue.reasons import sentence
from keskio.engine.pressure import Rules
from keskio.kernel.clock import now_micros
from keskio.kernel.i18n import in_language
from keskio.know.api import customer_by, may_see_special, people_of
from keskio.talk.actions import set_rules
from keskio.talk.contact import trials
from keskio.talk.contact.forms import RulesForm, WhoForm
from keskio.talk.contact.models import Trial
from keskio.talk.contact.queries import history, rules_now
from keskio.talk.contact.ranking import Candidate, candidates_of
from keskio.talk.contact.words import class_name, sentences
from keskio.talk.drawing import channel_name, step_title
from keskio.talk.explaining import HEALTH_SAID
from keskio.talk.models import Dialogue
from keskio.talk.programs import Programs
from keskio.talk.whys import HEALTH
from keskio.web.roles import admin, editor

TONES = {"send": ("good", "sent"), "hold": ("warn", "held"), "drop": ("bad", "cross")}
TRIAL_TONES = {"done": "good", "failed": "bad", "stopped": "warn"}


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Show the rules in force in plain sentences, and those before them."""
    dated = history()
    told = [(one, sentences(one.rules)) for one in dated]
    found = Trial.objects.order_by("-id")[:5]
    context = {"now": told[0], "earlier": told[1:], "trials": [_shown(trial) for trial in found]}
    return render(request, "contact/rules.html", context)


@admin
def edit(request: HttpRequest) -> HttpResponse:
    """Change the rules of contact."""
    form = RulesForm(rules_now().rules, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        set_rules(form.rules(), by=request.user.get_username())
        messages.success(request, _("The new rules are in force."))
        return redirect("contact:rules")
    return render(request, "contact/edit.html", {"form": form, "is_trial": False})


@editor
def try_rules(request: HttpRequest) -> HttpResponse:
    """Ask which rules to try on the last month, and begin."""
    form = RulesForm(rules_now().rules, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        trial = trials.begin(form.rules(), by=request.user.get_username())
        return redirect("contact:trial", pk=trial.pk)
    return render(request, "contact/edit.html", {"form": form, "is_trial": True})


@require_safe
def trial(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far a trial has come, and what it has found; asked for by htmx, only the part that changes."""
    found = get_object_or_404(Trial, pk=pk)
    context = {"trial": found, **_shown(found), **_result(found)}
    live = request.headers.get("HX-Request") == "true"
    return render(request, "contact/_trial.html" if live else "contact/trial.html", context)


@require_POST
@editor
def stop_trial(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a trial where it is."""
    if trials.stop(pk):
        messages.success(request, _("The trial was stopped."))
    else:
        messages.warning(request, _("The trial was already over."))
    return redirect("contact:trial", pk=pk)


@require_safe
def customer(request: HttpRequest) -> HttpResponse:
    """Show for one customer what is held and planned, ranked, and what the gate would say now."""
    form = WhoForm(request.GET)
    asked = form.cleaned_data["q"].strip() if form.is_valid() else ""
    number = _customer_of(asked) if asked else None
    person = people_of([number]).get(number) if number is not None else None
    context: dict[str, Any] = {"form": form, "asked": asked, "person": person, "number": number}
    if person is not None:
        programs = Programs()
        programs.refresh()
        in_force = rules_now().rules
        found, contacts = candidates_of(person.id, programs, in_force, now_micros())
        may = may_see_special(request.user)
        context["rows"] = [_row(one) if may else _without_health(_row(one)) for one in found]
        context["contacts"] = [
            (at, channel_name(channel), class_name(pressure))
            for at, channel, pressure in reversed(contacts)
        ][:20]
        context["sentences"] = sentences(in_force)
    return render(request, "contact/customer.html", context)


def _customer_of(asked: str) -> int | None:
    text = asked.removeprefix("#")
    if text.isdecimal() and len(text) < 10:
        return int(text)
    found = (customer_by(kind, asked) for kind in ("email", "phone", "user_id"))
    return next((number for number in found if number is not None), None)


def _row(one: Candidate) -> dict[str, Any]:
    language = get_language() or "fi"
    program = one.inside.program
    tone, sign = TONES[one.verdict.verdict]
    winner = str(one.verdict.why.get("dialogue", ""))
    names = {"send": _("would go now"), "hold": _("would wait"), "drop": _("would not go")}
    return {
        "one": one,
        "title": in_language(program.title, language) or program.key,
        "key": program.key,
        "step": step_title(program, one.step, language),
        "channel": channel_name(one.channel),
        "class": class_name(one.pressure),
        "tone": tone,
        "sign": sign,
        "verdict": names[one.verdict.verdict],
        "sentence": sentence(one.verdict.reason, language) if one.verdict.reason else "",
        "winner": winner,
        "probability": one.probability * 100,
    }


def _without_health(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row without what it is about, where that is health."""
    if row["one"].inside.program.purpose != HEALTH:
        return row
    return {**row, "title": HEALTH_SAID, "key": "", "step": ""}


def _shown(found: Trial) -> dict[str, Any]:
    states = {
        "waiting": _("waits for its turn"),
        "running": _("under way"),
        "done": _("ready"),
        "stopped": pgettext("trial", "stopped"),
        "failed": _("failed"),
    }
    return {
        "one": found,
        "state": states[found.state],
        "tone": TRIAL_TONES.get(found.state, "calm"),
        "is_open": found.state in ("waiting", "running"),
        "said": sentences(msgspec.convert(found.document, Rules)),
    }


def _result(found: Trial) -> dict[str, Any]:
    language = get_language() or "fi"
    sums = msgspec.convert(found.result, trials.Sums)
    titles = {d.key: in_language(d.title, language) or d.key for d in Dialogue.objects.all()}
    days = trials.days_of(found)
    dialogues = [
        (titles.get(key, key), before, after)
        for key, (before, after) in sorted(sums.dialogues.items())
    ]
    reasons = [
        (sentence(code, language), before, after)
        for code, (before, after) in sorted(sums.reasons.items())
    ]
    return {
        "sums": sums,
        "rows": [
            (_("Sent"), sums.before[0], sums.after[0]),
            (_("of those later than first meant"), sums.before[1], sums.after[1]),
            (_("Not sent"), sums.before[2], sums.after[2]),
            (_("Still waiting at the end"), sums.before[3], sums.after[3]),
        ],
        "dialogues": dialogues,
        "reasons": reasons,
        "days_before": [sums.days.get(day, [0, 0])[0] for day in days],
        "days_after": [sums.days.get(day, [0, 0])[1] for day in days],
        "most": trials.by_most(sums),
    }
