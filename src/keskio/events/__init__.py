"""The log of everything that happens, its envelope, and the cursors that follow it."""
