"""The compiled dialogues that pages of this process read from: compiled once, fresh at every asking."""

from __future__ import annotations

import threading

from keskio.engine.dialogue.program import Program
from keskio.engine.pressure import Rules
from keskio.kernel.errors import Broken
from keskio.talk.programs import Loaded, Programs

_programs = Programs()
_lock = threading.Lock()


def program_of(version: int) -> Program:
    """Return the compiled program of a version; raises Broken for one that is not published."""
    with _lock:
        _programs.refresh()
        loaded = _programs.by_version.get(version)
    if loaded is None:
        raise Broken(f"There is no published version {version} to draw.")
    return loaded.program


def programs_of(versions: set[int]) -> dict[int, Program]:
    """Return the compiled programs of `versions`, without those that are not published."""
    with _lock:
        _programs.refresh()
        return {pk: one.program for pk in versions if (one := _programs.by_version.get(pk))}


def all_programs() -> dict[int, Program]:
    """Return the compiled programs of all versions that were ever published."""
    with _lock:
        _programs.refresh()
        return {pk: loaded.program for pk, loaded in _programs.by_version.items()}


def entering() -> list[Loaded]:
    """Return the versions into which new customers come now."""
    with _lock:
        _programs.refresh()
        return list(_programs.entering)


def rules_now() -> Rules:
    """Return the rules of contact in force."""
    with _lock:
        _programs.refresh()
        return _programs.rules
