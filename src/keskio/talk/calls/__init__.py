"""Signed calls of dialogues to other systems."""
