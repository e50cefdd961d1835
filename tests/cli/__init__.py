"""Tests of `slacalc._cli`."""
