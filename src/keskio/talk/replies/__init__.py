"""Replies that several open questions understand: a person says which was meant."""
