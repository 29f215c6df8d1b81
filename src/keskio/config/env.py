"""Typed readers of settings: environment, then `keskio.toml`, then the default; they fail loudly.

It knows how a setting is read and how a wrong one is told of; which settings there are stands in
`catalogue`. Nothing here touches Django.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from keskio.kernel.errors import Broken

PREFIX = "KESKIO_"
TEST_PREFIX = "KESKIO_TEST_"  # read by the tests themselves
FILE_SUFFIX = "_FILE"
SETTINGS_FILE = "keskio.toml"

Reader = Callable[[Any], Any]


class WrongSetting(Broken):
    """A setting is wrong."""

    code = "wrong_setting"


class Setting(NamedTuple):
    """One setting: its key in `keskio.toml`, how it is read, what it is when nothing is said.

    Its name in the environment is the key in capitals behind `KESKIO_`. A `secret` one can also
    be given as the path of a file that holds it, as `KESKIO_…_FILE`.
    """

    key: str
    read: Reader
    default: Any
    sentence: str
    secret: bool = False
    environment_only: bool = False

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return PREFIX + self.key.upper()


def text(value: Any) -> str:
    """Read a line of text."""
    if not isinstance(value, str):
        raise ValueError("write a text in quotation marks")
    return value.strip()


def flag(value: Any) -> bool:
    """Read yes or no."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in {"1", "true", "yes", "on"}:
        return True
    if word in {"0", "false", "no", "off"}:
        return False
    raise ValueError("write yes or no")


def whole(least: int, most: int) -> Reader:
    """Return a reader of whole numbers from `least` to `most`."""

    def read(value: Any) -> int:
        sentence = f"write a whole number from {least} to {most}"
        try:
            number = int(value)
        except (TypeError, ValueError):
            raise ValueError(sentence) from None
        if isinstance(value, bool) or not least <= number <= most:
            raise ValueError(sentence)
        return number

    return read


def choice(*words: str) -> Reader:
    """Return a reader that takes one of `words`."""

    def read(value: Any) -> str:
        if value not in words:
            raise ValueError(f"write one of {', '.join(words)}")
        return str(value)

    return read


def listing(value: Any) -> list[str]:
    """Read a list: separated by commas in the environment, an array in the file."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return list(value)
    raise ValueError("write a list of texts")


def memory(value: Any) -> str:
    """Read an amount of memory: a whole number of megabytes or gigabytes."""
    amount = text(value).upper().replace(" ", "")
    if not amount[:-2].isdigit() or amount[-2:] not in {"MB", "GB"}:
        raise ValueError("write an amount such as 500MB or 4GB")
    return amount


def zone(value: Any) -> str:
    """Read the name of a time zone."""
    try:
        ZoneInfo(text(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("write a time zone such as Europe/Helsinki") from None
    return text(value)


def region(value: Any) -> str:
    """Read the two-letter code of a country."""
    code = text(value).upper()
    if len(code) != 2 or not code.isalpha():
        raise ValueError("write the two letters of a country, such as FI")
    return code


def web_address(value: Any) -> str:
    """Read an address that begins with http:// or https://, without a slash at the end."""
    address = text(value).rstrip("/")
    if not address.startswith(("http://", "https://")) or " " in address:
        raise ValueError("write an address such as https://dialogues.example.com")
    return address


def web_addresses(value: Any) -> list[str]:
    """Read a list of addresses that begin with http:// or https://."""
    return [web_address(part) for part in listing(value)]


def directory(value: Any) -> Path:
    """Read the path of a folder, which need not be there yet."""
    path = Path(text(value)).expanduser().resolve()
    if path.exists() and not path.is_dir():
        raise ValueError("this is a file; write the path of a folder")
    return path


def database_url(value: Any) -> str:
    """Read the address of a PostgreSQL database, or nothing for SQLite in the data folder."""
    address = text(value)
    if address and not address.startswith(("postgres://", "postgresql://")):
        raise ValueError("write postgres://user:password@host/name, or leave it out to use SQLite")
    return address


def long_secret(value: Any) -> str:
    """Read a secret of at least 40 characters."""
    secret = text(value)
    if len(secret) < 40:
        raise ValueError("write at least 40 characters that nobody can guess")
    return secret


def read_settings(
    catalogue: Iterable[Setting], environ: Mapping[str, str], file: Path | None = None
) -> dict[str, Any]:
    """Return every setting of the catalogue by its key.

    Raises WrongSetting with one sentence for the first value that cannot be read, for a key of the
    file and for a `KESKIO_` variable that the catalogue does not know.
    """
    known = {setting.key: setting for setting in catalogue}
    written = _read_file(file) if file else {}
    _refuse_unknown(known, environ, written, file)
    return {key: _value_of(setting, environ, written, file) for key, setting in known.items()}


def secret_key(folder: Path) -> str:
    """Return the installation's own secret from `folder`, made there on first use.

    Only its owner may read it, and of many that make it at once one wins.
    """
    path = folder / "secret_key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = folder / f".secret_key.{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)  # whole or not at all, and only the first one wins
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


def _read_file(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text())
    except tomllib.TOMLDecodeError as error:
        raise WrongSetting(f"The settings file {file} is not TOML: {error}.") from None
    except OSError as error:
        raise WrongSetting(f"The settings file {file} cannot be read: {error.strerror}.") from None


def _refuse_unknown(
    known: Mapping[str, Setting],
    environ: Mapping[str, str],
    written: Mapping[str, Any],
    file: Path | None,
) -> None:
    for key in written:
        if key not in known or known[key].environment_only:
            raise WrongSetting(
                f"There is no setting {key}, which stands in {file}: take it away or mend its"
                " spelling; docs/settings.md lists them all."
            )
    variables = {setting.variable for setting in known.values()}
    variables |= {s.variable + FILE_SUFFIX for s in known.values() if s.secret}
    for name in environ:
        if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX) and name not in variables:
            raise WrongSetting(
                f"There is no setting {name}, which stands in the environment: take it away or"
                " mend its spelling; docs/settings.md lists them all."
            )


def _value_of(
    setting: Setting, environ: Mapping[str, str], written: Mapping[str, Any], file: Path | None
) -> Any:
    given: Any
    if setting.variable in environ:
        given, place = environ[setting.variable], setting.variable
    elif setting.secret and setting.variable + FILE_SUFFIX in environ:
        place = setting.variable + FILE_SUFFIX
        given = _read_secret(place, Path(environ[place]))
    elif setting.key in written:
        given, place = written[setting.key], f"{setting.key} in {file}"
    else:
        given, place = setting.default, setting.variable
    try:
        return setting.read(given)
    except ValueError as error:
        shown = "not usable" if setting.secret else f"{given!r}"
        raise WrongSetting(f"The setting {place} is {shown}: {error}.") from None


def _read_secret(variable: str, path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as error:
        raise WrongSetting(
            f"The setting {variable} names {path}, which cannot be read: {error.strerror}."
        ) from None
