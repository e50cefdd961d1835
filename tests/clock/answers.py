"""One question, put to the product and to the naive reader: how the metrics of a ticket are.

`Product` and `Oracle` have the same method `answers`, and return the same records, those of the
naive reader, in microseconds since 1970. So a scenario reckoned by hand is checked against both.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from slacalc import Event, Policy, replay
from slacalc._time.instants import to_instant
from tests.oracles.calendar import EPOCH, Regime, Walker
from tests.oracles.clock import Clocks, CycleAnswer, MetricAnswer
from tests.oracles.policy import Reader

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pendulum

    from slacalc import CycleStatus
    from tests.oracles.clock import Event as Happened
    from tests.oracles.clock import Fields

OFFICE = Walker("UTC", [Regime(date.min, {day: [(32_400, 61_200)] for day in range(5)})], step=1800)
"""The office: from nine to five on weekdays, in UTC."""
CALENDAR = {"time_zone": "UTC", "week": {"mon-fri": "09:00-17:00"}}


def to_datetime(instant: int) -> datetime:
    return EPOCH + timedelta(microseconds=instant)


def to_events(log: Iterable[Happened]) -> list[Event]:
    """Events as the product has them; the instants of an override become datetimes."""
    events = []
    for at, kind, fields in log:
        given = {
            name: to_datetime(value)
            if name in ("due", "limit") and isinstance(value, int)
            else value
            for name, value in fields.items()
        }
        events.append(Event(to_datetime(at), kind, **given))
    return events


def to_answer(status: CycleStatus) -> CycleAnswer:
    """A status in the terms of the naive reader, which measures nothing without a figure."""

    def instant(at: datetime | None) -> int | None:
        return None if at is None else to_instant(at)

    def length(of: pendulum.Duration | None) -> int | None:
        return None if of is None else of.as_timedelta() // timedelta(microseconds=1)

    has_figure = status.total is not None
    paused = {reason: length(time) or 0 for reason, time in status.paused.items()}
    return CycleAnswer(
        status.state,
        start=instant(status.start),
        due=instant(status.due),
        limit=instant(status.limit),
        due_if_resumed=instant(status.due_if_resumed),
        elapsed=length(status.elapsed) if has_figure else None,
        remaining=length(status.remaining),
        stopped_at=instant(status.stopped_at),
        cancelled_at=instant(status.cancelled_at),
        breached_at=instant(status.breached_at),
        paused={reason: time for reason, time in paused.items() if has_figure and time},
        row=None if status.table is None or status.row is None else (status.table, status.row),
    )


class Product:
    """slacalc."""

    @staticmethod
    def answers(
        data: dict[str, Any], ticket: Fields, opened: int, log: list[Happened], as_of: int
    ) -> dict[str, MetricAnswer]:
        """How the metrics of a policy are at an instant, in the office's hours."""
        policy = Policy.from_dict({"name": "office", "calendars": {"office": CALENDAR}, **data})
        clock = replay(policy, ticket, to_events(log), to_datetime(opened))
        status = clock.status(to_datetime(as_of))
        return {
            name: MetricAnswer(
                [to_answer(cycle) for cycle in status.cycles(name)],
                status[name].ever_breached,
                sorted(
                    (to_instant(one.at or ""), one.threshold)
                    for one in status[name].warnings_passed
                ),
            )
            for name in status
        }


class Oracle:
    """The naive reader."""

    @staticmethod
    def answers(
        data: dict[str, Any], ticket: Fields, opened: int, log: list[Happened], as_of: int
    ) -> dict[str, MetricAnswer]:
        """How the metrics of a policy are at an instant, in the office's hours."""
        reader = Reader({"attributes": {}, **data}, OFFICE, set())
        answers = Clocks(reader).answers(ticket, opened, log, as_of)
        for answer in answers.values():  # those of one instant have no order
            answer.warnings_passed.sort()
        return answers
