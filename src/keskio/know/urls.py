"""Addresses of the room."""

from __future__ import annotations

from django.urls import path

from keskio.know import identity_views, views
from keskio.know.contracts import GIVEN, WITHDRAWN
from keskio.web import panels

app_name = "know"
urlpatterns = [
    path("customers/", views.customers, name="customers"),
    path("customers/<int:pk>/", views.customer, name="customer"),
    path("customers/<int:pk>/known/", views.customer, {"tab": panels.KNOWN}, name="customer_known"),
    path(
        "customers/<int:pk>/rights/", views.customer, {"tab": panels.RIGHTS}, name="customer_rights"
    ),
    path("customers/<int:pk>/history/", identity_views.history, name="history"),
    path("customers/<int:pk>/merge/", identity_views.merge, name="merge"),
    path("identities/", identity_views.doubts, name="doubts"),
    path("identities/<int:pk>/decide/", identity_views.decide, name="decide"),
    path("identities/rules/", identity_views.rules, name="rules"),
    path("identities/merges/<int:pk>/undo/", identity_views.unmerge, name="unmerge"),
    path("customers/<int:pk>/timeline/", views.timeline, name="timeline"),
    path("customers/<int:pk>/consents/", views.give, name="give"),
    path(
        "customers/<int:pk>/consents/withdraw/", views.change, {"state": WITHDRAWN}, name="withdraw"
    ),
    path("customers/<int:pk>/consents/lift/", views.change, {"state": GIVEN}, name="lift"),
]
