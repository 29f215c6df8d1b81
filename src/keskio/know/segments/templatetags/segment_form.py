"""The controls of the builder: those of each kind of condition, named PATH.FIELD.

Which controls there are depends on what others say (a window between dates has two dates): those
carry `hx-post`, so that with scripts the form comes anew at once; without, the button Update does it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from keskio.know.segments import choices
from keskio.know.segments.catalogue import Offered
from keskio.know.segments.parts import Part
from keskio.know.segments.spoken import MOST_ROWS

register = template.Library()

TURNS = mark_safe(' hx-post="" hx-target="#builder" hx-swap="outerHTML" hx-trigger="change"')
Choices = Iterable[tuple[str, object]]


@register.simple_tag
def controls(part: Part, offered: Offered) -> SafeString:
    """Draw the controls of one condition."""
    return _CONTROLS[part.kind](part, offered)


def write(
    part: Part, name: str, label: str, *, seen: str = "", kind: str = "text", turns: bool = False
) -> SafeString:
    """Draw a field to write into; `seen` names a list of what has been seen; `turns` as in `choose`."""
    mark = f"{part.path}.{name}"
    extra = format_html(' list="seen-{}"', seen) if seen else ""
    more = mark_safe(' min="0" inputmode="numeric"') if kind == "number" else ""
    return format_html(
        '<div class="field cond-{}"><label for="{}">{}</label><input class="input" id="{}"'
        ' name="{}" type="{}" value="{}" autocomplete="off"{}{}{}{}></div>',
        kind,
        mark,
        label,
        mark,
        mark,
        kind,
        part.fields.get(name, ""),
        extra,
        more,
        TURNS if turns else "",
        _described(part),
    )


def choose(part: Part, name: str, label: str, words: Choices, *, turns: bool = False) -> SafeString:
    """Draw a choice; `turns`: other controls depend on it."""
    mark = f"{part.path}.{name}"
    chosen = part.fields.get(name, "")
    options = format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((key, mark_safe(" selected") if key == chosen else "", word) for key, word in words),
    )
    return format_html(
        '<div class="field"><label for="{}">{}</label>'
        '<select class="input" id="{}" name="{}"{}{}>{}</select></div>',
        mark,
        label,
        mark,
        mark,
        TURNS if turns else "",
        _described(part),
        options,
    )


def comparison(part: Part, prefix: str = "") -> SafeString:
    """Draw the choice of an operator and the value beside it."""
    operator = choose(part, f"{prefix}op", _("Comparison"), choices.OPERATORS)
    label = _("Values, with commas") if part.fields.get(f"{prefix}op") == "in" else _("Value")
    return operator + write(part, f"{prefix}value", label)


def window(part: Part, words: choices.Words, label: str, prefix: str = "in") -> SafeString:
    """Draw a stretch of time: its kind, and what that kind needs."""
    drawn = choose(part, f"{prefix}.window", label, words, turns=True)
    kind = part.fields.get(f"{prefix}.window", "") or words[0][0]
    if kind == "between":
        begins = write(part, f"{prefix}.from", _("From"), kind="date")
        return drawn + begins + write(part, f"{prefix}.to", _("To"), kind="date")
    if kind == "this":
        return drawn + choose(part, f"{prefix}.unit", _("Period"), choices.PERIODS)
    return drawn + length(part, prefix) if kind else drawn


def length(part: Part, prefix: str) -> SafeString:
    """Draw a length of time: a number and a unit."""
    if not part.fields.get(f"{prefix}.unit"):
        part.fields[f"{prefix}.unit"] = "day"
    number = write(part, f"{prefix}.n", _("How many"), kind="number")
    return number + choose(part, f"{prefix}.unit", _("Unit"), choices.UNITS)


def where(part: Part, legend: str, prefix: str = "where", seen: str = "properties") -> SafeString:
    """Draw the comparisons of properties that there are, and one more to fill in."""
    filled = [at for at in range(MOST_ROWS) if part.fields.get(f"{prefix}.{at}.property")]
    rows = [*filled, max(filled, default=-1) + 1] if len(filled) < MOST_ROWS else filled
    drawn = format_html_join(
        "",
        '<div class="cond-row">{}{}</div>',
        (
            (
                write(
                    part,
                    f"{prefix}.{at}.property",
                    _("Property"),
                    seen=seen,
                    turns=at not in filled,
                ),
                comparison(part, f"{prefix}.{at}.") if at in filled else "",
            )
            for at in rows
        ),
    )
    # A property that was just written brings its comparison with it.
    return format_html(
        '<fieldset class="cond-where"><legend>{}</legend>{}</fieldset>',
        legend,
        drawn,
    )


def times(part: Part) -> SafeString:
    """Draw how many times: a choice, and the number where it needs one."""
    drawn = choose(part, "times.op", _("How often"), choices.TIMES, turns=True)
    if part.fields.get("times.op"):
        drawn += write(part, "times.n", _("Times"), kind="number")
    return drawn


def held(part: Part) -> SafeString:
    """Draw for how long somebody has been there."""
    drawn = choose(part, "held", _("For how long"), choices.HELD, turns=True)
    return drawn + length(part, "held") if part.fields.get("held") else drawn


def _described(part: Part) -> SafeString:
    if not part.faults:
        return SafeString("")
    return format_html(' aria-invalid="true" aria-describedby="e-{}"', part.path)


def _event(part: Part) -> SafeString:
    return write(part, "name", _("Event"), seen="events")


def _named(pairs: Sequence[tuple[str, str]], chosen: str) -> list[tuple[str, object]]:
    """Return what can be chosen; a name that does not exist stays visible as it is."""
    known = [key for key, _title in pairs]
    strange = [(chosen, chosen)] if chosen and chosen not in known else []
    return [("", "–"), *strange, *((key, f"{title} ({key})") for key, title in pairs)]


def _trait(part: Part, _offered: Offered) -> SafeString:
    return write(part, "name", _("Trait"), seen="traits") + comparison(part)


def _trait_date(part: Part, _offered: Offered) -> SafeString:
    return write(part, "name", _("Trait"), seen="traits") + window(
        part, choices.DATES, _("The date lies")
    )


def _anniversary(part: Part, _offered: Offered) -> SafeString:
    days = write(part, "from", _("From, in days"), kind="number")
    return (
        write(part, "name", _("Trait"), seen="traits")
        + days
        + write(part, "to", _("To, in days"), kind="number")
    )


def _consent(part: Part, _offered: Offered) -> SafeString:
    words = choices.all_words()
    return (
        choose(part, "purpose", _("Purpose"), words["purposes"])
        + choose(part, "channel", _("Channel"), words["channels"])
        + choose(part, "state", _("Is"), choices.STATES)
    )


def _segment(part: Part, offered: Offered) -> SafeString:
    pairs = _named(offered.segments, part.fields.get("key", ""))
    return choose(part, "key", _("Segment"), pairs) + held(part)


def _stage(part: Part, offered: Offered) -> SafeString:
    pairs = _named(offered.models, part.fields.get("model", ""))
    return (
        choose(part, "model", _("Model"), pairs)
        + write(part, "stages", _("Stage, or several with commas"), seen="stages")
        + held(part)
    )


def _object(part: Part, _offered: Offered) -> SafeString:
    dated = write(part, "date.field", _("Date field, if it matters"), seen="fields", turns=True)
    if part.fields.get("date.field"):
        dated += window(part, choices.DATES, _("The date lies"), "date")
    return (
        write(part, "name", _("Kind of object"), seen="kinds")
        + times(part)
        + where(part, _("Whose fields are"), seen="fields")
        + dated
    )


def _event_times(part: Part, _offered: Offered) -> SafeString:
    return (
        _event(part)
        + times(part)
        + window(part, choices.PAST, _("When"))
        + where(part, _("Whose properties are"))
    )


def _figure(part: Part, _offered: Offered) -> SafeString:
    return (
        _event(part)
        + choose(part, "how", _("Figure"), choices.FIGURES)
        + write(part, "property", _("Property"), seen="properties")
        + comparison(part)
        + window(part, choices.PAST, _("When"))
        + where(part, _("Whose properties are"))
    )


def _recency(part: Part, _offered: Offered) -> SafeString:
    return (
        _event(part)
        + choose(part, "which", _("Which"), choices.WHICH)
        + window(part, choices.PAST[1:], _("It was"))
        + where(part, _("Whose properties are"))
    )


def _sequence(part: Part, _offered: Offered) -> SafeString:
    return (
        _event(part)
        + choose(part, "came", _("Afterwards"), choices.CAME)
        + write(part, "then", _("The other event"), seen="events")
        + length(part, "within")
        + window(part, choices.PAST, _("The first event was"))
        + where(part, _("Properties of the first are"))
        + where(part, _("Properties of the other are"), "then_where")
    )


def _text(part: Part, _offered: Offered) -> SafeString:
    mark = f"{part.path}.yaml"
    return format_html(
        '<div class="field cond-wide"><label for="{}">{}</label>'
        '<textarea class="input mono" id="{}" name="{}" rows="5" spellcheck="false"{}>\n{}</textarea></div>',
        mark,
        _("Condition as text (YAML)"),
        mark,
        mark,
        _described(part),
        part.fields.get("yaml", ""),
    )


_CONTROLS: dict[str, Callable[[Part, Offered], SafeString]] = {
    "trait": _trait,
    "trait_date": _trait_date,
    "anniversary": _anniversary,
    "consent": _consent,
    "segment": _segment,
    "stage": _stage,
    "object": _object,
    "event": _event_times,
    "figure": _figure,
    "recency": _recency,
    "sequence": _sequence,
    "text": _text,
}
