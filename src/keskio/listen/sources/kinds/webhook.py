"""Messages that other systems send us: signed JSON, each call taken once.

Signed after the Standard Webhooks specification, so that ready libraries can send: the header
`webhook-signature` holds "v1," and the base64 of the HMAC-SHA256 of `id.timestamp.body` under the secret,
which begins with "whsec_" and is base64 behind that. `webhook-id` is the call's own number: the same call
again is taken, and changes nothing.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256

import msgspec
from django.utils.translation import gettext_lazy as _

from keskio.channels.contracts import Setting
from keskio.kernel.clock import Micros, to_micros
from keskio.kernel.errors import Mistake, Refused
from keskio.listen.contracts import Gone, Post
from keskio.listen.sources.contracts import Errand, Haul, Source, Way

PREFIX = "whsec_"
SECRET = "signing"  # noqa: S105 - the name of a setting
TOLERANCE = 300  # seconds
MOST_POSTS = 500
LONGEST_ID = 200
LONGEST_TIME = 12  # digits of seconds


class _Told(msgspec.Struct):
    """One message of a call. Times are ISO 8601 with a zone; `at` empty: now."""

    text: str
    id: str = ""
    title: str = ""
    at: datetime | None = None
    author: str = ""
    author_id: str = ""
    url: str = ""
    language: str = ""
    parent: str = ""
    thread: str = ""
    reach: int = 0
    reposts: int = 0
    rating: float | None = None


class _Call(msgspec.Struct):
    posts: list[_Told] = []
    gone: list[str] = []


class Webhook:
    """The kind `webhook`."""

    key = "webhook"
    way: Way = "door"
    title = _("Webhook")
    sentence = _("Another system sends messages to an address of ours, signed.")
    icon = "key"
    channel = "webhook"
    every = 0
    settings: Sequence[Setting] = (
        Setting(
            name="channel",
            label=_("What the messages are called"),
            default="webhook",
            help=_("A short word of small letters, such as forum."),
        ),
        Setting(
            name="calls",
            label=_("Calls a minute at most"),
            kind="number",
            default="600",
            required=True,
        ),
    )

    def check(self, source: Source) -> None:
        """Raise Mistake when the channel's name cannot be one."""
        name = source.setting("channel", "webhook")
        if not name.isascii() or not name.replace("_", "").isalnum() or len(name) > 20:
            raise Mistake(str(_("The name is one word of at most 20 small letters and digits.")))

    def collect(self, errand: Errand) -> Iterator[Haul]:  # noqa: ARG002 - Kind's shape
        """Bring nothing by itself."""
        return iter(())

    def test(self, source: Source) -> str:  # noqa: ARG002 - Kind's shape
        """Raise Mistake: the other side calls."""
        raise Mistake(str(_("Let the other system send a message: it calls us, not we it.")))


def new_secret() -> str:
    """Return a new secret for signing."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature_of(secret: str, number: str, seconds: int, body: bytes) -> str:
    """Return the signature of the call `number` made at `seconds` since 1970."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    told = f"{number}.{seconds}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, told, sha256).digest()).decode()


def check_signature(source: Source, headers: Mapping[str, str], body: bytes, *, now: Micros) -> str:
    """Return the call's own number; raises Refused (`reason`: signature or stale) or Mistake.

    `headers` are in small letters.
    """
    number = headers.get("webhook-id", "")
    told = headers.get("webhook-timestamp", "")
    if not number or len(number) > LONGEST_ID or not told.isdecimal() or len(told) > LONGEST_TIME:
        raise Mistake("The headers webhook-id, webhook-timestamp and webhook-signature are needed.")
    seconds = int(told)
    secret = source.setting(SECRET)
    if len(secret) <= len(PREFIX):  # what is signed with nothing anybody could have signed
        raise Refused("The source has no secret.", reason="signature")
    expected = signature_of(secret, number, seconds, body).encode()
    given = headers.get("webhook-signature", "").split()
    if not any(hmac.compare_digest(expected, one.encode()) for one in given):
        raise Refused("The signature does not fit the body and the secret.", reason="signature")
    if abs(now // 1_000_000 - seconds) > TOLERANCE:
        raise Refused("The time of the call is more than five minutes off.", reason="stale")
    return number


def haul_of(source: Source, number: str, body: bytes, *, now: Micros) -> Haul:
    """Return what the call `number` brings; raises Mistake that says which field is wrong."""
    try:
        call = msgspec.json.decode(body, type=_Call)
        if not call.posts and not call.gone:
            call = _Call([msgspec.json.decode(body, type=_Told)])
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise Mistake(f"The body cannot be read: {error}") from None
    if len(call.posts) + len(call.gone) > MOST_POSTS:
        raise Mistake(f"At most {MOST_POSTS} messages fit in one call.")
    channel = source.setting("channel", "webhook")
    posts = [
        _post_of(told, source.key, channel, told.id or f"{number}/{place}", now)
        for place, told in enumerate(call.posts)
    ]
    gone = [Gone(source.key, one) for one in call.gone]
    return Haul(posts=posts, gone=gone, cursor=source.cursor)


def _post_of(told: _Told, key: str, channel: str, number: str, now: Micros) -> Post:
    if not told.text.strip() and not told.title.strip():
        raise Mistake(f"The message {number} has no text.")
    if told.at is not None and told.at.tzinfo is None:
        raise Mistake(
            f"The time of the message {number} has no zone: write 2026-03-02T09:00:00+02:00."
        )
    return Post(
        source=key,
        source_id=number,
        text=told.text,
        title=told.title,
        at=to_micros(told.at) if told.at else now,
        author=told.author,
        author_key=told.author_id or told.author,
        channel=channel,
        url=told.url if told.url.startswith(("http://", "https://")) else "",
        language_hint=told.language,
        parent_id=told.parent,
        thread_id=told.thread,
        reach=told.reach,
        reposts=told.reposts,
        rating=told.rating,
    )


KIND = Webhook()
