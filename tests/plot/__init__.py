"""Tests of `slacalc._plot`."""
