"""Backtests: the company's own history replayed through a draft."""
