"""Laws that hold for whatever is drawn: the product equals the oracles."""
