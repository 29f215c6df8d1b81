"""Households and organisations, and their members."""
