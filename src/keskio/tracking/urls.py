"""Addresses of the room's pages; the door's own are in `door`."""

from __future__ import annotations

from django.urls import path

from keskio.tracking.views import quarantine, sources

app_name = "tracking"
urlpatterns = [
    path("quarantine/", quarantine.items, name="quarantine"),
    path("quarantine/settle/", quarantine.settle, name="settle"),
    path("quarantine/<int:pk>/", quarantine.item, name="quarantined"),
    path("sources/", sources.sources, name="sources"),
    path("sources/add/", sources.add, name="source_add"),
    path("sources/<int:pk>/", sources.source, name="source"),
    path("sources/<int:pk>/keys/", sources.new_key, name="key_add"),
    path("sources/keys/<int:pk>/retire/", sources.retire, name="key_retire"),
    path("sources/keys/<int:pk>/restore/", sources.restore, name="key_restore"),
]
