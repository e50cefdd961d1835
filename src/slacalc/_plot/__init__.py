"""Plot: internal."""
