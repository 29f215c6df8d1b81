"""Writes of the inbox: signatures first; see each for its promise."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from keskio.kernel.errors import Mistake
from keskio.respond.inbox.models import Case, Entry


class NoSuchCase(Mistake):
    """There is no such case."""

    code = "no_such_case"


class ChangedMeanwhile(Mistake):
    """Somebody else has changed this case since you opened it: look at it again before you go on."""

    code = "changed_meanwhile"


class CannotAnswer(Mistake):
    """This case has nobody whom an answer could be sent to."""

    code = "cannot_answer"


class CannotMerge(Mistake):
    """These cases cannot be put together."""

    code = "cannot_merge"


# Everywhere: `case` is the number of a case; `by` the username ("" for the machine); `version` the
# version that the caller has seen (None: does not matter). Raises NoSuchCase, ChangedMeanwhile.
#
# open_case(*, customer: int, channel: str, text: str = "", kind="other", severity=NORMAL, subject="",
#     themes=(), language="", thread="", address="", reply_to="", name="", network="", url="",
#     source: tuple[str, str] = ("", ""), queue="", by="", at: datetime | None = None,
#     event_id: int | None = None, attachments=()) -> Case      (the same source again: the case it opened)
# add_entry(case, *, kind, author, text="", by="", is_public=False, channel="", at=None, what="",
#     told=None, event_id=None, source_id="", in_reply_to="", attachments=()) -> Entry
# reply(case, text, *, by, public=False, at=None, version=None) -> Entry       (public: seen by everybody)
# note(case, text, *, by) -> Entry
# assign(case, *, to="", queue=None, by, version=None) -> Case                 (to "": to nobody)
# take_by_rule(case, *, by="") -> str                       (area, skill and load: who got it)
# snooze(case, until, *, by, version=None) -> Case
# wake(case, *, by="") -> Case
# close(case, *, by, version=None) -> Case
# reopen(case, *, by, version=None) -> Case
# change(case, *, by, version=None, kind=None, severity=None, themes=None, subject=None, language=None) -> Case
# merge(case, into, *, by) -> Case       unmerge(case, *, by) -> Case
# split(case, entries: Collection[int], *, by, subject="") -> Case              (numbers of entries)
# mark_read(case) -> None
