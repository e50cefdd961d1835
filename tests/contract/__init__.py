"""Tests of `slacalc._contract`."""
