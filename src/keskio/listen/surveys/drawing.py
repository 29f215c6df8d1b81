"""A question as its page shows it: everything in one language, with what stands chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from keskio.engine.survey.flow import Progress
from keskio.engine.survey.form import Question
from keskio.engine.survey.form import Survey as Form
from keskio.kernel.i18n import in_language

PAGE, EMBED, KIOSK = "p", "e", "k"
NAMES_OF_LANGUAGES = {
    "fi": "suomi",
    "sv": "svenska",
    "en": "English",
    "et": "eesti",
    "ru": "русский",
}
# Faces as strokes within 24 by 24, inside a circle: fonts differ in which pictures they have.
_EYES, _SHUT = "M8.5 9.4v.6M15.5 9.4v.6", "M7.4 10q1.1-1 2.2 0M14.4 10q1.1-1 2.2 0"
FACES = {
    1: f"{_EYES}M8 16.6q4-4.4 8 0M7.2 7.4l2 .9M16.8 7.4l-2 .9",
    2: f"{_EYES}M8.3 16q3.7-2.6 7.4 0",
    3: f"{_EYES}M8.4 15.2h7.2",
    4: f"{_EYES}M8.3 14.4q3.7 2.8 7.4 0",
    5: f"{_SHUT}M7.6 13.6h8.8q-.6 4.2-4.4 4.2t-4.4-4.2z",
}
EMOTION_FACES = {
    "joy": FACES[5],
    "trust": f"{_SHUT}M8.3 14.4q3.7 2.8 7.4 0",
    "fear": f"{_EYES}M7.6 16q1.1-1.6 2.2 0t2.2 0 2.2 0 2.2 0M7.4 7.2q1-.9 2-.6M16.6 7.2q-1-.9-2-.6",
    "surprise": f"{_EYES}M12 13.4a1.9 2.2 0 1 0 .01 0M7.5 6.9q1-.8 2 0M14.5 6.9q1-.8 2 0",
    "sadness": f"{_EYES}M8.3 16.4q3.7-3 7.4 0M8.5 12v2.4",
    "disgust": f"{_SHUT}M8 15.4q2-1.8 4 0t4 0M11 16.2q1 2.2 2.4 0",
    "anger": f"{_EYES}M8.2 16.4q3.8-2.6 7.6 0M7 7.2l3 1.4M17 7.2l-3 1.4",
    "anticipation": f"{_EYES}M8.6 14.2q3.6 3 7 .2M14.4 6.8q1.1-1.1 2.3-.4",
}
ERRORS = {
    "missing": gettext_lazy("Choose or write an answer to this question to go on."),
    "not_offered": gettext_lazy("Choose one of the answers that are offered."),
    "not_a_number": gettext_lazy("Write a number, such as 12 or 7,5."),
    "too_low": gettext_lazy("The number is smaller than can be answered here."),
    "too_high": gettext_lazy("The number is larger than can be answered here."),
    "too_long": gettext_lazy("The text is too long. Shorten it a little."),
    "rows_missing": gettext_lazy("Answer every row to go on."),
}


class Option(msgspec.Struct, frozen=True):
    """One answer that can be chosen. `name`: what a listener hears; `face`: strokes of a face beside it."""

    value: str
    label: str
    name: str
    is_chosen: bool
    face: str = ""


class Row(msgspec.Struct, frozen=True):
    """One row of a matrix with its own choices."""

    key: str
    label: str
    options: list[Option]


class Box(msgspec.Struct, frozen=True):
    """A comment box: shown for the scores of `group` ("" for all), with its wording."""

    group: str
    label: str


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A question and everything around it."""

    key: str
    kind: str
    text: str
    note: str
    required: bool
    many: bool
    options: list[Option]
    rows: list[Row]
    low: str
    high: str
    unit: str
    value: str
    most: int
    boxes: list[Box]
    comment: str
    wrong: str
    number: int
    total: int
    has_digits: bool

    @property
    def described_by(self) -> str:
        """The ids of what describes the answer, for aria-describedby."""
        found = [("note", self.note), ("ends", self.low or self.high), ("wrong", self.wrong)]
        return " ".join(name for name, is_there in found if is_there)


class Language(msgspec.Struct, frozen=True):
    """A language by its code and its own name."""

    code: str
    name: str


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What stands around every question of a survey."""

    title: str
    sender: str
    intro: str
    thanks: str
    privacy: str
    language: str
    languages: list[Language]
    theme: tuple[str, str, str]
    mode: str
    is_anonymous: bool


def frame_of(form: Form, language: str, *, mode: str = PAGE) -> Frame:
    """Return what stands around the questions of a survey."""
    theme = form.theme
    return Frame(
        title=in_language(form.title, language),
        sender=form.sender,
        intro=in_language(form.intro, language),
        thanks=in_language(form.thanks, language),
        privacy=in_language(form.privacy, language),
        language=language,
        languages=languages_of(form.languages),
        theme=(theme.main[1:].lower(), theme.paper[1:].lower(), theme.ink[1:].lower()),
        mode=mode,
        is_anonymous=form.anonymous,
    )


def languages_of(codes: Iterable[str]) -> list[Language]:
    """Return languages by their own names."""
    return [Language(code, NAMES_OF_LANGUAGES.get(code, code)) for code in codes]


def page_of(  # noqa: PLR0913 - a question, what is chosen, and how it is shown
    form: Form,
    question: Question,
    chosen: Any,
    *,
    language: str,
    progress: Progress,
    wrong: str = "",
    comment: str = "",
) -> Page:
    """Return a question with what stands chosen; `wrong` is the code of what was wrong with it."""
    return Page(
        key=question.key,
        kind=question.kind,
        text=in_language(question.text, language),
        note=in_language(question.note, language),
        required=question.required,
        many=question.many,
        options=_options(question, chosen, language),
        rows=_rows(question, chosen if isinstance(chosen, Mapping) else {}, language),
        low=in_language(question.low, language),
        high=in_language(question.high, language),
        unit=in_language(question.unit, language),
        value=_written(chosen, language) if question.kind in ("text", "number") else "",
        most=int(question.most) if question.kind == "text" and question.most else 0,
        boxes=[Box(group, in_language(text, language)) for group, text in question.comment.items()],
        comment=comment,
        wrong=str(ERRORS.get(wrong, "")),
        number=progress.number,
        total=progress.total,
        has_digits=form.digits and question.scale is not None,
    )


def _options(question: Question, chosen: Any, language: str) -> list[Option]:
    if question.scale is not None:
        return [_step(question, value, chosen, language) for value in question.scale.values]
    if question.kind == "emotion":
        return [
            Option(
                name, emotion_name(name), emotion_name(name), chosen == name, EMOTION_FACES[name]
            )
            for name in question.options
        ]
    keys = list(question.options)
    if question.kind == "ranking":
        ordered = chosen if isinstance(chosen, list) and sorted(chosen) == sorted(keys) else keys
        return [_plain(question, key, is_chosen=False, language=language) for key in ordered]
    if question.kind != "choice":
        return []
    picked = chosen if isinstance(chosen, list) else [chosen]
    return [_plain(question, key, is_chosen=key in picked, language=language) for key in keys]


def _plain(question: Question, key: str, *, is_chosen: bool, language: str) -> Option:
    label = in_language(question.options[key], language) or key
    return Option(key, label, label, is_chosen)


def _step(question: Question, value: int, chosen: Any, language: str) -> Option:
    """Return one point of a scale; each says how far along it stands: "7 of 10"."""
    assert question.scale is not None
    label = in_language(question.options.get(str(value), {}), language)
    place = _("%(value)s of %(most)s") % {"value": value, "most": question.scale.most}
    end = ""
    if value == question.scale.least:
        end = in_language(question.low, language)
    elif value == question.scale.most:
        end = in_language(question.high, language)
    spoken = label or end
    name = f"{place}, {spoken}" if spoken else place
    face = FACES[value] if question.kind == "csat" else ""
    return Option(str(value), label or str(value), name, str(chosen) == str(value), face)


def _rows(question: Question, chosen: Mapping[str, Any], language: str) -> list[Row]:
    return [
        Row(
            key,
            in_language(text, language) or key,
            [
                _plain(question, column, is_chosen=chosen.get(key) == column, language=language)
                for column in question.options
            ],
        )
        for key, text in question.rows.items()
    ]


def _written(value: Any, language: str) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        text = f"{value:g}"
        return text.replace(".", ",") if language == "fi" else text
    return str(value)


def emotion_name(name: str) -> str:
    """Return an emotion in the language in force."""
    return {
        "joy": pgettext("emotion", "joy"),
        "trust": pgettext("emotion", "trust"),
        "fear": pgettext("emotion", "fear"),
        "surprise": pgettext("emotion", "surprise"),
        "sadness": pgettext("emotion", "sadness"),
        "disgust": pgettext("emotion", "disgust"),
        "anger": pgettext("emotion", "anger"),
        "anticipation": pgettext("emotion", "anticipation"),
    }.get(name, name)
