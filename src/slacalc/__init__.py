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
    from slacalc._clock.policy_diff import PolicyDiff
    from slacalc._clock.policy_store import DueMove, Effect, PolicyStore
    from slacalc._clock.status import Change, ClockSummary, CycleStatus, DueOverride, Status
    from slacalc._clock.trace import Trace, TraceRow
    from slacalc._clock.vocabulary import Vocabulary, VocabularyEntry
    from slacalc._lint.findings import Finding
    from slacalc._lint.linter import Findings
    from slacalc._policy.agreements import (
        Availability,
        Claim,
        Credit,
        Duty,
        Exclusion,
        Objective,
        Penalty,
        Settlement,
    )
    from slacalc._policy.attributes import Attribute
    from slacalc._policy.coverage import Coverage
    from slacalc._policy.deadlines import Alarm, Deadline, Deadlines, Explanation, Promise
    from slacalc._policy.policy import Policy
    from slacalc._policy.records import (
        Adjustment,
        Metric,
        Precondition,
        Refusal,
        Row,
        Target,
    )
    from slacalc._policy.semantics import Semantics
    from slacalc.errors import SlacalcError

__version__ = "0.2.0"

__all__ = [
    "ALWAYS",
    "Adjustment",
    "Alarm",
    "Attribute",
    "Availability",
    "Calendar",
    "Change",
    "Claim",
    "Clock",
    "ClockLedger",
    "ClockSummary",
    "Coverage",
    "Credit",
    "CycleStatus",
    "Day",
    "Deadline",
    "Deadlines",
    "DueMove",
    "DueOverride",
    "Duty",
    "Effect",
    "Event",
    "Exclusion",
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
    "Penalty",
    "Policy",
    "PolicyDiff",
    "PolicyStore",
    "Precondition",
    "Promise",
    "Proof",
    "Refusal",
    "Row",
    "Semantics",
    "Settlement",
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
    "Availability": "_policy.agreements",
    "Calendar": "_calendar.calendar",
    "Change": "_clock.status",
    "Claim": "_policy.agreements",
    "Clock": "_clock.clock",
    "ClockLedger": "_clock.ledger",
    "ClockSummary": "_clock.status",
    "Coverage": "_policy.coverage",
    "Credit": "_policy.agreements",
    "CycleStatus": "_clock.status",
    "Day": "_calendar.calendar",
    "Deadline": "_policy.deadlines",
    "Deadlines": "_policy.deadlines",
    "DueMove": "_clock.policy_store",
    "DueOverride": "_clock.status",
    "Duty": "_policy.agreements",
    "Effect": "_clock.policy_store",
    "Event": "_clock.events",
    "Exclusion": "_policy.agreements",
    "Explanation": "_policy.deadlines",
    "Finding": "_lint.findings",
    "Findings": "_lint.linter",
    "FloatingDates": "_calendar.calendar",
    "Holidays": "_calendar.holidays",
    "Ledger": "_calendar.ledger",
    "LedgerRow": "_calendar.ledger",
    "Metric": "_policy.records",
    "Objective": "_policy.agreements",
    "OpenSpan": "_calendar.calendar",
    "Penalty": "_policy.agreements",
    "Policy": "_policy.policy",
    "PolicyDiff": "_clock.policy_diff",
    "PolicyStore": "_clock.policy_store",
    "Precondition": "_policy.records",
    "Promise": "_policy.deadlines",
    "Proof": "_clock.audit",
    "Refusal": "_policy.records",
    "Row": "_policy.records",
    "Semantics": "_policy.semantics",
    "Settlement": "_policy.agreements",
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
    if name in ("bulk", "contract", "presets", "report"):
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
