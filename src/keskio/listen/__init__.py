"""What the company hears: mentions and what was read in them, surveys and answers."""
