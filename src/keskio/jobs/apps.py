"""The room's entry in Django's list of applications."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Background work behind one interface: leases, the worker's loop, waking up."""

    name = "keskio.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"
