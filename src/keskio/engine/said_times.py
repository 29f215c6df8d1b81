"""Times as people say them in Finnish and English: "huomenna klo 10", "within two working days".

Rule 1: a day said without an hour is over when work ends on it: `hours.closes`, or EVENING on a day that
is not worked.
Rule 2: a weekday is the next one after today; in English "next Friday" is that of next week, in Finnish
"ensi perjantaina" is the nearest (as the language office advises).
Rule 3: a range ("2–3 days", "klo 9–12") ends at its later end; a few is three.
Rule 4: what has passed is no time: the caller gets nothing for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import TypeAlias

import msgspec

from keskio.engine.said_numbers import (
    EN_DAYS,
    EN_MONTHS,
    EN_NUMBERS,
    FI_DAYS,
    FI_MONTHS,
    FI_NUMBERS,
)
from keskio.engine.times import (
    HOUR,
    MINUTE,
    Calendar,
    Span,
    add,
    add_months,
    at_clock,
    to_local,
    work_done_by,
    working_day_after,
)

NOON, AFTERNOON, EVENING = 12 * 60, 16 * 60, 20 * 60
PIECES = re.Match[str]


class Hearing(msgspec.Struct, frozen=True):
    """What a said time is counted from: the moment, working hours, and the zone of the clock."""

    now: int
    hours: Calendar
    zone: str

    @property
    def today(self) -> date:
        """The local day of the moment."""
        return to_local(self.now, self.zone).date()

    def close_of(self, day: date) -> int:
        """Return the instant at which a day is over for who promised something "on that day"."""
        minute = self.hours.closes if self.hours.is_working(day) else EVENING
        return at_clock(day, minute, self.zone)


class Heard(msgspec.Struct, frozen=True):
    """A time found in a text: where it stands, and the instant that it means."""

    start: int
    end: int
    at: int


class _Day(msgspec.Struct, frozen=True):
    day: date
    clock: int | None = None


class _Clock(msgspec.Struct, frozen=True):
    minute: int


_Said: TypeAlias = int | _Day | _Clock | None
_Rule: TypeAlias = tuple[re.Pattern[str], Callable[[PIECES, Hearing], _Said]]


def heard_in(text: str, language: str, hearing: Hearing) -> list[Heard]:
    """Return the future times that `text` says, in order; a day and an hour beside it are one time.

    `language` is fi or en; others are read as English.
    """
    found: list[tuple[int, int, _Said]] = []
    for pattern, meaning in _RULES["fi" if language == "fi" else "en"]:
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < e and s < end for s, e, _ in found):
                continue
            said = meaning(match, hearing)
            if said is not None:
                found.append((start, end, said))
    joined = _joined(sorted(found, key=lambda one: one[0]), hearing)
    return [one for one in joined if one.at > hearing.now]


def _joined(found: list[tuple[int, int, _Said]], hearing: Hearing) -> list[Heard]:
    days = [one for one in found if isinstance(one[2], _Day)]
    clocks = [one for one in found if isinstance(one[2], _Clock)]
    heard = [Heard(s, e, said) for s, e, said in found if isinstance(said, int)]
    if days and clocks:
        # "huomenna, tiistaina, klo 10": the last day said is the one that the hour is of
        (s1, e1, day), (s2, e2, clock) = days[-1], clocks[-1]
        assert isinstance(day, _Day)
        assert isinstance(clock, _Clock)
        at = at_clock(day.day, clock.minute, hearing.zone)
        return [*heard, Heard(min(s1, s2), max(e1, e2), at)]
    for start, end, said in days:
        assert isinstance(said, _Day)
        if said.clock is None:
            at = hearing.close_of(said.day)
        else:
            at = at_clock(said.day, said.clock, hearing.zone)
        heard.append(Heard(start, end, at))
    for start, end, said in clocks:
        assert isinstance(said, _Clock)
        at = at_clock(hearing.today, said.minute, hearing.zone)
        if at <= hearing.now:
            at = at_clock(hearing.today + timedelta(days=1), said.minute, hearing.zone)
        heard.append(Heard(start, end, at))
    return sorted(heard, key=lambda one: one.start)


def _ahead(days: int, clock: int | None = None) -> Callable[[PIECES, Hearing], _Said]:
    return lambda _match, h: _Day(h.today + timedelta(days=days), clock)


def _weekday(names: tuple[str, ...], *, next_is_later: bool) -> Callable[[PIECES, Hearing], _Said]:
    def meaning(match: PIECES, h: Hearing) -> _Said:
        wanted = next(i for i, name in enumerate(names) if match["day"].lower().startswith(name))
        away = (wanted - h.today.weekday() - 1) % 7 + 1
        said = match.groupdict()
        is_this_week = h.today.weekday() + away < 7
        if next_is_later and (said.get("next") or "") and is_this_week:
            away += 7
        return _Day(h.today + timedelta(days=away), _part_of_day(said.get("part") or ""))

    return meaning


def _part_of_day(word: str) -> int | None:
    if re.match(r"aamu|morning|noon|puoli|keski", word, re.IGNORECASE):
        return NOON
    if re.match(r"iltap|afternoon", word, re.IGNORECASE):
        return AFTERNOON
    return EVENING if word else None


def _end_of_week(weeks: int) -> Callable[[PIECES, Hearing], _Said]:
    def meaning(_match: PIECES, h: Hearing) -> _Said:
        friday = h.today + timedelta(days=4 - h.today.weekday() + 7 * weeks)
        return _Day(friday if friday >= h.today else friday + timedelta(days=2))

    return meaning


def _begin_of_week(_match: PIECES, h: Hearing) -> _Said:
    return _Day(h.today + timedelta(days=8 - h.today.weekday()))  # Tuesday of next week


def _end_of_month(months: int) -> Callable[[PIECES, Hearing], _Said]:
    def meaning(_match: PIECES, h: Hearing) -> _Said:
        return _Day(add_months(h.today.replace(day=1), months + 1) - timedelta(days=1))

    return meaning


def _length(numbers: Mapping[str, float]) -> Callable[[PIECES, Hearing], _Said]:
    def meaning(match: PIECES, h: Hearing) -> _Said:
        said = match.groupdict()
        count = _number(said.get("n") or "", numbers)
        unit, works = match["unit"].lower(), bool(said.get("work"))
        if unit.startswith(("min",)):
            return h.now + round(count * MINUTE)
        if unit.startswith(("tunn", "h")):
            micros = round(count * HOUR)
            return work_done_by(h.now, micros, h.zone, h.hours) if works else h.now + micros
        if works:
            return working_day_after(h.now, max(1, round(count)), h.hours.closes, h.zone, h.hours)
        if unit.startswith(("kuukau", "month")):
            return add(h.now, Span(months=max(1, round(count))), h.zone)
        days = count * 7 if unit.startswith(("viik", "week")) else count
        return add(h.now, Span(days=max(1, round(days))), h.zone)

    return meaning


def _number(said: str, numbers: Mapping[str, float]) -> float:
    last = re.split(r"\s*(?:[–—-]|\bto\b|\btai\b|\bor\b)\s*", said.strip().lower())[-1]
    if not last:
        return 1
    if re.fullmatch(r"\d+(?:[.,]\d+)?", last):
        return float(last.replace(",", "."))
    return numbers.get(" ".join(last.split()), 1)


def _dated(match: PIECES, h: Hearing) -> _Said:
    said = match.groupdict()
    month = said.get("month") or ""
    number = int(month) if month.isdigit() else _month_of(month)
    return _day_in(h, int(said["d"]), number, said.get("year"))


def _month_of(word: str) -> int:
    for names in (FI_MONTHS, EN_MONTHS):
        for index, name in enumerate(names, 1):
            if word.lower().startswith(name[:3]) and name.startswith(word.lower()[: len(name)]):
                return index
    return 0


def _day_in(h: Hearing, day: int, month: int, year: str | None) -> _Said:
    try:
        found = date(int(year) if year else h.today.year, month, day)
    except ValueError:
        return None
    if not year and found < h.today:
        found = add_months(found, 12)
    return _Day(found)


def _ordinal(match: PIECES, h: Hearing) -> _Said:
    try:
        found = h.today.replace(day=int(match["d"]))
    except ValueError:
        return None
    return _Day(found if found > h.today else add_months(found, 1))


def _clock(match: PIECES, _h: Hearing) -> _Said:
    said = match.groupdict()
    hour = int(said.get("to") or match["hour"])
    minute = int((said.get("to_min") if said.get("to") else said.get("min")) or 0)
    half = (said.get("half") or "").replace(".", "").lower()
    if half == "pm" and hour < 12:
        hour += 12
    return _Clock(hour * 60 + minute) if hour < 24 and minute < 60 else None


def _at(minute: int) -> Callable[[PIECES, Hearing], _Said]:
    return lambda _match, _h: _Clock(minute)


def _rules(*given: tuple[str, Callable[[PIECES, Hearing], _Said]]) -> list[_Rule]:
    return [(re.compile(pattern, re.IGNORECASE), meaning) for pattern, meaning in given]


_FI_N = r"(?P<n>\d+(?:\s*(?:[–—-]|tai)\s*\d+)?|" + "|".join(FI_NUMBERS) + ")"
_FI_WORK = r"(?P<work>työ|arki|pankki)?"
_FI_UNIT = r"(?P<unit>minuuti\w*|min|tunni\w*|h|päivä\w*|pv|vuorokau\w*|vrk|viiko\w*|kuukau\w*)"
_FI_WITHIN = r"(?:kuluessa|sisällä|sisään|aikana|päästä|kuluttua|puitteissa)"
_EN_N = (
    r"(?P<n>\d+(?:\s*(?:[–—-]|to|or)\s*\d+)?|" + "|".join(sorted(EN_NUMBERS, key=len)[::-1]) + ")"
)
_EN_UNIT = r"(?P<unit>minutes?|mins?|hours?|hrs?|h|days?|weeks?|months?)"
_FI_DAY = r"(?P<day>" + "|".join(name[:-1] for name in FI_DAYS) + r")[aoi]"
_EN_DAY = r"(?P<day>" + "|".join(EN_DAYS) + ")"
_PART_FI = r"(?P<part>aamu|aamupäivä|iltapäivä|ilta)"
_PART_EN = r"(?P<part>morning|noon|afternoon|evening|night)"
_EN_MONTH = r"(?P<month>" + "|".join(f"{m[:3]}(?:{m[3:]})?" for m in EN_MONTHS) + r")\b\.?"
_RULES: Mapping[str, list[_Rule]] = {
    "fi": _rules(
        (r"\b(?P<year>20\d\d)-(?P<month>\d\d)-(?P<d>\d\d)\b", _dated),
        (r"\b(?P<d>\d{1,2})\.(?P<month>1[0-2]|0?[1-9])\.(?P<year>20\d\d)?", _dated),
        (
            rf"\b(?P<d>\d{{1,2}})\.\s*(?:päivä(?:nä)?\s+)?(?P<month>{'|'.join(FI_MONTHS)})\w*"
            r"(?:\s+(?P<year>20\d\d))?",
            _dated,
        ),
        (
            rf"\b(?P<month>{'|'.join(FI_MONTHS)})n\s+(?P<d>\d{{1,2}})\.?\s*(?:päivä\w*)?"
            r"(?:\s+(?P<year>20\d\d))?",
            _dated,
        ),
        (rf"\b{_FI_N}\s*{_FI_WORK}{_FI_UNIT}\s+{_FI_WITHIN}\b", _length(FI_NUMBERS)),
        (rf"\b{_FI_WORK}{_FI_UNIT}\s+(?:kuluessa|sisällä|kuluttua|päästä)\b", _length(FI_NUMBERS)),
        (
            rf"\b{_FI_N}\s*{_FI_WORK}(?P<unit>minuutissa|tunnissa|päivässä|vuorokaudessa|viikossa)\b",
            _length(FI_NUMBERS),
        ),
        (r"\bylihuo(?:menna|misen|miseen|miseksi)\w*", _ahead(2)),
        (r"\bhuomen(?:na\s+)?aamu\w*|\bhuomisaamu\w*|\bhuomisen aamu\w*", _ahead(1, NOON)),
        (r"\bhuomenna\s+iltapäivä\w*|\bhuomisiltapäivä\w*", _ahead(1, AFTERNOON)),
        (r"\bhuo(?:menna|misen|miseen|miseksi)\b", _ahead(1)),
        (r"\btänään\s+iltapäivä\w*|\btänä iltapäivänä\b", _ahead(0, AFTERNOON)),
        (r"\btänä iltana\b|\btänään illalla\b", _ahead(0, EVENING)),
        (r"\btänään\b|\btämän päivän\b|\btämän päivän aikana\b|\bpäivän päätteeksi\b", _ahead(0)),
        (r"\bensi viikon al(?:ussa|kupuolella|kuun)\b", _begin_of_week),
        (r"\bensi viikolla\b|\bensi viikon\b", _end_of_week(1)),
        (
            r"\btällä viikolla\b|\btämän viikon\b|\bviikon loppuun\b|\bviikonloppuun\b|\bloppuviiko\w*",
            _end_of_week(0),
        ),
        (r"\b(?:tämän )?kuun lop(?:puun|ussa)\b|\btämän kuun aikana\b", _end_of_month(0)),
        (r"\bensi kuussa\b|\bensi kuun aikana\b", _end_of_month(1)),
        (
            rf"\b(?:(?P<next>ensi)\s+)?{_FI_DAY}(?:-?{_PART_FI}\w*|\w*)",
            _weekday(tuple(name[:-1] for name in FI_DAYS), next_is_later=False),
        ),
        (
            r"\b(?:klo|kello)\.?\s*(?P<hour>\d{1,2})(?:[.:](?P<min>\d\d))?"
            r"(?:\s*(?:[–—-]|ja)\s*(?P<to>\d{1,2})(?:[.:](?P<to_min>\d\d))?)?",
            _clock,
        ),
        (r"\bpuol(?:een päivään|ilta päivin|eenpäivään)\b|\bkeskipäivä\w*", _at(NOON)),
        (r"\baamupäivä(?:llä|n aikana)\b|\baamulla\b", _at(NOON)),
        (r"\biltapäivä(?:llä|n aikana|än)\b", _at(AFTERNOON)),
        (r"\billalla\b|\biltaan\b", _at(EVENING)),
    ),
    "en": _rules(
        (r"\b(?P<year>20\d\d)-(?P<month>\d\d)-(?P<d>\d\d)\b", _dated),
        (
            rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_EN_MONTH}(?:\s+(?P<year>20\d\d))?",
            _dated,
        ),
        (rf"\b{_EN_MONTH}\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(?P<year>20\d\d))?", _dated),
        (r"\b(?:on|by|before|until)\s+the\s+(?P<d>\d{1,2})(?:st|nd|rd|th)\b", _ordinal),
        (
            rf"\b(?:within|in|inside|over)\s+(?:the\s+)?(?:next\s+|coming\s+)?{_EN_N}\s*-?"
            rf"(?P<work>\s*(?:working|business|work|banking))?\s*{_EN_UNIT}\b(?!\s+ago)",
            _length(EN_NUMBERS),
        ),
        (r"\b(?:in|within)\s+(?P<n>half an)\s+(?P<unit>hour)\b", _length(EN_NUMBERS)),
        (r"\b(?:the )?next (?P<work>working|business)\s+(?P<unit>day)\b", _length(EN_NUMBERS)),
        (r"\bday after tomorrow\b", _ahead(2)),
        (r"\btomorrow\s+(?:morning|before noon)\b|\btomorrow by noon\b", _ahead(1, NOON)),
        (r"\btomorrow\s+afternoon\b", _ahead(1, AFTERNOON)),
        (r"\btomorrow\s+(?:evening|night)\b", _ahead(1, EVENING)),
        (r"\b(?:the )?end of (?:business )?tomorrow\b|\btomorrow\b", _ahead(1)),
        (r"\bthis afternoon\b", _ahead(0, AFTERNOON)),
        (r"\btonight\b|\bthis evening\b", _ahead(0, EVENING)),
        (r"\b(?:the )?end of (?:the |this )?(?:business )?day\b|\bEOD\b", _ahead(0)),
        (r"\b(?:later )?today\b|\b(?:close|end) of business\b", _ahead(0)),
        (r"\bearly next week\b|\b(?:the )?(?:start|beginning) of next week\b", _begin_of_week),
        (r"\b(?:the )?end of next week\b|\bnext week\b", _end_of_week(1)),
        (
            r"\b(?:the )?end of (?:this |the )?week\b|\b(?:later )?this week\b|\bthe weekend\b",
            _end_of_week(0),
        ),
        (r"\b(?:the )?end of (?:this |the )?month\b|\bthis month\b", _end_of_month(0)),
        (r"\b(?:the )?end of next month\b|\bnext month\b", _end_of_month(1)),
        (
            rf"\b(?:(?P<next>next)\s+)?{_EN_DAY}\b(?:\s+{_PART_EN})?",
            _weekday(EN_DAYS, next_is_later=True),
        ),
        (
            r"\b(?P<hour>\d{1,2})(?:[.:](?P<min>\d\d))?\s*(?P<half>[ap]\.?m\b\.?)",
            _clock,
        ),
        (
            r"\b(?:at|by|before|until|between|from)\s+(?P<hour>\d{1,2})(?:[.:](?P<min>\d\d))?"
            r"(?:\s*(?:[–—-]|and|to)\s*(?P<to>\d{1,2})(?:[.:](?P<to_min>\d\d))?)?"
            r"(?!\s*(?:%|€|euro|working|business|days?|hours?|minutes?|weeks?))\b",
            _clock,
        ),
        (r"\b(?P<hour>\d{1,2})(?:[.:](?P<min>\d\d))?\s+o.clock\b", _clock),
        (r"\b(?:noon|midday)\b", _at(NOON)),
        (r"\bin the morning\b", _at(NOON)),
        (r"\bin the afternoon\b", _at(AFTERNOON)),
    ),
}
