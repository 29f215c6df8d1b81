"""Addresses of the room's pages; the door's own are in `door`."""

from __future__ import annotations

from django.urls import path

from keskio.tracking.views import hooks, plan, quarantine, sources

app_name = "tracking"
urlpatterns = [
    path("quarantine/", quarantine.items, name="quarantine"),
    path("quarantine/settle/", quarantine.settle, name="settle"),
    path("quarantine/<int:pk>/", quarantine.item, name="quarantined"),
    path("sources/", sources.sources, name="sources"),
    path("sources/add/", sources.add, name="source_add"),
    path("sources/<int:pk>/", sources.source, name="source"),
    path("sources/<int:pk>/keys/", sources.new_key, name="key_add"),
    path("sources/keys/<int:pk>/retire/", sources.retire, name="key_retire"),
    path("sources/<int:pk>/hooks/add/", hooks.add, name="hook_add"),
    path("sources/hooks/<int:pk>/", hooks.hook, name="hook"),
    path("sources/hooks/<int:pk>/switch/", hooks.switch, name="hook_switch"),
    path("sources/hooks/examples/<slug:key>/", hooks.example, name="hook_example"),
    path("plan/", plan.plan, name="plan"),
    path("plan/event/", plan.event, name="plan_event"),
    path("plan/unplan/", plan.unplan, name="unplan"),
    path("plan/rule/", plan.rule, name="plan_rule"),
    path("plan/bring/", plan.bring, name="plan_bring"),
    path("plan/data-plan.<str:form>", plan.export, name="plan_export"),
    path("sources/keys/<int:pk>/restore/", sources.restore, name="key_restore"),
]
