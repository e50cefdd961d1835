"""What help desks and trackers give out, read by the adapters."""
