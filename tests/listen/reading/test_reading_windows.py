"""Judging a whole batch by arrays is the same as judging each message by itself."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from keskio.engine.text.judging import SILENT, Hit, Judged, judge
from keskio.engine.text.tokens import negation_marks, tokens
from keskio.listen.model.scoring import Scorer
from keskio.listen.reading import steps
from keskio.listen.reading.batch import Batch, Incoming
from keskio.listen.reading.pipeline import Reader
from keskio.listen.wordlists.documents import ready_documents

HERE = Path(__file__).parent
WORDS = """
    ei en eikä vittu helvetin todella hieman hirveän tosi hyvä hieno loistavaa huono surkea kaatui toimi
    vastata palvelu lasku pankki kortti mutta silti vaikka vasta taas jo vielä odotin tunnin kolme viikkoa
    kertaa lupasitte vaihdan . , ! ? 😡 🙃 kiitos ihanaa jäi odottamaan ei ikinä enää maaliskuu tilasin
"""


@cache
def reader() -> Reader:
    return Reader(ready_documents(("bank",)), scorer=Scorer.load(), tells=True)


def judged_together(texts: list[str]) -> list[Judged]:
    batch = Batch([Incoming("", text, language_hint="fi") for text in texts])
    steps.collect(reader(), batch)
    steps.language(reader(), batch)
    batch.languages = ["fi"] * len(texts)
    for step in (steps.normalise, steps.match, steps.negation):
        step(reader(), batch)
    (group,) = batch.groups
    return group.judged


def judged_alone(text: str) -> Judged:
    lists, cut = reader().lists("fi"), tokens(text)
    marks = negation_marks(cut)
    known = [(place, token, lists.record(token)) for place, token in enumerate(cut)]
    hits = [Hit(place, token, one, marks[place] == 1) for place, token, one in known if one]
    speaks = any(
        hit.record.speaks == 1 or (hit.record.speaks == 2 and hit.denied)  # SPEAKS, SPEAKS_DENIED
        for hit in hits
    )
    return judge(hits, lists) if speaks else SILENT


def test_our_own_messages_are_judged_as_each_by_itself() -> None:
    lines = (HERE / "messages_fi.txt").read_text(encoding="utf-8").splitlines()
    texts = [line.split("|", 3)[-1].strip() for line in lines if "|" in line and line[0] != "#"]
    assert judged_together(texts) == [judged_alone(text) for text in texts]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.sampled_from(WORDS.split()), max_size=14).map(" ".join), min_size=1))
def test_any_messages_are_judged_as_each_by_itself(texts: list[str]) -> None:
    assert judged_together(texts) == [judged_alone(text) for text in texts]
