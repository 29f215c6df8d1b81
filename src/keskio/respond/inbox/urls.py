"""Addresses of the inbox: the web chat's page. The desk has the others."""

from __future__ import annotations

from django.urls import URLPattern, path

from keskio.respond.inbox import views

app_name = "inbox"
urlpatterns: list[URLPattern] = [path("chat/", views.chat, name="chat")]
