"""Does this text say STOP, or START? One pure function for every channel, in Finnish, Swedish and English.

A text counts when, without capitals, punctuation, quotes and odd spaces, it is
- exactly one of the phrases below ("Stop.", "LOPETA!!", "ei  viestejä"), or
- a phrase followed only by words that add nothing ("lopeta nyt", "stop please", "LOPETA viestit"), or
- a phrase followed by the sender's own keyword, where several services share one number
  ("STOP HUOLTO").
Anything longer is an ordinary answer: "Stop by the shop?" and "Voisitteko lopettaa huollon ennen
viittä" withdraw nothing. A false stop silences somebody who wanted to hear; a missed one breaks the
law, so every word that operators recognise is here, also those with an everyday meaning (END, PERU).
Yes-words (YES, KYLLÄ, JOO) are never START: they are answers to questions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from keskio.channels.contracts import Keyword

STOP_PHRASES = frozenset(
    """
    stop; stopp; stopall; stop all; unsubscribe; unsub; end; quit; cancel; optout; opt out; revoke
    remove me; no more messages
    lopeta; lopetan; lopetus; lopettakaa; lopettakaa viestit; peru; peruuta; peruutus; peru tilaus
    seis; seis kaikki; ei viestejä; ei viesteja; ei enää viestejä; ei enaa viesteja; ei kiitos viestejä
    poista; poista minut; poistakaa minut; kiellän; kielto
    sluta; avsluta; avbryt; avanmäl; avregistrera; inga meddelanden; inga fler meddelanden
    """.replace("\n", ";").split(";")
)
START_PHRASES = frozenset(
    """
    start; unstop; subscribe; restart; resume; opt in; optin
    aloita; jatka; aloita uudelleen; jatka viestejä; tilaa uudelleen
    börja; borja; starta; återuppta; börja igen
    """.replace("\n", ";").split(";")
)
ADD_NOTHING = frozenset(
    """
    nyt heti kiitos jo kaikki viestit viestien tekstiviestit mainokset lähettäminen please now thanks
    thank you all messages texts sms it tack nu alla meddelanden utskick
    """.split()  # noqa: SIM905 - a list of forty quoted words reads worse
)
LONGEST = 60

_stops = frozenset(phrase.strip() for phrase in STOP_PHRASES) - {""}
_starts = frozenset(phrase.strip() for phrase in START_PHRASES) - {""}
_not_words = re.compile(r"[^\w]+")


def keyword_of(text: str, *, words: Collection[str] = ()) -> Keyword:
    """Return "stop", "start", or "" for a text that is neither.

    `words` are the sender's own keywords that may follow.

    >>> keyword_of(" Stop. "), keyword_of("lopeta nyt!"), keyword_of("Ahaa kiitos")
    ('stop', 'stop', '')
    >>> keyword_of("stop huolto"), keyword_of("STOP HUOLTO", words=["huolto"])
    ('', 'stop')
    """
    said = _plain(text)
    if not said or len(said) > LONGEST:
        return ""
    own = frozenset(_plain(word) for word in words)
    if _is_one_of(_stops, said, own):
        return "stop"
    return "start" if _is_one_of(_starts, said, own) else ""


def _plain(text: str) -> str:
    # NFKC first: full-width letters and ligatures of odd keyboards become the usual ones.
    folded = unicodedata.normalize("NFKC", text[: 4 * LONGEST]).casefold().replace("_", " ")
    return _not_words.sub(" ", folded).strip()


def _is_one_of(phrases: frozenset[str], said: str, own: frozenset[str]) -> bool:
    words = said.split(" ")
    for size in range(min(3, len(words)), 0, -1):
        rest = words[size:]
        if " ".join(words[:size]) in phrases:
            return all(word in ADD_NOTHING for word in rest) or " ".join(rest) in own
    return False
