"""Calendar: internal."""
