"""Addresses of the inbox: the web chat's page, and the chat on others' pages. The desk has the others."""

from __future__ import annotations

from django.urls import URLPattern, path

from keskio.respond.inbox import chat_admin, chat_widget, views

app_name = "inbox"
urlpatterns: list[URLPattern] = [
    path("chat/", views.chat, name="chat"),
    path("chat.js", chat_widget.script, name="chat_script"),
    path("chat/look/", chat_widget.look_of, name="chat_look"),
    path("chat/news/", chat_widget.news, name="chat_news"),
    path("chat/frame/", chat_widget.frame, name="chat_frame"),
    path("chat/frame/look/", chat_widget.look, name="chat_frame_look"),
    path("chat/frame/say/", chat_widget.say, name="chat_frame_say"),
    path("channels/web-chat/", chat_admin.web_chat, name="web_chat"),
    path("channels/web-chat/secret/", chat_admin.new_secret, name="web_chat_secret"),
]
