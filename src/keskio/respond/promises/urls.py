"""Addresses of the wing."""

from __future__ import annotations

from django.urls import path

from keskio.respond.promises import views

app_name = "promises"
urlpatterns = [
    path("promises/", views.promises, name="promises"),
    path("promises/report/", views.report, name="report"),
    path("promises/<int:pk>/", views.promise, name="promise"),
    path("promises/<int:pk>/answer/", views.answer, name="answer"),
    path("promises/customer/<int:customer>/", views.make, name="make"),
]
