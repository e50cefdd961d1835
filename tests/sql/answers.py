"""Every function of `slacalc.sql` over tickets in a database, beside the answers of `bulk`."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from slacalc import Calendar, bulk, sql
from slacalc._time.instants import year_start
from slacalc.errors import HorizonError, NeverOpen
from tests.sql.databases import EPOCH
from tests.strategies.calendars import to_us

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.sql.databases import Database, Ticket

INSTANTS = (
    "add",
    "add to next_open",
    "subtract",
    "subtract to previous_close",
    "next_open",
    "next_close",
    "previous_close",
    "add_working_days to instants",
)
MISSING = np.iinfo(np.int64).min
Inclusive = Literal["left", "right", "both", "neither"]
INCLUSIVE: Final[tuple[Inclusive, ...]] = ("left", "right", "both", "neither")


def _column(tickets: Sequence[Ticket], name: str, kind: str) -> Any:
    values = [getattr(ticket, name) for ticket in tickets]
    return np.array([MISSING if value is None else value for value in values]).astype(kind)


def _integers(column: Any) -> list[int | None]:
    if isinstance(column, np.ma.MaskedArray):
        return list(column.tolist())
    if column.dtype.kind == "b":
        return [int(value) for value in column]
    return [None if value == MISSING else int(value) for value in column.astype(np.int64)]


def expected(calendar: Calendar, tickets: Sequence[Ticket]) -> dict[str, list[int | None]]:
    """The answers of `bulk`, in microseconds, days and numbers."""
    a, b = (_column(tickets, name, "datetime64[us]") for name in "ab")
    length = _column(tickets, "length", "timedelta64[us]")
    day_a, day_b = (_column(tickets, name, "datetime64[D]") for name in ("day_a", "day_b"))
    days = [ticket.days for ticket in tickets]
    answers = {
        "elapsed": bulk.elapsed(calendar, a, b),
        "add": bulk.add(calendar, a, length, errors="null"),
        "add to next_open": bulk.add(calendar, a, length, edge="next_open", errors="null"),
        "subtract": bulk.subtract(calendar, a, length, errors="null"),
        "subtract to previous_close": bulk.subtract(
            calendar, a, length, edge="previous_close", errors="null"
        ),
        "next_open": bulk.next_open(calendar, a, errors="null"),
        "next_close": bulk.next_close(calendar, a, errors="null"),
        "is_open": bulk.is_open(calendar, a),
        "add_working_days to instants": bulk.add_working_days(calendar, a, days, errors="null"),
        "add_working_days": bulk.add_working_days(calendar, day_a, days, errors="null"),
    }
    for inclusive in INCLUSIVE:
        answers[f"count {inclusive}"] = bulk.count_working_days(
            calendar, day_a, day_b, inclusive=inclusive
        )
        answers[f"count instants {inclusive}"] = bulk.count_working_days(
            calendar, a, b, inclusive=inclusive
        )
    integers = {name: _integers(column) for name, column in answers.items()}
    integers["previous_close"] = [_previous_close(calendar, ticket.a) for ticket in tickets]
    integers["is_open"] = [  # NumPy has no missing truths
        None if ticket.a is None else value
        for ticket, value in zip(tickets, integers["is_open"], strict=True)
    ]
    return integers


def _previous_close(calendar: Calendar, instant: int | None) -> int | None:
    """The answer of the calendar itself, since `bulk` has no such verb."""
    if instant is None:
        return None
    with suppress(HorizonError, NeverOpen):
        return to_us(calendar.previous_close(EPOCH + timedelta(microseconds=instant)))
    return None


def written(dialect: str, source: str | None) -> dict[str, str]:
    """The SQL for the same."""
    both: dict[str, Any] = {"dialect": dialect, "source": source, "into": "answer"}
    add = {"length": "length", "unit": "microseconds", **both}
    texts = {
        "elapsed": sql.elapsed("desk", "a", "b", unit="microseconds", **both),
        "add": sql.add("desk", "a", **add),
        "add to next_open": sql.add("desk", "a", edge="next_open", **add),
        "subtract": sql.subtract("desk", "a", **add),
        "subtract to previous_close": sql.subtract("desk", "a", edge="previous_close", **add),
        "next_open": sql.next_open("desk", "a", **both),
        "next_close": sql.next_close("desk", "a", **both),
        "previous_close": sql.previous_close("desk", "a", **both),
        "is_open": sql.is_open("desk", "a", **both),
        "add_working_days to instants": sql.add_working_days(
            "desk", "a", "days", of="instants", **both
        ),
        "add_working_days": sql.add_working_days("desk", "day_a", "days", **both),
    }
    for inclusive in INCLUSIVE:
        texts[f"count {inclusive}"] = sql.count_working_days(
            "desk", "day_a", "day_b", inclusive=inclusive, **both
        )
        texts[f"count instants {inclusive}"] = sql.count_working_days(
            "desk", "a", "b", inclusive=inclusive, of="instants", **both
        )
    return texts


def assert_same_as_bulk(
    database: Database,
    calendar: Calendar,
    tickets: Sequence[Ticket],
    years: tuple[int, int],
    *,
    sources: Sequence[str | None] = (None, "tickets"),
) -> None:
    """In the years of the table the answers are those of `bulk`; beyond, there are none."""
    database.create(calendar, "desk", *years)
    database.fill(tickets)
    start, end = year_start(years[0]), year_start(years[1] + 1)
    wanted = expected(calendar, tickets)
    for name in INSTANTS:
        # The edge of the table is the answer of some: there, either is right.
        wanted[name] = [
            answer if answer is not None and start < answer < end else None
            for answer in wanted[name]
        ]
    for source in sources:
        texts = written(database.dialect, source)
        if source is None:
            found = {name: database.expression(text) for name, text in texts.items()}
        else:
            found = database.queries(texts)
        for name, answers in found.items():
            if name in INSTANTS:
                answers = [None if answer in (start, end) else answer for answer in answers]  # noqa: PLW2901 - the same, but for the edges
            assert answers == wanted[name], (name, source)
