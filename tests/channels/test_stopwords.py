"""STOP and START in three languages, and answers that only look like them."""

from __future__ import annotations

import pytest

from keskio.channels.stopwords import keyword_of

STOPS = """
STOP|stop|Stop.|" stop "|"STOP!"|«stop»|S T O P||'Stop'|STOP ALL|stopall|Unsubscribe|UNSUBSCRIBE.|END
Quit|cancel|OptOut|opt-out|Opt out.|LOPETA|lopeta!|Lopeta…|lopeta nyt|Lopeta kiitos|LOPETA viestit
peru|PERU.|Seis|seis!|EI VIESTEJÄ|ei  viestejä|Ei viestejä kiitos|ei enää viestejä|STOPP|stopp nu
sluta|Avsluta|avsluta tack|stop please|STOP now|stop_all|ＳＴＯＰ|stop sending?
"""
NOT_STOPS = """
S T O P|stop sending?|Stop by the shop?|Ahaa kiitos|A|a.|Pysäkki|pystop|stopped|Lopetatteko ennen viittä
Peru on kaukana|Voisitteko perua ajan|end of story|ei|en|EI KIITOS|nopeasti lopettava|stop huolto|123
"""
STARTS = "START|start.|UNSTOP|aloita|ALOITA!|Jatka|jatka kiitos|börja|Börja nu|STARTA|opt-in"
NOT_STARTS = "yes|KYLLÄ|joo|aloitan huomenna työt|start the car|A"


def said(table: str) -> list[str]:
    return [text for line in table.strip().splitlines() for text in line.split("|") if text]


@pytest.mark.parametrize("text", [text for text in said(STOPS) if text not in said(NOT_STOPS)])
def test_stop_is_heard(text: str) -> None:
    assert keyword_of(text) == "stop"


@pytest.mark.parametrize("text", said(STARTS))
def test_start_is_heard(text: str) -> None:
    assert keyword_of(text) == "start"


@pytest.mark.parametrize("text", [*said(NOT_STOPS), *said(NOT_STARTS), "", "  ", "!!!", "🙂"])
def test_answers_that_only_look_alike_are_answers(text: str) -> None:
    assert keyword_of(text) == ""


def test_own_keyword_may_follow_stop() -> None:
    assert keyword_of("STOP Huolto.", words=["huolto"]) == "stop"
    assert keyword_of("STOP huolto ja varaosat", words=["huolto"]) == ""
    assert keyword_of("lopeta kevät huolto", words=["Kevät-huolto"]) == "stop"


def test_a_long_text_is_never_a_keyword() -> None:
    assert keyword_of("stop " * 50_000) == ""
