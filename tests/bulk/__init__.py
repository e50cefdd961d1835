"""Tests of `slacalc._bulk`: tables of tickets and event logs.

Its modules are steps of two pipelines and are tested through them, against the clock of each
ticket: `test_tickets` guards `tickets`, `versions`, `groups`, `ticket_deadlines`, `event_orders`,
`ticket_states`, `due_dates` and `evaluation`; `test_replay` guards `replay`, `event_logs`,
`automaton` and `log_cycles`, and the last two of the others again.
"""
