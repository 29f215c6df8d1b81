"""Addresses of the wing."""

from __future__ import annotations

from django.urls import path

from keskio.respond.recovery import case_views, views

app_name = "recovery"
urlpatterns = [
    path("recovery/", views.plans, name="plans"),
    path("recovery/new/", views.new_plan, name="new"),
    path("recovery/new/check/", views.check, name="check_new"),
    path("recovery/ready/", views.add_ready, name="add_ready"),
    path("recovery/kinds/", views.kinds, name="kinds"),
    path("recovery/results/", views.results, name="results"),
    path("recovery/plan-schema.json", views.schema, name="schema"),
    path("recovery/plans/<slug:key>/", views.plan, name="plan"),
    path("recovery/plans/<slug:key>/save/", views.save, name="save"),
    path("recovery/plans/<slug:key>/check/", views.check, name="check"),
    path("recovery/plans/<slug:key>/budget/", views.budget, name="budget"),
    path("recovery/plans/<slug:key>/switch/", views.switch, name="switch"),
    path("recovery/compensations/<int:pk>/decide/", case_views.decide, name="decide"),
    path("recovery/compensations/<int:pk>/offer/", case_views.offer, name="offer"),
    path("recovery/compensations/<int:pk>/close/", case_views.close_offer, name="close_offer"),
    path("recovery/cases/<int:case>/begin/", case_views.begin, name="begin"),
    path("recovery/cases/<int:case>/tick/", case_views.tick, name="tick"),
    path("recovery/cases/<int:case>/ask/", case_views.ask, name="ask"),
]
