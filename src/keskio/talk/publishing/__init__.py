"""Drafts, review, publishing with a plan for those inside, undoing."""
