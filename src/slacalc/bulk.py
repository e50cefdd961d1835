"""A calendar's methods, and policies, over columns: the same results as one by one, at array speed.

Each verb takes a calendar and columns: NumPy arrays of ``datetime64`` (read as UTC), pandas, Polars
or PyArrow columns, Polars expressions, or lists; a single value may stand in place of a column. The
result is a column of the same type, in the same time zone and row order. Missing (or masked) values
stay missing. A row without an answer within the years 1900 to 2200 raises an error that names the
row, or becomes missing with ``errors="null"``.

Dates are NumPy arrays of ``datetime64[D]``, Polars' ``Date``, Arrow's ``date32`` and ``date64``, or
lists or pandas columns of `datetime.date`; in pandas also periods of a day, and datetimes without a
time zone that are all midnights. Where a date is meant, an instant stands for its date in the
calendar's zone.

The columns of one call are matched by position. Pandas Series must have equal indexes.

`deadlines` and `evaluate` take a table with one row per ticket, `replay` and `time_by` a table with
one row per event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

from slacalc.errors import require_extra

require_extra("bulk", "columns need", "narwhals", "numpy")

from slacalc._bulk.replay import plan, replay
from slacalc._bulk.tickets import deadlines, evaluate
from slacalc._bulk.time_by import time_by
from slacalc._calendar.arguments import (
    CONVENTIONS,
    INCLUSIVE,
    unknown_convention,
    unknown_edge,
    unknown_inclusive,
)
from slacalc._columns.calls import VerbCall
from slacalc._columns.expressions import over_expressions
from slacalc._columns.input import holds_dates
from slacalc._columns.native import is_column
from slacalc._time.instants import EPOCH_DAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from slacalc._calendar.calendar import Calendar
    from slacalc._columns.calls import Errors

__all__ = [
    "add",
    "add_working_days",
    "count_working_days",
    "deadlines",
    "elapsed",
    "end_of_working_day",
    "evaluate",
    "is_open",
    "is_working_day",
    "next_close",
    "next_open",
    "plan",
    "replay",
    "roll",
    "subtract",
    "time_by",
]


class _Options(TypedDict):
    naive: str | None
    errors: Errors
    strict: bool


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
    """Add working time to each start: `Calendar.add` over columns.

    Args:
        calendar: The calendar.
        starts: A column of n instants, or one instant for all rows.
        work: A column of n lengths (durations, or text such as ``"4h"``), or one length for all
            rows. Negative lengths count backwards.
        edge: Where work that exactly fills a working period ends, as for `Calendar.add`: at its
            ``"close"``, or at the ``"next_open"``.
        naive: The time zone of times without one, such as ``"Europe/Berlin"``. A column of naive
            times gives naive results in the same zone; naive list items and single values are read
            in it. Default: NumPy's datetimes are UTC, and any other naive time is an error.
        errors: What to do about rows without an answer: ``"raise"`` the error of the first one, or
            ``"null"`` for a missing value.
        strict: Raise `ProvisionalError` if an answer depends on holidays that are not published.

    Returns:
        A column of n instants, of the type of *starts* (or of *work*, if *starts* is one instant).
        Its unit is the finest of the input columns', or microseconds if a single length needs them.
        If both are single values: what `Calendar.add` returns.

    Raises:
        NaiveDatetimeError: A column has no time zone, and *naive* is not given.
        CalendarError: *edge* is unknown.
        ColumnError: A column holds something else, the columns are not equally long, or they are
            pandas Series with different indexes.
        HorizonError: A row's answer, or its start, is not in the years 1900 to 2200.
        NeverOpen: The calendar has no working time.
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
    return _verb(
        add,
        calendar,
        {"starts": (VerbCall.instants, starts), "work": (VerbCall.lengths, work)},
        options={"naive": naive, "errors": errors, "strict": strict},
        edge=edge,
        flags={"to_next_open": edge == "next_open"},
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
    """Subtract working time from each end: `Calendar.subtract` over columns.

    Args:
        calendar: The calendar.
        ends: A column of n instants, or one instant for all rows.
        work: A column of n lengths (durations, or text such as ``"4h"``), or one length for all
            rows.
        edge: Where work that exactly fills a working period begins, as for `Calendar.subtract`: at
            its ``"open"``, or at the ``"previous_close"``.
        naive, errors, strict: As for `add`.

    Returns:
        A column of n instants: the last ones from which the work is done by the ends.

    Raises:
        NaiveDatetimeError, ColumnError, CalendarError, HorizonError, NeverOpen, ProvisionalError:
            As for `add`.

    Example:
        >>> import numpy as np
        >>> from slacalc import Calendar, bulk
        >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
        >>> bulk.subtract(office, np.array(["2024-05-06T08:00"], "datetime64[s]"), "2h")
        array(['2024-05-03T14:00:00'], dtype='datetime64[s]')
    """
    if edge not in ("open", "previous_close"):
        raise unknown_edge(edge, "open", "previous_close")
    return _verb(
        subtract,
        calendar,
        {"ends": (VerbCall.instants, ends), "work": (VerbCall.lengths, work)},
        options={"naive": naive, "errors": errors, "strict": strict},
        edge=edge,
        flags={"to_previous_close": edge == "previous_close"},
        depends_on_input=True,
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
    """The working time between starts and ends: `Calendar.elapsed` over columns.

    Args:
        calendar: The calendar.
        starts: A column of n instants, or one instant for all rows.
        ends: A column of n instants, or one instant for all rows.
        naive, errors, strict: As for `add`.

    Returns:
        A column of n durations, negative where the end is before the start. A list gives
        `pendulum.Duration`.

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
    return _verb(
        elapsed,
        calendar,
        {"starts": (VerbCall.instants, starts), "ends": (VerbCall.instants, ends)},
        options={"naive": naive, "errors": errors, "strict": strict},
        returns="lengths",
        depends_on_input=True,
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
        A column of n truths. Plain NumPy arrays of truths have no missing value: there, a missing
        instant gives False. Masked arrays and the columns of other libraries keep it missing.

    Raises:
        NaiveDatetimeError, ColumnError, HorizonError, ProvisionalError: As for `add`.

    Example:
        >>> import numpy as np
        >>> from slacalc import Calendar, bulk
        >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
        >>> instants = np.array(["2024-05-03T14:59", "2024-05-03T15:00"], "datetime64[s]")
        >>> bulk.is_open(office, instants)
        array([ True, False])
    """
    return _verb(
        is_open,
        calendar,
        {"instants": (VerbCall.instants, instants)},
        options={"naive": naive, "errors": errors, "strict": strict},
        method="openness",
        returns="truths",
        depends_on_input=True,
        is_inclusive=True,
    )


def next_open(
    calendar: Calendar,
    instants: Any,
    *,
    naive: str | None = None,
    errors: Errors = "raise",
    strict: bool = False,
) -> Any:
    """The first open instant at or after each instant: `Calendar.next_open` over a column.

    Args:
        calendar: The calendar.
        instants: A column of n instants.
        naive, errors, strict: As for `add`.

    Returns:
        A column of n instants; those that are working time themselves are unchanged.

    Raises:
        NaiveDatetimeError, ColumnError, HorizonError, NeverOpen, ProvisionalError: As for `add`.

    Example:
        >>> import numpy as np
        >>> from slacalc import Calendar, bulk
        >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
        >>> bulk.next_open(office, np.array(["2024-05-03T15:00"], "datetime64[s]"))
        array(['2024-05-06T07:00:00'], dtype='datetime64[s]')
    """
    return _verb(
        next_open,
        calendar,
        {"instants": (VerbCall.instants, instants)},
        options={"naive": naive, "errors": errors, "strict": strict},
        is_inclusive=True,
    )


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

    Example:
        >>> import numpy as np
        >>> from slacalc import Calendar, bulk
        >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
        >>> bulk.next_close(office, np.array(["2024-05-03T14:00"], "datetime64[s]"))
        array(['2024-05-03T15:00:00'], dtype='datetime64[s]')
    """
    return _verb(
        next_close,
        calendar,
        {"instants": (VerbCall.instants, instants)},
        options={"naive": naive, "errors": errors, "strict": strict},
        is_inclusive=True,
    )


def add_working_days(
    calendar: Calendar,
    starts: Any,
    days: Any,
    *,
    naive: str | None = None,
    errors: Errors = "raise",
    strict: bool = False,
) -> Any:
    """The dates a number of working days later: `Calendar.add_working_days` over columns.

    Args:
        calendar: The calendar.
        starts: A column of n dates or instants, or one for all rows.
        days: A column of n whole numbers, or one for all rows; negative ones count backwards. Where
            one is missing, so is the answer.
        naive, errors, strict: As for `add`.

    Returns:
        A column of n dates if *starts* are dates, of the type of *starts*. Otherwise a column of n
        instants: the same wall times on those dates.

    Raises:
        WorkError: A number of days is not whole.
        NaiveDatetimeError, ColumnError, HorizonError, NeverOpen, ProvisionalError: As for `add`.

    Example:
        >>> import numpy as np
        >>> from slacalc import Calendar, bulk
        >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
        >>> dates = np.array(["2024-05-03", "NaT"], "datetime64[D]")
        >>> bulk.add_working_days(office, dates, 2)
        array(['2024-05-07',        'NaT'], dtype='datetime64[D]')
        >>> starts = np.array(["2024-05-03T14:00"] * 2, "datetime64[s]")
        >>> bulk.add_working_days(office, starts, [1, 2]).astype(str).tolist()
        ['2024-05-06T14:00:00', '2024-05-07T14:00:00']
    """
    options: _Options = {"naive": naive, "errors": errors, "strict": strict}
    if not holds_dates(starts, naive):
        return _verb(
            add_working_days,
            calendar,
            {"starts": (VerbCall.instants, starts), "days": (VerbCall.counts, days)},
            options={**options},
        )
    if not (is_column(starts) or is_column(days)):
        return over_expressions(add_working_days, calendar, (starts, days), **options)
    call = VerbCall(calendar, **options)
    column = call.dates(starts, "starts", only_dates=True)
    dates, counts = call.align(column, call.counts(days, "days"))
    answers = call.arrays.date_after(dates, counts)
    call.refuse_provisional_dates(dates, answers)
    of_row = calendar.timeline.date_after
    return call.answer(answers, lambda day, count: of_row(day + EPOCH_DAY, count), "dates")


def count_working_days(
    calendar: Calendar,
    starts: Any,
    ends: Any,
    *,
    inclusive: Literal["left", "right", "both", "neither"] = "left",
    naive: str | None = None,
    errors: Errors = "raise",
    strict: bool = False,
) -> Any:
    """The number of working days between dates: `Calendar.count_working_days` over columns.

    Args:
        calendar: The calendar.
        starts: A column of n dates, or one date for all rows.
        ends: A column of n dates, or one date for all rows.
        inclusive: Which of the two dates count, as for `Calendar.count_working_days`.
        naive, errors, strict: As for `add`.

    Returns:
        A column of n whole numbers, negative where the end is before the start. Plain NumPy arrays
        of integers have no missing value: where a date is missing, the result is a masked array.

    Raises:
        CalendarError: *inclusive* is unknown.
        DateError: A date in a list, or a single one, cannot be read.
        NaiveDatetimeError, ColumnError, HorizonError, ProvisionalError: As for `add`.

    Example:
        >>> import numpy as np
        >>> from slacalc import Calendar, bulk
        >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
        >>> starts = np.array(["2024-05-03", "2024-05-04"], "datetime64[D]")
        >>> bulk.count_working_days(office, starts, "2024-05-07")
        array([2, 1])
    """
    if inclusive not in INCLUSIVE:
        raise unknown_inclusive(inclusive)
    options: _Options = {"naive": naive, "errors": errors, "strict": strict}
    if not (is_column(starts) or is_column(ends)):
        return over_expressions(
            count_working_days, calendar, (starts, ends), inclusive=inclusive, **options
        )
    call = VerbCall(calendar, **options)
    first, last = call.align(call.dates(starts, "starts"), call.dates(ends, "ends"))
    if strict:
        bounds = call.arrays.counted_dates(first, last, inclusive)
        call.refuse_provisional_dates(*bounds, is_inclusive=False)
    answers = call.arrays.count_working_days(first, last, inclusive)
    of_row = calendar.timeline.count_working_days
    return call.answer(
        answers,
        lambda start, end: of_row(start + EPOCH_DAY, end + EPOCH_DAY, inclusive),
        "numbers",
    )


def is_working_day(
    calendar: Calendar,
    dates: Any,
    *,
    naive: str | None = None,
    errors: Errors = "raise",
    strict: bool = False,
) -> Any:
    """Whether each date is a working day: `Calendar.is_working_day` over a column.

    Args:
        calendar: The calendar.
        dates: A column of n dates.
        naive, errors, strict: As for `add`.

    Returns:
        A column of n truths, with missing values as for `is_open`.

    Raises:
        DateError: A date in a list cannot be read.
        NaiveDatetimeError, ColumnError, HorizonError, ProvisionalError: As for `add`.

    Example:
        >>> import numpy as np
        >>> from slacalc import Calendar, bulk
        >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
        >>> bulk.is_working_day(office, np.array(["2024-05-03", "2024-05-04"], "datetime64[D]"))
        array([ True, False])
    """
    options: _Options = {"naive": naive, "errors": errors, "strict": strict}
    if not is_column(dates):
        return over_expressions(is_working_day, calendar, (dates,), **options)
    call = VerbCall(calendar, **options)
    (days,) = call.align(call.dates(dates, "dates"))
    call.refuse_provisional_dates(days)
    of_row = calendar.timeline.is_working_day
    return call.answer(
        call.arrays.is_working_date(days), lambda day: of_row(day + EPOCH_DAY), "truths"
    )


def roll(
    calendar: Calendar,
    dates: Any,
    convention: Literal["following", "preceding", "modified_following", "modified_preceding"],
    *,
    naive: str | None = None,
    errors: Errors = "raise",
    strict: bool = False,
) -> Any:
    """The dates, with each day off moved to a working day: `Calendar.roll` over a column.

    Args:
        calendar: The calendar.
        dates: A column of n dates.
        convention: Where a day off moves to, as for `Calendar.roll`.
        naive, errors, strict: As for `add`.

    Returns:
        A column of n dates, of the type of *dates*. For instants, a column of dates.

    Raises:
        CalendarError: *convention* is unknown.
        DateError: A date in a list cannot be read.
        NaiveDatetimeError, ColumnError, HorizonError, NeverOpen, ProvisionalError: As for `add`.

    Example:
        >>> import numpy as np
        >>> from slacalc import Calendar, bulk
        >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
        >>> dates = np.array(["2026-05-16", "2026-05-31"], "datetime64[D]")
        >>> bulk.roll(office, dates, "modified_following")
        array(['2026-05-18', '2026-05-29'], dtype='datetime64[D]')
    """
    if convention not in CONVENTIONS:
        raise unknown_convention(convention)
    options: _Options = {"naive": naive, "errors": errors, "strict": strict}
    if not is_column(dates):
        return over_expressions(roll, calendar, (dates,), convention=convention, **options)
    call = VerbCall(calendar, **options)
    (days,) = call.align(call.dates(dates, "dates"))
    answers = call.arrays.roll(days, convention)
    if strict:
        last = call.arrays.last_decisive_dates(days, answers, convention)
        call.refuse_provisional_dates(last)
    of_row = calendar.timeline.roll
    return call.answer(answers, lambda day: of_row(day + EPOCH_DAY, convention), "dates")


def end_of_working_day(
    calendar: Calendar,
    starts: Any,
    days: Any = 0,
    *,
    naive: str | None = None,
    errors: Errors = "raise",
    strict: bool = False,
) -> Any:
    """The last closing of each start's working day: `Calendar.end_of_working_day` over columns.

    Args:
        calendar: The calendar.
        starts: A column of n instants, or one instant for all rows.
        days: How many working days later: a column of n whole numbers, or one for all rows. Where
            one is missing, so is the answer.
        naive, errors, strict: As for `add`.

    Returns:
        A column of n instants.

    Raises:
        WorkError: A number of days is not whole.
        NaiveDatetimeError, ColumnError, HorizonError, NeverOpen, ProvisionalError: As for `add`.

    Example:
        >>> import numpy as np
        >>> from slacalc import Calendar, bulk
        >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
        >>> bulk.end_of_working_day(office, np.array(["2024-05-03T14:00"], "datetime64[s]"), 1)
        array(['2024-05-06T15:00:00'], dtype='datetime64[s]')
    """
    return _verb(
        end_of_working_day,
        calendar,
        {"starts": (VerbCall.instants, starts), "days": (VerbCall.counts, days)},
        options={"naive": naive, "errors": errors, "strict": strict},
    )


def _verb(
    verb: Callable[..., Any],
    calendar: Calendar,
    columns: dict[str, tuple[Callable[..., Any], Any]],
    *,
    options: dict[str, Any],
    edge: str | None = None,
    flags: dict[str, bool] | None = None,
    method: str = "",
    returns: Literal["instants", "lengths", "truths"] = "instants",
    depends_on_input: bool = False,
    is_inclusive: bool = False,
) -> Any:
    """Call a method of a calendar over columns; or by an expression, or once, if none is a column.

    Args:
        verb: The public function, which has the name of the calendar's method.
        calendar: The calendar.
        columns: By name, the method of `VerbCall` that reads each argument, and its value.
        options: *naive*, *errors* and *strict*.
        edge: The *edge*, for verbs that have one.
        flags: The same for the methods of `Arrays` and `Timeline`.
        method: The method of `Arrays`, if it has another name.
        returns: What the answers are.
        depends_on_input: Whether an answer is provisional where its input instants are.
        is_inclusive: As for `VerbCall`.
    """
    values = tuple(value for _, value in columns.values())
    if not any(map(is_column, values)):
        edges = {} if edge is None else {"edge": edge}
        return over_expressions(verb, calendar, values, **options, **edges)
    call, flags = VerbCall(calendar, **options, is_inclusive=is_inclusive), flags or {}
    arrays = [read(call, value, name) for name, (read, value) in columns.items()]
    if depends_on_input:
        call.refuse_provisional_input()
    of_row = getattr(calendar.timeline, verb.__name__)
    answers = getattr(call.arrays, method or verb.__name__)(*call.align(*arrays), **flags)
    return call.answer(answers, lambda *row: of_row(*row, **flags), returns)
