"""The web chat on other sites: who may show it, who a visitor is, what is taken and how often."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from keskio.engine.working import ALWAYS
from keskio.kernel.clock import VirtualClock
from keskio.respond.inbox import actions as do
from keskio.respond.inbox import chat_widget
from keskio.respond.inbox import contracts as c
from keskio.respond.inbox.chat import new_visitor
from keskio.respond.inbox.chat_hours import answered_at, hours_in_words
from keskio.respond.inbox.chat_identity import Who, signature_of, user_in
from keskio.respond.inbox.chat_settings import (
    NotASite,
    TooPale,
    chat_rules,
    ink_on,
    save_chat_rules,
    secret_of,
    site_of,
)
from keskio.respond.inbox.contracts import ChatRules
from keskio.respond.inbox.joining import merge
from keskio.respond.inbox.models import Calendar, Case, Entry, Rules, Target

pytestmark = pytest.mark.django_db
SHOP = "https://www.shop.example"
LOOK, NEWS, FRAME = "/chat/look/?lang=en", "/chat/news/?lang=en", "/chat/frame/?lang=en"
FRAME_LOOK, FRAME_SAY = "/chat/frame/look/?lang=en", "/chat/frame/say/?lang=en"


@pytest.fixture(autouse=True)
def shop(clock: VirtualClock) -> ChatRules:
    cache.clear()
    return save_chat_rules(ChatRules(sites=[SHOP], greetings={"en": "Ask away!"}), by="ville")


def send(path: str, told: dict[str, Any], **headers: str) -> Any:
    return Client(headers=headers).post(path, told, content_type="application/json")


def vouched(user: str, clock: VirtualClock, *, ahead: int = 3600) -> dict[str, Any]:
    until = clock.micros() // 1_000_000 + ahead
    signed = signature_of(user, until, secret=secret_of(1))
    return {"user": user, "until": until, "signature": signed}


def cookies_of(response: Any) -> list[str]:
    return list(response.cookies)


def test_only_listed_sites_are_told_how_it_looks() -> None:
    answer = Client(headers={"origin": SHOP}).get(LOOK)
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (200, SHOP)
    told = answer.json()
    assert (told["colour"], told["ink"], told["side"]) == ("#0b5c6b", "#ffffff", "right")
    assert told["words"] == {
        "open": "Chat with us",
        "close": "Close the chat",
        "one": "1 new message",
        "many": "{n} new messages",
    }
    other = Client(headers={"origin": "https://other.example"}).get(LOOK)
    assert (other.status_code, other.has_header("Access-Control-Allow-Origin")) == (403, False)
    assert Client().get(LOOK).status_code == 200  # a page of our own names no origin


def test_only_listed_sites_may_frame_the_chat_and_nothing_else_may_be_framed() -> None:
    framed = Client().get(FRAME)
    policy = dict(
        part.strip().split(" ", 1) for part in framed["Content-Security-Policy"].split(";")
    )
    assert policy["frame-ancestors"] == f"'self' {SHOP}"
    assert policy["script-src"] == "'self'"
    assert (framed.has_header("X-Frame-Options"), cookies_of(framed)) == (False, [])
    assert "Ask away!" in framed.content.decode()
    page = Client().get("/chat/")
    assert page["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    save_chat_rules(ChatRules(), by="ville")
    assert "frame-ancestors 'self'" in Client().get(FRAME)["Content-Security-Policy"]


def test_the_script_is_the_same_for_everybody_and_kept() -> None:
    answer = Client().get("/chat.js")
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert (answer["Cache-Control"], cookies_of(answer)) == ("public, max-age=3600", [])
    assert answer.content == chat_widget.SCRIPT.read_bytes()


def test_a_visitor_writes_and_hears_of_the_answer() -> None:
    visitor = new_visitor()
    answer = send(FRAME_SAY, {"visitor": visitor, "text": "Do you mend gears?", "key": "k1"})
    assert (answer.status_code, cookies_of(answer)) == (200, [])
    case = Case.objects.get()
    assert (case.channel, case.customer_id, case.language) == (c.CHAT, 0, "en")
    do.note(case.pk, "Ask the workshop", by="eero")
    do.reply(case.pk, "Yes, <b>today</b>.", by="eero")
    news = send(NEWS, {"visitor": visitor, "seen": 0}, origin=SHOP)
    assert (news.json(), news["Access-Control-Allow-Origin"]) == ({"unread": 1}, SHOP)
    said = send(FRAME_LOOK, {"visitor": visitor}).json()
    assert [one["html"].count("<li") for one in said["messages"]] == [1, 1]
    assert "Yes, &lt;b&gt;today&lt;/b&gt;." in said["messages"][1]["html"]
    last = said["messages"][1]["id"]
    assert send(NEWS, {"visitor": visitor, "seen": last}, origin=SHOP).json() == {"unread": 0}
    assert send(NEWS, {"visitor": new_visitor()}, origin=SHOP).json() == {"unread": 0}
    assert send(NEWS, {"visitor": visitor}, origin="https://other.example").status_code == 403


def test_the_same_message_again_is_taken_once() -> None:
    visitor = new_visitor()
    for key, text in (("k1", "Hello"), ("k1", "Hello"), ("k2", "Gears?"), ("k2", "Gears?")):
        send(FRAME_SAY, {"visitor": visitor, "text": text, "key": key})
    assert list(Entry.objects.filter(kind=c.IN).values_list("text", flat=True)) == [
        "Hello",
        "Gears?",
    ]


def test_a_message_is_taken_once_and_is_hers_also_in_anothers_case() -> None:
    one, two = new_visitor(), new_visitor()
    for number, visitor in ((7, one), (8, two)):
        send(FRAME_SAY, {"visitor": visitor, "text": "Hello", "key": "k1"})
        do.change(Case.objects.get(customer_id=0).pk, by="eero", customer_id=number)
    first, second = Case.objects.order_by("pk")
    merge(second.pk, first.pk, by="eero")
    for _ in range(2):
        send(FRAME_SAY, {"visitor": two, "text": "Gears?", "key": "k2"})
    assert Entry.objects.get(text="Gears?").customer_id == 8


def test_nobody_reads_with_a_token_that_we_did_not_sign() -> None:
    visitor = new_visitor()
    send(FRAME_SAY, {"visitor": visitor, "text": "Secret"})
    for guess in ("", "guess", visitor[:-3] + "xyz"):
        assert send(FRAME_LOOK, {"visitor": guess}).json()["messages"] == []
        assert send(FRAME_SAY, {"visitor": guess, "text": "Hi"}).status_code == 403
    assert Case.objects.count() == 1


def test_what_other_sites_send_into_the_frame_is_refused() -> None:
    told = {"visitor": new_visitor(), "text": "Spam"}
    for kind in ("cross-site", "same-site", "none"):
        headers = {"sec-fetch-site": kind}
        assert send(FRAME_SAY, told, **headers).status_code == 403
        assert send(FRAME_LOOK, told, **headers).status_code == 403
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"text": "  "}, 422),
        ({"text": "x" * 4001}, 422),
        ({"text": "x" * 40_000}, 413),
        ({"text": "Hi", "email": "no address"}, 422),
        ({"text": ["no", "text"]}, 400),
    ],
)
def test_what_cannot_be_taken_is_said(told: dict[str, Any], status: int) -> None:
    answer = send(FRAME_SAY, {"visitor": new_visitor(), **told})
    assert (answer.status_code, list(answer.json())) == (status, ["error"])
    assert not Case.objects.exists()


def test_a_flood_is_held_back_by_visitor_and_by_address() -> None:
    visitor = new_visitor()
    told = [send(FRAME_SAY, {"visitor": visitor, "text": f"{n}"}).status_code for n in range(14)]
    assert told == [200] * 12 + [429] * 2
    others = [
        send(FRAME_SAY, {"visitor": new_visitor(), "text": "Hi"}).status_code for _ in range(28)
    ]
    assert others == [200] * 26 + [429] * 2


def test_a_site_vouches_for_its_customer_and_nobody_else_can(
    clock: VirtualClock, aino: int
) -> None:
    who = vouched("aino", clock)
    send(FRAME_SAY, {"visitor": new_visitor(), "who": who, "text": "Where is my order?"})
    case = Case.objects.get()
    assert (case.customer_id, case.name, case.address) == (aino, "Aino", "aino@example.com")
    elsewhere = send(FRAME_LOOK, {"visitor": new_visitor(), "who": who}).json()
    assert (len(elsewhere["messages"]), elsewhere["known"]) == (1, True)
    forged = {**who, "user": "eero"}, {**who, "signature": "0" * 64}, {**who, "signature": "ä"}
    for one in forged:
        said = send(FRAME_LOOK, {"visitor": new_visitor(), "who": one}).json()
        assert (said["messages"], said["known"]) == ([], False)
    clock.advance(timedelta(hours=2))
    assert send(FRAME_LOOK, {"visitor": "", "who": who}).json()["messages"] == []


def test_a_signature_holds_for_a_month_at_most_and_ends_with_its_secret(
    clock: VirtualClock,
) -> None:
    far = vouched("aino", clock, ahead=32 * 24 * 3600)
    near = vouched("aino", clock)
    assert user_in(Who(**far), generation=1) == ""
    assert (user_in(Who(**near), generation=1), user_in(Who(**near), generation=2)) == ("aino", "")
    assert user_in(None, generation=1) == ""


def test_what_was_begun_before_signing_in_goes_along_only_at_once(
    clock: VirtualClock, aino: int
) -> None:
    visitor = new_visitor()
    send(FRAME_SAY, {"visitor": visitor, "text": "A question"})
    said = send(FRAME_LOOK, {"visitor": visitor, "who": vouched("aino", clock)}).json()
    assert len(said["messages"]) == 1
    case = Case.objects.get()
    assert (case.customer_id, set(case.entries.values_list("customer_id", flat=True))) == (
        aino,
        {aino},
    )
    assert send(FRAME_LOOK, {"visitor": visitor}).json()["messages"] == []  # signed out again
    send(FRAME_SAY, {"visitor": visitor, "text": "Somebody else"})
    clock.advance(timedelta(hours=2))
    send(FRAME_LOOK, {"visitor": visitor, "who": vouched("aino", clock)})
    assert list(Case.objects.order_by("pk").values_list("customer_id", flat=True)) == [aino, 0]


def test_who_writes_while_nobody_is_there_is_answered_by_mail(clock: VirtualClock) -> None:
    clock.advance(timedelta(hours=10))  # seven in the evening
    visitor = new_visitor()
    told = {"visitor": visitor, "text": "Hello?", "email": "ville@example.com"}
    said = send(FRAME_SAY, told).json()
    assert (said["open"], said["hours"]) == (
        False,
        "We are away now, and back tomorrow at 8. We answer Mon–Fri 8–16.",
    )
    case = Case.objects.get()
    assert (case.channel, case.address, case.reply_to) == (c.EMAIL, "ville@example.com", "")
    entry = do.reply(case.pk, "Good morning!", by="eero")
    assert (entry.sending, entry.channel) == (c.SENDING, c.EMAIL)
    send(FRAME_SAY, {"visitor": visitor, "text": "Thanks"})
    case.refresh_from_db()
    assert case.reply_to == ""  # a letter answers no thread of the chat's
    said = send(FRAME_LOOK, {"visitor": visitor}).json()
    assert len(said["messages"]) == 3


def test_hours_are_said_as_people_say_them(clock: VirtualClock) -> None:
    week = [[["09:00", "17:30"]]] * 4 + [[["09:00", "12:00"], ["13:00", "16:00"]], [], []]
    calendar = Calendar.objects.create(key="shop", weekly=week, country="")
    Target.objects.create(channel=c.CHAT, first_minutes=5, calendar=calendar)
    at = clock.micros()
    day = 24 * 3600 * 1_000_000
    with translation.override("en"):
        assert answered_at(at).sentence == "We answer Mon–Thu 9–17:30, Fri 9–12, 13–16."
        assert answered_at(at + 4 * day + 8 * 3600 * 1_000_000).sentence == (
            "We are away now, and back on Monday at 9. We answer Mon–Thu 9–17:30, Fri 9–12, 13–16."
        )
        assert hours_in_words(ALWAYS) == "We answer around the clock."
    with translation.override("fi"):
        assert answered_at(at - 3600 * 1_000_000).sentence == (
            "Emme ole nyt paikalla. Palaamme tänään klo 9."
            " Vastaamme ma–to klo 9–17.30, pe klo 9–12, 13–16."
        )


def test_a_conversation_closed_long_ago_is_over(clock: VirtualClock) -> None:
    visitor = new_visitor()
    send(FRAME_SAY, {"visitor": visitor, "text": "Hello"})
    do.close(Case.objects.get().pk, by="eero")
    clock.advance(timedelta(days=31))
    assert send(FRAME_LOOK, {"visitor": visitor}).json()["messages"] == []
    send(FRAME_SAY, {"visitor": visitor, "text": "Again"})
    assert Case.objects.count() == 2


def test_a_closed_chat_is_nowhere() -> None:
    Rules.objects.create(document={"has_chat": False}, changed_at=0)
    client = Client(headers={"origin": SHOP})
    assert [client.get(path).status_code for path in (LOOK, FRAME)] == [404, 404]
    assert send(FRAME_SAY, {"visitor": new_visitor(), "text": "Hi"}).status_code == 404


@pytest.mark.parametrize(
    "told",
    [
        "",
        "www.shop.example",
        "http://shop.example",
        "https://",
        "https://*.shop.example",
        "https://shop.example; script-src *",
        "https://user@shop.example",
        "javascript:alert(1)",
        "https://shop.example:port",
    ],
)
def test_what_is_no_site_is_not_listed(told: str) -> None:
    with pytest.raises(NotASite):
        site_of(told)


def test_sites_are_kept_as_browsers_write_them() -> None:
    kept = save_chat_rules(
        ChatRules(sites=["https://Shop.example:443/a", "https://käyttö.example"]), by="ville"
    )
    assert kept.sites == ["https://shop.example", "https://xn--kytt-loa5i.example"]
    assert chat_rules() == kept


def test_a_colour_must_be_seen_and_its_text_be_read() -> None:
    with pytest.raises(TooPale):
        save_chat_rules(ChatRules(colour="#ffee00"), by="ville")
    for colour in ("#0b5c6b", "#757575", "#c4510c"):
        assert ink_on(colour)[1] >= 4.5
