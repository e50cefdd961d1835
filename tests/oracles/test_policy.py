"""Random policies, tickets and moments: the product says what the naive reader says."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slacalc import Policy
from slacalc._time.instants import to_instant
from slacalc.errors import TicketError
from tests.oracles.calendar import EPOCH, HOUR, Regime, Walker
from tests.oracles.policy import KINDS, WEEKDAYS, LackingError, Reader

HALF = HOUR // 2
HOURS = 3600  # seconds
# The fortnights tried begin with a Monday: an ordinary one, and those of Berlin's clock changes.
FORTNIGHTS = [date(2024, 5, 6), date(2024, 3, 25), date(2024, 10, 21)]
NAMES = ("severity", "level", "special", "priority")
VALUES: dict[str, Any] = {
    "severity": ["high", "medium", "low"],
    "level": [1, 2, 3],
    "special": ["yes", "no"],
    "priority": ["p1", "p2"],
}
CUT_OFFS = ("before 09:30", "after 12:00", "before 16:00", "after 09:30", *WEEKDAYS)
WORDS = ["negotiated", "in order of request"]
EVENTS = ["accepted", "agreed"]


@st.composite
def hours(draw: st.DrawFn) -> list[tuple[int, int]]:
    """One or two stretches of a day, in half-hours, a night shift among them at times."""
    edges = sorted(draw(st.lists(st.integers(10, 44), min_size=2, max_size=4, unique=True)))
    pairs = list(zip(edges[::2], edges[1::2], strict=False))
    return [*pairs[:-1], (pairs[-1][0], 52)] if draw(st.integers(0, 5)) == 0 else pairs


def text_of(pairs: list[tuple[int, int]]) -> str:
    def clock(half: int) -> str:
        return f"{half % 48 // 2:02}:{half % 2 * 30:02}"

    return ", ".join(f"{clock(opens)}-{clock(closes)}" for opens, closes in pairs)


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    when: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=2, unique=True)):
        value = st.sampled_from(VALUES[name])
        ranks = st.builds("{} {}".format, st.sampled_from([">=", ">", "<=", "<"]), value)
        several = st.lists(value, min_size=1, max_size=2, unique=True)
        forms = [value, several, st.fixed_dictionaries({"not": value | several})]
        when[name] = draw(st.one_of(*forms, *([ranks] if name != "level" else [])))
    if draw(st.integers(0, 3)) == 0:
        word = st.sampled_from([*KINDS, *CUT_OFFS])
        several = st.lists(word, min_size=1, max_size=3, unique=True)
        when["received"] = draw(word | several | st.fixed_dictionaries({"not": word | several}))
    return when


LENGTHS = st.one_of(
    st.builds("{} working hours".format, st.integers(0, 12)),
    st.builds("{} working minutes".format, st.sampled_from([30, 90, 45])),
    st.builds("{} hours".format, st.integers(0, 60)),
    st.builds("{} working days".format, st.integers(0, 3)),
    st.builds("{} calendar days".format, st.integers(0, 5)),
    st.builds("end of working day + {}".format, st.integers(0, 2)),
    st.builds("end of day + {}".format, st.integers(0, 3)),
    st.builds(
        "{} of {}day + {}".format,
        st.sampled_from(["00:00", "02:30", "09:30", "16:00", "24:00"]),
        st.sampled_from(["working ", ""]),
        st.integers(0, 2),
    ),
    st.just("at once"),
)
WITHIN = LENGTHS | st.builds(
    "{} of {}, {}".format, st.sampled_from(["earliest", "latest"]), LENGTHS, LENGTHS
)
ROLLS = st.sampled_from(["following", "preceding", "modified_following"])
CALENDAR_TIMES = WITHIN.filter(lambda within: "working" not in within and "at once" not in within)
TARGETS = st.sampled_from(
    [
        WITHIN,
        WITHIN,
        st.fixed_dictionaries(
            {"within": CALENDAR_TIMES, "roll": ROLLS}, optional={"limit": WITHIN}
        ),
        st.fixed_dictionaries({"within": WITHIN, "limit": WITHIN}),
        st.fixed_dictionaries({"promise": st.sampled_from(WORDS)}),
        st.just({"within": {"field": "agreed"}}),
    ]
).flatmap(lambda kind: kind)


PLAIN = "latest of 4 working hours, 4 working days, 30 minutes"
PLAIN_CALENDAR_TIME = "latest of 4 hours, 4 calendar days, 30 minutes"
ADJUSTMENTS = st.fixed_dictionaries(
    {
        "when": conditions(),
        "scale": st.dictionaries(
            st.sampled_from(["response", "resolution"]),
            st.sampled_from([0.5, 1.5, 2.0]),
            min_size=1,
        ),
    }
)
NONE: list[Any] = []
CHOICES: list[Any] = [
    {"field": "special", "yes": "there", "no": "office"},
    {"field": "priority", "p1": "there", "default": "office"},
    {"field": "severity", "high": "there", "low": "office"},
    {"field": "level", "1": "office", "2": "there"},
]


@st.composite
def policies(draw: st.DrawFn) -> tuple[dict[str, Any], Reader, date]:
    """The data of a policy, and the naive reader of the same."""
    monday = draw(st.sampled_from(FORTNIGHTS))
    shifts = draw(hours())
    off = draw(st.sets(st.integers(0, 13), max_size=3))
    days_off = {monday + timedelta(days=day) for day in off}
    regime = Regime(
        date(2000, 1, 1),
        {day: [(opens * 1800, closes * 1800) for opens, closes in shifts] for day in range(5)},
        days_off,
    )
    far = 60  # 4 working days, twice doubled, between days off
    walker = Walker("Europe/Berlin", [regime], step=1800, days=far)
    # A second calendar, in another zone and with days off of its own.
    early = {day: [(6 * HOURS, 11 * HOURS)] for day in range(6)}
    off_there = {monday + timedelta(days=8)}
    regime_there = Regime(date(2000, 1, 1), early, off_there)
    there = Walker("America/New_York", [regime_there], step=1800, days=far)
    office = {
        "time_zone": "Europe/Berlin",
        "week": {"mon-fri": text_of(shifts)},
        "holidays": [str(day) for day in sorted(days_off)],
    }
    attributes: dict[str, Any] = {
        "severity": VALUES["severity"],
        "level": {"values": VALUES["level"], "optional": True},
        "special": {"values": VALUES["special"], "default": "no"},
        "agreed": {"kind": "instant", "optional": draw(st.booleans())},
        "priority": {
            "values": VALUES["priority"],
            "by": ["severity", "special"],
            "matrix": {
                one: {two: draw(st.sampled_from(["p1", "p2"])) for two in VALUES["special"]}
                for one in VALUES["severity"]
            },
        },
    }
    metrics: dict[str, Any] = {
        "response": {},
        "resolution": {"start": draw(st.sampled_from(["created", *EVENTS]))},
    }
    rows = st.fixed_dictionaries(
        {
            "when": conditions(),
            "targets": st.dictionaries(st.sampled_from([*metrics]), TARGETS, min_size=1),
        }
    )
    tables = {name: draw(st.lists(rows, min_size=1, max_size=4)) for name in ("one", "two")}
    calendars = {"office": office}
    if choices := draw(st.sampled_from([NONE, NONE, CHOICES])):
        calendars["there"] = {
            "time_zone": "America/New_York",
            "week": {"mon-sat": "06:00-11:00"},
            "holidays": [str(day) for day in off_there],
        }
        name_calendars(draw, metrics, tables, choices)
    data: dict[str, Any] = {
        "name": "random",
        "calendars": calendars,
        "attributes": attributes,
        "metrics": metrics,
        "tables": tables,
    }
    if choices:
        data["calendar"] = draw(st.sampled_from(["office", *choices]))
    if draw(st.booleans()):
        data["adjustments"] = draw(st.lists(ADJUSTMENTS, min_size=1, max_size=2))
        make_scalable(data)
    calendars_of_reader = {"office": (walker, days_off), "there": (there, off_there)}
    return data, Reader(data, walker, days_off, calendars_of_reader), monday


def name_calendars(
    draw: st.DrawFn, metrics: dict[str, Any], tables: dict[str, Any], choices: list[Any]
) -> None:
    """Have some metrics, targets and conditions name a calendar, or a choice of one."""
    some = st.sampled_from([None, None, "there", *choices])
    owners = [*metrics.values()]
    for row in (row for rows in tables.values() for row in rows):
        for name, target in row["targets"].items():
            table = dict(target) if isinstance(target, dict) else {"within": target}
            row["targets"][name] = table
            owners.append(table)
        received = row["when"].get("received")
        if received is not None and draw(st.booleans()):
            test = received if isinstance(received, dict) else {"is": received}
            row["when"]["received"] = test | {"on": draw(st.sampled_from(["there", *choices]))}
    for owner in owners:
        if (calendar := draw(some)) is not None:
            owner["calendar"] = calendar


def make_scalable(data: dict[str, Any]) -> None:
    """Put lengths that a factor can scale in place of those that it cannot."""
    for row in (row for rows in data["tables"].values() for row in rows):
        for name, target in row["targets"].items():
            table = target if isinstance(target, dict) else {"within": target}
            plain = {"within": PLAIN_CALENDAR_TIME} if "roll" in table else {}
            lengths = {
                key: plain.get(key, PLAIN)
                if re.search(r"day|45|field", str(table[key]))
                else table[key]
                for key in ("within", "limit")
                if key in table
            }
            row["targets"][name] = table | lengths


@st.composite
def tickets(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.sets(st.sampled_from(NAMES)))
    if draw(st.integers(0, 4)):  # most tickets say how severe they are
        names.add("severity")
    return {name: draw(st.sampled_from(VALUES[name])) for name in sorted(names)}


def instants(monday: date) -> st.SearchStrategy[int]:
    """The half-hours of ten days, and a second beside them."""
    begins = (datetime(monday.year, monday.month, monday.day, tzinfo=UTC) - EPOCH) // timedelta(
        microseconds=1
    )
    return st.builds(
        lambda half, beside: begins + half * HALF + beside * 1_000_000,
        st.integers(0, 480),
        st.sampled_from([0, 0, -1, 1]),
    )


def to_datetime(instant: int) -> datetime:
    return EPOCH + timedelta(microseconds=instant)


@settings(deadline=None, max_examples=3 * settings().max_examples)
@given(st.data())
def test_the_naive_reader_agrees(data: st.DataObject) -> None:
    """Due, limit, row and reason of each metric are those of reading row by row."""
    document, reader, monday = data.draw(policies())
    policy = Policy.from_dict(document)
    for _ in range(4):
        ticket = data.draw(tickets())
        received = data.draw(instants(monday))
        if data.draw(st.booleans()):
            ticket["agreed"] = to_datetime(data.draw(instants(monday))).isoformat()
        events = data.draw(st.sets(st.sampled_from(EVENTS)))
        since = {event: data.draw(instants(monday)) for event in sorted(events)}
        begun = {event: to_datetime(at) for event, at in since.items()}
        try:
            expected = reader.answers(ticket, received, since)
        except LackingError:
            with pytest.raises(TicketError):
                policy.deadlines(ticket, to_datetime(received), begun)
            continue
        answers = policy.deadlines(ticket, to_datetime(received), begun)
        for name, answer in expected.items():
            deadline = answers[name]
            # As instants: datetimes of two zones are unequal in a fold.
            due, limit = (
                None if at is None else to_instant(at) for at in (deadline.due, deadline.limit)
            )
            assert (due, limit) == (answer.due, answer.limit), name
            assert deadline.reason.partition(":")[0] == answer.reason
            if due is not None:
                assert (deadline.table, deadline.row) == answer.row
