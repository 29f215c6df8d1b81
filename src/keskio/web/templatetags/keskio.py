"""Tags of the parts that pages are made of; docs/pages.md shows each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.forms import BoundField
from django.template.context import RequestContext
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from keskio.kernel.clock import from_micros, now
from keskio.web import icons, sparks
from keskio.web.assets import assets_of
from keskio.web.paging import Page
from keskio.web.words import channel_called, language_called, month_called

register = template.Library()

BADGE_ICONS = {
    "good": "check",
    "warn": "held",
    "bad": "warn",
    "calm": "info",
    "brand": "dot",
    "plain": "dot",
}


@register.simple_tag
def assets(entry: str) -> SafeString:
    """Write the links to the built style and script of a front-end entry."""
    found = assets_of(entry)
    styles = format_html_join("", '<link rel="stylesheet" href="{}">', ((s,) for s in found.styles))
    scripts = format_html_join(
        "", '<script type="module" src="{}"></script>', ((s,) for s in found.scripts)
    )
    return styles + scripts


@register.simple_tag
def icon(name: str, size: int = 18) -> SafeString:
    """Draw a sign; a word must stand beside it."""
    return icons.icon(name, size=size)


@register.simple_tag
def badge(text: object, tone: str = "plain", sign: str = "") -> SafeString:
    """Draw a badge: a sign and a word. Tones: plain good warn bad calm brand."""
    return format_html(
        '<span class="badge badge--{}">{}{}</span>',
        tone,
        icons.icon(sign or BADGE_ICONS[tone]),
        text,
    )


@register.simple_tag
def when(at: datetime | int | None, form: str = "short") -> SafeString | str:
    """Draw an instant in a <time>: `short` (date and time), `day`, `clock`, or `ago`.

    Takes an aware datetime or microseconds since 1970.
    """
    if at is None:
        return "–"
    moment = timezone.localtime(from_micros(at) if isinstance(at, int) else at)
    full = date_format(moment, "SHORT_DATETIME_FORMAT")
    shown = {
        "short": lambda: full,
        "day": lambda: date_format(moment, "SHORT_DATE_FORMAT"),
        "clock": lambda: date_format(moment, "TIME_FORMAT"),
        "ago": lambda: _ago(moment),
    }[form]()
    ago = mark_safe(" data-ago") if form == "ago" else ""
    return format_html(
        '<time datetime="{}" title="{}"{}>{}</time>', moment.isoformat(), full, ago, shown
    )


def _ago(moment: datetime) -> str:
    present = now()
    if moment > present:
        return _("in %(time)s") % {"time": timesince(present, moment, depth=1)}
    if (present - moment).total_seconds() < 60:
        return _("now")
    return _("%(time)s ago") % {"time": timesince(moment, present, depth=1)}


@register.filter
def grouped(value: int | None) -> str:
    """Write a whole number with its thousands apart, as the reader's language does."""
    return "–" if value is None else number_format(value, use_l10n=True, force_grouping=True)


@register.filter
def channel_in_words(channel: str) -> str:
    """Write the name of a channel that is stored by its code."""
    return channel_called(channel)


@register.filter
def language_in_words(code: str) -> str:
    """Write the name of a language that is stored by its code."""
    return language_called(code)


@register.filter
def month_in_words(month: str) -> str:
    """Write a month stored as 2026-09 with its name and year."""
    return month_called(month)


@register.simple_tag
def spark(values: list[int], label: str) -> SafeString:
    """Draw small bars, the last one marked as now."""
    return sparks.spark(values, label=label)


@register.simple_tag
def share_bar(part: int, whole: int, label: str) -> SafeString:
    """Draw a part of a whole as one bar."""
    return sparks.share_bar(part, whole, label=label)


@register.inclusion_tag("web/parts/field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """Draw a form's field with its label, help and errors, tied together for screen readers."""
    widget = bound.field.widget
    described = [f"{bound.auto_id}_help"] if bound.help_text else []
    if bound.errors:
        described.append(f"{bound.auto_id}_errors")
    attrs: dict[str, str | bool] = {}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    return {
        "bound": bound,
        "control": bound.as_widget(attrs=attrs),
        "is_check": getattr(widget, "input_type", "") == "checkbox"
        and not getattr(widget, "use_fieldset", False),
        "is_group": bool(getattr(widget, "use_fieldset", False)),
    }


@register.inclusion_tag("web/parts/pager.html")
def pager(page: Page[Any]) -> dict[str, Any]:
    """Draw which part of a list this is, with links to the neighbours; nothing for a short list."""
    return {"page": page}


@register.inclusion_tag("web/parts/empty.html")
def empty(title: str, text: str = "", sign: str = "inbox") -> dict[str, str]:
    """Draw what stands in place of an empty list: what would be here and how it comes."""
    return {"title": title, "text": text, "sign": sign}


@register.simple_tag(takes_context=True)
def current_if(context: RequestContext, url: str) -> SafeString | str:
    """Write aria-current for a link to the page one is on."""
    request = context.request
    return mark_safe(' aria-current="page"') if request.path == url else ""
