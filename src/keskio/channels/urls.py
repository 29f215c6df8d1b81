"""Addresses of the settings of channels; what gateways call is in `inbound`."""

from __future__ import annotations

from django.urls import path

from keskio.channels import views

app_name = "channels"
urlpatterns = [
    path("channels/", views.accounts, name="accounts"),
    path("channels/add/<slug:key>/", views.add, name="add"),
    path("channels/<int:pk>/", views.account, name="account"),
    path("channels/<int:pk>/test/", views.send_test, name="test"),
]
