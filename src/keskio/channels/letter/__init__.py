"""Letters on paper: how they look, and who they are from. Printing itself is done by people."""
