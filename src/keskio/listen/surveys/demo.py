"""Surveys of the demo company: the relationship once a half-year, the service after each visit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import msgspec
from django.db import transaction

from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import VirtualClock, now_micros, set_clock
from keskio.know.api import all_customer_ids
from keskio.listen.surveys.actions import publish_survey
from keskio.listen.surveys.contracts import ASKED, NOT_ASKED
from keskio.listen.surveys.documents import document_of, text_of
from keskio.listen.surveys.following import SurveyFollower
from keskio.listen.surveys.models import Invitation, Survey, Version
from keskio.listen.surveys.queries import form_of
from keskio.listen.surveys.ready_made import ready_text
from keskio.listen.surveys.responding import Begun, begin, complete, save

SENDER = "Pyöräliike Ketju Oy"
_encode = msgspec.json.Encoder().encode
# (days ago, score, comment): a spring when waiting times grew, and what was done about them.
NPS = (
    (82, 9, "Huolto kävi nopeasti ja hinta piti."), (81, 10, ""), (80, 7, ""), (79, 8, ""),
    (78, 9, "Mekaanikko neuvoi, miten ketju pysyy kunnossa."), (76, 6, "Jonotin puhelimessa."),
    (75, 9, ""), (74, 10, "Ystävällinen henkilökunta."), (72, 3, "Pyörä oli luvattu perjantaiksi."),
    (70, 8, ""), (69, 9, ""), (67, 5, "Kukaan ei kertonut, että huolto viivästyy."), (66, 7, ""),
    (64, 10, ""), (63, 2, "Soitin kolme kertaa ennen kuin joku vastasi."), (61, 9, ""),
    (59, 8, "Verkkokaupassa varaosia on vaikea löytää."), (57, 4, "Lasku oli suurempi kuin arvio."),
    (55, 9, ""), (53, 10, "Sain lainapyörän huollon ajaksi, loistavaa!"), (51, 6, ""), (49, 9, ""),
    (47, 8, ""), (45, 3, "Viikon odotus sesongin alussa on liikaa."), (44, 10, ""), (42, 9, ""),
    (40, 7, ""), (38, 9, "Viesti tuli heti, kun pyörä oli valmis."), (36, 10, ""), (34, 8, ""),
    (32, 9, ""), (30, 10, "Paras pyöräliike kaupungissa."), (27, 9, ""), (25, 6, "Hieman kallis."),
    (23, 10, ""), (21, 9, "Asiat hoituivat yhdellä kertaa."), (18, 8, ""), (15, 10, ""),
    (12, 9, ""), (10, 7, ""), (8, 10, "Tekstiviestillä oli helppo vastata."), (5, 9, ""),
)  # fmt: skip
CSAT = (
    (40, 5, "Siisti työ."), (38, 4, ""), (35, 2, "Jarru jäi laahaamaan."), (33, 5, ""), (31, 5, ""),
    (29, 4, "Nouto sujui hyvin."), (26, 3, "Odotin puoli tuntia tiskillä."), (24, 5, ""), (20, 4, ""),
    (17, 5, "Kiitos lainapyörästä!"), (14, 1, "Pyörä palautui naarmuilla."), (11, 5, ""), (9, 4, ""),
    (6, 5, ""), (4, 4, ""), (3, 5, "Kaikki kunnossa."), (2, 4, ""),
)  # fmt: skip
REASONS = ("no_permission", "surveyed_lately", "no_permission", "not_drawn", "pressure")
SILENT, LEFT_OUT = 60, 34


def seed_demo(now: datetime) -> None:
    """Publish two surveys, and let them have been asked and answered."""
    people = list(all_customer_ids(limit=260))
    if len(people) < 40 or Survey.objects.filter(key="relationship-nps").exists():
        return
    with transaction.atomic():
        with _clock_at(now - timedelta(days=90)):
            nps, csat = (
                publish_survey(_text(key), by="editor")
                for key in ("relationship-nps", "service-csat")
            )
        who = people * 2
        _answers(nps, NPS, who[3:], now)
        _answers(csat, CSAT, who[90:], now)
        _silence(who[110:], now)
    while SurveyFollower().turn(now_micros()):
        pass
    Invitation.objects.filter(state="asked").update(state="delivered")


def _text(key: str) -> str:
    document = {**document_of(ready_text(key)), "sender": SENDER}
    if key == "service-csat":
        document["asking"] = {"share": "80 %"}
    return text_of(document)


def _answers(
    version: Version, told: Sequence[tuple[int, int, str]], people: Sequence[int], now: datetime
) -> None:
    question = form_of(version).questions[0]
    for place, ((days, score, comment), customer) in enumerate(zip(told, people, strict=False)):
        moment = now - timedelta(days=days, minutes=17 * place)
        with _clock_at(moment - timedelta(hours=3)):
            number = 900_000_000 + version.pk * 1000 + place
            _tell(customer, ASKED, version, enrolment=number, channel="email")
        while SurveyFollower().turn(now_micros()):
            pass
        with _clock_at(moment):
            begun = Begun(
                version=version.pk,
                nonce=f"demo{number}",
                channel="email",
                language="fi",
                customer=customer,
                enrolment=number,
            )
            row = save(begin(version, begun), question, score, comment)
            if place % 9 != 5:
                complete(row)


def _silence(people: Sequence[int], now: datetime) -> None:
    """Let some have been asked in vain, and some not have been asked."""
    version = Version.objects.get(survey__key="relationship-nps")
    for place, customer in enumerate(people[: SILENT + LEFT_OUT]):
        with _clock_at(now - timedelta(days=4 + place % 80, hours=place % 7)):
            if place < SILENT:
                _tell(customer, ASKED, version, enrolment=910_000_000 + place, channel="email")
            else:
                reason = REASONS[place % len(REASONS)]
                _tell(customer, NOT_ASKED, version, enrolment=910_000_000 + place, reason=reason)


def _tell(customer: int, name: str, version: Version, **said: object) -> None:
    told = {"survey": version.survey.key, "level": version.survey.level, "step": "ask", **said}
    body = _encode({"properties": told}).decode()
    append_events([NewEvent(customer, name, now_micros(), body)])


@contextmanager
def _clock_at(moment: datetime) -> Iterator[None]:
    before = set_clock(VirtualClock(moment))
    try:
        yield
    finally:
        set_clock(before)
