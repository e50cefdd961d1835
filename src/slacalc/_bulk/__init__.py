"""Bulk: internal."""
