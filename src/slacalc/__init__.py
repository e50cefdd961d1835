"""SLA deadlines and business calendars: exact, fast, and a pleasure to read.

The names below are loaded when first used, so that a program which merely imports this package
does not wait for what it may never need.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from slacalc._threads import forks_wait

if TYPE_CHECKING:
    from slacalc import presets
    from slacalc._calendar.calendar import ALWAYS, Calendar, Day, FloatingDates, OpenSpan
    from slacalc._calendar.holidays import Holidays
    from slacalc._calendar.ledger import Ledger, LedgerRow
    from slacalc._clock.audit import Proof, Verification
    from slacalc._clock.clock import Clock, replay
    from slacalc._clock.events import Event
    from slacalc._clock.ledger import ClockLedger
    from slacalc._clock.status import Change, CycleStatus, DueOverride, Status
    from slacalc._clock.trace import Trace, TraceRow
    from slacalc._clock.vocabulary import Vocabulary, VocabularyEntry
    from slacalc._lint.findings import Finding
    from slacalc._lint.linter import Findings
    from slacalc._policy.attributes import Attribute
    from slacalc._policy.coverage import Coverage
    from slacalc._policy.deadlines import Alarm, Deadline, Deadlines, Explanation, Promise
    from slacalc._policy.policy import Policy
    from slacalc._policy.records import (
        Adjustment,
        Metric,
        Objective,
        Precondition,
        Refusal,
        Row,
        Target,
    )
    from slacalc._policy.semantics import Semantics
    from slacalc.errors import SlacalcError

__version__ = "0.1.0"

__all__ = [
    "ALWAYS",
    "Adjustment",
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
    "Trace",
    "TraceRow",
    "Verification",
    "Vocabulary",
    "VocabularyEntry",
    "presets",
    "replay",
]

_HOMES = {
    "ALWAYS": "_calendar.calendar",
    "Adjustment": "_policy.records",
    "Alarm": "_policy.deadlines",
    "Attribute": "_policy.attributes",
    "Calendar": "_calendar.calendar",
    "Change": "_clock.status",
    "Clock": "_clock.clock",
    "ClockLedger": "_clock.ledger",
    "Coverage": "_policy.coverage",
    "CycleStatus": "_clock.status",
    "Day": "_calendar.calendar",
    "Deadline": "_policy.deadlines",
    "Deadlines": "_policy.deadlines",
    "DueOverride": "_clock.status",
    "Event": "_clock.events",
    "Explanation": "_policy.deadlines",
    "Finding": "_lint.findings",
    "Findings": "_lint.linter",
    "FloatingDates": "_calendar.calendar",
    "Holidays": "_calendar.holidays",
    "Ledger": "_calendar.ledger",
    "LedgerRow": "_calendar.ledger",
    "Metric": "_policy.records",
    "Objective": "_policy.records",
    "OpenSpan": "_calendar.calendar",
    "Policy": "_policy.policy",
    "Precondition": "_policy.records",
    "Promise": "_policy.deadlines",
    "Proof": "_clock.audit",
    "Refusal": "_policy.records",
    "Row": "_policy.records",
    "Semantics": "_policy.semantics",
    "SlacalcError": "errors",
    "Status": "_clock.status",
    "Target": "_policy.records",
    "Trace": "_clock.trace",
    "TraceRow": "_clock.trace",
    "Verification": "_clock.audit",
    "Vocabulary": "_clock.vocabulary",
    "VocabularyEntry": "_clock.vocabulary",
    "replay": "_clock.clock",
}


def __getattr__(name: str) -> object:
    """Load a public name from its module, and keep it (PEP 562)."""
    if name in ("bulk", "presets", "report"):
        with forks_wait:
            return import_module(f"{__name__}.{name}")
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    with forks_wait:
        value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
