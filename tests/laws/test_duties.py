"""Laws of duties: they equal a naive evaluation, and do not depend on the order of rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from slacalc import Policy
from slacalc.contract import Duties, duties
from tests.oracles.contract_duties import (
    Happened,
    NaiveDuty,
    call_backs,
    evaluate,
    midnight,
    periods,
)

MANY = settings().max_examples * 5  # each is quick
ZONES = ["Asia/Shanghai", "Europe/Zurich", "America/New_York"]
CLOSED = (date(2026, 2, 14), date(2026, 2, 23))  # over the end of no month but of two weeks
OTHER_CLOSED = (date(2026, 4, 28), date(2026, 5, 3))


def works(day: date) -> bool:
    """A working day of the calendar below."""
    is_closed = CLOSED[0] <= day <= CLOSED[1] or OTHER_CLOSED[0] <= day <= OTHER_CLOSED[1]
    return day.weekday() < 5 and not is_closed


def calendar(zone: str) -> dict[str, Any]:
    closures = {f"{first}..{last}": "closed" for first, last in (CLOSED, OTHER_CLOSED)}
    return {"time_zone": zone, "week": {"mon-fri": "09:00-17:00"}, "exceptions": closures}


class World(NamedTuple):
    """A contract, and what happened."""

    duty: NaiveDuty
    zone: str
    term: tuple[date, date]
    events: list[Happened]
    as_of: datetime


@st.composite
def naive_duties(draw: st.DrawFn) -> NaiveDuty:
    of_calendar = draw(st.booleans())
    units = [(1, "week"), (1, "month"), (3, "month"), (2, "month"), (1, "year"), (1, "day")]
    units += [] if of_calendar else [(2, "week"), (5, "month"), (10, "day")]
    count, unit = draw(st.sampled_from(units))
    form = draw(st.integers(0, 3))
    due = hours = None
    if form == 1:
        due = draw(st.sampled_from([("day", 3), ("day", 31), ("working day", 5)]))
    elif form == 2:
        hours = draw(st.sampled_from([1, 24, 36, 240, 2000]))
    rolls = ["", "following", "preceding", "modified_following"]
    roll = "" if hours is not None else draw(st.sampled_from(rolls))
    budget = draw(st.none() | st.integers(1, 60))
    times = 1 if budget is not None else draw(st.integers(1, 3))
    return NaiveDuty(count, unit, of_calendar, due, hours, roll, times, budget)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    duty, zone = draw(naive_duties()), draw(st.sampled_from(ZONES))
    days = st.sampled_from([15, 30, 31, 59, 0, 27]) | st.integers(0, 90)
    first = date(2025, 12, 1) + timedelta(draw(days))
    last = first + timedelta(draw(st.integers(0, 200)))
    longest = 40 if duty.unit == "day" else 200
    start = midnight(first, ZoneInfo(zone))
    hours = st.integers(-48, 24 * longest) | st.integers(-2, longest).map(lambda day: day * 24)
    edges = [
        midnight(after, ZoneInfo(zone))
        for _, after in islice(periods(duty, first), 1 if duty.unit == "year" else 5)
    ]
    near = st.tuples(st.sampled_from(edges), st.sampled_from([-24, -1, 0, 9, 24, 33, 48, 72, 81]))
    at = hours.map(lambda each: start + timedelta(hours=each)) | near.map(
        lambda pair: pair[0] + timedelta(hours=pair[1])
    )
    events = [
        Happened(each, row, draw(st.integers(0, 30)))
        for row, each in enumerate(draw(st.lists(at, max_size=12)))
    ]
    return World(duty, zone, (first, last), events, draw(at))


def policy_of(world: World) -> Policy:
    duty, terms = world.duty, dict[str, Any]()
    terms["every"] = f"{duty.count} {duty.unit}{'s' if duty.count > 1 else ''}".removeprefix("1 ")
    terms["from"] = "calendar" if duty.of_calendar else "contract"
    if duty.due is not None:
        suffix = {3: "rd", 31: "st", 5: "th"}[duty.due[1]]
        terms["due"] = f"{duty.due[1]}{suffix} {duty.due[0]} of month"
    if duty.hours is not None:
        terms["within"] = f"{duty.hours} hours"
    if duty.roll:
        terms["roll"] = duty.roll
    if duty.budget is None:
        terms["times"] = duty.times
    else:
        terms["budget"] = f"CNY {duty.budget}"
    return Policy("p", calendars={"office": calendar(world.zone)}, duties={"visit": terms})


def rows_of(world: World, customer: str = "acme") -> list[dict[str, Any]]:
    return [
        {"customer": customer, "at": each.at, "type": "visit", "amount": each.amount}
        for each in world.events
    ]


def customer_of(world: World, name: str = "acme") -> dict[str, Any]:
    return {"customer": name, "from": world.term[0], "until": world.term[1]}


def run(world: World, as_of: datetime | None = None, events: Any = None) -> Duties:
    rows = rows_of(world) if events is None else events
    return duties(policy_of(world), [customer_of(world)], rows, as_of or world.as_of)


def shown(result: Duties) -> list[Any]:
    return [
        (
            each.period and (each.period.first, each.period.last),
            each.due and each.due.astimezone(UTC),
            each.state,
            each.done_at and each.done_at.astimezone(UTC),
            each.events,
        )
        for each in result
    ]


@settings(max_examples=MANY)
@given(worlds())
def test_they_equal_a_naive_evaluation(world: World) -> None:
    naive = evaluate(world.duty, world.term, world.events, world.as_of, ZoneInfo(world.zone), works)
    assert shown(run(world)) == [
        ((each.first, each.last), each.due, each.state, each.done_at, each.rows) for each in naive
    ]


@settings(max_examples=MANY)
@given(st.lists(worlds(), min_size=2, max_size=3), st.randoms())
def test_customers_are_evaluated_alone_and_rows_in_any_order(
    several: list[World], random: Any
) -> None:
    """Several customers of one policy, with all rows shuffled, are what each is by itself."""
    first = several[0]
    alike = [each._replace(duty=first.duty, zone=first.zone, as_of=first.as_of) for each in several]
    order = [(number, row) for number, each in enumerate(alike) for row in range(len(each.events))]
    random.shuffle(order)
    events = [rows_of(alike[number], f"c{number}")[row] for number, row in order]
    names = [*range(len(alike))]
    random.shuffle(names)
    customers = [customer_of(alike[number], f"c{number}") for number in names]
    result = duties(policy_of(first), customers, events, first.as_of)
    for number, each in enumerate(alike):
        own = [row[:4] for row in shown(result.select(customer=f"c{number}"))]
        assert own == [row[:4] for row in shown(run(each))]


@settings(max_examples=MANY)
@given(worlds(), st.integers(0, 100))
def test_one_more_event_leaves_what_is_done(world: World, hours: int) -> None:
    """What is done stays done, and is done no later."""
    at = midnight(world.term[0], ZoneInfo(world.zone)) + timedelta(hours=hours * 12)
    more = [*rows_of(world), {"customer": "acme", "at": at, "type": "visit", "amount": 5}]
    for before, after in zip(run(world), run(world, events=more), strict=True):
        if before.done_at is not None and before.state != "not covered":
            assert after.done_at is not None
            assert after.done_at <= before.done_at


@settings(max_examples=MANY)
@given(worlds())
def test_the_next_change_is_the_next_change(world: World) -> None:
    """Up to the instant before it nothing changes by itself; at it something does."""
    known = [row for row in rows_of(world) if row["at"] <= world.as_of]

    def states(at: datetime) -> list[str]:
        owed = run(world, at, known)
        return [each.state for each in owed if each.state != "not covered"]

    change = run(world, events=known).next_change()
    now = states(world.as_of)
    if change is None:
        assert states(world.as_of + timedelta(days=400)) == now
        return
    assert change > world.as_of
    assert states(change - timedelta(microseconds=1)) == now
    assert states(change) != now


@settings(max_examples=MANY)
@given(worlds(), st.integers(0, 200), st.integers(0, 60))
def test_a_window_has_the_periods_that_overlap_it(world: World, days: int, more: int) -> None:
    since = world.term[0] + timedelta(days)
    until = since + timedelta(more)
    policy, customers = policy_of(world), [customer_of(world)]
    zone = ZoneInfo(world.zone)
    begin, end = midnight(since, zone), midnight(until + timedelta(1), zone)
    window = duties(policy, customers, rows_of(world), world.as_of, since=since, until=until)
    every = duties(policy, customers, rows_of(world), world.as_of, until="2027-12-31")
    inside = [
        each
        for each in every
        if each.period
        and midnight(each.period.after, zone) > begin
        and max(midnight(each.period.first, zone), midnight(world.term[0], zone)) < end
        and begin < midnight(world.term[1] + timedelta(1), zone)
    ]
    assert window.to_dicts() == [each.to_dict() for each in inside]


@settings(max_examples=MANY)
@given(worlds(), st.lists(st.booleans(), min_size=12, max_size=12), st.integers(1, 2))
def test_call_backs_are_assigned_in_order(world: World, kinds: list[bool], times: int) -> None:
    policy = Policy("p", duties={"call": {"after": "visit", "times": times}})
    rows = [
        row | {"type": "call" if is_call else "visit"}
        for row, is_call in zip(rows_of(world), kinds, strict=False)
    ]
    result = duties(policy, [{"customer": "acme"}], rows, "2100-01-01T00:00Z")
    visits = [each for each, is_call in zip(world.events, kinds, strict=False) if not is_call]
    calls = [each for each, is_call in zip(world.events, kinds, strict=False) if is_call]
    assert [(each.after_row, each.events) for each in result] == call_backs(visits, calls, times)
    assert all((each.state == "done") == (len(each.events) == times) for each in result)


@settings(max_examples=MANY)
@given(worlds(), st.integers(-40, 200))
def test_coverage_and_versions_that_say_the_same(world: World, days: int) -> None:
    """Columns or attributes have the contract, and a version that changes nothing changes nothing.

    Where a period's first version decides, and both say the same, only events that a roll shares
    between two versions could differ; so there is no roll here.
    """
    world = world._replace(duty=replace(world.duty, roll=""))
    policy = policy_of(world)
    later = {"effective_from": world.term[0] + timedelta(days), "description": "the same"}
    dates = {name: {"kind": "date"} for name in ("begins", "ends")}
    other = Policy.from_dict(
        policy.to_dict()
        | {
            "attributes": dates,
            "coverage": [{"from": "begins", "until": "ends"}],
            "versions": [later],
        }
    )
    first, last = world.term
    customers = [{"customer": "acme", "begins": first, "ends": last}]
    result = duties(other, customers, rows_of(world), world.as_of)
    assert shown(result) == shown(run(world))
