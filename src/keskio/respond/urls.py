"""Addresses of the room."""

from __future__ import annotations

from django.urls import path

from keskio.respond import views

app_name = "respond"
urlpatterns = [
    path("tasks/", views.tasks, name="tasks"),
    path("tasks/<int:pk>/", views.task, name="task"),
    path("tasks/<int:pk>/answer/", views.answer, name="answer"),
    path("tasks/<int:pk>/take/", views.take, name="take"),
]
