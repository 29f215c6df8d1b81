"""Reads of the wing for pages: the latest card, customers of a cell or a cluster, a persona's figures."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from django.utils.translation import get_language

from keskio.kernel.i18n import in_language
from keskio.kernel.sql import any_of, fetch, listed
from keskio.know.profiles.models import (
    ClusterModel,
    ClusterRun,
    CustomerValue,
    Persona,
    PurchaseRule,
    RfmScore,
    RfmVersion,
    ValueFit,
    Work,
)
from keskio.know.profiles.reports import Report
from keskio.know.profiles.shapes import ModelCard
from keskio.know.queries import people_of

_MEMBERS = {
    Persona.Link.SEGMENT: (
        "SELECT m.customer_id FROM segments_membership m"
        " JOIN segments_segment s ON s.id = m.segment_id WHERE s.key = %s"
    ),
    Persona.Link.CLUSTER: "SELECT customer_id FROM profiles_clustermember WHERE cluster = %s",
}


class Standing(msgspec.Struct, frozen=True):
    """How much a group is of the whole; shares are None where nothing is known of the whole."""

    customers: int
    share: float | None
    share_of_value: float | None
    stages: list[tuple[str, str, int]]


def rule_in_force() -> PurchaseRule | None:
    """Return what the company calls a purchase, or None while nobody has said it."""
    return PurchaseRule.objects.order_by("pk").first()


def work_on(kind: str) -> Work | None:
    """Return how computing of a kind stands."""
    return Work.objects.filter(pk=kind).first()


def latest_card() -> tuple[ValueFit, ModelCard] | None:
    """Return the latest fit of value with its card."""
    fit = ValueFit.objects.order_by("-pk").first()
    return (fit, msgspec.json.decode(fit.outcome, type=ModelCard)) if fit else None


def report_of(run: ClusterRun) -> Report | None:
    """Return what a search has found, or None while it has not."""
    return msgspec.json.decode(run.outcome, type=Report) if run.outcome else None


def model_in_use() -> ClusterModel | None:
    """Return the clusters that are in use."""
    return ClusterModel.objects.select_related("run").filter(is_in_use=True).first()


def cluster_names() -> list[str]:
    """Return what the clusters in use are called."""
    model = model_in_use()
    return msgspec.json.decode(model.names, type=list[str]) if model else []


def rows_with_people(rows: Collection[Any]) -> list[tuple[Any, Any]]:
    """Return rows of customers with the people they speak of, in one query."""
    people = people_of({row.customer_id for row in rows})
    return [(row, people.get(row.customer_id)) for row in rows]


def of_customer(customer: int) -> tuple[CustomerValue | None, RfmScore | None, str]:
    """Return value, scores and the name of the cluster of one customer."""
    value = CustomerValue.objects.filter(pk=customer).first()
    score = RfmScore.objects.filter(pk=customer).first()
    found = fetch("SELECT cluster FROM profiles_clustermember WHERE customer_id = %s", (customer,))
    names = cluster_names() if found else []
    name = names[found[0][0]] if found and found[0][0] < len(names) else ""
    return value, score, name


def versions() -> list[RfmVersion]:
    """Return the RFM versions, the newest first."""
    return list(RfmVersion.objects.order_by("-month"))


def matches_there_are() -> list[tuple[str, str]]:
    """Return what a persona can be tied to: segments and clusters in use, as (value, title)."""
    language = get_language() or "fi"
    rows = fetch("SELECT key, title FROM segments_segment WHERE state <> 'archived' ORDER BY key")
    found = [(f"{Persona.Link.SEGMENT}:{key}", _title(text, language) or key) for key, text in rows]
    found += [
        (f"{Persona.Link.CLUSTER}:{place}", name) for place, name in enumerate(cluster_names())
    ]
    return found


def _title(text: str | Mapping[str, str], language: str) -> str:
    titles = msgspec.json.decode(text) if isinstance(text, str) else text
    return in_language(titles, language)


def title_of_match(persona: Persona) -> str:
    """Return what those who match a persona are called; "" for nobody in particular."""
    return dict(matches_there_are()).get(f"{persona.link}:{persona.linked_to}", "")


def standing_of(persona: Persona) -> Standing | None:
    """Return the figures of those who match a persona; None for nobody in particular."""
    members = _MEMBERS.get(Persona.Link(persona.link))
    if members is None:
        return None
    key = int(persona.linked_to) if persona.link == Persona.Link.CLUSTER else persona.linked_to
    count = fetch(f"SELECT count(*) FROM ({members}) AS members", (key,))[0][0]  # noqa: S608 - constants
    whole = fetch(
        "SELECT count(*) FROM know_customer WHERE merged_into_id IS NULL AND known_at IS NOT NULL"
    )[0][0]
    theirs = fetch(
        f"SELECT sum(middle) FROM profiles_customervalue WHERE customer_id IN ({members})",  # noqa: S608 - constants
        (key,),
    )[0][0]
    worth = fetch("SELECT sum(middle) FROM profiles_customervalue")[0][0]
    stages = fetch(
        "SELECT model, stage, count(*) FROM segments_stageof"  # noqa: S608 - constants
        f" WHERE customer_id IN ({members}) GROUP BY model, stage ORDER BY model, count(*) DESC",
        (key,),
    )
    return Standing(
        count,
        count / whole if whole else None,
        (theirs or 0.0) / worth if worth else None,
        [(model, stage, number) for model, stage, number in stages],
    )


def values_of(customers: Collection[int]) -> dict[int, CustomerValue]:
    """Return the values of `customers`; those without one are left out."""
    condition = any_of("customer_id")
    found = CustomerValue.objects.raw(
        f"SELECT * FROM profiles_customervalue WHERE {condition}",  # noqa: S608 - constants
        (listed(customers),),
    )
    return {value.customer_id: value for value in found}
