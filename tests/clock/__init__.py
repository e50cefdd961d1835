"""Tests of `slacalc._clock`.

`test_transitions` guards `cycles`, `test_states` guards `states`; `test_clock` and `test_scenarios`
guard `events`, `compiled_metrics`, `state_machine`, `evaluation` and `status`, the latter with
scenarios worked out by hand that are put to the oracle as well; `test_products` guards the
semantics of help desks; `test_storage` guards `clock` as data, `ledger` and `audit`; `test_trace`
guards `recorder` and `trace`.
"""
