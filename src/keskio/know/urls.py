"""Addresses of the room."""

from __future__ import annotations

from django.urls import path

from keskio.know import views
from keskio.know.contracts import GIVEN, WITHDRAWN

app_name = "know"
urlpatterns = [
    path("customers/", views.customers, name="customers"),
    path("customers/<int:pk>/", views.customer, name="customer"),
    path("customers/<int:pk>/timeline/", views.timeline, name="timeline"),
    path("customers/<int:pk>/consents/", views.give, name="give"),
    path(
        "customers/<int:pk>/consents/withdraw/", views.change, {"state": WITHDRAWN}, name="withdraw"
    ),
    path("customers/<int:pk>/consents/lift/", views.change, {"state": GIVEN}, name="lift"),
]
