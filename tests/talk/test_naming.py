"""What other rooms' pages call dialogues, steps, messages and offers; and who is told of health."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.urls import resolve
from django.utils import translation

from keskio.kernel.clock import VirtualClock
from keskio.know.contracts import ConsentRow
from keskio.talk import drawing, shelf
from keskio.talk.api import publish
from keskio.talk.documents import compile_text, playbook_text
from keskio.talk.models import Message
from keskio.talk.naming import dialogue_names, message_names, step_names
from keskio.talk.programs import Programs
from keskio.web.names import Reader
from tests.talk.test_explain import THANKS
from tests.talk.world import World

pytestmark = pytest.mark.django_db
FI, EN = Reader("fi"), Reader("en")
HIDDEN = "a dialogue about health"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> Any:
    # What is rolled back leaves its numbers to the next test: nothing compiled may stay.
    monkeypatch.setattr(shelf, "_programs", Programs())
    with translation.override("en"):
        yield


def thanked(clock: VirtualClock, purpose: str) -> str:
    """Send Siiri the message of the dialogue, and return its number."""
    clock.turn_to(datetime(2012, 9, 3, 8, 0, tzinfo=UTC))
    world = World(clock)
    publish(THANKS % purpose)
    world.person("siiri", town="Oulu", consents=(ConsentRow(purpose, "sms"),))
    world.tell("siiri", "Order Completed", total=85)
    world.settle()
    return str(Message.objects.get().pk)


def test_dialogues_steps_and_messages_are_called_by_their_titles(clock: VirtualClock) -> None:
    message = thanked(clock, "marketing")

    assert dialogue_names({"thanks", "gone"}, FI) == {"thanks": "Kiitos"}
    assert step_names({"thanks/1/thank", "thanks/1/gone", "gone/1/a", "odd"}, EN) == {
        "thanks/1/thank": "Thank you",
        "thanks/1/gone": "gone",
    }
    assert message_names({message, "999999"}, FI) == {message: "Kiitos · Kiitosviesti"}


def test_a_dialogue_about_health_is_named_only_to_those_who_may_see_it(clock: VirtualClock) -> None:
    message = thanked(clock, "health")
    stranger = Reader("en", may_see_health=False)

    assert dialogue_names({"thanks"}, EN) == {"thanks": "Thanks"}
    assert dialogue_names({"thanks"}, stranger) == {"thanks": HIDDEN}
    assert step_names({"thanks/1/thank"}, stranger) == {"thanks/1/thank": HIDDEN}
    assert message_names({message}, stranger) == {message: HIDDEN}


@pytest.mark.parametrize(
    ("language", "line"), [("fi", "Tekijä: Asiakaspalvelu"), ("en", "For: Customer service")]
)
def test_the_drawing_calls_a_queue_by_its_name(language: str, line: str) -> None:
    program, _findings = compile_text(playbook_text("bicycle-autumn-service"))
    assert program is not None
    resolve("/")  # the wiring, which puts the rooms together, comes with the addresses

    with translation.override(language):
        drawn = drawing.draw(program, language)

    (call,) = [node for node in drawn.nodes if node.id == "call"]
    assert call.lines[0] == line
