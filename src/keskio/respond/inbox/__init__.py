"""The inbox: cases, their entries and clocks, calendars and response times."""
