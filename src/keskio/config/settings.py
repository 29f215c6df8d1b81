"""Django's settings for this installation."""

from __future__ import annotations

import os
from pathlib import Path

DATA_DIR = Path(os.environ.get("KESKIO_DATA", "var")).resolve()
SECRET_KEY = "only-until-env-is-written"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "keskio.config.urls"
INSTALLED_APPS = [
    "keskio.respond",
    "keskio.talk",
    "keskio.know",
    "keskio.tracking",
    "keskio.channels",
    "keskio.web",
    "keskio.jobs",
    "keskio.events",
    "django_htmx",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA_DIR / "keskio.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;",
        },
    }
}
USE_TZ = True
TIME_ZONE = "Europe/Helsinki"
LANGUAGE_CODE = "fi"
