"""Calendars: when a desk works, and the arithmetic of working time.

The modules in reading order: `hours` (the hours of a day and of a week), `recurring_dates`,
`date_forms` and `date_keys` (how dates are named, and those that recur), `holidays` (days off and
make-up days), `ical_file`, `recurrence` and `icalendar` (from .ics files: text, dates, meaning),
`arguments` (what people may pass to `Calendar(...)`), `compilation` (from the description to the
open spans of a year), `timeline` (all arithmetic on compiled years), `ledger` (where every second
went), `calendar` (`Calendar` itself), and `year` (the dates of a year, for views).
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
