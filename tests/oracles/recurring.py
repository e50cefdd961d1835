"""Which dates a rule names, decided date by date, without code of the product.

A form says what a rule means; the product reads its text. `names` decides by counting from the
beginning, or the end, of the period that a date lies in.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

ONE_DAY = timedelta(1)
Test = Callable[[date], bool]
MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Yearly:
    """From one month and day to another, across New Year if the first is the later."""

    first: tuple[int, int]
    last: tuple[int, int]

    def names(self, day: date, works: Test, off: Test) -> bool:  # noqa: ARG002 - as all forms
        """Whether the month and the day lie between."""
        at = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= at <= self.last
        return at >= self.first or at <= self.last

    def per_year(self) -> float:
        """How many dates of a leap year it names."""
        new_year = date(2028, 1, 1)
        days = (new_year + number * ONE_DAY for number in range(366))
        return sum(self.names(day, bool, bool) for day in days)


@dataclass(frozen=True)
class Counted:
    """Days of a kind (a weekday, "day", "working day") by their places in a period."""

    places: tuple[int, ...]  # empty for all
    kind: int | str
    period: str
    months: tuple[int, ...] = ()

    def names(self, day: date, works: Test, off: Test) -> bool:  # noqa: ARG002 - as all forms
        """Whether the day is of the kind, and at one of the places."""
        if (self.months and day.month not in self.months) or not self._is_of_kind(day, works):
            return False
        if not self.places:
            return True
        length = MONTHS_OF[self.period]
        month = (day.month - 1) // length * length + 1
        first = date(day.year, month, 1)
        final = date(day.year, month + length - 1, monthrange(day.year, month + length - 1)[1])
        before = after = 0
        other = first
        while other <= final:
            if self._is_of_kind(other, works):
                before += other <= day
                after += other >= day
            other += ONE_DAY
        return before in self.places or -after in self.places

    def _is_of_kind(self, day: date, works: Test) -> bool:
        if self.kind == "working day":
            return works(day)
        return self.kind in ("day", day.weekday())

    def per_year(self) -> float:
        """How many dates a year has of it, more or less."""
        months = len(self.months) or 12
        if self.places:
            return len(self.places) * months / (1 if self.months else MONTHS_OF[self.period])
        return {"day": 365, "working day": 250}.get(str(self.kind), 52) * months / 12


@dataclass(frozen=True)
class Interval:
    """A date, and others after it at intervals."""

    count: int
    unit: str
    first: date
    last: date = date.max

    def names(self, day: date, works: Test, off: Test) -> bool:  # noqa: ARG002 - as all forms
        """Whether a whole number of intervals lies between."""
        if not self.first <= day <= self.last:
            return False
        if self.unit in ("day", "week"):
            return (day - self.first).days % (self.count * {"day": 1, "week": 7}[self.unit]) == 0
        months = (day.year - self.first.year) * 12 + day.month - self.first.month
        of = self.count * {"month": 1, "year": 12}[self.unit]
        return day.day == self.first.day and months % of == 0

    def per_year(self) -> float:
        """How many dates a year has of it, more or less."""
        return {"day": 365, "week": 52, "month": 12, "year": 1}[self.unit] / self.count


@dataclass(frozen=True)
class Beside:
    """A working day next to a day off, or the nearest one before or after it."""

    step: int  # to the day off: 1 or -1
    nearest: bool

    def names(self, day: date, works: Test, off: Test) -> bool:
        """Whether it is one."""
        if not works(day):
            return False
        other = day + self.step * ONE_DAY
        while self.nearest and not off(other) and not works(other) and abs(other - day).days < 60:
            other += self.step * ONE_DAY
        return off(other)

    def per_year(self) -> float:
        """Taken for ten."""
        return 10


Form = Yearly | Counted | Interval | Beside


def looks_at_working_days(form: Form) -> bool:
    """Whether a form needs to know which days are worked."""
    return isinstance(form, Beside) or (isinstance(form, Counted) and form.kind == "working day")
