"""The pages of mentions: lists, evidence, teaching, deciding, keeping."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from keskio.kernel.clock import now_micros
from keskio.listen.actions import take_in, take_texts_away
from keskio.listen.contracts import Post
from keskio.listen.hearing import Hearing
from keskio.listen.models import Mention, Policy, Reread, WriterDecision
from keskio.listen.teaching.models import Label
from keskio.web.actions import create_user
from tests.listen.hearing_reader import MarkReader

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def browser() -> Client:
    """A browser in which an editor has signed in; pages are in English."""
    return signed_in("editor")


def signed_in(role: str) -> Client:
    """Return a browser in which somebody of a role has signed in."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(create_user(role, password="kuutamo-järvellä-88", role=role))
    return client


def heard(*texts: str, channel: str = "mastodon", **other: object) -> list[int]:
    """Take in texts, one a minute, read them, and return the numbers of their mentions."""
    start = now_micros() - 3_600_000_000
    posts = [
        Post(
            source=channel,
            source_id=text,
            text=text,
            at=start + n * 60_000_000,
            channel=channel,
            author=f"a{n}",
            **other,  # type: ignore[arg-type]
        )
        for n, text in enumerate(texts)
    ]
    take_in(posts)
    Hearing(MarkReader).turn(now_micros())
    return list(Mention.objects.order_by("at").values_list("id", flat=True))


def shown(browser: Client, address: str) -> str:
    """Return a page's text."""
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_empty_list_says_how_it_fills(browser: Client) -> None:
    assert "Nothing has been heard yet" in shown(browser, "/mentions/")
    assert "Nothing fits" in shown(browser, "/mentions/?q=auto")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Pankin jono venyi", "Pankin kortti hukkui"]),
        ("?theme=cards", ["Pankin kortti hukkui"]),
        ("?q=VENYI", ["Pankin jono venyi"]),
        ("?emotion=anger&negative=1&order=urgent", ["Pankin jono venyi", "Pankin kortti hukkui"]),
        ("?emotion=joy", []),
        ("?language=sv", []),
        ("?source=bluesky", []),
        ("?who=customer", []),
        ("?who=unknown", ["Pankin jono venyi", "Pankin kortti hukkui"]),
        ("?who=suspected", []),
        ("?kind=others", ["Kaunis ilma"]),
        ("?kind=private", []),
        ("?days=nonsense&page=x", ["Pankin jono venyi", "Pankin kortti hukkui"]),
    ],
)
def test_a_list_is_narrowed(browser: Client, query: str, found: list[str]) -> None:
    texts = ("Pankin jono venyi", "Pankin kortti hukkui", "Kaunis ilma")
    heard(*texts)
    page = shown(browser, f"/mentions/{query}")
    assert [text for text in texts if f'"said">{text}' in page.replace("\n", "")] == found


def test_a_list_costs_the_same_number_of_questions_however_long(browser: Client) -> None:
    heard("Pankin jono 1")
    shown(browser, "/mentions/")
    with CaptureQueriesContext(connection) as one:
        shown(browser, "/mentions/")
    heard(*(f"Pankin jono {n}" for n in range(2, 9)))
    with CaptureQueriesContext(connection) as eight:
        shown(browser, "/mentions/")
    assert len(one) == len(eight)


def test_a_mention_shows_its_evidence_with_the_words_marked(browser: Client) -> None:
    (pk,) = heard("Pankin jono venyi <script>")
    page = shown(browser, f"/mentions/{pk}/")
    assert '<mark class="word word--business">jono</mark> venyi' in page
    assert "Concerns us." in page
    assert "word of the business" in page
    assert "&lt;script&gt;" in page


def test_a_reading_is_confirmed_and_corrected(browser: Client) -> None:
    (pk,) = heard("Pankin jono venyi")
    browser.post(f"/mentions/{pk}/say/", {"say": "confirm"})
    browser.post(f"/mentions/{pk}/say/", {"say": "theme:cards=no"})
    browser.post(f"/mentions/{pk}/say/", {"say": "theme:cards=perhaps"})
    rows = Label.objects.order_by("head").values_list("head", "value", "by")
    assert list(rows) == [
        ("polarity", "negative", "editor"),
        ("theme:cards", "no", "editor"),
        ("theme:queues", "yes", "editor"),
    ]
    browser.post(f"/mentions/{pk}/say/", {"say": "polarity=back"})
    assert Label.objects.filter(head="polarity").count() == 0


def test_readers_may_look_but_not_teach_or_decide() -> None:
    (pk,) = heard("Pankin jono venyi")
    key = Mention.objects.get().author_key
    reader = signed_in("reader")
    assert reader.get(f"/mentions/{pk}/").status_code == 200
    for address in (
        f"/mentions/{pk}/say/",
        f"/mentions/{pk}/customer/",
        f"/trends/writers/{key}/decide/",
    ):
        assert reader.post(address, {"say": "confirm", "kind": "suspected"}).status_code == 403
    assert reader.get("/mentions/keeping/").status_code == 403
    assert (Label.objects.count(), WriterDecision.objects.count()) == (0, 0)


def test_a_deleted_message_shows_that_it_is_gone(browser: Client) -> None:
    (pk,) = heard("Pankin jono venyi")
    take_texts_away([pk], why="deleted", at=now_micros())
    page = shown(browser, f"/mentions/{pk}/")
    assert "venyi" not in page
    assert "has deleted this message" in page
    assert browser.post(f"/mentions/{pk}/say/", {"say": "confirm"}).status_code == 404
    assert "venyi" not in shown(browser, "/mentions/")


def test_the_pipeline_counts_and_may_read_again(browser: Client) -> None:
    heard("Pankin jono venyi", "Kaunis ilma")
    page = shown(browser, "/mentions/pipeline/")
    assert "Negation and intensity" in page
    browser.post("/mentions/pipeline/again/", {"days": "30"})
    browser.post("/mentions/pipeline/again/", {"days": "30"})
    assert Reread.objects.count() == 1


def test_an_administrator_says_how_long_texts_are_kept() -> None:
    admin = signed_in("admin")
    said = {
        "keep_days": "100",
        "keep_others_days": "5",
        "handles": "none",
        "basis": "oikeutettu etu",
    }
    assert admin.post("/mentions/keeping/", {**said, "keep_days": "0"}).status_code == 422
    admin.post("/mentions/keeping/", said)
    policy = Policy.objects.get()
    assert (policy.keep_days, policy.handles, policy.changed_by) == (100, "none", "admin")
