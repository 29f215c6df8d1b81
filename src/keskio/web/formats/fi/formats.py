"""Dates and times in Finnish."""

SHORT_DATE_FORMAT = "j.n.Y"
TIME_FORMAT = "G.i"
SHORT_DATETIME_FORMAT = "j.n.Y \\k\\l\\o G.i"
