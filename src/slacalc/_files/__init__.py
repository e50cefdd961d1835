"""Files: internal."""
