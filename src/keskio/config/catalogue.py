"""Every setting of an installation, in one list. `docs/settings.md` is written from it."""

from __future__ import annotations

from keskio.config.env import (
    Setting,
    choice,
    database_url,
    directory,
    flag,
    listing,
    long_secret,
    memory,
    region,
    text,
    web_address,
    web_addresses,
    whole,
    zone,
)


def _secret_or_none(value: object) -> str:
    return long_secret(value) if value else ""


def _address_or_none(value: object) -> str:
    return web_address(value) if value else ""


CATALOGUE: tuple[Setting, ...] = (
    Setting(
        "data",
        directory,
        "var",
        "The folder that holds everything of this installation: databases, secret, settings file.",
        environment_only=True,
    ),
    Setting(
        "settings",
        text,
        "",
        "The path of the settings file, when it is not `keskio.toml` in the data folder.",
        environment_only=True,
    ),
    Setting(
        "database_url",
        database_url,
        "",
        "Where PostgreSQL is, as `postgres://user:password@host:port/name`. Empty: SQLite files in"
        " the data folder.",
        secret=True,
    ),
    Setting(
        "secret_key",
        _secret_or_none,
        "",
        "The secret that signs sessions. Empty: one is made on first use and kept in the data"
        " folder for its owner only.",
        secret=True,
    ),
    Setting("host", text, "127.0.0.1", "The address on which the server listens."),
    Setting("port", whole(1, 65535), 8000, "The port on which the server listens."),
    Setting(
        "public_url",
        _address_or_none,
        "",
        "How people and clients reach this installation, such as `https://dialogues.example.com`."
        " Empty: `http://` and the address on which the server listens.",
    ),
    Setting(
        "allowed_hosts",
        listing,
        ["localhost", "127.0.0.1", "[::1]"],
        "The host names that pages answer to, beside that of `public_url`.",
    ),
    Setting(
        "trusted_origins",
        web_addresses,
        [],
        "Other origins that may send forms, beside `public_url`.",
    ),
    Setting(
        "https",
        flag,
        False,
        "Whether people reach this installation by HTTPS only: cookies are then marked secure and"
        " browsers told to keep to HTTPS.",
    ),
    Setting(
        "proxies",
        whole(0, 9),
        0,
        "How many proxies of yours stand before the server and write `X-Forwarded-For` and"
        " `X-Forwarded-Proto`.",
    ),
    Setting(
        "language",
        choice("fi", "en"),
        "fi",
        "The language of pages for those who have not chosen theirs.",
    ),
    Setting("time_zone", zone, "Europe/Helsinki", "The time zone of the company."),
    Setting(
        "phone_region",
        region,
        "FI",
        "The country of telephone numbers that are written without a country code.",
    ),
    Setting(
        "spool_days",
        whole(1, 3650),
        30,
        "How many days request bodies are kept as they came, after they have been taken into the"
        " log.",
    ),
    Setting(
        "lake_memory",
        memory,
        "1GB",
        "How much memory a query over the lake may take, such as `500MB` or `4GB`; what needs more"
        " goes to the disk.",
    ),
    Setting("lake_threads", whole(1, 256), 2, "How many threads a query over the lake may take."),
    Setting(
        "spark_master",
        text,
        "local[2]",
        "Where Spark is, for queries with `--engine spark`: `spark://host:7077`, or `local[2]` for"
        " two threads of this machine. Every worker must see the lake's folder at the same path.",
    ),
    Setting("web_threads", whole(1, 64), 8, "How many pages the server makes at the same time."),
    Setting(
        "log_level",
        choice("DEBUG", "INFO", "WARNING", "ERROR"),
        "INFO",
        "How much is written to the log.",
    ),
    Setting(
        "sources_inside",
        flag,
        False,
        "Whether sources of mentions may be in your own network. Otherwise addresses that an"
        " administrator types must lead to public servers, so that nobody reads inner ones through Keskiö.",
    ),
    Setting(
        "demo",
        flag,
        False,
        "Whether this is the demo company's installation; `keskio up --demo` sets it.",
    ),
    Setting("debug", flag, False, "Whether pages show the insides of errors; for developers only."),
)
