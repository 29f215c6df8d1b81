"""Trends: volumes, themes and emotions over time, alerts, spread, and who is heard."""
