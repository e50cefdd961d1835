"""Tests of `slacalc._html`."""
