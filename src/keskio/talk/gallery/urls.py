"""Addresses of the wing."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "gallery"
urlpatterns: list[URLPattern] = []
