"""What this room and its wings hold of people.

The core goes first: it is by the ledger that people are found, and that is taken away when an erasure
begins (`erasing.begin`), so that nothing more comes to them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from keskio.kernel.clock import Micros
from keskio.kernel.holdings import FILES, Mentions, NotYet, Person, Rows, rows_of
from keskio.kernel.sql import any_of, fetch, listed, run

_AT_WORK = "('running', 'trying', 'paused')"


class CustomerRows:
    """The customer's own rows: emptied when the erasure begins, so that only the numbers stay."""

    key = "know_customer"
    stage = 10
    tables = ("know_customer",)

    def export(self, person: Person) -> list[dict[str, Any]]:
        """Return the rows of the customer and of those merged into it."""
        sql = f"SELECT * FROM know_customer WHERE {any_of('id')}"  # noqa: S608 - constants
        return rows_of(sql, (listed(person.records),))

    def erase(self, person: Person, now: Micros) -> int:
        """Empty again what something under way may have written meanwhile."""
        sql = (
            "UPDATE know_customer SET name = '', email = '', phone = '', language = '', zone = '',"  # noqa: S608 - constants
            " search = '', traits = '{}', trait_times = '{}', consents = '{\"*/*\":\"restricted\"}',"
            " known_at = NULL, erased_at = coalesce(erased_at, %s)"
            f" WHERE {any_of('id')} AND (erased_at IS NULL OR name <> '' OR email <> '' OR phone <> ''"
            " OR search <> '' OR traits <> '{}' OR trait_times <> '{}'"
            ' OR consents <> \'{"*/*":"restricted"}\')'
        )
        return run(sql, (now, listed(person.records)))


class OldLinks:
    """Lines of the ledger about the person's identifiers at others: refused there, or ended."""

    key = "know_link.others"
    stage = 10
    tables = ("know_link",)

    def export(self, person: Person) -> list[dict[str, Any]]:  # noqa: ARG002 - a holding's shape
        """Return nothing: the identifiers are told with the person's own lines."""
        return []

    def erase(self, person: Person, now: Micros) -> int:  # noqa: ARG002 - a holding's shape
        """Delete the lines; one that is in force is somebody's who came after."""
        sql = (
            f"DELETE FROM know_link WHERE ended_at IS NOT NULL AND type = %s"  # noqa: S608 - constants
            f" AND {any_of('value', kind='text')}"
        )
        by_type: dict[str, list[str]] = {}
        for kind, value in person.identifiers:
            by_type.setdefault(kind, []).append(value)
        return sum(run(sql, (kind, listed(values))) for kind, values in by_type.items())


class Households:
    """Households to which nobody else belongs: they are about the person alone."""

    key = "groups_group"
    stage = 9  # while it is still known who belonged to them
    tables = ("groups_group",)

    def export(self, person: Person) -> list[dict[str, Any]]:
        """Return the households and organisations to which the person belongs."""
        mine = f"SELECT group_id FROM groups_member WHERE {any_of('record_id')}"  # noqa: S608 - constants
        sql = f"SELECT id, kind, name, created_at FROM groups_group WHERE id IN ({mine})"  # noqa: S608 - constants
        return rows_of(sql, (listed(person.records),))

    def erase(self, person: Person, now: Micros) -> int:  # noqa: ARG002 - a holding's shape
        """Delete them; organisations stay, without the person."""
        whose = listed(person.records)
        return run(
            "DELETE FROM groups_group WHERE kind = 'household'"  # noqa: S608 - constants
            f" AND id IN (SELECT group_id FROM groups_member WHERE {any_of('record_id')})"
            " AND id NOT IN (SELECT group_id FROM groups_member WHERE ended_at IS NULL"
            f" AND NOT ({any_of('record_id')}))",
            (whose, whose),
        )


class ImportedFiles:
    """Files that were uploaded and hold the person: erased, unless they are being worked on."""

    key = "imports.files"
    stage = FILES
    tables = ("imports_import",)

    def export(self, person: Person) -> list[dict[str, Any]]:  # noqa: ARG002 - a holding's shape
        """Return nothing: what the files told stands on the customer."""
        return []

    def erase(self, person: Person, now: Micros) -> int:  # noqa: ARG002 - a holding's shape
        """Erase the files, and the examples that were kept of them."""
        sql = "SELECT id, path, state FROM imports_import WHERE path <> '' AND is_ours"
        told = [row for row in fetch(sql) if _names(Path(row[1]), person.words)]
        if any(state in _AT_WORK for _, _, state in told):
            raise NotYet("an import that is under way")
        for number, path, _ in told:
            Path(path).unlink(missing_ok=True)
            run(
                "UPDATE imports_import SET path = '', examples = '{}', sentence = '' WHERE id = %s",
                (number,),
            )
        return len(told)


def _names(file: Path, words: tuple[str, ...]) -> bool:
    """Tell whether a file may hold one of the words; a packed one (Excel) may hold anything."""
    if not file.exists():
        return False
    wanted = [word.encode() for word in words]
    tail = b""
    longest = max((len(word) for word in wanted), default=0)
    with file.open("rb") as opened:
        while part := opened.read(1024 * 1024):
            if not tail and part.startswith(b"PK\x03\x04"):
                return True
            here = (tail + part).lower()
            if any(word in here for word in wanted):
                return True
            tail = here[-longest:] if longest else b" "
    return False


HOLDINGS = (
    CustomerRows(),
    OldLinks(),
    Households(),
    Rows("groups_member", by=("record_id",)),
    Rows("know_link", by=("customer_id", "record_id")),
    Rows("know_merge", by=("customer_id", "into_id")),
    Rows("know_consent", by=("customer_id", "record_id")),
    Rows("know_apart", by=("record_id", "other_id", "customer_id", "other_customer_id")),
    Rows("know_doubt", by=("one_id", "other_id")),
    Rows("segments_membership"),
    Rows("segments_stageof"),
    # Flows between stages are counted from these.
    Rows("segments_move", kept={}),
    Rows("profiles_customervalue"),
    Rows("profiles_rfmscore"),
    Rows("profiles_clustermember"),
    Rows("objects_ownership", by=("record_id",)),
    Rows("objects_object", by=("customer_id", "record_id")),
    Rows("computed_tally", by=("record_id",)),
    Rows("computed_entry", by=("record_id",)),
    Rows("computed_value"),
    Rows("duplicates_candidate", by=("low_id", "high_id")),
    Rows("imports_kept"),
    Mentions("imports_fault", columns=("value",)),
    Mentions(
        "imports_import",
        columns=("examples", "sentence"),
        kept={"examples": "{}", "sentence": ""},
    ),
    ImportedFiles(),
    Rows("privacy_notice"),
    Rows("privacy_demand", kept={"note": ""}),
)
