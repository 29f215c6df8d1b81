"""The provider `mastodon`: answers as posts of the company's own account.

`POST /api/v1/statuses` with an Idempotency-Key made of the message's number: a server of Mastodon keeps it
for an hour, and the same post asked for again comes back instead of a second one. So an answer that was
lost is asked for again by the same key, at once, and only what stays open is `unknown`.
(docs.joinmastodon.org: methods/statuses, methods/search.)
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence

import httpx
import msgspec
from django.utils.translation import gettext_lazy as _

from keskio.channels.contracts import (
    Account,
    Outgoing,
    Receipt,
    Request,
    Result,
    Setting,
    Spools,
    Transport,
)
from keskio.channels.social.posting import (
    ASKED_AFTER,
    Lost,
    called,
    opened,
    outcome_of_no,
    send_each,
    too_long,
    web_address,
)
from keskio.events.contracts import Envelope, Fault, SpoolRow
from keskio.jobs.contracts import Background
from keskio.kernel.errors import Refused

LONGEST = 500


class _Status(msgspec.Struct):
    id: str = ""
    url: str | None = None


class _Found(msgspec.Struct):
    statuses: list[_Status] = []


class Mastodon:
    """The provider `mastodon`."""

    key = "mastodon"
    channel = "social"
    title = "Mastodon"
    inbound_query: str | None = None
    settings: Sequence[Setting] = (
        Setting(
            name="url",
            label=_("Address of the server"),
            help=_("Where the company's account is, such as https://mastodon.social."),
            required=True,
        ),
        Setting(
            name="token",
            label=_("Access token"),
            kind="secret",
            required=True,
            help=_("Made under Preferences, Development, with write:statuses and read:search."),
        ),
        Setting(
            name="longest",
            label=_("Letters in a post at most"),
            kind="number",
            default=str(LONGEST),
            required=True,
        ),
        Setting(
            name="keys",
            label=_("Lost answers"),
            kind="choice",
            default="ask",
            choices=(
                ("ask", _("Ask again with the same key (Mastodon)")),
                ("leave", _("Leave to a person (servers that know no keys)")),
            ),
        ),
    )

    def open(self, account: Account) -> Transport:
        """Return a transport that posts to the account's server."""
        return MastodonTransport(account)

    def receive(self, account: Account, request: Request) -> Receipt:  # noqa: ARG002 - Provider's shape
        """Refuse: answers are heard by a source of mentions."""
        raise Refused("Mastodon calls nobody. Add a source of mentions to hear answers.")

    def backgrounds(self, spool: Spools) -> Sequence[Background]:  # noqa: ARG002 - Provider's shape
        """Return nothing: answers are heard by a source of mentions."""
        return ()

    def read(self, row: SpoolRow) -> tuple[list[Envelope], list[Fault]]:  # noqa: ARG002 - Provider's shape
        """Return nothing: nothing is ever stored for this provider."""
        return [], []


class MastodonTransport:
    """Posts as one account of a server."""

    def __init__(self, account: Account) -> None:
        self._url = web_address(account, "url")
        self._longest = int(account.setting("longest", str(LONGEST)))
        self._tries = 1 + (ASKED_AFTER if account.setting("keys", "ask") == "ask" else 0)
        self._account = account.id
        self._client = opened({"authorization": f"Bearer {account.setting('token')}"})
        # Whoever drops a transport while another thread still sends need not know when to close.
        weakref.finalize(self, self._client.close)

    def takes(self, outgoing: Outgoing) -> bool:
        """Take what answers a status, or nothing in particular."""
        return not outgoing.in_reply_to.startswith(("at://", "did:"))

    def send(self, batch: Sequence[Outgoing]) -> list[Result]:
        """Post each message; raises Trouble when the server cannot be reached for any of them."""
        return send_each(batch, self._send)

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._client.close()

    def _send(self, outgoing: Outgoing) -> Result:
        text = addressed(outgoing.text, outgoing.to)
        refusal = too_long(text, self._longest)
        if refusal is not None:
            return refusal
        status, refusal = self._answered(outgoing.in_reply_to)
        if refusal is not None:
            return refusal
        form = {
            "status": text,
            "visibility": "direct" if outgoing.is_direct else "public",
            **({"in_reply_to_id": status} if status else {}),
            **({"language": outgoing.language} if outgoing.language else {}),
            **({"spoiler_text": outgoing.subject} if outgoing.subject and not status else {}),
        }
        request = self._client.build_request(
            "POST",
            f"{self._url}/api/v1/statuses",
            json=form,
            headers={"idempotency-key": f"keskio-{self._account}-{outgoing.message}"},
        )
        return self._posted(request)

    def _posted(self, request: httpx.Request) -> Result:
        lost = ""
        for _turn in range(self._tries):
            try:
                return _understood(called(self._client, request))
            except Lost as error:
                lost = str(error)
        return Result("unknown", sentence=lost)

    def _answered(self, told: str) -> tuple[str, Result | None]:
        """Return the id, on this server, of the status that is answered, or why there is none."""
        if not told.startswith(("http://", "https://")):
            return told, None
        params = {"q": told, "resolve": "true", "type": "statuses", "limit": "1"}
        request = self._client.build_request("GET", f"{self._url}/api/v2/search", params=params)
        try:
            response = called(self._client, request)
        except Lost as error:  # nothing has been posted yet
            return "", Result("failed", sentence=str(error))
        if not response.is_success:
            return "", outcome_of_no(response)
        try:
            found = msgspec.json.decode(response.content, type=_Found).statuses
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            return "", Result("failed", sentence=f"The search was answered strangely: {error}")
        if not found:
            sentence = f"The server does not find {told}: it may have been deleted."
            return "", Result("refused", sentence=sentence, permanent=True)
        return found[0].id, None


def addressed(text: str, to: str) -> str:
    """Return the text so that `to` hears of it: their handle has to stand in it.

    >>> addressed("Korjataan heti!", "@aino@esimerkki.example")
    '@aino@esimerkki.example Korjataan heti!'
    >>> addressed("Hei @Aino@esimerkki.example!", "aino@esimerkki.example")
    'Hei @Aino@esimerkki.example!'
    """
    handle = to.strip().lstrip("@")
    if not handle or f"@{handle}".casefold() in text.casefold():
        return text
    return f"@{handle} {text}"


def _understood(response: httpx.Response) -> Result:
    if not response.is_success:
        return outcome_of_no(response)
    try:
        status = msgspec.json.decode(response.content, type=_Status)
    except (msgspec.DecodeError, msgspec.ValidationError):
        status = _Status()
    if not status.id:
        return Result("unknown", sentence=f"HTTP {response.status_code} without the id of the post")
    return Result("accepted", status.id, status.url or "")


PROVIDER = Mastodon()
