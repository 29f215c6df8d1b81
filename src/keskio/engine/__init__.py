"""The heart: pure functions over frozen values. No clock, dice, disk, network or Django in here."""
