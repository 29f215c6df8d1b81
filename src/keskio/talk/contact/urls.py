"""Addresses of the wing."""

from __future__ import annotations

from django.urls import URLPattern, path

from keskio.talk.contact import views

app_name = "contact"
urlpatterns: list[URLPattern] = [
    path("contact/", views.rules, name="rules"),
    path("contact/change/", views.edit, name="edit"),
    path("contact/customer/", views.customer, name="customer"),
    path("contact/try/", views.try_rules, name="try_rules"),
    path("contact/trials/<int:pk>/", views.trial, name="trial"),
    path("contact/trials/<int:pk>/stop/", views.stop_trial, name="stop_trial"),
]
