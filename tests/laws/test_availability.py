"""Laws of availability on any calendar: it equals a naive measurement, and adds up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from slacalc import Policy
from slacalc.contract import AvailabilityResult, availability
from tests.oracles.calendar import DAY, HOUR, SECOND
from tests.oracles.contract_availability import Down, measure
from tests.strategies.calendars import Scene, at_us, scenes, to_length

FEWER = settings().max_examples // 3
SHARES = st.sampled_from([Fraction(1), Fraction(1), Fraction(1, 4), Fraction(1, 2), Fraction(1, 3)])
DAYS = 3


def downs(middle: int) -> st.SearchStrategy[list[Down]]:
    """Outages around a moment: some touch, overlap, are empty, go on, or are out of the period."""
    at = st.integers(-2 * 96, 2 * 96).map(lambda quarter: middle + quarter * 900 * SECOND)
    ragged = st.tuples(at, st.integers(0, 900 * SECOND)).map(sum)
    length = st.integers(0, 40).map(lambda quarters: quarters * 900 * SECOND) | st.integers(0, HOUR)

    def down(draw: Any) -> Down:
        start = draw(st.one_of(at, ragged))
        end = None if draw(st.integers(0, 9)) == 0 else start + draw(length)
        return Down(start, end, draw(SHARES))

    return st.lists(st.composite(down)(), max_size=8)


def table(outages: list[Down]) -> dict[str, Any]:
    return {
        "start": [at_us(outage.start) for outage in outages],
        "end": [None if outage.end is None else at_us(outage.end) for outage in outages],
        "share": [outage.share for outage in outages],
    }


def period_of(scene: Scene) -> tuple[date, date]:
    first = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=scene.middle)).date()
    return first - timedelta(1), first + timedelta(DAYS - 2)


def policy_of(hours: Scene, **more: Any) -> Policy:
    calendars = {"hours": hours.calendar, **more.pop("calendars", {})}
    target = {"target": "99 %", "hours": "hours", **more}
    return Policy("p", calendar="hours", calendars=calendars, availability={"it": target})


def it(policy: Policy, outages: list[Down], period: Any, **options: Any) -> AvailabilityResult:
    return availability(policy, table(outages), period=period, **options)["it"]


def exact(result: AvailabilityResult) -> Fraction:
    """The exact downtime, in microseconds."""
    share = Fraction(1) if result.availability is None else result.availability
    return (1 - share) * to_length(result.agreed)


@settings(max_examples=FEWER)
@given(st.data())
def test_it_equals_a_naive_measurement(data: st.DataObject) -> None:
    """Agreed time, downtime and merged outages, to the microsecond; uptime is the difference."""
    hours = data.draw(scenes(step=900, terms=1))
    rest = data.draw(scenes(step=900, terms=0, middle=hours.middle))
    outages = data.draw(downs(hours.middle))
    as_of = data.draw(st.none() | st.integers(-DAY, DAY).map(lambda more: hours.middle + more))
    policy = policy_of(hours, calendars={"rest": rest.calendar}, maintenance="rest")
    result = it(policy, outages, period_of(hours), as_of=None if as_of is None else at_us(as_of))
    start, end = result.period.starts, result.period.ends
    until = end if as_of is None else min(max(as_of, start), end)
    naive = measure(
        start,
        until,
        900 * SECOND,
        lambda at: hours.walker.is_open(at) and not rest.walker.is_open(at),
        outages,
    )
    assert to_length(result.agreed) == naive.agreed
    assert exact(result) == naive.downtime
    assert to_length(result.agreed) - to_length(result.downtime) == to_length(result.uptime)
    assert len(result.evidence) == result.outages == len(naive.outages)
    for outage, downtime in zip(result.evidence, naive.outages, strict=True):
        assert to_length(outage.downtime) == int(downtime + Fraction(1, 2))
    if naive.outages:
        assert result.longest is not None
        assert to_length(result.longest.downtime) == int(max(naive.outages) + Fraction(1, 2))


@settings(max_examples=FEWER)
@given(st.data())
def test_periods_add_up(data: st.DataObject) -> None:
    """The days of a period have its agreed time and its downtime together."""
    hours = data.draw(scenes(step=900, terms=0))
    outages = data.draw(downs(hours.middle))
    policy = policy_of(hours)
    first, last = period_of(hours)
    whole = it(policy, outages, (first, last))
    days = [first + timedelta(day) for day in range((last - first).days + 1)]
    parts = [it(policy, outages, (day, day)) for day in days]
    assert sum(to_length(part.agreed) for part in parts) == to_length(whole.agreed)
    assert sum(map(exact, parts)) == exact(whole)


@settings(max_examples=FEWER)
@given(st.data())
def test_what_changes_nothing(data: st.DataObject) -> None:
    """The order of rows, an outage in two parts that touch, and one row more inside another."""
    hours = data.draw(scenes(step=900, terms=0))
    outages = data.draw(downs(hours.middle))
    policy, period = policy_of(hours), period_of(hours)
    other = data.draw(st.permutations(outages))
    for outage in list(other):
        if outage.end is None or outage.end - outage.start < 2:
            continue
        middle = data.draw(st.integers(outage.start + 1, outage.end - 1))
        change = data.draw(st.integers(0, 2))
        if change == 0:
            other.remove(outage)
            other += [outage._replace(end=middle), outage._replace(start=middle)]
        elif change == 1:
            other.append(outage._replace(start=middle, share=outage.share / 2))
    one, two = it(policy, outages, period), it(policy, other, period)
    assert exact(one) == exact(two)
    assert one.mtbf == two.mtbf
    assert [o[:5] for o in one.evidence + one.excluded] == [
        o[:5] for o in two.evidence + two.excluded
    ]
