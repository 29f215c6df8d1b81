"""Pages of clusters: searches, the report card, taking clusters into use, their members."""

from __future__ import annotations

from typing import Any, TypeAlias

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keskio.kernel.errors import Mistake
from keskio.know.profiles import charts, words
from keskio.know.profiles.actions import (
    ASSIGN,
    ask_for_clusters,
    stop_clusters,
    use_clusters,
)
from keskio.know.profiles.forms import ClusterForm
from keskio.know.profiles.models import ClusterMember, ClusterRun
from keskio.know.profiles.queries import (
    cluster_names,
    model_in_use,
    report_of,
    rows_with_people,
    work_on,
)
from keskio.know.profiles.reports import (
    DIFFERENT,
    HIGHLY_STABLE,
    IDENTIFIABLE,
    PATTERN,
    STABLE,
    Asked,
    Found,
    Report,
)
from keskio.web.paging import page_of_rows
from keskio.web.roles import editor

_SHOWN_DIFFERENCES = 12


@require_safe
def clusters(request: HttpRequest) -> HttpResponse:
    """List the searches, and the clusters in use."""
    page = page_of_rows(request, ClusterRun.objects.order_by("-pk").defer("outcome"))
    counts = dict(
        ClusterMember.objects.values_list("cluster").annotate(Count("pk")).order_by("cluster")
    )
    context = {
        "page": page,
        "model": model_in_use(),
        "work": work_on(ASSIGN),
        "in_use": [
            (place, name, counts.get(place, 0)) for place, name in enumerate(cluster_names())
        ],
    }
    return render(request, "profiles/clusters.html", context)


@require_http_methods(["GET", "POST"])
@editor
def add(request: HttpRequest) -> HttpResponse:
    """Ask for a search."""
    from keskio.know.profiles.variables import variables_there_are  # noqa: PLC0415 - loads numpy

    form = ClusterForm(request.POST or None, variables=variables_there_are())
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        asked = Asked(told["variables"], told["method"], told["k"], told["log_skewed"])
        made = ask_for_clusters(asked, title=told["title"], by=request.user.get_username())
        return redirect("profiles:cluster", made.pk)
    status = 422 if form.errors else 200
    return render(request, "profiles/cluster_add.html", {"form": form}, status=status)


@require_safe
def search(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a search: how far it is, or its report card; for htmx only the part that changes."""
    run = get_object_or_404(ClusterRun, pk=pk)
    live = request.headers.get("HX-Request") == "true"
    template = "profiles/_cluster.html" if live else "profiles/cluster.html"
    return render(request, template, _context(run))


def _context(run: ClusterRun, names: list[str] | None = None) -> dict[str, Any]:
    report = report_of(run)
    context: dict[str, Any] = {"run": run, "report": report}
    if report is not None:
        title, text, tone = words.VERDICTS[report.verdict]
        given = names or [words.suggested_name(found) for found in report.clusters]
        context |= {
            "verdict": {"title": title, "text": text, "tone": tone},
            "method": words.METHODS[report.asked.method],
            "variables": [
                (words.title_of(scale.name), scale.logged) for scale in report.kept.scales
            ],
            "grades": _grades(report),
            "found": [
                _found_told(report, place, found, given[place])
                for place, found in enumerate(report.clusters)
            ],
            "differences": [
                (words.title_of(one.name), one, words.decimal(one.effect))
                for one in report.differences[:_SHOWN_DIFFERENCES]
            ],
            "tried": [
                (
                    one,
                    words.decimal(one.strength),
                    words.decimal(one.reference_strength),
                    words.decimal(one.silhouette),
                    words.decimal(one.reference_silhouette),
                )
                for one in report.tried
            ],
            "tree": _tree(report),
        }
    return context


def _tree(report: Report) -> str:
    label = _("A tree of the clusters: the higher two branches meet, the more they differ.")
    return charts.tree(report.branches, label=label) if report.branches else ""


Grade: TypeAlias = tuple[str, bool | None, str]


def _grades(report: Report) -> list[Grade]:
    """Return the tests of the report card: what, passed or not (None: could not be tried), in words."""
    smallest = min(report.clusters, key=lambda found: found.customers)
    size = _("The smallest has %(count)s customers, %(share)s of all.") % {
        "count": smallest.customers,
        "share": words.percent(smallest.share, places=1),
    }
    grades: list[Grade] = [
        (_("Size"), report.are_large, size),
        _difference_graded(report),
        _identifiability_graded(report),
        _stability_graded(report),
    ]
    if report.rand is not None:
        text = _("Clusters of three months ago agree with these by %(rand)s (adjusted Rand index).")
        grades.append(
            (
                _("Between periods"),
                report.rand >= STABLE,
                text % {"rand": words.decimal(report.rand)},
            )
        )
    return grades


def _difference_graded(report: Report) -> Grade:
    if not report.differences:
        text = _("There is nothing else to compare by: all that is known was used.")
        return _("Difference"), None, text
    strongest = report.differences[0]
    text = _(
        "Of what was not used, most different is %(name)s: effect %(effect)s, at least"
        " %(limit)s is asked."
    ) % {
        "name": words.title_of(strongest.name),
        "effect": words.decimal(strongest.effect),
        "limit": words.decimal(DIFFERENT, 1),
    }
    return _("Difference"), report.are_different, text


def _identifiability_graded(report: Report) -> Grade:
    if report.accuracy is None:
        return _("Identifiability"), None, _("No other field is known for everyone.")
    text = _(
        "A shallow tree of fields known for everyone is right for %(share)s; at least"
        " %(limit)s is asked."
    ) % {"share": words.percent(report.accuracy), "limit": words.percent(IDENTIFIABLE)}
    return _("Identifiability"), report.are_identifiable, text


def _stability_graded(report: Report) -> Grade:
    least = min(found.jaccard for found in report.clusters)
    text = _(
        "Prediction strength %(strength)s, 0.8 is asked; of the least stable cluster"
        " %(least)s comes back."
    ) % {"strength": words.decimal(report.strength), "least": words.percent(least)}
    return _("Stability"), report.are_stable, text


def _found_told(report: Report, place: int, found: Found, name: str) -> dict[str, Any]:
    return {
        "number": place + 1,
        "place": place,
        "name": name,
        "found": found,
        "share": words.percent(found.share, places=1),
        "value": words.percent(found.share_of_value) if found.share_of_value is not None else "–",
        "rule": words.rule_said(found.rule),
        "precision": words.percent(found.precision),
        "coverage": words.percent(found.coverage),
        "jaccard": words.decimal(found.jaccard),
        "band": _band(found.jaccard),
        "middle": [
            (words.title_of(scale.name), words.about(found.middle[scale.name]))
            for scale in report.kept.scales
        ],
    }


def _band(jaccard: float) -> tuple[str, str]:
    """Return how far a cluster is to be trusted, in words and tone (Hennig's bands)."""
    if jaccard >= HIGHLY_STABLE:
        return _("highly stable"), "good"
    if jaccard >= STABLE:
        return _("stable"), "good"
    if jaccard >= PATTERN:
        return _("a pattern only"), "warn"
    return _("not to be trusted"), "bad"


@require_POST
@editor
def use(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the clusters of a search into use under the names given."""
    run = get_object_or_404(ClusterRun, pk=pk)
    names = request.POST.getlist("name")
    try:
        use_clusters(run, names=names, by=request.user.get_username())
    except Mistake:
        report = report_of(run)
        if report is None:
            raise Http404(_("This search has not come to an end.")) from None
        messages.error(request, _("Give each cluster a name of its own."))
        names = [*names, *[""] * report.k][: report.k]
        return render(request, "profiles/cluster.html", _context(run, names), status=422)
    messages.success(request, _("The clusters are in use. Customers are being assigned."))
    return redirect("profiles:clusters")


@require_POST
@editor
def stop(request: HttpRequest) -> HttpResponse:
    """Take the clusters out of use."""
    stop_clusters()
    messages.success(request, _("No clusters are in use."))
    return redirect("profiles:clusters")


@require_safe
def members(request: HttpRequest, number: int) -> HttpResponse:
    """List the members of a cluster in use."""
    names = cluster_names()
    if number >= len(names):
        raise Http404(_("There is no such cluster."))
    page = page_of_rows(request, ClusterMember.objects.filter(cluster=number).order_by("pk"))
    context = {"name": names[number], "page": page, "rows": rows_with_people(page.items)}
    return render(request, "profiles/members.html", context)
