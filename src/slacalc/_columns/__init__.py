"""Columns: internal."""
