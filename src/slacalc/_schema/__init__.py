"""Schema: internal."""
