"""Conditions in English."""

from __future__ import annotations

from datetime import date, datetime

from keskio.engine.conditions import forms as f
from keskio.engine.conditions.sentences.speaking import Voice, is_never, is_once_or_more

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
SIZES = {
    "is": "",
    "is_not": "not ",
    "at_least": "at least ",
    "at_most": "at most ",
    "more_than": "more than ",
    "less_than": "less than ",
}
COUNTS = {
    **SIZES,
    "is": "exactly ",
    "is_not": "some other number than ",
    "less_than": "fewer than ",
}
CHANNELS = {"sms": "SMS", "email": "e-mail", "phone": "phone", "letter": "letter"}
PURPOSES = {
    "marketing": "marketing",
    "research": "research",
    "health": "the use of health data",
    "live": "conversation",
    "service": "service messages",
    "profiling": "profiling",
    "*": "anything",
}
STATES = {
    "given": "has been given",
    "denied": "has been denied",
    "withdrawn": "has been withdrawn",
    "expired": "has expired",
}
PERIODS = {"day": "today", "week": "this week", "month": "this month", "year": "this year"}
FIGURES = {
    "sum": "the sum of",
    "average": "the average of",
    "min": "the smallest",
    "max": "the largest",
    "distinct": "the number of different values of",
}


class English(Voice):
    """Conditions in English."""

    quotes = ("“", "”")
    and_, or_, not_so = "and", "or", "it is not true that"
    flags = ("false", "true")
    point = "."

    def day(self, day: date) -> str:
        """Return 1 January 2026."""
        return f"{day.day} {MONTHS[day.month - 1]} {day.year}"

    def clock(self, day: str, moment: datetime) -> str:
        """Return 1 January 2026 at 18:00."""
        return f"{day} at {moment:%H:%M}"

    def compared(self, subject: str, operator: str, value: object) -> str:
        """Return: “age” is at least 18."""
        if operator == "exists":
            return f"{subject} is {'known' if value else 'not known'}"
        if operator == "in":
            assert isinstance(value, tuple)
            if not value:
                return f"{subject} is one of nothing"
            return f"{subject} is {self.listed([self.value(one) for one in value], self.or_)}"
        if operator == "contains":
            return f"{subject} contains {self.value(value)}"
        if operator == "begins_with":
            return f"{subject} begins with {self.value(value)}"
        return f"{subject} is {SIZES[operator]}{self.value(value)}"

    def without(self, form: f.Condition) -> str:
        """Return the opposite of some atoms."""
        if isinstance(form, f.InSegment) and form.held is None:
            return f"the customer does not belong to the segment {self.name('segment', form.key)}"
        if isinstance(form, f.Consented) and form.state == "given":
            return f"{self._consent(form)} has not been given"
        return ""

    def say_compared(self, form: f.Compared) -> str:
        """Return a comparison of a trait, a variable or a property."""
        subject = self.name(form.field, form.name)
        if form.field == "variable":
            subject = f"the variable {subject}"
        return self.compared(subject, form.operator, form.value)

    def say_dated(self, form: f.Dated) -> str:
        """Return where a date lies."""
        return f"the date {self.name('trait', form.trait)} is {self.window(form.window)}"

    def say_anniversary(self, form: f.Anniversary) -> str:
        """Return when an anniversary comes."""
        return (
            f"the anniversary of {self.name('trait', form.trait)} is {_days(form.first, form.last)}"
        )

    def say_consented(self, form: f.Consented) -> str:
        """Return the state of a consent."""
        if form.state == "none":
            return f"nothing is known of {self._consent(form)}"
        return f"{self._consent(form)} {STATES[form.state]}"

    def _consent(self, form: f.Consented) -> str:
        purpose = PURPOSES.get(form.purpose) or self.name("purpose", form.purpose)
        channel = self.called.get(("channel", form.channel)) or CHANNELS.get(form.channel)
        return f"the consent to {purpose} by {channel or self.quoted(form.channel)}"

    def say_staged(self, form: f.Staged) -> str:
        """Return at which stage the customer is."""
        stages = self.listed([self.name("stage", stage) for stage in form.stages], self.or_)
        verb = "is" if form.held is None else "has been"
        return f"the stage in {self.name('model', form.model)} {verb} {stages}{_held(form.held)}"

    def say_insegment(self, form: f.InSegment) -> str:
        """Return to which segment the customer belongs."""
        verb = "belongs" if form.held is None else "has belonged"
        return (
            f"the customer {verb} to the segment {self.name('segment', form.key)}{_held(form.held)}"
        )

    def say_has(self, form: f.Has) -> str:
        """Return what the customer has."""
        kind = self.name("object", form.kind)
        asked = [self.inner(form.where)] if form.where is not None else []
        if form.date is not None:
            field = self.name("property", form.date.field)
            asked.append(f"the date {field} is {self.window(form.date.window)}")
        where = f" where {self.listed(asked, self.and_)}" if asked else ""
        if is_never(form.times):
            return f"the customer does not have an object of the kind {kind}{where}"
        if is_once_or_more(form.times):
            return f"the customer has an object of the kind {kind}{where}"
        size = COUNTS[form.times.operator]
        noun = "object" if form.times.number == 1 else "objects"
        return f"the customer has {size}{form.times.number} {noun} of the kind {kind}{where}"

    def _event(self, event: str, where: f.Condition | None) -> str:
        told = self.name("event", event)
        return told if where is None else f"{told} where {self.inner(where)}"

    def say_did(self, form: f.Did) -> str:
        """Return how many times something has happened."""
        window = "" if form.window is None else f" {self.window(form.window)}"
        event = self._event(form.event, form.where)
        if is_never(form.times):
            return f"{event} has not happened{window}"
        if form.times.operator == "is_not":
            return (
                f"{event} has happened some other number of times than {form.times.number}{window}"
            )
        times = "" if is_once_or_more(form.times) else f" {_times(form.times)}"
        return f"{event} has happened{times}{window}"

    def say_figure(self, form: f.Figure) -> str:
        """Return a figure over the values of events."""
        window = "" if form.window is None else f" {self.window(form.window)}"
        of, event = self.name("property", form.property), self._event(form.event, form.where)
        if form.how in FIGURES:
            subject = f"{FIGURES[form.how]} {of} in {event}{window}"
        else:
            subject = f"{of} in the {form.how} {event}{window}"
        return self.compared(subject, form.operator, form.value)

    def say_recency(self, form: f.Recency) -> str:
        """Return when something happened for the first or the last time."""
        return (
            f"the {form.which} {self._event(form.event, form.where)} was {self.window(form.window)}"
        )

    def say_followed(self, form: f.Followed) -> str:
        """Return what followed what."""
        before = self._event(form.event, form.where)
        window = "" if form.window is None else f" {self.window(form.window)}"
        after = self._event(form.then, form.then_where)
        verb = "was followed by" if form.came else "was not followed by"
        return f"{before}{window} {verb} {after} within {length(form.within)}"

    def window(self, window: f.Window) -> str:
        """Return when: in the last 90 days."""
        if window.kind == "this":
            return PERIODS[str(window.period)]
        if window.kind == "between":
            return self._between(window)
        assert window.length is not None
        if window.kind == "before":
            return f"more than {length(window.length)} ago"
        told = length(window.length)
        parts = window.length.parts
        if len(parts) == 1 and parts[0][0] == 1:
            told = parts[0][1]
        return f"in the {window.kind} {told}"

    def _between(self, window: f.Window) -> str:
        if not window.end:
            return f"on {self.moment(window.start)} or later"
        if not window.start:
            return f"on {self.moment(window.end)} or earlier"
        return f"between {self.moment(window.start)} and {self.moment(window.end)}"


def length(length_of: f.Length) -> str:
    """Return a length of time: 2 months and 3 days."""
    parts = [f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in length_of.parts]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _held(held: f.Held | None) -> str:
    if held is None:
        return ""
    return f" for {SIZES[held.operator]}{length(held.length)}"


def _times(times: f.Times) -> str:
    size = COUNTS[times.operator]
    return f"{size}{'once' if times.number == 1 else f'{times.number} times'}"


def _days(first: int, last: int) -> str:  # noqa: PLR0911 - as many as there are ways to say it
    if first == last:
        if first in (-1, 0, 1):
            return ("yesterday", "today", "tomorrow")[first + 1]
        return f"in {first} days" if first > 0 else f"{-first} days ago"
    if first == 0:
        return f"today or in the next {_many(last)}"
    if last == 0:
        return f"today or in the last {_many(-first)}"
    if first > 0:
        return f"{first} to {last} days ahead"
    if last < 0:
        return f"{-last} to {-first} days ago"
    return f"between {_many(-first)} ago and {_many(last)} ahead"


def _many(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"
