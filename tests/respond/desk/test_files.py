"""Files in letters: kept with the customer, shown to people when they are pictures, never believed."""

from __future__ import annotations

import re
from base64 import b64decode
from email.message import EmailMessage

import msgspec
import pytest
from django.test import Client

from keskio.channels import files
from keskio.channels.api import file_of, files_of
from keskio.channels.models import KeptFile
from keskio.channels.reading import SOURCE, Meta
from keskio.config.wiring import make_intake
from keskio.events.api import spool_row
from keskio.kernel.clock import VirtualClock, now_micros
from keskio.kernel.holdings import Person, holdings
from keskio.respond.inbox.following import InboxFollower
from keskio.respond.inbox.models import Case, Entry
from keskio.talk.runner import Runner
from tests.respond.desk.conftest import SignedIn

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]
PICTURE = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SCRIPT = (
    b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(document.cookie)</script></svg>" * 2
)


def letter(text: str = "Pyörä on rikki, katso kuva.") -> EmailMessage:
    """Return a letter with a picture, and with a script that calls itself a picture."""
    message = EmailMessage()
    message["From"] = "Aino Mäkinen <aino@example.com>"
    message["Subject"] = "Pyörä on rikki"
    message["Message-ID"] = "<rikki-1@example.com>"
    message.set_content(text)
    message.add_attachment(PICTURE, maintype="image", subtype="png", filename="häkä/katko.png")
    message.add_attachment(SCRIPT, maintype="image", subtype="png", filename='pa"ha.png')
    return message


def receive(message: EmailMessage) -> None:
    meta = Meta(account=1, provider="smtp", recipients=("asiakaspalvelu@example.fi",))
    spool_row(
        kind="email",
        source=SOURCE,
        meta=msgspec.json.encode(meta).decode(),
        body=message.as_bytes(),
    )
    intake = make_intake()
    while intake.turn(now_micros()):
        pass
    runner = Runner(owner="test")
    while runner.turn(now_micros()):
        pass
    while InboxFollower().turn(now_micros()):
        pass


def addresses(client: Client) -> list[str]:
    page = client.get(f"/inbox/{Case.objects.get().pk}/").content.decode()
    return re.findall(r'(?:href|src)="(/inbox/files/\d+/\d+/)"', page)


def test_a_letter_shows_its_files_and_hands_them_out(signed_in: SignedIn) -> None:
    receive(letter())
    entry = Entry.objects.get(kind="in")
    assert entry.attachments == ["katko.png", 'pa"ha.png']
    client = signed_in("reader")
    path = f"/inbox/files/{entry.pk}/"
    assert addresses(client) == [f"{path}0/", f"{path}0/", f"{path}1/"]  # linked, shown; handed out
    shown = client.get(f"{path}0/")
    assert (shown["Content-Type"], shown.content) == ("image/png", PICTURE)
    assert shown["Content-Disposition"].startswith("inline")
    assert client.get(f"{path}0/?save")["Content-Type"] == "application/octet-stream"
    assert client.get(f"{path}2/").status_code == 404
    assert Client().get(f"{path}0/").status_code == 302  # to sign in


def test_what_only_calls_itself_a_picture_never_runs(signed_in: SignedIn) -> None:
    receive(letter())
    entry = Entry.objects.get(kind="in")
    answer = signed_in("reader").get(f"/inbox/files/{entry.pk}/1/")
    assert (answer["Content-Type"], answer.content) == ("application/octet-stream", SCRIPT)
    assert answer["Content-Disposition"] == 'attachment; filename="pa\\"ha.png"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_letter_of_a_file_alone_opens_a_case_that_names_it(signed_in: SignedIn) -> None:
    receive(letter(text=""))
    assert Case.objects.get().preview == 'katko.png, pa"ha.png'
    assert "katko.png" in signed_in("reader").get("/inbox/").content.decode()


def test_the_same_letter_again_keeps_nothing_twice(clock: VirtualClock) -> None:
    one = letter()
    receive(one)
    receive(one)
    assert KeptFile.objects.count() == 2


def test_a_file_that_is_too_large_is_named_and_not_kept(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST", len(SCRIPT) - 1)
    receive(letter())
    (message,) = set(KeptFile.objects.values_list("message", flat=True))
    assert [(one.kind, one.size) for one in files_of({message})[message]] == [
        ("png", len(PICTURE)),
        ("", 0),
    ]
    assert file_of(message, 5) is None


def test_files_are_in_the_export_and_go_with_the_customer(clock: VirtualClock) -> None:
    receive(letter())
    person = Person((KeptFile.objects.values_list("customer_id", flat=True)[0],))
    (holding,) = (one for one in holdings() if one.key == "channels_keptfile")
    told = holding.export(person)
    assert [b64decode(row["body"]) for row in told] == [PICTURE, SCRIPT]
    assert holding.erase(person, now_micros()) == 2
    assert holding.export(person) == []
