"""Copies of a text are found, other texts are not."""

from __future__ import annotations

from keskio.engine.text.near import Twins, bands_of, distance, fingerprint
from keskio.engine.text.tokens import tokens

QUEUE = (
    "Nordean konttorissa Turussa sai taas odottaa tunnin vaikka aika oli varattu kello kymmeneksi"
)
CARD = (
    "Kortti ei toiminut kaupassa ja asiakaspalvelu ei vastannut koko iltana mitään apua ei saanut"
)


def test_a_text_passed_on_with_a_link_has_the_same_fingerprint() -> None:
    passed = f"RT @aino@example.social: {QUEUE}!! https://example.org/a?b=1"
    assert fingerprint(tokens(passed)) == fingerprint(tokens(QUEUE)) != 0


def test_short_texts_have_no_fingerprint() -> None:
    assert fingerprint(tokens("Hyvää palvelua, kiitos!")) == 0


def test_an_added_word_turns_few_bits_and_another_text_many() -> None:
    one, other = fingerprint(tokens(QUEUE)), fingerprint(tokens(CARD))
    changed = fingerprint(tokens(QUEUE + " taas"))
    assert distance(one, changed) < 12
    assert distance(one, other) > 16


def test_twins_find_the_first_of_a_kind_and_forget_the_oldest() -> None:
    twins = Twins(most=2)
    queue, card = fingerprint(tokens(QUEUE)), fingerprint(tokens(CARD))
    third = fingerprint(
        tokens("Verkkopankki kaatui taas kesken laskun maksamisen ja rahat jäivät jumiin")
    )
    assert [twins.original_of(1, queue), twins.original_of(2, card)] == [0, 0]
    assert [twins.original_of(3, queue), twins.original_of(1, queue)] == [1, 0]
    assert twins.original_of(4, third) == 0
    assert [twins.original_of(5, card), twins.original_of(6, queue)] == [0, 0]


def test_fingerprints_that_differ_in_three_bits_share_a_band() -> None:
    value = fingerprint(tokens(QUEUE))
    other = value ^ 0b1 ^ (1 << 20) ^ (1 << 40)
    assert distance(value, other) == 3
    assert set(bands_of(value)) & set(bands_of(other))
