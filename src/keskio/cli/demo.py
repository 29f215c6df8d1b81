"""The demo company: Pyöräliike Ketju Oy, invented, with a thousand customers and simulated phones.

Seeding is safe to repeat: what is there already is left as it is. The past is written with a clock
that stands in the past, so that the log is in the order of its times.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from keskio.cli.installation import data_option, use_installation

if TYPE_CHECKING:
    from keskio.events.contracts import NewEvent

COMPANY = "Pyöräliike Ketju Oy"
PASSWORD = "ketju-demo-85"  # noqa: S105 - printed on purpose: the demo's people are invented
SIGN_IN = f"Sign in as admin, editor or reader; the password of each is {PASSWORD}"
USERS = ("admin", "editor", "reader")
SHOP = "Verkkokauppa"
ZONE = "Europe/Helsinki"
OFFER = "winter-bicycle-20"
PLAYBOOK = "bicycle-autumn-service"
SIMULATOR = "Simulator"
# A thousand first messages in a little over a minute: one can watch them go.
MESSAGES_A_SECOND = 12.0
# And so many days ago with RFM: this month is compared with that one.
PROFILES_SINCE = 35
# So many days ago the company began with segments; its past is told in such steps of days.
SEGMENTS_SINCE, SEGMENTS_STEP = 120, 5
# Time to sign in before the first message leaves.
HEAD_START = timedelta(seconds=25)


@click.command()
@data_option
def demo_seed(data: Path | None) -> None:
    """Fill an installation with the demo company; twice is once."""
    use_installation(data=data, demo="yes")
    seed()
    click.echo(SIGN_IN)


def seed() -> None:
    """Fill this installation with the demo company; what is there already is left as it is."""
    from django.db import transaction

    from keskio.cli.demo_listening import seed_listening
    from keskio.cli.demo_profiles import seed_present
    from keskio.cli.demo_programmes import seed_programmes
    from keskio.kernel.clock import now
    from keskio.know.api import all_customer_ids

    seed_users()
    source = seed_source()
    seed_accounts()
    if all_customer_ids(limit=1):
        return
    today = now()
    with transaction.atomic():
        seed_people(source, today=today)
        seed_dialogue(today=today)
        seed_programmes(all_customer_ids(limit=100), today=today)
    seed_present()
    seed_listening(today)


def seed_users() -> None:
    """Make one user of each role."""
    from django.contrib.auth.models import User

    from keskio.web.api import create_user

    for role in USERS:
        if not User.objects.filter(username=role).exists():
            create_user(role, password=PASSWORD, role=role)


def seed_source() -> int:
    """Make the web shop's source with a key for its server and one for browsers; return its id."""
    from keskio.tracking.api import add_key, add_source, source_names

    for number, name in source_names().items():
        if name == SHOP:
            return number
    source = add_source(SHOP)
    add_key(source)
    add_key(source, browser=True)
    return int(source.pk)


def seed_people(source: int, *, today: datetime) -> None:
    """Take in the customers, and their orders of the past year."""
    from keskio.cli import demo_people
    from keskio.cli.demo_objects import seed_objects
    from keskio.events.contracts import NewEvent
    from keskio.kernel.clock import to_micros
    from keskio.know.api import customer_by, import_people

    joined = today - timedelta(days=360)
    people = demo_people.people(joined=joined)
    with clock_at(joined):
        import_people(people, source=source, cause="demo")
    bought = demo_people.purchases(since=joined, until=today - timedelta(days=20))
    customers = {place: customer_by(*people[place].identifiers[0]) for place in range(len(people))}
    orders = [
        NewEvent(
            customer=customers[one.person] or 0,
            name="Order Completed",
            at=to_micros(one.at),
            body=_text({"product": one.product, "revenue": one.price, "currency": "EUR"}),
            received_at=to_micros(one.at),
            source=source,
        )
        for one in bought
    ]
    tell_orders(orders, today=today)
    seed_objects(orders, source)


def tell_orders(orders: Sequence[NewEvent], *, today: datetime) -> None:
    """Append the orders as they came; the last months day by day, so that segments have a past."""
    from keskio.cli.demo_profiles import seed_past
    from keskio.cli.demo_segments import follow_log, seed_segments
    from keskio.events.api import append_events
    from keskio.kernel.clock import to_micros

    waiting = sorted(orders, key=lambda order: order.at)
    for days in range(SEGMENTS_SINCE, 0, -SEGMENTS_STEP):
        moment = today - timedelta(days=days)
        past = [order for order in waiting if order.at < to_micros(moment)]
        waiting = waiting[len(past) :]
        with clock_at(moment):
            append_events(past)
            if days == SEGMENTS_SINCE:
                seed_segments()
            else:
                follow_log()
            if days - SEGMENTS_STEP < PROFILES_SINCE <= days:
                seed_past()
    append_events(waiting)


def seed_accounts() -> None:
    """Make the accounts that send to the simulator, or lead them to where it listens now."""
    from django.conf import settings

    from keskio.channels.api import accounts, change_account
    from keskio.channels.contracts import Limits
    from keskio.channels.simulator.accounts import use_simulator

    phones, mail, receiver = (settings.PORT + step for step in (1, 2, 3))
    use_simulator(
        port=phones,
        mail_port=mail,
        receiver_port=receiver,
        company=COMPANY,
        per_second=MESSAGES_A_SECOND,
    )
    now = {
        "sms": {"url": f"http://127.0.0.1:{phones}/send"},
        "email": {"port": str(mail), "listen_port": str(receiver)},
    }
    for account in accounts():
        given = now.get(account.channel, {})
        if account.name == SIMULATOR and not given.items() <= account.settings.items():
            change_account(
                account.pk,
                name=account.name,
                settings={**account.settings, **given},
                secrets={},
                limits=Limits(account.concurrency, account.per_second),
                active=account.active,
            )


def seed_dialogue(*, today: datetime) -> None:
    """Publish the autumn service with the demo's own dates, the offer it gives, and the rules of contact."""
    from keskio.engine.pressure import Cap, Rules
    from keskio.talk.api import add_offer, publish_playbook, set_rules

    week = 7 * 24 * 3600 * 1_000_000
    # No quiet hours: the demo shows its messages at any hour of the day.
    set_rules(Rules(caps=(Cap(limit=3, window=week, pressure="marketing"),), quiet=None), by="demo")
    add_offer(
        OFFER,
        title={"fi": "20 % talvipyöristä", "en": "20 % off winter bicycles"},
        prefix="KETJU",
        stock=500,
        valid_until=today + timedelta(days=67),
    )
    publish_playbook(PLAYBOOK, variables=campaign(today), by="admin")
    # Text RETKI to the company from a phone; let a source tell of a new product.
    publish_playbook("keyword-content", by="admin")
    add_offer(
        "free-delivery",
        title={"fi": "Ilmainen toimitus", "en": "Free delivery"},
        prefix="VAPAA",
        per_customer=52,
    )
    publish_playbook("new-stock", variables={"shop": COMPANY}, by="admin")


def campaign(today: datetime) -> dict[str, str]:
    """Return the playbook's dates, as far from each other as in the real campaign, beginning now.

    Times are local to the company; a day alone lasts to its end.
    """
    start = today.astimezone(ZoneInfo(ZONE)).replace(microsecond=0, tzinfo=None) + HEAD_START
    day = start.date()
    return {
        "starts_at": start.isoformat(),
        "offer_to": (day + timedelta(days=19)).isoformat(),
        "coupon_to": (day + timedelta(days=66)).isoformat(),
        "helmets_at": f"{day + timedelta(days=57)}T10:00",
        "evening_starts_at": f"{day + timedelta(days=71)}T18:00",
        "answers_to": (day + timedelta(days=112)).isoformat(),
        "ends_at": (day + timedelta(days=143)).isoformat(),
    }


@contextmanager
def clock_at(moment: datetime) -> Iterator[None]:
    """Let this process live at `moment` for a while."""
    from keskio.kernel.clock import VirtualClock, set_clock

    before = set_clock(VirtualClock(moment))
    try:
        yield
    finally:
        set_clock(before)


def _text(properties: dict[str, Any]) -> str:
    import msgspec

    return msgspec.json.encode({"properties": properties}).decode()
