"""Tests of `slacalc._bulk`: tables of tickets and event logs."""
