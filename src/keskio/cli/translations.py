"""Compiles translations, without the gettext tools: `python -m keskio.cli.translations FILE.po…`."""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compile_translation(po: Path) -> Path:
    """Write the .mo beside `po` and return its path."""
    with po.open("rb") as source:
        catalogue = read_po(source)
    mo = po.with_suffix(".mo")
    draft = mo.with_suffix(".mo.draft")
    with draft.open("wb") as target:
        write_mo(target, catalogue)
    draft.replace(mo)
    return mo


if __name__ == "__main__":
    for name in sys.argv[1:]:
        compile_translation(Path(name))
