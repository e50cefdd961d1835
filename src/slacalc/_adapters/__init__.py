"""What the adapters of `slacalc.adapters` share: from payloads to logs, checks and comparisons.

In reading order:

- `payloads`: values of a payload with their paths; whatever is wrong there is a `PayloadError`
- `sources`: what a product gives out, and how a caller wants it read
- `ticket_logs`: the log of a ticket, and how it gets into a clock
- `log_builder`: makes the log, out of what the ticket is today and of its changes
- `labels`: labels and members, which come and go one by one
- `checking`: the conditions of a policy that a source never meets
- `comparison`: where the clocks of a product and those of a policy differ, and why
"""
