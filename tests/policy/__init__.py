"""Tests of `slacalc._policy` and of the presets."""
