"""Signed links of surveys: which survey, whose, from which message; for years, and nothing is kept of them.

As with the preference page: numbers and 72 bits of HMAC-SHA256 under a key of their own. `talk` writes the
links into messages; who shows the pages reads them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

import msgspec
from django.conf import settings

_SIZE = 9
_SALT = b"keskio.talk.survey.link"
# Places in this list stand in links that live for years: only add to its end.
KINDS = ("asked", "open", "kiosk", "web", "known", "response", "preview")


class SurveyLink(msgspec.Struct, frozen=True):
    """What a survey's link says.

    `kind`: asked (a message of a dialogue), open (for whoever has the address), kiosk, web (embedded),
    known (made by a person for a customer), response (a response that has been begun: `number`), preview.
    """

    kind: str
    survey: str
    customer: int = 0
    message: int = 0
    enrolment: int = 0
    number: int = 0


def make_survey_token(link: SurveyLink) -> str:
    """Return the link's part of an address: letters, digits, `-` and `_`.

    >>> read_survey_token(make_survey_token(SurveyLink("asked", "nps", 7, 42, 3)))
    SurveyLink(kind='asked', survey='nps', customer=7, message=42, enrolment=3, number=0)
    """
    told = bytes([KINDS.index(link.kind)])
    for number in (link.customer, link.message, link.enrolment, link.number):
        size = (number.bit_length() + 7) // 8
        told += bytes([size]) + number.to_bytes(size, "big")
    told += link.survey.encode()
    signed = told + _signature(told, _keys()[0])
    return base64.urlsafe_b64encode(signed).decode("ascii").rstrip("=")


def read_survey_token(text: str) -> SurveyLink | None:
    """Return what a true token says, or None for one that was made up or damaged."""
    try:
        signed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    told, signature = signed[:-_SIZE], signed[-_SIZE:]
    if not told or not any(
        hmac.compare_digest(signature, _signature(told, key)) for key in _keys()
    ):
        return None
    numbers, at = [], 1
    for _ in range(4):
        size = told[at]
        numbers.append(int.from_bytes(told[at + 1 : at + 1 + size], "big"))
        at += 1 + size
    return SurveyLink(KINDS[told[0]], told[at:].decode(), *numbers)


def survey_address(link: SurveyLink) -> str:
    """Return the whole address at which a survey is answered by this link."""
    return f"{settings.PUBLIC_URL.rstrip('/')}/s/{make_survey_token(link)}/"


def score_addresses(link: SurveyLink, scores: range) -> list[dict[str, str]]:
    """Return each `score` with the `link` that has it chosen; only a click on the page records it."""
    page = survey_address(link)
    return [{"score": str(score), "link": f"{page}?a={score}"} for score in scores]


def _keys() -> list[bytes]:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [key.encode() if isinstance(key, str) else key for key in keys]


def _signature(told: bytes, key: bytes) -> bytes:
    return hmac.digest(hashlib.sha256(_SALT + key).digest(), told, "sha256")[:_SIZE]
