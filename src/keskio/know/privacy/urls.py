"""Addresses of the wing; those under `p/` stand in letters and live for years."""

from __future__ import annotations

from django.urls import URLPattern, path

from keskio.know.privacy.views import public

app_name = "privacy"
urlpatterns: list[URLPattern] = [
    path("p/c/<str:token>/", public.confirmation, name="confirmation"),
    path("p/<str:token>/", public.preferences, name="preferences"),
    path("p/<str:token>/stop/", public.one_click, name="one_click"),
]
