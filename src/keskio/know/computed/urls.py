"""Addresses of the wing."""

from __future__ import annotations

from django.urls import URLPattern, path

from keskio.know.computed import views

app_name = "computed"
urlpatterns: list[URLPattern] = [
    path("traits/", views.definitions, name="traits"),
    path("traits/add/", views.edit, name="add"),
    path("traits/add/sql/", views.edit, {"kind": "sql"}, name="add_sql"),
    path("traits/<int:pk>/", views.definition, name="trait"),
    path("traits/<int:pk>/edit/", views.edit, name="edit"),
    path("traits/<int:pk>/anew/", views.anew, name="anew"),
    path("traits/<int:pk>/end/", views.end, name="end"),
]
