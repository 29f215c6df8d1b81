"""Addresses."""

from __future__ import annotations

from django.urls import URLPattern, path

from keskio.respond.feedback import public, views

app_name = "feedback"
urlpatterns: list[URLPattern] = [
    path("feedback/", public.feedback, name="feedback"),
    path("causes/", views.causes, name="causes"),
    path("causes/new/", views.new_cause, name="new_cause"),
    path("causes/page/", views.page, name="page"),
    path("causes/<int:pk>/", views.cause, name="cause"),
    path("causes/<int:pk>/cases/", views.link, name="link"),
]
