"""Arithmetic of scores: NPS, RFM, and the value of one customer. Pure, one customer at a time."""
