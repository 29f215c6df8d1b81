"""Who is probably the same: a queue for people; nothing merges by itself."""
