"""What the customer decides: preferences, export, erasure, restriction, retention."""
