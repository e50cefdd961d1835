"""Rows of clocks and their outboxes, as the doors to databases share them."""
