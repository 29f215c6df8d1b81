"""Pages of identity: the rules, merges to decide, merging and un-merging by hand, what was known when."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import msgspec
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keskio.kernel.clock import to_micros
from keskio.know import words
from keskio.know.histories import AsOf, Told, as_of, trait_history
from keskio.know.identity_forms import DayForm, MergeForm, RuleForm
from keskio.know.models import Customer, Doubt, Link, Merge
from keskio.know.previewing import EXAMPLES, Preview, preview
from keskio.know.queries import now_ids, people_of, same_person_ids
from keskio.know.rules import DEFAULTS, OTHER, Rule, Rules
from keskio.know.ruling import keep_rules, kept_rules, rules_now
from keskio.know.special import Special, hidden_from
from keskio.know.uniting import NotMergeable, decide_doubt, merge_customers, undo_merge
from keskio.tracking.api import source_names
from keskio.web.paging import page_of_rows
from keskio.web.roles import admin, editor


@require_safe
def doubts(request: HttpRequest) -> HttpResponse:
    """List pairs of customers that may be one person, for somebody to decide."""
    settled = request.GET.get("state") == "settled"
    found = Doubt.objects.exclude(state="open") if settled else Doubt.objects.filter(state="open")
    page = page_of_rows(request, found.order_by("-id"))
    ids = {one for doubt in page.items for one in (doubt.one_id, doubt.other_id)}
    people, names = people_of(ids), source_names()
    rows = [
        {
            "doubt": doubt,
            "one": people.get(doubt.one_id),
            "other": people.get(doubt.other_id),
            "type": words.called(words.IDENTIFIERS, doubt.type),
            "why": words.called(words.REFUSALS, doubt.reason),
            "source": names.get(doubt.source_id, "Keskiö"),
            "identities": [_known_by(doubt.one_id), _known_by(doubt.other_id)],
        }
        for doubt in page.items
    ]
    context = {"page": page, "rows": rows, "settled": settled}
    return render(request, "know/doubts.html", context)


def _known_by(customer: int) -> list[tuple[str, str]]:
    now = now_ids([customer]).get(customer, customer)
    lines = Link.objects.filter(customer_id=now, ended_at=None).order_by("id")[:6]
    return [(words.called(words.IDENTIFIERS, line.type), line.value) for line in lines]


@require_POST
@editor
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Merge the two of a doubt, or keep them apart for good."""
    is_one = request.POST.get("what") == "merge"
    try:
        done = decide_doubt(pk, is_one=is_one, actor=request.user.get_username())
    except NotMergeable as fault:
        messages.error(request, fault.message)
        return redirect("know:doubts")
    if not done:
        messages.info(request, _("Somebody had decided it already."))
    elif is_one:
        messages.success(request, _("They are one customer now. It can be undone on her page."))
    else:
        messages.success(request, _("They stay two customers, and this is not asked again."))
    return redirect("know:doubts")


@require_POST
@editor
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Make another customer one with this one."""
    form = MergeForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["other"][0]))
        return redirect("know:customer", pk=pk)
    try:
        number = merge_customers(form.cleaned_data["other"], pk, actor=request.user.get_username())
    except NotMergeable as fault:
        messages.error(request, fault.message)
        return redirect("know:customer", pk=pk)
    if number is None:
        messages.info(request, _("They are one customer already."))
    else:
        messages.success(request, _("They are one customer now. The merge can be undone here."))
    return redirect("know:customer", pk=pk)


@require_POST
@editor
def unmerge(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo a merge: two customers again, each with what was told of it."""
    found = Merge.objects.filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no such merge."))
    parted = undo_merge(pk, actor=request.user.get_username())
    if parted is None:
        messages.info(request, _("The merge had been undone already."))
        return redirect("know:customer", pk=found.customer_id)
    gone, top = parted
    text = _("Customers %(one)s and %(other)s are two again, and are kept apart from now on.")
    messages.success(request, text % {"one": f"#{top}", "other": f"#{gone}"})
    return redirect("know:customer", pk=gone)


@admin
def rules(request: HttpRequest) -> HttpResponse:
    """Show and change the rules of identifiers, with a preview of what a change would do."""
    now = rules_now()
    told = request.POST if request.method == "POST" else None
    kinds = [kind for kind in now.by_type if kind != OTHER]
    added = _added(told, kinds)
    kinds = [*sorted(kinds, key=lambda kind: now.of(kind).priority), *added, OTHER]
    # A type that has just been named has no fields yet: the page comes again with them.
    is_new = bool(added) and f"{added[0]}-limit" not in (told or {})
    forms = [
        (_called(kind), RuleForm(kind, None if is_new else told, _rule_of(now, kind)))
        for kind in kinds
    ]
    context: dict[str, Any] = {"forms": forms, "added": added, "changed": sorted(kept_rules())}
    if told is not None and all([form.is_valid() for _name, form in forms]):  # noqa: C419 - each tells its mistakes
        asked = {form.kind: form.rule() for _name, form in forms}
        if told.get("what") == "keep":
            keep_rules(asked)
            messages.success(request, _("The new rules hold from the next event on."))
            return redirect("know:rules")
        context["preview"] = _shown(preview(now, Rules(asked)))
    return render(request, "know/rules.html", context)


def _added(told: Any, kinds: list[str]) -> list[str]:
    kind = str((told or {}).get("new_type", "")).strip().lower().replace(" ", "_")
    is_name = kind.replace("_", "").isalnum() and kind.isascii() and len(kind) <= 40
    return [kind] if is_name and kind not in kinds else []


def _rule_of(now: Rules, kind: str) -> Rule:
    return now.by_type.get(kind) or msgspec.structs.replace(DEFAULTS[OTHER], type=kind)


def _called(kind: str) -> str:
    return _("All other types") if kind == OTHER else words.called(words.IDENTIFIERS, kind)


def _shown(found: Preview) -> dict[str, Any]:
    ids = {one for who in found.joined[:EXAMPLES] for one in who} | set(found.parted[:EXAMPLES])
    ids |= {x.customer for x in (*found.refused[:EXAMPLES], *found.taken[:EXAMPLES])}
    people = people_of(ids)

    def lines(told: Any) -> list[dict[str, Any]]:
        return [
            {
                "type": words.called(words.IDENTIFIERS, x.pair[0]),
                "value": x.pair[1],
                "why": words.called(words.REFUSALS, x.reason),
                "customer": x.customer,
                "person": people.get(x.customer),
            }
            for x in told[:EXAMPLES]
        ]

    return {
        "found": found,
        "joined": [[(one, people.get(one)) for one in who] for who in found.joined[:EXAMPLES]],
        "parted": [(one, people.get(one)) for one in found.parted[:EXAMPLES]],
        "refused": lines(found.refused),
        "taken": lines(found.taken),
    }


@require_safe
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a customer's traits as they were on a day (`?on=`), and who told each of them when."""
    found = Customer.objects.filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no such customer."))
    if found.merged_into_id is not None:
        return redirect(reverse("know:history", args=[found.merged_into_id]))
    form = DayForm(request.GET or None)
    day = form.cleaned_data["on"] if form.is_valid() else None
    name = request.GET.get("trait", "")[:200]
    hidden = hidden_from(request.user)
    context = {
        "customer": found,
        "form": form,
        "day": day,
        "trait": name,
        "then": _then(found.pk, day, hidden) if day else None,
        "lines": [
            _line(told)
            for told in trait_history(found.pk, name=name)
            if not hidden.is_trait(told.name)
        ],
    }
    return render(request, "know/history.html", context)


def _then(customer: int, day: date, hidden: Special) -> dict[str, Any]:
    """Return what was known at the end of `day`, the last of it included."""
    midnight = datetime.combine(day + timedelta(days=1), time.min, timezone.get_current_timezone())
    was: AsOf = as_of(customer, to_micros(midnight) - 1)
    consents = []
    for key, state in sorted(was.consents.items()):
        purpose, _sep, channel = key.partition("/")
        what = words.called(words.PURPOSES, purpose), words.called(words.CHANNELS, channel)
        consents.append((*what, words.called(words.STATES, state)))
    traits = [(k, v) for k, v in sorted(was.traits.items()) if not hidden.is_trait(k)]
    return {"was": was, "traits": traits, "consents": consents}


def _line(told: Told) -> dict[str, Any]:
    source = source_names().get(told.source) or words.called(words.TELLERS, told.by)
    return {"told": told, "who": told.actor or source}


def draw_identities(request: HttpRequest, subject: int | None) -> str | None:
    """Draw the panel of the customer page: identifiers with their evidence, merges, what was refused."""
    from django.template.loader import render_to_string  # noqa: PLC0415 - as other panels

    if subject is None:
        return None
    ids = same_person_ids(subject)
    names = source_names()
    lines = Link.objects.filter(customer_id__in=ids).order_by("id")
    held = [x for x in lines if x.ended_at is None]
    merges = Merge.objects.filter(undone_at=None, customer_id__in=ids).order_by("-id")
    context = {
        "customer_id": subject,
        "held": [_identity(x, names) for x in held],
        "refused": [_identity(x, names) for x in lines if x.refused],
        "merges": [(x, names.get(x.source_id, "")) for x in merges],
        "undone": Merge.objects.exclude(undone_at=None)
        .filter(customer_id__in=ids)
        .order_by("-id")[:5],
        "form": MergeForm(),
    }
    return render_to_string("know/_evidence.html", context, request)


def _identity(link: Link, names: dict[int, str]) -> dict[str, Any]:
    return {
        "link": link,
        "type": words.called(words.IDENTIFIERS, link.type),
        "source": names.get(link.source_id, "Keskiö"),
        "why": words.called(words.REFUSALS, link.refused) if link.refused else "",
    }
