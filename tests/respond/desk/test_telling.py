"""Staff are told by e-mail of what they have asked for, in one letter in fifteen minutes at most."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from keskio.channels.contracts import Outgoing, Result
from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import VirtualClock, now_micros
from keskio.kernel.errors import Trouble
from keskio.respond.assigning import seat
from keskio.respond.desk import posting
from keskio.respond.desk.models import Notice, Telling
from keskio.respond.desk.posting import send_due
from keskio.respond.desk.telling import NAMES, Teller, ask_to_be_told, telling_of
from keskio.respond.inbox.actions import assign
from keskio.respond.inbox.looking import Lookout
from keskio.web.api import create_user
from tests.respond.desk.conftest import Opened, SignedIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


class Letterbox:
    """An e-mail account of the company that keeps what it is given."""

    def __init__(self) -> None:
        self.letters: list[Outgoing] = []
        self.result = Result("accepted")
        self.trouble = False

    def send(self, batch: Sequence[Outgoing]) -> list[Result]:
        if self.trouble:
            raise Trouble("The mail server takes nothing now.")
        self.letters += batch
        return [self.result for _ in batch]

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def letterbox(monkeypatch: pytest.MonkeyPatch) -> Letterbox:
    box = Letterbox()
    monkeypatch.setattr(posting, "transport_for", lambda _channel: box)
    for name in ("eero", "siiri", "ville"):
        create_user(name, password="kuutamo-järvellä-88", role="editor", email=f"{name}@example.fi")
    return box


def tell(name: str, **told: Any) -> None:
    body = msgspec.json.encode({"properties": told}).decode()
    append_events([NewEvent(0, name, now_micros(), body)])


def warned(case: int, assignee: str = "eero", **more: Any) -> None:
    tell("case.warned", case=case, channel="email", assignee=assignee, due_at=now_micros(), **more)


def follow() -> int:
    while Teller().turn(now_micros()):
        pass
    return send_due()


def test_nobody_is_told_of_anything_before_they_ask(letterbox: Letterbox) -> None:
    warned(41)
    tell("theme.rising", theme="jonot", count=9)

    assert follow() == 0
    assert (letterbox.letters, Notice.objects.count()) == ([], 0)


def test_who_has_the_case_is_told_or_else_who_works_for_its_queue(letterbox: Letterbox) -> None:
    for name in ("eero", "siiri", "ville"):
        ask_to_be_told(name, wants=NAMES, language="en")
    seat("bills", "siiri")
    warned(1, "eero", queue="bills")
    tell("case.handed_over", case=2, channel="sms", queue="bills", assignee="")

    assert follow() == 2

    assert [letter.to for letter in letterbox.letters] == ["eero@example.fi", "siiri@example.fi"]
    first, second = (letter.text.split("\n\n")[0] for letter in letterbox.letters)
    assert first.startswith("Case #1 (E-mail) must be answered by ")
    assert first.endswith("/inbox/1/")
    assert second.startswith("Case #2 (Text message) was late and has been handed over.")


def test_everybody_who_asked_hears_of_a_rising_theme_in_their_language(
    letterbox: Letterbox,
) -> None:
    ask_to_be_told("eero", wants={"theme.rising"}, language="fi")
    ask_to_be_told("siiri", wants={"case.warned"}, language="en")
    tell("theme.rising", theme="jonot", count=9, expected=2.5, alert=1)

    assert follow() == 1
    (letter,) = letterbox.letters
    assert (letter.to, letter.language, letter.message) == ("eero@example.fi", "fi", 0)
    assert letter.subject == "Keskiö: 1 asia, josta pyysit kertomaan"
    assert letter.text.split("\n\n")[0].endswith("/trends/alerts/1/")


def test_what_happens_within_fifteen_minutes_comes_in_one_letter(
    letterbox: Letterbox, clock: VirtualClock
) -> None:
    ask_to_be_told("eero", wants=NAMES, language="en")
    warned(1)
    assert follow() == 1
    for case in (2, 3):
        clock.advance(timedelta(minutes=7))
        warned(case)
        assert follow() == 0

    clock.advance(timedelta(minutes=1))
    assert follow() == 1

    assert [letter.subject for letter in letterbox.letters] == [
        "Keskiö: 1 thing that you asked to be told of",
        "Keskiö: 2 things that you asked to be told of",
    ]
    assert Notice.objects.count() == 0


def test_what_could_not_be_handed_over_waits_and_what_was_refused_is_told_on_the_page(
    letterbox: Letterbox, clock: VirtualClock
) -> None:
    ask_to_be_told("eero", wants=NAMES, language="en")
    letterbox.trouble = True
    warned(1)
    assert follow() == 0
    assert Notice.objects.count() == 1
    assert telling_of("eero").trouble == "The mail server takes nothing now."
    letterbox.trouble = False
    assert follow() == 0  # not before its time

    clock.advance(timedelta(minutes=15))
    letterbox.result = Result("refused", sentence="No such box.", permanent=True)
    assert follow() == 0
    assert Notice.objects.count() == 0
    assert telling_of("eero").trouble == "No such box."
    assert len(letterbox.letters) == 1


def test_old_news_and_people_who_have_left_are_passed_over(
    letterbox: Letterbox, clock: VirtualClock
) -> None:
    for name in ("eero", "siiri"):
        ask_to_be_told(name, wants=NAMES, language="en")
    left = create_user("left", password="kuutamo-järvellä-88", role="editor", email="l@example.fi")
    ask_to_be_told("left", wants=NAMES, language="en")
    left.is_active = False
    left.save()
    warned(1)
    warned(2, "left")
    clock.advance(timedelta(days=2))

    assert follow() == 0
    assert letterbox.letters == []


def test_a_deadline_that_draws_near_is_told_of_by_the_inbox_itself(
    letterbox: Letterbox, clock: VirtualClock, opened: Opened
) -> None:
    ask_to_be_told("eero", wants={"case.warned"}, language="en")
    case = opened(channel="chat")
    assign(case.pk, to="eero", by="siiri")
    clock.advance(timedelta(minutes=4))
    Lookout().turn(now_micros())

    assert follow() == 1
    assert f"Case #{case.pk} (Web chat) must be answered by " in letterbox.letters[0].text


def test_everybody_chooses_for_themselves_and_what_waits_goes_with_the_wish(
    signed_in: SignedIn,
) -> None:
    client = signed_in("reader")
    assert "You have no e-mail address here." in client.get("/inbox/tell-me/").content.decode()

    client.post("/inbox/tell-me/", {"wants_warned": "on"})
    mine = Telling.objects.get()
    assert (mine.username, mine.wants_warned, mine.wants_rising) == ("reader", True, False)
    warned(1, "reader")
    Teller().turn(now_micros())
    assert client.get("/inbox/tell-me/").context["waiting"] == 1

    client.post("/inbox/tell-me/", {})
    assert Notice.objects.count() == 0
