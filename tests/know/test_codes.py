"""Personal identity codes, from the door to the log."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from keskio.config.wiring import make_intake
from keskio.events.api import spool_row
from keskio.events.models import Event
from keskio.kernel.clock import now_micros
from keskio.know.groups.models import Group
from keskio.know.models import Customer, Link
from keskio.know.rules import Rule
from keskio.know.ruling import keep_rules

pytestmark = pytest.mark.django_db(transaction=True)

CODE = "131052-308T"
CALL = {
    "type": "identify",
    "userId": "aino",
    "traits": {"name": "Aino", "hetu": CODE},
    "context": {"externalIds": [{"type": "hetu", "id": CODE}, {"type": "crm", "id": "7"}]},
}


def take(*calls: Mapping[str, object]) -> None:
    body = json.dumps({"batch": calls}).encode()
    spool_row(kind="segment", source=1, meta='{"trusted":true}', body=body)
    intake = make_intake()
    while intake.turn(now_micros()):
        pass


def held() -> list[str]:
    texts = [*Event.objects.values_list("body", flat=True)]
    texts += Customer.objects.values_list("traits", flat=True)
    texts += Link.objects.values_list("value", flat=True)
    return [text for text in texts if CODE in text]


def test_a_code_without_a_legal_basis_is_kept_nowhere() -> None:
    take(CALL)

    assert held() == []
    assert set(Link.objects.filter(refused="").values_list("type", "value")) == {
        ("user_id", "aino"),
        ("crm", "7"),
    }
    assert json.loads(Customer.objects.get().traits) == {"name": "Aino"}


def test_a_code_with_a_legal_basis_is_an_identifier() -> None:
    keep_rules({"hetu": Rule("hetu", 15, legal_basis="Insurance contracts act, section 1")})

    take(CALL)

    assert Link.objects.get(type="hetu").value == CODE
    assert len(held()) == 3


def test_a_group_call_at_the_door_makes_the_group() -> None:
    take({"type": "group", "userId": "aino", "groupId": "g1", "traits": {"name": "Pyörä Oy"}})

    assert Group.objects.get().name == "Pyörä Oy"
    assert Event.objects.filter(name="group.member_added").count() == 1
