"""Tests of `slacalc._report`."""
