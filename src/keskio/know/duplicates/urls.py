"""Addresses of the wing."""

from __future__ import annotations

from django.urls import path

from keskio.know.duplicates import views
from keskio.know.duplicates.models import Candidate

app_name = "duplicates"
urlpatterns = [
    path("duplicates/", views.duplicates, name="duplicates"),
    path("duplicates/search/", views.search, name="search"),
    path("duplicates/<int:pk>/one/", views.decide, {"answer": Candidate.MERGED}, name="merge"),
    path("duplicates/<int:pk>/two/", views.decide, {"answer": Candidate.APART}, name="apart"),
]
