"""Importing this sets Django up for the Keskiö whose folder the environment names.

It is imported before anything of Keskiö's that needs tables.
"""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keskio.config.settings")
django.setup()
