"""Tests of `slacalc._time`."""
