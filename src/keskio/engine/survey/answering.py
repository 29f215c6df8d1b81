"""What is an answer to a question: read from a form or another system, or refused with a reason.

Forms give texts. What comes out is plain: a whole number for a scale, a key for a choice or an emotion,
a list of keys for several and for a ranking, a number, a text, a mapping from rows to columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from keskio.engine.answers import read_answer
from keskio.engine.survey.form import Question


class NoAnswer(ValueError):
    """What was given is no answer; `code` says why.

    missing, not_offered, not_a_number, too_low, too_high, too_long, or rows_missing.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_given(question: Question, given: Mapping[str, Sequence[str]]) -> Any:
    """Return the answer that the fields of a form hold; None when it was left out and may be.

    The field is "answer"; for a matrix "row-KEY"; for a ranking "rank-1" and so on, or "answer" with all
    keys in order. Raises NoAnswer.
    """
    if question.kind == "matrix":
        value: Any = {
            row: given[f"row-{row}"][0] for row in question.rows if given.get(f"row-{row}")
        }
    elif question.kind == "ranking" or question.many:
        value = list(given.get("answer", ()))
    else:
        told = [text for text in given.get("answer", ()) if text.strip()]
        value = told[0].strip() if told else None
    if value in (None, [], {}):
        if question.required:
            raise NoAnswer("missing")
        return None
    return checked(question, value)


def checked(question: Question, value: Any) -> Any:
    """Return `value` as an answer to `question`. Raises NoAnswer.

    >>> from keskio.engine.survey.form import Question
    >>> checked(Question(key="q", kind="nps", text={}), "9")
    9
    """
    return _CHECKS[question.kind](question, value)


def _scale(question: Question, value: Any) -> int:
    assert question.scale is not None
    number = _whole(value)
    if number not in question.scale.values:
        raise NoAnswer("not_offered")
    return number


def _whole(value: Any) -> int:
    if isinstance(value, bool):
        raise NoAnswer("not_a_number")
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int):
        return value
    text = str(value).strip()
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise NoAnswer("not_a_number")
    return int(text)


def _one(question: Question, value: Any) -> str:
    if not isinstance(value, str) or value not in question.options:
        raise NoAnswer("not_offered")
    return value


def _choice(question: Question, value: Any) -> str | list[str]:
    if not question.many:
        return _one(question, value)
    chosen = [_one(question, one) for one in ([value] if isinstance(value, str) else value)]
    return [key for key in question.options if key in chosen]


def _number(question: Question, value: Any) -> float:
    number = read_answer(str(value), "number") if not isinstance(value, bool) else None
    if number is None:
        raise NoAnswer("not_a_number")
    if question.least is not None and number < question.least:
        raise NoAnswer("too_low")
    if question.most is not None and number > question.most:
        raise NoAnswer("too_high")
    return float(number)


def _text(question: Question, value: Any) -> str:
    text = str(value).strip()
    if question.most is not None and len(text) > question.most:
        raise NoAnswer("too_long")
    return text


def _matrix(question: Question, value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise NoAnswer("not_offered")
    found = {row: _one(question, value[row]) for row in question.rows if row in value}
    if question.required and len(found) < len(question.rows):
        raise NoAnswer("rows_missing")
    return found


def _ranking(question: Question, value: Any) -> list[str]:
    ordered = [_one(question, one) for one in value]
    if sorted(ordered) != sorted(question.options):
        raise NoAnswer("not_offered")
    return ordered


def moved(order: Sequence[str], key: str, by: int) -> list[str]:
    """Return `order` with `key` moved by one place: -1 up, 1 down; past the ends nothing changes.

    >>> moved(["a", "b", "c"], "c", -1)
    ['a', 'c', 'b']
    """
    ordered = list(order)
    if key not in ordered:
        return ordered
    at = ordered.index(key)
    to = min(max(at + by, 0), len(ordered) - 1)
    ordered.insert(to, ordered.pop(at))
    return ordered


_CHECKS = {
    **dict.fromkeys(("nps", "csat", "ces"), _scale),
    "emotion": _one,
    "choice": _choice,
    "number": _number,
    "text": _text,
    "matrix": _matrix,
    "ranking": _ranking,
}
