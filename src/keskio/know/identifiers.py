"""Identifiers brought to one form, and which of them a sender may speak of.

Nothing here knows the database: an envelope goes in, pairs (type, value) that may be looked up come
out, most telling first, with those that were turned down and why.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

import msgspec
import phonenumbers
from django.conf import settings

if TYPE_CHECKING:
    from keskio.events.contracts import Envelope

Pair: TypeAlias = tuple[str, str]

ANONYMOUS = frozenset({"anonymous_id", "cookie", "claimed", "sender"})
"""Types that do not say who somebody is. A customer with nothing else is still anonymous."""

ADDRESSES = frozenset({"email", "phone"})
"""Types of which a customer may have several; of every other telling type, one."""

PLAIN = frozenset({"user_id", "anonymous_id"})
"""Types that need no bringing to one form, and change hands in merges only."""

_RANKS = {"customer": 0, "user_id": 1, "email": 3, "phone": 4}
LONGEST = 500


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """An identifier that was not taken, and the reason by name."""

    pair: Pair
    reason: str


class Named(msgspec.Struct, frozen=True, gc=False):
    """What an envelope says about who it speaks of.

    `pairs`: looked up and linked. `claims`: addresses told by a browser, linked only if free.
    `former`: the id that an alias says was the same customer's. `is_plain`: only user ids and
    anonymous ids, at least one, and nothing else to think of.
    """

    pairs: tuple[Pair, ...]
    claims: tuple[Pair, ...] = ()
    former: str = ""
    refusals: tuple[Refusal, ...] = ()
    is_plain: bool = False


def rank(pair: Pair) -> int:
    """Return how telling an identifier is; 0 is the most."""
    kind = pair[0]
    return _RANKS.get(kind, 5 if kind in ANONYMOUS else 2)


# A Finnish mobile number already in E.164: most of ours. The library needs fifty times longer to say
# the same; a property test holds the two together.
_FINNISH_MOBILE = re.compile(r"\+358(?:4[0-8]|50)\d{6,7}")


@lru_cache(maxsize=200_000)
def phone_of(text: str, region: str = "") -> str:
    """Return a phone number in E.164, or "" if it cannot be one.

    A number without a country code is read as one of `region` (default: the setting PHONE_REGION).
    """
    if _FINNISH_MOBILE.fullmatch(text):
        return text
    try:
        number = phonenumbers.parse(text, region or getattr(settings, "PHONE_REGION", "FI"))
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=200_000)
def email_of(text: str) -> str:
    """Return an e-mail address trimmed and in lower case, or "" if it cannot be one."""
    address = text.strip().lower()
    local, at, domain = address.rpartition("@")
    is_one = at and local and "." in domain and len(address) <= 254 and len(address.split()) == 1
    return address if is_one else ""


def named(envelope: Envelope) -> Named:
    """Return what `envelope` says about who it speaks of, each identifier in its one form."""
    identifiers = envelope.identifiers
    if envelope.traits is None and identifiers:
        for kind, value in identifiers:
            if kind not in PLAIN or len(value) > LONGEST:
                break
        else:
            return Named(identifiers, is_plain=True)
    return _read(envelope)


def _read(envelope: Envelope) -> Named:
    pairs: dict[Pair, None] = {}
    claims: dict[Pair, None] = {}
    refusals: list[Refusal] = []
    former = ""
    for kind, value in envelope.identifiers:
        if kind == "previous_id":
            former = value
        elif kind in ANONYMOUS or kind == "user_id":
            pairs[kind, _fitting(value)] = None
        elif not envelope.trusted:
            refusals.append(Refusal((kind, _fitting(value)), "not_trusted"))
        else:
            _take(kind, value, pairs, refusals)
    for kind in ("email", "phone"):
        trait = (envelope.traits or {}).get(kind)
        if (
            trait is not None
            and isinstance(trait, str | int)
            and not isinstance(trait, bool)
            and str(trait).strip()
        ):
            _take(kind, str(trait), pairs if envelope.trusted else claims, refusals, told=True)
    if not pairs:
        pairs.update((("claimed", ":".join(r.pair)[:LONGEST]), None) for r in refusals[:1])
    if former and ("user_id", former) in pairs:
        former = ""
    return Named(tuple(sorted(pairs, key=rank)), tuple(claims), former, tuple(refusals))


def _take(
    kind: str,
    value: str,
    into: dict[Pair, None],
    refusals: list[Refusal],
    *,
    told: bool = False,
) -> None:
    """Add an identifier to `into` in its one form, or to `refusals`.

    A sender of a message whose number is no phone number (a short code, a name) is still somebody:
    the same `sender` each time. `told`: a trait, which says nothing about the sender.
    """
    if kind == "email":
        form, reason = email_of(value), "not_an_email"
    elif kind == "phone":
        form, reason = phone_of(value), "not_a_phone"
    else:
        form, reason = _fitting(value), ""
    if form:
        into[kind, form] = None
        return
    refusals.append(Refusal((kind, _fitting(value)), reason))
    if not told:
        into["sender", _fitting(value).strip().lower()] = None


def _fitting(value: str) -> str:
    """Return `value` as the ledger can keep it: no NULs, and a digest in the place of a monster."""
    if len(value) > LONGEST:
        return "sha256:" + hashlib.sha256(value.encode()).hexdigest()
    return value.replace("\x00", "\ufffd")
