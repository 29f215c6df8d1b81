"""Addresses."""

from __future__ import annotations

from django.urls import URLPattern, path

from keskio.listen import trying, views

app_name = "listen"
urlpatterns: list[URLPattern] = [
    path("word-lists/try/", trying.try_lists, name="try_lists"),
    path("mentions/", views.mentions, name="mentions"),
    path("mentions/pipeline/", views.pipeline, name="pipeline"),
    path("mentions/pipeline/again/", views.reread, name="reread"),
    path("mentions/keeping/", views.policy, name="policy"),
    path("mentions/<int:pk>/", views.mention, name="mention"),
    path("mentions/<int:pk>/say/", views.correct, name="correct"),
    path("mentions/<int:pk>/customer/", views.link, name="link"),
]
