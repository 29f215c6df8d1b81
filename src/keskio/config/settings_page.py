"""Writes `docs/settings.md` from the catalogue of settings: `make docs`."""

from __future__ import annotations

import sys

from keskio.config.catalogue import CATALOGUE
from keskio.config.env import FILE_SUFFIX, Setting

HEAD = """\
# Settings

Made from `src/keskio/config/catalogue.py` by `make docs`; a test keeps the two alike.

A setting is looked for in the environment first, then in the settings file, then it has its
default. The settings file is `keskio.toml` in the data folder (`KESKIO_SETTINGS` names another); its
keys are the names in the second column. A value that cannot be used, an unknown key and an unknown
`KESKIO_` variable stop the start with a sentence that says what to mend. Secrets can also be given
as the path of a file that holds them, in a variable that ends in `_FILE`.

```toml
# keskio.toml
public_url = "https://dialogues.example.com"
https = true
proxies = 1
```

Channels, sources and keys are not settings of the installation: they are kept in the database and
changed on the pages.

| variable | key in the file | default | meaning |
|---|---|---|---|
"""


def settings_page() -> str:
    """Return the page."""
    return HEAD + "".join(f"{_row(setting)}\n" for setting in CATALOGUE)


def _row(setting: Setting) -> str:
    variables = f"`{setting.variable}`"
    if setting.secret:
        variables += f", `{setting.variable}{FILE_SUFFIX}`"
    key = "" if setting.environment_only else f"`{setting.key}`"
    return f"| {variables} | {key} | {_default(setting)} | {setting.sentence} |"


def _default(setting: Setting) -> str:
    if isinstance(setting.default, bool):
        return "`yes`" if setting.default else "`no`"
    if isinstance(setting.default, list):
        return f"`{', '.join(setting.default)}`" if setting.default else ""
    return f"`{setting.default}`" if setting.default != "" else ""


if __name__ == "__main__":
    sys.stdout.write(settings_page())
