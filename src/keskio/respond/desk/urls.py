"""Addresses."""

from __future__ import annotations

from django.urls import URLPattern, path

from keskio.respond.desk.views import (
    acting,
    inbox,
    joining,
    keeping,
    noting,
    opening,
    reporting,
    targets,
    tell_me,
    writing,
)

app_name = "desk"
urlpatterns: list[URLPattern] = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/calls/note/", noting.note_call, name="note_call"),
    path("inbox/bulk/", acting.bulk, name="bulk"),
    path("inbox/undo/<int:pk>/", acting.undo_it, name="undo"),
    path("inbox/keys/", keeping.keys, name="keys"),
    path("inbox/tell-me/", tell_me.tell_me, name="tell_me"),
    path("inbox/views/", keeping.save_list, name="save_list"),
    path("inbox/views/<int:pk>/drop/", keeping.drop_list, name="drop_list"),
    path("inbox/snippets/", keeping.snippets, name="snippets"),
    path("inbox/snippets/add/", keeping.snippet, name="snippet_add"),
    path("inbox/snippets/<slug:key>/", keeping.snippet, name="snippet"),
    path("inbox/snippets/<slug:key>/drop/", keeping.drop_snippet, name="drop_snippet"),
    path("inbox/macros/", keeping.macros, name="macros"),
    path("inbox/macros/add/", keeping.macro, name="macro_add"),
    path("inbox/macros/<slug:key>/", keeping.macro, name="macro_edit"),
    path("inbox/macros/<slug:key>/drop/", keeping.drop_macro, name="drop_macro"),
    path("inbox/response-times/", reporting.report, name="report"),
    path("inbox/opening/", opening.opening, name="opening"),
    path("inbox/opening/edit/", opening.edit_opening, name="opening_edit"),
    path("inbox/queues/add/", opening.queue, name="queue_add"),
    path("inbox/queues/<slug:key>/", opening.queue, name="queue"),
    path("inbox/queues/<slug:key>/drop/", opening.drop_queue, name="drop_queue"),
    path("inbox/targets/", targets.targets, name="targets"),
    path("inbox/targets/add/", targets.target, name="target_add"),
    path("inbox/targets/<int:pk>/", targets.target, name="target"),
    path("inbox/targets/<int:pk>/drop/", targets.drop_target, name="drop_target"),
    path("inbox/calendars/add/", targets.calendar, name="calendar_add"),
    path("inbox/calendars/<slug:key>/", targets.calendar, name="calendar"),
    path("inbox/language-model/", keeping.language_model, name="language_model"),
    path("inbox/<int:pk>/", inbox.case, name="case"),
    path("inbox/<int:pk>/pulse/", inbox.pulse, name="pulse"),
    path("inbox/<int:pk>/write/", writing.write, name="write"),
    path("inbox/<int:pk>/draft/", writing.draft, name="draft"),
    path("inbox/<int:pk>/insert/", writing.insert, name="insert"),
    path("inbox/<int:pk>/model/", writing.model_draft, name="model_draft"),
    path("inbox/<int:pk>/hide/<int:answer>/", writing.hide_answer, name="hide_answer"),
    path("inbox/<int:pk>/merge/", joining.merge, name="merge"),
    path("inbox/<int:pk>/unmerge/", joining.unmerge, name="unmerge"),
    path("inbox/<int:pk>/split/", joining.split, name="split"),
    path("inbox/<int:pk>/macro/<slug:key>/", acting.macro, name="macro"),
    path("inbox/<int:pk>/<slug:what>/", acting.act, name="act"),
]
