"""Addresses of the wing."""

from __future__ import annotations

from django.urls import URLPattern, path

from keskio.know.objects import views

app_name = "objects"
urlpatterns: list[URLPattern] = [
    path("objects/", views.kinds, name="kinds"),
    path("objects/kinds/add/", views.kind, name="kind_add"),
    path("objects/kinds/<slug:key>/", views.kind, name="kind"),
    path("objects/of/<slug:kind>/", views.objects, name="objects"),
    path("objects/<int:pk>/", views.show, name="object"),
    path("objects/<int:pk>/edit/", views.edit, name="edit"),
    path("objects/<int:pk>/end/", views.end, name="end"),
    path("customers/<int:customer>/objects/add/<slug:kind>/", views.add, name="add"),
]
