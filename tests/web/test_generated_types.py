"""The islands' types are those of the server."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_generated_types_are_fresh() -> None:
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        import generate_types

        assert generate_types.main(only_check=True) == 0
    finally:
        sys.path.remove(str(ROOT / "scripts"))
