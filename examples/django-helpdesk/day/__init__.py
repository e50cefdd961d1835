"""A scripted day at the desk, to look at."""
