"""Errors, told by whose fault they are. The docstring of a class is its English sentence."""

from __future__ import annotations

from typing import ClassVar


class KeskioError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str | None = None, **fields: object) -> None:
        self.message = message or (type(self).__doc__ or "").strip().split("\n")[0]
        self.fields = fields
        super().__init__(self.message)


class Mistake(KeskioError):
    """What was given cannot be used."""

    code = "mistake"


class Refused(KeskioError):
    """This is not allowed."""

    code = "refused"


class Trouble(KeskioError):
    """The outside world did not do its part."""

    code = "trouble"

    def __init__(
        self,
        message: str | None = None,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        **fields: object,
    ) -> None:
        super().__init__(message, **fields)
        self.permanent = permanent
        self.retry_after = retry_after


class Broken(KeskioError):
    """Keskiö itself, or its configuration, is wrong."""

    code = "broken"
