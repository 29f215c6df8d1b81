"""What every room may lean on: errors, clock, identifiers, language, and the few words of SQL that differ.

It holds no business rules and knows no room.
"""
