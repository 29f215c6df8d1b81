"""Addresses of the wing."""

from __future__ import annotations

from django.urls import path

from keskio.talk.printing import views

app_name = "printing"
urlpatterns = [
    path("letters/", views.runs, name="runs"),
    path("letters/pictures/", views.pictures, name="pictures"),
    path("letters/pictures/<int:pk>.img", views.picture, name="picture"),
    path("letters/pictures/<int:pk>/remove/", views.remove_picture, name="remove_picture"),
    path("letters/<int:pk>/", views.run, name="run"),
    path("letters/<int:pk>/close/", views.close, name="close"),
    path("letters/<int:pk>/letters.pdf", views.pdf, name="pdf"),
    path("letters/<int:pk>/printed/", views.printed, name="printed"),
]
