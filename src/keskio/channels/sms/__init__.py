"""Text messages: three kinds of gateway, out and in."""
