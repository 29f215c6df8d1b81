"""The islands' types are those of the server."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_generated_types_are_fresh() -> None:
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        generate_types = import_module("generate_types")
        assert generate_types.main(only_check=True) == 0
    finally:
        sys.path.remove(str(ROOT / "scripts"))
