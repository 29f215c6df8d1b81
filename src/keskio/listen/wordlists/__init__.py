"""Word lists: domain words, negative words, themes, neutral words; editable, with a tester."""
