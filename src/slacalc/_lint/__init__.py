"""Lint: internal."""
