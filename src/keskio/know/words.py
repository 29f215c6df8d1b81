"""What people call the things of this room: types of identifiers, purposes, channels, states, reasons."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keskio.engine.pressure import NEEDS_CONSENT
from keskio.know.contracts import ANY_PURPOSE, DENIED, EXPIRED, GIVEN, WITHDRAWN

Words = Mapping[str, "str | Promise"]

IDENTIFIERS: Words = {
    "user_id": _("User id"),
    "anonymous_id": _("Browser or device"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "crm": _("Customer number"),
    "cookie": _("Cookie"),
    "sender": _("Sender"),
    "claimed": _("Told without proof"),
    "customer": _("Customer"),
}

PURPOSES: Words = {
    ANY_PURPOSE: _("Everything"),
    "marketing": _("Marketing"),
    "research": _("Surveys and research"),
    "health": _("Health data"),
    "live": _("Live offers"),
    "service": _("Service messages"),
    "asked_for": _("Messages asked for"),
    "answer": _("Answers"),
    "confirmation": _("Confirmations"),
}
ASKED = tuple(purpose for purpose in PURPOSES if purpose in NEEDS_CONSENT)
"""The purposes for which a consent is asked, in the order in which they are shown."""

CHANNELS: Words = {
    "sms": _("SMS"),
    "email": _("E-mail"),
    "letter": _("Letter"),
    "call": _("Phone call"),
    "web": _("Web"),
    "push": _("Push message"),
    "social": _("Social media"),
}

STATES: Words = {
    GIVEN: pgettext_lazy("consent", "Given"),
    DENIED: pgettext_lazy("consent", "Denied"),
    WITHDRAWN: pgettext_lazy("consent", "Withdrawn"),
    EXPIRED: pgettext_lazy("consent", "Expired"),
}
TONES = {GIVEN: "good", DENIED: "warn", WITHDRAWN: "warn", EXPIRED: "plain"}
SIGNS = {GIVEN: "check", DENIED: "cross", WITHDRAWN: "cross", EXPIRED: "clock"}

CAUSES: Words = {
    "stop_word": _("the customer's STOP"),
    "start_word": _("the customer's START"),
    "staff": _("staff"),
    "import": _("import"),
    "demo": _("demo data"),
}

REFUSALS: Words = {
    "known_to_another": _(
        "belongs to another known customer; two known customers are not joined by themselves"
    ),
    "limit": _("the customer already has one of this type"),
    "not_trusted": _("told by a browser, which cannot prove it"),
    "not_an_email": _("is not an e-mail address"),
    "not_a_phone": _("is not a phone number"),
}

LANGUAGES: Words = {
    "fi": _("Finnish"),
    "sv": _("Swedish"),
    "en": _("English"),
}


def called(words: Words, name: str) -> str:
    """Return what people call `name`: its words, else the name itself."""
    return str(words.get(name, name))
