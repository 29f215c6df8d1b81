"""Conditions in Finnish. Names given by people are never inflected: a word before them is."""

from __future__ import annotations

from datetime import date, datetime

from keskio.engine.conditions import forms as f
from keskio.engine.conditions.sentences.speaking import Voice, is_never, is_once_or_more

SIZES = {
    "is": "",
    "at_least": "vähintään ",
    "at_most": "enintään ",
    "more_than": "yli ",
    "less_than": "alle ",
}
CHANNELS = {
    "sms": "tekstiviestillä",
    "email": "sähköpostilla",
    "phone": "puhelimella",
    "letter": "kirjeellä",
}
PURPOSES = {
    "marketing": "markkinointiin",
    "research": "tutkimukseen",
    "health": "terveystietojen käyttöön",
    "live": "keskusteluun",
    "service": "palveluviesteihin",
    "profiling": "profilointiin",
    "*": "kaikkeen",
}
STATES = {
    "given": "on annettu",
    "denied": "on evätty",
    "withdrawn": "on peruttu",
    "expired": "on vanhentunut",
}
PERIODS = {
    "day": "tänään",
    "week": "tällä viikolla",
    "month": "tässä kuussa",
    "year": "tänä vuonna",
}
INTO = {
    "day": "tähän päivään",
    "week": "tähän viikkoon",
    "month": "tähän kuukauteen",
    "year": "tähän vuoteen",
}
# nominative, genitive, partitive
UNITS = {
    "second": ("sekunti", "sekunnin", "sekuntia"),
    "minute": ("minuutti", "minuutin", "minuuttia"),
    "hour": ("tunti", "tunnin", "tuntia"),
    "day": ("päivä", "päivän", "päivää"),
    "week": ("viikko", "viikon", "viikkoa"),
    "month": ("kuukausi", "kuukauden", "kuukautta"),
    "year": ("vuosi", "vuoden", "vuotta"),
}
FIGURES = {
    "sum": "summa kohdasta {of} tapahtumissa {event}",
    "average": "keskiarvo kohdasta {of} tapahtumissa {event}",
    "min": "pienin {of} tapahtumissa {event}",
    "max": "suurin {of} tapahtumissa {event}",
    "distinct": "erilaisten arvojen määrä kohdassa {of} tapahtumissa {event}",
    "first": "{of} ensimmäisessä tapahtumassa {event}",
    "last": "{of} viimeisimmässä tapahtumassa {event}",
}


class Finnish(Voice):
    """Conditions in Finnish."""

    quotes = ("”", "”")
    and_, or_, not_so = "ja", "tai", "ei pidä paikkaansa, että"
    flags = ("epätosi", "tosi")
    point = ","

    def day(self, day: date) -> str:
        """Return 1.1.2026."""
        return f"{day.day}.{day.month}.{day.year}"

    def clock(self, day: str, moment: datetime) -> str:
        """Return 1.1.2026 klo 18.00."""
        return f"{day} klo {moment.hour}.{moment:%M}"

    def compared(self, subject: str, operator: str, value: object) -> str:  # noqa: PLR0911 - the words
        """Return: ”age” on vähintään 18."""
        if operator == "exists":
            return f"{subject} {'on' if value else 'ei ole'} tiedossa"
        if operator == "in":
            assert isinstance(value, tuple)
            if not value:
                return f"{subject} ei ole mikään"
            return f"{subject} on {self.listed([self.value(one) for one in value], self.or_)}"
        if operator == "contains":
            return f"{subject} sisältää arvon {self.value(value)}"
        if operator == "begins_with":
            return f"{subject} alkaa merkeillä {self.value(value)}"
        if operator == "is_not":
            return f"{subject} ei ole {self.value(value)}"
        return f"{subject} on {SIZES[operator]}{self.value(value)}"

    def without(self, form: f.Condition) -> str:
        """Return the opposite of some atoms."""
        if isinstance(form, f.InSegment) and form.held is None:
            return f"asiakas ei kuulu segmenttiin {self.name('segment', form.key)}"
        if isinstance(form, f.Consented) and form.state == "given":
            return f"suostumusta {self._to(form)} ei ole annettu"
        return ""

    def say_compared(self, form: f.Compared) -> str:
        """Return a comparison of a trait, a variable or a property."""
        subject = self.name(form.field, form.name)
        if form.field == "variable":
            subject = f"muuttuja {subject}"
        return self.compared(subject, form.operator, form.value)

    def say_dated(self, form: f.Dated) -> str:
        """Return where a date lies."""
        return f"päivä {self.name('trait', form.trait)} {self._lies(form.window)}"

    def say_anniversary(self, form: f.Anniversary) -> str:
        """Return when an anniversary comes."""
        told = _days(form.first, form.last)
        return f"päivän {self.name('trait', form.trait)} vuosipäivä on {told}"

    def say_consented(self, form: f.Consented) -> str:
        """Return the state of a consent."""
        if form.state == "none":
            return f"suostumuksesta {self._to(form)} ei ole tietoa"
        return f"suostumus {self._to(form)} {STATES[form.state]}"

    def _to(self, form: f.Consented) -> str:
        purpose = (
            PURPOSES.get(form.purpose) or f"tarkoitukseen {self.name('purpose', form.purpose)}"
        )
        channel = CHANNELS.get(form.channel) or f"kanavassa {self.name('channel', form.channel)}"
        return f"{purpose} {channel}"

    def say_staged(self, form: f.Staged) -> str:
        """Return at which stage the customer is."""
        stages = self.listed([self.name("stage", stage) for stage in form.stages], self.or_)
        verb = "on" if form.held is None else "on ollut"
        return f"vaihe mallissa {self.name('model', form.model)} {verb} {stages}{_held(form.held)}"

    def say_insegment(self, form: f.InSegment) -> str:
        """Return to which segment the customer belongs."""
        verb = "kuuluu" if form.held is None else "on kuulunut"
        return f"asiakas {verb} segmenttiin {self.name('segment', form.key)}{_held(form.held)}"

    def say_has(self, form: f.Has) -> str:
        """Return what the customer has."""
        kind = self.name("object", form.kind)
        asked = [self.inner(form.where)] if form.where is not None else []
        if form.date is not None:
            field = self.name("property", form.date.field)
            asked.append(f"päivä {field} {self._lies(form.date.window)}")
        where = f", jossa {self.listed(asked, self.and_)}" if asked else ""
        if is_never(form.times):
            return f"asiakkaalla ei ole kohdetta {kind}{where}"
        if is_once_or_more(form.times):
            return f"asiakkaalla on kohde {kind}{where}"
        return (
            f"asiakkaalla on {_count(form.times)} lajia {kind}{where.replace('jossa', 'joissa', 1)}"
        )

    def _event(self, event: str, where: f.Condition | None) -> str:
        told = self.name("event", event)
        return told if where is None else f"{told}, jossa {self.inner(where)},"

    def say_did(self, form: f.Did) -> str:
        """Return how many times something has happened."""
        window = "" if form.window is None else f" {self.window(form.window)}"
        event = self._event(form.event, form.where)
        if is_never(form.times):
            return f"{event} ei ole tapahtunut{window}"
        if form.times.operator == "is_not":
            return (
                f"{event} on tapahtunut jonkin muun määrän kuin {_often(form.times.number)}{window}"
            )
        times = "" if is_once_or_more(form.times) else f" {_times(form.times)}"
        return f"{event} on tapahtunut{times}{window}"

    def say_figure(self, form: f.Figure) -> str:
        """Return a figure over the values of events."""
        window = "" if form.window is None else f" {self.window(form.window)}"
        of, event = self.name("property", form.property), self._event(form.event, form.where)
        if form.how not in ("first", "last"):
            event = event.replace(", jossa ", ", joissa ", 1)
        subject = FIGURES[form.how].format(of=of, event=event) + window
        return self.compared(subject, form.operator, form.value)

    def say_recency(self, form: f.Recency) -> str:
        """Return when something happened for the first or the last time."""
        which = "viimeisin" if form.which == "last" else "ensimmäinen"
        return f"{which} {self._event(form.event, form.where)} oli {self.window(form.window)}"

    def say_followed(self, form: f.Followed) -> str:
        """Return what followed what."""
        window = "" if form.window is None else f"{self.window(form.window)} "
        before = self._event(form.event, form.where)
        after = self._event(form.then, form.then_where)
        verb = "seurasi" if form.came else "ei seurannut"
        within = _listed([_genitive(*part) for part in form.within.parts])
        return f"{window}tapahtumaa {before} {verb} {after} {within} kuluessa"

    def window(self, window: f.Window) -> str:
        """Return when: viimeisten 90 päivän aikana."""
        if window.kind == "this":
            return PERIODS[str(window.period)]
        if window.kind == "between":
            return self._between(window, "aikavälillä")
        if window.kind == "before":
            return _ago(window)
        return f"{_stretch(window)} aikana"

    def _lies(self, window: f.Window) -> str:
        """Return where a date lies: osuu viimeisten 90 päivän ajalle."""
        if window.kind == "this":
            return f"osuu {INTO[str(window.period)]}"
        if window.kind == "between":
            both = window.start and window.end
            return f"{'osuu' if both else 'on'} {self._between(window, 'aikavälille')}"
        if window.kind == "before":
            return f"oli {_ago(window)}"
        return f"osuu {_stretch(window)} ajalle"

    def _between(self, window: f.Window, word: str) -> str:
        if not window.end:
            return f"{self.moment(window.start)} tai myöhemmin"
        if not window.start:
            return f"viimeistään {self.moment(window.end)}"
        return f"{word} {self.moment(window.start)}–{self.moment(window.end)}"


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} ja {parts[-1]}"


def _genitive(number: int, unit: str) -> str:
    return f"{number} {UNITS[unit][1]}"


def _stretch(window: f.Window) -> str:
    """Return a window's length after its adjective: viimeisten 90 päivän, seuraavan viikon."""
    assert window.length is not None
    parts = window.length.parts
    last = window.kind == "last"
    if len(parts) == 1 and parts[0][0] == 1:
        return f"{'viimeisen' if last else 'seuraavan'} {UNITS[parts[0][1]][1]}"
    told = _listed([_genitive(*part) for part in parts])
    return f"{'viimeisten' if last else 'seuraavien'} {told}"


def _ago(window: f.Window) -> str:
    assert window.length is not None
    told = [f"{n} {UNITS[unit][0 if n == 1 else 2]}" for n, unit in window.length.parts]
    return f"yli {_listed(told)} sitten"


def _held(held: f.Held | None) -> str:
    if held is None:
        return ""
    told = [f"{n} {UNITS[unit][1 if n == 1 else 2]}" for n, unit in held.length.parts]
    return f" {SIZES[held.operator]}{_listed(told)}"


def _often(number: int) -> str:
    return "kerran" if number == 1 else f"{number} kertaa"


def _times(times: f.Times) -> str:
    if times.operator == "more_than" and times.number == 1:
        return "useammin kuin kerran"
    size = "täsmälleen " if times.operator == "is" else SIZES[times.operator]
    return f"{size}{_often(times.number)}"


def _count(times: f.Times) -> str:
    if times.operator == "is_not":
        return f"jokin muu määrä kuin {times.number} kohdetta"
    size = "täsmälleen " if times.operator == "is" else SIZES[times.operator]
    number = times.number
    if number == 1:
        noun = "kohteen" if times.operator in ("more_than", "less_than") else "kohde"
        return f"{size}yksi {noun}" if noun == "kohde" else f"{size}yhden {noun}"
    return f"{size}{number} kohdetta"


def _days(first: int, last: int) -> str:  # noqa: PLR0911 - as many as there are ways to say it
    if first == last:
        if first in (-1, 0, 1):
            return ("eilen", "tänään", "huomenna")[first + 1]
        return f"{first} päivän päästä" if first > 0 else f"{-first} päivää sitten"
    if first == 0:
        return f"tänään tai seuraavien {last} päivän aikana" if last > 1 else "tänään tai huomenna"
    if last == 0:
        return f"tänään tai viimeisten {-first} päivän aikana" if first < -1 else "eilen tai tänään"
    if first > 0:
        return f"{first}–{last} päivän päästä"
    if last < 0:
        return f"{-last}–{-first} päivää sitten"
    ago = "eilen" if first == -1 else f"{-first} päivää sitten"
    ahead = "huomenna" if last == 1 else f"{last} päivän päästä"
    return f"aikaisintaan {ago} ja viimeistään {ahead}"
