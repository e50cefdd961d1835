"""What the doors to databases share: a clock as a row, and the notices that its outbox gets.

In reading order:

- `recording`: what one writer records of a ticket, to be applied again if another came first
- `lengths`: lengths on the clock on the wall
- `policies`: the policy that a stored clock is under
- `rows`: the columns of a stored clock, and what is to be sent
"""
