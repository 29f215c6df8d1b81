"""Letters: print runs that gather claimed letters, and their way to the printer."""
