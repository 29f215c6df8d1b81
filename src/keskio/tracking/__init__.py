"""The Segment-compatible door: sources, keys, intake, quarantine."""
