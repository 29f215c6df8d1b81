"""Addresses of the wing; those under `p/` stand in letters and live for years."""

from __future__ import annotations

from django.urls import URLPattern, path

from keskio.know.privacy.views import keeping, public, register, rights

app_name = "privacy"
urlpatterns: list[URLPattern] = [
    path("p/c/<str:token>/", public.confirmation, name="confirmation"),
    path("p/<str:token>/", public.preferences, name="preferences"),
    path("p/<str:token>/stop/", public.one_click, name="one_click"),
    path("consents/", register.register, name="register"),
    path("consents/csv/", register.register_csv, name="register_csv"),
    path("consents/purposes/", register.purpose_list, name="purposes"),
    path("consents/purposes/add/", register.purpose, name="purpose_add"),
    path("consents/purposes/<slug:key>/", register.purpose, name="purpose"),
    path("consents/purposes/<slug:key>/texts/", register.new_text, name="new_text"),
    path("privacy/", rights.demands, name="demands"),
    path("privacy/demands/<int:pk>/", rights.close, name="close"),
    path("privacy/erasures/<int:pk>/", rights.receipt, name="receipt"),
    path("privacy/retention/", keeping.retention, name="retention"),
    path("privacy/retention/add/", keeping.add_rule, name="add_rule"),
    path("privacy/retention/<int:pk>/remove/", keeping.remove_rule, name="remove_rule"),
    path("privacy/health/", keeping.health, name="health"),
    path("privacy/health/add/", keeping.add_name, name="add_name"),
    path("privacy/health/<int:pk>/remove/", keeping.remove_name, name="remove_name"),
    path("privacy/health/users/<int:pk>/", keeping.set_sight, name="set_sight"),
    path("customers/<int:pk>/erase/", rights.erase, name="erase"),
    path("customers/<int:pk>/export/", rights.export, name="export"),
    path("customers/<int:pk>/ask/", rights.ask, name="ask"),
    path("customers/<int:pk>/restrict/", rights.set_restriction, {"is_on": True}, name="restrict"),
    path("customers/<int:pk>/release/", rights.set_restriction, {"is_on": False}, name="release"),
]
