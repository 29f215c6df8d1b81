"""Addresses of the room."""

from __future__ import annotations

from django.urls import path

from keskio.talk import explain_views, views

app_name = "talk"
VERSION = "dialogues/<str:key>/versions/<int:number>/"
urlpatterns = [
    path("dialogues/", views.dialogues, name="dialogues"),
    path("dialogues/waiting/", explain_views.patient, name="patient"),
    path("dialogues/<str:key>/", views.dialogue, name="dialogue"),
    path(VERSION, views.dialogue, name="version"),
    path(f"{VERSION}standing/", views.standing_part, name="standing"),
    path(f"{VERSION}counts.json", views.counts, name="counts"),
    path(f"{VERSION}steps/<str:step_key>/", views.step, name="step"),
    path("messages/unknown/", views.unknown_messages, name="unknown"),
    path("messages/unknown/<int:pk>/", views.decide_unknown, name="decide_unknown"),
    path(
        "messages/why/<int:pk>/",
        explain_views.explained,
        {"kind": "message"},
        name="explain_message",
    ),
    path(
        "decisions/why/<int:pk>/",
        explain_views.explained,
        {"kind": "decision"},
        name="explain_decision",
    ),
    path("customers/<int:customer>/why-not/", explain_views.why_not_page, name="why_not"),
    path("api/explain/messages/<int:pk>/", explain_views.api_one, {"kind": "message"}),
    path("api/explain/decisions/<int:pk>/", explain_views.api_one, {"kind": "decision"}),
    path("api/explain/customers/<int:customer>/", explain_views.api_customer),
    path("api/explain/customers/<int:customer>/dialogues/<str:key>/", explain_views.api_why_not),
]
