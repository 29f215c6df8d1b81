"""What dialogues really caused: control groups, uplift, revenue counted once."""
