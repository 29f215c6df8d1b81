"""Scripted phones: the same for the same seed, spread as the weights say."""

from __future__ import annotations

from collections import Counter

import pytest

from keskio.channels.simulator.behaviour import (
    CODE,
    DEMO,
    OTHER,
    SILENT,
    STOP,
    YES,
    Answer,
    Choice,
    Rule,
    Script,
    answers_to,
    is_reached,
    report_after,
    script_from,
)
from keskio.kernel.errors import Mistake

OFFER = "Hei Aino! Syyshuolto 85 €. Vastaa A, jos haluat huollon, tai B, jos haluat koodin."
HINT = "Thank you! Please answer our original message with the letter alone, for example A."
THANKS = "Kiitos! Asiakaspalvelumme soittaa sinulle."
NUMBERS = [f"+35850{n:07}" for n in range(2000)]


def test_a_phone_does_the_same_again() -> None:
    first = [answers_to(DEMO, number, OFFER, count=0) for number in NUMBERS]
    assert [answers_to(DEMO, number, OFFER, count=0) for number in NUMBERS] == first
    other = Script(seed="another", rules=DEMO.rules)
    assert [answers_to(other, number, OFFER, count=0) for number in NUMBERS] != first


def test_answers_are_spread_as_the_weights_say() -> None:
    def kind(number: str) -> str:
        answers = answers_to(DEMO, number, OFFER, count=0)
        if not answers:
            return "nothing"
        words = {"A": YES, "B": CODE, "other": OTHER, "stop": STOP}
        return next(name for name, texts in words.items() if answers[0].text in texts)

    counts = Counter(map(kind, NUMBERS))
    expected = {"A": 29, "B": 22, "other": 16, "stop": 4, "nothing": 29}
    assert {
        name: abs(counts[name] / 20 - share) < 3 for name, share in expected.items()
    } == dict.fromkeys(expected, True)


@pytest.mark.parametrize("text", [HINT, THANKS, "", "A or B?"])
def test_phones_answer_questions_only(text: str) -> None:
    assert {len(answers_to(DEMO, number, text, count=1)) for number in NUMBERS[:200]} == {0}


def test_answers_come_in_order_and_within_their_time() -> None:
    script = Script(
        pace=0.5,
        rules=(Rule(when="hei", choices=(Choice(1, (("a",), ("b",))),), after=(10, 20)),),
    )
    first, second = answers_to(script, NUMBERS[0], "HEI", count=0)
    assert (first.text, second.text) == ("a", "b")
    assert 5 <= first.after <= 10
    assert first.after + 5 <= second.after <= first.after + 10
    assert answers_to(SILENT, NUMBERS[0], "HEI", count=0) == list[Answer]()


def test_some_phones_are_never_reached() -> None:
    missed = [number for number in NUMBERS if not is_reached(DEMO, number)]
    assert 5 <= len(missed) <= 40
    assert all(0.5 <= report_after(DEMO, number, 0) <= 4 for number in NUMBERS)


def test_a_script_is_read_from_json() -> None:
    text = '{"seed": "x", "rules": [{"when": "a", "choices": [{"weight": 1, "says": [["b"]]}]}]}'
    assert script_from(text).rules[0].choices[0].says == (("b",),)
    for wrong in ("{", '{"rules": [{"when": "(", "choices": []}]}', '{"seed": 1}'):
        with pytest.raises(Mistake, match="The script of the phones cannot be read"):
            script_from(wrong)
