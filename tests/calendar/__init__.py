"""Tests of `slacalc._calendar`."""
