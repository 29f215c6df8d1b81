"""Promises: what was promised to customers, by when, kept or broken."""
