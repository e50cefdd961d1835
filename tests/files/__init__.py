"""Tests of `slacalc._files`."""
