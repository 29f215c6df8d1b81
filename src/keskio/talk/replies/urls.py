"""Addresses of the wing."""

from __future__ import annotations

from django.urls import URLPattern, path

from keskio.talk.replies import views

app_name = "replies"
urlpatterns: list[URLPattern] = [
    path("messages/unclear/", views.unclear, name="unclear"),
    path("messages/unclear/<int:pk>/", views.decide, name="decide"),
]
