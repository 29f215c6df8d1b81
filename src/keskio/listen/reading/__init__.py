"""The pipeline: from texts to readings, in named steps that show what they saw."""
