"""The pages of sources: who may, what is shown, how each is, and secrets that never come back."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from keskio.kernel.clock import VirtualClock, now_micros
from keskio.kernel.holdings import Person
from keskio.listen.sources.actions import note_trouble, pause_source, resume_source
from keskio.listen.sources.demo import seed_demo
from keskio.listen.sources.faults import told_of
from keskio.listen.sources.holdings import HOLDINGS
from keskio.listen.sources.models import Source, Upload
from keskio.listen.sources.queries import source_by_id
from keskio.listen.sources.registry import kinds
from keskio.listen.sources.uploading import Uploads
from keskio.web.roles import ADMIN, EDITOR, READER, give_role
from tests.listen.sources.collectors import look_once, row, source, texts
from tests.servers.atom import feeds

SignedIn = Callable[[str], Client]
RSS = {"name": "Blogit", "urls": "https://blogi.example/atom", "words": "", "every": "15"}


@pytest.fixture
def signed_in(db: None, clock: VirtualClock) -> SignedIn:
    cache.clear()

    def sign_in(role: str) -> Client:
        user = User.objects.create_user(role)
        give_role(user, role)
        client = Client(headers={"accept-language": "en"})
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


def queries_of(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


def test_the_list_is_empty_and_grows_without_more_queries(signed_in: SignedIn) -> None:
    client = signed_in(READER)
    assert "Nothing is listened to yet" in client.get("/mention-sources/").content.decode()
    source("rss", urls="https://a.example/")
    client.get("/mention-sources/")
    one = queries_of(client, "/mention-sources/")
    source("rss", urls="https://b.example/")
    source("file")
    assert queries_of(client, "/mention-sources/") == one


def test_only_administrators_change_sources(signed_in: SignedIn) -> None:
    number = source("rss", urls="https://a.example/")
    editor, reader = signed_in(EDITOR), signed_in(READER)
    for client in (editor, reader):
        assert client.get(f"/mention-sources/{number}/").status_code == 200
        assert client.get("/mention-sources/add/rss/").status_code == 403
        assert client.get(f"/mention-sources/{number}/change/").status_code == 403
        for what in ("pause", "resume", "now", "remove", "secret", "test"):
            assert client.post(f"/mention-sources/{number}/{what}/").status_code == 403
    assert reader.post(f"/mention-sources/{number}/bring/").status_code == 403
    assert (Source.objects.count(), row(number).is_paused) == (1, False)


@pytest.mark.parametrize("kind", list(kinds()))
def test_every_kind_has_a_form(signed_in: SignedIn, kind: str) -> None:
    client = signed_in(ADMIN)
    page = client.get(f"/mention-sources/add/{kind}/").content.decode()
    for setting in kinds()[kind].settings:
        assert f'name="{setting.name}"' in page
    assert client.get("/mention-sources/add/nothing/").status_code == 404


def test_a_source_is_added_changed_paused_and_removed(signed_in: SignedIn) -> None:
    client = signed_in(ADMIN)
    assert (
        "https://"
        in client.post("/mention-sources/add/rss/", {**RSS, "urls": "x"}).content.decode()
    )
    assert client.post("/mention-sources/add/rss/", RSS).status_code == 302
    number = Source.objects.get().pk
    client.post(f"/mention-sources/{number}/change/", {**RSS, "name": "Toiset", "words": "pyörä"})
    assert (row(number).name, row(number).settings["words"], row(number).revision) == (
        "Toiset",
        "pyörä",
        2,
    )
    client.post(f"/mention-sources/{number}/pause/")
    assert row(number).is_paused
    client.post(f"/mention-sources/{number}/resume/")
    assert not row(number).is_paused
    assert client.post(f"/mention-sources/{number}/dance/").status_code == 404
    client.post(f"/mention-sources/{number}/remove/")
    assert not Source.objects.exists()


def test_secrets_are_kept_and_never_shown(signed_in: SignedIn) -> None:
    client = signed_in(ADMIN)
    form = {"name": "M", "url": "https://m.example", "token": "hush-hush", "what": "local"}
    client.post("/mention-sources/add/mastodon/", form)
    number = Source.objects.get().pk
    for url in (
        f"/mention-sources/{number}/",
        f"/mention-sources/{number}/change/",
        "/mention-sources/",
    ):
        assert "hush-hush" not in client.get(url).content.decode()
    client.post(f"/mention-sources/{number}/change/", {**form, "token": ""})
    kept = source_by_id(number)
    assert kept is not None
    assert kept.secrets["token"] == "hush-hush"
    assert "hush-hush" not in repr(kept)


def test_a_webhook_shows_its_secret_once(signed_in: SignedIn) -> None:
    client = signed_in(ADMIN)
    answer = client.post(
        "/mention-sources/add/webhook/",
        {"name": "W", "channel": "forum", "calls": "60"},
        follow=True,
    )
    number = Source.objects.get().pk
    secret = row(number).secrets["signing"]
    assert secret in answer.content.decode()
    page = client.get(f"/mention-sources/{number}/").content.decode()
    assert (secret in page, f"/hear/webhook-{number}/" in page) == (False, True)
    renewed = client.post(f"/mention-sources/{number}/secret/", follow=True).content.decode()
    assert (secret in renewed, row(number).secrets["signing"] in renewed) == (False, True)
    client.post(
        f"/mention-sources/{number}/change/", {"name": "W", "channel": "foorumi", "calls": "60"}
    )
    assert row(number).secrets["signing"] in renewed


def test_how_a_source_is_stands_in_words(signed_in: SignedIn) -> None:
    client = signed_in(READER)
    number = source("rss", urls="https://a.example/")

    def shown() -> str:
        page = client.get("/mention-sources/").content.decode()
        found = re.search(
            r'class="badge[^>]*>(?:<svg.*?</svg>)?\s*(?:<span>)?([^<]+)', page, re.DOTALL
        )
        assert found is not None
        return found.group(1).strip()

    assert shown() == "nothing yet"
    kept = source_by_id(number)
    assert kept is not None
    told = told_of("not_let_in", place="a.example", status="HTTP 401")
    note_trouble(kept, told, next_at=now_micros() + 60_000_000, failures=1)
    assert shown() == "waits"
    assert (
        "a.example does not let us in (HTTP 401)."
        in client.get("/mention-sources/").content.decode()
    )
    note_trouble(kept, told, next_at=now_micros() + 60_000_000, failures=6)
    assert shown() == "in trouble"
    pause_source(number)
    assert shown() == "paused"
    with feeds() as blog:
        blog.entries = [("1", "", "Hei")]
        Source.objects.filter(pk=number).update(settings={"urls": f"{blog.url}/atom"})
        resume_source(number)
        look_once(number)
    assert shown() == "well"


def test_only_the_last_twenty_faults_are_kept(signed_in: SignedIn) -> None:
    number = source("rss", urls="https://a.example/")
    kept = source_by_id(number)
    assert kept is not None
    for n in range(25):
        note_trouble(kept, told_of("other", said=f"fault {n}"), next_at=0, failures=n)
    assert [fault.told["said"] for fault in row(number).faults.all()] == [
        f"fault {n}" for n in range(24, 4, -1)
    ]
    assert "fault 24" in signed_in(READER).get(f"/mention-sources/{number}/").content.decode()


def test_the_connection_is_tested_from_the_page(signed_in: SignedIn) -> None:
    client = signed_in(ADMIN)
    with feeds() as blog:
        blog.entries = [("1", "", "Hei")]
        number = source("rss", urls=f"{blog.url}/atom")
        page = client.post(f"/mention-sources/{number}/test/", follow=True).content.decode()
        assert "The feeds have 1 entries." in page
        blog.ill = [(503, {})]
        page = client.post(f"/mention-sources/{number}/test/", follow=True).content.decode()
    assert "127.0.0.1 is not well (HTTP 503)." in page
    assert texts(number) == []


def test_a_file_is_mapped_previewed_and_taken_in(signed_in: SignedIn) -> None:
    client = signed_in(EDITOR)
    number = source("file")
    raw = "Nimi,Juttu,Stars\nAino,Hyvä ä,5\nEero,Huono,viisi\n".encode()
    file = SimpleUploadedFile("arviot.csv", raw)
    answer = client.post(f"/mention-sources/{number}/bring/", {"file": file}, follow=True)
    upload = Upload.objects.get()
    page = answer.content.decode()
    # No column is called text in any known way: it is asked.
    assert "Say which column holds the text." in page
    mapping = {"text": "Juttu", "rating": "Stars", "author": "Nimi"}
    page = client.post(
        f"/mention-sources/files/{upload.pk}/", {**mapping, "look": "1"}
    ).content.decode()
    assert "Hyvä ä" in page
    assert "is no number of stars" in page
    assert texts(number) == []
    client.post(f"/mention-sources/files/{upload.pk}/", {**mapping, "take": "1"})
    while Uploads().turn(now_micros()):
        pass
    page = client.get(f"/mention-sources/files/{upload.pk}/").content.decode()
    assert "Row 2:" in page
    assert texts(number) == ["Hyvä ä"]


def test_a_file_that_cannot_be_read_is_told_beside_its_field(signed_in: SignedIn) -> None:
    client = signed_in(EDITOR)
    number = source("file")
    file = SimpleUploadedFile("tyhja.csv", b" ")
    page = client.post(f"/mention-sources/{number}/bring/", {"file": file}).content.decode()
    assert "The file is empty." in page
    file = SimpleUploadedFile("a.csv", b"text\nhei\n")
    client.post(f"/mention-sources/{number}/bring/", {"file": file})
    upload = Upload.objects.get()
    client.post(f"/mention-sources/files/{upload.pk}/drop/")
    assert not Upload.objects.exists()


def test_files_and_faults_that_name_a_person_go_with_them(signed_in: SignedIn) -> None:
    client = signed_in(EDITOR)
    number = source("file")
    for text in ("Aino Virtanen kirjoitti", "Joku muu"):
        file = SimpleUploadedFile("a.csv", f"text\n{text}\n".encode())
        client.post(f"/mention-sources/{number}/bring/", {"file": file})
    kept = source_by_id(number)
    assert kept is not None
    note_trouble(kept, told_of("post", said="aino virtanen"), next_at=0, failures=1)
    person = Person(records=(1,), words=("aino virtanen",))
    assert len(HOLDINGS[0].export(person)) == 2
    assert HOLDINGS[0].erase(person, now_micros()) == 2
    assert HOLDINGS[0].erase(person, now_micros()) == 0
    assert (Upload.objects.count(), row(number).faults.count()) == (1, 0)


def test_the_demo_has_one_paused_source_however_often_it_is_seeded(signed_in: SignedIn) -> None:
    from keskio.kernel.clock import now

    seed_demo(now())
    seed_demo(now())
    assert [(one.is_paused, one.total) for one in Source.objects.all()] == [(True, 0)]
