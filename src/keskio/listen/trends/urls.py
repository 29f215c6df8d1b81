"""Addresses."""

from __future__ import annotations

from django.urls import URLPattern, path

from keskio.listen.trends import views

app_name = "trends"
urlpatterns: list[URLPattern] = [
    path("trends/", views.trends, name="trends"),
    path("trends/numbers.csv", views.export, name="export"),
    path("trends/alerts/", views.alert_list, name="alerts"),
    path("trends/alerts/<int:pk>/", views.alert, name="alert"),
    path("trends/alerts/<int:pk>/seen/", views.seen, name="seen"),
    path("trends/spread/", views.spread, name="spread"),
    path("trends/writers/", views.writers, name="writers"),
    path("trends/writers/<slug:key>/", views.writer, name="writer"),
    path("trends/writers/<slug:key>/decide/", views.decide, name="decide"),
]
