"""The rules of opening as people say them."""

from __future__ import annotations

from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keskio.respond.desk.words import CHANNEL_NAMES, NETWORKS
from keskio.respond.inbox.contracts import OpeningRules
from keskio.respond.inbox.previewing import Line


def rules_in_words(rules: OpeningRules) -> list[str]:
    """Return what opens a case, a sentence for each rule."""
    said = [
        _("Messages that no dialogue takes open a case.")
        if rules.opens_messages
        else _("Messages open no case."),
        _("Calls open a case.") if rules.opens_calls else _("Calls open no case."),
        _("Low scores open a case; which scores are low is said in each survey.")
        if rules.opens_low_scores
        else _("Low scores open no case."),
    ]
    said += _of_mentions(rules) if rules.opens_mentions else [_("Public messages open no case.")]
    said.append(
        ngettext(
            "What is more than %(n)d day old opens nothing.",
            "What is more than %(n)d days old opens nothing.",
            rules.oldest_days,
        )
        % {"n": rules.oldest_days}
    )
    return said


def _of_mentions(rules: OpeningRules) -> list[str]:
    said = [
        _(
            "Public messages open a case when their negativity is at least %(negative)s or their"
            " urgency at least %(urgency)s."
        )
        % {"negative": _number(rules.negative_from), "urgency": _number(rules.urgency_from)}
    ]
    said += [
        _("%(network)s: when negativity is at least %(negative)s.")
        % {"network": network_in_words(network), "negative": _number(share)}
        for network, share in sorted(rules.networks.items())
    ]
    if rules.themes:
        told = {"themes": ", ".join(rules.themes)}
        said.append(_("Public messages of these themes always open a case: %(themes)s.") % told)
    said.append(
        _(
            "A case is serious when negativity is at least %(negative)s, and critical when urgency"
            " is at least %(urgency)s."
        )
        % {"negative": _number(rules.serious_from), "urgency": _number(rules.critical_from)}
    )
    return said


def _number(share: float) -> str:
    return str(number_format(Decimal(f"{share:g}")))


def network_in_words(network: str) -> str:
    """Return what a network is called."""
    return str(NETWORKS.get(network, network.capitalize()))


def place_in_words(line: Line) -> str:
    """Return the channel of a line, or its network."""
    if line.network:
        return network_in_words(line.network)
    return str(CHANNEL_NAMES.get(line.channel, line.channel))
