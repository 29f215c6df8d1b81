"""Records from elsewhere: files by mapping, tables by difference."""
