"""Addresses of the pages of sources, and the door at which other systems bring messages."""

from __future__ import annotations

from django.urls import path

from keskio.listen.sources import door, views

app_name = "sources"
urlpatterns = [
    path("mention-sources/", views.listing, name="sources"),
    path("mention-sources/add/<slug:kind>/", views.add, name="add"),
    path("mention-sources/<int:pk>/", views.source, name="source"),
    path("mention-sources/<int:pk>/change/", views.change, name="change"),
    path("mention-sources/<int:pk>/test/", views.test, name="test"),
    path("mention-sources/<int:pk>/bring/", views.bring, name="bring"),
    path("mention-sources/<int:pk>/<slug:what>/", views.act, name="act"),
    path("mention-sources/files/<int:pk>/", views.upload, name="upload"),
    path("mention-sources/files/<int:pk>/drop/", views.drop, name="drop"),
    path("hear/<slug:key>/", door.hear, name="hear"),
]
