"""Addresses of the wing."""

from __future__ import annotations

from django.urls import path

from keskio.know.groups import views

app_name = "groups"
urlpatterns = [
    path("groups/", views.groups, name="groups"),
    path("groups/add/", views.edit, name="add_group"),
    path("groups/<int:pk>/", views.group, name="group"),
    path("groups/<int:pk>/edit/", views.edit, name="edit"),
    path("groups/<int:pk>/members/", views.add, name="add"),
    path("groups/<int:pk>/members/<int:customer>/remove/", views.remove, name="remove"),
]
