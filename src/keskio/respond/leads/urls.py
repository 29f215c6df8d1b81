"""Addresses."""

from __future__ import annotations

from django.urls import URLPattern, path

from keskio.respond.leads import calling, views

app_name = "leads"
urlpatterns: list[URLPattern] = [
    path("leads/", views.leads, name="leads"),
    path("leads/report/", views.report, name="report"),
    path("leads/<int:pk>/", views.lead, name="lead"),
    path("leads/<int:pk>/close/", views.close, name="close"),
    path("leads/<int:pk>/complete/", views.complete, name="complete"),
    path("calls/", calling.lists, name="lists"),
    path("calls/new/", calling.new_list, name="new_list"),
    path("calls/<int:pk>/", calling.calls, name="calls"),
    path("calls/<int:pk>/<int:task>/", calling.called, name="called"),
    path("tasks/seats/", calling.seats, name="seats"),
    path("tasks/seats/<int:pk>/leave/", calling.leave_seat, name="leave_seat"),
    path("tasks/calendar/", calling.feed_settings, name="feed_settings"),
    path("calendar/<str:secret>.ics", calling.feed, name="feed"),
]
