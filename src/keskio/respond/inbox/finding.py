"""Cases by the words of what was said in them, and by whom they are about.

Each case has one row of its words: of its name, subject, address and of everything said in it. PostgreSQL
keeps it as a tsvector under a GIN index, SQLite as text under an FTS5 index that triggers keep in step;
words are cut and brought to small letters here, so that both find the same. A word is found by its
beginning ("pyör" finds "pyöräni"), several when all of them stand somewhere in the case.

Cases get their words as they are written to. What was there before the index, the job takes in, a slice
at a time; it also drops from SQLite's index what erased words have left in it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable

from django.db import transaction

from keskio.events.api import cursor_of, move_cursor
from keskio.jobs.api import wake
from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, is_postgres, listed, run, run_many
from keskio.respond.inbox.models import Case, CaseWords, Entry

# Up to which case all have their words; and whether SQLite's index is to be cleaned.
PLACE, CLEANING = "respond.inbox.words", "respond.inbox.words.cleaning"
SLICE = 200
CLEANED = 64
"""How many pages of SQLite's index are gone through in a turn."""
LONGEST, MOST = 40, 2000
"""Letters of a word, and words of one text, that are kept."""
FOUND = 1000
"""Of more cases than this that have the words, the newest are told."""
_WORD = re.compile(r"[^\W_]+")
_ADD = """
    INSERT INTO inbox_casewords (case_id, customer_id, words) VALUES (%s, %s, %s)
    ON CONFLICT (case_id) DO UPDATE
    SET customer_id = excluded.customer_id, words = inbox_casewords.words || {} excluded.words
"""
_WITH = {
    "postgres": "SELECT case_id FROM inbox_casewords WHERE words @@ %s::tsquery",
    "sqlite": "SELECT rowid AS case_id FROM inbox_casewords_index WHERE inbox_casewords_index MATCH %s",
}


def words_of(text: str) -> list[str]:
    """Return the words of a text as they are searched by, each once, in their order.

    >>> words_of("Pyöräni meni RIKKI, pyöräni!  +358 45")
    ['pyöräni', 'meni', 'rikki', '358', '45']
    """
    found = _WORD.findall(unicodedata.normalize("NFC", text).casefold())
    return list(dict.fromkeys(word[:LONGEST] for word in found))[:MOST]


def _written(case: Case, texts: Iterable[str]) -> str:
    whole = " ".join([case.name, case.subject, case.address, *texts])
    at_home = f" 0{case.address[4:]}" if case.address.startswith("+358") else ""
    return " ".join(words_of(whole + at_home))


def add_words(said: Iterable[tuple[Case, Entry]]) -> None:
    """Let cases be found by what has been said in them now, in the caller's transaction."""
    texts: dict[int, tuple[Case, list[str]]] = {}
    for case, entry in said:
        texts.setdefault(case.pk, (case, []))[1].append(entry.text)
    rows = [(case.pk, case.customer_id, _written(case, told)) for case, told in texts.values()]
    run_many(_ADD.format("" if is_postgres() else "' ' ||"), rows)


def write_words(cases: Collection[int]) -> None:
    """Write the words of `cases` anew from what stands in them now; two queries and two writes."""
    texts: dict[int, list[str]] = {}
    said = Entry.objects.filter(case_id__in=cases).exclude(text="").order_by("case_id", "number")
    for case, text in said.values_list("case_id", "text"):
        texts.setdefault(case, []).append(text)
    rows = [
        (one.pk, one.customer_id, _written(one, texts.get(one.pk, ())))
        for one in Case.objects.filter(pk__in=cases)
    ]
    with transaction.atomic():
        run(f"DELETE FROM inbox_casewords WHERE {any_of('case_id')}", (listed(cases),))  # noqa: S608 - constants
        run_many(_ADD.format("" if is_postgres() else "' ' ||"), rows)


def cases_with(text: str, *, limit: int = FOUND) -> list[int]:
    """Return the cases that have all words of `text`, the newest first; [] for a text without words."""
    words = words_of(text)
    if not words:
        return []
    if is_postgres():
        sql, asked = _WITH["postgres"], " & ".join(f"'{word}':*" for word in words)
    else:
        sql, asked = _WITH["sqlite"], " ".join(f'"{word}"*' for word in words)
    found = fetch(f"{sql} ORDER BY case_id DESC LIMIT CAST(%s AS bigint)", (asked, limit))
    return [row[0] for row in found]


def ask_to_clean() -> None:
    """Let what erased words have left in the index go, after this transaction."""
    move_cursor(CLEANING, 1)
    transaction.on_commit(wake)


class WordKeeper:
    """Takes turns at cases that have no words yet, then at cleaning the index where that was asked for."""

    name = "case words"

    def turn(self, now: Micros) -> bool:
        """Take one slice; True when there may be more."""
        del now  # nothing of it has a time
        place = cursor_of(PLACE)
        later = Case.objects.filter(pk__gt=place).order_by("pk")
        cases = list(later.values_list("pk", flat=True)[:SLICE])
        if cases:
            done = CaseWords.objects.filter(pk__in=cases).values_list("pk", flat=True)
            with transaction.atomic():
                write_words(sorted(set(cases) - set(done)))
                move_cursor(PLACE, cases[-1])
            return True
        return bool(cursor_of(CLEANING)) and clean()


def clean_at_once() -> None:
    """Drop all that erased words have left, where `ask_to_clean` was called since the last time."""
    while cursor_of(CLEANING) and clean():
        pass


def clean() -> bool:
    """Drop some of what erased words have left; True when there may be more.

    PostgreSQL does it by itself (autovacuum). SQLite's index is brought to one piece, which has no room
    for what was deleted.
    """
    with transaction.atomic():
        if not is_postgres():
            (before,) = fetch("SELECT total_changes()")[0]
            run(
                "INSERT INTO inbox_casewords_index (inbox_casewords_index, rank) VALUES ('merge', %s)",
                (-CLEANED,),
            )
            (after,) = fetch("SELECT total_changes()")[0]
            if after - before >= 2:  # fewer: there was nothing to merge, as FTS5 documents it
                return True
        move_cursor(CLEANING, 0)
    return False
