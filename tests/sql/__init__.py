"""Tests of SQL in databases that run it."""
