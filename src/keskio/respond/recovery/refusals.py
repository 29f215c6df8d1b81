"""Refusals of the wing in the words of its pages."""

from __future__ import annotations

from django.utils.translation import gettext as _

from keskio.kernel.errors import KeskioError


def refusal_in_words(fault: KeskioError) -> str:
    """Return why something was not done, and what to do; an error of others in its own words."""
    said = {
        "plan_key_taken": _("There is a plan with this key already: choose another key."),
        "over_budget": _("The plan's budget of this month does not reach to this compensation."),
        "already_compensated": _("This case has had as many compensations as its plan allows."),
        "no_compensation": _("The plan of this case compensates nothing."),
        "nobody_known": _("Link the case to a customer before you offer a compensation."),
        "not_by_same_hands": _("Who has asked cannot approve: another administrator must."),
        "not_waiting": _("Somebody has done something about this already: nothing changed."),
        "offer_sold_out": _(
            "There are no codes left, or this customer has had them: look at the offer of the plan."
        ),
        "offered_in_public": _("A compensation is offered in private only: send this directly."),
        "code_missing": _("The message must hold the code: write {{ code }} where it stands."),
        "cannot_answer": _("There is no address to answer to in this case."),
    }
    return said.get(fault.code, fault.message)
