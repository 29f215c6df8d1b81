"""A backtest over a history in a lake of its own: what holds, what is counted, and that it is repeatable."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from keskio.engine.dialogue import effects as do
from keskio.engine.dialogue.routing import Inside
from keskio.engine.pressure import Cap, Rules
from keskio.engine.times import DAY, HOUR
from keskio.talk.backtests import running
from keskio.talk.backtests.asked import Asked, Assumed, BadBacktest, Document, Shelf
from keskio.talk.backtests.counts import most_within
from keskio.talk.backtests.report import Report, read_limit, report_of
from keskio.talk.backtests.running import Backtest, Progress, pack, unpack
from keskio.talk.imagined import Witness
from tests.talk.backtests.worlds import CARTS, SINCE, Log, asked, noon, shoppers

SENDS = """
keskio: dialogue/1
key: hello
title: {fi: Hei}
purpose: marketing
languages: [fi]
trigger: {event: Seen}
reentry: always
steps:
  hi: {kind: send, channel: sms, text: {fi: "Hei! Ei enää viestejä: LOPETA"}}
"""


class Sent(Witness):
    """Keeps the customer and the step of what is sent."""

    def __init__(self) -> None:
        self.found: list[tuple[int, str]] = []

    def claimed(self, customer: int, inside: Inside, effect: do.SendMessage, channel: str) -> str:
        if inside.program.key != "rival":
            self.found.append((customer, effect.step))
        return ""


def result(log: Log, wish: Asked, folder: Path) -> tuple[Report, list[tuple[int, str]]]:
    sent = Sent()
    with log.lake(folder / "lake").engine() as engine:
        backtest = Backtest(wish, engine)
        progress = Progress()
        for _ in backtest.run(progress, sent):
            pass
        report = report_of(wish, progress.counts, backtest.plays(progress))
    return report, sent.found


def figures(log: Log, wish: Asked, folder: Path) -> dict[str, float]:
    report, _ = result(log, wish, folder)
    return report.versions["draft"].figures


def test_consents_are_as_they_were_at_each_moment(tmp_path: Path) -> None:
    log = Log()
    log.consent(1, noon(1))
    log.consent(2, noon(1))
    log.consent(2, noon(4), "withdrawn")
    log.consent(3, noon(6))
    for customer in (1, 2, 3):
        for day in (3, 5, 7):
            log.add(customer, noon(day), "Seen")
    report, sent = result(log, asked(SENDS), tmp_path)
    assert sent == [(1, "hi")] * 3 + [(2, "hi")] + [(3, "hi")]
    assert report.versions["draft"].dropped == {"no_permission": 2, "permission_withdrawn": 2}


def test_what_was_really_sent_counts_towards_the_caps(tmp_path: Path) -> None:
    log = Log()
    for customer in (1, 2):
        log.consent(customer, SINCE - 30 * DAY)
    log.add(1, SINCE - 2 * DAY, "dialogue.entered", dialogue="other", version=1, enrolment=7)
    log.add(1, noon(2), "message.sent", enrolment=7, step="news", channel="sms")
    # what the draft's own dialogue really sent then is what the draft takes the place of
    log.add(2, SINCE - 2 * DAY, "dialogue.entered", dialogue="hello", version=1, enrolment=8)
    log.add(2, noon(2), "message.sent", enrolment=8, step="hi", channel="sms")
    for customer in (1, 2):
        log.add(customer, noon(3), "Seen")
    rules = Rules(caps=(Cap(limit=1, window=7 * DAY),), quiet=None)
    report, sent = result(log, asked(SENDS, rules=rules), tmp_path)
    draft = report.versions["draft"]
    assert sent == [(1, "hi"), (2, "hi")]  # the first on the ninth, when the week is over
    assert draft.held == {"pressure": 1}
    assert [(day, n) for day, _, n in draft.by_day] == [("2026-09-03", 1), ("2026-09-09", 1)]
    assert draft.figures["held_share"] == 0.5


def test_a_cap_of_n_a_week_is_never_passed_and_quiet_hours_hold(tmp_path: Path) -> None:
    log = Log()
    log.consent(1, SINCE - DAY)
    for hour in range(0, 24 * 14, 5):
        log.add(1, SINCE + hour * HOUR, "Seen")
    rules = Rules(caps=(Cap(limit=2, window=7 * DAY),))
    found = figures(log, asked(SENDS, rules=rules), tmp_path)
    assert found["messages_per_person_week"] == 2
    assert found["messages"] == 5  # two a week, and the one that is held when people stop coming


def test_a_stock_is_sold_out_for_whoever_asks_last(tmp_path: Path) -> None:
    wish = asked(offers={"ten-percent": Shelf(stock=3)})
    report, sent = result(shoppers(10), wish, tmp_path)
    draft = report.versions["draft"]
    assert draft.coupons == {"ten-percent": {"given": 3, "sold_out": 7}}
    # later numbers left their carts later; the last pass is the one that counts
    assert [c for c, step in sent if step == "send-code"][-3:] == [1, 2, 3]
    assert draft.figures["messages"] == 13


def test_answers_and_tasks_are_assumed_as_said(tmp_path: Path) -> None:
    assumed = Assumed({"carts/remind": {"A": 0.5}}, {"done": 1.0}, hours=2)
    wish = asked(offers={"ten-percent": Shelf()}, assumed=assumed, capacity=40)
    report, _ = result(shoppers(200), wish, tmp_path)
    draft = report.versions["draft"]
    steps = {(step, outcome): n for step, outcome, n in draft.steps}
    assert 70 <= steps["remind", "A"] <= 130
    assert steps["remind", "A"] + steps["remind", "none"] == 200
    assert steps["call", "done"] == steps["remind", "A"] == draft.figures["tasks"]
    assert draft.figures["days_over_capacity"] == 1
    assert "silence" not in report.cannot_know
    assert "put_right" in report.cannot_know


def test_the_same_is_found_again_and_another_seed_draws_others(tmp_path: Path) -> None:
    assumed = Assumed({"carts/remind": {"A": 0.5}})
    log = shoppers(60)
    first, again, other = (
        result(log, asked(assumed=assumed, seed=seed), tmp_path / str(n))
        for n, seed in enumerate((1, 1, 2))
    )
    assert msgspec.json.encode(first[0]) == msgspec.json.encode(again[0])
    assert first[1] == again[1]
    assert other[0].versions["draft"].steps != first[0].versions["draft"].steps


def test_stopped_and_resumed_it_comes_to_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "SLICE", 3)
    wish = asked(offers={"ten-percent": Shelf(stock=5)}, live=Document(CARTS))
    with shoppers(20, (3, 9)).lake(tmp_path / "lake").engine() as engine:
        whole = Progress()
        for _ in Backtest(wish, engine).run(whole):
            pass
        kept, turns = pack(Progress()), 0
        while not unpack(kept).is_over:
            progress = unpack(kept)
            # what comes after the point that was kept is lost with the process
            steps = Backtest(wish, engine).run(progress)
            kept = pack(next(steps))
            turns += 1
        resumed = unpack(kept)
    assert turns > 10
    assert resumed.counts == whole.counts
    assert resumed.counts["draft"] == resumed.counts["live"]
    assert resumed.cuts == whole.cuts


def test_the_live_version_goes_beside_the_draft_over_the_same_history(tmp_path: Path) -> None:
    twice = SENDS.replace(
        "steps:", "steps:\n  first: {kind: send, channel: sms, text: {fi: Hei LOPETA}}"
    )
    log = Log()
    log.consent(1, SINCE - DAY)
    log.add(1, noon(3), "Seen")
    report, _ = result(log, asked(twice, live=Document(SENDS)), tmp_path)
    assert report.versions["draft"].figures["messages"] == 2
    assert report.versions["live"].figures["messages"] == 1


def test_other_live_dialogues_compete(tmp_path: Path) -> None:
    rival = SENDS.replace("key: hello", "key: rival\npriority: 90")
    log = Log()
    log.consent(1, SINCE - DAY)
    log.add(1, noon(3), "Seen")
    rules = Rules(caps=(Cap(limit=1, window=60 * DAY),), quiet=None)
    alone = figures(log, asked(SENDS, rules=rules), tmp_path / "a")
    contested, _ = result(log, asked(SENDS, rules=rules, others=(Document(rival),)), tmp_path / "b")
    assert alone["messages"] == 1
    draft = contested.versions["draft"]
    mine, theirs = draft.figures["messages"], sum(n for _, _, n in draft.others)
    assert mine + theirs == 1


def test_people_to_look_at_are_told_step_by_step(tmp_path: Path) -> None:
    log = shoppers(3)
    log.consent(2, noon(2), "withdrawn")
    report, _ = result(log, asked(), tmp_path)
    dropped = [one for one in report.people if "dropped.permission_withdrawn" in one["kinds"]]
    (one,) = dropped
    assert one["customer"] == 2
    assert [line.get("effect") or line["reason"] for line in one["lines"]] == [
        *("enter", "permission_withdrawn", "end"),
    ]


def test_an_audience_is_looked_at_as_it_was_at_its_time(tmp_path: Path) -> None:
    text = SENDS.replace(
        "trigger: {event: Seen}",
        'trigger: {audience: {at: "2026-09-15T12:00", who: {trait: city, is: Oulu}}}',
    )
    log = Log()
    for customer, city, moved in ((1, "Oulu", ""), (2, "Oulu", "Vaasa"), (3, "Kemi", "Oulu")):
        log.consent(customer, SINCE - DAY)
        log.identify(customer, SINCE - DAY, city=city)
        if moved:
            log.identify(customer, noon(10), city=moved)
    _, sent = result(log, asked(text), tmp_path)
    assert sent == [(1, "hi"), (3, "hi")]


def test_a_control_share_gets_nothing(tmp_path: Path) -> None:
    text = SENDS.replace("reentry: always", "reentry: always\ncontrol: 40%")
    report, sent = result(_seen(100), asked(text), tmp_path)
    ended = report.versions["draft"].ended
    held_out = sum(n for name, n in ended.items() if "control" in name)
    assert 20 <= held_out <= 60
    assert len(sent) == 100 - held_out


def _seen(count: int) -> Log:
    log = Log()
    for customer in range(1, count + 1):
        log.consent(customer, SINCE - DAY)
        log.add(customer, noon(3), "Seen")
    return log


def test_a_definition_that_cannot_be_read_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(BadBacktest, match="cannot be replayed"):
        result(Log(), asked("keskio: dialogue/1\nkey: x"), tmp_path)


@pytest.mark.parametrize(
    ("text", "fails"),
    [
        ("messages>3", True),
        ("messages > 4", False),
        ("dropped_share>=25%", True),
        ("dropped_share>0.25", False),
        ("messages!=4", False),
    ],
)
def test_limits_say_when_a_backtest_fails(text: str, fails: bool) -> None:
    assert read_limit(text).fails({"messages": 4, "dropped_share": 0.25}) is fails


@pytest.mark.parametrize("text", ["messages", "messages>many", ">3", "messages>3 or so"])
def test_a_limit_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BadBacktest, match="cannot be read"):
        read_limit(text)


def test_an_unknown_figure_is_named() -> None:
    with pytest.raises(BadBacktest, match="no figure 'mesages'"):
        read_limit("mesages>3").fails({"messages": 4})


def test_most_within_counts_any_window_not_whole_weeks() -> None:
    assert most_within([], 10) == 0
    assert most_within([0, 10], 10) == 1
    assert most_within([0, 9, 10, 11, 30, 31, 32, 33], 10) == 4
