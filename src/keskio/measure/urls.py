"""Addresses of the room."""

from __future__ import annotations

from django.urls import URLPattern, path

from keskio.measure import views

app_name = "measure"
urlpatterns: list[URLPattern] = [
    path("effects/", views.overview, name="effects"),
    path("effects/<str:key>/", views.effect, name="effect"),
]
