"""What comes in, in one form: a message, a mention, a survey's answer and a call become `Arrival`s."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from keskio.events.contracts import LoggedEvent
from keskio.kernel.i18n import in_language
from keskio.know.api import people_of
from keskio.know.contracts import Person
from keskio.listen.api import MentionText, survey_titles, texts_of_mentions
from keskio.respond.inbox import contracts as c
from keskio.respond.inbox.contracts import OpeningRules
from keskio.respond.inbox.models import Case
from keskio.respond.inbox.taking import About

RECEIVED, HEARD, GONE = "message.received", "mention.heard", "mention.gone"
LOW_SCORE, CALLED = "survey.low_score", "call.received"
# What stands before the subject of an answer, in the languages that mail programs speak here.
_answer_marks = re.compile(r"^((re|vs|sv|fw|fwd|vl|aw)(\[\d+\])?:\s*)+", re.IGNORECASE)


class Said(msgspec.Struct, frozen=True):
    """What the events that the inbox follows say; each has some of it."""

    channel: str = ""
    text: str = ""
    keyword: str = ""
    subject: str = ""
    letter: str = ""
    name: str = ""
    sender: str = msgspec.field(default="", name="from")
    attachments: list[str] = []
    files: str = ""
    message: int = 0
    case: int = 0
    reason: str = ""
    mention: int = 0
    source: str = ""
    author: str = ""
    url: str = ""
    thread: str = ""
    language: str = ""
    motive: str = ""
    negative: float = 0.0
    urgency: float = 0.0
    themes: dict[str, float] = {}
    survey: str = ""
    response: int | str = 0
    score: float | None = None
    comment: str = ""
    kind: str = ""
    severity: int | str | None = None
    summary: str = ""


class _Body(msgspec.Struct, frozen=True):
    properties: Said = Said()


_decode = msgspec.json.Decoder(_Body, strict=False).decode
Told = tuple[LoggedEvent, Said]


def read(event: LoggedEvent) -> Said:
    """Return what an event says; nothing where a stranger wrote it in another form."""
    try:
        return _decode(event.body).properties
    except msgspec.ValidationError:
        return Said()


class Arrival(msgspec.Struct, frozen=True):
    """Something for people. `about` is what a new case of it would be about.

    `message` is the answer of ours that it answers, where that is known. `reply_to`: what the other side
    calls it. `thread`: what belongs together whoever the customer is.
    """

    event: LoggedEvent
    channel: str
    text: str
    about: About
    thread: str = ""
    source: tuple[str, str] = ("", "")
    reply_to: str = ""
    message: int = 0
    mention: int | None = None
    attachments: tuple[str, ...] = ()
    files: str = ""

    def goes_with(self, case: Case) -> bool:
        """Tell whether it goes on with an open case of the same customer in the same channel.

        A text message and a chat always do; a letter when its subject is the same; a mention only in its
        thread; each low score and each call is a matter of its own.
        """
        if self.channel == c.EMAIL:
            return plain_subject(self.about.get("subject", "")) == plain_subject(case.subject)
        return self.channel in (c.SMS, c.CHAT)


def plain_subject(subject: str) -> str:
    """Return a subject without the marks of answers, to compare it.

    >>> plain_subject("VS: Re: Pyörä  rikki")
    'pyörä rikki'
    """
    return " ".join(_answer_marks.sub("", subject.strip()).casefold().split())


def arrivals_of(told: Sequence[Told], rules: OpeningRules) -> list[Arrival]:
    """Return what comes in by these events, in their order. Three queries for all.

    `rules` say how severe what was read in a mention is.
    """
    people = people_of({event.customer for event, _ in told if event.customer})
    heard = texts_of_mentions([said.mention for event, said in told if event.name == HEARD])
    surveys = survey_titles({said.survey for event, said in told if event.name == LOW_SCORE})
    found: list[Arrival] = []
    for event, said in told:
        person = people.get(event.customer)
        if event.name == RECEIVED:
            found.append(_message(event, said, person))
        elif event.name == HEARD:
            found.append(_mention(event, said, person, heard, rules))
        elif event.name == LOW_SCORE:
            titles = surveys.get(said.survey, {})
            found.append(_low_score(event, said, person, titles))
        else:
            found.append(_call(event, said, person))
    return found


def _named(person: Person | None, otherwise: str = "") -> str:
    return person.name if person is not None and person.name else otherwise


def _address(person: Person | None) -> str:
    return "" if person is None else person.email or person.phone


def _language(person: Person | None, otherwise: str = "") -> str:
    return otherwise or ("" if person is None else person.language)


def _message(event: LoggedEvent, said: Said, person: Person | None) -> Arrival:
    is_letter = said.channel == c.EMAIL
    own = "" if person is None else person.email if is_letter else person.phone
    about = About(
        subject=said.subject,
        address=said.sender or own,
        reply_to=said.letter,
        name=_named(person, said.name),
        language=_language(person),
    )
    return Arrival(
        event,
        said.channel or c.SMS,
        said.text,
        about,
        reply_to=said.letter,
        message=said.message,
        attachments=tuple(said.attachments),
        files=said.files,
    )


def _mention(
    event: LoggedEvent,
    said: Said,
    person: Person | None,
    heard: Mapping[int, MentionText],
    rules: OpeningRules,
) -> Arrival:
    found = heard.get(said.mention, MentionText())
    thread = said.thread or found.source_id or str(said.mention)
    about = About(
        kind=c.COMPLAINT if said.negative >= 0.5 else c.OTHER,
        severity=_severity(said, rules),
        themes=sorted(said.themes, key=lambda theme: -said.themes[theme]),
        address=found.author,
        name=_named(person, found.author),
        network=said.channel,
        url=said.url,
        language=_language(person, said.language),
        reply_to=found.source_id,
    )
    return Arrival(
        event,
        c.SOCIAL,
        found.text,
        about,
        thread=f"social:{said.source}:{thread}:{event.customer or said.author}"[:300],
        source=("mention", str(said.mention)),
        reply_to=found.source_id,
        mention=said.mention,
    )


def _severity(said: Said, rules: OpeningRules) -> int:
    if said.urgency >= rules.critical_from:
        return c.CRITICAL
    return c.SERIOUS if said.negative >= rules.serious_from else c.NORMAL


def _low_score(
    event: LoggedEvent, said: Said, person: Person | None, titles: Mapping[str, str]
) -> Arrival:
    told = str(said.severity)
    severity = int(told) if told.isdigit() else c.SERIOUS
    about = About(
        kind=said.kind if said.kind in c.KINDS else c.COMPLAINT,
        severity=min(severity, c.CRITICAL),
        subject=in_language(titles, _language(person, said.language)) or said.survey,
        address=_address(person),
        name=_named(person),
        language=_language(person, said.language),
    )
    score = "" if said.score is None else f"{said.score:g}"
    text = said.comment or score
    ref = str(said.response or event.id)
    return Arrival(event, c.SURVEY, text, about, source=("survey", ref))


def _call(event: LoggedEvent, said: Said, person: Person | None) -> Arrival:
    phone = said.sender or ("" if person is None else person.phone)
    about = About(
        kind=said.kind if said.kind in c.KINDS else c.OTHER,
        subject=said.subject,
        address=phone,
        name=_named(person, said.name or phone),
        language=_language(person, said.language),
    )
    text = said.summary or said.text
    return Arrival(event, c.CALL, text, about, source=("call", str(event.id)))
