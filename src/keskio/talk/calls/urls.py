"""Addresses of the wing."""

from __future__ import annotations

from django.urls import URLPattern, path

from keskio.talk.calls import views

app_name = "calls"
urlpatterns: list[URLPattern] = [
    path("connections/", views.connections, name="connections"),
    path("connections/add/", views.add, name="add"),
    path("connections/<int:pk>/", views.connection, name="connection"),
    path("connections/<int:pk>/secret/", views.renew, name="renew"),
]
