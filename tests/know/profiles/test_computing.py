"""What the worker's thread computes, on a small shop with a past."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from keskio.events.api import events_after, last_position
from keskio.jobs.api import Lease
from keskio.kernel.clock import VirtualClock, from_micros, now_micros, to_micros
from keskio.kernel.sql import run
from keskio.know.api import facts_of
from keskio.know.profiles import working
from keskio.know.profiles.actions import (
    ask_for,
    ask_for_clusters,
    forget,
    stop_clusters,
    use_clusters,
)
from keskio.know.profiles.models import (
    ClusterMember,
    ClusterRun,
    CustomerValue,
    RfmScore,
    RfmVersion,
    ValueFit,
    Work,
)
from keskio.know.profiles.reading import day_of, read_purchases
from keskio.know.profiles.reports import Asked, Report
from keskio.know.profiles.shapes import Cell, ModelCard, Movement
from tests.know.profiles.shop import DAY, NOW, open_shop, order, say_rule, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(clock: VirtualClock) -> list[int]:
    clock.turn_to(NOW)
    return open_shop()


def work() -> int:
    """Do all that is asked for or due; return how many things there were."""
    count = 0
    while working.work_once():
        count += 1
    return count


def computed_since(place: int) -> dict[int, dict[str, object]]:
    told: dict[int, dict[str, object]] = {}
    for event in events_after(place, limit=100_000):
        if event.name == "customer.computed":
            told.setdefault(event.customer, {}).update(json.loads(event.body)["traits"])
    return told


def test_nothing_is_computed_while_nobody_has_said_what_a_purchase_is(shop: list[int]) -> None:
    assert work() == 0


def test_values_are_ranges_and_ranks_with_a_card(shop: list[int]) -> None:
    say_rule()
    assert work() == 2
    fit = ValueFit.objects.get()
    card = msgspec.json.decode(fit.outcome, type=ModelCard)
    assert set(card.bg.parameters) == {"r", "alpha", "a", "b"}
    assert set(card.spending.parameters) == {"p", "q", "v"}
    assert card.customers == fit.customers == CustomerValue.objects.count() == len(shop)
    assert card.holdout is not None
    assert card.curve is not None
    assert card.curve.days[-1] == fit.until_day
    assert sum(decile.customers for decile in card.deciles) == card.customers
    assert sum(decile.share for decile in card.deciles) == pytest.approx(1.0)
    for value in CustomerValue.objects.all():
        assert 0 <= value.low <= value.high
        assert value.is_little == (value.x == 0)
        assert 0 < value.alive <= 1
        assert 1 <= value.percentile <= 100


def test_rank_follows_what_was_bought(shop: list[int]) -> None:
    say_rule()
    work()
    by_kind = [
        CustomerValue.objects.filter(customer_id__in=shop[kind::3]).values_list(
            "percentile", flat=True
        )
        for kind in range(3)
    ]
    means = [sum(kind) / len(kind) for kind in by_kind]
    assert means[0] > means[1] > means[2]


def test_scores_are_written_with_traits_and_events(shop: list[int]) -> None:
    say_rule()
    place = last_position()
    work()
    scores = {score.customer_id: score for score in RfmScore.objects.all()}
    assert sorted(scores) == sorted(shop)
    told = computed_since(place)
    facts = facts_of(shop)
    for customer, score in scores.items():
        rfm = {"rfm_r": score.r, "rfm_f": score.f, "rfm_m": score.m}
        assert {name: facts[customer].traits[name] for name in rfm} == rfm
        assert {name: told[customer][name] for name in rfm} == rfm
        assert 1 <= facts[customer].traits["value_decile"] <= 10


def test_computed_again_nothing_changes_and_no_event_is_told(shop: list[int]) -> None:
    say_rule()
    work()
    place = last_position()
    ask_for("rfm")
    ask_for("value")
    assert work() == 2
    assert computed_since(place) == {}


def test_a_purchase_moves_only_who_made_it(shop: list[int]) -> None:
    say_rule()
    work()
    asleep = RfmScore.objects.filter(r=1).order_by("customer_id").first()
    place = last_position()
    tell([order(asleep.customer_id, NOW, 20.0)])
    ask_for("rfm")
    work()
    told = computed_since(place)
    assert list(told) == [asleep.customer_id]
    assert told[asleep.customer_id]["rfm_r"] == 5


def test_cells_of_the_grid_add_up(shop: list[int]) -> None:
    say_rule()
    work()
    version = RfmVersion.objects.get()
    cells = msgspec.json.decode(version.cells, type=list[Cell])
    assert sum(cell.customers for cell in cells) == version.customers == len(shop)
    assert sum(cell.total for cell in cells) == pytest.approx(
        sum(RfmScore.objects.values_list("total", flat=True))
    )


def test_cut_points_stay_for_the_month_and_the_next_month_tells_who_moved(
    shop: list[int], clock: VirtualClock
) -> None:
    say_rule()
    work()
    first = RfmVersion.objects.get()
    clock.turn_to(datetime(2026, 3, 20, 7, 0, tzinfo=UTC))
    ask_for("rfm")
    work()
    assert RfmVersion.objects.get().cuts == first.cuts
    clock.turn_to(datetime(2026, 4, 2, 7, 0, tzinfo=UTC))
    tell([order(shop[0], NOW + 30 * DAY, 500.0)])
    work()
    second = RfmVersion.objects.order_by("-month").first()
    assert second.month == "2026-04"
    assert RfmVersion.objects.get(month="2026-03").cuts == first.cuts
    moved = msgspec.json.decode(second.movement, type=Movement)
    assert moved.since == "2026-03"
    assert moved.r.customers_down > 0
    assert moved.r.cuts_up > 0
    assert moved.new == 0
    assert set(RfmScore.objects.values_list("version_id", flat=True)) == {second.pk}


def test_each_night_everything_is_computed_anew(shop: list[int], clock: VirtualClock) -> None:
    say_rule()
    assert work() == 2
    assert work() == 0
    clock.advance(timedelta(days=1))
    assert work() == 2
    assert work() == 0
    assert ValueFit.objects.count() == 2


def test_what_cannot_be_fitted_is_told_and_not_tried_until_the_next_night(
    clock: VirtualClock,
) -> None:
    clock.turn_to(NOW)
    open_shop(10)
    say_rule()
    work()
    value = Work.objects.get(pk="value")
    assert "customers have bought again" in value.error
    assert value.asked_at is None
    assert work() == 0


def test_work_that_is_stopped_is_begun_again(shop: list[int]) -> None:
    import threading

    say_rule()
    stop = threading.Event()
    stop.set()
    assert working.work_once(stop) is False
    assert Work.objects.get(pk="value").asked_at is not None
    assert work() == 2


def test_only_one_worker_computes(shop: list[int]) -> None:
    say_rule()
    assert Lease.hold("profiles", "other") is not None
    assert Lease.hold("profiles", "this") is None


def test_who_is_restricted_or_erased_is_not_looked_at(shop: list[int]) -> None:
    run("UPDATE know_customer SET restricted_at = 1 WHERE id = %s", (shop[0],))
    run("UPDATE know_customer SET erased_at = 1 WHERE id = %s", (shop[1],))
    bought = set(read_purchases("Order Completed", "revenue").customer.tolist())
    assert bought == set(shop[2:])


def test_purchases_of_a_calendar_day_of_the_company_are_one(shop: list[int]) -> None:
    late = datetime(2026, 2, 10, 22, 30, tzinfo=UTC)  # half past midnight on the eleventh
    tell([order(shop[2], late, 1.0), order(shop[2], late + timedelta(hours=10), 2.0)])
    bought = read_purchases("Order Completed", "revenue")
    of_day = (bought.customer == shop[2]) & (bought.day == day_of(to_micros(late)))
    assert int(of_day.sum()) == 1
    assert from_micros(day_of(to_micros(late)) * 86_400_000_000).day == 11


def test_clusters_are_searched_named_and_assigned(shop: list[int]) -> None:
    say_rule()
    work()
    run_ = ask_for_clusters(Asked(["frequency", "average"], k=3), title="Buying", by="aino")
    assert work() == 1
    run_.refresh_from_db()
    assert (run_.state, run_.error) == (ClusterRun.State.DONE, "")
    report = msgspec.json.decode(run_.outcome, type=Report)
    assert report.k == 3
    assert sum(cluster.customers for cluster in report.clusters) == len(shop)
    assert report.rand is not None
    assert {"trait:city", "trait:age"} <= {one.name for one in report.differences}
    assert not {"recency", "monetary", "times:Order Completed"} & set(report.fields)
    place = last_position()
    use_clusters(run_, names=["Some", "Many", "Few"], by="aino")
    assert work() == 1
    assert ClusterMember.objects.count() == len(shop)
    told = computed_since(place)
    facts = facts_of(shop)
    names = ["Some", "Many", "Few"]
    for member in ClusterMember.objects.all():
        assert facts[member.customer_id].traits["cluster"] == names[member.cluster]
        assert told[member.customer_id]["cluster"] == names[member.cluster]
    place = last_position()
    ask_for("assign")
    work()
    assert computed_since(place) == {}
    stop_clusters()
    work()
    assert ClusterMember.objects.count() == 0
    assert "cluster" not in facts_of(shop)[shop[0]].traits


def test_a_search_among_too_few_says_so(clock: VirtualClock) -> None:
    clock.turn_to(NOW)
    open_shop(20)
    run_ = ask_for_clusters(Asked(["trait:age"]), title="Few", by="aino")
    work()
    run_.refresh_from_db()
    assert run_.state == ClusterRun.State.FAILED
    assert run_.error == "There are 20 customers with these; 100 are needed."


def test_forgotten_customers_leave_no_row(shop: list[int]) -> None:
    say_rule()
    work()
    use_clusters_of_frequency()
    forget(shop[:2])
    for model in (CustomerValue, RfmScore, ClusterMember):
        assert model.objects.filter(customer_id__in=shop[:2]).count() == 0
        assert model.objects.count() == len(shop) - 2


def use_clusters_of_frequency() -> None:
    run_ = ask_for_clusters(Asked(["frequency"], k=2), title="Frequency", by="aino")
    work()
    run_.refresh_from_db()
    use_clusters(run_, names=["Often", "Seldom"], by="aino")
    work()


def test_clock_is_the_processes(clock: VirtualClock) -> None:
    clock.turn_to(NOW)
    assert working.last_night(from_micros(now_micros())).hour == working.NIGHT
