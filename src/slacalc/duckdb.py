"""A calendar's methods, and policies, as SQL functions in DuckDB.

After ``register(connection, office)``, queries can call ``sla_add(opened, '4h')`` and eleven more
functions; after ``register_policies(connection, {"desk": policy})`` also
``sla_deadline('desk', 'response', tickets)``. DuckDB passes a few thousand rows at a time as Arrow
columns, which `slacalc.bulk` works out at once.

The functions take arguments of any type. If they declared TIMESTAMPTZ, DuckDB itself would convert
times without a zone, in the time zone that its session happens to have.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from slacalc._calendar.calendar import check_calendar
from slacalc.errors import require_extra

require_extra("duckdb", "functions of DuckDB need", "duckdb", "pyarrow")

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from slacalc import bulk
from slacalc._bulk.tickets import TicketColumns
from slacalc._calendar.arguments import is_date, to_ordinal
from slacalc._calendar.compilation import zone_of
from slacalc._clock.events import CREATED
from slacalc._columns.input import check_choice, read_dates, read_instant, read_instants
from slacalc._policy.policy import check_policy
from slacalc._report.attainment import metrics_of
from slacalc._time.instants import to_utc, zone
from slacalc.errors import (
    ColumnError,
    HorizonError,
    InstantError,
    NaiveDatetimeError,
    WorkError,
    located,
    unknown_metric,
    unknown_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from slacalc._calendar.calendar import Calendar
    from slacalc._policy.policy import Policy
    from slacalc._time.instants import Zone
    from slacalc.errors import SlacalcError

__all__ = ["register", "register_policies"]

_INSTANT = "TIMESTAMP WITH TIME ZONE"
_INSTANTS = pa.timestamp("us", "UTC")
_LONGEST_QUOTE = 200
_LONGEST_INTERVAL = "2,562,047"  # hours, in nanoseconds of 64 bits


class _Zones(NamedTuple):
    """The time zone of times without one, and that of the calendar."""

    naive: str | None
    calendar: Zone


_ARROW_TYPES = {
    _INSTANT: _INSTANTS,
    "INTERVAL": pa.duration("us"),
    "BOOLEAN": pa.bool_(),
    "BIGINT": pa.int64(),
    "DATE": pa.date32(),
}
"""The types of columns that the functions return, by their SQL types."""


class _SqlFunction(NamedTuple):
    """A verb with the readers of its arguments, by their names in errors, and its SQL type."""

    verb: Callable[..., Any]
    arguments: dict[str, Callable[..., Any]]
    returns: str
    optional: Mapping[str, Callable[..., Any]] = MappingProxyType({})


def register(
    connection: duckdb.DuckDBPyConnection,
    calendar: Calendar,
    *,
    prefix: str = "sla_",
    time_zone: str | None = None,
) -> tuple[str, ...]:
    """Register a calendar's methods as SQL functions on a DuckDB connection.

    With the default prefix they are:

    - ``sla_add(start, length)`` and ``sla_subtract(end, length)``, where the length is text such as
      ``'4h'`` or an ``INTERVAL`` without months and days, return ``TIMESTAMPTZ``;
    - ``sla_elapsed(start, end)`` returns the working time as an ``INTERVAL``;
    - ``sla_is_open(instant)`` returns a ``BOOLEAN``;
    - ``sla_next_open(instant)`` and ``sla_next_close(instant)`` return ``TIMESTAMPTZ``;
    - ``sla_add_working_days(start, days)`` and ``sla_end_of_working_day(start, days)``, where the
      days are whole numbers, return ``TIMESTAMPTZ``;
    - ``sla_count_working_days(start, end)``, half-open, and
      ``sla_count_working_days(start, end, inclusive)``, with an *inclusive* such as ``'both'``,
      return a ``BIGINT``;
    - ``sla_is_working_day(date)`` returns a ``BOOLEAN``;
    - ``sla_add_working_days_to_date(date, days)`` and ``sla_roll(date, convention)``, with a
      convention such as ``'modified_following'``, return a ``DATE``.

    Dates are ``DATE``, text such as ``'2024-05-03'``, or instants, which stand for their dates in
    the calendar's zone. Instants are ``TIMESTAMPTZ``, or text with an offset such as
    ``'2024-05-03T16:00:00+02:00'``. A NULL argument gives NULL. No answer depends on the
    ``TimeZone`` of the session.

    Args:
        connection: The DuckDB connection.
        calendar: The calendar. To register several, give each a prefix of its own.
        prefix: The beginning of the functions' names. Those of the same names that the connection
            has from an earlier call are replaced.
        time_zone: The time zone in which ``TIMESTAMP``, text without an offset and, where an
            instant is meant, ``DATE`` (its midnight) are read, such as ``"Europe/Paris"``. Default:
            they are refused.

    Returns:
        The names of the functions.

    Raises:
        TimeZoneError: *time_zone* is not a time zone.
        MissingExtraError: DuckDB or PyArrow is not installed. Raised when this module is imported.

    Example:
        >>> import duckdb
        >>> from slacalc import Calendar
        >>> from slacalc.duckdb import register
        >>> connection = duckdb.connect()
        >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
        >>> names = register(connection, office)
        >>> query = "SELECT sla_add('2024-05-03T16:00:00+02:00'::TIMESTAMPTZ, '2h')::VARCHAR"
        >>> connection.sql(query).fetchall()
        [('2024-05-06 08:00:00+00',)]

        Times without a zone need one:

        >>> names = register(connection, office, prefix="paris_", time_zone="Europe/Paris")
        >>> query = "SELECT paris_add(TIMESTAMP '2024-05-03 16:00:00', INTERVAL 2 HOUR)::VARCHAR"
        >>> connection.sql(query).fetchall()
        [('2024-05-06 08:00:00+00',)]
    """
    check_calendar(calendar)
    if time_zone is not None:
        zone(time_zone)  # which refuses unknown ones
    for name, function in _FUNCTIONS.items():
        call = _over_arrow(function, calendar, time_zone)
        _create(connection, prefix + name, call, function.returns)
    return tuple(prefix + name for name in _FUNCTIONS)


def _create(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    function: Callable[..., Any],
    returns: str,
    **options: Any,
) -> None:
    """Create a function, in place of one that this connection has created under the name."""
    with suppress(duckdb.InvalidInputException):  # there is none
        connection.remove_function(name)
    connection.create_function(  # type: ignore[call-overload] # types may be named
        name, function, None, returns, type="arrow", **options
    )


def register_policies(
    connection: duckdb.DuckDBPyConnection,
    policies: Mapping[str, Policy],
    *,
    prefix: str = "sla_",
    time_zone: str | None = None,
    errors: Literal["raise", "null"] = "raise",
) -> tuple[str, ...]:
    """Register what policies promise tickets as SQL functions on a DuckDB connection.

    With the default prefix they are:

    - ``sla_deadline(policy, metric, ticket)`` and ``sla_limit(policy, metric, ticket)`` return
      ``TIMESTAMPTZ``, the due date and the limit of `bulk.deadlines`;
    - ``sla_state(policy, metric, ticket, as_of)`` returns a ``VARCHAR``, the state of
      `bulk.evaluate`; *as_of* is the same instant in all rows;
    - ``sla_error(policy, ticket)`` returns a ``VARCHAR``, why the ticket has no deadlines because
      the policy refuses it, and NULL if it does not; with *as_of* as the third argument, why it
      has no state.

    The ticket is a row of a table, by the name of the table or its alias, or a ``STRUCT`` such as
    ``{'created': opened_at, 'priority': severity}``. Its fields are the columns that
    `bulk.deadlines` and `bulk.evaluate` read. Where the policy, the metric, the ticket, its
    ``created`` or *as_of* is NULL, so is the answer.

    Args:
        connection: The DuckDB connection.
        policies: The policies, by the names that queries call them.
        prefix: The beginning of the functions' names.
        time_zone: As for `register`.
        errors: What happens with a ticket that a policy refuses: ``"raise"`` ends the query with
            the error, ``"null"`` makes the answer NULL. The same holds for a ticket with text that
            is not an instant, or outside the years 1900 to 2200; text without an offset ends the
            query in any case, unless *time_zone* names its zone.

    Returns:
        The names of the functions.

    Raises:
        PolicyError: One of them is not a policy.
        TimeZoneError: *time_zone* is not a time zone.
        MissingExtraError: As for `register`.

    Example:
        >>> import duckdb
        >>> from slacalc import presets
        >>> from slacalc.duckdb import register_policies
        >>> connection = duckdb.connect()
        >>> names = register_policies(connection, {"diexun": presets.load("kingdee-diexun")})
        >>> query = '''
        ...     SELECT sla_deadline('diexun', 'arrival', tickets)::VARCHAR
        ...     FROM (SELECT '2024-09-13T16:00:00+08:00'::TIMESTAMPTZ AS created,
        ...                  'on-site' AS channel, 'gold' AS tier) AS tickets
        ... '''
        >>> connection.sql(query).fetchall()
        [('2024-09-14 08:00:00+00',)]
    """
    for policy in policies.values():
        check_policy(policy)
    check_choice(errors, "errors", ("raise", "null"))
    if time_zone is not None:
        zone(time_zone)  # which refuses unknown ones
    call = _PolicyCall(dict(policies), time_zone, "column" if errors == "null" else "raise")
    functions: dict[str, tuple[Callable[..., Any], str]] = {
        "deadline": (call.deadline, _INSTANT),
        "limit": (call.limit, _INSTANT),
        "state": (call.state, "VARCHAR"),
        "error": (call.error, "VARCHAR"),
    }
    for name, (function, returns) in functions.items():
        _create(connection, prefix + name, function, returns, null_handling="special")
    return tuple(prefix + name for name in functions)


class _PolicyCall(NamedTuple):
    """The functions of policies over Arrow columns, which may have NULLs."""

    policies: dict[str, Policy]
    time_zone: str | None
    errors: Literal["raise", "column"]

    def deadline(self, policy: Any, metric: Any, ticket: Any) -> Any:
        return self.answer("due", _INSTANTS, ticket, policy, metric)

    def limit(self, policy: Any, metric: Any, ticket: Any) -> Any:
        return self.answer("limit", _INSTANTS, ticket, policy, metric)

    def state(self, policy: Any, metric: Any, ticket: Any, as_of: Any) -> Any:
        return self.answer("state", pa.string(), ticket, policy, metric, as_of=as_of)

    def error(self, *arguments: Any) -> Any:
        _check_count("error", ("policy", "ticket", "as_of"), 2, len(arguments))
        policy, ticket, as_of, *_ = *arguments, None
        collect = self._replace(errors="column")
        return collect.answer("error", pa.string(), ticket, policy, as_of=as_of)

    def answer(
        self, column: str, kind: Any, ticket: Any, *keys: Any, as_of: Any | None = None
    ) -> Any:
        """A column of what `bulk` says about tickets, with one call for each policy and metric.

        Args:
            column: The column; that of the metric, if there is one.
            kind: Its type.
            ticket: The tickets.
            keys: The policy of each ticket, and perhaps its metric.
            as_of: The instants of evaluation. Default: the deadlines.
        """
        if not pa.types.is_struct(ticket.type) and not pa.types.is_null(ticket.type):
            msg = (
                f"ticket holds {ticket.type}, not tickets: give the name or alias of a table, or a "
                "struct such as {'created': opened_at, 'priority': severity}"
            )
            raise ColumnError(msg, column="ticket", given=str(ticket.type))
        at = None if as_of is None else self._only_instant(as_of)
        if pa.types.is_null(ticket.type) or (at is None and as_of is not None):
            return pa.nulls(len(ticket), kind)
        names = [field.name for field in ticket.type]
        table = pa.Table.from_arrays(ticket.combine_chunks().flatten(), names)
        is_present = np.ones(len(ticket), np.bool_)
        for needed in ([table[CREATED]] if CREATED in names else []) + [as_of] * (at is not None):
            is_present &= needed.is_valid().to_numpy()
        rows: dict[tuple[str, ...], list[int]] = {}
        for row, key in enumerate(zip(*(each.to_pylist() for each in keys), strict=True)):
            if is_present[row] and None not in key:
                rows.setdefault(key, []).append(row)
        parts, places = [pa.array([], kind)], np.full(len(ticket), -1)
        for (name, *metric), of_key in rows.items():
            answer = self._ask("_".join([*metric, column]), name, table.take(of_key), at, *metric)
            places[of_key] = np.arange(len(of_key)) + sum(map(len, parts))
            parts += answer.cast(kind).chunks
        return pa.concat_arrays(parts).take(pa.array(places, mask=places < 0))

    def _ask(
        self, column: str, name: str, table: Any, at: datetime | None, metric: str | None = None
    ) -> Any:
        """A column of `bulk.deadlines` or `bulk.evaluate` for tickets of one policy."""
        if name not in self.policies:
            what, known = "the name of a registered policy", [*self.policies]
            raise unknown_name(ColumnError, what, name, known, column="policy", given=name)
        policy = self.policies[name]
        if metric is not None and metric not in metrics_of(policy):
            raise unknown_metric(metric, metrics_of(policy), policy.name)
        columns = TicketColumns.of(policy, for_evaluate=at is not None)
        unreadable: dict[int, SlacalcError] = {}
        for place, field in enumerate(table.schema):
            if field.name in (CREATED, *columns.events, *columns.dates):
                instants = self._instants(table[field.name], field.name, unreadable)
                table = table.set_column(place, field.name, instants)
        if at is None:
            answer = bulk.deadlines(policy, table, errors="column")
        else:
            answer = bulk.evaluate(policy, table, at, errors="column")
        errors = answer["error"]
        if self.errors == "raise" and errors.null_count < len(errors):
            # DuckDB numbers no rows, so the ticket is named by its values.
            row = int(np.flatnonzero(errors.is_valid())[0])
            ticket, error = table.slice(row, 1).to_pylist()[0], errors[row].as_py()
            known = [f"{field}={value}" for field, value in ticket.items() if value is not None]
            msg = f"{', '.join(known)[:_LONGEST_QUOTE]}: {error}"
            raise ColumnError(msg, column="ticket", given=ticket)
        if not unreadable:
            return answer[column]
        texts = {row: str(error) for row, error in unreadable.items() if column == "error"}
        others = pa.array([texts.get(row) for row in range(len(table))], answer[column].type)
        is_read = pa.array([row not in unreadable for row in range(len(table))])
        return pc.if_else(is_read, answer[column], others)

    def _instants(
        self, column: Any, what: str, row_errors: dict[int, SlacalcError] | None = None
    ) -> Any:
        """A column of instants, as `_instants` reads it, of which all may be NULL.

        Args:
            column: The column.
            what: Its name in errors.
            row_errors: Collects the errors of rows, unless they are raised.
        """
        if column.null_count == len(column):
            return pa.nulls(len(column), _INSTANTS)
        zones = _Zones(self.time_zone, zone("UTC"))
        return _instants(column, what, zones, row_errors if self.errors == "column" else None)

    def _only_instant(self, column: Any) -> datetime | None:
        """The only instant in a column; None if all of it is NULL."""
        known = self._instants(column, "as_of").drop_null()
        at = _option(known, "as_of", None) if len(known) else None
        return cast("datetime | None", at)


def _over_arrow(function: _SqlFunction, calendar: Calendar, time_zone: str | None) -> Any:
    """A verb over Arrow columns; DuckDB itself leaves out the rows with a NULL argument."""
    zones = _Zones(time_zone, zone_of(calendar))
    readers = {**function.arguments, **function.optional}

    def call(*columns: Any) -> Any:
        name, required = function.verb.__name__, len(function.arguments)
        _check_count(name, readers, required, len(columns))
        if not len(columns[0]):  # each row has a NULL
            return pa.nulls(0, _ARROW_TYPES[function.returns])
        values = {
            what: read(column, what, zones)
            for (what, read), column in zip(readers.items(), columns, strict=False)
        }
        optional = {what: values.pop(what) for what in function.optional if what in values}
        return function.verb(calendar, *values.values(), **optional)

    # DuckDB counts the arguments of a function; those without a type may have any.
    def unary(instants: Any) -> Any:
        return call(instants)

    def binary(instants: Any, others: Any) -> Any:
        return call(instants, others)

    if function.optional:
        return call
    return unary if len(function.arguments) == 1 else binary


def _check_count(name: str, arguments: Collection[str], required: int, count: int) -> None:
    """Check the number of arguments of a call; the last ones may be left away."""
    if not required <= count <= len(arguments):
        msg = f"{name} has the arguments {', '.join(arguments)}, but is called with {count}"
        raise ColumnError(msg, column="", given=count)


# Reading arguments --------------------------------------------------------------------------------


def _instants(
    column: Any, what: str, zones: _Zones, row_errors: dict[int, SlacalcError] | None = None
) -> Any:
    """A column of instants with a time zone.

    Args:
        column: The column.
        what: Its name in errors.
        zones: The time zones.
        row_errors: Collects the errors of texts that are not instants, which become NULL. Default:
            the first of them is raised.

    Raises:
        NaiveDatetimeError, InstantError: It has no time zone and none is named; or it is text that
            cannot be read.
        ColumnError: It holds something else.
    """
    time_zone, kind = zones.naive, column.type
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return column
    if _is_text(kind):
        read = partial(_read_text, time_zone=time_zone)
        return _of_text(column, what, read, _INSTANTS, row_errors)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        if time_zone is None:
            name = "DATE" if pa.types.is_date(kind) else "TIMESTAMP"
            raise NaiveDatetimeError(_no_time_zone(f"{what}: {name}"), given=str(kind))
        if pa.types.is_date(kind):
            column = column.cast(pa.timestamp("s"))
        return pa.array(read_instants(column, what, time_zone, zone(time_zone)).values, _INSTANTS)
    msg = f"{what} holds {kind}, not instants: give TIMESTAMPTZ, or text with an offset"
    raise ColumnError(msg, column=what, given=str(kind))


def _dates(column: Any, what: str, zones: _Zones) -> Any:
    """A column of dates, or of instants with a time zone.

    Raises:
        DateError: It is text that cannot be read.
        NaiveDatetimeError, InstantError, ColumnError: As for `_instants`.
    """
    if pa.types.is_date(column.type):
        return column
    if pa.types.is_timestamp(column.type):
        return _instants(column, what, zones)
    if not _is_text(column.type):
        msg = f"{what} holds {column.type}, not dates: give DATE, TIMESTAMPTZ or text"
        raise ColumnError(msg, column=what, given=str(column.type))

    def read(text: str) -> date:
        at: datetime | str = text
        if zones.naive is not None and not is_date(text):
            at = to_utc(read_instant(text, "the text", zones.naive))
        try:
            return date.fromordinal(to_ordinal(at, zones.calendar))
        except NaiveDatetimeError:
            raise NaiveDatetimeError(_no_time_zone(repr(text)), given=text) from None

    return _of_text(column, what, read, pa.date32())


def _is_text(kind: Any) -> bool:
    """Whether a column has texts, perhaps large ones by the session's settings, or is an ENUM."""
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind)
    )


def _of_text(
    column: Any,
    what: str,
    read: Callable[[str], Any],
    kind: Any,
    row_errors: dict[int, SlacalcError] | None = None,
) -> Any:
    """A column of text as one of another type, of which each distinct text is read once.

    Args:
        column: The column.
        what: Its name in errors.
        read: Reads a text.
        kind: The other type.
        row_errors: As for `_instants`. The error of text without a time zone is raised in any
            case, as `register` can name the zone for all rows.
    """
    column = column.combine_chunks()
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    coded = column.dictionary_encode()
    known: list[Any] = []
    errors: dict[int, SlacalcError] = {}
    for code, text in enumerate(coded.dictionary.to_pylist()):
        try:
            with located(what):
                known.append(read(text))
        except (InstantError, HorizonError) as error:
            if row_errors is None or isinstance(error, NaiveDatetimeError):
                raise
            errors[code] = error
            known.append(None)
    if row_errors is not None and errors:
        for row, code in enumerate(coded.indices.to_pylist()):
            if code in errors:
                row_errors.setdefault(row, errors[code])
    return pa.array(known, kind).take(coded.indices)


def _read_text(text: str, time_zone: str | None) -> int:
    try:
        return read_instant(text, "the text", time_zone)
    except NaiveDatetimeError:
        raise NaiveDatetimeError(_no_time_zone(repr(text)), given=text) from None


def _no_time_zone(subject: str) -> str:
    return (
        f"{subject} has no time zone, and the session's is not used: give TIMESTAMPTZ, as in "
        "(opened AT TIME ZONE 'Europe/Paris'), or name the zone in which such times are read, as "
        'in register(..., time_zone="Europe/Paris")'
    )


def _lengths(column: Any, what: str, _: _Zones) -> Any:
    """A column of lengths of work, or the only length in it.

    Raises:
        WorkError: An INTERVAL has months or days, or is longer than nanoseconds can count.
    """
    kind = column.type
    if not pa.types.is_interval(kind):
        return _constant(column) if _is_text(kind) or pa.types.is_integer(kind) else column
    column = (column if _constant(column) is column else column[:1]).combine_chunks()
    # By row, months and days as one number, then nanoseconds: the form in which Arrow has them.
    numbers = np.frombuffer(column.buffers()[1], np.int64)
    numbers = numbers[2 * column.offset : 2 * (column.offset + len(column))]
    if len(rows := np.flatnonzero(numbers[::2])):
        months, days, _ = column[int(rows[0])].as_py()
        count = f"{months} months" if months else f"{days} days"
        msg = (
            f"an INTERVAL of {count} is not a length of work: give hours, such as "
            "INTERVAL 8 HOUR or '8h', or count working days with add_working_days"
        )
        raise WorkError(msg, given=count, where=what)
    microseconds, rest = np.divmod(numbers[1::2], 1_000)
    if rest.any():  # DuckDB counts microseconds, so these nanoseconds have overflowed
        msg = f"an INTERVAL of more than {_LONGEST_INTERVAL} hours is not a length of work"
        raise WorkError(msg, given=_LONGEST_INTERVAL, where=what)
    works = microseconds.view("timedelta64[us]")
    return works[0] if len(works) == 1 else works


def _counts(column: Any, what: str, _: _Zones) -> Any:
    """A column of whole numbers, or the only number in it.

    Raises:
        WorkError: A number is not whole.
    """
    if not pa.types.is_integer(column.type):  # such as a sum, which has decimals
        try:
            column = column.cast(pa.int64())
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            msg = f"{what} holds {column.type}, not whole numbers of days"
            raise WorkError(msg, given=str(column.type)) from None
    return _constant(column)


def _option(column: Any, what: str, _: _Zones | None) -> Any:
    """The only text in a column.

    Raises:
        ColumnError: It is not the same in all rows.
    """
    value = _constant(column)
    if value is column:
        values = column.unique().to_pylist()
        msg = f"{what} is {' and '.join(map(repr, values))}: give the same one in all rows"
        raise ColumnError(msg, column=what, given=values)
    return value


def _constant(column: Any) -> Any:
    """The value of a column that has only one, which is faster; else the column."""
    return column[0].as_py() if column[1:].equals(column[:-1]) else column


def _add_to_dates(calendar: Calendar, dates: Any, days: Any) -> Any:
    """`bulk.add_working_days` of dates; instants stand for theirs."""
    if not pa.types.is_date(dates.type):
        known = read_dates(dates, "date", None, zone_of(calendar)).values
        dates = pa.array(known, pa.int64()).cast(pa.int32()).cast(pa.date32())
    return bulk.add_working_days(calendar, dates, days)


_ONE = {"instant": _instants}
_FUNCTIONS = {
    "add": _SqlFunction(bulk.add, {"start": _instants, "length": _lengths}, _INSTANT),
    "subtract": _SqlFunction(bulk.subtract, {"end": _instants, "length": _lengths}, _INSTANT),
    "elapsed": _SqlFunction(bulk.elapsed, {"start": _instants, "end": _instants}, "INTERVAL"),
    "is_open": _SqlFunction(bulk.is_open, _ONE, "BOOLEAN"),
    "next_open": _SqlFunction(bulk.next_open, _ONE, _INSTANT),
    "next_close": _SqlFunction(bulk.next_close, _ONE, _INSTANT),
    "add_working_days": _SqlFunction(
        bulk.add_working_days, {"start": _instants, "days": _counts}, _INSTANT
    ),
    "end_of_working_day": _SqlFunction(
        bulk.end_of_working_day, {"start": _instants, "days": _counts}, _INSTANT
    ),
    "count_working_days": _SqlFunction(
        bulk.count_working_days,
        {"start": _dates, "end": _dates},
        "BIGINT",
        optional={"inclusive": _option},
    ),
    "is_working_day": _SqlFunction(bulk.is_working_day, {"date": _dates}, "BOOLEAN"),
    "add_working_days_to_date": _SqlFunction(
        _add_to_dates, {"date": _dates, "days": _counts}, "DATE"
    ),
    "roll": _SqlFunction(bulk.roll, {"date": _dates, "convention": _option}, "DATE"),
}
