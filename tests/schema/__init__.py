"""Tests of `slacalc._schema`."""
