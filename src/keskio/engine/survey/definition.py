"""Reads a survey's document (the plain mapping that YAML or JSON gives) into a `Survey`.

Everything wrong is found in one go; a survey comes out only when nothing of it is an error. Values of
conditions are answers: `{answer: score, at_most: 6}`, joined by all, any and not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from keskio.engine.conditions import Condition, compile_condition, read_condition
from keskio.engine.dialogue import reading as read
from keskio.engine.dialogue.reading import FAULTS, said
from keskio.engine.scores.scales import SCALES
from keskio.engine.survey import form as f
from keskio.engine.survey.checking import findings_of
from keskio.engine.survey.findings import Finding
from keskio.engine.times import DAY, HOUR, parse_span

FORMAT = "survey/1"
SETTINGS = frozenset(
    {
        *("keskio", "key", "title", "languages", "level", "touchpoint", "answers", "sender"),
        *("intro", "thanks", "privacy", "theme", "digits", "asking", "case", "questions"),
    }
)
COMMON = frozenset({"kind", "text", "note", "required", "when"})
_OF_SCALES = frozenset({"low", "high", "labels", "comment"})
FIELDS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(SCALES, COMMON | _OF_SCALES),
    "emotion": COMMON | {"emotions", "comment"},
    "choice": COMMON | {"options", "many"},
    "number": COMMON | {"at_least", "at_most", "unit"},
    "text": COMMON | {"at_most"},
    "matrix": COMMON | {"rows", "columns"},
    "ranking": COMMON | {"options"},
}
ASKING = frozenset({"share", "rest", "again_after", "quotas"})
REST, AGAIN = 30 * DAY, 90 * DAY
CONDITIONS = frozenset({"variable", "all", "any", "not"})
LONGEST_TEXT = 4000
Document: TypeAlias = Mapping[str, Any]


def read_survey(document: object) -> tuple[f.Survey | None, list[Finding]]:
    """Return the survey of `document` (None if it has errors) and what was found."""
    reader = _Reader(document if isinstance(document, Mapping) else {})
    try:
        survey = reader.survey()
    except FAULTS as fault:
        return None, [*reader.findings, Finding("unreadable", detail=said(fault))]
    found = [*reader.findings, *findings_of(survey)]
    return (None if any(one.severity == "error" for one in found) else survey), found


class _Reader:
    """Reads one document, collecting findings."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.findings: list[Finding] = []

    def survey(self) -> f.Survey:
        """Return the survey, whole but for what `findings` says of its questions."""
        given = self.document
        if given.get("keskio") != FORMAT:
            raise ValueError(f"it must begin with 'keskio: {FORMAT}'")
        self._known(given, SETTINGS, "")
        key = given.get("key")
        if not isinstance(key, str) or not key:
            raise ValueError("key must be the survey's own name, such as 'relationship-nps'")
        asking = read.mapping(given.get("asking", {}), "asking")
        self._known(asking, ASKING, "")
        answers = read.one_of(given.get("answers", "known"), ("known", "anonymous"), "answers")
        return f.Survey(
            key=key,
            title=read.texts(given.get("title", key)),
            languages=read.names(given.get("languages", ("fi", "en")), "languages"),
            questions=self._questions(),
            level=read.one_of(given.get("level", "touchpoint"), f.LEVELS, "level"),
            touchpoint=str(given.get("touchpoint", "")),
            anonymous=answers == "anonymous",
            sender=str(given.get("sender", "")),
            intro=read.texts(given.get("intro")),
            thanks=read.texts(given.get("thanks")),
            privacy=read.texts(given.get("privacy")),
            theme=_theme(given.get("theme", {})),
            digits=read.flag(given.get("digits", True), "digits"),
            share=read.share(asking.get("share", 1.0)),
            rest=_length(asking.get("rest"), REST),
            again=_length(asking.get("again_after"), AGAIN),
            quotas=tuple(_quota(one) for one in asking.get("quotas", ())),
            case=self._case(),
        )

    def _known(self, document: Mapping[Any, Any], known: frozenset[str], question: str) -> None:
        for field in sorted(document.keys() - known, key=str):
            self.findings.append(Finding("unknown_field", question=question, detail=repr(field)))

    def _case(self) -> f.CaseRule | None:
        if "case" not in self.document:
            return None
        given = read.mapping(self.document["case"], "case")
        self._known(given, frozenset({"when", "kind", "severity"}), "")
        when, looks_at = _condition(given["when"])
        return f.CaseRule(
            when,
            str(given.get("kind", "complaint")),
            str(given.get("severity", "normal")),
            looks_at,
        )

    def _questions(self) -> tuple[f.Question, ...]:
        given = read.mapping(self.document.get("questions", {}), "questions")
        if not given:
            raise ValueError("questions must hold at least one question")
        found = []
        for key, document in given.items():
            kind = document.get("kind") if isinstance(document, Mapping) else None
            if kind not in FIELDS:
                self.findings.append(Finding("unknown_kind", question=str(key), detail=repr(kind)))
                continue
            self._known(document, FIELDS[str(kind)], str(key))
            try:
                found.append(_question(str(key), document))
            except FAULTS as fault:
                self.findings.append(Finding("unreadable", question=str(key), detail=said(fault)))
        return tuple(found)


def _question(key: str, given: Document) -> f.Question:
    kind = str(given["kind"])
    when, looks_at = _condition(given["when"]) if "when" in given else (None, frozenset())
    return f.Question(
        key=key,
        kind=kind,
        text=read.texts(given["text"]),
        note=read.texts(given.get("note")),
        required=read.flag(given.get("required", False), "required"),
        options=_options(kind, given),
        rows=_named(given.get("rows", {}), "rows"),
        low=read.texts(given.get("low")),
        high=read.texts(given.get("high")),
        comment=_comment(kind, given),
        many=read.flag(given.get("many", False), "many"),
        least=_bound(given.get("at_least")),
        most=_bound(given.get("at_most", LONGEST_TEXT if kind == "text" else None)),
        unit=read.texts(given.get("unit")),
        when=when,
        looks_at=looks_at,
    )


def _options(kind: str, given: Document) -> dict[str, Mapping[str, str]]:
    if kind in SCALES:
        labels = _named(given.get("labels", {}), "labels")
        strange = set(labels) - {str(value) for value in SCALES[kind].values}
        if strange:
            raise ValueError(f"labels: {min(strange)!r} is not a value of the scale")
        return labels
    if kind == "emotion":
        names = read.names(given.get("emotions", f.EMOTIONS), "emotions")
        strange = set(names) - set(f.EMOTIONS)
        if strange:
            raise ValueError(f"emotions: there is no emotion {min(strange)!r}")
        return {name: {} for name in names}
    field = "columns" if kind == "matrix" else "options"
    return _named(given.get(field, {}), field)


def _named(value: object, what: str) -> dict[str, Mapping[str, str]]:
    return {str(key): read.texts(text) for key, text in read.mapping(value, what).items()}


def _comment(kind: str, given: Document) -> dict[str, Mapping[str, str]]:
    told = given.get("comment")
    if told is None or told is False:
        return {}
    groups = {name for name, _ in SCALES[kind].groups} if kind in SCALES else set()
    if isinstance(told, Mapping) and groups and set(map(str, told)) <= groups:
        return {str(group): read.texts(text) for group, text in told.items()}
    return {"": read.texts(told)}


def _condition(document: Any) -> tuple[Condition, frozenset[str]]:
    looks_at: set[str] = set()
    told = _about_answers(document, looks_at)
    form = read_condition(told, words=CONDITIONS)
    return compile_condition(form), frozenset(looks_at)


def _about_answers(document: Any, looks_at: set[str]) -> Any:
    """Return the condition with `answer` as the rule language calls it, and note which are asked about."""
    if isinstance(document, (list, tuple)):
        return [_about_answers(one, looks_at) for one in document]
    if not isinstance(document, Mapping):
        return document
    if "answer" in document:
        looks_at.add(str(document["answer"]))
        return {("variable" if key == "answer" else key): value for key, value in document.items()}
    return {key: _about_answers(value, looks_at) for key, value in document.items()}


def _quota(value: object) -> f.Quota:
    given = read.mapping(value, "quotas")
    if strange := set(given) - {"limit", "segment", "each"}:
        raise ValueError(f"quotas: there is no field {min(map(str, strange))!r}")
    limit = read.whole(given["limit"], "limit")
    return f.Quota(limit, str(given.get("segment", "")), str(given.get("each", "")))


def _theme(value: object) -> f.Theme:
    given = read.mapping(value, "theme")
    if strange := set(given) - {"main", "paper", "ink"}:
        raise ValueError(f"theme: there is no colour {min(map(str, strange))!r}")
    usual = f.Theme()
    return f.Theme(
        str(given.get("main", usual.main)),
        str(given.get("paper", usual.paper)),
        str(given.get("ink", usual.ink)),
    )


def _bound(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("at_least and at_most are numbers")
    return float(value)


def _length(value: object, usual: int) -> int:
    if value is None:
        return usual
    span = parse_span(str(value))
    if span.months:
        raise ValueError("lengths here are of weeks, days and hours")
    return span.days * 24 * HOUR + span.micros
