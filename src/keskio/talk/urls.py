"""Addresses of the room."""

from __future__ import annotations

from django.urls import path

from keskio.talk import views

app_name = "talk"
VERSION = "dialogues/<str:key>/versions/<int:number>/"
urlpatterns = [
    path("dialogues/", views.dialogues, name="dialogues"),
    path("dialogues/<str:key>/", views.dialogue, name="dialogue"),
    path(VERSION, views.dialogue, name="version"),
    path(f"{VERSION}standing/", views.standing_part, name="standing"),
    path(f"{VERSION}counts.json", views.counts, name="counts"),
    path(f"{VERSION}steps/<str:step_key>/", views.step, name="step"),
    path("messages/unknown/", views.unknown_messages, name="unknown"),
    path("messages/unknown/<int:pk>/", views.decide_unknown, name="decide_unknown"),
]
