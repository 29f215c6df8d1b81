"""Interviews: transcripts with consent, coded by phase and theme, with quotes."""
