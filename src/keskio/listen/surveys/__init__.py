"""Surveys: definitions, pages, invitations, answers and results."""
