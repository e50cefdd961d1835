"""Time: internal."""
