"""Codes of the wing in the words of its pages."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from keskio.engine.recovering import Finding
from keskio.respond.inbox.models import Case
from keskio.respond.recovery.contracts import MADE_UP, OCCASIONAL, REGULAR, UNKNOWN
from keskio.respond.recovery.models import Compensation, PlanRun


def kinds_in_words() -> list[tuple[str, str]]:
    """Return the kinds of customers with their names."""
    return [
        (REGULAR, _("Regular customer")),
        (OCCASIONAL, _("Occasional customer")),
        (MADE_UP, _("Possibly made up")),
        (UNKNOWN, pgettext("kind of customer", "Not known who")),
    ]


def kind_in_words(kind: str) -> str:
    """Return the name of a kind of customer."""
    return dict(kinds_in_words()).get(kind, kind)


def _severities(told: str) -> str:
    names = dict(Case.Severity.choices)
    return "–".join(
        str(names[int(one)]) if one.isdigit() and int(one) in names else one
        for one in told.split("–")
    )


def why_in_words(run: PlanRun) -> list[str]:
    """Return why a case got its plan: each condition with what was found."""
    kinds = dict(kinds_in_words())
    cases = dict(Case.Kind.choices)
    said = []
    for condition, wanted, found in run.why:
        if condition == "kind":
            said.append(
                _("It is a case of the kind: %(kind)s.") % {"kind": cases.get(found, found)}
            )
        elif condition == "customer":
            said.append(
                _("The customer is of the kind: %(kind)s.") % {"kind": kinds.get(found, found)}
            )
        elif condition == "severity":
            told = {"found": _severities(found), "wanted": _severities(wanted)}
            said.append(_("Severity is %(found)s (the plan is for %(wanted)s).") % told)
        elif condition == "theme":
            told = {"found": found or "–", "wanted": wanted}
            said.append(_("Themes are %(found)s (the plan is for %(wanted)s).") % told)
        elif condition == "channel":
            said.append(_("The channel is %(channel)s.") % {"channel": found})
        elif condition == "who":
            said.append(_("The plan's own condition on the customer holds."))
    return said


def approval_in_words(paid: Compensation) -> list[str]:
    """Return why a second person must decide about a compensation."""
    said = []
    for why, value in paid.why_approval:
        if why == "twice_in_12_months":
            day = datetime.fromisoformat(value)
            told = {"day": f"{day.day}.{day.month}.{day.year}"}
            said.append(
                _("This person was compensated less than 12 months ago, on %(day)s.") % told
            )
        else:
            told = {"euros": f"{int(value) / 100:.0f}"}
            said.append(_("The sum is above the plan's limit of %(euros)s €.") % told)
    return said


def finding_in_words(finding: Finding) -> str:
    """Return what is wrong with a plan, where, and how to mend it."""
    sentences = {
        "unreadable": _("The text cannot be read as YAML: %(detail)s"),
        "format": _("It must begin with “keskio: %(detail)s”."),
        "key": _("The key must be small letters, numbers and hyphens: %(detail)s"),
        "unknown_field": _("There is no field “%(detail)s” here: check its spelling."),
        "texts": _("Write the text in Finnish and English: {fi: …, en: …}."),
        "missing_language": _("The text is missing in the language “%(detail)s”."),
        "names": _("Write a name or a list of names."),
        "not_one_of": _("This is not one of those known: %(detail)s"),
        "not_a_mapping": _("Fields with values are expected here."),
        "no_steps": _("A plan needs at least one step."),
        "whole_number": _("Write a whole number: %(detail)s"),
        "euros": _("Write a sum in euros: %(detail)s"),
        "share": _("Write a share of at most one half, as “10 %%”: %(detail)s"),
        "length": _("Write a length as “3 days” or {working_hours: 2}: %(detail)s"),
        "no_compensation": _("The step compensates, but the plan has no compensation."),
        "never_offered": _("The plan has a compensation that no step offers."),
        "offered_in_public": _(
            "A compensation is offered in private only: take it out of the public text (%(detail)s)."
        ),
        "code_not_told": _("The text must hold the code: write {{ code }} (%(detail)s)."),
        "budget_too_small": _("The month's budget does not reach to a single compensation."),
        "condition": _("The condition cannot be used: %(detail)s"),
        "bad_text": _("The text cannot be written out: %(detail)s"),
        "only_regular": _("Say which customers are regular, and nothing else."),
    }
    sentence = sentences.get(finding.code, finding.code)
    said = sentence % {"detail": finding.detail} if "%" in sentence else sentence
    return f"{finding.place}: {said}" if finding.place else said
