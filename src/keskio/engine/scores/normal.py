"""Points of the normal distribution that intervals need."""

from __future__ import annotations

Z95 = 1.959963984540054
"""Between minus and plus this lie 95 % of a normal distribution."""
