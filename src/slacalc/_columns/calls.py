"""One question over columns, from reading it to the answer in its likeness."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from slacalc._calendar.calendar import refuse_provisional
from slacalc._calendar.compilation import zone_of
from slacalc._columns.arithmetic import BEYOND, Arrays
from slacalc._columns.input import (
    LONGEST_WORK,
    check_choice,
    check_equal_length,
    is_column,
    read_counts,
    read_instants,
    read_lengths,
)
from slacalc._columns.kernel import MISSING, chunks, rows_equal_to
from slacalc._columns.output import OutputType, finest_unit
from slacalc._time.instants import EARLIEST, LATEST, horizon_error
from slacalc.errors import ColumnError, located

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from slacalc._calendar.calendar import Calendar
    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.output import TimeUnit

Errors: TypeAlias = Literal["raise", "null"]


class VerbCall:
    """One question: how its columns looked, and what becomes of the answer."""

    def __init__(
        self,
        calendar: Calendar,
        *,
        naive: str | None,
        errors: Errors,
        strict: bool,
        at: bool = False,
    ) -> None:
        check_choice(errors, "errors", ("raise", "null"))
        self.calendar, self.arrays = calendar, Arrays(calendar.timeline, zone_of(calendar))
        self._naive, self._errors, self._strict, self._at = naive, errors, strict, at
        self._like: OutputType | None = None
        self._units: list[TimeUnit] = []
        self._given: dict[str, Any] = {}
        self._instants = 0
        self._columns: tuple[Integers | int, ...] = ()

    @property
    def like(self) -> OutputType:
        """How the answer is to look: as the first column of instants or lengths."""
        return self._like or OutputType("numpy", "s")

    def instants(self, given: Any, what: str) -> Integers | int:
        """A column of instants, or one."""
        self._given[what] = given
        with nullcontext() if is_column(given) else located(what):
            values, like = read_instants(given, what, self._naive, zone_of(self.calendar))
        self._instants += 1
        if like is None:
            self._units.append("s" if int(values) % 1_000_000 == 0 else "us")
        else:
            self._units.append(like.unit)
            self._like = self._like or like
        return values

    def lengths(self, given: Any) -> Integers | int:
        """A column of lengths, or one."""
        self._given["work"] = given
        values, unit, like = read_lengths(given, "work")
        if isinstance(values, int):
            values = min(max(values, -LONGEST_WORK), LONGEST_WORK)
        self._units.append(unit)
        if self._like is None and like is not None:
            self._like = like._replace(time_zone=self.calendar.time_zone)
        return values

    def counts(self, given: Any, what: str) -> Integers | int:
        """A column of whole numbers, or one."""
        self._given[what] = given
        values, like = read_counts(given, what)
        if self._like is None and like is not None:
            self._like = like._replace(time_zone=self.calendar.time_zone)
            self._units.append(like.unit)
        return values

    def even(self, *columns: Integers | int) -> tuple[Any, ...]:
        """Columns equally long, the first of them in full."""
        check_equal_length({name: one for name, one in self._given.items() if is_column(one)})
        count = max(len(column) for column in columns if isinstance(column, np.ndarray))
        first = columns[0]
        if not isinstance(first, np.ndarray):
            columns = (np.full(count, first, np.int64), *columns[1:])
        self._columns = columns
        return columns

    def reaches(self, values: Integers | int, *, at: bool = False) -> None:
        """Refuse, if asked to, what lies past the published holidays."""
        if self._strict:
            column = np.atleast_1d(values)
            parts = (column[rows] for rows in chunks(len(column)))
            tops = (int(np.max(one, initial=MISSING, where=one < LATEST)) for one in parts)
            last = max(tops, default=MISSING)
            if last > BEYOND:
                refuse_provisional(self.calendar, last, inclusive=at)

    def answered(
        self,
        values: Integers,
        one: Callable[..., Any],
        *,
        gives: Literal["instants", "lengths"] = "instants",
    ) -> Any:
        """The answer in the likeness of the question; *one* asks the question of a single row."""
        if len(values) and int(values.min()) <= BEYOND:
            self.refuse(values, BEYOND, one)
            for rows in chunks(len(values)):
                values[rows][values[rows] == BEYOND] = MISSING
        if gives == "instants":
            self.reaches(values, at=self._at)
        like = self.like._replace(unit=finest_unit(*self._units))
        return like.instants(values) if gives == "instants" else like.lengths(values)

    def refuse(self, values: NDArray[Any], mark: int, one: Callable[..., Any]) -> None:
        """Raise the error of the first row whose answer is a mark, unless such may be left."""
        if self._errors == "null" or not len(bad := rows_equal_to(values, mark)):
            return
        row = int(bad[0])
        more = f" (and {len(bad) - 1:,} more)" if len(bad) > 1 else ""
        with located(f"row {row}{more}"):
            asked = [self._of(column, row) for column in self._columns]
            for instant in asked[: self._instants]:
                if not EARLIEST <= instant < LATEST:
                    raise horizon_error(str(np.datetime64(instant, "us")))
            one(*asked)
        msg = f"row {row}{more} has no answer within the supported years"
        raise ColumnError(msg, column="", given=row, row=row)

    @staticmethod
    def _of(column: Integers | int, row: int) -> int:
        return int(column[row]) if isinstance(column, np.ndarray) else column
