"""What SQL is written from, and answers by hand."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from importlib import reload
from typing import TYPE_CHECKING, Any

import pytest
import sqlglot

from slacalc import Calendar, presets, sql
from slacalc._sql.dialects import DIALECTS
from slacalc.errors import CalendarError, MissingExtraError, SqlError
from tests.sql.databases import Duck, SQLite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OFFICE = Calendar("Europe/Paris", {"mon-fri": "9-17"}, holidays=["2024-05-08"])
FRIDAY = "2024-05-03T16:00:00+02:00"
MOST_DIALECTS = ("spark", "bigquery", "snowflake", "redshift", "clickhouse")


@pytest.fixture(scope="module")
def sqlite() -> Iterator[SQLite]:
    made = SQLite()
    made.create(OFFICE, "desk", 2024, 2025)
    made.run("CREATE TABLE tickets (id INTEGER, opened TEXT, minutes REAL, on_date TEXT)")
    yield made
    made.close()


def answer(sqlite: SQLite, written: str, opened: Any, minutes: Any = None) -> Any:
    """The answer of an expression for one ticket."""
    sqlite.run("DELETE FROM tickets")
    sqlite.run("INSERT INTO tickets VALUES (1, ?, ?, ?)", (opened, minutes, opened))
    (found,) = sqlite.run(f"SELECT {written} FROM tickets")  # noqa: S608 - our own text
    return found[0]


@pytest.mark.parametrize(
    ("opened", "minutes", "due"),
    [
        (FRIDAY, 60, "2024-05-03T15:00:00.000000+00:00"),
        (FRIDAY, 61, "2024-05-06T07:01:00.000000+00:00"),
        (FRIDAY, 0.5, "2024-05-03T14:00:30.000000+00:00"),
        (FRIDAY, -421, "2024-05-02T14:59:00.000000+00:00"),
        ("2024-05-07 16:59:59.25+02:00", 0.00425, "2024-05-07T14:59:59.505000+00:00"),
        ("2024-05-07T15:30:00Z", 8 * 60, "2024-05-09T15:00:00.000000+00:00"),  # over the holiday
        (FRIDAY, 1e15, None),
        (FRIDAY, None, None),
        (None, 60, None),
        ("2024-05-03T16:00:00", 60, None),  # without an offset
        ("2024-05-03", 60, None),
        ("tomorrow", 60, None),
        (1714744800, 60, None),
        ("2023-12-31T23:59:59Z", 60, None),
        ("2026-01-01T00:00:00Z", -60, None),
        ("2025-12-31T16:30:00Z", 60, None),  # which is done in 2026
        ("2024-05-03T16:00+02:00", 60, "2024-05-03T15:00:00.000000+00:00"),
        ("2024-05-02T24:00:00+02:00", 60, "2024-05-03T08:00:00.000000+00:00"),
        ("2024-05-02T24:30:00+02:00", 60, None),
        ("2024-05-03T04:00:00 PM+02:00", 60, None),
        ("2024-05-03T16:00:00,5+02:00", 60, None),
        ("2024-05-03T16:00:00.1e5+02:00", 60, None),
        ("2024-02-30T10:00:00Z", 60, None),
        ("10:00:00.000000000000+02:00", 60, None),
        (FRIDAY, "61", "2024-05-06T07:01:00.000000+00:00"),
        (FRIDAY, "4h", None),
        (FRIDAY, "soon", None),
        (FRIDAY, "", None),
    ],
)
def test_due_dates_by_hand(sqlite: SQLite, opened: Any, minutes: Any, due: str | None) -> None:
    """ISO 8601 with an offset is an instant; all else, and what leads out of the table, is NULL."""
    sqlite.run("DROP TABLE IF EXISTS plain")
    sqlite.run("CREATE TABLE plain (opened, minutes)")  # which keep text that looks like numbers
    sqlite.run("INSERT INTO plain VALUES (?, ?)", (opened, minutes))
    written = sql.add("desk", "opened", "minutes", dialect="sqlite")
    assert sqlite.run(f"SELECT {written} FROM plain") == [(due,)]  # noqa: S608 - our own text


def test_units(sqlite: SQLite) -> None:
    """A unit is that of the length, or of the answer."""
    for unit, length in {"microseconds": 5_400_000_000, "seconds": 5400, "hours": 1.5}.items():
        written = sql.add("desk", "opened", "minutes", unit=unit, dialect="sqlite")  # type: ignore[arg-type]  # wrong on purpose
        assert answer(sqlite, written, FRIDAY, length) == "2024-05-06T07:30:00.000000+00:00"
        written = sql.add("desk", "opened", length, unit=unit, dialect="sqlite")  # type: ignore[arg-type]  # wrong on purpose
        assert answer(sqlite, written, FRIDAY) == "2024-05-06T07:30:00.000000+00:00"
        end = datetime(2024, 5, 6, 7, 30, tzinfo=UTC)
        written = sql.elapsed("desk", "opened", end, unit=unit, dialect="sqlite")  # type: ignore[arg-type]  # wrong on purpose
        assert answer(sqlite, written, FRIDAY) == length
    assert answer(sqlite, sql.elapsed("desk", "opened", end, dialect="sqlite"), FRIDAY) == 90
    assert answer(sqlite, sql.elapsed("desk", end, "opened", dialect="sqlite"), FRIDAY) == -90


def test_lengths_as_text(sqlite: SQLite) -> None:
    """A length with its unit is one; all other text is an expression in the unit."""
    for length in ("1h30m", "90 minutes", " PT1H30M", "+1.5h", "60 + 30", "90", "1.5 * 60"):
        written = sql.add("desk", "opened", length, dialect="sqlite")
        assert answer(sqlite, written, FRIDAY) == "2024-05-06T07:30:00.000000+00:00", length
    back = sql.add("desk", "opened", "-90m", dialect="sqlite")
    assert answer(sqlite, back, FRIDAY) == "2024-05-03T12:30:00.000000+00:00"


def test_lengths_beyond_all_tables() -> None:
    """Such a length or number of days, by itself or in a column, is NULL and ends no query."""
    duck = Duck()
    duck.create(OFFICE, "desk", 2024, 2025)
    most = 2**63 - 1
    duck.run(
        "CREATE TABLE tickets AS SELECT 1 AS id, "
        f"TIMESTAMPTZ '{FRIDAY}' AS opened, DATE '2024-05-03' AS day, {most} AS far"
    )
    for length in (1e300, float("inf"), -(10**30), timedelta.max, "99999999999h", "far", "-far"):
        written = sql.add("desk", "opened", length, dialect="duckdb")
        assert duck.expression(written) == [None], length
    for days in (10**30, -(10**30), most, "far", "-far"):
        of_dates = sql.add_working_days("desk", "tickets.day", days, dialect="duckdb")
        of_instants = sql.add_working_days("desk", "opened", days, of="instants", dialect="duckdb")
        assert duck.expression(of_dates) + duck.expression(of_instants) == [None, None], days


def test_closings_and_latest_starts_by_hand(sqlite: SQLite) -> None:
    """Friday's closing is 15:00 in UTC, Monday's opening 07:00; Wednesday 8 May is a holiday."""
    friday, monday = "2024-05-03T15:00:00.000000+00:00", "2024-05-06T15:00:00.000000+00:00"
    next_close = sql.next_close("desk", "opened", dialect="sqlite")
    previous_close = sql.previous_close("desk", "opened", dialect="sqlite")
    for opened, before, after in (
        (FRIDAY, "2024-05-02T15:00:00.000000+00:00", friday),
        ("2024-05-03T14:59:59.999999Z", "2024-05-02T15:00:00.000000+00:00", friday),
        ("2024-05-03T15:00:00Z", friday, monday),
        ("2024-05-05T12:00:00Z", friday, monday),
        ("2024-05-06T07:00:00Z", friday, monday),
        (
            "2024-05-08T12:00:00Z",
            "2024-05-07T15:00:00.000000+00:00",
            "2024-05-09T15:00:00.000000+00:00",
        ),
        ("2025-12-31T17:00:00Z", "2025-12-31T16:00:00.000000+00:00", None),  # closes in 2026
        ("2024-01-01T00:00:00Z", None, "2024-01-01T16:00:00.000000+00:00"),
        (None, None, None),
    ):
        assert answer(sqlite, previous_close, opened) == before, opened
        assert answer(sqlite, next_close, opened) == after, opened
    for length, edge, start in (
        ("2h", "open", "2024-05-03T14:00:00.000000+00:00"),
        ("1h", "open", "2024-05-06T07:00:00.000000+00:00"),
        ("1h", "previous_close", friday),
        (0, "open", "2024-05-06T08:00:00.000000+00:00"),
        ("-7h", "open", monday),
        ("-7h", "previous_close", "2024-05-07T07:00:00.000000+00:00"),
    ):
        written = sql.subtract("desk", "opened", length, edge=edge, dialect="sqlite")  # type: ignore[arg-type]  # a str
        assert answer(sqlite, written, "2024-05-06T10:00:00+02:00") == start, (length, edge)
    nothing = sql.subtract("desk", "opened", 0, dialect="sqlite")
    assert answer(sqlite, nothing, "2024-05-05T12:00:00Z") == friday


def test_edges(sqlite: SQLite) -> None:
    """Work that just fits ends at the closing, or at the next opening."""
    written = {
        edge: sql.add("desk", "opened", timedelta(hours=1), edge=edge, dialect="sqlite")
        for edge in ("close", "next_open")
    }
    assert answer(sqlite, written["close"], FRIDAY) == "2024-05-03T15:00:00.000000+00:00"
    assert answer(sqlite, written["next_open"], FRIDAY) == "2024-05-06T07:00:00.000000+00:00"


def test_working_days_by_hand(sqlite: SQLite) -> None:
    """Wednesday 8 May is a holiday; an instant stands for its date in Paris."""
    count = sql.count_working_days("desk", "on_date", date(2024, 5, 10), dialect="sqlite")
    assert answer(sqlite, count, "2024-05-03") == 4
    assert answer(sqlite, count, "2024-05-14") == -2
    assert answer(sqlite, count, FRIDAY) is None  # not a date
    of_instants = sql.count_working_days(
        "desk", "opened", datetime(2024, 5, 9, 21, tzinfo=UTC), of="instants", dialect="sqlite"
    )
    assert answer(sqlite, of_instants, "2024-05-05T22:30:00Z") == 2  # Monday 6, Tuesday 7
    add = sql.add_working_days("desk", "on_date", 3, dialect="sqlite")
    assert answer(sqlite, add, "2024-05-03") == "2024-05-09"
    assert answer(sqlite, add, "2024-05-04") == "2024-05-10"  # Saturday counts as Monday
    back = sql.add_working_days("desk", "on_date", -1, dialect="sqlite")
    assert answer(sqlite, back, "2024-05-09") == "2024-05-07"
    assert answer(sqlite, back, "2024-05-04") == "2024-05-02"  # Saturday counts as Friday
    assert answer(sqlite, add, "2024-02-30") is None  # which is no date
    by_column = sql.add_working_days("desk", "on_date", "minutes || ''", dialect="sqlite")
    assert answer(sqlite, by_column, "2024-05-03", 3) is not None
    assert answer(sqlite, by_column, "2024-05-03", "3d") is None
    assert answer(sqlite, add, "2025-12-30") is None
    assert answer(sqlite, back, "2024-01-01") is None


def test_whatever_is_outside_is_found(sqlite: SQLite) -> None:
    """Rows with a value for which there is no answer."""
    sqlite.run("DELETE FROM tickets")
    instants = [FRIDAY, "2026-01-01T00:00:00Z", None, "2024-05-03T16:00:00", "2023-12-31T23:59:59Z"]
    sqlite.run_many("INSERT INTO tickets (id, opened) VALUES (?, ?)", list(enumerate(instants)))
    check = sql.outside("desk", "opened", dialect="sqlite", source="tickets")
    assert [row[0] for row in sqlite.run(check)] == [1, 3, 4]


def test_integers_that_are_narrow_do_not_overflow() -> None:
    """Minutes of type INTEGER, or with decimals, are as good as any."""
    duck = Duck()
    duck.create(OFFICE, "desk", 2024, 2025)
    duck.run(f"CREATE TABLE tickets AS SELECT 1 AS id, TIMESTAMPTZ '{FRIDAY}' AS opened")
    for length in ("61::INTEGER", "61::SMALLINT", "61.0::DECIMAL(5, 1)", "61::DOUBLE"):
        (due,) = duck.expression(sql.add("desk", "opened", length, dialect="duckdb"))
        assert due == datetime(2024, 5, 6, 7, 1, tzinfo=UTC).timestamp() * 1_000_000
    for far in ("'infinity'", "'-infinity'", "'9999-12-31'", "'0001-01-01'"):
        written = sql.is_open("desk", f"TIMESTAMPTZ {far}", dialect="duckdb")
        assert duck.expression(written) == [None]


def test_times_without_a_zone_are_utc() -> None:
    """Whatever the zone of the session."""
    duck = Duck()
    duck.create(OFFICE, "desk", 2024, 2025)
    duck.run("CREATE TABLE tickets AS SELECT 1 AS id")
    opens = [
        sql.is_open("desk", f"TIMESTAMP '{at}'", dialect="duckdb")
        for at in ("2024-05-03 06:59:59.999999", "2024-05-03 07:00:00", "2024-05-03 15:00:00")
    ]
    assert [duck.expression(written) for written in opens] == [[False], [True], [False]]


def test_years_by_default() -> None:
    """From 2000 to 2040."""
    duck = Duck()
    duck.create(OFFICE, "desk")
    (ends,) = duck.run("SELECT min(begins), max(ends) FROM desk")
    assert ends == (946_684_800_000_000, 2_240_611_200_000_000)


def test_queries_are_sources(sqlite: SQLite) -> None:
    """One column after another can be added, and unqualified columns are those of the source."""
    sqlite.run("DROP TABLE IF EXISTS work")
    sqlite.run("CREATE TABLE work (begins TEXT, ends TEXT)")
    sqlite.run("INSERT INTO work VALUES (?, ?)", (FRIDAY, "2024-05-06T10:00:00+02:00"))
    spent = sql.elapsed("desk", "begins", "ends", dialect="sqlite", source="work", into="spent")
    whole = sql.add("desk", "begins", "spent", dialect="sqlite", source=spent, into="again")
    assert sqlite.run(f"SELECT spent, again FROM ({whole})") == [  # noqa: S608 - our own text
        (120, "2024-05-06T08:00:00.000000+00:00")
    ]


def test_columns_may_have_the_name_of_their_source(sqlite: SQLite) -> None:
    """With and without the name of its schema, in any case."""
    sqlite.run("DELETE FROM tickets")
    sqlite.run("INSERT INTO tickets (id, opened) VALUES (1, ?)", (FRIDAY,))
    for source, column in {
        "tickets": "tickets.opened",
        "main.tickets": "Tickets.opened",
        '"tickets"': "main.tickets.opened",
    }.items():
        query = sql.is_open("desk", column, dialect="sqlite", source=source)
        assert sqlite.run(f"SELECT is_open FROM ({query})") == [(1,)], source  # noqa: S608 - our own text


def test_a_function_that_is_a_statement_too(sqlite: SQLite) -> None:
    """`replace` mends times that have a slash or lack an offset, and lets nothing else in."""
    mended = "replace(replace(opened, '/', '-'), ' ', 'T') || 'Z'"
    written = sql.is_open("desk", mended, dialect="sqlite")
    assert answer(sqlite, written, "2024/05/03 14:00:00") == 1
    assert answer(sqlite, written, "2024/05/03 15:00:00") == 0
    for more in (") --", "; DROP TABLE x", " AS x", ", 1", ") OR (1 = 1", " FROM x"):
        with pytest.raises(SqlError, match="is not a column, or an expression of columns"):
            sql.is_open("desk", f"replace(opened, '/', '-'){more}", dialect="sqlite")


def test_a_column_that_the_source_leaves_out_may_be_new() -> None:
    """EXCLUDE drops the former due date, or all columns are of another table: one is left."""
    duck = Duck()
    duck.create(OFFICE, "desk", 2024, 2025)
    duck.run(f"CREATE TABLE tickets AS SELECT 1 AS id, TIMESTAMPTZ '{FRIDAY}' AS opened")
    both: dict[str, Any] = {"dialect": "duckdb", "into": "due"}
    former = sql.add("desk", "opened", "1h", source="tickets", **both)
    due = datetime(2024, 5, 3, 14, 30, tzinfo=UTC).timestamp() * 1_000_000
    for source in (
        f"SELECT * EXCLUDE (due) FROM ({former})",  # noqa: S608 - our own text
        f"SELECT tickets.* FROM ({former}) AS former JOIN tickets USING (id)",  # noqa: S608 - our own text
    ):
        assert duck.query(sql.add("desk", "opened", "30m", source=source, **both), "due") == [due]
    shown = f"SELECT former.* FROM ({former}) AS former"  # noqa: S608 - our own text
    with pytest.raises(SqlError, match="the source has a column due already"):
        sql.add("desk", "opened", 1, source=shown, **both)


def test_sources_are_tables_or_queries(sqlite: SQLite) -> None:
    """With or without parentheses; the parts of a query are the user's own."""
    sqlite.run("DELETE FROM tickets")
    sqlite.run("INSERT INTO tickets (id, opened) VALUES (1, ?), (2, NULL)", (FRIDAY,))
    for source in (
        "main.tickets",
        "SELECT * FROM tickets",
        "(SELECT id, opened FROM tickets)",
        "WITH all_of_them AS (SELECT * FROM tickets) SELECT * FROM all_of_them -- all",
        "SELECT id, max(opened) AS opened FROM tickets GROUP BY id",
    ):
        query = sql.is_open("desk", "opened", dialect="sqlite", source=source)
        found = sqlite.run(f"SELECT id, is_open FROM ({query}) ORDER BY id")  # noqa: S608 - our own text
        assert found == [(1, 1), (2, None)], source


def test_names_that_need_quotes(sqlite: SQLite) -> None:
    """Tables and columns may be called anything."""
    sqlite.run('CREATE TABLE "my tickets" ("Opened At" TEXT)')
    sqlite.run('INSERT INTO "my tickets" VALUES (?)', (FRIDAY,))
    for statement in sql.create(OFFICE, 'main."the desk"', 2024, 2024, dialect="sqlite"):
        sqlite.run(statement)
    query = sql.is_open(
        'main."the desk"', '"Opened At"', source='"my tickets"', into='"is open"', dialect="sqlite"
    )
    assert sqlite.run(query) == [(FRIDAY, 1)]


QUERY = sql.add("desk", "a", 1, dialect="duckdb", source="t")

BAD: dict[str, tuple[Callable[[], Any], str, str]] = {
    "dialect": (
        lambda: sql.is_open("desk", "a", dialect="postgresql"),
        "dialect",
        "did you mean 'postgres'",
    ),
    "name": (lambda: sql.is_open("desk; DROP TABLE x", "a", dialect="duckdb"), "name", "a table"),
    "alias of a table": (lambda: sql.is_open("desk d", "a", dialect="duckdb"), "name", "a table"),
    "no name": (lambda: sql.create(OFFICE, "", 2024, 2024, dialect="duckdb"), "name", "a table"),
    "two statements": (
        lambda: sql.is_open("desk", "a; DROP TABLE x", dialect="duckdb"),
        "instant",
        "is not a column, or an expression of columns, in the SQL of duckdb",
    ),
    "statement": (lambda: sql.is_open("desk", "DROP TABLE x", dialect="duckdb"), "instant", "not"),
    "alias": (lambda: sql.is_open("desk", "a AS b", dialect="duckdb"), "instant", "not a column"),
    "comment": (lambda: sql.is_open("desk", "a) --", dialect="duckdb"), "instant", "not a column"),
    "star": (lambda: sql.is_open("desk", "*", dialect="duckdb"), "instant", "not of one row"),
    "subquery": (
        lambda: sql.is_open("desk", "(SELECT max(a) FROM t)", dialect="duckdb"),
        "instant",
        "not of one row",
    ),
    "aggregate": (
        lambda: sql.add("desk", "a", "sum(b)", dialect="duckdb"),
        "length",
        "not of one row",
    ),
    "text of a length": (lambda: sql.add("desk", "a", "4x", dialect="duckdb"), "length", "'4x'"),
    "nothing": (lambda: sql.is_open("desk", "", dialect="duckdb"), "instant", "'' is not"),
    "no text": (lambda: sql.is_open("desk", None, dialect="duckdb"), "instant", "None is not"),  # type: ignore[arg-type]  # wrong on purpose
    "our column": (
        lambda: sql.elapsed("desk", "work", "ends", dialect="duckdb"),
        "start",
        "write its table before it, as in tickets.work",
    ),
    "source": (
        lambda: sql.is_open("desk", "a", dialect="duckdb", source="t; DROP TABLE x"),
        "source",
        "is not a table or a query",
    ),
    "into": (
        lambda: sql.is_open("desk", "a", dialect="duckdb", source="t", into="b, c"),
        "into",
        "is not the name of a column",
    ),
    "into with a table": (
        lambda: sql.is_open("desk", "a", dialect="duckdb", source="t", into="b.c"),
        "into",
        "is not the name of a column",
    ),
    "into a star": (
        lambda: sql.is_open("desk", "a", dialect="duckdb", source="t", into="*"),
        "into",
        "is not the name of a column",
    ),
    "into what the source has": (
        lambda: sql.add(
            "desk",
            "a",
            1,
            dialect="duckdb",
            source=sql.is_open("desk", "a", dialect="duckdb", source=QUERY),
        ),
        "into",
        "the source has a column due already",
    ),
    "into a column in capitals": (
        lambda: sql.is_open(
            "desk", "a", dialect="duckdb", source="SELECT 1 AS Is_Open, a FROM t", into="is_open"
        ),
        "into",
        "the source has a column is_open already",
    ),
    "length that is not a number": (
        lambda: sql.add("desk", "a", float("nan"), dialect="duckdb"),
        "length",
        "nan is not a length",
    ),
    "truth as a length": (
        lambda: sql.add("desk", "a", length=True, dialect="duckdb"),
        "length",
        "True",
    ),
    "truth as days": (
        lambda: sql.add_working_days("desk", "a", days=True, dialect="duckdb"),
        "days",
        "True is not",
    ),
    "all columns of a table": (
        lambda: sql.is_open("desk", "t.*", dialect="duckdb"),
        "instant",
        "not of one row",
    ),
    "outside of nothing": (
        lambda: sql.outside("desk", "a", dialect="duckdb", source=None),  # type: ignore[arg-type]  # wrong on purpose
        "source",
        "None is not a table or a query",
    ),
    "parameter": (lambda: sql.is_open("desk", "?", dialect="duckdb"), "instant", "a parameter"),
    "parameter as a table": (
        lambda: sql.is_open("desk", "a", dialect="duckdb", source="$x"),
        "source",
        "is not a table or a query",
    ),
    "depth": (
        lambda: sql.is_open("desk", "(" * 3_000, dialect="duckdb"),
        "instant",
        "is not a column",
    ),
    "unit": (
        lambda: sql.elapsed("desk", "a", "b", dialect="duckdb", unit="minute"),  # type: ignore[arg-type]  # wrong on purpose
        "unit",
        "did you mean 'minutes'",
    ),
    "of": (
        lambda: sql.count_working_days("desk", "a", "b", dialect="duckdb", of="date"),  # type: ignore[arg-type]  # wrong on purpose
        "of",
        "did you mean 'dates'",
    ),
    "an instant as a date": (
        lambda: sql.add_working_days("desk", datetime.now(UTC), 1, dialect="duckdb"),
        "start",
        "is not a column",
    ),
    "a date as an instant": (
        lambda: sql.count_working_days("d", date(2024, 5, 3), "b", of="instants", dialect="duckdb"),
        "start",
        "is not a column",
    ),
    "year": (lambda: sql.table(OFFICE, 1900, 2000), "first_year", "1900 is not a year from 1901"),
    "text of a year": (lambda: sql.table(OFFICE, 2000, "2001"), "last_year", "'2001' is not"),  # type: ignore[arg-type]  # wrong on purpose
    "years": (lambda: sql.table(OFFICE, 2000, 1999), "last_year", "1999 is before"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_refused(case: str) -> None:
    """Text that is not what it should be never gets into a statement."""
    call, where, message = BAD[case]
    with pytest.raises(SqlError, match=message) as caught:
        call()
    assert caught.value.where == where
    assert hasattr(caught.value, "given")


def test_unknown_choices_of_a_calendar() -> None:
    """They are refused as the calendar refuses them."""
    with pytest.raises(CalendarError, match="edge"):
        sql.subtract("desk", "a", "b", edge="close", dialect="duckdb")  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(CalendarError, match="edge"):
        sql.add("desk", "a", "b", edge="open", dialect="duckdb")  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(CalendarError, match="inclusive"):
        sql.count_working_days("desk", "a", "b", inclusive="all", dialect="duckdb")  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize("dialect", MOST_DIALECTS)
def test_some_databases_need_a_source(dialect: str) -> None:
    with pytest.raises(SqlError, match='source="tickets"'):
        sql.is_open("desk", "a", dialect=dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_statements_are_what_the_parser_of_the_dialect_knows(dialect: str) -> None:
    """Every statement parses, and no function in it is unknown to sqlglot's own reading."""
    both: dict[str, Any] = {"dialect": dialect, "source": "tickets"}
    statements = [
        *sql.create(OFFICE, "analytics.desk", 2024, 2024, dialect=dialect),
        sql.elapsed("analytics.desk", "a", "b", **both),
        sql.add("analytics.desk", "a", "minutes", **both),
        sql.subtract("analytics.desk", "a", "minutes", **both),
        sql.next_open("analytics.desk", "a", **both),
        sql.next_close("analytics.desk", "a", **both),
        sql.previous_close("analytics.desk", "a", **both),
        sql.is_open("analytics.desk", "a", **both),
        sql.count_working_days("analytics.desk", "a", "b", **both),
        sql.add_working_days("analytics.desk", "a", 3, **both),
        sql.outside("analytics.desk", "a", **both),
        sql.add_working_days("analytics.desk", "a", "days", of="instants", **both),
        sql.deadlines(
            presets.load("itil-standard"),
            {"office": "analytics.desk", "round-the-clock": "analytics.nonstop"},
            as_of="resolved",
            **both,
        ),
    ]
    for statement in statements:
        tree = sqlglot.parse_one(statement, dialect=dialect, error_level=sqlglot.ErrorLevel.RAISE)
        assert not isinstance(tree, sqlglot.exp.Command), statement[:80]


def test_without_the_extra_the_error_names_the_install_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sqlglot", None)
    with pytest.raises(MissingExtraError, match=r'pip install "slacalc\[sql\]"') as caught:
        reload(sql)
    assert caught.value.extra == "sql"
