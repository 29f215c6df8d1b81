"""Addresses of the wing."""

from __future__ import annotations

from django.urls import URLPattern, path

from keskio.know.imports import table_views, views

app_name = "imports"
urlpatterns: list[URLPattern] = [
    path("imports/", views.imports, name="imports"),
    path("imports/new/", views.new, name="new"),
    path("imports/<int:pk>/", views.one, name="import"),
    path("imports/<int:pk>/columns/", views.columns, name="columns"),
    path("imports/<int:pk>/mapping/", views.mapping, name="mapping"),
    path("imports/<int:pk>/do/", views.act, name="act"),
    path("imports/<int:pk>/errors.csv", views.report, name="report"),
    path("imports/tables/", table_views.tables, name="tables"),
    path("imports/tables/add/", table_views.add, name="table_add"),
    path("imports/tables/<slug:key>/", table_views.table, name="table"),
    path("imports/tables/<slug:key>/do/", table_views.act, name="table_act"),
]
