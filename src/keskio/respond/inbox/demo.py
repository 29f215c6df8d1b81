"""Cases of the demo company: a shop's ordinary weeks, some of them late."""

from __future__ import annotations

from datetime import datetime

import msgspec
from django.db import transaction

from keskio.kernel.clock import from_micros, to_micros
from keskio.know.api import all_customer_ids, people_of
from keskio.know.contracts import Person
from keskio.respond.assigning import seat
from keskio.respond.inbox import contracts as c
from keskio.respond.inbox.changing import Batch
from keskio.respond.inbox.models import Calendar, Case, Entry, Queue, Target
from keskio.respond.inbox.sharing import give
from keskio.respond.inbox.taking import begin, take_message, to_state

HOUR = 3_600_000_000
SEATS = {"service": ("editor", "admin"), "shop": ("editor",), "workshop": ("editor", "admin")}
QUEUES: tuple[tuple[str, dict[str, str], list[str], list[str], str], ...] = (
    ("workshop", {"fi": "Korjaamo", "en": "Workshop"}, [], ["huolto", "varaosat"], "service"),
    ("some", {"fi": "Some", "en": "Social media"}, ["social"], [], "service"),
    ("service", {"fi": "Asiakaspalvelu", "en": "Customer service"}, [], [], "shop"),
    ("shop", {"fi": "Myymäläpäällikkö", "en": "Shop manager"}, ["letter"], [], ""),
)
TARGETS = (
    # title, channel, kind, first, next, resolution (minutes of working time)
    ({"fi": "Some: tunnissa", "en": "Social media: an hour"}, "social", "", 60, 60, 960),
    ({"fi": "Chat: viisi minuuttia", "en": "Chat: five minutes"}, "chat", "", 5, 5, 480),
    ({"fi": "Valitus", "en": "Complaint"}, "", "complaint", 120, 240, 960),
    ({"fi": "Tekstiviesti", "en": "Text message"}, "sms", "", 120, 120, 960),
    ({"fi": "Muut: työpäivässä", "en": "Others: a working day"}, "", "", 480, 480, 2400),
)


class Told(msgspec.Struct, frozen=True):
    """A case in short: what was said, by whom (customer, agent, bot, note), and hours before now."""

    channel: str
    kind: str
    severity: int
    themes: list[str]
    subject: str
    said: list[tuple[str, float, str]]
    ends: str = c.OPEN


STORIES = (
    Told(
        *("email", c.COMPLAINT, c.SERIOUS, ["huolto", "jonot"], "Huolto myöhästyi taas"),
        [
            (
                "customer",
                27.0,
                "Hei, pyörän piti olla valmis perjantaina, mutta kukaan ei ilmoittanut. Ajoin turhaan 40 km.",
            ),
            ("bot", 26.9, "Kiitos viestistäsi. Vastaamme yhden työpäivän kuluessa."),
            ("note", 25.0, "Soitin korjaamolle: vaihteensiirtäjä on tilauksessa, tulee torstaina."),
        ],
    ),
    Told(
        *("social", c.COMPLAINT, c.CRITICAL, ["palvelu", "hinta"], ""),
        [
            (
                "customer",
                1.6,
                "Uusi sähköpyörä hajosi kolmen viikon jälkeen ja @ketju ei vastaa puhelimeen. Ei enää ikinä!",
            )
        ],
    ),
    Told(
        *("social", c.COMPLAINT, c.SERIOUS, ["toimitus"], ""),
        [
            (
                "customer",
                30.0,
                "Viikko sitten luvattiin toimitus kahdessa päivässä. Missä pyörä viipyy?",
            ),
            (
                "agent",
                29.5,
                "Pahoittelemme! Laita meille tilausnumerosi yksityisviestillä, niin selvitämme heti.",
            ),
            ("customer", 0.4, "Laitoin, kukaan ei ole vastannut."),
        ],
    ),
    Told(
        *("sms", c.QUESTION, c.NORMAL, ["huolto"], ""),
        [("customer", 0.7, "Moi, saako talvirenkaat vaihdettua vielä tällä viikolla?")],
    ),
    Told(
        *("chat", c.QUESTION, c.NORMAL, ["tuotteet"], ""),
        [("customer", 0.05, "Onko teillä 54 cm runkoa varastossa Lahdessa?")],
    ),
    Told(
        *("survey", c.COMPLAINT, c.SERIOUS, ["palvelu"], "Huollon jälkeen"),
        [("customer", 5.0, "2 – Noudossa ei osattu kertoa, mitä oli tehty ja mistä lasku tuli.")],
    ),
    Told(
        *("call", c.REQUEST, c.NORMAL, ["varaosat"], "Akun vaihto"),
        [
            (
                "customer",
                20.0,
                "Kysyi, paljonko uusi akku maksaa ja kauanko vaihto kestää. Pyysi vastausta tekstiviestillä.",
            ),
            ("agent", 18.0, "Akku maksaa 489 euroa ja vaihto kestää puoli tuntia. Varaanko ajan?"),
        ],
        c.WAITING,
    ),
    Told(
        *("email", c.QUESTION, c.MINOR, ["lasku"], "Lasku 20481"),
        [
            ("customer", 50.0, "Laskulla on kahteen kertaan sama ketju. Voitteko tarkistaa?"),
            (
                "agent",
                46.0,
                "Hyvä huomio, anteeksi! Hyvitimme toisen ketjun, uusi lasku on liitteenä.",
            ),
            ("customer", 45.0, "Kiitos nopeasta vastauksesta!"),
        ],
        c.CLOSED,
    ),
    Told(
        *("email", c.PRAISE, c.MINOR, ["palvelu"], "Kiitos Tuomakselle"),
        [
            (
                "customer",
                70.0,
                "Tuomas auttoi löytämään tyttärelle sopivan pyörän. Todella ystävällistä!",
            ),
            ("agent", 66.0, "Kiitos, välitämme terveiset Tuomakselle!"),
        ],
        c.CLOSED,
    ),
    Told(
        *("email", c.REQUEST, c.NORMAL, ["toimitus"], "Toimitusosoitteen vaihto"),
        [
            (
                "customer",
                8.0,
                "Muutan ensi viikolla. Voisiko pyörän toimittaa uuteen osoitteeseen?",
            ),
            ("agent", 7.0, "Totta kai! Mikä on uusi osoite?"),
        ],
        c.WAITING,
    ),
)
PLAIN = (
    (
        "email",
        c.QUESTION,
        ["tuotteet"],
        "Kypärän koko",
        "Mikä koko sopii, jos päänympärys on 57 cm?",
        "Koko M on 55–59 cm, se sopii sinulle.",
    ),
    (
        "sms",
        c.QUESTION,
        ["huolto"],
        "",
        "Onko pyörä jo valmis?",
        "On, voit noutaa sen klo 18 asti.",
    ),
    (
        "social",
        c.QUESTION,
        ["aukiolo"],
        "",
        "Oletteko auki itsenäisyyspäivänä?",
        "Olemme silloin kiinni, avaamme taas maanantaina klo 10.",
    ),
    (
        "email",
        c.COMPLAINT,
        ["tuotteet"],
        "Lukko jumissa",
        "Ostin lukon viime viikolla ja se on jo jumissa.",
        "Tuo lukko myymälään, vaihdamme sen uuteen.",
    ),
    (
        "chat",
        c.QUESTION,
        ["hinta"],
        "",
        "Saako leasingpyörään talvirenkaat?",
        "Saa, ne voi lisätä samaan sopimukseen.",
    ),
    (
        "call",
        c.REQUEST,
        ["huolto"],
        "Huoltoaika",
        "Haluaa siirtää huoltoajan perjantaille.",
        "Siirsimme ajan perjantaille klo 9.",
    ),
)


def seed_demo(now: datetime) -> None:
    """Fill the inbox, unless there is something in it: queues, seats, targets, some forty cases."""
    if Case.objects.exists():
        return
    people = list(people_of(all_customer_ids(limit=60)).values())
    with transaction.atomic():
        _furnish()
        batch = Batch([], to_micros(now))
        for number, story in enumerate([*STORIES, *_past()]):
            person = people[(number * 7) % len(people)] if people else None
            _tell(batch, story, person, number)
        batch.commit()


def _furnish() -> None:
    week = [[["09:00", "18:00"]]] * 5 + [[["10:00", "15:00"]], []]
    calendar, _made = Calendar.objects.get_or_create(
        key="shop",
        defaults={"title": {"fi": "Myymälän aukiolo", "en": "Shop hours"}, "weekly": week},
    )
    for position, (title, channel, kind, *minutes) in enumerate(TARGETS):
        first, following, resolution = minutes
        Target.objects.create(
            title=title,
            position=position,
            channel=channel,
            kind=kind,
            first_minutes=first,
            next_minutes=following,
            resolution_minutes=resolution,
            calendar=calendar,
        )
    for position, (key, title, channels, themes, late) in enumerate(QUEUES):
        told = {"title": title, "position": position, "channels": channels, "themes": themes}
        Queue.objects.get_or_create(key=key, defaults={**told, "next_queue": late})
    for queue, names in SEATS.items():
        for name in names:
            seat(queue, name)


def _past() -> list[Told]:
    """Return what went by in the last weeks: answered, mostly in time, and closed."""
    found = []
    for number in range(30):
        channel, kind, themes, subject, asked, answered = PLAIN[number % len(PLAIN)]
        began = 24.0 * (number % 26 + 3) + number % 7
        took = (0.4, 1.5, 3.0, 7.0, 26.0)[number % 5]
        said = [("customer", began, asked), ("agent", began - took, answered)]
        found.append(Told(channel, kind, c.NORMAL, themes, subject, said, c.CLOSED))
    return found


def _tell(batch: Batch, story: Told, person: Person | None, number: int) -> None:
    at = [batch.now - round(hours * HOUR) for _who, hours, _text in story.said]
    case = begin(
        batch,
        customer=person.id if person and story.channel != c.CHAT else 0,
        channel=story.channel,
        kind=story.kind,
        severity=story.severity,
        themes=story.themes,
        subject=story.subject,
        language="fi",
        name=_name(story, person, number),
        network="mastodon" if story.channel == c.SOCIAL else "",
        address=_address(story, person, number),
        at=from_micros(at[0]),
    )
    give(batch, [case])
    for (who, _hours, text), when in zip(story.said, at, strict=True):
        if who == "customer":
            take_message(batch, case, text, at=when)
        else:
            _say(batch, case, who, text, when)
    if story.ends != c.OPEN:
        to_state(batch, case, story.ends, "answered", "editor", at=at[-1])
        if story.ends == c.CLOSED:
            case.closed_at, case.closed_by = from_micros(at[-1]), "editor"
            case.unread_count = 0


def _say(batch: Batch, case: Case, who: str, text: str, when: int) -> None:
    kind = c.NOTE if who == "note" else c.OUT
    entry = Entry(
        kind=kind,
        author=c.BOT if who == "bot" else c.AGENT,
        by="" if who == "bot" else "editor",
        is_public=kind == c.OUT,
        is_open_to_all=kind == c.OUT and case.channel == c.SOCIAL,
        channel=case.channel,
        text=text,
        at=from_micros(when),
    )
    batch.entry(case, entry)
    if who == "agent":
        batch.mark(case, "answer", when)


def _name(story: Told, person: Person | None, number: int) -> str:
    if story.channel == c.SOCIAL:
        return f"@polkija{number}@mastodon.example"
    return person.name if person is not None and story.channel != c.CHAT else ""


def _address(story: Told, person: Person | None, number: int) -> str:
    if story.channel == c.SOCIAL:
        return f"@polkija{number}@mastodon.example"
    if person is None or story.channel == c.CHAT:
        return ""
    return person.phone if story.channel in (c.SMS, c.CALL) else person.email or person.phone
