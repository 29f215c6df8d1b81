"""Interviews: kept with consent, cut into sentences, hung on phases and themes, and let go again."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from keskio.kernel.clock import VirtualClock
from keskio.listen.interviews import queries
from keskio.listen.interviews.actions import (
    NoConsent,
    NotAQuote,
    add_interview,
    add_quote,
    end_consent,
    end_consents,
    remove_quote,
    save_study,
)
from keskio.listen.interviews.models import Interview, Quote, Study
from keskio.listen.interviews.passages import passages_of

TEXT = "Tarjousta odotettiin kaksi viikkoa. Se oli liikaa!\n\nVideo auttoi päättämään."
PHASES = [
    {"key": "compare", "title": {"fi": "Vertailu"}},
    {"key": "buy", "title": {"fi": "Osto", "en": "Buying"}},
]
THEMES = [{"key": "speed", "title": {"fi": "Nopeus"}}, {"key": "video", "title": {"fi": "Video"}}]
SignIn = Callable[[str], Client]


@pytest.fixture
def study(clock: VirtualClock, db: None) -> Study:
    titles = {"fi": "Alihankkijat"}
    return save_study("sub", title=titles, phases=PHASES, themes=THEMES, journey="b2b", by="sari")


def keep(study: Study, **told: Any) -> Interview:
    given = {
        "who": "Tuotantopäällikkö",
        "held_on": date(2026, 3, 1),
        "consent": "Allekirjoitettu lomake",
        "consent_on": date(2026, 3, 1),
        "text": TEXT,
    }
    return add_interview(study, by="sari", **{**given, **told})


@given(st.text(alphabet='aä .!?\n"', max_size=80))
def test_passages_stand_where_they_say_and_nothing_is_left_out(text: str) -> None:
    passages = passages_of(text)
    assert [text[p.start : p.end] for p in passages] == [p.text for p in passages]
    assert "".join("".join(p.text for p in passages).split()) == "".join(text.split())
    assert all(a.end <= b.start for a, b in itertools.pairwise(passages))


def test_a_transcript_is_cut_into_sentences() -> None:
    assert [(p.text, p.paragraph) for p in passages_of(TEXT)] == [
        ("Tarjousta odotettiin kaksi viikkoa.", 0),
        ("Se oli liikaa!", 0),
        ("Video auttoi päättämään.", 1),
    ]


@pytest.mark.parametrize(
    "wrong",
    [{"consent": "  "}, {"consent_on": None}, {"consent_until": date(2026, 2, 1)}],
)
def test_nothing_is_kept_without_consent(study: Study, wrong: dict[str, Any]) -> None:
    with pytest.raises(NoConsent):
        keep(study, **wrong)
    assert Interview.objects.count() == 0


def test_quotes_hang_on_the_journey(study: Study) -> None:
    interview = keep(study)
    add_quote(interview, 0, 50, phase="compare", themes=["speed"], feeling="pain", by="sari")
    add_quote(interview, 0, 50, phase="compare", themes=["speed", "video"], by="sari")
    (said,) = queries.said_on("b2b")
    assert (said.phase, said.themes, said.feeling, said.who, said.text) == (
        "compare",
        ("speed", "video"),
        "neutral",
        "Tuotantopäällikkö",
        TEXT[:50],
    )
    grid = queries.grid_of(study, queries.quotes_of(study))
    assert [[len(cell.quotes) for cell in cells] for _theme, cells in grid] == [[1, 0], [1, 0]]
    assert remove_quote(said.quote)
    assert not remove_quote(said.quote)


@pytest.mark.parametrize(
    "wrong",
    [
        {"end": 999},
        {"start": 9, "end": 9},
        {"phase": "after"},
        {"themes": []},
        {"themes": ["price"]},
        {"feeling": "meh"},
    ],
)
def test_what_is_no_quote_is_refused(study: Study, wrong: dict[str, Any]) -> None:
    told = {"start": 0, "end": 10, "phase": "buy", "themes": ["speed"], "by": "sari", **wrong}
    with pytest.raises(NotAQuote):
        add_quote(keep(study), told.pop("start"), told.pop("end"), **told)


def test_what_quotes_hang_on_is_not_left_out(study: Study) -> None:
    add_quote(keep(study), 0, 10, phase="buy", themes=["speed"], by="sari")
    with pytest.raises(NotAQuote):
        save_study("sub", title={"fi": "x"}, phases=PHASES[:1], themes=THEMES, by="sari")
    save_study("sub", title={"fi": "x"}, phases=PHASES[1:], themes=THEMES[:1], by="sari")
    assert [phase["key"] for phase in Study.objects.get().phases] == ["buy"]


def test_a_consent_that_ends_takes_everything_said_with_it(study: Study) -> None:
    stays = keep(study, consent_until=date(2026, 4, 1))
    goes = keep(study, consent_until=date(2026, 3, 31))
    withdrawn = keep(study)
    for interview in (stays, goes, withdrawn):
        add_quote(interview, 0, 10, phase="buy", themes=["speed"], by="sari")
    assert end_consents(date(2026, 4, 1)) == 1
    assert end_consents(date(2026, 4, 1)) == 0
    end_consent(withdrawn)
    texts = Interview.objects.order_by("pk").values_list("text", flat=True)
    assert list(texts) == [TEXT, "", ""]
    assert [quote.interview_id for quote in Quote.objects.all()] == [stays.pk]


def test_sentences_are_chosen_and_hung_on_a_page(study: Study, signed_in: SignIn) -> None:
    editor = signed_in("editor")
    address = reverse("interviews:interview", args=[keep(study).pk])
    told = {"passage": ["0", "36"], "phase": "compare", "themes": ["speed"], "feeling": "pain"}
    assert editor.post(address, told).status_code == 302
    assert Quote.objects.get().text == TEXT.split("\n", maxsplit=1)[0]
    assert editor.post(address, {**told, "passage": []}).status_code == 422
    page = editor.get(reverse("interviews:study", args=["sub"])).content.decode()
    assert "Se oli liikaa!" in page
    table = editor.get(reverse("interviews:export", args=["sub"])).content.decode("utf-8-sig")
    assert table.splitlines()[0] == "phase,themes,feeling,quote,who,held_on,note"
    assert len(table.splitlines()) == 2


def test_a_study_and_a_transcript_are_made_on_pages(signed_in: SignIn, clock: VirtualClock) -> None:
    editor = signed_in("editor")
    lines = "Tarve | Need\nVertailu | Comparing"
    told = {"title_fi": "Ostajat", "phases": lines, "themes": "Hinta | Price", "journey": "b2b"}
    assert editor.post(reverse("interviews:new_study"), told).status_code == 302
    study = Study.objects.get()
    assert [phase["key"] for phase in study.phases] == ["need", "comparing"]
    address = reverse("interviews:new_interview", args=[study.key])
    kept = {"who": "Ostaja", "held_on": "2026-03-01", "consent": "Lomake"}
    assert editor.post(address, {**kept, "text": TEXT}).status_code == 422
    assert editor.post(address, {**kept, "consent_on": "2026-03-01"}).status_code == 422
    kept |= {"consent_on": "2026-03-01", "text": TEXT}
    assert editor.post(address, kept).status_code == 302
    interview = Interview.objects.get()
    assert interview.text == TEXT
    reader = signed_in("reader")
    page = reverse("interviews:interview", args=[interview.pk])
    assert reader.get(page).status_code == 200
    assert reader.post(page, {}).status_code == 403
    assert reader.post(reverse("interviews:withdraw", args=[interview.pk])).status_code == 403
    assert editor.post(reverse("interviews:withdraw", args=[interview.pk])).status_code == 302
    assert Interview.objects.get().text == ""
