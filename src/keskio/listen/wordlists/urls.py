"""Addresses."""

from __future__ import annotations

from django.urls import URLPattern, path

from keskio.listen.wordlists import views

app_name = "wordlists"
urlpatterns: list[URLPattern] = [
    path("word-lists/", views.lists, name="lists"),
    path("word-lists/change/", views.edit, name="edit"),
    path("word-lists/use/", views.use, name="use"),
    path("word-lists/drop/", views.drop, name="drop"),
    path("word-lists/before/<int:pk>/", views.restore, name="restore"),
    path("word-lists/ready/<slug:key>/", views.ready_list, name="ready"),
]
