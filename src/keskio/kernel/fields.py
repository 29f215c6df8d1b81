"""Model fields of the house: instants as whole microseconds, JSON as msgspec writes it.

SQLite keeps datetimes as text, which costs more to read than the rest of a row; an integer is
exact, sorts, and is the same on PostgreSQL.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.db import models

from keskio.kernel.clock import from_micros, to_micros

_ST = TypeVar("_ST", contravariant=True)  # noqa: PLC0105 - django-stubs finds them by name
_GT = TypeVar("_GT", covariant=True)  # noqa: PLC0105 - the same

if TYPE_CHECKING:

    class _InstantBase(models.Field[_ST, _GT]):
        # django-stubs reads what is set and got from these, and makes them optional for null=True.
        _pyi_private_set_type: datetime | int
        _pyi_private_get_type: datetime
        _pyi_lookup_exact_type: datetime | int
else:

    class _InstantBase(models.BigIntegerField, Generic[_ST, _GT]):
        pass


class InstantField(_InstantBase[_ST, _GT]):
    """An aware datetime, kept as microseconds since 1970 in UTC in a BIGINT column."""

    def get_internal_type(self) -> str:
        """Name the column type."""
        return "BigIntegerField"

    def from_db_value(self, value: int | None, *_: object) -> datetime | None:
        """Return the stored integer as an aware datetime."""
        return None if value is None else from_micros(value)

    def to_python(self, value: Any) -> Any:
        """Return `value` as an aware datetime."""
        return from_micros(value) if isinstance(value, int) else value

    def get_prep_value(self, value: Any) -> int | None:
        """Return `value` as the integer to store."""
        if isinstance(value, datetime):
            return to_micros(value)
        return None if value is None else int(value)
