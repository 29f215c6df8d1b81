"""Addresses of the wing."""

from __future__ import annotations

from django.urls import path

from keskio.know.profiles import cluster_views, persona_views, rfm_views, value_views

app_name = "profiles"
urlpatterns = [
    path("profiles/", value_views.overview, name="overview"),
    path("profiles/value/", value_views.value, name="value"),
    path("profiles/value/rule/", value_views.rule, name="rule"),
    path("profiles/value/compute/", value_views.compute, name="compute-value"),
    path("profiles/value/customers/", value_views.customers, name="value-customers"),
    path("profiles/rfm/", rfm_views.rfm, name="rfm"),
    path("profiles/rfm/compute/", rfm_views.compute, name="compute-rfm"),
    path("profiles/rfm/<int:r>/<int:f>/", rfm_views.cell, name="cell"),
    path("profiles/clusters/", cluster_views.clusters, name="clusters"),
    path("profiles/clusters/add/", cluster_views.add, name="cluster-add"),
    path("profiles/clusters/stop/", cluster_views.stop, name="clusters-stop"),
    path("profiles/clusters/<int:pk>/", cluster_views.search, name="cluster"),
    path("profiles/clusters/<int:pk>/use/", cluster_views.use, name="clusters-use"),
    path("profiles/clusters/in-use/<int:number>/", cluster_views.members, name="members"),
    path("profiles/personas/", persona_views.personas, name="personas"),
    path("profiles/personas/add/", persona_views.add, name="persona-add"),
    path("profiles/personas/<int:pk>/", persona_views.persona, name="persona"),
    path("profiles/personas/<int:pk>/change/", persona_views.change, name="persona-change"),
    path("profiles/personas/<int:pk>/remove/", persona_views.remove, name="persona-remove"),
]
