"""How messages are read: our own messages by phenomenon, the pipeline's promises, and its evidence."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from keskio.engine.text.urgency import REPOST, urgency_of
from keskio.listen.contracts import EMOTIONS, Reading
from keskio.listen.model.scoring import Scorer
from keskio.listen.reading.batch import Incoming
from keskio.listen.reading.pipeline import STEPS, Reader
from keskio.listen.reading.weighing import label_of, urgencies
from keskio.listen.wordlists.documents import READY, ready_documents

HERE = Path(__file__).parent
LABELS = {"pos": "positive", "neg": "negative", "neu": "neutral"}


@cache
def scorer() -> Scorer:
    return Scorer.load()


@cache
def reader(*domains: str) -> Reader:
    return Reader(ready_documents(domains), scorer=scorer(), tells=True)


def messages(language: str) -> list[tuple[str, str, str, str]]:
    lines = (HERE / f"messages_{language}.txt").read_text(encoding="utf-8").splitlines()
    cut = [
        [cell.strip() for cell in line.split("|", 3)]
        for line in lines
        if "|" in line and line[0] != "#"
    ]
    return [
        (LABELS[polarity], phenomenon, domain, text) for polarity, phenomenon, domain, text in cut
    ]


def shares_right(language: str) -> dict[str, float]:
    """Return the share of messages read right, by phenomenon and in all."""
    right: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for polarity, phenomenon, domain, text in messages(language):
        is_right = label_of(reader(domain).read([Incoming("", text)])[0].polarity) == polarity
        for name in (phenomenon, "all"):
            seen[name] += 1
            right[name] += is_right
    return {name: right[name] / seen[name] for name in seen}


def test_finnish_messages_are_read_right() -> None:
    shares = shares_right("fi")
    assert shares["all"] >= 0.93
    low = {name: share for name, share in shares.items() if share < 0.8 and name != "irony"}
    assert low == {}


def test_english_messages_are_read_right() -> None:
    shares = shares_right("en")
    assert shares["all"] >= 0.93
    assert {name: share for name, share in shares.items() if share < 0.8 and name != "irony"} == {}


def test_domain_negative_words_are_neutral_only_in_their_domain() -> None:
    text = "Kuolinpesän reklamaatio ja vahinkoilmoitus."
    (ours,) = reader("bank").read([Incoming("", text)])
    assert label_of(ours.polarity) == "neutral"
    neutral = [word for word, _, why in _words(ours, "match") if why.startswith("neutral here")]
    assert neutral == ["kuolinpesän", "reklamaatio", "vahinkoilmoitus"]


def _words(reading: Reading, step: str) -> tuple[tuple[str, float, str], ...]:
    return next(one.words for one in reading.evidence if one.name == step)


def test_evidence_has_every_step_in_order() -> None:
    reading = reader("bank").explain("Odotin verkkopankissa tunnin, ei mitään järkeä 😡")
    assert [step.name for step in reading.evidence] == [name for name, _ in STEPS]
    assert ("tunnin", -1.5, "waited") in _words(reading, "negation")
    assert "online" in reading.themes
    assert reading.is_match
    assert [word for word, _, _ in _words(reading, "urgency")] == [
        "negative",
        "feeling",
        "reach",
        "velocity",
        "value",
    ]


@pytest.mark.parametrize(
    ("text", "theme"),
    [
        ("Asiakaspalvelija oli tyly.", "service"),
        ("Jonotin tunnin.", "speed"),
        ("Verkkopankkiin ei pääse.", "online"),
        ("Konttorimme suljettiin.", "branch"),
        ("Pankkikorttini hajosi.", "cards"),
    ],
)
def test_bank_messages_have_their_theme(text: str, theme: str) -> None:
    (reading,) = reader("bank").read([Incoming("", text)])
    assert max(reading.themes, key=lambda key: reading.themes[key]) == theme


@pytest.mark.parametrize(
    ("text", "motive"),
    [
        ("Miten saan korttini takaisin, auttakaa?", "seeks_solution"),
        ("Onko muilla verkkopankki jumissa?", "peer_support"),
        ("Varokaa tätä pankkia!", "warns"),
        ("Ehdotan että verkkopankkiin tulisi hakutoiminto.", "guides"),
        ("Kuulemma pankki varastaa asiakkailta, kaverin kaveri kertoi.", "made_up"),
    ],
)
def test_motive_is_told_by_phrases(text: str, motive: str) -> None:
    assert reader("bank").read([Incoming("", text)])[0].motive == motive


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("Kortinlukija on rikki ja jono pitkä.", "physical"),
        ("Virkailija oli töykeä eikä kuunnellut.", "emotional"),
    ],
)
def test_side_is_told(text: str, side: str) -> None:
    assert reader("bank").read([Incoming("", text)])[0].side == side


def test_irony_is_doubted_and_told() -> None:
    reading = reader("bank").explain("Hienoa, verkkopankki on taas kaatunut.")
    assert next(step.said for step in reading.evidence if step.name == "negation") == "irony?"


def test_a_match_needs_the_business_and_a_mood() -> None:
    texts = ["Konttori on kadulla.", "Ihan surkea sää.", "Surkea konttori."]
    readings = reader("bank").read([Incoming("", text) for text in texts])
    assert [reading.is_match for reading in readings] == [False, False, True]


def test_readings_come_in_the_order_of_posts_of_many_languages() -> None:
    texts = [
        "Surkea pankki.",
        "Great bank, thank you!",
        "Pankki on auki.",
        "",
        "Terrible branch.",
        "🙂",
    ]
    readings = reader("bank").read([Incoming(str(n), text) for n, text in enumerate(texts)])
    assert [label_of(reading.polarity) for reading in readings[:3]] == [
        "negative",
        "positive",
        "neutral",
    ]
    assert label_of(readings[4].polarity) == "negative"
    assert [reading.language for reading in readings[:3]] == ["fi", "en", "fi"]
    alone = [reader("bank").read([Incoming("", text)])[0] for text in texts]
    assert [r.themes for r in readings] == [r.themes for r in alone]
    assert [r.polarity for r in readings] == pytest.approx([r.polarity for r in alone], abs=0.05)
    assert all(list(reading.emotions) == list(EMOTIONS) for reading in readings)


def test_reach_makes_it_more_urgent() -> None:
    quiet, loud = reader("bank").read(
        [Incoming("", "Surkea pankki!"), Incoming("", "Surkea pankki!", reach=50_000, reposts=40)]
    )
    assert loud.urgency > quiet.urgency


def test_urgency_of_many_is_urgency_of_each() -> None:
    parts = np.array(
        [[0.9, 0.5, 1000.0, 0.2, 0.5], [0.1, 1.0, 0.0, 1.0, 1.0], [1.0, 0.0, 5e6, 0.0, 0.0]]
    )
    whole = urgencies(*parts.T).prod(axis=0).tolist()
    each = [
        urgency_of(
            negative, feeling=feeling, reached=int(reached), velocity=speed, value=value
        ).whole
        for negative, feeling, reached, speed, value in parts.tolist()
    ]
    assert whole == pytest.approx(each, abs=1e-4)
    assert REPOST > 1


def test_stars_lean_the_reading() -> None:
    one, five = reader("retail").read(
        [Incoming("", "Takki tuli.", rating=1.0), Incoming("", "Takki tuli.", rating=5.0)]
    )
    assert label_of(one.polarity) == "negative"
    assert label_of(five.polarity) == "positive"


def test_steps_count_their_messages() -> None:
    fresh = Reader(ready_documents(READY), scorer=scorer())
    fresh.read([Incoming("", "Hyvä pankki."), Incoming("", "Kiitos.")])
    assert {name: taken.messages for name, taken in fresh.steps_taken.items()} == {
        name: 2 for name, _ in STEPS
    }


def test_in_a_stream_of_all_sorts_rules_are_kept_for_what_is_ours() -> None:
    texts = ["Surkea pankki!", "Ei ollut hyvä elokuva."]
    plain = Reader(ready_documents(["bank"]), scorer=scorer())
    streamed = plain.read([Incoming("", text, of_all_sorts=True) for text in texts])
    told = plain.read([Incoming("", text) for text in texts])
    assert streamed[0] == told[0]
    assert [one.is_match for one in streamed] == [True, False]
    assert streamed[1].polarity > told[1].polarity, "the denial is left to the model"
