"""One call of a bulk verb: read its columns, and return the answer as a column of the same type."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from slacalc._calendar.calendar import check_calendar, refuse_provisional
from slacalc._columns.arithmetic import FIRST_DAY, LAST_DAY, NO_TRUTHS, Arrays
from slacalc._columns.input import (
    LONGEST_WORK,
    check_choice,
    check_equal_length,
    read_counts,
    read_dates,
    read_instants,
    read_lengths,
)
from slacalc._columns.kernel import BEYOND, MISSING, chunks, least_of, rows_equal_to
from slacalc._columns.output import OutputType, finest_unit
from slacalc._time.instants import EARLIEST, EPOCH_DAY, LATEST, SECOND, horizon_error
from slacalc.errors import ColumnError, located

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from slacalc._calendar.calendar import Calendar
    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.native import TimeUnit
    from slacalc.errors import SlacalcError

Errors: TypeAlias = Literal["raise", "null"]
Returns: TypeAlias = Literal["instants", "lengths", "truths", "dates", "numbers"]


class VerbCall:
    """One call of a bulk verb: its input columns, and how the result is returned.

    Args:
        calendar: The calendar.
        naive, errors, strict: As for `slacalc.bulk.add`.
        is_inclusive: Whether an answer depends on the calendar at its own instant as well, as an
            opening does: see `refuse_provisional`.

    Attributes:
        arrays: The calendar's methods over arrays.
    """

    def __init__(
        self,
        calendar: Calendar,
        *,
        naive: str | None,
        errors: Errors,
        strict: bool,
        is_inclusive: bool = False,
    ) -> None:
        check_calendar(calendar)
        check_choice(errors, "errors", ("raise", "null"))
        self.calendar, self.arrays = calendar, Arrays(calendar.timeline)
        self._naive, self._errors, self._strict = naive, errors, strict
        self._is_inclusive = is_inclusive
        self._output_type: OutputType | None = None
        self._units: list[TimeUnit] = []
        self._columns: dict[str, Any] = {}
        self._instants: list[Integers | int] = []
        self._dates: list[Integers | int] = []
        self._arguments: tuple[Integers | int, ...] = ()

    # Reading the input ---------------------------------------------------------------------------

    def instants(self, values: Any, name: str) -> Integers | int:
        """Read a column of instants, or a single one."""
        zone = self.calendar.timeline.zone
        row_errors: dict[int, SlacalcError] | None = {} if self._errors == "null" else None
        instants, output_type = read_instants(values, name, self._naive, zone, row_errors)
        self._instants.append(instants)
        unit: TimeUnit = "s" if isinstance(instants, int) and instants % SECOND == 0 else "us"
        self._units.append(unit if output_type is None else output_type.unit)
        self._note(name, values, output_type)
        return instants

    def dates(self, values: Any, name: str, *, only_dates: bool = False) -> Integers | int:
        """Read a column of dates, or a single one; instants stand for theirs, or are refused."""
        zone = self.calendar.timeline.zone
        row_errors: dict[int, SlacalcError] | None = {} if self._errors == "null" else None
        dates, output_type = read_dates(
            values, name, self._naive, zone, row_errors, only_dates=only_dates
        )
        if output_type is None and not FIRST_DAY <= int(dates) <= LAST_DAY:
            with located(name):
                raise horizon_error(_date_text(int(dates)))
        self._dates.append(dates)
        self._note(name, values, output_type)
        return dates

    def lengths(self, values: Any, name: str) -> Integers | int:
        """Read a column of lengths, or a single one."""
        lengths, unit, output_type = read_lengths(values, name)
        if isinstance(lengths, int):
            lengths = min(max(lengths, -LONGEST_WORK), LONGEST_WORK)
        self._units.append(unit)
        self._note(name, values, output_type, self.calendar.time_zone)
        return lengths

    def counts(self, values: Any, name: str) -> Integers | int:
        """Read a column of whole numbers, or a single one."""
        counts, output_type = read_counts(values, name)
        if self._output_type is None and output_type is not None:
            self._units.append(output_type.unit)
        self._note(name, values, output_type, self.calendar.time_zone)
        return counts

    def _note(
        self, name: str, values: Any, output_type: OutputType | None, time_zone: str | None = None
    ) -> None:
        """Remember a column, the first one as the type of the answer."""
        if output_type is None:  # a single value
            return
        self._columns[name] = values
        if self._output_type is None:
            if time_zone is not None:
                output_type = output_type._replace(time_zone=time_zone)
            self._output_type = output_type

    def align(self, *columns: Integers | int) -> tuple[Any, ...]:
        """The columns, of which the first is repeated to their length if it is a single value.

        Raises:
            ColumnError: They are not equally long, or are pandas Series with different indexes.
        """
        if len(self._columns) > 1:
            check_equal_length(self._columns)
        count = max(len(column) for column in columns if isinstance(column, np.ndarray))
        first = columns[0]
        if not isinstance(first, np.ndarray):
            columns = (np.full(count, first, np.int64), *columns[1:])
        self._arguments = columns
        return columns

    def refuse_provisional_input(self) -> None:
        """With *strict*, refuse input instants past the published holidays."""
        for instants in self._instants:
            self._refuse_provisional(instants, is_inclusive=self._is_inclusive)

    def _refuse_provisional(self, values: Integers | int, *, is_inclusive: bool) -> None:
        if not self._strict:
            return
        column = np.atleast_1d(values)
        parts = (column[rows] for rows in chunks(len(column)))
        tops = (int(np.max(part, initial=MISSING, where=part < LATEST)) for part in parts)
        last = max(tops, default=MISSING)
        if last > BEYOND:
            refuse_provisional(self.calendar, last, inclusive=is_inclusive)

    def refuse_provisional_dates(self, *columns: Integers | int, is_inclusive: bool = True) -> None:
        """With *strict*, refuse answers that depend on dates past the published holidays.

        Args:
            columns: The dates up to which they depend on the calendar.
            is_inclusive: Whether they depend on those dates themselves.
        """
        if not self._strict:
            return
        for column in columns:
            valid = (column >= FIRST_DAY) & (column <= LAST_DAY + 1)
            last = int(np.max(column, initial=MISSING, where=valid))
            if last > BEYOND:
                midnight = self.calendar.timeline.zone.midnight(date.fromordinal(last + EPOCH_DAY))
                refuse_provisional(self.calendar, midnight, inclusive=is_inclusive)

    # Returning the answer ------------------------------------------------------------------------

    def answer(
        self,
        values: NDArray[Any],
        of_row: Callable[..., Any],
        returns: Returns,
    ) -> Any:
        """The answer as a column of the type of the input.

        Args:
            values: Instants or lengths in microseconds, dates in days since 1970, or numbers, with
                `MISSING` and `BEYOND`; or truths, 1 and 0, with `NO_TRUTHS`.
            of_row: Works out the answer for the values of one row, and raises the row's error.
            returns: What they are.
        """
        output_type = self._output_type or OutputType("numpy", "s")
        if returns == "truths":
            if least_of(values) == NO_TRUTHS[1]:
                self._raise_first(values, NO_TRUTHS[1], of_row)
            return output_type.truths(values)
        if least_of(values) <= BEYOND:
            self._raise_first(values, BEYOND, of_row)
            for rows in chunks(len(values)):
                values[rows][values[rows] == BEYOND] = MISSING
        if returns == "dates":
            return output_type.dates(values)
        if returns == "numbers":
            return output_type.numbers(values)
        output_type = output_type._replace(unit=finest_unit(*self._units))
        if returns == "lengths":
            return output_type.lengths(values)
        self._refuse_provisional(values, is_inclusive=self._is_inclusive)
        return output_type.instants(values)

    def _raise_first(self, values: NDArray[Any], mark: int, of_row: Callable[..., Any]) -> None:
        """Raise the error of the first row that is marked, unless errors become missing values."""
        if self._errors == "null" or not len(bad := rows_equal_to(values, mark)):
            return
        row = int(bad[0])
        more = f" (and {len(bad) - 1:,} more)" if len(bad) > 1 else ""
        with located(f"row {row}{more}"):
            arguments = [
                int(column[row]) if isinstance(column, np.ndarray) else column
                for column in self._arguments
            ]
            for instant in arguments[: len(self._instants)]:
                if not EARLIEST <= instant < LATEST:
                    raise horizon_error(str(np.datetime64(instant, "us")))
            for day in arguments[: len(self._dates)]:
                if not FIRST_DAY <= day <= LAST_DAY:
                    raise horizon_error(_date_text(day))
            of_row(*arguments)
        msg = f"row {row}{more} has no answer within the supported years"
        raise ColumnError(msg, column="", given=row, row=row)


def _date_text(day: int) -> str:
    return str(np.datetime64(day, "D"))
