"""Policies over many tickets: tables with one row per ticket, and logs with one row per event.

Tables, in reading order: `tickets` (`deadlines` and `evaluate`), `versions` (which version of the
policy applies to each receipt), `groups` (one match for all tickets that the policy treats alike),
`ticket_deadlines`, `event_orders` (one run of the state machine for each order of events),
`ticket_states`. Logs: `replay` (`replay` and `plan`), `event_logs` (a log as arrays), `automaton`
(the state machine, learnt step by step), `log_cycles` (the cycles of all tickets), `time_by` (the
time of cycles by holder or state). Both end in `due_dates` and `evaluation`, over arrays of cycles.
"""
