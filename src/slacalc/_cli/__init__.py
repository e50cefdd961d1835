"""Cli: internal."""
