"""Tags of what was heard."""
