"""Pages of the wing: those that customers open by a link, and those of the staff."""
