"""What an identifier of each type may do: the rules that an administrator edits, as plain values.

Nothing here knows the database. `joining` asks these rules while it decides; `ruling` keeps them. A type
without a rule of its own follows that of `OTHER`; those in `FIXED` are Keskiö's own and have no rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import translate
from functools import lru_cache

import msgspec

ANONYMOUS = frozenset({"anonymous_id", "cookie", "claimed", "sender"})
"""Types that do not say who somebody is. A customer with nothing else is still anonymous."""

ADDRESSES = frozenset({"email", "phone"})
"""Types at which a customer can be reached."""

PLAIN = frozenset({"user_id", "anonymous_id"})
"""Types that need no bringing to one form, and change hands in merges only."""

OTHER = "*"
"""The type of the rule for all types that have none of their own: customer numbers of any system."""

CODE = "hetu"
"""The Finnish personal identity code: kept only where its rule names a legal basis."""

FIXED = frozenset({"customer", "cookie", "claimed", "sender"})
ANONYMOUS_PRIORITY = 99

NOBODYS = (
    *("0", "-1", "null", "none", "nil", "nan", "undefined", "n/a", "na", "unknown", "anonymous"),
    *("[object object]", "00000000-0000-0000-0000-000000000000"),
)
"""Values that programs send when they know no id: whoever has them, it is not one customer."""

_DESKS = ("info", "asiakaspalvelu", "toimisto", "office", "myynti", "sales", "laskutus", "posti")
MAILBOXES = tuple(f"{name}@*" for name in (*_DESKS, "kirjaamo", "support", "hello", "contact"))
"""Addresses that many people answer from: they reach somebody, but say not who."""


class Rule(msgspec.Struct, frozen=True):
    """The rule of one type. `limit` 0: any number; `ever`: also those once had count towards it.

    `blocked`: values that are nobody's; `shared`: values that reach a customer and join nobody to it.
    Both may have `*` and `?`, and take capital letters for small ones. `unique` false: identifiers of
    the type are kept as traits only. `proven_only`: a browser's word is not linked even if free.
    """

    type: str
    priority: int = 20
    limit: int = 1
    ever: bool = False
    blocked: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    unique: bool = True
    proven_only: bool = False
    legal_basis: str = ""


DEFAULTS: Mapping[str, Rule] = {
    rule.type: rule
    for rule in (
        Rule("user_id", 10, blocked=NOBODYS),
        Rule(OTHER, 20, blocked=NOBODYS),
        Rule(CODE, 15),
        Rule("email", 30, limit=0, blocked=("test@*", "noreply@*", "no-reply@*"), shared=MAILBOXES),
        Rule("phone", 40, limit=0),
        Rule("anonymous_id", ANONYMOUS_PRIORITY, limit=0, blocked=NOBODYS),
    )
}
_FREE = Rule("", ANONYMOUS_PRIORITY, limit=0)
_CUSTOMER = Rule("customer", 0, limit=0)


class _Values:
    """Values and patterns of one list, ready to be asked."""

    def __init__(self, told: Iterable[str]) -> None:
        listed = [text.strip().lower() for text in told if text.strip()]
        self.exact = frozenset(text for text in listed if not set(text) & set("*?"))
        wild = [text for text in listed if text not in self.exact]
        # Most patterns are a beginning and a star; those cost a tenth of a regular expression.
        self.begins = tuple(text[:-1] for text in wild if not set(text[:-1]) & set("*?"))
        rest = [text for text in wild if set(text[:-1]) & set("*?") or text[-1] != "*"]
        patterns = [translate(text.replace("[", "[[]")) for text in rest]
        self.pattern = re.compile("|".join(patterns)) if patterns else None
        self.is_wild = bool(wild)

    def __contains__(self, value: object) -> bool:
        text = str(value).lower()
        if text in self.exact or (self.begins and text.startswith(self.begins)):
            return True
        return bool(self.pattern and self.pattern.match(text))


class Rules:
    """All rules together, as `joining` asks them. `told` takes the place of the defaults by type.

    >>> Rules().is_blocked(("user_id", "NULL")), Rules().is_shared(("email", "info@firma.fi"))
    (True, True)
    >>> [Rules().rank((kind, "1")) for kind in ("customer", "user_id", "crm", "email", "cookie")]
    [0, 10, 20, 30, 99]
    """

    def __init__(self, told: Mapping[str, Rule] | None = None, *, version: int = 0) -> None:
        self.version = version
        self.by_type: dict[str, Rule] = {**DEFAULTS, **(told or {})}
        self.any_strict = any(not r.unique or r.proven_only for r in self.by_type.values())
        self.any_ever = any(rule.ever and rule.limit for rule in self.by_type.values())
        self._blocked = {kind: _Values(rule.blocked) for kind, rule in self.by_type.items()}
        self._shared = {kind: _Values(rule.shared) for kind, rule in self.by_type.items()}
        self._of = lru_cache(maxsize=1000)(self._find)
        self.odd = _odd([self._blocked[kind] for kind in PLAIN], self.by_type)

    def of(self, kind: str) -> Rule:
        """Return the rule that holds for identifiers of the type `kind`."""
        return self._of(kind)

    def _find(self, kind: str) -> Rule:
        if kind == "customer":
            return _CUSTOMER
        if kind in FIXED:
            return _FREE
        return self.by_type.get(kind) or self.by_type[OTHER]

    def rank(self, pair: tuple[str, str]) -> int:
        """Return how telling an identifier is; 0 is the most, and what says nobody's name the least."""
        kind = pair[0]
        return ANONYMOUS_PRIORITY if kind in ANONYMOUS else self._of(kind).priority

    def is_blocked(self, pair: tuple[str, str]) -> bool:
        """Tell whether an identifier is nobody's, whoever sends it."""
        kind, value = pair
        if kind in FIXED:
            return False
        return value in (self._blocked.get(kind) or self._blocked[OTHER])

    def is_shared(self, pair: tuple[str, str]) -> bool:
        """Tell whether an identifier reaches somebody without saying who."""
        kind, value = pair
        if kind in FIXED:
            return False
        return value in (self._shared.get(kind) or self._shared[OTHER])

    def has_room(self, kind: str, counts: Mapping[str, int], more: int = 1) -> bool:
        """Tell whether a customer with `counts` by type may have `more` of `kind`.

        Counts of all that a customer has ever had stand under the type with `EVER` before it.
        """
        rule = self.of(kind)
        if not rule.limit:
            return True
        return counts.get(EVER + kind if rule.ever else kind, 0) + more <= rule.limit


EVER = "!"
"""Stands before a type where all are counted that a customer has ever had."""


class _Odd:
    """Values of plain types that need a second look, where any of them is a pattern."""

    def __init__(self, lists: Iterable[_Values]) -> None:
        self._lists = list(lists)

    def __contains__(self, value: object) -> bool:
        return any(value in one for one in self._lists)


class _All:
    """Every value needs a second look."""

    def __contains__(self, value: object) -> bool:
        return True


def _odd(lists: list[_Values], by_type: Mapping[str, Rule]) -> frozenset[str] | _Odd | _All:
    """Return what answers `value in odd` fastest: most installations block a few plain words."""
    if not all(by_type[kind].unique for kind in PLAIN):
        return _All()
    if any(one.is_wild for one in lists):
        return _Odd(lists)
    words = {word for one in lists for word in one.exact}
    ways = (str.lower, str.upper, str.title, str.capitalize)
    return frozenset(way(word) for word in words for way in ways)


STANDARD = Rules()
"""The rules as they are before anybody has changed them."""
