"""Report: internal."""
