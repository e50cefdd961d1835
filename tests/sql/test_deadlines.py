"""Due dates and breaches of a table of tickets, in databases and by `bulk`."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from slacalc import Policy, bulk, presets, sql
from slacalc._time.instants import DAY, HOUR, MINUTE, year_start
from slacalc.errors import SqlError
from tests.sql.databases import Database, SQLite, as_integer, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MISSING = np.iinfo(np.int64).min
START = year_start(2024)
AS_OF = "2024-09-01T12:00:00Z"
CONTRACT = Policy.from_toml("""
name     = "contract"
calendar = "office"

[calendars.office]
time_zone = "Europe/Berlin"
week      = { mon-fri = "8-12, 13-17" }
holidays  = ["2024-05-01", "2024-05-09"]

[calendars.nights]
time_zone = "America/New_York"
week      = { daily = "22-06" }

[semantics]
exact_fit = "next_opening"
at_due    = "breached"

[attributes]
tier    = { values = ["gold", "silver"], optional = true }
level   = { values = [1, 2], default = 2 }
product = { kind = "text" }
site    = { kind = "text", optional = true }

[metrics.response]
start = "created"
stop  = "responded"

[metrics.repair]
start = "accepted"
stop  = "repaired"

[[tables.basic]]
when = { product = ["pump", "valve's"], level = 1 }
[tables.basic.targets]
response = { within = "2 working hours", limit = "8 working hours" }
repair   = "4 working days"

[[tables.basic]]
when = { product = { not = "pump" } }
[tables.basic.targets]
response = "1 working day"
repair   = { within = "12 working hours", limit = "6 calendar days" }

[[tables.extra]]
when = { tier = "gold" }
[tables.extra.targets]
response.within = "6 working hours"
response.calendar = { field = "site", night = "nights", default = "office" }
repair   = "36 hours"

[[adjustments]]
when  = { tier = "gold" }
scale = { repair = 0.5 }

[[refusals]]
when    = { product = "toaster" }
because = "toasters are not served"
""")


def create_calendars(database: Database, policy: Policy) -> dict[str, str]:
    """The table of each calendar."""
    names = {}
    for number, (name, calendar) in enumerate(policy.calendars.items()):
        table = names[name] = f"calendar_{number}"
        database.create(calendar, table, 2024, 2025)
    return names


def fill(database: Database, tickets: Mapping[str, Sequence[Any]], instants: Sequence[str]) -> None:
    """Put tickets into the database; instants are in microseconds."""
    kinds = {
        name: database.types["instant"]
        if name in instants
        else "INTEGER"
        if any(isinstance(value, int) for value in column)
        else "TEXT"
        for name, column in tickets.items()
    }
    columns = ", ".join(f'"{name}" {kind}' for name, kind in kinds.items())
    database.run("DROP TABLE IF EXISTS tickets")
    database.run(f"CREATE TABLE tickets (id INTEGER, {columns})")
    rows = []
    for number, row in enumerate(zip(*tickets.values(), strict=True)):
        texts = [
            text_of(value) if name in instants else value
            for name, value in zip(tickets, row, strict=True)
        ]
        literals = [
            "NULL"
            if value is None
            else str(value)
            if isinstance(value, int)
            else "'" + value.replace("'", "''") + "'"
            for value in texts
        ]
        rows.append(f"({number}, {', '.join(literals)})")
    database.run(f"INSERT INTO tickets VALUES {', '.join(rows)}")  # noqa: S608 - our own text


def answers(database: Database, query: str, names: Sequence[str]) -> dict[str, list[Any]]:
    """The answers of a query, by column."""
    rows = database.run(f"SELECT {', '.join(names)} FROM ({query}) AS answered ORDER BY id")  # noqa: S608 - our own text
    columns = zip(*rows, strict=True)
    return {
        name: [as_integer(value) for value in column]
        for name, column in zip(names, columns, strict=True)
    }


def by_bulk(
    policy: Policy, tickets: Mapping[str, Sequence[Any]], instants: Sequence[str]
) -> dict[str, list[Any]]:
    """The due dates and breaches of `bulk`; of faulty rows there are none."""
    table = {
        name: np.array([MISSING if value is None else value for value in column]).astype(
            "datetime64[us]"
        )
        if name in instants
        else list(column)
        for name, column in tickets.items()
    }
    due = bulk.deadlines(policy, table, errors="column")
    state = bulk.evaluate(policy, table, AS_OF, errors="column")
    results = {}
    for metric in policy.metrics:
        for field in ("due", "limit"):
            column = due[f"{metric}_{field}"].astype("datetime64[us]").astype(np.int64)
            results[f"{metric}_{field}"] = [None if v == MISSING else int(v) for v in column]
        breached = ~np.isnat(state[f"{metric}_breached_at"])
        results[f"{metric}_breached"] = [
            None if at is None else int(value)
            for at, value in zip(results[f"{metric}_due"], breached, strict=True)
        ]
    return results


def assert_same(
    database: Database,
    policy: Policy,
    tickets: Mapping[str, Sequence[Any]],
    instants: Sequence[str],
    has_limit: Sequence[str] = (),
) -> None:
    tables = create_calendars(database, policy)
    fill(database, tickets, instants)
    as_of = "TIMESTAMPTZ '2024-09-01 12:00:00+00'"
    if database.dialect == "sqlite":
        as_of = f"'{AS_OF}'"
    query = sql.deadlines(policy, tables, dialect=database.dialect, source="tickets", as_of=as_of)
    wanted = by_bulk(policy, tickets, instants)
    assert any(value for column in wanted.values() for value in column)
    for metric in policy.metrics:
        if f"{metric}_limit" not in has_limit:
            assert not any(wanted.pop(f"{metric}_limit"))
    found = answers(database, query, [*wanted])
    for name, column in wanted.items():
        assert found[name] == column, name


def test_itil(database: Database) -> None:
    """A derived priority, two calendars, hours, working hours and working days."""
    levels = ("high", "medium", "low", None, "unknown")
    pairs = list(product(levels, levels)) * 5
    created = [START + number * 41 * HOUR + number * 61 * MINUTE for number, _ in enumerate(pairs)]
    tickets: dict[str, Sequence[Any]] = {
        "created": created,
        "impact": [impact for impact, _ in pairs],
        "urgency": [urgency for _, urgency in pairs],
        "responded": [
            at + (number % 13) * 3 * HOUR if number % 3 else None
            for number, at in enumerate(created)
        ],
        "resolved": [
            at + (number % 11) * DAY if number % 4 else None for number, at in enumerate(created)
        ],
    }
    instants = ("created", "responded", "resolved")
    assert_same(database, presets.load("itil-standard"), tickets, instants)


def test_a_contract(database: Database) -> None:
    """Two tables, limits, texts, defaults, refusals, factors, a calendar by attribute."""
    combinations = list(
        product(
            ("gold", "silver", None),
            (1, 2, None),
            ("pump", "valve's", "lamp", "toaster"),
            ("night", "day", None),
        )
    )
    count = len(combinations)
    created = [START + number * 43 * HOUR + number * 13 * MINUTE for number in range(count)]
    tickets: dict[str, Sequence[Any]] = {
        "created": created,
        "accepted": [
            at + number % 50 * HOUR if number % 5 else None for number, at in enumerate(created)
        ],
        "tier": [row[0] for row in combinations],
        "level": [row[1] for row in combinations],
        "product": [row[2] for row in combinations],
        "site": [row[3] for row in combinations],
        "responded": [at + number % 30 * HOUR for number, at in enumerate(created)],
        "repaired": [
            at + (60 + number % 90) * HOUR if number % 3 else None
            for number, at in enumerate(created)
        ],
    }
    instants = ("created", "accepted", "responded", "repaired")
    assert_same(database, CONTRACT, tickets, instants, ["response_limit", "repair_limit"])


def test_other_names_of_columns() -> None:
    """Columns and derived attributes may be named; a missing attribute may be left out."""
    database = SQLite()
    policy = presets.load("itil-standard")
    tables = create_calendars(database, policy)
    database.run('CREATE TABLE tickets ("Opened At" TEXT, prio INTEGER)')
    database.run("INSERT INTO tickets VALUES ('2024-05-03T10:00:00Z', 3)")
    columns = {"created": '"Opened At"', "priority": "prio", "impact": None, "urgency": None}
    query = sql.deadlines(policy, tables, dialect="sqlite", source="tickets", columns=columns)
    assert database.run(f"SELECT response_due FROM ({query})") == [  # noqa: S608 - our own text
        ("2024-05-03T11:00:00.000000+00:00",)
    ]
    database.close()


LEVELS = Policy.from_toml("""
name     = "levels"
calendar = "office"

[calendars.office]
time_zone = "UTC"
week      = { mon-fri = "9-17" }

[attributes]
tier  = { values = ["gold"], optional = true }
level = { values = [0, 1, 10], default = 1 }

[metrics.response]
stop = "responded"

[[tables.all]]
when = { level = 10 }
targets.response = "10 working minutes"
[[tables.all]]
when = { level = 0 }
targets.response = "30 working minutes"
[[tables.all]]
when = { tier = "gold" }
targets.response = "20 working minutes"
[[tables.all]]
targets.response = "1 working minute"
""")


@pytest.mark.parametrize("kind", ["DOUBLE PRECISION", "NUMERIC(9, 2)", "INTEGER", "TEXT"])
def test_whole_numbers_may_have_decimals(database: Database, kind: str) -> None:
    """A level of 10.00 is 10; of 1.5, 100 or 1.01 there is none, and of empty text neither."""
    tables = create_calendars(database, LEVELS)
    instant = database.types["instant"]
    database.run("DROP TABLE IF EXISTS tickets")
    database.run(f"CREATE TABLE tickets (id INTEGER, created {instant}, tier TEXT, level {kind})")
    minutes = {"0": 30, "1": 1, "10": 10, "100": None, "NULL": 1}
    if kind != "INTEGER":
        minutes |= {"1.5": None, "1.01": None, "10.0": 10, "0.01": None}
    rows = [(level, "NULL", answer) for level, answer in minutes.items()]
    rows += [("1", "'gold'", 20), ("1", "''", None), ("1", "'Gold'", None)]
    values = ", ".join(
        f"({number}, '2024-05-03T10:00:00+00:00', {tier}, {level})"
        for number, (level, tier, _) in enumerate(rows)
    )
    database.run(f"INSERT INTO tickets VALUES {values}")  # noqa: S608 - our own text
    query = sql.deadlines(LEVELS, tables, dialect=database.dialect, source="tickets")
    start = as_integer("2024-05-03T10:00:00+00:00")
    wanted = [None if answer is None else start + answer * MINUTE for *_, answer in rows]
    assert answers(database, query, ["response_due"])["response_due"] == wanted


BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "a column that nothing reads": (
        {"columns": {"creatd": "opened"}},
        "columns",
        "'creatd' is not a column that the policy reads .*did you mean 'created'",
    ),
    "no column of creation": (
        {"columns": {"created": None}},
        "columns.created",
        "only attributes may have none",
    ),
    "no column of an event": (
        {"columns": {"responded": None}},
        "columns.responded",
        "only attributes may have none",
    ),
    "a list of columns": ({"columns": ["created"]}, "columns", "does not name columns"),
    "no tables": ({"tables": None}, "tables", "does not name tables"),
    "no source": ({"source": None}, "source", "is not a table or a query"),
    "a due date twice": (
        {"source": "SELECT created, tier, level, 1 AS response_due FROM tickets"},
        "into",
        "the source has a column response_due already",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_arguments_that_are_refused(case: str) -> None:
    """What would be read from another column, or from none."""
    arguments, where, message = BAD[case]
    every: dict[str, Any] = {"tables": "desk", "source": "tickets", **arguments}
    with pytest.raises(SqlError, match=message) as caught:
        sql.deadlines(LEVELS, dialect="duckdb", **every)
    assert caught.value.where == where


REFUSED = {
    "kingdee-diexun": "a condition tests when a ticket was received",
    "unida": "it has coverage",
    "mingdun": "the target of result in row 1 of complaints is end of working day",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_columns_cannot_say_is_refused_by_name(name: str) -> None:
    with pytest.raises(SqlError, match=REFUSED[name]) as caught:
        sql.deadlines(presets.load(name), "desk", dialect="duckdb", source="tickets")
    assert caught.value.where == "policy"
    assert "slacalc.bulk" in str(caught.value)


def test_each_calendar_needs_a_table() -> None:
    policy = presets.load("itil-standard")
    with pytest.raises(SqlError, match="several calendars") as caught:
        sql.deadlines(policy, "desk", dialect="duckdb", source="tickets")
    assert caught.value.where == "tables"
    with pytest.raises(SqlError, match="round-the-clock"):
        sql.deadlines(policy, {"office": "desk"}, dialect="duckdb", source="tickets")
