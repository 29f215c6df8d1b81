"""Promises of the demo company: most are kept, a few are late, one has been broken today."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from keskio.kernel.clock import to_micros
from keskio.know.api import all_customer_ids
from keskio.respond.inbox.models import Case
from keskio.respond.promises import actions
from keskio.respond.promises.contracts import (
    BLUEPRINT,
    DIALOGUE,
    PERSON,
    REPLY,
    TASK,
    NewPromise,
)
from keskio.respond.promises.models import Promise
from keskio.respond.promises.recognising import keeping_of

# (text, origin, team, channel, how many hours it was given)
USUAL = (
    ("Soitamme kahden työtunnin kuluessa", DIALOGUE, "myynti", "sms", 3),
    ("Lähetämme tarjouksen kahden työpäivän kuluessa", DIALOGUE, "myynti", "email", 48),
    ("Palaamme asiaan huomenna", REPLY, "asiakaspalvelu", "email", 24),
    ("Pyörä on valmis perjantaina", TASK, "korjaamo", "sms", 60),
    ("Toimitamme pyörän viikon kuluessa", BLUEPRINT, "toimitus", "email", 168),
)
OPEN = (
    ("Palaamme akun hintaan tänään", REPLY, "asiakaspalvelu", "sms", 4),
    ("Soitan leasingsopimuksesta huomenna", PERSON, "", "call", 26),
    ("Lähetämme tarjouksen toimistopyöristä kahden työpäivän kuluessa", *USUAL[1][1:4], 40),
    ("Vaihteensiirtäjä on paikallaan torstaina", TASK, "korjaamo", "sms", 70),
)
BROKEN_AFTER = (11, 23, 31)  # places of those that nobody kept in time
HISTORY, PAST = 36, 60


@transaction.atomic
def seed_demo(now: datetime) -> None:
    """Let the demo company have promised things for two months."""
    people = all_customer_ids(limit=PAST)
    kept: list[tuple[Promise, int]] = []
    for place in range(HISTORY):
        text, origin, team, channel, hours = USUAL[place % len(USUAL)]
        made = now - timedelta(days=PAST) + timedelta(hours=place * 34 + place % 7)
        if made + timedelta(hours=hours) >= now:
            continue
        promise = _promised(
            people[place % len(people)], (text, origin, team, channel, hours), made, place
        )
        if place not in BROKEN_AFTER:
            kept.append(
                (promise, to_micros(made + timedelta(hours=hours * (0.3 + place % 5 / 10))))
            )
    actions.keep_all(kept, by="editor")
    actions.break_due(to_micros(now), limit=HISTORY)
    for promise in Promise.objects.filter(state="broken").order_by("due_at")[:2]:
        actions.put_right(promise.pk, by="editor", note="Soitettu ja pyydetty anteeksi")
    for place, told in enumerate(OPEN):
        _promised(people[40 + place], told, now - timedelta(hours=place), HISTORY + place)
    _in_a_case(now)


def _promised(
    customer: int, told: tuple[str, str, str, str, int], made: datetime, place: int
) -> Promise:
    text, origin, team, channel, hours = told
    return actions.make(
        NewPromise(
            customer=customer,
            text=text,
            made_at=to_micros(made),
            due_at=to_micros(made + timedelta(hours=hours)),
            origin=origin,
            key=f"demo-{place}",
            by="editor" if origin in (REPLY, PERSON) else "",
            owner="editor" if place % 3 == 0 else "",
            team=team,
            channel=channel,
        )
    )


def _in_a_case(now: datetime) -> None:
    """Let an answer in an open case have promised something."""
    case = Case.objects.filter(kind="complaint", state="open").order_by("pk").first()
    if case is None:
        return
    text = "Ilmoitamme heti torstaina, kun pyörä on valmis"
    actions.make(
        NewPromise(
            customer=case.customer_id,
            text=text,
            due_at=to_micros(now + timedelta(hours=30)),
            origin=REPLY,
            key=f"demo-case-{case.pk}",
            by="editor",
            owner="editor",
            channel=case.channel,
            case=case.pk,
            keeping=keeping_of(text, case.pk),
        )
    )
