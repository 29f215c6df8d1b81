"""Addresses of the wing."""

from __future__ import annotations

from django.urls import URLPattern, path

from keskio.talk.offers import views

app_name = "offers"
urlpatterns: list[URLPattern] = [
    path("offers/", views.offers, name="offers"),
    path("offers/add/", views.edit, name="add"),
    path("offers/of/<slug:key>/", views.offer, name="offer"),
    path("offers/of/<slug:key>/change/", views.edit, name="edit"),
    path("offers/of/<slug:key>/codes/", views.codes, name="codes"),
]
