"""A person's answer to a customer: by the same ledger and senders, once, and outside every dialogue."""

from __future__ import annotations

import msgspec
import pytest
from django.utils import translation

from keskio.channels.contracts import Result
from keskio.kernel.clock import VirtualClock
from keskio.kernel.sql import fetch
from keskio.talk.answering import CannotAnswer
from keskio.talk.api import answer, cases_of, hold_back, let_go, publish
from keskio.talk.explaining import explain_message
from tests.talk.contact.test_gate_live import dialogue
from tests.talk.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(clock: VirtualClock) -> World:
    company = World(clock)
    company.person("aino")
    return company


def write(world: World, *, number: int = 1, customer: int | None = None) -> int:
    """Answer a letter of Aino's in case 7."""
    return answer(
        customer=world.people["aino"] if customer is None else customer,
        channel="email",
        to="aino@example.com",
        subject="Re: Pyörä",
        text="Hei Aino, pyörä on valmis.",
        case=7,
        number=number,
        by="sari",
        in_reply_to="abc@example.com",
    )


def told(name: str) -> list[dict[str, object]]:
    """Return the properties of the events of a name, oldest first."""
    rows = fetch("SELECT body FROM events_event WHERE name = %s ORDER BY id", (name,))
    return [msgspec.json.decode(body)["properties"] for (body,) in rows]


def test_an_answer_leaves_once_and_its_case_is_told(world: World) -> None:
    message = write(world)
    assert write(world) == message
    world.settle()
    [sent] = world.outbox.sent
    assert (sent.to, sent.subject, sent.in_reply_to, sent.by_person) == (
        "aino@example.com",
        "Re: Pyörä",
        "abc@example.com",
        True,
    )
    expected = {"message": message, "channel": "email", "case": 7, "number": 1, "awaited": False}
    assert told("message.sent") == [expected]
    assert cases_of([message, 0]) == {message: 7}
    world.settle()
    assert len(world.outbox.sent) == 1


def test_somebody_unknown_can_be_answered(world: World) -> None:
    write(world, customer=0)
    world.settle()
    assert [sent.to for sent in world.outbox.sent] == ["aino@example.com"]


def test_an_answer_of_which_nobody_knows_is_not_tried_again(world: World) -> None:
    world.outbox.results.append(Result("unknown", sentence="the line broke"))
    message = write(world)
    world.settle()
    assert told("message.unknown")[0]["case"] == 7
    world.settle()
    assert not world.outbox.sent
    with translation.override("fi"):
        explained = explain_message(message, may_see_health=False)
    assert explained is not None
    assert explained.sentence.startswith("Sari kirjoitti tämän vastauksen")


def test_a_customer_who_answers_an_answer_moves_no_dialogue(world: World) -> None:
    write(world)
    world.settle()
    world.reply("aino", "Kiitos!", channel="email", reference=world.outbox.sent[0].reference)
    world.settle()
    assert fetch("SELECT count(*) FROM talk_enrolment") == [(0,)]


@pytest.mark.parametrize(
    "wrong", [{"channel": "pigeon"}, {"text": "  "}, {"to": ""}, {"case": 0}, {"number": 0}]
)
def test_what_cannot_leave_is_refused(world: World, wrong: dict[str, object]) -> None:
    right = {"channel": "email", "to": "a@example.com", "text": "Hei", "case": 1, "number": 1}
    with pytest.raises(CannotAnswer):
        answer(customer=0, by="sari", **{**right, **wrong})  # type: ignore[arg-type]


def test_campaigns_wait_until_it_is_put_right(world: World) -> None:
    publish(dialogue("news"))
    hold_back(world.people["aino"], "open_promise_broken", "promise/1")
    hold_back(world.people["aino"], "open_promise_broken", "promise/1")
    world.tell("aino", "Asked news")
    world.wait(days=2)
    assert not world.outbox.sent
    assert world.reasons_of("aino")[0] == ("held", "open_promise_broken")
    assert let_go("promise/1")
    assert not let_go("promise/1")
    world.wait(days=1)
    assert len(world.outbox.sent) == 1


def test_what_was_claimed_already_waits_too(world: World) -> None:
    publish(dialogue("news"))
    world.tell("aino", "Asked news")
    world.run()
    hold_back(world.people["aino"], "open_case", "case/1")
    world.settle()
    assert not world.outbox.sent
    let_go("case/1")
    world.wait(days=1)
    assert len(world.outbox.sent) == 1
