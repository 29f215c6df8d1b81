"""Ways to reach a customer and to be reached: one folder a channel."""
