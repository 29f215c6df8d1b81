"""Writes of the wing: connections and their secrets."""

from __future__ import annotations

from keskio.kernel.clock import now
from keskio.talk.calls.models import Connection
from keskio.talk.calls.signing import new_secret


def save_connection(connection: Connection, *, by: str) -> str:
    """Save a connection; a new one gets a secret, which is returned to be shown once ("" otherwise)."""
    made = "" if connection.secret else new_secret()
    connection.secret = connection.secret or made
    connection.changed_at, connection.changed_by = now(), by
    connection.save()
    return made


def renew_secret(connection: Connection, *, by: str) -> str:
    """Give a connection another secret and return it; the old one no longer signs anything."""
    connection.secret = new_secret()
    connection.changed_at, connection.changed_by = now(), by
    connection.save()
    return connection.secret
