"""Computed traits: figures of a customer's events, kept up to date, and answers of SQL on the lake."""
