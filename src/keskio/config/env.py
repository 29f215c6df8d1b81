"""Typed readers of settings: environment first, then `keskio.toml`, then the default. They fail loudly."""

from __future__ import annotations
