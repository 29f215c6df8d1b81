"""The wing's pages, and the work behind them: asked for, carried out, stopped, resumed, shown, erased."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from keskio.kernel.clock import VirtualClock
from keskio.talk.api import add_offer, publish
from keskio.talk.backtests import actions, running
from keskio.talk.backtests.models import Backtest, Sample
from keskio.talk.backtests.working import BacktestWork
from keskio.talk.models import Version
from keskio.web.roles import EDITOR, READER
from tests.talk.backtests.worlds import CARTS
from tests.talk.world import World
from tests.web.conftest import signed_in, user

__all__ = ["signed_in", "user"]

pytestmark = pytest.mark.django_db(transaction=True)
TWICE = CARTS.replace("for: 2 days", "for: 1 day")


@pytest.fixture
def world(clock: VirtualClock, settings: Any, tmp_path: Path) -> World:
    clock.turn_to(datetime(2026, 9, 1, 9, 0, tzinfo=UTC))
    settings.DATA_DIR = tmp_path
    add_offer("ten-percent", title={"fi": "Kymmenen"}, prefix="K", stock=2)
    publish(CARTS)
    world = World(clock)
    for number in range(5):
        world.person(f"person{number}")
        world.tell(f"person{number}", "Cart Left", total=10)
    world.wait(days=5)
    return world


@pytest.fixture
def editor(signed_in: Callable[[str], Client]) -> Client:
    return signed_in(EDITOR)


def ask(client: Client, **more: str) -> Any:
    form = {
        "definition": TWICE,
        "variables": "",
        "since": "2026-08-25",
        "until": "2026-09-10",
        "answers": "silence",
        "others": "on",
        "seed": "0",
        "capacity": "2",
        **more,
    }
    return client.post("/backtests/new/", form)


def nothing() -> None:
    """Nobody stops the work."""


def test_a_backtest_is_asked_for_carried_out_and_shown(world: World, editor: Client) -> None:
    assert world.people
    answer = ask(editor)
    assert answer.status_code == 302
    waiting = editor.get(answer.url).content.decode()
    assert "hx-trigger" in waiting
    assert actions.run_next(nothing)
    assert not actions.run_next(nothing)
    row = Backtest.objects.get()
    assert (row.state, row.done, row.people, bytes(row.progress)) == ("done", 5, 5, b"")
    figures = row.result["versions"]["draft"]["figures"]
    assert (figures["messages"], figures["coupons_given"]) == (7.0, 2.0)
    page = editor.get(answer.url).content.decode()
    assert page.count('<svg class="chart"') == 2  # the draft's days, and the live version's
    assert "style=" not in page
    sample = Sample.objects.order_by("pk").first()
    assert sample is not None
    told = editor.get(f"/backtests/{row.pk}/people/{sample.customer_id}/").content.decode()
    assert "LOPETA" in told
    assert editor.get("/backtests/").status_code == 200


def test_it_stops_and_goes_on_from_where_it_was(
    world: World, editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.people
    monkeypatch.setattr(running, "SLICE", 1)
    monkeypatch.setattr(actions, "KEPT_EVERY", 0.0)
    number = int(ask(editor).url.rstrip("/").rpartition("/")[2])
    turns: list[int] = []

    def stop_at_second() -> None:
        turns.append(1)
        if len(turns) == 2:
            assert editor.post(f"/backtests/{number}/stop/").status_code == 302

    assert actions.run_next(stop_at_second)
    row = Backtest.objects.get()
    assert (row.state, row.done) == ("stopped", 3)
    assert not actions.run_next(nothing)
    editor.post(f"/backtests/{number}/resume/")
    assert actions.run_next(nothing)
    row.refresh_from_db()
    assert row.state == "done"
    assert row.result["versions"]["draft"]["figures"]["messages"] == 7.0


def test_the_form_says_what_is_wrong(world: World, editor: Client) -> None:
    assert world.people
    assert "cannot be replayed" in ask(editor, definition="keskio: x").content.decode()
    for wrong in ({"until": "2026-08-01"}, {"answers": "share"}, {"variables": "["}):
        answer = ask(editor, **wrong)
        assert (answer.status_code, "aria-invalid" in answer.content.decode()) == (200, True)
    assert not Backtest.objects.exists()


def test_days_are_filled_in_also_in_finnish(world: World, editor: Client) -> None:
    assert world.people
    page = editor.get("/backtests/new/", headers={"accept-language": "fi"}).content.decode()
    assert 'value="2026-09-06"' in page
    assert '<a href="?playbook=abandoned-cart">Ostoskori jäi kesken</a>' in page


def test_a_definition_can_be_brought_by_its_name_or_its_text(world: World, editor: Client) -> None:
    assert world.people
    number = Version.objects.get(dialogue__key="carts").pk
    for address in (f"?version={number}", "?playbook=bicycle-autumn-service"):
        assert "keskio: dialogue/1" in editor.get(f"/backtests/new/{address}").content.decode()
    for address in ("?version=999999", "?version=x", "?playbook=../../etc"):
        assert editor.get(f"/backtests/new/{address}").status_code == 404
    posted = editor.post("/backtests/new/", {"text": TWICE, "variables": "{}"})
    assert "for: 1 day" in posted.content.decode()
    assert not Backtest.objects.exists()


def test_readers_look_and_do_not_begin(world: World, signed_in: Callable[[str], Client]) -> None:
    assert world.people
    reader = signed_in(READER)
    assert reader.get("/backtests/").status_code == 200
    assert (reader.get("/backtests/new/").status_code, ask(reader).status_code) == (403, 403)


def test_the_worker_carries_out_what_is_asked_for(world: World, editor: Client) -> None:
    assert world.people
    ask(editor)

    class Once(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            return Backtest.objects.filter(state="done").exists()

    BacktestWork("test").run(Once())
    assert Backtest.objects.get().state == "done"
