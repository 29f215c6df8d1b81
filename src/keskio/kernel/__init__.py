"""What every room may lean on: errors, clock, identifiers, language, and SQL where it differs.

It holds no business rules and knows no room.
"""
