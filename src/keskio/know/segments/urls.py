"""Addresses of the wing."""

from __future__ import annotations

from django.urls import path

from keskio.know.segments import builder_views, stage_views, views

app_name = "segments"
urlpatterns = [
    path("segments/", views.segments, name="segments"),
    path("segments/add/", builder_views.build, name="add"),
    path("segments/preview/", builder_views.preview, name="preview"),
    path("segments/<slug:key>/", views.segment, name="segment"),
    path("segments/<slug:key>/change/", builder_views.build, name="edit"),
    path("segments/<slug:key>.yaml", views.export, name="export"),
    path("segments/<slug:key>/versions/<int:number>.yaml", views.export, name="export_version"),
    path("stages/", stage_views.models, name="models"),
    path("stages/<slug:key>/", stage_views.model, name="model"),
    path("stages/<slug:key>/change/", stage_views.edit, name="edit_model"),
    path("stages/<slug:key>/at/<slug:stage>/", stage_views.stage, name="stage"),
    path("segments/do/<str:kind>/<slug:key>/", views.order, name="order"),
]
