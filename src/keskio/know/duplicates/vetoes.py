"""What says that two customers are two people, however alike they look.

Vetoes go before any score: a pair that meets one is not shown. They are facts that one person cannot have two
of, and the household: people of one surname at one address with first names of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from keskio.know.duplicates.likeness import Likeness

# From this similarity on, another first name may be a slip of the pen.
_SLIP = 1


def veto_of(one: Likeness, other: Likeness) -> str:
    """Return the name of the first veto that the pair meets, or "".

    >>> mother = Likeness(1, given="liisa", given_group="elisabet", surname="laine", street="x 1")
    >>> son = Likeness(2, given="ville", given_group="vilhelm", surname="laine", street="x 1")
    >>> veto_of(mother, son)
    'household'
    """
    return next((name for name, is_met in VETOES.items() if is_met(one, other)), "")


def _other_code(one: Likeness, other: Likeness) -> bool:
    return _differ(one.personal, other.personal)


def _other_birth(one: Likeness, other: Likeness) -> bool:
    """Two days of birth that more than one slip parts (a digit, or day and month turned)."""
    if not _differ(one.born, other.born):
        return False
    a, b = str(one.born), str(other.born)
    turned = f"{a[:4]}-{a[8:10]}-{a[5:7]}"
    return b != turned and sum(x != y for x, y in zip(a, b, strict=False)) > _SLIP


def _other_business(one: Likeness, other: Likeness) -> bool:
    return _differ(one.business, other.business)


def _household(one: Likeness, other: Likeness) -> bool:
    """One address or one phone, and two first names that are neither nicknames nor slips."""
    shares = (one.street is not None and one.street == other.street) or (
        one.phone is not None and one.phone == other.phone
    )
    if not shares or one.given is None or other.given is None:
        return False
    if one.given_group == other.given_group or {one.given, other.given} & {
        one.surname,
        other.surname,
    }:
        return False
    if len(one.given) == 1 or len(other.given) == 1:
        return one.given[0] != other.given[0]
    return not is_slip(one.given, other.given)


def is_slip(one: str, other: str) -> bool:
    """Tell whether one slip (a letter more, less, other, or two turned round) parts two words.

    >>> is_slip("matti", "mattii"), is_slip("matti", "mtati"), is_slip("matti", "antti")
    (True, True, False)
    """
    if abs(len(one) - len(other)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:
        return True
    rest, their = one[start:], other[start:]
    turned = len(rest) > 1 and rest[1::-1] + rest[2:] == their
    return turned or rest[1:] == their[1:] or rest[1:] == their or rest == their[1:]


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other


VETOES: Mapping[str, Callable[[Likeness, Likeness], bool]] = {
    "other_code": _other_code,
    "other_business": _other_business,
    "other_birth": _other_birth,
    "household": _household,
}
