"""Who may say no to an answer before it is sent: rooms above the inbox, which it does not know."""

from __future__ import annotations

from typing import Protocol

from keskio.respond.inbox.models import Case


class Guard(Protocol):
    """Raises Refused when an answer may not go as it is."""

    def __call__(self, case: Case, text: str, *, is_open_to_all: bool) -> None:
        """Look at an answer in a case; `is_open_to_all`: everybody would read it."""


_GUARDS: list[Guard] = []


def ask_first(guard: Guard) -> None:
    """From now on `guard` is asked before every answer. Called when Django starts; once for each."""
    if guard not in _GUARDS:
        _GUARDS.append(guard)


def check_answer(case: Case, text: str, *, is_open_to_all: bool) -> None:
    """Let every guard look at an answer."""
    for guard in _GUARDS:
        guard(case, text, is_open_to_all=is_open_to_all)
