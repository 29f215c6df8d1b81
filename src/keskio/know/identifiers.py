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
from stdnum.exceptions import ValidationError
from stdnum.fi import hetu

from keskio.know.rules import ADDRESSES, ANONYMOUS, CODE, PLAIN, STANDARD, Rules

if TYPE_CHECKING:
    from keskio.events.contracts import Envelope

Pair: TypeAlias = tuple[str, str]

LONGEST = 500

__all__ = [
    "ADDRESSES",
    "ANONYMOUS",
    "LONGEST",
    "PLAIN",
    "UNSPOKEN",
    "Named",
    "Pair",
    "Refusal",
    "code_of",
    "email_of",
    "named",
    "phone_of",
]


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


# A Finnish mobile number, in E.164 or as it is written at home: most of ours. The library needs fifty
# times longer to say the same; a property test holds the two together.
_FINNISH_MOBILE = re.compile(r"\+358(?:4[0-8]|50)[0-9]{6,7}")
_AT_HOME = re.compile(r"(?:\+358 ?|0)((?:4[0-8]|50)(?:[ -]?[0-9]){6,7})")
_SIGNS = str.maketrans("", "", " -")


@lru_cache(maxsize=200_000)
def phone_of(text: str, region: str = "") -> str:
    """Return a phone number in E.164, or "" if it cannot be one.

    A number without a country code is read as one of `region` (default: the setting PHONE_REGION).
    """
    if _FINNISH_MOBILE.fullmatch(text):
        return text
    region = region or getattr(settings, "PHONE_REGION", "FI")
    at_home = _AT_HOME.fullmatch(text) if region == "FI" else None
    if at_home is not None:
        return "+358" + at_home[1].translate(_SIGNS)
    try:
        number = phonenumbers.parse(text, region)
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


def code_of(text: str) -> str:
    """Return a Finnish personal identity code in its one form, or "" if it cannot be one.

    >>> code_of(" 131052-308t"), code_of("131052-308U")
    ('131052-308T', '')
    """
    try:
        return str(hetu.validate(text.strip().upper()))
    except ValidationError:
        return ""


def named(envelope: Envelope, rules: Rules = STANDARD) -> Named:
    """Return what `envelope` says about who it speaks of, each identifier in its one form."""
    identifiers = envelope.identifiers
    if envelope.traits is None and identifiers:
        odd = rules.odd
        for kind, value in identifiers:
            if kind not in PLAIN or len(value) > LONGEST or value in odd:
                break
        else:
            return Named(identifiers, is_plain=True)
    return _read(envelope, rules)


def _read(envelope: Envelope, rules: Rules) -> Named:
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
            shown = "" if kind == CODE else _fitting(value)
            refusals.append(Refusal((kind, shown), "not_trusted"))
        else:
            _take(kind, value, pairs, refusals, rules)
    traits = envelope.traits
    for kind in ("email", "phone") if traits else ():
        trait = traits.get(kind) if traits else None
        if trait is None or isinstance(trait, bool) or not isinstance(trait, str | int):
            continue
        if str(trait).strip():
            into = pairs if envelope.trusted else claims
            _take(kind, str(trait), into, refusals, rules, told=True)
    _turn_down(pairs, claims, refusals, rules)
    if not pairs:
        of_whom = [r.pair for r in refusals[:1] if r.reason not in UNSPOKEN]
        pairs.update((("claimed", ":".join(pair)[:LONGEST]), None) for pair in of_whom)
    if former and (("user_id", former) in pairs or rules.is_blocked(("user_id", former))):
        former = ""
    told = tuple(pairs) if len(pairs) < 2 else tuple(sorted(pairs, key=rules.rank))
    return Named(told, tuple(claims), former, tuple(refusals))


def _turn_down(
    pairs: dict[Pair, None], claims: dict[Pair, None], refusals: list[Refusal], rules: Rules
) -> None:
    """Take out of `pairs` and `claims` what the rules never let name anybody."""
    for told in (pairs, claims):
        for pair in list(told):
            if rules.is_blocked(pair):
                reason = "blocked"
            elif not rules.any_strict:
                continue
            elif not rules.of(pair[0]).unique:
                reason = "not_unique"
            elif told is claims and rules.of(pair[0]).proven_only:
                reason = "not_trusted"
            else:
                continue
            del told[pair]
            refusals.append(Refusal(pair, reason))


def _take(
    kind: str,
    value: str,
    into: dict[Pair, None],
    refusals: list[Refusal],
    rules: Rules,
    *,
    told: bool = False,
) -> None:
    """Add an identifier to `into` in its one form, or to `refusals`.

    A sender of a message whose number is no phone number (a short code, a name) is still somebody:
    the same `sender` each time. `told`: a trait, which says nothing about the sender. A personal
    identity code that is not kept is not shown among the refusals either.
    """
    if kind == "email":
        form, reason = email_of(value), "not_an_email"
    elif kind == "phone":
        form, reason = phone_of(value), "not_a_phone"
    elif kind == CODE:
        has_basis = bool(rules.of(CODE).legal_basis)
        form = code_of(value) if has_basis else ""
        reason = "not_a_code" if has_basis else "no_legal_basis"
    else:
        form, reason = _fitting(value), ""
    if form:
        into[kind, form] = None
        return
    refusals.append(Refusal((kind, "" if kind == CODE else _fitting(value)), reason))
    if not told and kind in ADDRESSES:
        into["sender", _fitting(value).strip().lower()] = None


UNSPOKEN = frozenset({"blocked", "not_unique", "no_legal_basis", "not_a_code"})
"""Reasons for which an identifier counts as not told at all: alone, it makes nobody."""


def _fitting(value: str) -> str:
    """Return `value` as the ledger can keep it: no NULs, and a digest in the place of a monster."""
    if len(value) > LONGEST:
        return "sha256:" + hashlib.sha256(value.encode()).hexdigest()
    return value.replace("\x00", "\ufffd")
