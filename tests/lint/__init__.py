"""Tests of `slacalc._lint`."""
