"""Complaints are welcome: the page for feedback, what was mended, root causes."""
