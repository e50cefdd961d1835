"""The verbs of a calendar over columns: the same answers, bit for bit, at array speed.

Every verb takes a calendar and columns: ``datetime64`` of NumPy (read as UTC), series of pandas,
Polars or PyArrow, lists; or single values in their place. The answer is a column of the same kind,
in the same zone and the same order. What is missing, or masked, stays so, and a row that has no
answer within the supported years is an error that names it, or, on request, missing too.

Columns of one call are matched row by row, in their order. Series of pandas, which have names for
their rows, must have the same ones in the same order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from slacalc.errors import require_extra

require_extra("bulk", "columns need", "narwhals", "numpy")

from slacalc._bulk.replay import plan, replay
from slacalc._bulk.tickets import deadlines, evaluate
from slacalc._calendar.arguments import unknown_edge
from slacalc._columns.arithmetic import NO_TRUTHS
from slacalc._columns.calls import VerbCall
from slacalc._columns.expressions import over_expressions
from slacalc._columns.input import is_column

if TYPE_CHECKING:
    from slacalc._calendar.calendar import Calendar
    from slacalc._columns.calls import Errors

__all__ = [
    "add",
    "add_working_days",
    "deadlines",
    "elapsed",
    "end_of_working_day",
    "evaluate",
    "is_open",
    "next_close",
    "next_open",
    "plan",
    "replay",
    "subtract",
]


def add(
    calendar: Calendar,
    starts: Any,
    work: Any,
    *,
    edge: Literal["close", "next_open"] = "close",
    naive: str | None = None,
    errors: Errors = "raise",
    strict: bool = False,
) -> Any:
    """When so much work, begun at each start, is done: `Calendar.add` over columns.

    Args:
        calendar: The calendar.
        starts: A column of n instants, or one instant.
        work: A column of n lengths (durations, or text such as ``"4h"``), or one length.
        edge: As for `Calendar.add`.
        naive: The zone of times that bear none, such as ``"Europe/Berlin"``. A column of them has
            an answer without a zone too; of lists and single values the naive ones are read so.
            Left out, NumPy's datetimes are in UTC, and all else without a zone is refused.
        errors: What to do with rows that have no answer: ``"raise"``, or ``"null"`` to leave them
            missing.
        strict: Refuse provisional answers.

    Returns:
        A column of n instants; where both are single values, what `Calendar.add` gives.

    Raises:
        NaiveDatetimeError: The column has no zone, and none is named.
        CalendarError: The edge is none of those.
        ColumnError: A column holds something else, or they are not equally long, or are series of
            pandas with different indexes.
        HorizonError, NeverOpen: A row has no answer.
        ProvisionalError: With *strict*, an answer is provisional.

    Example:
        >>> import numpy as np
        >>> from slacalc import Calendar, bulk
        >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
        >>> starts = np.array(["2024-05-03T14:00", "NaT"], "datetime64[s]")
        >>> bulk.add(office, starts, "2h")
        array(['2024-05-06T08:00:00',                 'NaT'],
              dtype='datetime64[s]')
    """
    if edge not in ("close", "next_open"):
        raise unknown_edge(edge, "close", "next_open")
    if not (is_column(starts) or is_column(work)):
        return over_expressions(
            add, calendar, (starts, work), edge=edge, strict=strict, naive=naive, errors=errors
        )
    ask = VerbCall(calendar, naive=naive, errors=errors, strict=strict)
    at_edge = edge == "next_open"
    begun, length = ask.instants(starts, "starts"), ask.lengths(work)
    return ask.answered(
        ask.arrays.add(*ask.even(begun, length), to_next_open=at_edge),
        lambda start, work: calendar.timeline.add(start, work, to_next_open=at_edge),
    )


def subtract(
    calendar: Calendar,
    ends: Any,
    work: Any,
    *,
    edge: Literal["open", "previous_close"] = "open",
    naive: str | None = None,
    errors: Errors = "raise",
    strict: bool = False,
) -> Any:
    """From when so much work is done by each end: `Calendar.subtract` over columns.

    Args:
        calendar: The calendar.
        ends: A column of n instants, or one instant.
        work: A column of n lengths, or one length.
        edge: As for `Calendar.subtract`.
        naive, errors, strict: As for `add`.

    Returns:
        A column of n instants.

    Raises:
        NaiveDatetimeError, ColumnError, CalendarError, HorizonError, NeverOpen, ProvisionalError:
            As for `add`.
    """
    if edge not in ("open", "previous_close"):
        raise unknown_edge(edge, "open", "previous_close")
    if not (is_column(ends) or is_column(work)):
        return over_expressions(
            subtract, calendar, (ends, work), edge=edge, strict=strict, naive=naive, errors=errors
        )
    ask = VerbCall(calendar, naive=naive, errors=errors, strict=strict)
    at_edge = edge == "previous_close"
    ended, length = ask.instants(ends, "ends"), ask.lengths(work)
    ask.reaches(ended)
    return ask.answered(
        ask.arrays.subtract(*ask.even(ended, length), to_previous_close=at_edge),
        lambda end, work: calendar.timeline.subtract(end, work, to_previous_close=at_edge),
    )


def elapsed(
    calendar: Calendar,
    starts: Any,
    ends: Any,
    *,
    naive: str | None = None,
    errors: Errors = "raise",
    strict: bool = False,
) -> Any:
    """The working time between instants, negative where reversed: `Calendar.elapsed` over columns.

    Args:
        calendar: The calendar.
        starts: A column of n instants, or one instant.
        ends: Likewise.
        naive, errors, strict: As for `add`.

    Returns:
        A column of n durations.

    Raises:
        NaiveDatetimeError, ColumnError, HorizonError, ProvisionalError: As for `add`.

    Example:
        >>> import numpy as np
        >>> from slacalc import Calendar, bulk
        >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
        >>> starts = np.array(["2024-05-03T14:00", "2024-05-03T16:00"], "datetime64[s]")
        >>> bulk.elapsed(office, starts, "2024-05-06T10:00:00+02:00")
        array([7200, 3600], dtype='timedelta64[s]')
    """
    if not (is_column(starts) or is_column(ends)):
        return over_expressions(
            elapsed, calendar, (starts, ends), strict=strict, naive=naive, errors=errors
        )
    ask = VerbCall(calendar, naive=naive, errors=errors, strict=strict)
    begun, ended = ask.instants(starts, "starts"), ask.instants(ends, "ends")
    ask.reaches(begun)
    ask.reaches(ended)
    first, second = ask.even(begun, ended)
    return ask.answered(
        ask.arrays.elapsed(first, second), calendar.timeline.elapsed, gives="lengths"
    )


def is_open(
    calendar: Calendar,
    instants: Any,
    *,
    naive: str | None = None,
    errors: Errors = "raise",
    strict: bool = False,
) -> Any:
    """Whether each instant is working time: `Calendar.is_open` over a column.

    Args:
        calendar: The calendar.
        instants: A column of n instants.
        naive, errors, strict: As for `add`.

    Returns:
        A column of n truths. NumPy's have no missing value, unless they are masked: there, what is
        missing is not open.

    Raises:
        NaiveDatetimeError, ColumnError, HorizonError, ProvisionalError: As for `add`.
    """
    if not is_column(instants):
        return over_expressions(
            is_open, calendar, (instants,), strict=strict, naive=naive, errors=errors
        )
    ask = VerbCall(calendar, naive=naive, errors=errors, strict=strict)
    (asked,) = ask.even(ask.instants(instants, "instants"))
    ask.reaches(asked, at=True)
    opened = ask.arrays.openness(asked)
    ask.refuse(opened, NO_TRUTHS[1], calendar.timeline.is_open)
    return ask.like.truths(opened)


def next_open(
    calendar: Calendar,
    instants: Any,
    *,
    naive: str | None = None,
    errors: Errors = "raise",
    strict: bool = False,
) -> Any:
    """The first open instant from each on: `Calendar.next_open` over a column.

    Args:
        calendar: The calendar.
        instants: A column of n instants.
        naive, errors, strict: As for `add`.

    Returns:
        A column of n instants.

    Raises:
        NaiveDatetimeError, ColumnError, HorizonError, NeverOpen, ProvisionalError: As for `add`.
    """
    if not is_column(instants):
        return over_expressions(
            next_open, calendar, (instants,), strict=strict, naive=naive, errors=errors
        )
    ask = VerbCall(calendar, naive=naive, errors=errors, strict=strict, at=True)
    (asked,) = ask.even(ask.instants(instants, "instants"))
    return ask.answered(ask.arrays.next_open(asked), calendar.timeline.next_open)


def next_close(
    calendar: Calendar,
    instants: Any,
    *,
    naive: str | None = None,
    errors: Errors = "raise",
    strict: bool = False,
) -> Any:
    """The first closing after each instant: `Calendar.next_close` over a column.

    Args:
        calendar: The calendar.
        instants: A column of n instants.
        naive, errors, strict: As for `add`.

    Returns:
        A column of n instants.

    Raises:
        NaiveDatetimeError, ColumnError, HorizonError, NeverOpen, ProvisionalError: As for `add`.
    """
    if not is_column(instants):
        return over_expressions(
            next_close, calendar, (instants,), strict=strict, naive=naive, errors=errors
        )
    ask = VerbCall(calendar, naive=naive, errors=errors, strict=strict, at=True)
    (asked,) = ask.even(ask.instants(instants, "instants"))
    return ask.answered(ask.arrays.next_close(asked), calendar.timeline.next_close)


def add_working_days(
    calendar: Calendar,
    starts: Any,
    days: Any,
    *,
    naive: str | None = None,
    errors: Errors = "raise",
    strict: bool = False,
) -> Any:
    """The same wall time so many working days on: `Calendar.add_working_days` over columns.

    Args:
        calendar: The calendar.
        starts: A column of n instants, or one instant.
        days: A column of n whole numbers, or one; where one is missing, so is the answer.
        naive, errors, strict: As for `add`.

    Returns:
        A column of n instants.

    Raises:
        NaiveDatetimeError, ColumnError, HorizonError, NeverOpen, ProvisionalError: As for `add`.
    """
    if not (is_column(starts) or is_column(days)):
        return over_expressions(
            add_working_days, calendar, (starts, days), strict=strict, naive=naive, errors=errors
        )
    ask = VerbCall(calendar, naive=naive, errors=errors, strict=strict)
    begun, count = ask.even(ask.instants(starts, "starts"), ask.counts(days, "days"))
    return ask.answered(
        ask.arrays.add_working_days(begun, count), calendar.timeline.add_working_days
    )


def end_of_working_day(
    calendar: Calendar,
    starts: Any,
    days: Any = 0,
    *,
    naive: str | None = None,
    errors: Errors = "raise",
    strict: bool = False,
) -> Any:
    """The last closing of each one's working day: `Calendar.end_of_working_day` over columns.

    Args:
        calendar: The calendar.
        starts: A column of n instants, or one instant.
        days: How many working days on: a column of n whole numbers, or one; where one is missing,
            so is the answer.
        naive, errors, strict: As for `add`.

    Returns:
        A column of n instants.

    Raises:
        NaiveDatetimeError, ColumnError, HorizonError, NeverOpen, ProvisionalError: As for `add`.
    """
    if not (is_column(starts) or is_column(days)):
        return over_expressions(
            end_of_working_day, calendar, (starts, days), strict=strict, naive=naive, errors=errors
        )
    ask = VerbCall(calendar, naive=naive, errors=errors, strict=strict)
    begun, count = ask.even(ask.instants(starts, "starts"), ask.counts(days, "days"))
    return ask.answered(
        ask.arrays.end_of_working_day(begun, count), calendar.timeline.end_of_working_day
    )
