"""Tests of `slacalc._columns` and of the column verbs of `slacalc.bulk`."""
