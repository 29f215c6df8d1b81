"""Teaching: people's labels, refitting the model on them, comparing, and naming new themes."""
