"""Recovery plans: read with all their faults, chosen with reasons; groups compared within strata."""

from __future__ import annotations

from typing import Any

import pytest

from keskio.engine.recovering import About, choose, offers_something
from keskio.engine.recovery_reading import read_plan
from keskio.engine.scores.strata import Stratum, compare

TEXTS = {"fi": "Pahoittelut", "en": "Sorry"}
PLAIN: dict[str, Any] = {
    "keskio": "recovery/1",
    "key": "plain",
    "title": TEXTS,
    "when": {"customer": ["occasional"]},
    "steps": {"acknowledge": {"title": TEXTS, "public": TEXTS}},
}
PAID: dict[str, Any] = {
    "title": TEXTS,
    "text": {"fi": "Koodi {{ code }}", "en": "Code {{ code }}"},
    "offer": "sorry",
    "euros": 20,
    "month": 100,
}


def faults(**changes: Any) -> list[tuple[str, str]]:
    plan, findings = read_plan({**PLAIN, **changes})
    assert (plan is None) == any(one.severity == "error" for one in findings)
    return [(one.place, one.code) for one in findings]


def test_a_plain_plan_is_without_faults() -> None:
    assert faults() == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"keskio": "recovery/9"}, ("keskio", "format")),
        ({"key": "Not a key"}, ("key", "key")),
        ({"title": {"fi": "Vain suomeksi"}}, ("title", "missing_language")),
        ({"strange": 1}, ("strange", "unknown_field")),
        ({"when": {"customer": ["rich"]}}, ("when.customer", "not_one_of")),
        ({"when": {"severity": {"at_least": 7}}}, ("when.severity", "whole_number")),
        ({"respond_within": "soon"}, ("respond_within", "length")),
        ({"compare": "80 %"}, ("compare", "share")),
        ({"steps": {"pay": {"kind": "compensate", "title": TEXTS}}}, ("steps.pay", "no_compensation")),
        ({"compensation": PAID}, ("compensation", "never_offered")),
        ({"compensation": {**PAID, "month": 10}}, ("compensation.month", "budget_too_small")),
        ({"compensation": {**PAID, "text": TEXTS}}, ("compensation.text", "code_not_told")),
        (
            {"steps": {"a": {"kind": "explain", "title": TEXTS,
                             "public": {"fi": "Hyvitämme 20 €", "en": "Sorry"}}}},
            ("steps.a.public", "offered_in_public"),
        ),
    ],
)  # fmt: skip
def test_each_fault_is_told_with_its_place(changes: dict[str, Any], fault: tuple[str, str]) -> None:
    assert fault in faults(**changes)


def test_the_highest_priority_is_chosen_and_then_the_most_telling() -> None:
    def plan(key: str, **changes: Any) -> Any:
        found, findings = read_plan({**PLAIN, "key": key, **changes})
        assert findings == []
        return found

    plans = [
        plan("all", when={}),
        plan("occasional"),
        plan("cards", when={"customer": ["occasional"], "themes": ["cards"]}),
        plan("first", priority=90, when={"severity": {"at_least": 3}}),
    ]
    about = About("occasional", 1, themes=("cards", "speed"))
    chosen, why = choose(plans, about, lambda _plan: True)
    assert chosen is not None
    assert chosen.key == "cards"
    assert [(one.condition, one.found) for one in why] == [
        *(("kind", "complaint"), ("customer", "occasional"), ("theme", "cards, speed")),
    ]
    worst, _ = choose(plans, About("regular", 3), lambda _plan: True)
    assert worst is not None
    assert worst.key == "first"
    assert choose(plans, About("regular", 1, kind="question"), lambda _plan: True) == (None, [])


@pytest.mark.parametrize(
    ("text", "offers"),
    [
        ("Hyvitämme sinulle 20 €.", True),
        ("Saat seuraavasta 15 % alennuksen.", True),
        ("Koodisi on {{ code }}.", True),
        ("We will refund 30 euros.", True),
        ("Hyvitysasiat hoidamme yksityisviestillä.", False),
        ("Lasku oli 20 €. Tarkistamme sen.", False),
        ("Thank you for telling us.", False),
    ],
)
def test_what_offers_something_is_seen(text: str, offers: bool) -> None:
    assert offers_something(text) is offers


def test_strata_weigh_by_their_size_and_what_is_not_shared_is_left_out() -> None:
    # a confounded pair: within each stratum no difference, in all a great one
    found = compare(
        {"mild": Stratum(90, 81, 10, 9), "grave": Stratum(10, 3, 90, 27), "x": Stratum(5)}
    )
    assert found is not None
    assert (round(found.difference, 12), found.verdict, found.left_out) == (0.0, "no_difference", 5)
    assert compare({"only": Stratum(10, 5, 0, 0)}) is None
    few = compare({"a": Stratum(5, 5, 5, 0)})
    assert few is not None
    assert few.verdict == "not_enough"


def test_the_interval_of_one_even_stratum_is_walds() -> None:
    found = compare({"a": Stratum(100, 60, 100, 40)})
    assert found is not None
    half = 1.959963984540054 * (0.6 * 0.4 / 100 + 0.4 * 0.6 / 100) ** 0.5
    assert found.low == pytest.approx(0.2 - half)
    assert found.high == pytest.approx(0.2 + half)
    assert found.verdict == "more"
