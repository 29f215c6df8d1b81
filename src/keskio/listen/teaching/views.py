"""Pages of the wing: messages to label, versions of the model, and themes nobody has named yet."""

from __future__ import annotations

from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keskio.kernel.clock import now_micros
from keskio.kernel.errors import Mistake
from keskio.listen.model.scoring import EMOTIONS
from keskio.listen.models import Mention
from keskio.listen.teaching import actions, queries
from keskio.listen.teaching.contracts import POLARITY
from keskio.listen.teaching.models import Cluster, Label, Refit, Version
from keskio.listen.wordlists.documents import READY, ready_documents, themes_of
from keskio.web.paging import page_of_rows
from keskio.web.roles import editor

POLARITIES = {
    "negative": gettext_lazy("Negative"),
    "neutral": gettext_lazy("Neutral"),
    "positive": gettext_lazy("Positive"),
}
FEELINGS = {
    "joy": gettext_lazy("joy"),
    "trust": gettext_lazy("trust"),
    "fear": gettext_lazy("fear"),
    "surprise": gettext_lazy("surprise"),
    "sadness": gettext_lazy("sadness"),
    "disgust": gettext_lazy("disgust"),
    "anger": gettext_lazy("anger"),
    "anticipation": gettext_lazy("anticipation"),
}
LANGUAGES = {"fi": gettext_lazy("Finnish"), "en": gettext_lazy("English")}
STATES = {
    Version.State.WAITING: (gettext_lazy("not in use"), "plain"),
    Version.State.IN_USE: (gettext_lazy("in use"), "good"),
    Version.State.BEFORE: (gettext_lazy("was in use"), "calm"),
}
WIDE, HIGH = 600, 200


class ThemeForm(forms.Form):
    """The key of a new theme."""

    theme = forms.RegexField(
        regex=r"^[a-z0-9][a-z0-9_-]*$",
        max_length=60,
        label=gettext_lazy("Key of the theme"),
        help_text=gettext_lazy("Small letters, digits, - and _, for example card-limits."),
        error_messages={"invalid": gettext_lazy("Use small letters, digits, - and _ only.")},
    )


class Row(NamedTuple):
    """What a head did on labels that were held back."""

    name: str
    labels: int
    frozen: float
    fresh: float
    change: float
    low: float
    high: float
    is_kept: bool


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Show the message that is worth labelling next, and those that come after it."""
    now = now_micros()
    offered = queries.worth_labelling(now)
    said = Label.objects.filter(head__in=[POLARITY, actions.SKIP]).select_related("mention")
    latest = said.order_by("-at", "-pk").first()
    context = {
        "standing": queries.standing(now),
        "next": offered[0] if offered else None,
        "coming": offered[1:6],
        "latest": latest,
        "latest_said": _said(latest) if latest else "",
        "themes": _themes(offered[0] if offered else None),
        "feelings": FEELINGS.items(),
        "counts": [(POLARITIES[value], n) for value, n in queries.counts_by_value()],
    }
    return render(request, "teaching/queue.html", context)


def _said(latest: Label) -> str:
    return str(POLARITIES.get(latest.value, _("cannot tell")))


def _themes(mention: Mention | None) -> list[tuple[str, str, bool]]:
    """Return themes with their names, and whether the mention is said to be of them now."""
    if mention is None:
        return []
    language = get_language() or "fi"
    named = {key: names.get(language) or key for key, names in themes_of(_documents()).items()}
    taught = Label.objects.filter(head__startswith="theme:").values_list("head", flat=True)
    for head in taught.distinct():
        named.setdefault(head.removeprefix("theme:"), head.removeprefix("theme:"))
    rows = [(key, name, key in mention.themes) for key, name in named.items()]
    return sorted(rows, key=lambda row: (not row[2], row[1]))


def _documents() -> list[dict[str, Any]]:
    return ready_documents(READY)


@require_POST
@editor
def say(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what was said of a message, or take the last word back."""
    mention = get_object_or_404(Mention, pk=pk)
    by = request.user.get_username()
    said = request.POST.get("said", "")
    if said == "back":
        Label.objects.filter(mention=mention).delete()
        messages.success(request, _("The label was taken back."))
        return redirect("teaching:queue")
    try:
        if said == actions.SKIP:
            actions.label(mention.pk, actions.SKIP, actions.YES, by)
        else:
            actions.label(mention.pk, POLARITY, said, by)
            for emotion in request.POST.getlist("emotion"):
                actions.label(mention.pk, f"emotion:{emotion}", actions.YES, by)
            _label_themes(mention, request.POST.getlist("theme"), by)
    except Mistake:
        messages.error(request, _("Choose one of the answers."))
    return redirect("teaching:queue")


def _label_themes(mention: Mention, chosen: list[str], by: str) -> None:
    for theme in chosen:
        actions.label(mention.pk, f"theme:{theme}", actions.YES, by)
    for theme in mention.themes:
        if theme not in chosen:
            actions.label(mention.pk, f"theme:{theme}", actions.NO, by)


@require_safe
def versions(request: HttpRequest) -> HttpResponse:
    """List the versions with what they did on held-back labels, and the learning curve of the latest."""
    page = page_of_rows(request, Version.objects.defer("table").order_by("-id"))
    rows = [
        {
            "version": one,
            "language": LANGUAGES.get(one.language, one.language),
            "state": STATES[Version.State(one.state)],
            "rows": [_row(name, told) for name, told in one.figures.items()],
            "may_be_used": one.state != Version.State.IN_USE and _has_table(one),
        }
        for one in page.items
    ]
    curves = [
        {"language": LANGUAGES.get(one.language, one.language), **_curve(one.curve)}
        for one in _latest_with_curve()
    ]
    context = {
        "page": page,
        "rows": rows,
        "curves": curves,
        "standing": queries.standing(now_micros()),
        "wish": Refit.objects.filter(done_at__isnull=True).first(),
        "done": Refit.objects.filter(done_at__isnull=False).order_by("-id").first(),
    }
    return render(request, "teaching/versions.html", context)


def _has_table(version: Version) -> bool:
    return any(told["is_kept"] for told in version.figures.values())


def _latest_with_curve() -> list[Version]:
    latest: dict[str, Version] = {}
    for one in Version.objects.defer("table").order_by("-id")[:50]:
        if len(one.curve) > 1:
            latest.setdefault(one.language, one)
    return list(latest.values())


def _row(name: str, told: dict[str, Any]) -> Row:
    return Row(
        name=_name(name),
        labels=told["labels"],
        frozen=100 * told["frozen"],
        fresh=100 * told["fresh"],
        change=100 * (told["fresh"] - told["frozen"]),
        low=100 * told["low"],
        high=100 * told["high"],
        is_kept=told["is_kept"],
    )


def _name(head: str) -> str:
    kind, _colon, key = head.partition(":")
    if kind == POLARITY:
        return _("Negative, neutral or positive")
    if kind == "emotion" and key in EMOTIONS:
        return _("Feeling: %(name)s") % {"name": FEELINGS[key]}
    return _("Theme: %(name)s") % {"name": key}


def _curve(points: list[list[float]]) -> dict[str, Any]:
    """Return the curve as points of a drawing, evenly spaced since labels double, and as rows."""
    low = min(share for _labels, share in points)
    high = max(share for _labels, share in points)
    room = max(high - low, 0.01)
    step = WIDE / max(1, len(points) - 1)
    drawn = [
        (round(place * step, 1), round(HIGH - (share - low) / room * HIGH, 1))
        for place, (_labels, share) in enumerate(points)
    ]
    return {
        "points": " ".join(f"{x},{y}" for x, y in drawn),
        "dots": drawn,
        "rows": [(int(labels), 100 * share) for labels, share in points],
        "lift": 100 * (points[-1][1] - points[0][1]),
    }


@require_POST
@editor
def use(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a version in use by hand, as when an earlier one is put back."""
    version = get_object_or_404(Version, pk=pk)
    if not _has_table(version):
        messages.error(request, _("That version learnt nothing that could be used."))
    else:
        actions.use_version(version, request.user.get_username())
        messages.success(request, _("Messages are read with that version from now on."))
    return redirect("teaching:versions")


@require_POST
@editor
def use_frozen(request: HttpRequest, language: str) -> HttpResponse:
    """Read a language with the model as it was shipped."""
    actions.stop_using(language)
    messages.success(request, _("Messages are read with the shipped model from now on."))
    return redirect("teaching:versions")


@require_POST
@editor
def fit(request: HttpRequest) -> HttpResponse:
    """Ask that the model be fitted anew."""
    actions.ask_refit(request.user.get_username())
    messages.success(request, _("The model is fitted anew within a minute or two."))
    return redirect("teaching:versions")


@require_safe
def new_themes(request: HttpRequest) -> HttpResponse:
    """Show messages that are about something like the same, for a person to name."""
    return _themes_page(request)


def _themes_page(request: HttpRequest, at: int = 0, form: ThemeForm | None = None) -> HttpResponse:
    rows = [
        {
            "cluster": one,
            "language": LANGUAGES.get(one.language, one.language),
            "examples": examples[:5],
            "form": form if form and one.pk == at else ThemeForm(auto_id=f"id_{one.pk}_%s"),
        }
        for one, examples in queries.open_clusters()
    ]
    named = Cluster.objects.filter(state=Cluster.State.NAMED).order_by("-decided_at")[:20]
    return render(request, "teaching/new_themes.html", {"rows": rows, "named": named})


@require_POST
@editor
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Name a cluster, or leave it."""
    cluster = get_object_or_404(Cluster, pk=pk)
    by = request.user.get_username()
    if "leave" in request.POST:
        actions.leave_cluster(cluster, by)
        return redirect("teaching:new_themes")
    form = ThemeForm(request.POST, auto_id=f"id_{pk}_%s")
    if not form.is_valid():
        return _themes_page(request, pk, form)
    try:
        count = actions.name_cluster(cluster, form.cleaned_data["theme"], by)
    except Mistake:
        messages.warning(request, _("Somebody has already decided about these messages."))
    else:
        told = ngettext("%(n)d message was labelled.", "%(n)d messages were labelled.", count)
        messages.success(request, told % {"n": count})
    return redirect("teaching:new_themes")
