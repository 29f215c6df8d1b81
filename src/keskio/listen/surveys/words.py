"""What states, levels and groups are called on the pages of surveys."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keskio.engine.survey.form import Survey as Form

STATES = {
    "draft": pgettext_lazy("survey", "draft"),
    "live": pgettext_lazy("survey", "open"),
    "closed": pgettext_lazy("survey", "closed"),
}
TONES = {"draft": "plain", "live": "good", "closed": "warn"}
LEVELS = {
    "relationship": _("the whole relationship"),
    "journey": _("a journey"),
    "touchpoint": _("a touchpoint"),
}
KINDS = {
    "nps": _("Recommending, 0–10 (NPS)"),
    "csat": _("Satisfaction, 1–5 (CSAT)"),
    "ces": _("Ease, 1–7 (CES 2.0)"),
    "emotion": _("Emotion"),
    "choice": _("Choice"),
    "number": _("Number"),
    "text": _("Free text"),
    "matrix": _("Matrix"),
    "ranking": _("Putting in order"),
}
FIGURES = {
    "nps": _("NPS"),
    "csat": _("Satisfied, 4–5"),
    "ces": _("Easy, 5–7"),
}
HOW = {
    "nps": _("share of 9–10 less share of 0–6"),
    "csat": _("share of 4–5"),
    "ces": _("share of 5–7"),
}
GROUPS = {
    "promoter": pgettext_lazy("survey", "promoters, 9–10"),
    "passive": pgettext_lazy("survey", "passive, 7–8"),
    "detractor": pgettext_lazy("survey", "detractors, 0–6"),
    "low": pgettext_lazy("survey", "low"),
    "middle": pgettext_lazy("survey", "in the middle"),
    "high": pgettext_lazy("survey", "high"),
}
CHANNELS = {
    "link": pgettext_lazy("survey", "by link"),
    "email": _("E-mail"),
    "sms": _("SMS"),
    "web": pgettext_lazy("survey", "on a web page"),
    "kiosk": pgettext_lazy("survey", "on a shared screen"),
}
PARTS = {
    "segments": _("By segment"),
    "touchpoint": _("By touchpoint"),
    "channel": _("By channel"),
    "language": _("By language"),
}
OUTCOMES = {
    "asked": pgettext_lazy("survey", "on its way"),
    "sent": pgettext_lazy("survey", "sent"),
    "delivered": pgettext_lazy("survey", "arrived"),
    "bounced": pgettext_lazy("survey", "came back"),
    "failed": pgettext_lazy("survey", "failed"),
    "unknown": pgettext_lazy("survey", "nobody knows"),
    "refused": pgettext_lazy("survey", "refused"),
    "not_asked": pgettext_lazy("survey", "not asked"),
}


def clocks_of(form: Form) -> tuple[int, int]:
    """Return the two clocks of a survey in days: any other survey, the same survey."""
    day = 86_400_000_000
    return form.rest // day, form.again // day
