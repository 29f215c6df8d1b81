"""The page on which word lists are tried: each step of a text, and what a draft would change."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from keskio.listen import drawing
from keskio.listen.contracts import Reading
from keskio.listen.model.scoring import Scorer
from keskio.listen.models import Mention
from keskio.listen.reading.batch import Incoming
from keskio.listen.reading.pipeline import Reader
from keskio.listen.reading.weighing import label_of
from keskio.listen.wordlists import queries
from keskio.listen.wordlists.forms import TryForm
from keskio.listen.wordlists.models import Version

MOST_TEXTS = 20
LAST = 200
SHOWN = 20


class Tried(NamedTuple):
    """One text as both lists read it; `in_use` None when there is no draft to compare with."""

    text: str
    reading: Reading
    label: str
    in_use: Reading | None
    in_use_label: str
    pieces: list[tuple[str, str]]
    steps: list[drawing.Shown]

    @property
    def is_changed(self) -> bool:
        """Whether the draft reads it otherwise."""
        return self.in_use is not None and _told(self.reading) != _told(self.in_use)


def _told(reading: Reading) -> tuple[bool, str, tuple[str, ...]]:
    return reading.is_match, label_of(reading.polarity), tuple(sorted(reading.themes))


@require_http_methods(["GET", "POST"])
def try_lists(request: HttpRequest) -> HttpResponse:
    """Read texts with the draft (or what is in use), and the last mentions with both."""
    draft = queries.version_of_state(Version.State.DRAFT)
    form = TryForm(request.POST or None)
    shown: dict[str, Any] = {
        "form": form,
        "draft": draft,
        "tried": [],
        "changed": [],
        "compared": 0,
    }
    if request.method == "POST":
        reader, before = _readers(draft)
        if form.is_valid():
            lines = [
                line.strip() for line in form.cleaned_data["texts"].splitlines() if line.strip()
            ]
            shown["tried"] = _tried(lines[:MOST_TEXTS], reader, before)
        if before is not None:
            last = (
                Mention.objects.filter(state="read")
                .order_by("-id")
                .values_list("text", flat=True)[:LAST]
            )
            compared = _tried([text for text in last if text], reader, before)
            changed = [one for one in compared if one.is_changed]
            shown.update(compared=len(compared), changed=changed[:SHOWN], changes=len(changed))
    return render(request, "wordlists/try.html", shown)


def _readers(draft: Version | None) -> tuple[Reader, Reader | None]:
    """Return the reader to try, and the one in use when that is another."""
    in_use = Reader(queries.documents_in_use(), scorer=Scorer.load(), tells=True)
    if draft is None:
        return in_use, None
    return Reader(queries.whole(draft.document), scorer=Scorer.load(), tells=True), in_use


def _tried(texts: list[str], reader: Reader, before: Reader | None) -> list[Tried]:
    posts = [Incoming("", text) for text in texts]
    readings = reader.read(posts)
    names, language = reader.themes(), get_language() or "fi"
    old: list[Reading] | list[None] = before.read(posts) if before else [None] * len(posts)
    tried = []
    for text, reading, other in zip(texts, readings, old, strict=True):
        evidence = msgspec.to_builtins(reading.evidence)
        tried.append(
            Tried(
                text,
                reading,
                label_of(reading.polarity),
                other,
                label_of(other.polarity) if other else "",
                drawing.marked(text, evidence),
                drawing.shown_steps(evidence, names, language),
            )
        )
    return tried
