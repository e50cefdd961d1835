"""SLA deadlines and business calendars: exact, fast, and a pleasure to read."""

from slacalc._calendar import ALWAYS, Calendar, FloatingDates
from slacalc._holidays import Holidays
from slacalc._ledger import Ledger, LedgerRow
from slacalc._verbs import Day, OpenSpan
from slacalc.errors import SlacalcError

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

__version__ = "0.1.0"
