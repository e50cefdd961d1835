"""Slow evaluators on the standard library; they share no code with the product."""
