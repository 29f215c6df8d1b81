"""Tags of the segments' pages."""
