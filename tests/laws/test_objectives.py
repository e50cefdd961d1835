"""Laws of objectives: they equal a naive evaluation through every door, and counts add up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from slacalc import Event, Policy, bulk, report
from slacalc.contract import ObjectiveResult, objectives
from tests.oracles.contract_objectives import Outcome, Promise, Ticket, evaluate

QUARTER = timedelta(minutes=15)  # the unit of all times here
BEGIN = datetime(2026, 5, 1, tzinfo=UTC)
MAY = (0, 31 * 96)
TARGETS = {"gold": (4, None), "silver": (8, 16)}  # bronze has none
TIERS, KINDS = ("gold", "silver", "bronze"), ("real", "test", "own")
EDGES = [edge + step for edge in MAY for step in (-5, -4, -1, 0, 1)]
AT_MAY = st.sampled_from(EDGES) | st.sampled_from(EDGES) | st.integers(-3 * 96, 34 * 96)
OFTEN = settings(max_examples=settings().max_examples * 5)


@st.composite
def tickets(draw: Any) -> list[Ticket]:
    """Tickets in and around May, whose events stand at, before and after due dates."""

    def later(created: int) -> int | None:
        return (
            created + draw(st.integers(0, 20) | st.sampled_from((1, 4, 5, 8, 9, 16, 17)))
            if draw(st.integers(0, 3))
            else None
        )

    def ticket() -> Ticket:
        created = draw(AT_MAY)
        cancelled = later(created) if draw(st.integers(0, 3)) == 0 else None
        stopped = later(created)
        if stopped == cancelled:
            cancelled = None
        return Ticket(
            created, stopped, cancelled, draw(st.sampled_from(TIERS)), draw(st.sampled_from(KINDS))
        )

    return [ticket() for _ in range(draw(st.integers(0, 12)))]


@st.composite
def promises(draw: Any) -> Promise:
    figure = draw(st.sampled_from(("share", "share", "percentile", "mean")))
    share = Fraction(draw(st.sampled_from((1, 10, 25, 50, 60, 75, 90, 99, 100))), 100)
    time = draw(st.integers(1, 12))
    return Promise(
        tiers=draw(st.sampled_from(((), ("gold",), ("gold", "silver")))),
        exceptions=draw(st.sampled_from(((), (("test", "not real"),), (("own", "ours"),)))),
        share=Fraction(0) if figure == "mean" else share,
        within=time if figure == "percentile" else None,
        mean=time if figure == "mean" else None,
        counted_by=draw(st.sampled_from(("received", "due", "stopped"))),
        at_least=draw(st.sampled_from((1, 1, 3, 20))),
        if_fewer=draw(st.sampled_from(("too few to tell", "met", "one may miss"))),
    )


def policy_of(promise: Promise) -> Policy:
    percent = f"{float(promise.share * 100):g}"
    figure: dict[str, Any] = {"share": f"{percent} %"}
    if promise.within is not None:
        figure = {"percentile": int(percent), "within": f"{promise.within * 15} minutes"}
    elif promise.mean is not None:
        figure = {"mean": f"{promise.mean * 15} minutes"}
    own = {
        "metric": "reply",
        **figure,
        "when": {"tier": list(promise.tiers)} if promise.tiers else {},
        "except": [{"when": {"kind": kind}, "because": why} for kind, why in promise.exceptions],
        "counted_by": promise.counted_by,
        "at_least": promise.at_least,
        "if_fewer": promise.if_fewer,
    }
    return Policy(
        "p",
        calendars={"c": {"time_zone": "UTC", "week": "always"}},
        attributes={"tier": list(TIERS), "kind": list(KINDS)},
        metrics={"reply": {"stop": "replied"}},
        tables={
            "all": [
                {"when": {"tier": "gold"}, "targets": {"reply": "60 minutes"}},
                {
                    "when": {"tier": "silver"},
                    "targets": {"reply": {"within": "120 minutes", "limit": "240 minutes"}},
                },
            ]
        },
        objectives={"it": own},
    )


def at(quarters: int) -> datetime:
    return BEGIN + quarters * QUARTER


def known(quarters: int | None) -> datetime | None:
    return None if quarters is None else at(quarters)


def table(rows: list[Ticket]) -> dict[str, Any]:
    return {
        "created": [known(row.created) for row in rows],
        "replied": [known(row.stopped) for row in rows],
        "cancelled": [known(row.cancelled) for row in rows],
        "tier": [row.tier for row in rows],
        "kind": [row.kind for row in rows],
    }


def log(rows: list[Ticket]) -> dict[str, Any]:
    events = []
    for number, row in enumerate(rows):
        own = [
            (row.created, "created", row.tier, row.kind),
            (row.stopped, "replied", None, None),
            (row.cancelled, "cancelled", None, None),
        ]
        events += [(number, *event) for event in own if event[0] is not None]
    columns = zip(*events, strict=True) if events else [()] * 5
    names = ("ticket", "at", "type", "tier", "kind")
    made = {name: list(column) for name, column in zip(names, columns, strict=True)}
    made["at"] = [at(instant) for instant in made["at"]]
    return made


def evaluated(policy: Policy, rows: Any, **more: Any) -> ObjectiveResult:
    return objectives(policy, rows, **{"period": "2026-05", **more})["it"]


def check(result: ObjectiveResult, outcome: Outcome, promise: Promise) -> None:
    counts = (result.met, result.missed, result.open, dict(result.excluded))
    assert counts == (outcome.met, outcome.missed, outcome.open, outcome.excluded)
    assert dict(result.not_counted) == outcome.not_counted
    assert (result.verdict, result.budget) == (outcome.verdict, outcome.budget)
    assert [miss.ticket for miss in result.misses] == outcome.misses
    figure = outcome.figure
    if figure is not None and (promise.within or promise.mean):
        half = Fraction(1, 2)
        assert result.figure == timedelta(microseconds=int(figure * 900_000_000 + half))
        assert result.is_at_least == outcome.is_at_least
    else:
        assert result.figure == figure


@OFTEN
@given(rows=tickets(), promise=promises(), as_of=st.none() | AT_MAY)
def test_every_door_equals_the_naive_evaluation(
    rows: list[Ticket], promise: Promise, as_of: int | None
) -> None:
    """Tickets, logs, and answers that were evaluated before."""
    policy = policy_of(promise)
    until = MAY[1] if as_of is None else as_of
    outcome = evaluate(rows, promise, TARGETS, MAY, until)
    for door in (table(rows), log(rows), bulk.evaluate(policy, table(rows), at(until))):
        check(evaluated(policy, door, as_of=known(as_of)), outcome, promise)


@given(rows=tickets(), promise=promises())
def test_clocks_one_by_one_count_as_columns_do(rows: list[Ticket], promise: Promise) -> None:
    """The states of single clocks, of tickets received in May, are the counts of columns."""
    share = Promise(promise.tiers, promise.exceptions, share=Fraction(1, 2))
    policy = policy_of(share)
    end, counts = datetime(2026, 6, 1, tzinfo=UTC), {"met": 0, "missed": 0, "open": 0}
    for row in rows:
        if not MAY[0] <= row.created < MAY[1]:
            continue
        if row.kind in dict(share.exceptions) or (share.tiers and row.tier not in share.tiers):
            continue
        clock = policy.open({"tier": row.tier, "kind": row.kind}, BEGIN + row.created * QUARTER)
        for instant, kind in ((row.stopped, "replied"), (row.cancelled, "cancelled")):
            if instant is not None and instant <= MAY[1]:
                clock = clock.insert(Event(BEGIN + instant * QUARTER, kind))
        status = clock.status(end)["reply"]
        if status.breached_at is not None or status.state == "late":
            counts["missed"] += 1
        elif status.state in ("met", "running"):
            counts["open" if status.state == "running" else "met"] += 1
    result = evaluated(policy, table(rows))
    assert counts == {"met": result.met, "missed": result.missed, "open": result.open}


@given(rows=tickets(), promise=promises(), first=st.integers(1, 30), seed=st.randoms())
def test_counts_add_up_and_order_does_not_matter(
    rows: list[Ticket], promise: Promise, first: int, seed: Any
) -> None:
    """Two parts of a month have the tickets of the month, but for those still open."""
    policy, as_of = policy_of(promise), at(MAY[1])
    whole = evaluated(policy, table(rows), as_of=as_of)
    parts = [
        evaluated(policy, table(rows), period=period, as_of=as_of)
        for period in (
            ("2026-05-01", f"2026-05-{first:02}"),
            (f"2026-05-{first + 1:02}", "2026-05-31"),
        )
    ]
    assert whole.met == sum(part.met for part in parts)
    assert whole.missed == sum(part.missed for part in parts)
    if promise.counted_by != "stopped":
        assert whole.open == sum(part.open for part in parts)
    shuffled = list(rows)
    seed.shuffle(shuffled)
    assert evaluated(policy, table(shuffled)).to_dict() == whole.to_dict()
    halves = iter([table(rows[:5]), table(rows[5:])])
    assert evaluated(policy, halves).to_dict() == whole.to_dict()
    listed = sorted(str(miss.received_at) for miss in whole.misses)
    assert listed == sorted(
        str(miss.received_at) for miss in evaluated(policy, table(shuffled)).misses
    )


@given(rows=tickets(), promise=promises())
def test_attainment_by_objective_has_the_same_counts(rows: list[Ticket], promise: Promise) -> None:
    """Of objectives that are shares."""
    share = Promise(
        promise.tiers, promise.exceptions, Fraction(1, 2), counted_by=promise.counted_by
    )
    policy = policy_of(share)
    data = policy.to_dict()
    data["objectives"]["it"]["period"] = "month"
    policy = Policy.from_dict(data)
    seen = [row for row in rows if row.created < MAY[1]]
    answer = bulk.evaluate(policy, table(seen), at(MAY[1]))
    if promise.counted_by == "stopped" and seen:  # which an answer for tickets does not say
        replayed = bulk.replay(policy, log(seen), at(MAY[1]))
        answer = report.with_attributes(replayed, policy, log(seen))
    elif promise.counted_by == "stopped":
        return
    shares = report.attainment(answer, policy=policy, by="objective")
    names = ("period", "met", "decided", "open", "budget")
    counted = {row[0]: row[1:] for row in zip(*(shares[name] for name in names), strict=True)}
    result = evaluated(policy, table(rows))
    met, decided, still_open, budget = counted.get("2026-05", (0, 0, 0, 0))
    assert (met, decided) == (result.met, result.decided)
    if promise.counted_by == "stopped":  # what has not stopped is in no period
        still_open += counted.get(None, (0, 0, 0, 0))[2]
        assert still_open == result.open
    else:
        assert (still_open, budget) == (result.open, result.budget)
