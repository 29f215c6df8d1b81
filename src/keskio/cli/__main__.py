"""Lets `python -m keskio.cli` be the command."""

from __future__ import annotations

from keskio.cli.main import main

main()
