"""Addresses."""

from __future__ import annotations

from django.urls import URLPattern, path

from keskio.listen.interviews import views

app_name = "interviews"
urlpatterns: list[URLPattern] = [
    path("interviews/", views.studies, name="studies"),
    path("interviews/new/", views.edit_study, name="new_study"),
    path("interviews/transcripts/<int:pk>/", views.interview, name="interview"),
    path("interviews/transcripts/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("interviews/quotes/<int:pk>/take-off/", views.take_off, name="take_off"),
    path("interviews/<slug:key>/", views.study, name="study"),
    path("interviews/<slug:key>/edit/", views.edit_study, name="edit_study"),
    path("interviews/<slug:key>/export/", views.export, name="export"),
    path("interviews/<slug:key>/new/", views.new_interview, name="new_interview"),
]
