"""Pages of the room: mentions, one mention with its evidence, the pipeline, and how long texts are kept."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keskio.kernel.clock import now_micros
from keskio.kernel.errors import Mistake
from keskio.know.api import people_of
from keskio.listen import deciding, drawing
from keskio.listen.contracts import EMOTIONS
from keskio.listen.forms import PERIODS, PolicyForm
from keskio.listen.linking import case_of
from keskio.listen.models import WITHOUT_TEXT, Mention
from keskio.listen.queries import (
    DAY,
    Wanted,
    copies_of,
    counts_since,
    decisions_of,
    languages_heard,
    mentions_wanted,
    of_thread,
    policy_now,
    read_otherwise,
    rereads,
    sources_heard,
    steps_taken_since,
    themes_heard,
)
from keskio.listen.teaching.actions import label, take_back
from keskio.listen.teaching.queries import labels_of
from keskio.listen.themes import theme_names
from keskio.web.paging import page_of_rows
from keskio.web.roles import admin, editor

REREAD_DAYS = (7, 30, 90)


@require_safe
def mentions(request: HttpRequest) -> HttpResponse:
    """List what was said in public about us, or what people told us alone, or what does not concern us."""
    kind = request.GET.get("kind", "")
    wanted = _wanted(request, kind)
    page = page_of_rows(request, mentions_wanted(wanted), is_counted=False)
    rows = list(page.items)
    people = people_of({row.customer_id for row in rows if row.customer_id})
    decided = decisions_of(row.author_key for row in rows)
    names, language = theme_names(), _language()
    shown = [
        (
            row,
            people.get(row.customer_id),
            _about(row, names, language),
            decided.get(row.author_key),
        )
        for row in rows
    ]
    choices = {
        "sources": sources_heard(),
        "themes": [(key, drawing.theme_name(names, key, language)) for key in themes_heard()],
        "emotions": [(key, drawing.name_of(drawing.EMOTIONS, key)) for key in EMOTIONS],
        "languages": [(key, drawing.name_of(drawing.LANGUAGES, key)) for key in languages_heard()],
        "writers": [(key, str(name)) for key, name in drawing.KINDS.items()],
        "periods": list(PERIODS.items()),
    }
    chosen = _chosen(request)
    found = {"page": page, "rows": shown, "kind": kind, "chosen": chosen, **choices}
    found["is_narrowed"] = any(chosen[name] for name in _NARROWING)
    return render(request, "listen/mentions.html", found)


_FILTERS = (
    "q",
    "source",
    "theme",
    "emotion",
    "language",
    "who",
    "negative",
    "days",
    "order",
    "kind",
)
_NARROWING = ("q", "source", "theme", "emotion", "language", "who", "negative")


def _chosen(request: HttpRequest) -> dict[str, str]:
    chosen = {name: request.GET.get(name, "").strip()[:100] for name in _FILTERS}
    if "days" not in request.GET:
        chosen["days"] = "30"
    return chosen


def _wanted(request: HttpRequest, kind: str) -> Wanted:
    chosen = _chosen(request)
    days = int(chosen["days"]) if chosen["days"] in PERIODS and chosen["days"] else 0
    return Wanted(
        text=chosen["q"],
        source=chosen["source"],
        theme=chosen["theme"],
        emotion=chosen["emotion"],
        language=chosen["language"],
        negative=chosen["negative"] == "1",
        since=now_micros() - days * DAY if days else 0,
        who=chosen["who"] if chosen["who"] in drawing.KINDS else "",
        private=kind == "private",
        others=kind == "others",
        urgent_first=chosen["order"] == "urgent",
    )


def _language() -> str:
    return (get_language() or "fi")[:2]


def _about(row: Mention, names: dict[str, dict[str, str]], language: str) -> dict[str, Any]:
    """Return what a row of the list says beside the text."""
    felt = sorted(((v, k) for k, v in row.emotions.items() if v >= 0.5), reverse=True)[:2]
    themes = sorted(row.themes, key=lambda key: -row.themes[key])
    return {
        "channel": drawing.name_of(drawing.CHANNELS, row.channel),
        "themes": [drawing.theme_name(names, key, language) for key in themes],
        "emotions": [drawing.name_of(drawing.EMOTIONS, key) for _, key in felt],
        "motive": drawing.name_of(drawing.MOTIVES, row.motive) if row.motive else "",
        "side": drawing.name_of(drawing.SIDES, row.side) if row.side else "",
        "language": drawing.name_of(drawing.LANGUAGES, row.language) if row.language else "",
        "negative": round(100 * row.negative),
        "urgency": round(100 * row.urgency),
        "tone": drawing.tone_of(row.negative, row.polarity),
    }


@require_safe
def mention(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one mention: its text with the words that counted, and what each step of the pipeline said."""
    row = get_object_or_404(Mention, pk=pk)
    names, language = theme_names(), _language()
    labels = labels_of([pk]).get(pk, {})
    themes = [
        _asked(
            f"theme:{key}", drawing.theme_name(names, key, language), row.themes.get(key, 0), labels
        )
        for key in _themes_shown(row, labels)
    ]
    emotions = [
        _asked(
            f"emotion:{key}",
            drawing.name_of(drawing.EMOTIONS, key),
            row.emotions.get(key, 0),
            labels,
        )
        for key in sorted(EMOTIONS, key=lambda key: -row.emotions.get(key, 0))
    ]
    people = people_of([row.customer_id]) if row.customer_id else {}
    found = {
        "row": row,
        "is_gone": row.state == WITHOUT_TEXT,
        "about": _about(row, names, language),
        "pieces": drawing.marked(row.text, row.evidence),
        "steps": drawing.shown_steps(row.evidence, names, language),
        "themes": themes,
        "other_themes": [
            (key, drawing.theme_name(names, key, language))
            for key in names
            if key not in _themes_shown(row, labels)
        ],
        "emotions": emotions,
        "polarity": labels.get("polarity", ""),
        "skip": labels.get("skip", ""),
        "thread": of_thread(row),
        "copies": copies_of(row),
        "person": people.get(row.customer_id),
        "decided": decisions_of([row.author_key]).get(row.author_key),
        "case_url": case_of(pk),
    }
    return render(request, "listen/mention.html", found)


def _asked(head: str, name: str, weight: float, labels: dict[str, str]) -> dict[str, Any]:
    """Return a theme or an emotion as people are asked about it."""
    return {"head": head, "name": name, "share": round(100 * weight), "said": labels.get(head, "")}


def _themes_shown(row: Mention, labels: dict[str, str]) -> list[str]:
    said = [head.removeprefix("theme:") for head in labels if head.startswith("theme:")]
    return list(dict.fromkeys([*sorted(row.themes, key=lambda key: -row.themes[key]), *said]))


@require_POST
@editor
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what a person says of a mention: `head` and `value`, or `confirm` for all that was read."""
    row = get_object_or_404(Mention.objects.exclude(state=WITHOUT_TEXT), pk=pk)
    by = request.user.get_username()
    said = request.POST.get("say", "")
    try:
        if said == "confirm":
            for head, value in _as_read(row):
                label(pk, head, value, by)
        else:
            head, _equals, value = said.partition("=")
            if value == "back":
                take_back(pk, head)
            else:
                label(pk, head, value, by)
    except Mistake:
        messages.error(request, _("Choose what was right or wrong in the reading."))
    else:
        messages.success(
            request, _("Thank you. The model learns from this when it is next fitted.")
        )
    return redirect("listen:mention", pk)


def _as_read(row: Mention) -> list[tuple[str, str]]:
    polarity = {"bad": "negative", "good": "positive", "plain": "neutral"}[
        drawing.tone_of(row.negative, row.polarity)
    ]
    return [
        ("polarity", polarity),
        *((f"theme:{key}", "yes") for key, w in row.themes.items() if w >= 0.5),
    ]


@require_POST
@editor
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """Say whose the account behind a mention is."""
    row = get_object_or_404(Mention, pk=pk)
    said = request.POST.get("customer", "").strip()
    if not said:
        customer = 0
    elif said.isdigit() and len(said) < 19 and int(said) in people_of([int(said)]):
        customer = int(said)
    else:
        messages.error(request, _("There is no customer with that number."))
        return redirect("listen:mention", row.pk)
    moved = deciding.link_to_customer(row.pk, customer, by=request.user.get_username())
    said_so = ngettext(
        "%(n)s message is now this customer's.", "%(n)s messages are now this customer's.", moved
    )
    messages.success(
        request, said_so % {"n": moved} if customer else _("The account is nobody's known again.")
    )
    return redirect("listen:mention", row.pk)


@require_safe
def pipeline(request: HttpRequest) -> HttpResponse:
    """Show the pipeline as a list: what passes on, in what time, with which lists and models."""
    from keskio.listen.readers import current_reader  # noqa: PLC0415 - heavy, and seldom needed

    reader = current_reader()
    days = 30
    since = now_micros() - days * DAY
    taken = steps_taken_since(since)
    steps = [
        (title, about, *taken.get(name, (0, 0, 0.0)))
        for name, (title, about) in drawing.STEPS.items()
    ]
    found = {
        "steps": steps,
        "counts": counts_since(since),
        "days": days,
        "lists": reader.lists,
        "model": reader.model,
        "themes": [
            drawing.theme_name(reader.themes(), key, _language()) for key in reader.themes()
        ],
        "otherwise": read_otherwise(reader.version, since),
        "rereads": rereads(),
        "reread_days": REREAD_DAYS,
    }
    return render(request, "listen/pipeline.html", found)


@require_POST
@editor
def reread(request: HttpRequest) -> HttpResponse:
    """Ask that the last days be read again with the lists and models in use now."""
    said = request.POST.get("days", "")
    days = int(said) if said.isdigit() and int(said) in REREAD_DAYS else REREAD_DAYS[0]
    deciding.ask_reread(now_micros() - days * DAY, by=request.user.get_username())
    messages.success(request, _("The messages are being read again."))
    return redirect("listen:pipeline")


@require_http_methods(["GET", "HEAD", "POST"])
@admin
def policy(request: HttpRequest) -> HttpResponse:
    """Show and change how long texts and names are kept."""
    now = policy_now()
    names = ("keep_days", "keep_others_days", "handles", "basis")
    form = PolicyForm(request.POST or None, initial={name: getattr(now, name) for name in names})
    if request.method == "POST" and form.is_valid():
        deciding.save_policy(**form.cleaned_data, by=request.user.get_username())
        messages.success(request, _("Saved. It holds from now on."))
        return redirect("listen:policy")
    status = 422 if request.method == "POST" else 200
    return render(request, "listen/policy.html", {"form": form, "policy": now}, status=status)
