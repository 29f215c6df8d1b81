"""Addresses of the wing."""

from __future__ import annotations

from django.urls import URLPattern, path

from keskio.talk.backtests import views

app_name = "backtests"
urlpatterns: list[URLPattern] = [
    path("backtests/", views.backtests, name="backtests"),
    path("backtests/new/", views.new, name="new"),
    path("backtests/<int:pk>/", views.backtest, name="backtest"),
    path("backtests/<int:pk>/people/<int:customer>/", views.sample, name="sample"),
    path("backtests/<int:pk>/stop/", views.stop, name="stop"),
    path("backtests/<int:pk>/resume/", views.resume, name="resume"),
]
