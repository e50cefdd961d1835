"""Policies: what is promised to whom, and when the metrics of one ticket are due.

In reading order:

- `value_sets`: numbers in ranges, texts by patterns, and tags.
- `attributes` and their values; `attribute_tests` and `conditions`: conditions on tickets and on
  events.
- `target_time` and `warnings`: the times that promises allow, and when to look at a ticket.
- `records`, `coverage`, `semantics` and `calendars`: the sections of a policy file.
- `data`: `PolicyData`, the whole description, with its versions.
- `representatives` and `combinations`: values and tickets that stand for all others.
- `validation`: what the sections must mean together.
- `receipts`: conditions on the moment of receipt, and its cut-offs.
- `tickets` and `matching`: from a ticket to its rows and due dates.
- `deadlines`: the answer.
- `duty_dates`: the periods of duties, and their due dates.
- `policy`: `Policy`, which users see; it stands above the rest.
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
