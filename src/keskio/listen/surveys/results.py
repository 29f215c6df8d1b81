"""What answers to a survey come to: figures with intervals, kept apart where they are measured differently.

Below ten answers no score is shown, below fifty only with a warning. Who was not asked is no part of any
response rate.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from keskio.engine.scores.nps import Nps, nps_of
from keskio.engine.scores.rates import Asked, Rates, rates_of
from keskio.engine.scores.scales import SCALES
from keskio.engine.scores.shares import (
    HIDDEN,
    WEAK,
    Change,
    Share,
    ces_of,
    change_of_nps,
    change_of_share,
    csat_of,
)
from keskio.engine.survey.measuring import Metric as Definition
from keskio.engine.survey.measuring import alike
from keskio.listen.surveys.models import Invitation, Metric, Response, Score, Survey
from keskio.listen.surveys.words import HOW

HELSINKI = ZoneInfo("Europe/Helsinki")
LIST = 12


class Figure(msgspec.Struct, frozen=True):
    """A score with its 95 % interval. `strength`: hidden (too few), weak, or good."""

    kind: str
    value: float
    low: float
    high: float
    n: int
    strength: str
    source: Nps | Share | None = None

    @property
    def least(self) -> int:
        """Where the scale of the figure begins; it ends at 100."""
        return -100 if self.kind == "nps" else 0

    @property
    def drawn(self) -> tuple[float, float, float, float]:
        """Where zero, the interval's beginning, its length and the mark stand on a drawing 320 wide."""
        scale = 288 / (100 - self.least)

        def place(value: float) -> float:
            return round(16 + (value - self.least) * scale, 1)

        low, high = place(self.low), place(self.high)
        return place(0), low, max(2.0, round(high - low, 1)), place(self.value)


class Part(msgspec.Struct, frozen=True):
    """A figure of a part: a month, a segment, a language."""

    name: str
    figure: Figure


class Spread(msgspec.Struct, frozen=True):
    """How many gave a value; `share` in hundredths; `group` the value's."""

    value: int
    count: int
    share: float
    group: str


class Measured(msgspec.Struct, frozen=True):
    """One metric over the answers that are measured alike."""

    definition: Definition
    versions: list[int]
    figure: Figure
    spread: list[Spread]
    months: list[Part]
    parts: dict[str, list[Part]]
    change: Change | None
    before: Figure | None

    @property
    def how(self) -> str:
        """How the figure is made, in words."""
        return str(HOW[self.definition.kind])


class Books(msgspec.Struct, frozen=True):
    """Who was asked and what came of it; `not_asked` counts by reason."""

    asked: Asked
    rates: Rates
    not_asked: list[tuple[str, int]]
    whole: int
    partial: int

    @property
    def invited(self) -> int:
        """How many were asked."""
        asked = self.asked
        return asked.complete + asked.partial + asked.refused + asked.silent + asked.unknown

    @property
    def left_out(self) -> int:
        """How many were not asked."""
        return sum(count for _reason, count in self.not_asked)

    @property
    def rr1(self) -> float | None:
        """The response rate in hundredths."""
        return _hundredths(self.rates.rr1)

    @property
    def rr2(self) -> float | None:
        """The response rate with partial answers, in hundredths."""
        return _hundredths(self.rates.rr2)

    @property
    def completion(self) -> float | None:
        """The share of those who began that came to the end, in hundredths."""
        return _hundredths(self.rates.completion)


def _hundredths(share: float | None) -> float | None:
    return None if share is None else 100 * share


class _Row(msgspec.Struct, frozen=True):
    value: int
    metric: int
    at: datetime
    language: str
    channel: str
    touchpoint: str
    segments: list[str]


def figure_of(kind: str, scores: Sequence[int]) -> Figure:
    """Return the figure of scores of a kind (nps, csat, ces)."""
    n = len(scores)
    strength = "hidden" if n < HIDDEN else "weak" if n < WEAK else "good"
    if not n:
        return Figure(kind, 0.0, 0.0, 0.0, 0, "hidden")
    if kind == "nps":
        score = nps_of(scores)
        return Figure(kind, score.nps, score.low, score.high, n, strength, score)
    share = csat_of(scores) if kind == "csat" else ces_of(scores)
    return Figure(kind, share.share, share.low, share.high, n, strength, share)


def change_between(before: Figure, after: Figure) -> Change | None:
    """Return the change between two figures, None where one of them is of too few answers."""
    one, other = before.source, after.source
    if "hidden" in (before.strength, after.strength):
        return None
    if isinstance(one, Nps) and isinstance(other, Nps):
        return change_of_nps(one, other)
    if isinstance(one, Share) and isinstance(other, Share):
        return change_of_share(one, other)
    return None


def measured_of(survey: Survey, since: datetime, until: datetime) -> list[Measured]:
    """Return the metrics of a survey over a time, those measured alike together, others apart."""
    definitions = {
        row.pk: Definition(
            row.question,
            row.kind,
            row.scale,
            row.direction,
            row.aggregator,
            dict(row.wording),
            row.version.number,
        )
        for row in Metric.objects.filter(version__survey=survey).select_related("version")
    }
    earlier = since - (until - since)
    rows = _rows(survey, earlier, until)
    by_question: dict[str, dict[int, Definition]] = defaultdict(dict)
    for pk, definition in definitions.items():
        by_question[definition.question][pk] = definition
    found = []
    for group in by_question.values():
        for together in alike(group):
            mine = [row for row in rows if row.metric in together]
            newest = group[together[0]]
            if mine or newest.version == survey.number:
                versions = sorted(group[pk].version for pk in together)
                found.append(_measured(newest, versions, mine, since))
    return found


def _rows(survey: Survey, since: datetime, until: datetime) -> list[_Row]:
    listed = Score.objects.filter(
        response__survey=survey, response__started_at__gte=since, response__started_at__lte=until
    ).values_list(
        *("value", "metric_id", "response__started_at", "response__language"),
        *("response__channel", "response__touchpoint", "response__segments"),
    )
    return [_Row(*row) for row in listed]


def _measured(
    definition: Definition, versions: list[int], rows: list[_Row], since: datetime
) -> Measured:
    now_rows = [row for row in rows if row.at >= since]
    figure = figure_of(definition.kind, [row.value for row in now_rows])
    before = figure_of(definition.kind, [row.value for row in rows if row.at < since])
    return Measured(
        definition=definition,
        versions=versions,
        figure=figure,
        spread=_spread(definition.kind, now_rows),
        months=_parts(definition.kind, now_rows, _month, newest_last=True),
        parts={
            "segments": _many(definition.kind, now_rows),
            "touchpoint": _parts(definition.kind, now_rows, lambda row: row.touchpoint),
            "channel": _parts(definition.kind, now_rows, lambda row: row.channel),
            "language": _parts(definition.kind, now_rows, lambda row: row.language),
        },
        change=change_between(before, figure),
        before=before if before.n else None,
    )


def _month(row: _Row) -> str:
    return f"{row.at.astimezone(HELSINKI):%Y-%m}"


def _spread(kind: str, rows: Sequence[_Row]) -> list[Spread]:
    counts, scale = Counter(row.value for row in rows), SCALES[kind]
    whole = len(rows) or 1
    return [
        Spread(value, counts[value], 100 * counts[value] / whole, scale.group_of(value))
        for value in scale.values
    ]


def _parts(
    kind: str, rows: Iterable[_Row], name_of: Callable[[_Row], str], *, newest_last: bool = False
) -> list[Part]:
    together: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        if name_of(row):
            together[name_of(row)].append(row.value)
    return _listed(kind, together, by_name=newest_last)


def _many(kind: str, rows: Iterable[_Row]) -> list[Part]:
    together: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        for segment in row.segments:
            together[segment].append(row.value)
    return _listed(kind, together, by_name=False)


def _listed(kind: str, together: dict[str, list[int]], *, by_name: bool) -> list[Part]:
    parts = [Part(name, figure_of(kind, scores)) for name, scores in together.items()]
    if by_name:
        return sorted(parts, key=lambda part: part.name)[-LIST:]
    return sorted(parts, key=lambda part: (-part.figure.n, part.name))[:LIST]


def books_of(survey: Survey, since: datetime, until: datetime) -> Books:
    """Return who was asked, what came of it, and who was not asked and why."""
    rows = Invitation.objects.filter(survey=survey, decided_at__gte=since, decided_at__lte=until)
    responses = Response.objects.filter(
        survey=survey, started_at__gte=since, started_at__lte=until
    ).values_list("invitation_id", "completed_at")
    whole_of = {pk: done is not None for pk, done in responses if pk}
    counted: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for pk, state, reason in rows.values_list("id", "state", "reason"):
        if state == "not_asked":
            reasons[reason] += 1
        elif pk in whole_of:
            counted["complete" if whole_of[pk] else "partial"] += 1
        elif state in ("bounced", "failed", "unknown"):
            counted["unknown"] += 1
        elif state == "refused":
            counted["refused"] += 1
        else:
            counted["silent"] += 1
    asked = Asked(**counted)
    done = [is_done is not None for _, is_done in responses]
    return Books(asked, rates_of(asked), reasons.most_common(), sum(done), len(done) - sum(done))


def window(days: int, until: datetime) -> tuple[datetime, datetime]:
    """Return the last `days` days until a moment."""
    return until - timedelta(days=days), until
