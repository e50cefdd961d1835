"""The functions of SQL say what the calendar's verbs say, and what columns say of policies."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import duckdb
import pytest

from slacalc import Calendar, Policy, bulk, presets
from slacalc.duckdb import register, register_policies
from slacalc.errors import PolicyError, TimeZoneError

OFFICE = Calendar(
    "Asia/Shanghai", {"mon-fri": "08:30-12:00, 13:00-17:30"}, holidays="CN", horizon=2030
)
ROWS = 5_000  # as in the table; more than DuckDB hands over at once


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    """With the office registered, and a table of instants, lengths and numbers of days."""
    made = duckdb.connect()
    register(made, OFFICE)
    made.execute(
        "CREATE TABLE tickets AS SELECT row, "
        "TIMESTAMPTZ '2024-01-01 00:00:00+00' + to_seconds(row * 7919) AS opened, "
        "CASE row % 3 WHEN 0 THEN '4h' WHEN 1 THEN '1h30m' END AS work, (row % 7 - 2) AS days "
        "FROM range(5000) rows(row)"
    )
    return made


def asked(connection: duckdb.DuckDBPyConnection, expression: str) -> list[Any]:
    """A column of answers, in the order of the rows."""
    query = f"SELECT {expression} FROM tickets ORDER BY row"  # noqa: S608 - the test's own
    return [answer for (answer,) in connection.sql(query).fetchall()]


def opened(row: int) -> datetime:
    return datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=7919 * row)


def works(row: int) -> str | None:
    return ("4h", "1h30m", None)[row % 3]


@pytest.mark.parametrize(
    ("expression", "one"),
    [
        ("sla_add(opened, '4h')", lambda row: OFFICE.add(opened(row), "4h")),
        (
            "sla_add(opened, work)",
            lambda row: OFFICE.add(opened(row), str(works(row))) if works(row) else None,
        ),
        ("sla_subtract(opened, '90m')", lambda row: OFFICE.subtract(opened(row), "90m")),
        (
            "sla_elapsed(opened, TIMESTAMPTZ '2024-06-01 00:00:00+00')",
            lambda row: OFFICE.elapsed(opened(row), "2024-06-01T00:00:00Z").as_timedelta(),
        ),
        ("sla_is_open(opened)", lambda row: OFFICE.is_open(opened(row))),
        ("sla_next_open(opened)", lambda row: OFFICE.next_open(opened(row))),
        ("sla_next_close(opened)", lambda row: OFFICE.next_close(opened(row))),
        (
            "sla_add_working_days(opened, days)",
            lambda row: OFFICE.add_working_days(opened(row), row % 7 - 2),
        ),
        (
            "sla_end_of_working_day(opened, 1)",
            lambda row: OFFICE.end_of_working_day(opened(row), 1),
        ),
    ],
)
def test_functions_are_the_verbs(
    connection: duckdb.DuckDBPyConnection, expression: str, one: Any
) -> None:
    """Row by row, over several batches, with what is missing missing."""
    answers = asked(connection, expression)
    assert len(answers) == ROWS
    for row in range(0, ROWS, 61):
        expected = one(row)
        if isinstance(expected, datetime):
            assert answers[row].timestamp() == expected.timestamp(), row
        else:
            assert answers[row] == expected, row


def test_a_figure_worked_out_by_hand(connection: duckdb.DuckDBPyConnection) -> None:
    """Friday 16:00 and four hours: an hour and a half, and two and a half on a make-up Saturday."""
    query = "SELECT sla_add(TIMESTAMPTZ '2024-09-13 16:00:00+08', '4h')"
    ((due,),) = connection.sql(query).fetchall()
    assert due == datetime(2024, 9, 14, 3, tzinfo=UTC)


def test_several_calendars_are_told_apart_by_their_prefixes(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """The first ones stay."""
    names = register(connection, Calendar("UTC", "always"), prefix="always_")
    assert "always_add" in names
    query = "SELECT always_add(opened, '4h'), sla_add(opened, '4h') FROM tickets WHERE row = 0"
    ((always, office),) = connection.sql(query).fetchall()
    assert always == opened(0) + timedelta(hours=4)
    assert office.timestamp() == OFFICE.add(opened(0), "4h").timestamp()


def test_to_register_again_replaces_the_functions() -> None:
    """A changed calendar, or policy, counts from then on: nine to five becomes ten to six."""
    fresh = duckdb.connect()
    for hours, due in (("9-17", "11:00"), ("10-18", "12:00")):
        office = Calendar("UTC", {"mon-fri": hours})
        register(fresh, office)
        table = {"all": [{"targets": {"done": "2 working hours"}}]}
        desk = Policy("desk", calendars={"office": office}, metrics={"done": {}}, tables=table)
        register_policies(fresh, {"desk": desk})
        created = "TIMESTAMPTZ '2024-05-06 06:00:00+00'"
        ticket = f"{{'created': {created}}}"
        query = f"SELECT sla_add({created}, '2h'), sla_deadline('desk', 'done', {ticket})"
        [answers] = fresh.sql(query).fetchall()
        assert [f"{at.astimezone(UTC):%H:%M}" for at in answers] == [due, due]


def test_nothing_stays_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    """NULL in, NULL out."""
    query = "SELECT sla_add(NULL, '4h'), sla_elapsed(NULL, NULL), sla_is_open(NULL)"
    assert connection.sql(query).fetchall() == [(None, None, None)]


@pytest.mark.parametrize(
    "call",
    [
        "sla_add(opened, length)",
        "sla_add(opened, '2h')",
        "sla_subtract(opened, text)",
        "sla_elapsed(opened, opened)",
        "sla_is_open(opened)",
        "sla_add_working_days(opened, days)",
        "sla_count_working_days(opened, opened, 'both')",
        "sla_is_working_day(opened)",
        "sla_roll(opened, 'following')",
    ],
)
def test_whole_vectors_of_nulls(connection: duckdb.DuckDBPyConnection, call: str) -> None:
    """DuckDB calls a function without rows if all rows of a vector have a NULL."""
    connection.sql(
        """
        CREATE OR REPLACE TEMP TABLE nulls AS
        SELECT CASE WHEN i < 0 THEN TIMESTAMPTZ '2024-05-03 10:00+00' END AS opened,
               INTERVAL 2 HOUR AS length, '2h' AS text, 3 AS days
        FROM range(3) AS numbers(i)
        """
    )
    query = f"SELECT count(*), count({call}) FROM nulls"  # noqa: S608 - the test's own
    assert connection.sql(query).fetchall() == [(3, 0)]


def test_an_error_says_what_is_wrong(connection: duckdb.DuckDBPyConnection) -> None:
    """DuckDB passes on what we say."""
    with pytest.raises(duckdb.Error, match="a bare number has no unit"):
        asked(connection, "sla_add(opened, '4')")


# Times without a zone -----------------------------------------------------------------------------

PARIS = Calendar("Europe/Paris", {"mon-fri": "9-17"})
SESSIONS = ["UTC", "Europe/Paris", "America/New_York", "Asia/Kathmandu"]
every_session = pytest.mark.parametrize("session", SESSIONS)


@pytest.fixture
def paris() -> duckdb.DuckDBPyConnection:
    """With Paris office hours: ``sla_`` refuses times without a zone, ``paris_`` reads them."""
    made = duckdb.connect()
    register(made, PARIS)
    register(made, PARIS, prefix="paris_", time_zone="Europe/Paris")
    return made


def single(connection: duckdb.DuckDBPyConnection, expression: str) -> Any:
    ((value,),) = connection.sql(f"SELECT {expression}").fetchall()
    return value


@every_session
@pytest.mark.parametrize(
    "naive",
    [
        "TIMESTAMP '2026-05-18 09:00:00'",
        "TIMESTAMP_S '2026-05-18 09:00:00'",
        "TIMESTAMP_MS '2026-05-18 09:00:00'",
        "TIMESTAMP_NS '2026-05-18 09:00:00'",
        "DATE '2026-05-18'",
        "'2026-05-18 09:00:00'",
        "'2026-05-18T09:00:00'",
        "'2026-05-18'",
        "'2026-05-18 09:00:00'::ENUM ('2026-05-18 09:00:00')",
    ],
)
def test_times_without_a_zone_are_refused(
    paris: duckdb.DuckDBPyConnection, session: str, naive: str
) -> None:
    """In each function and argument, as literals and as columns."""
    paris.execute(f"SET TimeZone = '{session}'")
    cure = r'has no time zone.*AT TIME ZONE.*register\(\.\.\., time_zone="Europe/Paris"\)'
    aware = "TIMESTAMPTZ '2026-05-18 09:00:00+02'"
    for call in (
        f"sla_add({naive}, '1h')",
        f"sla_subtract({naive}, '1h')",
        f"sla_elapsed({naive}, {aware})",
        f"sla_elapsed({aware}, {naive})",
        f"sla_is_open({naive})",
        f"sla_next_open({naive})",
        f"sla_next_close({naive})",
        f"sla_add_working_days({naive}, 1)",
        f"sla_end_of_working_day({naive}, 1)",
        f"sla_add(moment, '1h') FROM (SELECT {naive} AS moment FROM range(3))",  # noqa: S608 - text of the test
    ):
        with pytest.raises(duckdb.Error, match=cure):
            paris.sql(f"SELECT {call}").fetchall()


@every_session
@pytest.mark.parametrize(
    ("instant", "due"),
    [
        # Ten o'clock in Paris, which is two hours ahead of UTC.
        ("TIMESTAMPTZ '2026-05-18 09:00:00+02'", datetime(2026, 5, 18, 8, tzinfo=UTC)),
        ("'2026-05-18T09:00:00+02:00'", datetime(2026, 5, 18, 8, tzinfo=UTC)),
        ("'2026-05-18 07:00:00Z'", datetime(2026, 5, 18, 8, tzinfo=UTC)),
        ("'2026-05-18 16:00:00+09'", datetime(2026, 5, 18, 8, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("prefix", ["sla_", "paris_"])
def test_instants_do_not_depend_on_the_session(
    paris: duckdb.DuckDBPyConnection, session: str, instant: str, due: datetime, prefix: str
) -> None:
    paris.execute(f"SET TimeZone = '{session}'")
    assert single(paris, f"{prefix}add({instant}, '1h')") == due


@every_session
@pytest.mark.parametrize(
    ("naive", "due"),
    [
        ("TIMESTAMP '2026-05-18 09:30:00'", datetime(2026, 5, 18, 8, 30, tzinfo=UTC)),
        ("TIMESTAMP_S '2026-05-18 09:30:00'", datetime(2026, 5, 18, 8, 30, tzinfo=UTC)),
        ("TIMESTAMP_NS '2026-05-18 09:30:00'", datetime(2026, 5, 18, 8, 30, tzinfo=UTC)),
        ("'2026-05-18 09:30:00'", datetime(2026, 5, 18, 8, 30, tzinfo=UTC)),
        ("DATE '2026-05-18'", datetime(2026, 5, 18, 8, tzinfo=UTC)),  # from midnight on
        ("'2026-05-18'", datetime(2026, 5, 18, 8, tzinfo=UTC)),
        # In winter Paris is one hour ahead.
        ("TIMESTAMP '2026-01-19 09:30:00'", datetime(2026, 1, 19, 9, 30, tzinfo=UTC)),
    ],
)
def test_a_named_zone_reads_times_without_one(
    paris: duckdb.DuckDBPyConnection, session: str, naive: str, due: datetime
) -> None:
    paris.execute(f"SET TimeZone = '{session}'")
    assert single(paris, f"paris_add({naive}, '1h')") == due
    again = f"SELECT paris_add(moment, '1h') FROM (SELECT {naive} AS moment FROM range(3000))"  # noqa: S608 - text of the test
    assert {row for (row,) in paris.sql(again).fetchall()} == {due}


def test_sentinels_stop_a_query(paris: duckdb.DuckDBPyConnection) -> None:
    for sentinel in ("TIMESTAMP '0001-01-01'", "DATE '9999-12-31'", "'1753-01-01'"):
        with pytest.raises(duckdb.Error, match="outside the supported years"):
            single(paris, f"paris_add({sentinel}, '1h')")
    with pytest.raises(duckdb.Error, match="outside the supported years"):
        single(paris, "sla_next_open(TIMESTAMPTZ 'infinity')")


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(TimeZoneError, match="Europe/Pariss"):
        register(duckdb.connect(), PARIS, time_zone="Europe/Pariss")


# Lengths and numbers ------------------------------------------------------------------------------

NINE = "TIMESTAMPTZ '2026-05-18 09:00:00+02'"


@pytest.mark.parametrize(
    "length",
    [
        "INTERVAL 4 HOUR",
        "INTERVAL '4:00:00'",
        "INTERVAL 240 MINUTE",
        "to_hours(4)",
        "'4h'",
        "'PT4H'",
    ],
)
def test_intervals_are_lengths(paris: duckdb.DuckDBPyConnection, length: str) -> None:
    """Nine o'clock and four hours of work; and back."""
    assert single(paris, f"sla_add({NINE}, {length})") == datetime(2026, 5, 18, 11, tzinfo=UTC)
    one = "TIMESTAMPTZ '2026-05-18 13:00:00+02'"
    assert single(paris, f"sla_subtract({one}, {length})") == datetime(2026, 5, 18, 7, tzinfo=UTC)


def test_columns_of_intervals(paris: duckdb.DuckDBPyConnection) -> None:
    """Each row has its own; a NULL gives NULL; the answer of one function is read by another."""
    query = (
        f"SELECT sla_elapsed({NINE}, sla_add({NINE}, work)), work FROM (SELECT CASE WHEN n % 7 > 0 "  # noqa: S608 - text of the test
        "THEN to_minutes(n) + to_microseconds(n) END AS work FROM range(4000) rows(n))"
    )
    rows = paris.sql(query).fetchall()
    assert len(rows) == 4000
    assert all(answer == work for answer, work in rows)
    assert sum(answer is None for answer, _ in rows) == 572


@pytest.mark.parametrize(
    ("length", "message"),
    [
        ("INTERVAL 1 DAY", "an INTERVAL of 1 days is not a length of work: give hours"),
        ("INTERVAL 1 WEEK", "an INTERVAL of 7 days is not a length"),
        ("INTERVAL 2 MONTH", "an INTERVAL of 2 months is not a length"),
        ("INTERVAL 1 YEAR", "an INTERVAL of 12 months is not a length"),
        ("INTERVAL '1 day 2 hours'", "an INTERVAL of 1 days is not a length"),
        # In nanoseconds of 64 bits these are negative, and four hours and a half.
        ("to_hours(3_000_000)", "an INTERVAL of more than 2,562,047 hours is not a length"),
        ("to_hours(5_124_100)", "an INTERVAL of more than 2,562,047 hours is not a length"),
        ("'1 day'", "'1 day' is ambiguous"),
        ("'4'", "a bare number has no unit"),
        ("4", "4 .int. is not a length of work"),
        ("DATE '2026-01-01'", "not lengths of work"),
    ],
)
def test_what_is_not_a_length(paris: duckdb.DuckDBPyConnection, length: str, message: str) -> None:
    with pytest.raises(duckdb.Error, match=message):
        single(paris, f"sla_add({NINE}, {length})")


def test_texts_of_sessions_with_large_buffers(paris: duckdb.DuckDBPyConnection) -> None:
    """A session may be set to give out texts that Arrow calls large; answers are the same."""
    text = "'2026-05-18T09:00:00+02:00'"
    questions = {
        f"sla_add({text}, '4h')": datetime(2026, 5, 18, 11, tzinfo=UTC),
        f"sla_is_open({text})": True,
        "sla_count_working_days('2026-05-18', '2026-05-22', 'both')": 5,
    }
    paris.execute("SET arrow_large_buffer_size = true")
    try:
        for question, answer in questions.items():
            assert single(paris, question) == answer
    finally:
        paris.execute("RESET arrow_large_buffer_size")


@pytest.mark.parametrize("days", ["2", "2::TINYINT", "2::HUGEINT", "2::UBIGINT", "2.0", "'2'"])
def test_numbers_of_days_of_any_type(paris: duckdb.DuckDBPyConnection, days: str) -> None:
    """From Monday to Wednesday."""
    due = single(paris, f"sla_add_working_days({NINE}, {days})")
    assert due == datetime(2026, 5, 20, 7, tzinfo=UTC)


@pytest.mark.parametrize(("months", "count"), [(-1, "-1 months"), (3, "3 months")])
def test_months_in_one_of_many_rows_are_named(
    paris: duckdb.DuckDBPyConnection, months: int, count: str
) -> None:
    """Beside rows whose lengths are fine."""
    lengths = f"CASE n WHEN 2 THEN to_months({months}) ELSE to_hours(n) END"
    query = f"SELECT sla_add('2024-05-03T16:00:00Z', {lengths}) FROM range(5) rows(n)"  # noqa: S608 - the test's own
    with pytest.raises(duckdb.Error, match=f"an INTERVAL of {count} is not a length"):
        paris.sql(query).fetchall()


@pytest.mark.parametrize("days", ["2.5", "'two'", "INTERVAL 2 DAY", "2.5::DOUBLE"])
def test_what_is_not_a_number_of_days(paris: duckdb.DuckDBPyConnection, days: str) -> None:
    with pytest.raises(duckdb.Error, match="not whole numbers of days"):
        single(paris, f"sla_add_working_days({NINE}, {days})")


@pytest.mark.parametrize("value", ["TIME '09:00:00'", "1", "true", "[1]", "INTERVAL 1 HOUR"])
def test_what_is_not_an_instant(paris: duckdb.DuckDBPyConnection, value: str) -> None:
    with pytest.raises(duckdb.Error, match="not instants: give TIMESTAMPTZ"):
        single(paris, f"sla_next_open({value})")


def test_the_number_of_arguments_is_checked(paris: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.BinderException):
        single(paris, f"sla_is_open({NINE}, '1h')")


def test_other_cursors_have_the_functions(paris: duckdb.DuckDBPyConnection) -> None:
    assert single(paris.cursor(), f"sla_is_open({NINE})") is True


# Dates --------------------------------------------------------------------------------------------


def _date(row: int) -> date:
    return date(2026, 1, 1) + timedelta(days=row)


@pytest.mark.parametrize(
    ("expression", "one"),
    [
        (
            "sla_count_working_days({day}, DATE '2027-01-01')",
            lambda day: OFFICE.count_working_days(day, "2027-01-01"),
        ),
        (
            "sla_count_working_days('2027-01-01', {day}, 'both')",
            lambda day: OFFICE.count_working_days("2027-01-01", day, inclusive="both"),
        ),
        ("sla_is_working_day({day})", OFFICE.is_working_day),
        (
            "sla_add_working_days_to_date({day}, days)",
            lambda day: OFFICE.add_working_days(day, (day - date(2026, 1, 1)).days % 7 - 2),
        ),
        (
            "sla_roll({day}, 'modified_following')",
            lambda day: OFFICE.roll(day, "modified_following"),
        ),
    ],
)
@pytest.mark.parametrize(
    "day",
    [
        "(DATE '2026-01-01' + row::INT)",
        "(DATE '2026-01-01' + row::INT)::VARCHAR",
        # Half past midnight of the date in Shanghai, on the evening before in UTC.
        "(TIMESTAMPTZ '2026-01-01 00:30:00+08' + to_days(row::INT))",
        "((DATE '2026-01-01' + row::INT)::VARCHAR || 'T00:30:00+08:00')",
    ],
)
def test_functions_of_dates(
    connection: duckdb.DuckDBPyConnection, expression: str, one: Any, day: str
) -> None:
    """Dates, text and instants stand for the same dates."""
    connection.execute("SET TimeZone = 'UTC'")
    answers = asked(connection, expression.format(day=day))
    assert len(answers) == ROWS
    for row in range(0, ROWS, 61):
        assert answers[row] == one(_date(row)), row


def test_dates_by_hand(connection: duckdb.DuckDBPyConnection) -> None:
    """Around a make-up Saturday, 14 September 2024; NULL in, NULL out."""
    query = """
        SELECT sla_count_working_days(DATE '2024-09-13', DATE '2024-09-20'),
               sla_add_working_days_to_date('2024-09-13', 1),
               sla_roll(DATE '2024-09-15', 'preceding'),
               sla_is_working_day(NULL), sla_count_working_days(NULL, DATE '2024-09-20')
    """
    saturday = date(2024, 9, 14)
    assert connection.sql(query).fetchall() == [(4, saturday, saturday, None, None)]


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("sla_is_working_day(TIMESTAMP '2026-01-01 10:00:00')", "TIMESTAMP has no time zone"),
        ("sla_is_working_day('2026-01-01T10:00')", "has no time zone.*time_zone="),
        ("sla_is_working_day('soon')", "neither a date nor an instant"),
        ("sla_is_working_day(20260101)", "date holds int32, not dates"),
        ("sla_roll(DATE '2026-01-01', 'modified')", "modified_following"),
        ("sla_roll(DATE '2026-01-01', work)", "give the same one in all rows"),
        ("sla_count_working_days(DATE '2026-01-01', DATE '2026-01-01', 'all')", "neither"),
        ("sla_count_working_days(DATE '2026-01-01')", "start, end, inclusive"),
    ],
)
def test_what_is_not_a_date_is_refused(
    connection: duckdb.DuckDBPyConnection, expression: str, says: str
) -> None:
    """With what would be right."""
    with pytest.raises(duckdb.Error, match=says):
        asked(connection, expression)


def test_dates_with_a_zone_for_times_without_one(connection: duckdb.DuckDBPyConnection) -> None:
    """A date stays a date; a time is read in that zone, and is of a date in the calendar's."""
    register(connection, OFFICE, prefix="ny_", time_zone="America/New_York")
    query = """
        SELECT ny_is_working_day(DATE '2026-05-16'), ny_is_working_day('2026-05-16'),
               ny_is_working_day(TIMESTAMP '2026-05-15 20:00:00'),
               ny_is_working_day('2026-05-15T10:00')
    """
    assert connection.sql(query).fetchall() == [(False, False, False, True)]


# Policies -----------------------------------------------------------------------------------------

DIEXUN = presets.load("kingdee-diexun")
TICKETS = """
    CREATE TABLE desk AS SELECT row,
    CASE WHEN row % 11 <> 0
        THEN TIMESTAMPTZ '2024-01-01 00:00:00.000001+00' + to_seconds(row * 7919) END AS created,
    CASE WHEN row % 3 = 0
        THEN TIMESTAMPTZ '2024-01-02 00:00:00+00' + to_seconds(row * 8000) END AS arrived,
    CASE row % 13 WHEN 0 THEN 'pigeon' WHEN 1 THEN 'hotline' ELSE 'on-site' END AS channel,
    CASE row % 4 WHEN 0 THEN 'gold' WHEN 1 THEN 'silver' END AS tier,
    CASE WHEN row % 7 <> 0 THEN 'diexun' END AS policy
    FROM range(5000) rows(row)
"""
AS_OF = "2024-09-30 09:00:00+08"


@pytest.fixture
def desk() -> duckdb.DuckDBPyConnection:
    """With a policy registered, and a table of tickets, some of which it refuses."""
    made = duckdb.connect()
    register_policies(made, {"diexun": DIEXUN}, errors="null")
    made.execute(TICKETS)
    return made


@pytest.mark.parametrize("metric", ["arrival", "response"])
def test_policies_say_what_columns_say(desk: duckdb.DuckDBPyConnection, metric: str) -> None:
    """To the microsecond, in whatever zone the session is."""
    table = desk.sql("SELECT * FROM desk ORDER BY row").to_arrow_table()
    due = bulk.deadlines(DIEXUN, table, errors="column")
    states = bulk.evaluate(DIEXUN, table, "2024-09-30T09:00:00+08:00", errors="column")
    desk.execute("SET TimeZone = 'America/St_Johns'")
    answers = desk.sql(
        f"""
        SELECT sla_deadline('diexun', '{metric}', desk), sla_limit('diexun', '{metric}', desk),
               sla_state('diexun', '{metric}', desk, TIMESTAMPTZ '{AS_OF}'),
               sla_error('diexun', desk), sla_deadline(policy, '{metric}', desk)
        FROM desk ORDER BY row
        """  # noqa: S608 - the test's own
    ).fetchall()
    assert len(answers) == ROWS
    expected = [
        due[f"{metric}_due"].to_pylist(),
        due[f"{metric}_limit"].to_pylist(),
        states[f"{metric}_state"].to_pylist(),
        [
            None if created is None else error
            for created, error in zip(
                table["created"].to_pylist(), due["error"].to_pylist(), strict=True
            )
        ],
    ]
    assert [row[:4] for row in answers] == [*zip(*expected, strict=True)]
    assert [row[4] for row in answers] == [
        None if row % 7 == 0 else instant for row, instant in enumerate(expected[0])
    ]
    assert {row[0] is None for row in answers} == {True, False}


def test_text_that_is_not_an_instant_is_an_error_of_its_ticket() -> None:
    """Friday 16:00, gold, on site: due on Saturday at 16:00; a slip in one row leaves the others.

    The slips are 31 September, an arrival "soon", which deadlines do not depend on, and 2924.
    """
    made = duckdb.connect()
    register_policies(made, {"diexun": DIEXUN}, errors="null")
    made.execute(
        """
        CREATE TABLE desk AS SELECT *, 'on-site' AS channel, 'gold' AS tier FROM (VALUES
            ('2024-09-13T16:00:00+08:00', NULL), ('2024-09-31T16:00:00+08:00', NULL),
            ('2024-09-13T16:00:00+08:00', 'soon'), ('2924-09-13T16:00:00+08:00', NULL),
            (NULL, NULL)
        ) AS rows (created, arrived)
        """
    )
    due = datetime(2024, 9, 14, 8, tzinfo=UTC)
    as_of = "TIMESTAMPTZ '2024-09-13 18:00:00+08'"

    def rows(call: str) -> list[Any]:
        return [row for (row,) in made.sql(f"SELECT {call} FROM desk").fetchall()]  # noqa: S608 - the test's own

    assert rows("sla_deadline('diexun', 'arrival', desk)") == [due, None, due, None, None]
    assert rows(f"sla_state('diexun', 'arrival', desk, {as_of})") == ["running", *[None] * 4]
    first, *errors, last = rows(f"sla_error('diexun', desk, {as_of})")
    assert first is None
    assert last is None
    begins = "created: '2024-09-31", "arrived: 'soon' cannot be read", "created: 2924-09-13"
    assert [error.startswith(begin) for error, begin in zip(errors, begins, strict=True)] == [
        True
    ] * 3


@pytest.mark.parametrize(
    ("errors", "text"),
    [("raise", "soon"), ("null", "2024-09-13T16:00"), ("raise", "2924-01-01T00Z")],
)
def test_text_that_ends_a_query(errors: Literal["raise", "null"], text: str) -> None:
    """Any slip by default; text without an offset always, as the zone is missing in all rows."""
    made = duckdb.connect()
    register_policies(made, {"diexun": DIEXUN}, errors=errors)
    with pytest.raises(duckdb.InvalidInputException, match=f"created: '?{text[:10]}"):
        made.sql(f"SELECT sla_deadline('diexun', 'arrival', {{'created': '{text}'}})").fetchall()


def test_a_deadline_worked_out_by_hand() -> None:
    """Friday 16:00, gold, on site: next day, a make-up Saturday, at 16:00; in any zone."""
    made = duckdb.connect()
    register_policies(made, {"diexun": DIEXUN}, time_zone="Asia/Shanghai")
    due = datetime(2024, 9, 14, 8, tzinfo=UTC)
    for created in (
        "TIMESTAMP '2024-09-13 16:00:00'",
        "TIMESTAMPTZ '2024-09-13 08:00:00+00'",
        "'2024-09-13T10:00:00+02:00'",
        "'2024-09-13T16:00:00'",
    ):
        ticket = f"{{'created': {created}, 'channel': 'on-site', 'tier': 'gold'}}"
        query = f"SELECT sla_deadline('diexun', 'arrival', {ticket})"
        assert made.sql(query).fetchall() == [(due,)], created


def test_the_error_of_a_state_is_one_of_events_too(desk: duckdb.DuckDBPyConnection) -> None:
    """A ticket that ended before it was created has a deadline, and no state."""
    ticket = (
        "{'created': TIMESTAMPTZ '2024-09-13 16:00:00+08', 'channel': 'on-site', 'tier': 'gold', "
        "'arrived': TIMESTAMPTZ '2024-09-12 16:00:00+08'}"
    )
    now = f"TIMESTAMPTZ '{AS_OF}'"
    for_deadline, for_state, state = desk.sql(
        f"SELECT sla_error('diexun', {ticket}), sla_error('diexun', {ticket}, {now}), "
        f"sla_state('diexun', 'arrival', {ticket}, {now})"
    ).fetchall()[0]
    assert for_deadline is None
    assert state is None
    assert "arrived" in for_state
    with pytest.raises(duckdb.InvalidInputException, match=r"error has the arguments policy, "):
        desk.sql(f"SELECT sla_error({ticket})").fetchall()


@pytest.mark.parametrize(
    "call",
    [
        "sla_deadline(NULL, 'arrival', desk)",
        "sla_deadline('diexun', NULL, desk)",
        "sla_limit('diexun', 'arrival', NULL)",
        "sla_error('diexun', NULL)",
        "sla_state('diexun', 'arrival', desk, NULL)",
        "sla_deadline('diexun', 'arrival', {'created': NULL, 'channel': 'on-site'})",
        "sla_error('diexun', {'created': NULL::TIMESTAMPTZ, 'channel': 'pigeon'})",
        "sla_state('diexun', 'arrival', CASE WHEN row < 0 THEN desk END, now())",
    ],
)
def test_a_missing_argument_gives_nothing(desk: duckdb.DuckDBPyConnection, call: str) -> None:
    query = f"SELECT count(*), count({call}) FROM desk"  # noqa: S608 - the test's own
    assert desk.sql(query).fetchall() == [(ROWS, 0)]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("sla_deadline('diexin', 'arrival', desk)", "not the name of a registered policy .diexun"),
        ("sla_deadline('diexun', 'arival', desk)", "did you mean 'arrival'"),
        ("sla_deadline('diexun', 'arrival', channel)", "not tickets: give the name or alias"),
        ("sla_state('diexun', 'arrival', desk, created)", "give the same one in all rows"),
        (
            "sla_deadline('diexun', 'arrival', {'created': TIMESTAMP '2024-09-13 16:00:00'})",
            "no time zone",
        ),
        (
            "sla_deadline('diexun', 'arrival', desk)",
            "row=13, created=.*, channel=pigeon, tier=silver, .*: 'pigeon' is not",
        ),
    ],
)
def test_what_a_query_is_told(call: str, message: str) -> None:
    """By default the first ticket that a policy refuses ends the query too."""
    made = duckdb.connect()
    register_policies(made, {"diexun": DIEXUN})
    made.execute(TICKETS)
    with pytest.raises(duckdb.Error, match=message):
        made.sql(f"SELECT {call} FROM desk").fetchall()  # noqa: S608 - the test's own


def test_rows_without_an_instant_of_evaluation_have_no_state(
    desk: duckdb.DuckDBPyConnection,
) -> None:
    """The others have theirs."""
    as_of = f"CASE WHEN row % 2 = 0 THEN TIMESTAMPTZ '{AS_OF}' END"
    query = f"SELECT row % 2, count(sla_state('diexun', 'arrival', desk, {as_of})) > 0 FROM desk"  # noqa: S608 - the test's own
    assert {*desk.sql(f"{query} GROUP BY ALL").fetchall()} == {(0, True), (1, False)}


def test_policies_that_are_none_are_refused() -> None:
    with pytest.raises(PolicyError, match="not a policy"):
        register_policies(duckdb.connect(), {"office": OFFICE})  # type: ignore[dict-item] # wrong
    with pytest.raises(TimeZoneError):
        register_policies(duckdb.connect(), {}, time_zone="Europe/Pari")
