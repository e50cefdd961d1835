"""Due dates that tickets have themselves: `within = { field = "promised_at" }`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slacalc import Clock, Event, Policy, bulk
from slacalc.errors import InstantError, NaiveDatetimeError, PolicyError, TicketError
from tests.policy.desk import FRIDAY, PARIS, paris, policy, resolution, row

AGREED = {"promised_at": {"kind": "instant"}, "tier": ["gold", "silver"]}
OPTIONAL = AGREED | {"promised_at": {"kind": "instant", "optional": True}}
PROMISED = {"within": {"field": "promised_at"}}


def desk(*rows: Any, attributes: Any = AGREED, **metric: Any) -> Policy:
    metrics = {"resolution": {"stop": "resolved", **metric}}
    return policy(*(rows or [row(PROMISED)]), attributes=attributes, metrics=metrics)


@pytest.mark.parametrize(
    "promised",
    [
        "2024-05-08T12:00:00+02:00",
        "2024-05-08T10:00:00Z",
        datetime(2024, 5, 8, 12, tzinfo=PARIS),
        datetime(2024, 5, 8, 6, tzinfo=ZoneInfo("America/New_York")),
    ],
)
def test_the_due_date_is_the_tickets_own(promised: Any) -> None:
    """Whatever spells the instant; it is shown in the policy's zone."""
    deadline = resolution(desk(), {"promised_at": promised})
    assert str(deadline.due) == "2024-05-08 12:00:00+02:00"
    assert deadline.within == "promised_at of the ticket"
    text = "resolution is due Wed 2024-05-08 12:00: promised_at of the ticket\n"
    assert str(deadline.explain()).startswith(text)
    assert "2024-05-08 周三 12:00 到期，时限 工单的 promised_at" in str(
        deadline.explain(language="zh")
    )


def test_a_ticket_without_one() -> None:
    """It is an error, unless the attribute is optional; then there is no due date, for a reason."""
    with pytest.raises(TicketError, match="does not say its promised_at"):
        resolution(desk())
    deadline = resolution(desk(attributes=OPTIONAL))
    assert (deadline.due, deadline.reason) == (None, "the ticket has no promised_at")
    assert "promised by standard[0]: the ticket has no promised_at" in str(deadline.explain())
    assert "没有到期时间，工单没有 promised_at" in str(deadline.explain(language="zh"))
    tables = {"one": [row(PROMISED)], "two": [row("1 hour")]}
    both = policy(attributes=OPTIONAL, tables=tables)
    assert resolution(both).due == paris("03 17:00")  # of the other table
    agreed = {"promised_at": "2024-05-03T16:30:00+02:00"}
    assert resolution(both, agreed).due == paris("03 16:30")


@pytest.mark.parametrize(
    ("found", "error"),
    [
        ("2024-05-08T12:00:00", NaiveDatetimeError),
        (datetime(2024, 5, 8, 12), NaiveDatetimeError),
        ("on Wednesday", InstantError),
        (12, InstantError),
    ],
)
def test_what_is_no_instant(found: Any, error: type[InstantError]) -> None:
    """A naive time is refused as everywhere; the error names the attribute."""
    with pytest.raises(error) as caught:
        resolution(desk(), {"promised_at": found})
    assert caught.value.where == "promised_at"


def test_pauses_do_not_move_it() -> None:
    """A date is a date: it is due while the clock is paused, and breached then."""
    clock = desk().open({"promised_at": "2024-05-03T18:00:00+02:00"}, paris("03 10:00"))
    clock = clock.apply(Event(paris("03 11:00"), "paused"))
    status = clock.status(paris("03 12:00"))["resolution"]
    assert (status.state, status.due) == ("paused", paris("03 18:00"))
    assert str(clock.next_change(paris("03 12:00"))) == "2024-05-03 18:00:00+02:00"
    assert clock.status(paris("03 18:01"))["resolution"].state == "breached"
    clock = clock.apply(Event(paris("03 17:00"), "resumed"))
    assert clock.status(paris("03 17:30"))["resolution"].due == paris("03 18:00")
    assert clock.verify(clock.proof(paris("03 17:30"))).holds
    assert Clock.from_dict(clock.to_dict()).status(paris("03 17:30")) == clock.status(
        paris("03 17:30")
    )


def test_each_ticket_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where tickets are alike but for the date, and earlier ones are gone from memory."""
    monkeypatch.setattr("slacalc._clock.state_machine._MAX_KNOWN", 1)
    promising = desk(row(PROMISED, tier="gold"), row("1 hour"))
    for day in range(4, 31):
        ticket = {"promised_at": paris(f"{day:02} 12:00").isoformat(), "tier": "gold"}
        assert resolution(promising, ticket).due == paris(f"{day:02} 12:00")
        status = promising.open(ticket, FRIDAY).status(FRIDAY)
        assert status["resolution"].due == paris(f"{day:02} 12:00")


@pytest.mark.parametrize(
    ("on_change", "due"), [("keep_elapsed", "09 12:00"), ("keep_original", "08 12:00")]
)
def test_an_event_changes_what_is_promised(on_change: str, due: str) -> None:
    """As any change of promise; the same instant spelled otherwise is none."""
    clock = desk(on_change=on_change).open(
        {"promised_at": "2024-05-08T12:00:00+02:00"}, paris("03 10:00")
    )
    same = clock.apply(Event(paris("03 11:00"), "changed", promised_at="2024-05-08T10:00:00Z"))
    assert len(same.status(paris("03 12:00")).cycles("resolution")) == 1
    assert same.status(paris("03 12:00"))["resolution"].due == paris("08 12:00")
    later = same.apply(
        Event(paris("03 12:00"), "changed", promised_at=datetime(2024, 5, 9, 12, tzinfo=PARIS))
    )
    assert later.status(paris("03 13:00"))["resolution"].due == paris(due)
    assert Clock.from_dict(later.to_dict()) == later


def test_warnings() -> None:
    """A share of the time until then, and a time before it."""
    deadline = resolution(
        desk(warnings=["50 %", "1 working hour before", "30 minutes before"]),
        {"promised_at": "2024-05-03T20:00:00+02:00"},
    )
    at = [str(alarm.at)[11:16] for alarm in deadline.warnings]
    assert at == ["16:00", "18:00", "19:30"]  # the last working hour begins at four
    late = resolution(desk(warnings=["80 %"]), {"promised_at": "2024-05-01T12:00:00+02:00"})
    assert [alarm.at for alarm in late.warnings] == [late.start]  # promised before it came in


def test_columns() -> None:
    """Tables have a column of instants, which may be missing; each ticket has its own."""
    policies = desk(
        row(PROMISED, tier="gold"), row("2 working hours"), attributes=OPTIONAL | {"x": ["y"]}
    )
    tickets = {
        "created": np.array(["2024-05-03T08:00"] * 4, "datetime64[s]"),
        "tier": ["gold", "gold", "gold", "silver"],
        "promised_at": np.array(
            ["2024-05-08T10:00", "2024-05-09T11:30", "NaT", "2024-05-08T10:00"], "datetime64[s]"
        ),
        "resolved": np.array(["NaT", "2024-05-09T12:00", "NaT", "NaT"], "datetime64[s]"),
    }
    due = bulk.deadlines(policies, tickets)
    assert [str(at) for at in due["resolution_due"]] == [
        *("2024-05-08T10:00:00", "2024-05-09T11:30:00", "NaT", "2024-05-03T10:00:00"),
    ]
    assert due["resolution_reason"][2] == "the ticket has no promised_at"
    states = bulk.evaluate(policies, tickets, "2024-05-08T10:00:00Z")
    assert [*states["resolution_state"]] == ["running", "running", "no target", "breached"]
    assert states["resolution_remaining"][0] == np.timedelta64(0, "us")
    states = bulk.evaluate(policies, tickets, "2024-05-10T10:00:00Z")
    assert [*states["resolution_state"]] == ["breached", "breached", "no target", "breached"]


def test_logs_are_replayed_by_clocks() -> None:
    """The date may change with every event, so that columns would not help; the plan says so."""
    engine = bulk.plan(desk())["resolution"]
    assert engine.engine == "clock"
    assert "a date of the ticket (promised_at)" in engine.reason
    log = {
        "ticket": ["A", "B", "A"],
        "at": ["2024-05-03T10:00+02:00", "2024-05-03T10:00+02:00", "2024-05-03T11:00+02:00"],
        "type": ["created", "created", "changed"],
        "promised_at": ["2024-05-08T12:00:00+02:00"] * 2 + ["2024-05-09T12:00:00+02:00"],
    }
    status = bulk.replay(desk(), log, paris("03 12:00"))
    due = [datetime.fromisoformat(str(at)) for at in status["due"]]
    assert due == [paris("09 12:00"), paris("08 12:00")]


HALF_HOURS = st.integers(0, 400)


@settings(deadline=None)
@given(
    promised=st.none() | HALF_HOURS,
    moments=st.lists(HALF_HOURS, min_size=4, max_size=4).map(sorted),
    tier=st.sampled_from(["gold", "silver"]),
    warned=st.integers(0, 100),
)
def test_one_ticket_a_table_and_a_log_agree(
    promised: int | None, moments: list[int], tier: str, warned: int
) -> None:
    """Due at the date itself, whatever pauses there are; two working hours for the others."""
    pause = {"start": "created", "stop": "resolved", "pause": "paused", "resume": "resumed"}
    desk_of = desk(
        row(PROMISED, tier="gold"),
        row({"within": "2 working hours", "warnings": [f"{warned} %"]}),
        attributes=OPTIONAL,
        **pause,
    )

    def at(half: int) -> datetime:
        return datetime(2024, 4, 30, tzinfo=UTC) + timedelta(minutes=30 * half)

    created, paused, resumed, as_of = moments
    ticket = {"tier": tier} | ({} if promised is None else {"promised_at": at(promised)})
    clock = desk_of.open(ticket, at(created))
    clock = clock.apply(Event(at(paused), "paused")).apply(Event(at(resumed), "resumed"))
    status = clock.status(at(as_of))["resolution"]
    deadline = resolution(desk_of, ticket, at=at(created))
    if tier == "gold":
        expected = None if promised is None else at(promised)
        assert deadline.due == status.due == expected
        is_late = promised is not None and as_of > promised
        no_target = "no target" if promised is None else "running"
        assert status.state == ("breached" if is_late else no_target)
    columns: dict[str, Any] = {"tier": [tier], "promised_at": [ticket.get("promised_at")]}
    columns = {name: column for name, column in columns.items() if column != [None]}
    table = columns | {"created": [at(created)], "paused": [at(paused)], "resumed": [at(resumed)]}
    row_of = bulk.evaluate(desk_of, table, at(as_of))
    assert row_of["resolution_state"][0] == status.state
    assert row_of["resolution_due"][0] == status.due
    assert bulk.deadlines(desk_of, table)["resolution_due"][0] == deadline.due
    log = {
        "ticket": ["A"] * 3,
        "at": [at(created), at(paused), at(resumed)],
        "type": ["created", "paused", "resumed"],
        **{name: [column[0], None, None] for name, column in columns.items()},
    }
    replayed = bulk.replay(desk_of, log, at(as_of))
    assert (replayed["state"][0], replayed["due"][0]) == (status.state, status.due)


def test_the_linter_knows_no_order_of_them() -> None:
    """Each ticket has its own date, so nothing is later; other rows are still compared."""
    desk_of = desk(row(PROMISED, tier="gold"), row("2 working hours"), row("1 hour", tier="silver"))
    assert [finding.path for finding in desk_of.lint()] == ["tables.standard[2]"]
    tables = {
        "one": [row("1 hour", tier="silver"), row(PROMISED)],
        "two": [row("2 hours")],
    }
    assert not [*policy(attributes=AGREED, tables=tables).lint()]  # two may be due before


def test_it_is_written_as_it_was_read() -> None:
    """TOML, JSON and the short form."""
    for target in (PROMISED, {"field": "promised_at"}):
        desk_of = desk(row(target))
        assert Policy.from_toml(desk_of.to_toml()) == Policy.from_json(desk_of.to_json()) == desk_of
        assert "promised_at of the ticket" in desk_of.to_html()


@pytest.mark.parametrize(
    ("parts", "where", "expected"),
    [
        ({"rows": row({"within": {"field": "tier"}})}, "within.field", "promised_at"),
        ({"rows": row({"within": {"field": "promisd_at"}})}, "within.field", "promised_at"),
        ({"rows": row({"within": {"feld": "promised_at"}})}, "within", "how long"),
        ({"rows": row(PROMISED | {"limit": "1 hour"})}, "limit", "counts from the start"),
        ({"rows": row(PROMISED | {"roll": "following"})}, "roll", "calendar days"),
        ({"rows": row({"within": "1 hour", "limit": {"field": "promised_at"}})}, "limit", "within"),
    ],
)
def test_faults_of_targets(parts: dict[str, Any], where: str, expected: str) -> None:
    """What cannot be meant is said where it stands."""
    with pytest.raises(PolicyError) as caught:
        desk(parts["rows"])
    (fault,) = caught.value.faults
    assert fault.where == f"tables.standard[0].targets.resolution.{where}"
    assert expected in fault.message


@pytest.mark.parametrize(
    ("attribute", "where"),
    [
        ({"kind": "instant", "default": "2024-05-08T12:00:00Z"}, "default"),
        ({"kind": "instant", "values": ["a"]}, "values"),
    ],
)
def test_faults_of_attributes(attribute: dict[str, Any], where: str) -> None:
    """Each ticket has an instant of its own."""
    with pytest.raises(PolicyError) as caught:
        desk(attributes={"promised_at": attribute})
    assert caught.value.faults[0].where == f"attributes.promised_at.{where}"


def test_conditions_do_not_read_it() -> None:
    """Only targets do."""
    for parts in (
        {"rows": [row("1 hour", promised_at="x")]},
        {"rows": [row(PROMISED)], "stop": {"promised_at": "x"}},
    ):
        with pytest.raises(PolicyError, match="targets read"):
            desk(*parts.pop("rows"), **parts)
