"""Working time in a database: plain SQL over a calendar's table, beside what else there is.

DuckDB answers for all forms, in one process and in turn. The overlap join is what packages of dbt
do: the tickets joined to the hours of every date that they touch, and the overlaps added up. All
sums are compared before anything is timed.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa

from contract_speed import form_tables, race_forms
from slacalc import Calendar, sql
from slacalc.duckdb import register

if TYPE_CHECKING:
    from table_speed import Form

SEED = 20_261_129
ROWS = 200_000
FIRST_YEAR, LAST_YEAR = 2015, 2025
_AT_ONCE = 2_048  # rows that DuckDB passes to a function
_SECOND, _DAY = 1_000_000, 86_400 * 1_000_000
CALENDAR = Calendar(
    "Europe/Berlin", {"mon-fri": "09:00-12:00, 13:00-17:00", "sat": "10-14"}, holidays="DE"
)


def database(rows: int) -> duckdb.DuckDBPyConnection:
    """Tickets of up to ten days, the table of the calendar, its functions, and its hours."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for statement in sql.create(CALENDAR, "desk", FIRST_YEAR, LAST_YEAR, dialect="duckdb"):
        connection.execute(statement)
    register(connection, CALENDAR)
    draw = np.random.default_rng(SEED)
    first, last = 1_420_100_000 * _SECOND, 1_760_000_000 * _SECOND
    opened = draw.integers(first, last, rows)
    instants = pa.timestamp("us", "UTC")
    tickets = pa.table(
        {
            "opened": pa.array(opened, instants),
            "closed": pa.array(opened + draw.integers(0, 10 * _DAY, rows), instants),
            "id": pa.array(np.arange(rows)),
        }
    )
    connection.register("drawn", tickets)
    connection.execute("CREATE TABLE tickets AS SELECT * FROM drawn")
    connection.execute(
        "CREATE TABLE hours AS SELECT make_timestamptz(begins) AS opens, "
        "make_timestamptz(ends) AS closes FROM desk WHERE is_open = 1"
    )
    return connection


OVERLAPS = """
    SELECT sum(work) FROM (
        SELECT id, sum(epoch_us(least(closed, closes)) - epoch_us(greatest(opened, opens))) AS work
        FROM tickets JOIN hours ON opens < closed AND opened < closes GROUP BY id
    )
"""


def queries() -> dict[str, dict[str, str]]:
    """The forms of each question, and its floor."""
    elapsed: dict[str, Any] = {"dialect": "duckdb", "unit": "microseconds"}
    between = partial(sql.elapsed, "desk", "opened", "closed", **elapsed)
    of_function = "SELECT sum(epoch_us(sla_elapsed(opened, closed))) FROM tickets"
    due = sql.add("desk", "opened", "8h", dialect="duckdb", source="tickets")
    due_expression = sql.add("desk", "opened", "8h", dialect="duckdb")
    return {
        "elapsed": {
            "`sql.elapsed`, joins": f"SELECT sum(elapsed) FROM ({between(source='tickets')})",  # noqa: S608 - our own text
            "`sql.elapsed`, an expression": f"SELECT sum({between()}) FROM tickets",  # noqa: S608 - our own text
            "`sla_elapsed` of `slacalc.duckdb`": of_function,
            "an overlap join": OVERLAPS,
            "`closed - opened`: the floor": "SELECT sum(epoch_us(closed) - epoch_us(opened)) "
            "FROM tickets",
        },
        "add": {
            "`sql.add`, joins": f"SELECT sum(epoch_us(due)) FROM ({due})",  # noqa: S608 - our own text
            "`sql.add`, an expression": f"SELECT sum(epoch_us({due_expression})) FROM tickets",  # noqa: S608 - our own text
            "`sla_add` of `slacalc.duckdb`": "SELECT sum(epoch_us(sla_add(opened, '8h'))) "
            "FROM tickets",
            "`opened + INTERVAL 8 HOUR`: the floor": "SELECT sum(epoch_us(opened + "
            "INTERVAL 8 HOUR)) FROM tickets",
        },
    }


def functions(rows: int = ROWS) -> dict[str, list[Form]]:
    """Our functions, each with a function over Arrow that does nothing, on one thread.

    Those have the same arguments, and results of the same type.
    """
    connection = database(rows)
    connection.execute("SET threads = 1")
    length, openness = pa.array([0], pa.duration("us")), pa.array([True])
    lengths, truths = (column.take(pa.array([0] * _AT_ONCE)) for column in (length, openness))
    bare: dict[str, tuple[Any, str]] = {
        "add(opened, '8h')": (lambda opened, _: opened, "TIMESTAMP WITH TIME ZONE"),
        "elapsed(opened, closed)": (lambda opened, _: lengths[: len(opened)], "INTERVAL"),
        "is_open(opened)": (lambda opened: truths[: len(opened)], "BOOLEAN"),
        "next_open(opened)": (lambda opened: opened, "TIMESTAMP WITH TIME ZONE"),
    }

    def ask(call: str) -> None:
        connection.execute(f"SELECT max({call}) FROM tickets").fetchall()  # noqa: S608 - our own text

    results = {}
    for call, (function, kind) in bare.items():
        name, _, _ = call.partition("(")
        connection.create_function(f"bare_{name}", function, None, kind, type="arrow")  # type: ignore[call-overload] # types may be named
        ours, floor = f"sla_{call}", f"bare_{call}"
        races = {f"`{ours}`": partial(ask, ours)}
        bare_form = ("an Arrow function that does nothing", partial(ask, floor))
        results[ours] = race_forms(races, bare_form, rows)
    return results


def measured(rows: int = ROWS) -> dict[str, list[Form]]:
    """All forms of each question, in rounds.

    Raises:
        DisagreementError: Their answers differ.
    """
    connection = database(rows)

    def ask(query: str) -> int:
        (answer,) = connection.execute(query).fetchall()
        return int(answer[0])

    results = {}
    for question, forms in queries().items():
        *races, (floor, of_floor) = forms.items()
        calls = {name: partial(ask, query) for name, query in races}
        results[question] = race_forms(calls, (floor, partial(ask, of_floor)), rows)
    return results


def sql_table(results: dict[str, list[Form]], of_functions: dict[str, list[Form]]) -> str:
    """Nanoseconds of a row."""
    titles = {"elapsed": "Working time between two instants", "add": "Eight working hours added"}
    return form_tables(
        {
            f"{titles[question]}: {forms[0].counted:,} rows, a row": forms
            for question, forms in results.items()
        }
        | {f"`{call}` on one thread, a row": forms for call, forms in of_functions.items()}
    )
