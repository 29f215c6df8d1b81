"""How this installation is put together. Nobody imports it."""
