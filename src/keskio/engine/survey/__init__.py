"""Surveys: their documents, which question comes next, what an answer is, how it counts, who is asked."""
