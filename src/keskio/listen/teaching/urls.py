"""Addresses of the wing."""

from __future__ import annotations

from django.urls import URLPattern, path

from keskio.listen.teaching import views

app_name = "teaching"
urlpatterns: list[URLPattern] = [
    path("teaching/", views.queue, name="queue"),
    path("teaching/label/<int:pk>/", views.say, name="say"),
    path("teaching/versions/", views.versions, name="versions"),
    path("teaching/versions/<int:pk>/use/", views.use, name="use"),
    path("teaching/versions/frozen/<slug:language>/", views.use_frozen, name="use_frozen"),
    path("teaching/fit/", views.fit, name="fit"),
    path("teaching/new-themes/", views.new_themes, name="new_themes"),
    path("teaching/new-themes/<int:pk>/", views.decide, name="decide"),
]
