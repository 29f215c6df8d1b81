"""What people call the things of this room: types of identifiers, purposes, channels, languages, states."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keskio.engine.pressure import NEEDS_CONSENT
from keskio.know.contracts import (
    ANY_PURPOSE,
    DENIED,
    EXPIRED,
    GIVEN,
    RELEASED,
    RESTRICTED,
    WITHDRAWN,
)

Words = Mapping[str, "str | Promise"]

IDENTIFIERS: Words = {
    "user_id": _("User id"),
    "anonymous_id": _("Browser or device"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "crm": _("Customer number"),
    "hetu": _("Personal identity code"),
    "cookie": _("Cookie"),
    "sender": _("Sender"),
    "claimed": _("Told without proof"),
    "customer": _("Customer"),
}

PURPOSES: Words = {
    ANY_PURPOSE: pgettext_lazy("purpose", "everything"),
    "marketing": pgettext_lazy("purpose", "marketing"),
    "research": pgettext_lazy("purpose", "surveys and research"),
    "profiling": pgettext_lazy("purpose", "content chosen for the customer"),
    "health": pgettext_lazy("purpose", "health data"),
    "live": pgettext_lazy("purpose", "live offers"),
    "service": pgettext_lazy("purpose", "service messages"),
    "asked_for": pgettext_lazy("purpose", "messages asked for"),
    "answer": pgettext_lazy("purpose", "answers"),
    "confirmation": pgettext_lazy("purpose", "confirmations"),
}
ASKED = tuple(purpose for purpose in PURPOSES if purpose in NEEDS_CONSENT)
"""The purposes for which a consent is asked, in the order in which they are shown."""

CHANNELS: Words = {
    "sms": pgettext_lazy("channel", "SMS"),
    "email": pgettext_lazy("channel", "e-mail"),
    "letter": pgettext_lazy("channel", "letter"),
    "call": pgettext_lazy("channel", "phone call"),
    "web": pgettext_lazy("channel", "web"),
    "push": pgettext_lazy("channel", "push message"),
    "social": pgettext_lazy("channel", "social media"),
    "*": pgettext_lazy("channel", "every channel"),
}
PERSONAL = ("sms", "email", "letter", "call")
"""The channels for which staff may record a consent."""

STATES: Words = {
    GIVEN: pgettext_lazy("consent", "Given"),
    DENIED: pgettext_lazy("consent", "Denied"),
    WITHDRAWN: pgettext_lazy("consent", "Withdrawn"),
    EXPIRED: pgettext_lazy("consent", "Expired"),
    RESTRICTED: pgettext_lazy("consent", "Restricted"),
    RELEASED: pgettext_lazy("consent", "Restriction lifted"),
}
TONES = {
    GIVEN: "good",
    DENIED: "warn",
    WITHDRAWN: "warn",
    EXPIRED: "plain",
    RESTRICTED: "bad",
    RELEASED: "plain",
}
SIGNS = {
    GIVEN: "check",
    DENIED: "cross",
    WITHDRAWN: "cross",
    EXPIRED: "clock",
    RESTRICTED: "stop",
    RELEASED: "check",
}

CAUSES: Words = {
    "stop_word": _("the customer's STOP"),
    "complaint": _("called spam by the customer"),
    "start_word": _("the customer's START"),
    "staff": _("staff"),
    "import": _("import"),
    "preference_page": _("the customer, on the preference page"),
    "one_click": _("the customer, in the mail program"),
    "confirmed": _("confirmed by the customer"),
    "lapsed": _("its time was over"),
    "demo": _("demo data"),
}

REFUSALS: Words = {
    "known_to_another": _(
        "belongs to another known customer; two known customers are not joined by themselves"
    ),
    "limit": _("the customer already has one of this type"),
    "not_trusted": _("told by a browser, which cannot prove it"),
    "kept_apart": _("belongs to somebody whom a person has kept apart from this customer"),
    "shared": _("is shared by many, and belongs to another customer"),
    "blocked": _("is blocked: nobody has it, whoever sends it"),
    "not_unique": _("does not say who somebody is, by the rules"),
    "no_legal_basis": _("is not kept: no legal basis has been set for personal identity codes"),
    "not_a_code": _("is not a Finnish personal identity code"),
    "not_an_email": _("is not an e-mail address"),
    "not_a_phone": _("is not a phone number"),
}

TELLERS: Words = {
    "identified": _("told by a source"),
    "updated": "Keskiö",
    "dialogue": _("a dialogue"),
    "staff": _("staff"),
    "computed": _("computed"),
    "imports": _("import"),
}
"""Who tells traits: the word of an event about it."""

LANGUAGES: Words = {
    "fi": _("Finnish"),
    "sv": _("Swedish"),
    "en": _("English"),
}


def called(words: Words, name: str) -> str:
    """Return what people call `name`: its words, else the name itself."""
    return str(words.get(name, name))
