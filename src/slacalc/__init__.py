"""SLA deadlines and business calendars: exact, fast, and a pleasure to read.

The names below are loaded when first used, so that a program which merely imports this package
does not wait for what it may never need.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slacalc import presets
    from slacalc._accounts import ClockLedger
    from slacalc._attributes import Attribute
    from slacalc._calendar import ALWAYS, Calendar, FloatingDates
    from slacalc._clock import Clock, replay
    from slacalc._deadlines import Alarm, Deadline, Deadlines, Explanation, Promise
    from slacalc._events import Event
    from slacalc._finding import Finding
    from slacalc._holidays import Holidays
    from slacalc._ledger import Ledger, LedgerRow
    from slacalc._lint import Findings
    from slacalc._parts import Coverage, Metric, Objective, Precondition, Refusal, Row, Target
    from slacalc._policy import Policy
    from slacalc._provenance import Proof, Verification
    from slacalc._semantics import Semantics
    from slacalc._status import Change, CycleStatus, DueOverride, Status
    from slacalc._verbs import Day, OpenSpan
    from slacalc.errors import SlacalcError

__version__ = "0.1.0"

__all__ = [
    "ALWAYS",
    "Alarm",
    "Attribute",
    "Calendar",
    "Change",
    "Clock",
    "ClockLedger",
    "Coverage",
    "CycleStatus",
    "Day",
    "Deadline",
    "Deadlines",
    "DueOverride",
    "Event",
    "Explanation",
    "Finding",
    "Findings",
    "FloatingDates",
    "Holidays",
    "Ledger",
    "LedgerRow",
    "Metric",
    "Objective",
    "OpenSpan",
    "Policy",
    "Precondition",
    "Promise",
    "Proof",
    "Refusal",
    "Row",
    "Semantics",
    "SlacalcError",
    "Status",
    "Target",
    "Verification",
    "presets",
    "replay",
]

_HOMES = {
    "ALWAYS": "_calendar",
    "Alarm": "_deadlines",
    "Attribute": "_attributes",
    "Calendar": "_calendar",
    "Change": "_status",
    "Clock": "_clock",
    "ClockLedger": "_accounts",
    "Coverage": "_parts",
    "CycleStatus": "_status",
    "Day": "_verbs",
    "Deadline": "_deadlines",
    "Deadlines": "_deadlines",
    "DueOverride": "_status",
    "Event": "_events",
    "Explanation": "_deadlines",
    "Finding": "_finding",
    "Findings": "_lint",
    "FloatingDates": "_calendar",
    "Holidays": "_holidays",
    "Ledger": "_ledger",
    "LedgerRow": "_ledger",
    "Metric": "_parts",
    "Objective": "_parts",
    "OpenSpan": "_verbs",
    "Policy": "_policy",
    "Precondition": "_parts",
    "Promise": "_deadlines",
    "Proof": "_provenance",
    "Refusal": "_parts",
    "Row": "_parts",
    "Semantics": "_semantics",
    "SlacalcError": "errors",
    "Status": "_status",
    "Target": "_parts",
    "Verification": "_provenance",
    "replay": "_clock",
}


def __getattr__(name: str) -> object:
    """Load a public name from its module, and keep it (PEP 562)."""
    if name in ("bulk", "presets", "report"):
        return import_module(f"{__name__}.{name}")
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
