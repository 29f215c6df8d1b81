"""Leads and call lists: who calls whom, how it went, and the calendar feed."""
