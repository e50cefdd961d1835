"""SLA deadlines and business calendars: exact, fast, and a pleasure to read.

The names below are loaded when first used, so that a program which merely imports this package
does not wait for what it may never need.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slacalc._calendar import ALWAYS, Calendar, FloatingDates
    from slacalc._holidays import Holidays
    from slacalc._ledger import Ledger, LedgerRow
    from slacalc._verbs import Day, OpenSpan
    from slacalc.errors import SlacalcError

__version__ = "0.1.0"

__all__ = [
    "ALWAYS",
    "Calendar",
    "Day",
    "FloatingDates",
    "Holidays",
    "Ledger",
    "LedgerRow",
    "OpenSpan",
    "SlacalcError",
]

_HOMES = {
    "ALWAYS": "_calendar",
    "Calendar": "_calendar",
    "Day": "_verbs",
    "FloatingDates": "_calendar",
    "Holidays": "_holidays",
    "Ledger": "_ledger",
    "LedgerRow": "_ledger",
    "OpenSpan": "_verbs",
    "SlacalcError": "errors",
}


def __getattr__(name: str) -> object:
    """Load a public name from its module, and keep it (PEP 562)."""
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module  # noqa: PLC0415 - not needed again once a name is kept

    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
