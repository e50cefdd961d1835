"""The clock of one ticket: events in, the state of every promise at any instant out.

In reading order:

- `events`: what happened to a ticket, as plain data; due dates set by hand
- `clauses`: conditions of metrics, compiled
- `cycles`: one run of a metric, the moves that change it, and the table of transitions
- `compiled_metrics`: a policy's metrics, indexed by the events and fields they react to
- `declared_fields`: the fields that a policy lets events set, and events that set others
- `pause_caps`: how far the caps on pauses are used up, and when the clock runs again
- `state_machine`: the state of a ticket and a batch of events in, the next state and its moves out
- `states`: the table of states, shared with the engine for columns
- `evaluation`: a cycle and an instant in; due dates, state and times out
- `status`: the same for users: `Status`, `CycleStatus`, `Change`
- `stored_state`: the state that a stored clock has beside its log
- `clock`: `Clock` and `replay`, and the stored form of a clock
- `recorder`: the state machine, keeping records of what it does
- `trace`: each event beside each condition, and what came of it
- `ledger`: where the time of a ticket went
- `policy_store`: policies that change while tickets are open, and what a change does to these
- `policy_diff`: what two policies mean differently, as data and in words
- `json_schemas`: the JSON Schemas of what `to_dict` returns
- `audit`: proofs of answers, to be verified later
- `vocabulary`: the events, fields and values to which a policy reacts
"""

from importlib import import_module


def __getattr__(name: str) -> object:
    """Find the public classes here, where pickles made before this was a package look for them."""
    slacalc = import_module("slacalc")
    if name not in slacalc.__all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value: object = getattr(slacalc, name)
    return value
