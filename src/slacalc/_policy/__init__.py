"""Policy: internal."""
