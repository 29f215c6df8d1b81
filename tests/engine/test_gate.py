"""Which channel a proposed message goes in, and what is said when none will do."""

from __future__ import annotations

import msgspec
import pytest

from keskio.engine.dialogue.effects import SendMessage
from keskio.engine.dialogue.facts import Contact, Facts
from keskio.engine.dialogue.gate import decide
from keskio.engine.dialogue.program import Message
from keskio.engine.pressure import Cap, Quiet, Rules
from keskio.engine.times import DAY, HOUR
from tests.engine.making import AINO, MONDAY, VILLE

FREE = Rules(quiet=None)


def proposed(
    *channels: str, purpose: str = "marketing", valid_until: int | None = None
) -> SendMessage:
    message = Message(channels, {"fi": "Hei"}, purpose=purpose)
    return SendMessage("hello", 1, message, channels, valid_until)


def brief(effect: SendMessage, facts: Facts, rules: Rules = FREE) -> tuple[str, str, str]:
    verdict, channel = decide(effect, facts, rules, MONDAY)
    return verdict.verdict, verdict.reason, channel


def test_the_first_channel_that_may_is_taken() -> None:
    assert brief(proposed("sms", "email"), AINO) == ("send", "", "sms")
    assert brief(proposed("email", "sms"), AINO) == ("send", "", "email")


def test_no_address_goes_on_to_the_next_channel() -> None:
    facts = msgspec.structs.replace(AINO, addresses={"email": "aino@example.fi", "sms": ""})
    assert brief(proposed("sms", "email"), facts) == ("send", "", "email")
    assert brief(proposed("sms"), facts) == ("drop", "no_address", "sms")


def test_a_stop_in_one_channel_leaves_the_other() -> None:
    facts = msgspec.structs.replace(AINO, consents={**AINO.consents, "*/sms": "withdrawn"})
    assert brief(proposed("sms", "email"), facts) == ("send", "", "email")
    assert brief(proposed("sms"), facts) == ("drop", "stopped", "sms")


def test_when_all_refuse_the_best_liked_gives_the_reason() -> None:
    facts = msgspec.structs.replace(AINO, consents={"marketing/email": "withdrawn"})
    assert brief(proposed("sms", "email"), facts) == ("drop", "no_permission", "sms")
    assert brief(proposed("email", "sms"), facts) == ("drop", "permission_withdrawn", "email")


def test_no_permission_is_no_message() -> None:
    assert brief(proposed("sms"), VILLE) == ("drop", "no_permission", "sms")
    assert brief(proposed("sms", purpose="answer"), VILLE) == ("send", "", "sms")


def test_a_channel_that_may_go_now_beats_one_liked_better_that_has_to_wait() -> None:
    rules = Rules((Cap(1, DAY, channel="sms"),), None)
    facts = msgspec.structs.replace(AINO, contacts=(Contact(MONDAY - 1, "sms", "marketing"),))
    assert brief(proposed("sms", "email"), facts, rules) == ("send", "", "email")


def test_among_channels_that_wait_the_one_that_frees_first_is_held() -> None:
    rules = Rules((Cap(1, DAY, channel="sms"), Cap(1, DAY, channel="email")), None)
    contacts = (
        Contact(MONDAY - 2 * HOUR, "email", "marketing"),
        Contact(MONDAY - HOUR, "sms", "marketing"),
    )
    facts = msgspec.structs.replace(AINO, contacts=contacts)
    verdict, channel = decide(proposed("sms", "email"), facts, rules, MONDAY)
    assert (verdict.verdict, verdict.until, channel) == ("hold", MONDAY + 22 * HOUR, "email")


def test_a_channel_that_waits_beats_one_that_refuses() -> None:
    rules = Rules((Cap(1, DAY, channel="email"),), None)
    contacts = (Contact(MONDAY - HOUR, "email", "marketing"),)
    facts = msgspec.structs.replace(AINO, addresses={"email": "a@b.fi"}, contacts=contacts)
    assert brief(proposed("sms", "email"), facts, rules) == ("hold", "pressure", "email")


def test_the_validity_of_the_proposal_is_kept() -> None:
    assert brief(proposed("sms", valid_until=MONDAY), AINO) == ("drop", "too_late", "sms")
    assert brief(proposed("sms", valid_until=MONDAY + 1), AINO) == ("send", "", "sms")


@pytest.mark.parametrize(
    ("zone", "verdict"), [("Europe/Helsinki", "send"), ("America/New_York", "hold")]
)
def test_quiet_hours_are_those_of_the_customers_zone(zone: str, verdict: str) -> None:
    facts = msgspec.structs.replace(AINO, zone=zone)
    assert brief(proposed("sms"), facts, Rules(quiet=Quiet()))[0] == verdict
