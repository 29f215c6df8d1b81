"""Django's settings for this installation, made from the catalogue of settings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from keskio.config.catalogue import CATALOGUE
from keskio.config.databases import DEFAULT, SPOOL, databases
from keskio.config.env import SETTINGS_FILE, directory, read_settings, secret_key


def _settings_file(folder: Path) -> Path | None:
    named = os.environ.get("KESKIO_SETTINGS")
    if named:
        return Path(named).expanduser()
    file = folder / SETTINGS_FILE
    return file if file.exists() else None


DATA_DIR: Path = directory(os.environ.get("KESKIO_DATA", "var"))
INSTALLATION: dict[str, Any] = read_settings(CATALOGUE, os.environ, _settings_file(DATA_DIR))

HOST: str = INSTALLATION["host"]
PORT: int = INSTALLATION["port"]
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - what the setting may say
PUBLIC_URL: str = (
    INSTALLATION["public_url"] or f"http://{'localhost' if HOST in EVERYWHERE else HOST}:{PORT}"
)
PHONE_REGION: str = INSTALLATION["phone_region"]
LAKE_MEMORY: str = INSTALLATION["lake_memory"]
LAKE_THREADS: int = INSTALLATION["lake_threads"]
SPARK_MASTER: str = INSTALLATION["spark_master"]
# Who tells the lake what its views hold; each has a `register()`, called on first use of the lake.
LAKE_FEEDS = ("keskio.know.feeds", "keskio.know.objects.feeds", "keskio.know.segments.feeds")
WEB_THREADS: int = INSTALLATION["web_threads"]
PROXIES: int = INSTALLATION["proxies"]
SPOOL_DAYS: int = INSTALLATION["spool_days"]
SOURCES_INSIDE: bool = INSTALLATION["sources_inside"]
DEMO: bool = INSTALLATION["demo"]
PACKAGE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY: str = INSTALLATION["secret_key"] or secret_key(DATA_DIR)
DEBUG: bool = INSTALLATION["debug"]
ALLOWED_HOSTS: list[str] = [
    *INSTALLATION["allowed_hosts"],
    *filter(None, [urlsplit(PUBLIC_URL).hostname]),
]
CSRF_TRUSTED_ORIGINS: list[str] = [PUBLIC_URL, *INSTALLATION["trusted_origins"]]

ROOT_URLCONF = "keskio.config.urls"
WSGI_APPLICATION = None
INSTALLED_APPS = [
    "keskio.measure",
    "keskio.respond",
    "keskio.respond.inbox",
    "keskio.respond.desk",
    "keskio.respond.promises",
    "keskio.respond.recovery",
    "keskio.respond.leads",
    "keskio.respond.feedback",
    "keskio.listen",
    "keskio.listen.wordlists",
    "keskio.listen.teaching",
    "keskio.listen.sources",
    "keskio.listen.trends",
    "keskio.listen.surveys",
    "keskio.listen.interviews",
    "keskio.talk",
    "keskio.talk.publishing",
    "keskio.talk.contact",
    "keskio.talk.offers",
    "keskio.talk.backtests",
    "keskio.talk.gallery",
    "keskio.talk.calls",
    "keskio.talk.replies",
    "keskio.talk.printing",
    "keskio.know",
    "keskio.know.segments",
    "keskio.know.profiles",
    "keskio.know.imports",
    "keskio.know.objects",
    "keskio.know.computed",
    "keskio.know.privacy",
    "keskio.know.duplicates",
    "keskio.know.groups",
    "keskio.tracking",
    "keskio.channels",
    "keskio.lake",
    "keskio.web",
    "keskio.jobs",
    "keskio.events",
    "axes",
    "csp",
    "django_htmx",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.template.context_processors.tz",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "keskio.web.context.page",
                "keskio.web.context.page",
            ],
        },
    },
]

# Where the rows are. The spool has its own file on SQLite; the rest of the code asks SPOOL_ALIAS.
DATABASES = databases(INSTALLATION["database_url"], DATA_DIR)
SPOOL_ALIAS = SPOOL if SPOOL in DATABASES else DEFAULT
DATABASE_ROUTERS = ["keskio.config.databases.SpoolRouter"] if SPOOL in DATABASES else []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Doors that need no signing in count their callers here: Django's 300 would forget the first of a crowd.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# Signing in: wrong passwords close one user name at one address for a while, not everybody there.
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "web:sign_in"
LOGIN_REDIRECT_URL = "web:home"
LOGOUT_REDIRECT_URL = "web:sign_in"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "keskio.web.views.errors.locked"
CSRF_FAILURE_VIEW = "keskio.web.views.errors.csrf_failed"
AXES_IPWARE_PROXY_COUNT = PROXIES
AXES_IPWARE_META_PRECEDENCE_ORDER = (
    ["HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"] if PROXIES else ["REMOTE_ADDR"]
)

# What browsers are told.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = INSTALLATION["https"]
SECURE_SSL_REDIRECT = False  # the proxy that ends HTTPS does it
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if INSTALLATION["https"] else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXIES else None

# Static files are served where they lie, so that nothing has to be collected; what Vite built has a
# hash in its name and may be kept for ever.
STATIC_URL = "/static/"
STATIC_ROOT = None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/built/.+-[A-Za-z0-9_-]{8}\.[a-z0-9.]+$"
BUILT_DIR = PACKAGE_DIR / "web" / "static" / "built"

USE_TZ = True
TIME_ZONE: str = INSTALLATION["time_zone"]
USE_I18N = True
FORMAT_MODULE_PATH = "keskio.web.formats"
LANGUAGE_CODE: str = INSTALLATION["language"]
LANGUAGES = [("fi", "Suomi"), ("en", "English")]  # each in itself
LANGUAGE_COOKIE_SAMESITE = "Lax"

# Bodies of requests, settings and customers' texts never go to the log.
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": INSTALLATION["log_level"]},
    "loggers": {
        "axes": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
        "uvicorn": {"level": "WARNING"},
        "keskio.channels.simulator": {"level": "WARNING"},
        "mail.log": {"level": "WARNING"},
    },
}
