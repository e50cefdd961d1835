"""Bulk verbs over single values, and over expressions of Polars.

An expression becomes another expression, which Polars evaluates on columns when the query runs.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from slacalc._calendar.calendar import check_calendar
from slacalc._columns.input import holds_dates, read_dates, read_instant
from slacalc._time.instants import EPOCH_DAY, to_utc
from slacalc.errors import ColumnError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from slacalc._calendar.calendar import Calendar


_OF_DATES = ("add_working_days", "count_working_days", "is_working_day", "roll")
_OF_TWO_TIMES = ("elapsed", "count_working_days")


def _is_expression(value: Any) -> bool:
    return type(value).__module__.startswith("polars") and type(value).__name__ == "Expr"


def over_expressions(
    verb: Callable[..., Any],
    calendar: Calendar,
    arguments: tuple[Any, ...],
    *,
    naive: str | None,
    errors: str,
    **options: Any,
) -> Any:
    """The result for single values; an expression if an argument is one."""
    check_calendar(calendar)
    places = [place for place, value in enumerate(arguments) if _is_expression(value)]
    takes_dates = verb.__name__ in _OF_DATES
    if not places:
        if takes_dates or naive is not None:
            times = 2 if verb.__name__ in _OF_TWO_TIMES else 1
            read = [
                _read_single(at, naive, calendar, takes_dates=takes_dates)
                for at in arguments[:times]
            ]
            arguments = (*read, *arguments[times:])
        return getattr(calendar, verb.__name__)(*arguments, **options)
    import polars as pl  # noqa: PLC0415 - only for its own columns

    # Polars wants the type of the result before it knows the columns.
    dtype: Any
    if verb.__name__ == "elapsed":
        dtype = pl.Duration("us")
    elif verb.__name__ in ("is_open", "is_working_day"):
        dtype = pl.Boolean()
    elif verb.__name__ == "count_working_days":
        dtype = pl.Int64()
    elif verb.__name__ == "roll" or (takes_dates and holds_dates(arguments[0], naive)):
        dtype = pl.Date()
    elif places[0] == 0:
        dtype = pl.dtype_of(arguments[0])
    else:
        dtype = pl.Datetime("us", calendar.time_zone)

    def evaluate(columns: Sequence[Any]) -> Any:
        filled = [*arguments]
        for place, column in zip(places, columns, strict=True):
            filled[place] = column
        declared = columns[0].dtype if isinstance(dtype, pl.DataTypeExpr) else dtype
        answer = verb(calendar, *filled, naive=naive, errors=errors, **options)
        return _cast_exactly(answer, declared)

    expressions = [arguments[place] for place in places]
    return pl.map_batches(expressions, evaluate, return_dtype=dtype, is_elementwise=True)


def _read_single(at: Any, naive: str | None, calendar: Calendar, *, takes_dates: bool) -> Any:
    """A single instant or date as the calendar's own method accepts it."""
    if takes_dates and holds_dates(at, naive):
        if not isinstance(at, np.datetime64):
            return at
        day = read_dates(at, "it", naive, calendar.timeline.zone).values
        return date.fromordinal(int(day) + EPOCH_DAY)
    if naive is None and not (takes_dates and isinstance(at, np.datetime64)):
        return at
    return to_utc(read_instant(at, "it", naive))


def _cast_exactly(answer: Any, dtype: Any) -> Any:
    """The answer in the type that was declared.

    Raises:
        ColumnError: The answer is finer than that.
    """
    cast = answer.cast(dtype)
    if cast.dtype != answer.dtype and not cast.cast(answer.dtype).equals(answer):
        msg = f"the answers are {answer.dtype}, finer than {dtype}: cast the column to a finer unit"
        raise ColumnError(msg, column=answer.name, given=str(dtype))
    return cast
