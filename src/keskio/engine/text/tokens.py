"""Text as people write it, cut once into tokens that everything else reads.

One cutting feeds the language, the word lists and the classifier. A token is a word (lower case, runs
of three or more letters shortened to two), a number, an emoji or emoticon, or a mark that ends a clause.
Addresses and handles become `URL`, `HANDLE` and `MAIL`. Everything else is dropped. Nothing here knows
a language but the words that deny (Finnish, English, Swedish).

Batches: `stream(texts)` cuts many texts at once into one flat list in which `END` closes each text. No
token has a space in it, so what stands between spaces is cut once (`cut`) and remembered; `pieces(texts)`
gives these for those who remember something of their own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import chain

URL, HANDLE, MAIL = "xurl", "xuser", "xmail"
END = "\x1e"  # closes each text of a stream
COMMA = ","
_CLOSED = f" {END} "
CLAUSE_ENDS = frozenset({".", "!", "?", ";", COMMA, END})  # single, whatever run they came from

# Denial reaches this many words further, until a clause ends or turns.
SCOPE = 3
_DENYING = """
    ei en et emme ette eivät eikä enkä etkä emmekä ettekä eivätkä eipä enpä etpä eikö enkö etkö
    emmekö ettekö eivätkö eiköhän eihän enhän ethän eikai eiks eiko etteköhän ettei etten ettet
    ettemme ettette etteivät ellei ellen ellet elleivät jollei jollen jolleivät muttei älä älkää
    älköön ilman tuskin emmä emmää ethä enny eiii eii ein
    not no never nobody nothing none neither nor without cannot cant can't don't dont doesn't doesnt
    didn't didnt isn't isnt aren't arent wasn't wasnt weren't werent won't wont wouldn't wouldnt
    couldn't couldnt shouldn't shouldnt haven't havent hasn't hasnt hadn't hadnt ain't aint hardly
    inte icke ej aldrig ingen inget utan
"""
_TURNING = "mutta mut vaan but however yet although men"
NEGATORS = frozenset(_DENYING.split())
TURNS = frozenset(_TURNING.split())

_EMOJI = (
    "[\u2600-\u27bf\u2b05-\u2b55\u203c\u2049\u231a-\u23ff\u3030\u303d"
    "\U0001f000-\U0001f3fa\U0001f400-\U0001faff]"
)
_JOINED = f"(?:[\ufe0f\U0001f3fb-\U0001f3ff]|\u200d{_EMOJI})*"
_FACE = r"[:;=][-'^o]?[)(\]\[dp/\\|*o3$x]+(?![a-z])|\^\^|<3|</3"
_LETTERS = "a-z\u00df-\u00f6\u00f8-\u024f\u0370-\u1fff"  # ranges: three times as fast as classes
_WORD = f"[{_LETTERS}][{_LETTERS}'’-]*"
_NO_LETTER = "\u0250"  # below it every letter of a piece is one of _LETTERS
_ADDRESS = r"https?://[^\s\x1e]+|www\.[^\s\x1e]+|[\w.+-]+@[\w-]+\.[\w.-]+|@\w+(?:@[\w.-]+)?"
_NUMBER = "[0-9]+(?:[.,:][0-9]+)*"
_TOKEN = re.compile(f"{_WORD}|[.!?;]+|,|{_NUMBER}|{END}|{_EMOJI}{_JOINED}|{_FACE}")
_FIRST_ADDRESSES = re.compile(_ADDRESS)
_RUN = re.compile(r"([^\W\d_])\1{2,}")
_SPACES = re.compile(r"\s+")


class _Cuts(dict[str, tuple[str, ...]]):
    """The tokens of pieces; remembered, since most come again."""

    BOUND = 400_000

    def __missing__(self, piece: str) -> tuple[str, ...]:
        if len(self) >= self.BOUND:
            self.clear()
        found = self[piece] = cut(piece)
        return found


def _spelt(raw: str) -> str:
    first = raw[0]
    if first in ".!?;":
        if "?" in raw:
            return "?"
        return "!" if "!" in raw else first
    if first.isalpha():
        return shortened(raw).replace("’", "'").rstrip("-'")
    if first > "\u2000":
        return first  # an emoji without its colour of skin and what was joined to it
    return raw


def cut(piece: str) -> tuple[str, ...]:
    """Return the tokens of one of `pieces`.

    >>> cut("hyvä,"), cut("")
    (('hyvä', ','), ())
    """
    if piece.isalpha() and max(piece) < _NO_LETTER:
        return (shortened(piece),)  # most pieces are a word and nothing else
    return tuple(map(_spelt, _TOKEN.findall(piece)))


_cuts = _Cuts()


def shortened(word: str) -> str:
    """Return `word` with runs of three or more of a letter cut to two.

    >>> shortened("törkeeeeeää")
    'törkeeää'
    """
    if len(set(word)) > len(word) - 2:  # three of a letter would leave fewer
        return word
    return _RUN.sub(r"\1\1", word)


def normalise(text: str) -> str:
    """Return `text` as it is read: NFKC, lower case, runs of letters cut, addresses named, one space.

    HTML has been taken away before this. Doing it again changes nothing.

    >>> normalise("Jeeeee!  Kiitos @pankki https://pankki.example/a")
    'jee! kiitos xuser xurl'
    """
    folded = unicodedata.normalize("NFKC", text).lower().replace(END, " ")
    return _SPACES.sub(" ", shortened(_addresses_named(folded))).strip()


def _addresses_named(folded: str) -> str:
    if "@" in folded or "://" in folded or "www." in folded:
        return _FIRST_ADDRESSES.sub(_name_of, folded)
    return folded


def _name_of(found: re.Match[str]) -> str:
    address = found[0]
    if address[0] == "@":
        return HANDLE
    return MAIL if "@" in address and not address.startswith(("http", "www.")) else URL


def tokens(text: str) -> list[str]:
    """Return the tokens of one text, raw or normalised.

    >>> tokens("Ei toimiii, TAASKAAN!!! 😡😡 :(")
    ['ei', 'toimii', ',', 'taaskaan', '!', '😡', '😡', ':(']
    """
    return stream((text,))[:-1]


def stream(texts: Iterable[str]) -> list[str]:
    r"""Return the tokens of many texts in one list, each text's closed by `END`.

    >>> stream(["Hyvä.", "", "No 2,5 h"])
    ['hyvä', '.', '\x1e', '\x1e', 'no', '2,5', 'h', '\x1e']
    """
    return list(chain.from_iterable(map(_cuts.__getitem__, pieces(texts))))


def pieces(texts: Iterable[str]) -> list[str]:
    r"""Return what stands between spaces in many texts, ready to `cut`; `END` by itself closes each text.

    >>> pieces(["Hyvä, @pankki!", ""])
    ['hyvä,', 'xuser!', '\x1e', '', '\x1e']
    """
    given = texts if isinstance(texts, (list, tuple)) else list(texts)
    if not given:
        return []
    joined = _CLOSED.join(given)
    if joined.count(END) != len(given) - 1:
        joined = _CLOSED.join([text.replace(END, " ") for text in given])
    folded = _addresses_named(unicodedata.normalize("NFKC", joined).lower())
    found = folded.replace("\n", " ").split(" ")
    found.append(END)
    return found


def negation_marks(cut: Sequence[str]) -> bytearray:
    """Return 1 for each token that a denial before it reaches, else 0; the denial itself is 0.

    A denial reaches `SCOPE` words (numbers and emoji count) and stops where the clause ends or turns.

    >>> list(negation_marks(tokens("Ei ollut hyvä, mutta halpa.")))
    [0, 1, 1, 0, 0, 0, 0]
    """
    marks = bytearray(len(cut))
    left = 0
    for place, token in enumerate(cut):
        if token in NEGATORS:
            left = SCOPE
        elif left:
            if token in CLAUSE_ENDS or token in TURNS:
                left = 0
            else:
                marks[place] = 1
                left -= 1
    return marks
