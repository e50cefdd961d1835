"""Tests of `slacalc._clock`."""
