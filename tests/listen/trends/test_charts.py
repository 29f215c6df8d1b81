"""Charts: how high they are, and what stands beside them."""

from __future__ import annotations

import re

import pytest

from keskio.listen.trends import charts


@pytest.mark.parametrize(
    ("highest", "top"),
    [(0, 2), (2, 2), (2.1, 4), (5, 10), (10, 10), (11, 20), (35, 40), (301, 400)],
)
def test_a_scale_ends_at_a_round_even_number(highest: float, top: int) -> None:
    assert charts.rounded_top([(1, 0, highest), (0, 0, 0)]) == top


def test_a_framed_chart_tells_its_scale_and_its_days() -> None:
    chart = charts.bars([(1, 0, 2)] * 3, label="Mentions", top=4)
    framed = charts.framed(chart, top=4, unit=" %", days=["1.11.", "2.11.", "3.11."])
    words = re.findall(r"<span>([^<]*)</span>", framed)
    assert words == ["4 %", "2 %", "0 %", "1.11.", "2.11.", "3.11."]
    assert str(chart) in framed


def test_a_framed_chart_of_one_day_names_it_once() -> None:
    framed = charts.framed(charts.bars([], label="x"), top=2, days=["1.11."])
    assert re.findall(r"<span>([^<]*)</span>", framed) == ["2", "1", "0", "1.11."]
