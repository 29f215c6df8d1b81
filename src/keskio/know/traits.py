"""Traits joined by their own times, and what is picked up from them: name, language, zone, addresses.

A trait is as new as the moment it was told of. Whatever order identifies arrive in, the latest
told wins for each trait by itself, so that a late arrival never undoes what is newer.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from keskio.kernel.clock import Micros
from keskio.know.identifiers import email_of, phone_of

_SPOKEN = (str, int, float)


class Picked(msgspec.Struct, frozen=True):
    """What traits say about how to name and reach a customer; "" where they say nothing usable."""

    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    zone: str = ""


def join_traits(
    traits: dict[str, Any], times: dict[str, Micros], told: Mapping[str, Any], at: Micros
) -> bool:
    """Join `told` at `at` into `traits` and `times` in place; return whether anything changed.

    A trait told as null is taken away. Told twice at one moment, the later arrival wins.
    """
    changed = False
    for name, value in told.items():
        if at < times.get(name, at):
            continue
        if times.get(name) == at and traits.get(name) == value:
            continue
        times[name] = at
        changed = True
        if value is None:
            traits.pop(name, None)
        else:
            traits[name] = value
    return changed


def pick(traits: Mapping[str, Any]) -> Picked:
    """Return the name, addresses, language and zone that `traits` tell."""
    return Picked(
        name=_name_in(traits),
        email=email_of(_text(traits, "email"))[:254],
        phone=phone_of(_text(traits, "phone")),
        language=_language_in(traits),
        zone=zone_of(_text(traits, "timezone") or _text(traits, "zone")),
    )


def _text(traits: Mapping[str, Any], name: str) -> str:
    value = traits.get(name)
    if value is None:
        return ""
    return str(value).strip() if isinstance(value, _SPOKEN) else ""


def _name_in(traits: Mapping[str, Any]) -> str:
    name = _text(traits, "name")
    if not name:
        first = _text(traits, "firstName") or _text(traits, "first_name")
        last = _text(traits, "lastName") or _text(traits, "last_name")
        name = f"{first} {last}".strip()
    return name[:200]


def _language_in(traits: Mapping[str, Any]) -> str:
    """Return the two-letter language of `language` or `locale` (fi-FI is fi), or ""."""
    text = (_text(traits, "language") or _text(traits, "locale")).lower()
    language = text.replace("_", "-").split("-")[0]
    return language if len(language) in {2, 3} and language.isalpha() else ""


@lru_cache(maxsize=1000)
def zone_of(name: str) -> str:
    """Return `name` if it is an IANA time zone, else ""."""
    if not name or name.startswith(("/", ".")) or len(name) > 64:
        return ""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ""
    return name


def search_text(name: str, email: str, phone: str) -> str:
    """Return the text by which the customers' list finds a customer."""
    return " ".join(part for part in (name, email, phone) if part).casefold()
