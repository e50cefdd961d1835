"""The promises of the desk: policy, records, signals, pages."""
