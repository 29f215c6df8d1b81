"""Word lists made ready for reading: what each word and phrase says, and how it is found.

`Builder` takes entries (a word or a phrase with a `Mark`) and makes `Lists`, which answer two questions:
`record(token)` - what is known of a token - and `phrases_at(...)` - which phrases begin between two
tokens. Words are found in all their forms by `matching`; the parts of a phrase are compared by base form,
or as they stand where the base form says too little (olla, saada).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from keskio.engine.text.matching import Finder
from keskio.engine.text.tokens import CLAUSE_ENDS, COMMA, END, NEGATORS, TURNS, tokens


class Kind:
    """What a word is to the rules, as bits. Plain numbers: an enum's `&` takes half a microsecond."""

    GOOD = 1
    BAD = 2
    FAULT = 4
    NEEDED = 8
    STRONG = 16
    SOFT = 32
    GRIM = 64
    PROFANE = 128
    AGAIN = 256
    STILL = 512
    ONLY = 1024
    ALREADY = 2048
    UNIT = 4096
    WAIT = 8192
    TIMES = 16384
    TURN_OF = 32768
    NUMBER = 65536
    MONTH = 1 << 17
    PROMISED = 1 << 18
    ACT = 1 << 19
    LEAVES = 1 << 20
    QUESTION = 1 << 21
    OPPOSITE = 1 << 22
    CONCEDE = 1 << 23
    YET = 1 << 24
    HURRAH = 1 << 25
    DOMAIN = 1 << 26
    NEUTRAL = 1 << 27
    IRONY = 1 << 28
    NEGATOR = 1 << 29
    TURN = 1 << 30
    STOP = 1 << 31
    SIGN = 1 << 32
    PHYSICAL = 1 << 33
    EMOTIONAL = 1 << 34
    LINK = 1 << 35
    LATE = 1 << 36


SPEAKING = (
    Kind.GOOD
    | Kind.BAD
    | Kind.FAULT
    | Kind.PROFANE
    | Kind.STILL
    | Kind.TIMES
    | Kind.PROMISED
    | Kind.LEAVES
    | Kind.OPPOSITE
    | Kind.HURRAH
    | Kind.DOMAIN
    | Kind.IRONY
    | Kind.SIGN
)
QUIET, SPEAKS, SPEAKS_DENIED = 0, 1, 2
# Bits of a record beside its kinds.
WEIGHS, BEGINS, FEELS, THEMED, MOVES = 1 << 40, 1 << 41, 1 << 42, 1 << 43, 1 << 44


class Mark(msgspec.Struct, frozen=True, gc=False):
    """What a word or phrase says. `weight`: -3..3, how good; the rest are names."""

    kinds: int = 0
    weight: float = 0.0
    emotions: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    motives: tuple[str, ...] = ()

    def merged(self, other: Mark) -> Mark:
        """Return both; the weight that was there first stays."""
        return Mark(
            self.kinds | other.kinds,
            self.weight or other.weight,
            tuple(dict.fromkeys(self.emotions + other.emotions)),
            tuple(dict.fromkeys(self.themes + other.themes)),
            tuple(dict.fromkeys(self.motives + other.motives)),
        )


NOTHING = Mark()


class Record(msgspec.Struct, frozen=True, gc=False):
    """What is known of a token: its mark, the words of the lists that it is, and its keys in phrases.

    `begins`: those of the keys with which a phrase begins. `bits`: the kinds, and whether it WEIGHS,
    BEGINS a phrase, FEELS, is THEMED or MOVES, for a look at a whole message at once.

    `speaks`: whether it says something by itself or makes a phrase (QUIET, SPEAKS, or SPEAKS_DENIED when
    it is denied); a message of which no token speaks need not be judged.
    """

    mark: Mark
    found: tuple[str, ...] = ()
    how: str = ""
    keys: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    is_business: bool = False
    speaks: int = QUIET
    bits: int = 0


class Phrase(msgspec.Struct, frozen=True, gc=False):
    """Two or more words in this order. `keys`: each word's key; `reach`: how far the next may be."""

    keys: tuple[str, ...]
    reach: tuple[int, ...]
    text: str
    mark: Mark


# Base forms that say nothing by themselves: in a phrase the form itself counts.
STIFF = frozenset(
    {
        "olla",
        "saada",
        "voida",
        "mennä",
        "tulla",
        "se",
        "tämä",
        "tuo",
        "hyvä",
        "be",
        "have",
        "do",
        "can",
        "go",
        "get",
        "it",
        "the",
        "a",
    }
)
_DULL = """
    mikä mitä nyt joka ja kaikki se siitä olla olisi pitää
    my me the it is was to of a be you and for in on have been do what
"""
DULL = NEGATORS | frozenset(_DULL.split())
NEAR, FAR = 2, 4  # the next word of a phrase: at most one between, or three


class Lists:
    """Compiled lists of one language; made by `Builder`."""

    def __init__(
        self,
        marks: dict[str, Mark],
        phrases: dict[tuple[str, str], list[Phrase]],
        finder: Finder,
        base_of: Callable[[str], str],
        common: frozenset[str] = frozenset(),
    ) -> None:
        self.marks, self.phrases = marks, phrases
        self._finder, self._base_of = finder, base_of
        everything = [phrase for found in phrases.values() for phrase in found]
        self._keys = frozenset(key for phrase in everything for key in phrase.keys)
        # Phrases by their first word, then by their second: most words of phrases begin none.
        self.beginnings: dict[str, dict[str, list[Phrase]]] = {}
        for (first, second), found in phrases.items():
            self.beginnings.setdefault(first, {})[second] = found
        # The one word by which a phrase that weighs is noticed; "ei" and "on" are in every other message.
        anchors = (_loudest(phrase.keys, common) for phrase in everything if phrase.mark.weight)
        self._loud = frozenset(anchors) - {""}

    def record(self, token: str) -> Record | None:
        """Return what is known of a token, or None when nothing is."""
        if token == END:
            return None
        kinds, keys = _structure(token), self._keys_of(token)
        is_word = token[0].isalpha()
        parts = self._finder.find(token) if is_word else ()
        if is_word and not parts and not kinds and not keys:
            return None  # most words
        mark, how = Mark(kinds), ""
        found: tuple[str, ...] = ()
        if is_word:
            marks = [self.marks[part.key] for part in parts]
            if len(marks) > 1 and marks[-1].kinds & Kind.NEUTRAL:
                marks = [Mark(one.kinds & ~Kind.BAD, 0.0, (), one.themes) for one in marks]
            for one in marks:
                mark = mark.merged(one)
            found = tuple(part.key for part in parts)
            how = parts[0].how if parts else ""
        elif token in self.marks:
            mark, found, how = mark.merged(self.marks[token]), (token,), "exact"
        if mark.kinds & Kind.NEUTRAL:
            mark = Mark(
                mark.kinds & ~(Kind.BAD | Kind.FAULT | Kind.GOOD),
                0.0,
                (),
                mark.themes,
                mark.motives,
            )
        if mark == NOTHING and not keys:
            return None
        speaks = SPEAKS_DENIED if mark.kinds & Kind.NEEDED else QUIET
        if mark.weight or mark.kinds & SPEAKING or mark.themes or not self._loud.isdisjoint(keys):
            speaks = SPEAKS
        is_business = bool(mark.kinds & Kind.DOMAIN or mark.themes)
        begins = tuple([key for key in keys if key in self.beginnings])
        bits = mark.kinds | WEIGHS * bool(mark.weight) | BEGINS * bool(begins)
        bits |= FEELS * bool(mark.emotions) | THEMED * bool(mark.themes)
        bits |= MOVES * bool(mark.motives)
        return Record(mark, found, how, keys, begins, is_business, speaks, bits)

    def _keys_of(self, token: str) -> tuple[str, ...]:
        exact, base = "=" + token, self._base_of(token)
        if exact in self._keys:
            return (exact, base) if base in self._keys else (exact,)
        return (base,) if base in self._keys else ()


def _loudest(keys: tuple[str, ...], common: frozenset[str]) -> str:
    """Return the word that tells most of a phrase; '' when all of them are in every other message."""

    def loudness(key: str) -> tuple[bool, int]:
        word = key.removeprefix("=")
        return word not in common, len(word)

    told = [key for key in keys if key.removeprefix("=") not in DULL]
    return max(told, key=loudness, default="")


def _structure(token: str) -> int:
    if token in CLAUSE_ENDS:
        return Kind.STOP
    kinds = 0
    if token in NEGATORS:
        kinds |= Kind.NEGATOR
    if token in TURNS:
        kinds |= Kind.TURN
    if token[0].isdigit():
        kinds |= Kind.NUMBER
    return kinds


class Builder:
    """Collects entries and makes `Lists` of one language.

    `lemma_of`, `knows`: the dictionary; `usual`: common forms with their base forms.
    """

    def __init__(
        self,
        language: str,
        *,
        lemma_of: Callable[[str], str],
        knows: Callable[[str], bool],
        usual: dict[str, str],
    ) -> None:
        self.language, self.usual = language, usual
        self.lemma_of, self.knows = lemma_of, knows
        self.marks: dict[str, Mark] = {}
        self._phrases: dict[str, tuple[tuple[str, ...], tuple[int, ...], Mark]] = {}
        self.parts: set[str] = set()

    def base_of(self, token: str) -> str:
        """Return the base form by which phrases know a token; '' when only the form itself counts."""
        base = self.usual.get(token) or self.lemma_of(token)
        return "" if base in STIFF else base

    def add(self, entry: str, mark: Mark, *, is_part: bool = False) -> None:
        """Add a word or phrase; `is_part`: it is heard in compounds too."""
        words = [word for word in tokens(entry.replace("…", " … ")) if word != COMMA]
        gapped = entry.replace("…", " xgap ").split()
        if len(words) == 1 and "xgap" not in gapped:
            word = words[0]
            self.marks[word] = self.marks[word].merged(mark) if word in self.marks else mark
            if is_part:
                self.parts.add(word)
        elif len(words) > 1:
            self._add_phrase(entry, mark)
        elif entry.strip():
            self.marks[entry.strip()] = self.marks.get(entry.strip(), NOTHING).merged(mark)

    def _add_phrase(self, entry: str, mark: Mark) -> None:
        keys: list[str] = []
        reach: list[int] = []
        wide = False
        for piece in entry.lower().replace("…", " … ").split():
            if piece == "…":
                wide = True
                continue
            for word in tokens(piece):
                is_exact = piece[0] == "=" or mark.kinds & Kind.NEUTRAL
                base = "" if is_exact else self.base_of(word)
                keys.append(base or "=" + word)
                reach.append(FAR if wide else NEAR)
                wide = False
        name = " ".join(keys)
        if name in self._phrases:
            mark = self._phrases[name][2].merged(mark)
        self._phrases[name] = (tuple(keys), tuple(reach[1:]), mark)

    def lists(self) -> Lists:
        """Return the lists. Costs some tens of milliseconds for a thousand words."""
        phrases: dict[tuple[str, str], list[Phrase]] = {}
        for name, (keys, reach, mark) in self._phrases.items():
            text = name.replace("=", "")
            phrases.setdefault((keys[0], keys[1]), []).append(Phrase(keys, reach, text, mark))
        for found in phrases.values():
            found.sort(key=lambda phrase: -len(phrase.keys))
        words = [word for word in self.marks if word[0].isalpha()]
        finder = Finder(
            words,
            lemma_of=self.lemma_of,
            knows=self.knows,
            usual=self.usual,
            parts=self.parts,
            inflects=self.language == "fi",
        )
        common = frozenset(self.usual) | frozenset(self.usual.values())
        return Lists(self.marks, phrases, finder, self.base_of, common)


def entries_of(text: str | Iterable[str]) -> list[str]:
    r"""Return the entries of a list as people write it: by commas or lines, or ready as a list.

    >>> entries_of("hyvä, hieno,\n yllättyä iloisesti")
    ['hyvä', 'hieno', 'yllättyä iloisesti']
    """
    pieces = text.replace("\n", " ").split(",") if isinstance(text, str) else list(text)
    return [entry for entry in (" ".join(str(piece).lower().split()) for piece in pieces) if entry]
