"""Where the web chat may stand on others' pages, how it looks there, and the secret by which they vouch.

A site is an origin: scheme, host and port. What is not listed may neither show the chat in a frame nor ask
for its news. There is no way to say "all sites": a chat that anybody may put under their own name is a trap
for the company's customers.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec
from django.utils.crypto import salted_hmac

from keskio.engine.survey.contrast import contrast, text_on
from keskio.kernel.clock import now
from keskio.kernel.errors import Mistake
from keskio.respond.inbox.contracts import ChatRules
from keskio.respond.inbox.models import ChatSettings

SEEN = 3.0
"""What a button must have at least against the page behind it (WCAG 2.2, success criterion 1.4.11)."""
LOCAL = ("localhost", "127.0.0.1")


class NotASite(Mistake):
    """Write each site as https://www.example.com, without a path; http is for this machine only."""

    code = "not_a_site"


class TooPale(Mistake):
    """The colour would not be seen on a white page: choose a darker one."""

    code = "colour_too_pale"


def chat_rules() -> ChatRules:
    """Return how the chat looks and where it may stand."""
    newest = ChatSettings.objects.order_by("-pk").first()
    return msgspec.convert(newest.document, ChatRules) if newest else ChatRules()


def save_chat_rules(rules: ChatRules, *, by: str) -> ChatRules:
    """Let these rules be in force from now on. Raises NotASite, TooPale."""
    sites = sorted({site_of(site) for site in rules.sites})
    if contrast(rules.colour, "#ffffff") < SEEN:
        raise TooPale
    kept = msgspec.structs.replace(rules, sites=sites, colour=rules.colour.lower())
    ChatSettings.objects.create(
        document=msgspec.to_builtins(kept), changed_at=now(), changed_by=by[:150]
    )
    return kept


def site_of(told: str) -> str:
    """Return the origin that somebody wrote, as browsers write it. Raises NotASite.

    >>> site_of("https://Käyttö.example/kauppa?x=1")
    'https://xn--kytt-loa5i.example'
    >>> site_of("http://localhost:3000/")
    'http://localhost:3000'
    """
    try:
        parts = urlsplit(told.strip())
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = parts.port
    except ValueError:
        raise NotASite(f"{told[:100]!r} is not a site. {NotASite.__doc__}", site=told) from None
    is_plain = bool(host) and all(letter.isalnum() or letter in "-." for letter in host)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOCAL)
    if not is_plain or not is_safe or parts.username is not None:
        raise NotASite(f"{told[:100]!r} is not a site. {NotASite.__doc__}", site=told)
    usual = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, usual) else "")


def ink_on(colour: str) -> tuple[str, float]:
    """Return black or white, whichever is read better on `colour`, and the contrast of the two (1-21)."""
    ink = text_on(colour)
    return ink, contrast(ink, colour)


def secret_of(generation: int) -> str:
    """Return the secret with which sites vouch for their users: 64 hexadecimal digits.

    It is made of the installation's own secret key, so nothing of it stands in the database.
    """
    salted = salted_hmac("keskio.respond.inbox.chat.who", str(generation), algorithm="sha256")
    return salted.hexdigest()
