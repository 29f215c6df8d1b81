"""The model: hashed features, tables that survive a file, words remembered and forgotten, languages."""

from __future__ import annotations

import io
import itertools
import os
from pathlib import Path

import numpy as np
import pytest

from keskio.engine.text.tokens import END, negation_marks, stream, tokens
from keskio.kernel.errors import Mistake
from keskio.listen.model import batches, corpora
from keskio.listen.model.features import Space, word_hashes
from keskio.listen.model.fitting import Head, corpus_of, fit, rarities, weighed
from keskio.listen.model.language import detect
from keskio.listen.model.lemmas import lemma
from keskio.listen.model.scoring import EMOTIONS, FILES, HEADS, Scorer
from keskio.listen.model.tables import Table
from keskio.listen.model.words import Words

GOOD = ["great food here", "lovely great staff", "what a lovely day", "really great coffee"]
BAD = ["awful food here", "rude awful staff", "what a rude man", "really awful coffee"]


@pytest.fixture(scope="module")
def table() -> Table:
    """Return a table that knows bad from good by eight sentences."""
    texts = (GOOD + BAD) * 6
    wanted = np.array([text in BAD for text in texts])
    return fit(texts, "", {"bad": Head(wanted)}, space=Space(14))


def margins(table: Table, texts: list[str], words: Words | None = None) -> np.ndarray:
    known = words or Words("")
    if words is None:
        batches.prepare(known)
        table.prepare(known, "t")
    return table.margins(batches.batch_of(known, stream(texts)), known, "t")[:, 0]


def test_hashes_are_the_same_everywhere() -> None:
    assert word_hashes(["kortti", "", "😡"]).tolist() == [
        int(one) for one in word_hashes(["kortti"]).tolist() + word_hashes(["", "😡"]).tolist()
    ]
    assert Space(10).word_rows(["ab"], ["ab"]).sum() == 3 + 2 + 1 + 2 + 3  # <a ab b>, <ab ab>, <ab>


def test_what_is_fitted_tells_bad_from_good(table: Table) -> None:
    said = margins(table, ["awful tea", "lovely tea"])
    assert (said > 0).tolist() == [True, False]


def test_scoring_is_what_was_fitted(table: Table) -> None:
    """A margin of remembered sums equals the product of the fitted row and the weights."""
    texts = ["not awful coffee, really", "lovely lovely day!"]
    corpus = corpus_of(texts, "", table.space)
    learnt = corpus_of((GOOD + BAD) * 6, "", table.space)
    rarity = rarities(learnt.counts)
    raw = weighed(corpus, rarity).sparse[:, table.slots]
    weights = table.weights[:, 0] / rarity[table.slots]
    assert np.allclose(margins(table, texts), raw @ weights + table.bias[0], atol=1e-4)


def test_a_message_scores_the_same_alone_and_in_a_batch(table: Table) -> None:
    texts = [*GOOD, "", "never awful", *BAD]
    together = margins(table, texts)
    alone = [float(margins(table, [text])[0]) for text in texts]
    assert np.allclose(together, alone, atol=1e-5)


def test_a_table_survives_its_file(table: Table) -> None:
    kept = io.BytesIO()
    table.save(kept)
    kept.seek(0)
    again = Table.load(kept)
    assert (again.heads, again.slots.tolist()) == (table.heads, table.slots.tolist())
    assert np.abs(again.weights - table.weights).max() <= np.abs(table.weights).max() * 2 / 127
    assert np.allclose(margins(table, BAD), margins(again, BAD), atol=0.1)


def test_what_words_add_sums_up_to_the_margin(table: Table) -> None:
    words = Words("")
    batches.prepare(words)
    table.prepare(words, "t")
    batch = batches.batch_of(words, stream(["never an awful lovely day"]))
    added = table.added(batch, words, "t", "bad")
    assert np.isclose(
        added.sum() + table.bias[0], table.margins(batch, words, "t")[0, 0], atol=1e-4
    )


def test_words_that_are_not_met_are_forgotten_with_their_columns() -> None:
    words = Words("", bound=4)
    words.add(
        "length", np.zeros((), dtype=np.int32), lambda new, _: np.array([len(w) for w in new])
    )
    words.numbers(["a", "bb", "ccc", "dddd", "eeeee"])
    words.numbers(["ccc", "ffffff"])
    numbers = words.numbers(["ccc", "ffffff", "a"])
    assert words.values("length")[numbers].tolist() == [3, 6, 1]
    assert len(words) <= 5


def test_a_column_added_late_is_filled_for_known_words() -> None:
    words = Words("")
    numbers = words.numbers(["yksi", "kaksi"])
    words.add(
        "length", np.zeros((), dtype=np.int32), lambda new, _: np.array([len(w) for w in new])
    )
    assert words.values("length")[numbers].tolist() == [4, 5]


def test_many_words_grow_the_room() -> None:
    words = Words("")
    words.add(
        "length", np.zeros((), dtype=np.int32), lambda new, _: np.array([len(w) for w in new])
    )
    many = [f"w{number}" for number in range(10_000)]
    numbers = words.numbers(many)
    assert words.values("length")[numbers].tolist() == [len(word) for word in many]


def test_the_shipped_tables_are_small_and_hold_no_pickle() -> None:
    files = sorted(path.name for path in FILES.iterdir())
    assert files == [
        *("NOTICE.md", "en.npz", "fi.npz", "language.npz"),
        *("meanings-en.npz", "meanings-fi.npz"),
    ]
    assert sum(path.stat().st_size for path in FILES.iterdir()) < 10_000_000
    for name in ("fi", "en"):
        assert Table.load(FILES / f"{name}.npz").heads == HEADS


def test_the_shipped_model_reads_english() -> None:
    scorer = Scorer.load()
    texts = ["Thank you, wonderful service!", "Horrible, I hate this", "The shop opens at nine"]
    scores = scorer.score([tokens(text) for text in texts], "en")
    assert scores.negative[1] > 0.5 > scores.negative[0]
    assert scores.polarity[0] > 0.3 > -0.3 > scores.polarity[1]
    assert set(scores.emotions(0)) == set(EMOTIONS)
    assert np.allclose(scores.classes.sum(axis=1), 1, atol=1e-5)


def test_explaining_tells_each_word_and_knows_its_heads() -> None:
    scorer = Scorer.load()
    told = scorer.explain(["horrible", "service", "."], "en")
    assert [word for word, _ in told] == ["horrible", "service", "."]
    assert told[0][1] > max(0.0, told[2][1])
    with pytest.raises(ValueError, match="no head"):
        scorer.explain(["a"], "en", "nonsense")


def test_languages_are_told_apart() -> None:
    said = detect(["Missä korttini on?", "Where is my card?", "Var är mitt kort?", ""])
    assert [code for code, _ in said[:3]] == ["fi", "en", "sv"]
    assert all(margin > 0.3 for _, margin in said[:3])
    assert said[3][1] < 0.3


def test_base_forms() -> None:
    assert [lemma(word, "en") for word in ("houses", "zzxqq")] == ["house", "zzxqq"]
    assert lemma("houses", "xx") == "houses"


def test_the_same_text_falls_on_the_same_side() -> None:
    assert corpora.place("Hei, sinä!", "s") == corpora.place("hei   SINÄ", "s")
    assert corpora.place("Hei", "s") != corpora.place("Hei", "t")


def test_no_folder_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(corpora.FOLDER, raising=False)
    with pytest.raises(Mistake, match="--data"):
        corpora.folder_of(None)


@pytest.mark.nightly
def test_the_shipped_model_on_open_texts() -> None:
    """What was learnt is in the files: the open texts themselves are told well above chance."""
    named = os.environ.get(corpora.FOLDER, "nowhere")
    if not Path(named, "xed_en.jsonl").exists():
        pytest.skip(f"needs labelled texts in {corpora.FOLDER}")
    rows = corpora.shuffled(corpora.read(Path(named), "xed_en"))[:500]
    scores = Scorer.load().score([tokens(row.text) for row in rows], "en")
    bad = np.array([bool(row.labels & corpora.BAD) for row in rows])
    assert ((scores.negative > 0.5) == bad).mean() > 0.75


def test_denials_found_in_numbers_are_those_of_the_rule() -> None:
    """Every text of four kinds of words, up to seven long: both ways mark the same places."""
    words = Words("")
    batches.prepare(words)
    cut = [
        token
        for count in range(1, 8)
        for text in itertools.product(("ei", "hyvä", ".", "mutta"), repeat=count)
        for token in (*text, END)
    ]
    marked = np.flatnonzero(np.frombuffer(negation_marks(cut), dtype=np.uint8))
    assert batches.batch_of(words, cut).denied.tolist() == marked.tolist()
