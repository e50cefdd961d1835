"""Html: internal."""
