"""How likely two customers are one person: the model of Fellegi and Sunter, computed by Splink.

Each field tells for or against by the ratio of two shares: how often it looks like this between two
records of one person (m), and between two people (u). The shares are set here, in one table, so that
a score can be explained and does not change from run to run; how rare a name is comes from the
customers themselves. Splink finds the pairs worth comparing, and scores them in DuckDB. No pair is
ever merged by it.

Source: Fellegi & Sunter, A Theory for Record Linkage, JASA 64 (1969), eq. 2-11; Linacre et al.,
Splink, IJPDS 7 (2022).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import duckdb
import msgspec
import pyarrow as pa

from keskio.know.duplicates.likeness import Likeness
from keskio.know.duplicates.vetoes import veto_of

KEYS = tuple(name for name in Likeness.__struct_fields__ if name != "id")
_COLUMNS = ", ".join(["unique_id BIGINT", *(f"{name} VARCHAR" for name in KEYS)])
_CHUNK = 20_000
# How rare a name is can be told from so many customers; below that the table's share is used.
ENOUGH_FOR_RARITY = 1000
# Of a hundred customers three have a second record: what registers of customers usually have.
SHARE_DOUBLED = 0.03
# A small register is a sample of a town: two of one name need not be one.
SMALLEST_WORLD = 10_000


class Level(msgspec.Struct, frozen=True):
    """One way in which a field of two records may look; `key` names it for the pages.

    `m`, `u`: how often it looks so between records of one person, and of two. `rare_by`: the
    column whose rarity is counted in.
    """

    key: str
    sql: str
    m: float
    u: float
    rare_by: str = ""


class Field(msgspec.Struct, frozen=True):
    """A field compared, by levels from the most alike; what is known of neither tells nothing."""

    key: str
    column: str
    levels: Sequence[Level]


FIELDS: tuple[Field, ...] = (
    Field(
        "given",
        "given",
        (
            Level("same", "given_l = given_r", 0.72, 0.008, rare_by="given"),
            Level("nickname", "given_group_l = given_group_r", 0.1, 0.006),
            Level("turned", "given_l = surname_r AND surname_l = given_r", 0.01, 0.0004),
            Level(
                "initial",
                "(length(given_l) = 1 OR length(given_r) = 1)"
                " AND substr(given_l, 1, 1) = substr(given_r, 1, 1)",
                0.03,
                0.02,
            ),
            Level("close", "jaro_winkler_similarity(given_l, given_r) >= 0.88", 0.09, 0.01),
            Level("other", "ELSE", 0.05, 0.9556),
        ),
    ),
    Field(
        "surname",
        "surname",
        (
            Level("same", "surname_l = surname_r", 0.82, 0.004, rare_by="surname"),
            Level("turned", "given_l = surname_r AND surname_l = given_r", 0.01, 0.0004),
            Level("close", "jaro_winkler_similarity(surname_l, surname_r) >= 0.9", 0.09, 0.006),
            Level("other", "ELSE", 0.08, 0.9896),
        ),
    ),
    Field(
        "phone",
        "phone",
        (
            Level("same", "phone_l = phone_r", 0.6, 0.00002),
            Level("close", "damerau_levenshtein(phone_l, phone_r) <= 1", 0.05, 0.0002),
            Level("other", "ELSE", 0.35, 0.99978),
        ),
    ),
    Field(
        "email",
        "email",
        (
            Level("same", "email_l = email_r", 0.5, 0.00001),
            Level("mailbox", "length(mailbox_l) >= 6 AND mailbox_l = mailbox_r", 0.15, 0.0004),
            Level("close", "jaro_winkler_similarity(email_l, email_r) >= 0.96", 0.08, 0.0006),
            Level("other", "ELSE", 0.27, 0.99899),
        ),
    ),
    Field(
        "address",
        "street",
        (
            Level(
                "same",
                "street_l = street_r AND coalesce(home_l, '') = coalesce(home_r, '')"
                " AND coalesce(postcode_l = postcode_r, true)",
                0.5,
                0.00005,
            ),
            Level(
                "house",
                "street_l = street_r AND coalesce(postcode_l = postcode_r, true)",
                0.12,
                0.0004,
            ),
            Level(
                "close",
                "postcode_l = postcode_r AND jaro_winkler_similarity(street_l, street_r) >= 0.92",
                0.08,
                0.0006,
            ),
            Level("district", "postcode_l = postcode_r", 0.06, 0.01),
            Level("other", "ELSE", 0.24, 0.98895),
        ),
    ),
    Field(
        "born",
        "born",
        (
            Level("same", "born_l = born_r", 0.93, 0.00005),
            Level("close", "damerau_levenshtein(born_l, born_r) <= 1", 0.05, 0.0012),
            Level("other", "ELSE", 0.02, 0.99875),
        ),
    ),
    Field(
        "business",
        "business",
        (
            Level("same", "business_l = business_r", 0.95, 0.0005),
            Level("other", "ELSE", 0.05, 0.9995),
        ),
    ),
)
# Pairs that share none of these are never one person as far as anybody could tell.
BLOCKS: tuple[tuple[str, ...], ...] = (
    ("phone",),
    ("email",),
    ("mailbox", "surname"),
    ("surname", "given_group"),
    ("surname", "postcode"),
    ("given_group", "postcode"),
    ("street", "postcode"),
    ("street", "home"),
    ("born", "given_group"),
    ("born", "surname"),
    ("personal",),
    ("business", "surname"),
)


class Evidence(msgspec.Struct, frozen=True):
    """What one field says of a pair: its level, and how many times likelier it makes one person."""

    field: str
    level: str
    ratio: float


class ScoredPair(msgspec.Struct, frozen=True):
    """Two customers, the lower id first, and how likely they are one person."""

    low: int
    high: int
    probability: float
    evidence: tuple[Evidence, ...]


def likely_pairs(people: Iterable[Likeness], *, at_least: float) -> list[ScoredPair]:
    """Return the pairs of `people` that are one person with a probability of `at_least`.

    Most likely first, without those that a veto speaks against. The same people give the same pairs,
    in any order. A million customers take some minutes and about a gigabyte of memory.
    """
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        connection.execute(f"CREATE TABLE people ({_COLUMNS})")
        count = 0
        for chunk in batched(people, _CHUNK):
            count += len(chunk)
            rows = _table(chunk)
            connection.register("chunk", rows)
            connection.execute("INSERT INTO people SELECT * FROM chunk")
        return _scored(connection, count, at_least) if count > 1 else []


def batched(people: Iterable[Likeness], size: int) -> Iterator[list[Likeness]]:
    """Yield `people` in lists of up to `size`."""
    left = iter(people)
    while chunk := list(islice(left, size)):
        yield chunk


def _table(people: Sequence[Likeness]) -> pa.Table:
    columns: dict[str, pa.Array] = {"unique_id": pa.array([p.id for p in people], pa.int64())}
    for name in KEYS:
        columns[name] = pa.array([getattr(person, name) for person in people], pa.string())
    return pa.table(columns)


def _scored(connection: duckdb.DuckDBPyConnection, count: int, at_least: float) -> list[ScoredPair]:
    # Splink is imported late: it takes a second, and only this room's work needs it.
    from splink import Linker  # noqa: PLC0415 - see above
    from splink.backends.duckdb import DuckDBAPI  # noqa: PLC0415 - see above

    logging.getLogger("splink").setLevel(logging.WARNING)
    people = DuckDBAPI(connection).register("people")
    linker = Linker(people, _settings(count), log_level=None)
    found = linker.inference.predict(threshold_match_probability=at_least)
    # The name of the table is Splink's own.
    told = connection.sql(f"SELECT * FROM {found.physical_name}").to_arrow_table()  # noqa: S608
    pairs = [_pair(row) for row in told.to_pylist()]
    alike = _likenesses(connection, {id_ for pair in pairs for id_ in (pair.low, pair.high)})
    stand = [pair for pair in pairs if not veto_of(alike[pair.low], alike[pair.high])]
    return sorted(stand, key=lambda pair: (-pair.probability, pair.low, pair.high))


def _likenesses(connection: duckdb.DuckDBPyConnection, ids: set[int]) -> dict[int, Likeness]:
    connection.register("wanted", pa.table({"unique_id": pa.array(sorted(ids), pa.int64())}))
    rows = connection.sql("SELECT people.* FROM people JOIN wanted USING (unique_id)").fetchall()
    return {row[0]: Likeness(*row) for row in rows}


def _settings(people: int) -> Any:
    from splink import SettingsCreator, block_on  # noqa: PLC0415 - as above

    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[_comparison(field, people) for field in FIELDS],
        blocking_rules_to_generate_predictions=[block_on(*block) for block in BLOCKS],
        # Of all pairs, which grow with the square of the customers, so many are one person's.
        probability_two_random_records_match=2 * SHARE_DOUBLED / max(people, SMALLEST_WORLD),
        retain_intermediate_calculation_columns=True,
        additional_columns_to_retain=[],
    )


def _comparison(field: Field, people: int) -> Any:
    from splink import comparison_level_library as levels  # noqa: PLC0415 - as above
    from splink.comparison_library import CustomComparison  # noqa: PLC0415 - as above

    made: list[Any] = [levels.NullLevel(field.column)]
    for level in field.levels:
        shares: dict[str, Any] = {"m_probability": level.m, "u_probability": level.u}
        if level.sql == "ELSE":
            made.append(levels.ElseLevel().configure(**shares))
            continue
        if level.rare_by and people >= ENOUGH_FOR_RARITY:
            shares |= {"tf_adjustment_column": level.rare_by, "tf_minimum_u_value": 0.0005}
        made.append(levels.CustomLevel(level.sql, level.key).configure(**shares))
    return CustomComparison(made, output_column_name=field.key)


def _pair(row: Mapping[str, Any]) -> ScoredPair:
    evidence = []
    for field in FIELDS:
        place = row[f"gamma_{field.key}"]
        if place < 0:
            continue
        weight = row[f"mw_{field.key}"] + row.get(f"mw_tf_adj_{field.key}", 0.0)
        # Splink numbers levels from the least alike.
        level = field.levels[len(field.levels) - 1 - place]
        evidence.append(Evidence(field.key, level.key, 2.0**weight))
    return ScoredPair(
        low=row["unique_id_l"],
        high=row["unique_id_r"],
        probability=row["match_probability"],
        evidence=tuple(evidence),
    )
