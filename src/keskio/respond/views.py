"""Pages of the room: tasks to do, and one task with its answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keskio.know.api import may_see_special, people_of
from keskio.know.contracts import Person
from keskio.respond.actions import complete_task, decline_task, take_task
from keskio.respond.confiding import shown_to
from keskio.respond.contracts import DECLINED, DONE, OPEN
from keskio.respond.forms import AnswerForm, FilterForm, result_in_words
from keskio.respond.models import Task
from keskio.respond.queries import queue_names, task_counts, tasks_in
from keskio.respond.queue_words import once_each, queues_called_as
from keskio.web.names import DIALOGUE, Reader, name_of
from keskio.web.paging import page_of_rows
from keskio.web.roles import editor

Row: TypeAlias = tuple[Task, Person | None]


@require_safe
def tasks(request: HttpRequest) -> HttpResponse:
    """List the tasks, the open ones first due first; for htmx only the part that changes."""
    form = FilterForm(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    state, queue = chosen.get("state") or OPEN, chosen.get("queue", "")
    name = request.user.get_username()
    mine = name if chosen.get("mine") else ""
    page = page_of_rows(
        request, tasks_in(state=state, queues=queues_called_as(queue), assignee=mine)
    )
    context = {
        "page": page,
        "rows": rows_of(shown_to(request.user, page.items)),
        "counts": task_counts(name),
        "queues": once_each(queue_names()),
        "state": state,
        "queue": queue,
        "queues_chosen": queues_called_as(queue),
        "is_mine": bool(mine),
    }
    live = request.headers.get("HX-Request") == "true"
    return render(request, "respond/_tasks.html" if live else "respond/tasks.html", context)


@require_safe
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one task: what, for whom, by when; and for editors the answer."""
    found = _task(pk)
    return _show(request, found, AnswerForm(results=found.results))


@require_POST
@editor
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that the task was done or declined, with a note."""
    found = _task(pk)
    form = AnswerForm(request.POST, results=found.results)
    if not form.is_valid():
        return _show(request, found, form)
    note, actor = form.cleaned_data["note"], request.user.get_username()
    answer = form.cleaned_data["answer"]
    if answer != DECLINED:
        result = "" if answer == DONE else answer
        closed = complete_task(pk, actor=actor, note=note, result=result)
        said = _("The task is done.")
    else:
        closed, said = decline_task(pk, actor=actor, note=note), _("The task was declined.")
    if closed:
        messages.success(request, said)
        return redirect("respond:tasks")
    messages.warning(request, _("Somebody has answered this task already: nothing changed."))
    return redirect("respond:task", pk=pk)


@require_POST
@editor
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the task for oneself."""
    _task(pk)
    if take_task(pk, actor=request.user.get_username()):
        messages.success(request, _("The task is yours now."))
    else:
        messages.warning(request, _("Somebody has answered this task already: nothing changed."))
    return redirect("respond:task", pk=pk)


def rows_of(items: Sequence[Task]) -> list[Row]:
    """Return tasks with their customers, read in one query."""
    people = people_of({item.customer_id for item in items})
    return [(item, people.get(item.customer_id)) for item in items]


def _show(request: HttpRequest, found: Task, form: AnswerForm) -> HttpResponse:
    reader = Reader(get_language() or "fi", may_see_health=may_see_special(request.user))
    shown_to(request.user, [found])
    person = people_of([found.customer_id]).get(found.customer_id)
    results = [(result, result_in_words(result)) for result in found.results]
    context = {
        "task": found,
        "person": person,
        "form": form,
        "results": results,
        "result": result_in_words(found.result),
        "dialogue": name_of(DIALOGUE, found.dialogue, reader) if found.dialogue else "",
    }
    return render(request, "respond/task.html", context, status=422 if form.errors else 200)


def _task(pk: int) -> Task:
    found = Task.objects.filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no such task."))
    return found
