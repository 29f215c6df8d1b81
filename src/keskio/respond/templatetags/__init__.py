"""Tags of work for people."""
