"""Reads a condition's document into its form, and finds everything that is wrong in one go."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeAlias

from keskio.engine.conditions import forms as f
from keskio.engine.conditions import particulars as part
from keskio.engine.conditions.problems import Problem, Unreadable, nearest, problem

Document: TypeAlias = Mapping[str, Any]
DEEPEST = 40
FIGURES = ("sum", "average", "min", "max", "first", "last", "distinct")
# What may be asked where: of customers, of one customer inside a dialogue, of one event or object.
OF_CUSTOMERS = frozenset({"trait", "consent", "stage", "segment", "object", "event"})
IN_DIALOGUES = OF_CUSTOMERS | {"variable", "property"}
OF_ONE_THING = frozenset({"property"})
JOINING = ("all", "any", "not")


def read_condition(
    document: object, *, words: Collection[str] = IN_DIALOGUES, place: str = ""
) -> f.Condition:
    """Return the form of `document`.

    `words`: what may be asked there (`OF_CUSTOMERS` for segments, `OF_ONE_THING` for an event's own
    properties). Raises Unreadable, a ValueError, with all problems found.
    """
    reader = _Reader(frozenset(words))
    found = reader.condition(document, place, 0)
    if found is None:
        raise Unreadable(reader.problems)
    return found


def problems_of(document: object, *, words: Collection[str] = IN_DIALOGUES) -> tuple[Problem, ...]:
    """Return what is wrong in `document`; nothing when it can be read."""
    try:
        read_condition(document, words=words)
    except Unreadable as fault:
        return fault.problems
    return ()


class _Reader:
    """Reads one document. A method returns None when it has noted a problem."""

    def __init__(self, words: frozenset[str]) -> None:
        self.words = words
        self.problems: list[Problem] = []

    def condition(self, document: object, place: str, depth: int) -> f.Condition | None:
        if not isinstance(document, Mapping) or not document:
            return self._wrong("not_a_condition", place, found=part.shown(document))
        if depth > DEEPEST:
            return self._wrong("too_deep", place, most=DEEPEST)
        for word in JOINING:
            if word in document:
                return self._joined(word, document, place, depth)
        for word, read in _READ.items():
            if word in document:
                if word not in self.words:
                    known = ", ".join((*JOINING, *sorted(self.words)))
                    return self._wrong("not_here", place, word=repr(word), known=known)
                return self._caught(read, document, place, depth)
        first = next(iter(document))
        known_words = (*JOINING, *(word for word in _READ if word in self.words))
        return self._wrong(
            "unknown_beginning",
            place,
            found=", ".join(map(repr, document)),
            known=", ".join(known_words),
            near=nearest(first, known_words),
        )

    def _caught(
        self, read: _Read, document: Document, place: str, depth: int
    ) -> f.Condition | None:
        try:
            return read(self, document, place, depth)
        except part.Wrong as wrong:
            code, inner, values = wrong.args
            return self._wrong(code, _at(place, inner), **values)

    def _joined(self, word: str, document: Document, place: str, depth: int) -> f.Condition | None:
        if len(document) > 1:
            others = ", ".join(repr(other) for other in document if other != word)
            return self._wrong("stands_alone", place, word=repr(word), others=others)
        inside = document[word]
        if word == "not":
            found = self.condition(inside, _at(place, "not"), depth + 1)
            return None if found is None else f.Not(part=found)
        if not isinstance(inside, (list, tuple)) or not inside:
            return self._wrong("not_a_list", _at(place, word), word=word)
        parts = [
            self.condition(item, _at(place, f"{word}[{index}]"), depth + 1)
            for index, item in enumerate(inside)
        ]
        read = tuple(item for item in parts if item is not None)
        if len(read) < len(parts):
            return None
        return f.AllOf(parts=read) if word == "all" else f.AnyOf(parts=read)

    def inner(self, document: Document, word: str, place: str, depth: int) -> f.Condition | None:
        """Read the condition on one event's or object's own properties; raises when it is wrong."""
        if word not in document:
            return None
        words, self.words = self.words, OF_ONE_THING
        found = self.condition(document[word], _at(place, word), depth + 1)
        self.words = words
        if found is None:
            raise _Noted
        return found

    def _wrong(self, code: str, place: str, **values: object) -> f.Condition | None:
        if code:
            self.problems.append(problem(code, place, **values))
        return None


class _Noted(part.Wrong):
    """A problem that is noted already."""

    def __init__(self) -> None:
        super().__init__("", "", {})


_Read: TypeAlias = Callable[[_Reader, Document, str, int], f.Condition]


def _at(place: str, inner: str) -> str:
    return f"{place}.{inner}" if place and inner else place or inner


def _compared(field: str) -> _Read:
    def read(_reader: _Reader, document: Document, _place: str, _depth: int) -> f.Condition:
        name = part.name(document, field)
        if field == "trait" and "date" in document:
            part.only(document, ("trait", "date"))
            return f.Dated(trait=name, window=part.window(document["date"], "date"))
        if field == "trait" and "anniversary" in document:
            part.only(document, ("trait", "anniversary"))
            first, last = part.days(document["anniversary"])
            return f.Anniversary(trait=name, first=first, last=last)
        extra = ("date", "anniversary") if field == "trait" else ()
        operator, value = part.comparison(document, (field,), f"{field} {name!r}", extra)
        return f.Compared(field=field, name=name, operator=operator, value=value)  # type: ignore[arg-type]

    return read


def _consented(_reader: _Reader, document: Document, _place: str, _depth: int) -> f.Condition:
    form = "{consent: PURPOSE, channel: CHANNEL}"
    part.only(document, ("consent", "channel", "is"))
    if "channel" not in document:
        raise part.Wrong("missing", "", {"what": "a consent", "missing": "channel", "form": form})
    states = ("given", "denied", "withdrawn", "expired", "none")
    state = part.one_of(document.get("is", "given"), states, "is")
    return f.Consented(
        purpose=part.name(document, "consent"), channel=part.name(document, "channel"), state=state
    )


def _staged(_reader: _Reader, document: Document, _place: str, _depth: int) -> f.Condition:
    part.only(document, ("stage", "is", "in", "for_at_least", "for_less_than"))
    many = "in" in document
    if many == ("is" in document):
        form = "{stage: MODEL, is: STAGE}"
        raise part.Wrong("missing", "", {"what": "a stage", "missing": "is / in", "form": form})
    given = document["in"] if many else [document["is"]]
    stages = part.names(given, "in" if many else "is")
    return f.Staged(
        model=part.name(document, "stage"), stages=stages, many=many, held=part.held(document)
    )


def _in_segment(_reader: _Reader, document: Document, _place: str, _depth: int) -> f.Condition:
    part.only(document, ("segment", "for_at_least", "for_less_than"))
    return f.InSegment(key=part.name(document, "segment"), held=part.held(document))


def _has(reader: _Reader, document: Document, place: str, depth: int) -> f.Condition:
    part.only(document, ("object", "where", "date", "times"))
    date_of = None
    if "date" in document:
        given = part.mapping(document["date"], "date", "{field: NAME, in: WINDOW}")
        part.only(given, ("field", "in"), "date")
        if "in" not in given:
            form = "{field: NAME, in: WINDOW}"
            raise part.Wrong("missing", "date", {"what": "date", "missing": "in", "form": form})
        date_of = f.DateOf(
            field=part.name(given, "field", "date"), window=part.window(given["in"], "date.in")
        )
    return f.Has(
        kind=part.name(document, "object"),
        where=reader.inner(document, "where", place, depth),
        date=date_of,
        times=part.times(document),
    )


def _happened(reader: _Reader, document: Document, place: str, depth: int) -> f.Condition:
    name = part.name(document, "event")
    where = reader.inner(document, "where", place, depth)
    window = part.window(document["in"], "in", events=True) if "in" in document else None
    if "then" in document or "not_then" in document:
        return _followed(reader, document, place, depth)
    figures = [word for word in FIGURES if word in document]
    if not figures:
        part.only(document, ("event", "where", "in", "times", *FIGURES, "then", "not_then"))
        return f.Did(event=name, where=where, window=window, times=part.times(document))
    how = figures[0]
    if isinstance(document[how], Mapping) and how in ("first", "last"):
        part.only(document, ("event", "where", how))
        lies = part.window(document[how], how, events=True)
        return f.Recency(event=name, which=how, where=where, window=lies)  # type: ignore[arg-type]
    taken = ("event", "where", "in", how)
    of = part.name(document, how)
    operator, value = part.comparison(document, taken, f"{how} of {of!r}", ())
    if how not in ("first", "last"):
        part.must_be_number(operator, value, counted=how == "distinct")
    return f.Figure(
        event=name,
        how=how,  # type: ignore[arg-type]
        property=of,
        operator=operator,
        value=value,
        where=where,
        window=window,
    )


def _followed(reader: _Reader, document: Document, place: str, depth: int) -> f.Condition:
    word = "then" if "then" in document else "not_then"
    part.only(document, ("event", "where", "in", word, "within"))
    after = part.mapping(document[word], word, "{event: NAME}")
    part.only(after, ("event", "where"), word)
    if "within" not in document:
        form = f"{{event: A, {word}: {{event: B}}, within: 3 days}}"
        raise part.Wrong("missing", "", {"what": word, "missing": "within", "form": form})
    return f.Followed(
        event=part.name(document, "event"),
        then=part.name(after, "event", word),
        within=part.length(document["within"], "within", months=False),
        came=word == "then",
        where=reader.inner(document, "where", place, depth),
        then_where=reader.inner(after, "where", _at(place, word), depth),
        window=part.window(document["in"], "in", events=True) if "in" in document else None,
    )


_READ: Mapping[str, _Read] = {
    "trait": _compared("trait"),
    "consent": _consented,
    "stage": _staged,
    "segment": _in_segment,
    "object": _has,
    "event": _happened,
    "variable": _compared("variable"),
    "property": _compared("property"),
}
