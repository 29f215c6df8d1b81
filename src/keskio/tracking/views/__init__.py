"""The room's pages: quarantine, and sources with their keys."""
