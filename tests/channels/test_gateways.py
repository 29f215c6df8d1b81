"""SMS gateways over real HTTP: what is asked, what answers mean, what comes in."""

from __future__ import annotations

import base64
import hmac
import socket
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from keskio.channels.contracts import Account, Request, Result
from keskio.channels.reading import Meta
from keskio.channels.reference import make_reference
from keskio.channels.registry import provider_of
from keskio.channels.sms.twilio import signature_of
from keskio.events.contracts import Envelope, Fault, SpoolRow
from keskio.kernel.errors import Mistake, Refused, Trouble
from tests.channels.accounts import account_of, sms
from tests.channels.http_server import Asked, Said, http_server

INBOUND = "https://keskio.example/in/sms/token"


def json(value: object, status: int = 200) -> Said:
    return Said(status, msgspec.json.encode(value))


def taken_in(
    account: Account, *, query: str = "", body: bytes = b"", content_type: str = "", **headers: str
) -> tuple[list[Envelope], list[Fault]]:
    """Receive a request as the inbound address does, and read it as the intake does."""
    provider = provider_of(account.provider)
    url = account.inbound_url + (f"?{query}" if query else "")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    receipt = provider.receive(account, Request("POST", url, query, named, body))
    meta = Meta(
        account=account.id,
        provider=account.provider,
        query=query,
        content_type=content_type,
        notes=dict(receipt.notes),
    )
    row = SpoolRow(9, "sms", 0, 1_800_000_000_000_000, msgspec.json.encode(meta).decode(), body)
    return provider.read(row)


def properties(envelope: Envelope) -> dict[str, object]:
    found: dict[str, object] = msgspec.json.decode(envelope.body)["properties"]
    return found


# Generic


def generic(url: str, **given: Any) -> Account:
    return account_of("http", url=url, sender="Pyora", inbound_url=INBOUND, **given)


def test_generic_sends_what_its_settings_say_as_json() -> None:
    with http_server(lambda _: json({"messages": [{"id": 17}]})) as server:
        account = generic(
            server.url + "/v1/{token}",
            token="s3cret/x",
            fields="message.to = {to}\nmessage.body={text}\nref = x-{reference}\ncb = {callback}",
            headers="Authorization: Bearer {token}\nX-Lang: {language}",
            id_path="messages.0.id",
            numbers="bare",
        )
        outgoing = sms(text='Hei "Äiti" 🙂\n{to}', reference="kref")
        result = provider_of("http").open(account).send([outgoing])
    (asked,) = server.asked
    assert result == [Result("accepted", "17")]
    assert (asked.method, asked.path) == ("POST", "/v1/s3cret%2Fx")
    assert asked.headers["authorization"] == "Bearer s3cret/x"
    assert msgspec.json.decode(asked.body) == {
        "message": {"to": "358401234567", "body": 'Hei "Äiti" 🙂\n{to}'},
        "ref": "x-kref",
        "cb": INBOUND,
    }


@pytest.mark.parametrize("style", ["form", "query"])
def test_generic_sends_forms_and_queries_with_basic_login(style: str) -> None:
    with http_server(lambda _: Said(200, b"OK 1", "text/plain")) as server:
        account = generic(
            server.url, style=style, fields="n={to}\nt={text}", username="me", password="påss"
        )
        result = provider_of("http").open(account).send([sms(text="a&b=ä")])
    (asked,) = server.asked
    assert result == [Result("accepted", "")]
    assert (asked.form() if style == "form" else asked.query) == {
        "n": "+358401234567",
        "t": "a&b=ä",
    }
    assert (
        asked.headers["authorization"] == "Basic " + base64.b64encode("me:påss".encode()).decode()
    )


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (json({"status": "ok", "id": "1"}), "accepted"),
        (json({"status": "error", "id": "1"}), "refused"),
        (json({"status": "ok"}, 400), "refused"),
        (json({}, 404), "refused"),
        (json({}, 401), "failed"),
        (json({}, 429), "failed"),
        (json({}, 503), "failed"),
        (json({}, 500), "unknown"),
        (json({}, 502), "unknown"),
        (json({}, 504), "unknown"),
        (Said(0), "unknown"),
    ],
)
def test_answers_mean_what_they_say(said: Said, state: str) -> None:
    with http_server(lambda _: said) as server:
        account = generic(server.url, accepted_path="status")
        (result,) = provider_of("http").open(account).send([sms()])
    assert (result.state, result.permanent) == (state, state == "refused")
    assert len(server.asked) == 1


def test_one_bad_message_harms_no_neighbour() -> None:
    def answer(asked: Asked) -> Said:
        number = msgspec.json.decode(asked.body)["to"]
        return {"+358401234561": Said(0), "+358401234562": json({}, 400)}.get(
            number, json({"id": "1"})
        )

    with http_server(answer) as server:
        batch = [sms(f"+35840123456{n}") for n in range(4)]
        results = provider_of("http").open(generic(server.url)).send(batch)
    assert [result.state for result in results] == ["accepted", "unknown", "refused", "accepted"]
    assert len(server.asked) == 4


def test_a_gateway_that_is_not_there_is_trouble() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    transport = provider_of("http").open(generic(f"http://127.0.0.1:{port}"))
    with pytest.raises(Trouble, match="The SMS gateway cannot be reached"):
        transport.send([sms(), sms()])


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"fields": "to={whom}"}, "{whom} stands for nothing"),
        ({"fields": "to"}, "has no '=' between"),
        ({"fields": "a = 1\na.b = 2"}, "both a value and an object"),
        ({"url": "ftp://x"}, "does not begin with http"),
    ],
)
def test_settings_that_cannot_work_are_mistakes(given: dict[str, str], sentence: str) -> None:
    account = generic(**{"url": "http://x", **given})
    with pytest.raises(Mistake) as mistake:
        provider_of("http").open(account)
    assert sentence in mistake.value.message


def test_generic_reads_a_reply() -> None:
    body = msgspec.json.encode(
        {"from": "0401234567", "to": "17163", "text": " Stop. ", "id": 5, "at": 1000}
    )
    (envelope,), faults = taken_in(generic("http://x"), body=body, content_type="application/json")
    assert faults == []
    assert (envelope.name, envelope.source, envelope.trusted) == ("message.received", 0, True)
    assert envelope.identifiers == (("phone", "+358401234567"),)
    assert (envelope.message_id, envelope.at) == ("sms:1:5", 1_000_000_000)
    assert properties(envelope) == {
        "channel": "sms",
        "text": " Stop. ",
        "keyword": "stop",
        "from": "+358401234567",
        "to": "17163",
        "reference": "",
    }


def test_generic_reads_a_report_by_its_own_names() -> None:
    reference = make_reference(42, 7)
    account = generic(
        "http://x", report_status="dlr.state", report_reference="ref", report_words="UNDELIV=failed"
    )
    body = msgspec.json.encode({"dlr": {"state": "undeliv"}, "ref": reference, "id": "m1"})
    (envelope,), faults = taken_in(account, body=body, content_type="application/json")
    assert faults == []
    assert (envelope.name, envelope.identifiers) == ("delivery.reported", (("customer", "7"),))
    assert envelope.message_id == "sms:1:m1:failed"
    assert properties(envelope) == {
        "channel": "sms",
        "status": "failed",
        "message": 42,
        "reference": reference,
        "provider_id": "m1",
        "detail": "undeliv",
        "to": "",
    }


def test_reports_from_under_way_are_passed_over() -> None:
    query = f"status=queued&reference={make_reference(42, 7)}"
    assert taken_in(generic("http://x"), query=query) == ([], [])


@pytest.mark.parametrize(
    ("query", "body", "content_type", "reason"),
    [
        ("from=Keskio&text=A", b"", "", "unreadable_sender"),
        ("", b"[1]", "application/json", "unreadable_request"),
        ("", b"\xff\xfe", "application/json", "unreadable_request"),
        ("status=delivered&reference=kmadeup", b"", "", "unreadable_report"),
        ("status=lost&to=0401234567", b"", "", "unreadable_report"),
        ("", b"", "", "unreadable_sender"),
    ],
)
def test_what_cannot_be_read_is_a_fault(
    query: str, body: bytes, content_type: str, reason: str
) -> None:
    envelopes, (found,) = taken_in(
        generic("http://x"), query=query, body=body, content_type=content_type
    )
    assert (envelopes, found.reason, found.kind) == ([], reason, "sms")


def test_own_keyword_behind_stop_is_heard() -> None:
    account = generic("http://x", words="HUOLTO")
    (envelope,), _ = taken_in(account, query="from=0401234567&text=stop+huolto")
    assert properties(envelope)["keyword"] == "stop"


def test_generic_signature_is_checked() -> None:
    account = generic("http://x", signature_secret="hush", signature_header="X-Sig")
    body = b'{"from": "0401234567", "text": "A"}'
    digest = hmac.digest(b"hush", body, "sha256")
    for right in (digest.hex(), "sha256=" + digest.hex(), base64.b64encode(digest).decode()):
        assert taken_in(account, body=body, content_type="application/json", x_sig=right)[1] == []
    for wrong in ("", digest.hex()[:-1] + "x", "ä"):
        with pytest.raises(Refused):
            taken_in(account, body=body, content_type="application/json", x_sig=wrong)


# The commercial shape


def twilio(url: str = "https://api.twilio.com", **given: Any) -> Account:
    return account_of(
        "twilio", url=url, account_sid="AC1", auth_token="12345", inbound_url=INBOUND, **given
    )


def test_twilio_posts_a_form_with_basic_login_and_callback() -> None:
    with http_server(lambda _: json({"sid": "SM1", "status": "queued"}, 201)) as server:
        transport = provider_of("twilio").open(twilio(server.url, sender="+358500000000"))
        result = transport.send([sms(text="Hei 🙂 ä", reference="kref")])
    (asked,) = server.asked
    assert result == [Result("accepted", "SM1", "queued")]
    assert (asked.method, asked.path) == ("POST", "/2010-04-01/Accounts/AC1/Messages.json")
    assert asked.headers["authorization"] == "Basic " + base64.b64encode(b"AC1:12345").decode()
    assert asked.form() == {
        "To": "+358401234567",
        "From": "+358500000000",
        "Body": "Hei 🙂 ä",
        "StatusCallback": INBOUND + "?reference=kref",
    }


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            json({"code": 21211, "message": "Invalid 'To'", "status": 400}, 400),
            Result("refused", sentence="21211: Invalid 'To'", permanent=True),
        ),
        (
            json({"sid": "SM1", "status": "failed"}, 201),
            Result("refused", "SM1", "failed", permanent=True),
        ),
        (Said(201, b"<html>"), Result("unknown", sentence="HTTP 201 without a message SID")),
    ],
)
def test_twilio_refusals_are_told(said: Said, expected: Result) -> None:
    with http_server(lambda _: said) as server:
        assert provider_of("twilio").open(twilio(server.url)).send([sms()]) == [expected]


def test_signature_is_the_documented_one() -> None:
    # The worked example of the documentation ("Validating requests").
    fields = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675310"),
        ("Digits", "1234"),
        ("From", "+14158675310"),
        ("To", "+18005551212"),
    ]
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature_of(url, fields, "12345") == "GvWf1cFY/Q7PnoempGyD5oXAezc="


def signed(
    query: str, fields: dict[str, str], *, token: str = "12345"
) -> tuple[list[Envelope], list[Fault]]:
    url = INBOUND + (f"?{query}" if query else "")
    return taken_in(
        twilio(),
        query=query,
        body=urlencode(fields).encode(),
        content_type="application/x-www-form-urlencoded",
        x_twilio_signature=signature_of(url, list(fields.items()), token),
    )


def test_twilio_reply_is_read_when_its_signature_fits() -> None:
    fields = {
        "MessageSid": "SM2",
        "SmsStatus": "received",
        "From": "+358401234567",
        "To": "+358500000000",
        "Body": "a. ä",
        "NumMedia": "0",
        "Empty": "",
    }
    (envelope,), faults = signed("", fields)
    assert (faults, envelope.message_id) == ([], "sms:1:SM2")
    assert properties(envelope)["text"] == "a. ä"
    with pytest.raises(Refused, match="does not fit"):
        signed("", fields, token="wrong")


@pytest.mark.parametrize(
    ("word", "status"),
    [("delivered", "delivered"), ("undelivered", "failed"), ("failed", "failed")],
)
def test_twilio_report_belongs_to_its_reference(word: str, status: str) -> None:
    fields = {
        "MessageSid": "SM1",
        "MessageStatus": word,
        "To": "+358401234567",
        "ErrorCode": "30003",
    }
    (envelope,), faults = signed(f"reference={make_reference(42, 7)}", fields)
    assert (faults, envelope.identifiers) == ([], (("customer", "7"),))
    found = properties(envelope)
    assert (found["status"], found["message"], found["provider_id"]) == (status, 42, "SM1")
    assert found["detail"] == f"{word} 30003"


def test_twilio_report_from_under_way_is_passed_over() -> None:
    assert signed("reference=x", {"MessageSid": "SM1", "MessageStatus": "sent"}) == ([], [])
