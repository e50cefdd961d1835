"""Clock: internal."""
