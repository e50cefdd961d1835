"""Dates that recur, whatever their form, and what their rules ask of a calendar.

Rules that look at holidays and working days see those of the weekly hours and the lists of
holidays, before exceptions and closures, so that no rule depends on itself.

Read next: `date_forms`, the forms of such dates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from slacalc._i18n import Translator


class WorkingDays(Protocol):
    """What rules ask of a calendar, before its exceptions and closures."""

    def is_working(self, day: date) -> bool:
        """Whether the weekly hours and the lists of holidays give a date hours."""

    def is_day_off(self, day: date) -> bool:
        """Whether a list of holidays closes a date."""


class RecurringDates:
    """Dates named by a rule, which its text describes completely."""

    @property
    def text(self) -> str:
        """The rule as it is written back."""
        raise NotImplementedError

    @property
    def is_yearly(self) -> bool:
        """Whether it names the same months and days in each year."""
        return False

    @property
    def is_relative(self) -> bool:
        """Whether it looks at holidays or working days."""
        return False

    @property
    def per_year(self) -> float:
        """About how many dates it names in a year: where several rules meet, the rarest counts."""
        raise NotImplementedError

    def dates(self, year: int, days: WorkingDays | None = None) -> Iterable[date]:
        """The dates that it names in a year, each once.

        Args:
            year: The year.
            days: The working days, if the rule is relative.
        """
        raise NotImplementedError

    def describe(self, translate: Translator) -> str:
        """The dates in words: ``first Sunday of month``."""
        raise NotImplementedError

    def certain_until(self, last: date) -> date:
        """The last date that is certain if holidays are known until *last*."""
        return last

    def __str__(self) -> str:
        return self.text
