"""Segments, stages and ladders: who meets a condition now, since when, and who came and went."""
