"""Addresses of the wing."""

from __future__ import annotations

from django.urls import path

from keskio.talk.gallery import readings_views, views

app_name = "gallery"
urlpatterns = [
    path("playbooks/", views.playbooks, name="playbooks"),
    path("playbooks/<slug:key>/", views.playbook, name="playbook"),
    path("playbooks/<slug:key>/steps/<slug:step_key>/", views.step, name="step"),
    path("p/<str:token>/readings/", readings_views.own, name="readings"),
    path("readings/<str:token>/", readings_views.shared, name="shared"),
    path("playbooks/<slug:key>/start/", views.start, name="start"),
]
