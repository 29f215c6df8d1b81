"""The state table keeps what the definitions in use ask for, and answers as the events do."""

from __future__ import annotations

from datetime import timedelta

from keskio.know.segments.actions import refresh, save_segment, set_state
from keskio.know.segments.models import Segment
from keskio.lake import api as lake
from tests.know.segments.conftest import Company

SPENDERS = "key: spenders\nwhen: {event: Order Completed, sum: revenue, at_least: 100}\n"
CYCLISTS = (
    "key: cyclists\n"
    "when: {event: Order Completed, where: {property: product, is: bicycle}, times: {at_least: 2}}\n"
)
BUYERS = "key: buyers\nwhen: {event: Order Completed, times: {at_least: 2}}\n"


def asked() -> list[tuple[str, str]]:
    """Return event and property of the measures kept for definitions."""
    found = [m for key, m in lake.measures().items() if key.startswith("~asked:")]
    return sorted((measure.event, measure.property) for measure in found)


def test_members_by_the_state_table_are_those_by_events(company: Company) -> None:
    for name in ("aino", "eero", "siiri"):
        company.customer(name)
    company.did("aino", "Order Completed", revenue=60, product="bicycle")
    company.did("eero", "Order Completed", revenue=500, product="helmet")
    save_segment(SPENDERS)
    save_segment(CYCLISTS)
    company.compute()
    assert asked() == [("Order Completed", ""), ("Order Completed", "revenue")]
    assert (company.members("spenders"), company.members("cyclists")) == (["eero"], [])

    company.did("aino", "Order Completed", revenue=60, product="bicycle")
    for key in ("spenders", "cyclists"):
        refresh("segment", key)
    company.compute()
    assert company.members("spenders") == ["aino", "eero"]
    assert company.members("cyclists") == ["aino"]


def test_every_event_of_a_name_needs_no_measure(company: Company) -> None:
    company.customer("aino")
    save_segment(BUYERS)
    company.compute()
    assert asked() == []


def test_what_nobody_asks_for_any_more_is_forgotten(company: Company) -> None:
    company.customer("aino")
    save_segment(SPENDERS)
    company.compute()
    assert asked() == [("Order Completed", "revenue")]
    set_state("segment", "spenders", Segment.State.ARCHIVED)
    company.clock.advance(timedelta(minutes=1))
    save_segment(CYCLISTS)
    company.compute()
    assert asked() == [("Order Completed", "")]
