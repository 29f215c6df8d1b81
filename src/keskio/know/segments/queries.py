"""Reads of the wing: who belongs where, and how each definition stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from keskio.kernel.clock import Micros
from keskio.kernel.errors import Mistake
from keskio.kernel.sql import any_of, fetch, listed
from keskio.know.segments.contracts import SegmentNow
from keskio.know.segments.documents import read_model
from keskio.know.segments.models import Segment, StageModel
from keskio.web.names import Reader

MEMBERSHIPS = """
    SELECT m.customer_id, s.key, m.since FROM segments_membership m
    JOIN segments_segment s ON s.id = m.segment_id
    WHERE {customers} AND s.state <> 'archived'
"""
STAGES = "SELECT customer_id, model, stage, since FROM segments_stageof WHERE {customers}"

MEMBERS = """
    SELECT m.customer_id FROM segments_membership m JOIN segments_segment s ON s.id = m.segment_id
    WHERE s.key = %s ORDER BY m.since, m.customer_id LIMIT %s
"""


class NoSuchDefinition(Mistake):
    """There is no such segment or model of stages."""

    code = "no_such_definition"


def memberships_of(
    customers: Collection[int], keys: Collection[str] | None = None
) -> dict[int, dict[str, Micros]]:
    """Return the segments (all, or those of `keys`) to which each of `customers` belongs, and since when.

    Customers who belong to none are left out. One query, however many customers. Ids are taken as
    they are: memberships stand under the customer as it is now.
    """
    if not customers:
        return {}
    sql = MEMBERSHIPS.format(customers=any_of("m.customer_id"))
    params = [listed(customers)]
    if keys is not None:
        sql += f" AND {any_of('s.key', kind='text')}"
        params.append(listed(keys))
    found: dict[int, dict[str, Micros]] = {}
    for customer, key, since in fetch(sql, params):
        found.setdefault(customer, {})[key] = since
    return found


def members_of_segment(key: str, *, limit: int) -> list[int]:
    """Return up to `limit` customers who are in a segment now, those who came first first."""
    found = fetch(MEMBERS, (key, limit))
    return [customer for (customer,) in found]


def stages_of(
    customers: Collection[int], models: Collection[str] | None = None
) -> dict[int, dict[str, tuple[str, Micros]]]:
    """Return by model the stage at which each of `customers` is, and since when; as memberships_of."""
    if not customers:
        return {}
    sql = STAGES.format(customers=any_of("customer_id"))
    params = [listed(customers)]
    if models is not None:
        sql += f" AND {any_of('model', kind='text')}"
        params.append(listed(models))
    found: dict[int, dict[str, tuple[str, Micros]]] = {}
    for customer, model, stage, since in fetch(sql, params):
        found.setdefault(customer, {})[model] = (stage, since)
    return found


def segment_choices(language: str) -> list[tuple[int, str]]:
    """Return the number and the title of every segment in use, by title: for lists to choose from."""
    rows = Segment.objects.exclude(state=Segment.State.ARCHIVED).values_list("pk", "key", "title")
    return sorted(((pk, _called(title, language, key)) for pk, key, title in rows), key=_by_title)


def stage_choices(language: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return, by the title of each model in use, `model:stage` and the title of each of its stages."""
    choices = []
    for row in StageModel.objects.exclude(state=StageModel.State.ARCHIVED).order_by("pk"):
        model, _faults = read_model(row.document)
        if model is not None:
            stages = [
                (f"{row.key}:{stage.key}", _called(stage.title, language, stage.key))
                for stage in model.stages
            ]
            choices.append((_called(model.title, language, row.key), stages))
    return choices


def stage_names(keys: Collection[str], reader: Reader) -> dict[str, str]:
    """Return what models of stages are called by their keys, and their stages by `model:stage`."""
    found = {}
    for row in StageModel.objects.filter(key__in={key.partition(":")[0] for key in keys}):
        model, _faults = read_model(row.document)
        if model is not None:
            found[row.key] = _called(model.title, reader.language, row.key)
            for stage in model.stages:
                told = _called(stage.title, reader.language, stage.key)
                found[f"{row.key}:{stage.key}"] = told
    return {key: found[key] for key in keys if key in found}


def _called(titles: Mapping[str, str], language: str, key: str) -> str:
    return titles.get(language) or titles.get("en") or next(iter(titles.values()), key)


def _by_title(choice: tuple[int, str]) -> str:
    return choice[1].casefold()


def segments_now() -> list[SegmentNow]:
    """Return every segment and model of stages that is not put away."""
    return [
        SegmentNow(
            kind="segment" if row.is_segment else "stages",
            key=row.key,
            title=dict(row.title),
            state=row.state,
            version=row.version,
            members=row.members,
            computed_at=row.computed_at.isoformat() if row.computed_at else "",
            seconds=row.seconds,
            error=row.error,
        )
        for table in (Segment, StageModel)
        for row in table.objects.exclude(state="archived").order_by("key")
    ]


def definition_text(key: str, *, kind: str = "segment") -> str:
    """Return a definition as it was saved; raises NoSuchDefinition."""
    table = Segment if kind == "segment" else StageModel
    row = table.objects.filter(key=key).first()
    if row is None:
        raise NoSuchDefinition(f"There is no {kind} {key!r}.")
    return str(row.document)
