"""The data plan: what should come, what has come, and what breaks it."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keskio.kernel.errors import Mistake
from keskio.kernel.yamls import read_yaml, write_yaml
from keskio.tracking.models import Planned, PlanRule, PlanVersion
from keskio.tracking.planning import (
    bring_in,
    plan_as_yaml,
    plan_document,
    plan_event,
    set_unplanned,
    unplan_event,
    unplanned_rule,
)
from keskio.tracking.planreading import broken_by_day, events_seen, samples_of
from keskio.tracking.schemas import check_schema, compiled, faults_in, schema_of
from keskio.web.roles import EDITOR, editor, is_at_least


class EventForm(forms.Form):
    """What is planned of an event."""

    name = forms.CharField(label=gettext_lazy("Event"), max_length=200)
    mode = forms.ChoiceField(
        label=gettext_lazy("When it breaks the plan"), choices=Planned.Mode.choices
    )
    description = forms.CharField(
        label=gettext_lazy("What it means"), required=False, max_length=1000
    )
    schema = forms.CharField(
        label=gettext_lazy("Schema"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false"}),
        help_text=gettext_lazy("JSON Schema of its properties, as YAML or JSON."),
    )
    example = forms.CharField(
        label=gettext_lazy("An example to check"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=gettext_lazy("Properties as JSON or YAML."),
    )

    def clean_schema(self) -> Any:
        """Return the schema that the text says."""
        return _read(self.cleaned_data["schema"]) or {}

    def clean_example(self) -> Any:
        """Return the example that the text says, None for none."""
        return _read(self.cleaned_data["example"])


def _read(text: str) -> Any:
    try:
        return read_yaml(text) if text.strip() else None
    except ValueError as fault:
        raise forms.ValidationError(
            _("This cannot be read: %(fault)s") % {"fault": fault}
        ) from None


class BringForm(forms.Form):
    """A whole plan as text."""

    text = forms.CharField(
        label=gettext_lazy("The plan, as YAML or JSON"),
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )


@require_safe
def plan(request: HttpRequest) -> HttpResponse:
    """List what is planned beside what has come."""
    rows = events_seen()
    context = {
        "rows": rows[:500],
        "trend": broken_by_day(),
        "broken": sum(row.broken for row in rows),
        "rule": unplanned_rule(),
        "rules": PlanRule.Unplanned.choices,
        "bring": BringForm(),
    }
    return render(request, "tracking/plan.html", context)


@require_http_methods(["GET", "POST"])
def event(request: HttpRequest) -> HttpResponse:
    """Show and change what is planned of an event (`?name=`)."""
    name = request.GET.get("name", "")
    row = Planned.objects.filter(name=name).first()
    initial: dict[str, Any] = {"name": name, "mode": "observe"}
    samples = samples_of(name) if name else []
    if row:
        schema = write_yaml(json.loads(row.schema))
        initial |= {"mode": row.mode, "description": row.description, "schema": schema}
    elif samples:
        initial["schema"] = write_yaml(schema_of(samples))
    if request.GET.get("seen"):
        initial["schema"] = write_yaml(schema_of(samples))
    form = EventForm(request.POST or None, initial=initial)
    checked: list[str] | None = None
    if request.method == "POST":
        answer, checked = _change(request, form)
        if answer is not None:
            return answer
    context = {
        "form": form,
        "name": name,
        "planned": row,
        "checked": checked,
        "sample": json.dumps(samples[0], indent=2, ensure_ascii=False) if samples else "",
        "sample_count": len(samples),
        "misfits": _misfits(row, samples),
        "trend": broken_by_day(name) if name else [],
        "versions": PlanVersion.objects.filter(name=name).order_by("-version")[:20],
    }
    return render(request, "tracking/plan_event.html", context)


def _change(request: HttpRequest, form: EventForm) -> tuple[HttpResponse | None, list[str] | None]:
    """Save the form, or check its example; return where to go, and what is wrong with the example."""
    if not is_at_least(request.user, EDITOR):
        raise PermissionDenied
    if not form.is_valid():
        return None, None
    told = form.cleaned_data
    try:
        if request.POST.get("what") == "check":
            check_schema(told["schema"])
            example = told["example"] if isinstance(told["example"], dict) else {}
            validator = compiled(json.dumps(told["schema"]))
            return None, faults_in(validator, example, "properties")
        plan_event(
            told["name"],
            told["schema"],
            mode=told["mode"],
            description=told["description"],
            by=request.user.get_username(),
        )
    except Mistake as fault:
        form.add_error(None, fault.message)
        return None, None
    messages.success(request, _("Saved. It is used from the next events on."))
    query = urlencode({"name": told["name"].strip()})
    return redirect(f"{reverse('tracking:plan_event')}?{query}"), None


def _misfits(row: Planned | None, samples: list[dict[str, Any]]) -> int:
    """Return how many of the latest events do not meet the plan."""
    if row is None:
        return 0
    validator = compiled(row.schema)
    return sum(not validator.is_valid(sample) for sample in samples)


@require_POST
@editor
def unplan(request: HttpRequest) -> HttpResponse:
    """Take an event off the plan."""
    unplan_event(request.POST.get("name", ""))
    messages.success(request, _("The event is no longer planned."))
    return redirect("tracking:plan")


@require_POST
@editor
def rule(request: HttpRequest) -> HttpResponse:
    """Say what becomes of events that the plan does not name."""
    try:
        set_unplanned(request.POST.get("unplanned", ""))
    except Mistake:
        raise Http404 from None
    messages.success(request, _("Saved. It is used from the next events on."))
    return redirect("tracking:plan")


@require_POST
@editor
def bring(request: HttpRequest) -> HttpResponse:
    """Take in a whole plan as text."""
    form = BringForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Paste the plan into the field first."))
        return redirect("tracking:plan")
    try:
        count = bring_in(_read(form.cleaned_data["text"]), by=request.user.get_username())
    except (Mistake, forms.ValidationError) as fault:
        messages.error(request, getattr(fault, "message", str(fault)))
    else:
        messages.success(request, _("Events planned: %(count)s") % {"count": count})
    return redirect("tracking:plan")


@require_safe
def export(request: HttpRequest, form: str) -> HttpResponse:
    """Give the whole plan out as YAML or JSON."""
    del request
    text = plan_as_yaml()
    kind = "application/yaml; charset=utf-8"
    if form == "json":
        text = json.dumps(plan_document(), indent=2, ensure_ascii=False)
        kind = "application/json; charset=utf-8"
    name = f"data-plan.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type=kind, headers=headers)
