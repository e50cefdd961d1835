"""Tickets of GLPI, by its REST API; see README.md for the sources of the payloads."""

from __future__ import annotations

import copy
from functools import partial
from typing import Any

import pytest

from slacalc import Policy
from slacalc.adapters import compare, glpi, read_many
from slacalc.errors import PayloadError, TimeZoneError
from tests.adapters.desk import desk, insert_again, lines
from tests.adapters.mutations import check_cycles, check_reader

POLICY = desk({"status": "pending"}, priority=["high", "medium"])
read = partial(glpi.read, time_zone="Europe/Paris", agents={42})
NOON = "2026-05-18T12:00:00Z"


def ticket(**changes: Any) -> dict[str, Any]:
    """A ticket of 11:00 in Paris, which is 9:00 in UTC."""
    return {
        "id": 123,
        "entities_id": 0,
        "name": "It does not start",
        "date": "2026-05-18 11:00:00",
        "closedate": None,
        "solvedate": None,
        "takeintoaccountdate": None,
        "date_mod": "2026-05-18 15:00:00",
        "users_id_lastupdater": 42,
        "status": 1,
        "users_id_recipient": 7,
        "requesttypes_id": 1,
        "content": "…",
        "urgency": 3,
        "impact": 3,
        "priority": 3,
        "itilcategories_id": 51,
        "type": 1,
        "global_validation": 1,
        "slas_id_ttr": 0,
        "slas_id_tto": 0,
        "time_to_resolve": None,
        "time_to_own": None,
        "begin_waiting_date": None,
        "sla_waiting_duration": 0,
        "takeintoaccount_delay_stat": 0,
        "is_deleted": 0,
        "date_creation": "2026-05-18 11:00:02",
        **changes,
    }


def entry(number: int, time: str, option: Any, old: Any, new: Any, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "itemtype": "Ticket",
        "items_id": 123,
        "itemtype_link": "",
        "linked_action": 0,
        "user_name": "tech (42)",
        "date_mod": f"2026-05-18 {time}",
        "id_search_option": option,
        "old_value": old,
        "new_value": new,
        **more,
    }


def followup(number: int, time: str, author: Any, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "itemtype": "Ticket",
        "items_id": 123,
        "date": f"2026-05-18 {time}",
        "users_id": author,
        "users_id_editor": 0,
        "content": "Hello",
        "is_private": 0,
        "requesttypes_id": 1,
        "date_creation": f"2026-05-18 {time}",
        "timeline_position": 4,
        "sourceitems_id": 0,
        **more,
    }


TODAY = ticket(status=6, priority=4, urgency=4)
HISTORY = [
    entry(1, "11:00:02", 0, "", "", linked_action=20),
    entry(2, "11:05:00", 0, "", "tech (42)", linked_action=15, itemtype_link="User"),
    entry(3, "11:05:00", 12, "1", "2"),
    entry(4, "11:10:00", 10, "3", "4"),
    entry(5, "11:10:00", 3, "3", "4"),
    entry(6, "11:20:00", 7, "Network (51)", "Software (52)"),
    entry(7, "12:00:00", "12", 2, 4, linked_action="0"),
    entry(8, "12:30:00", 12, "4", "2"),
    entry(9, "13:00:00", 12, "2", "5"),
    entry(10, "13:15:00", 12, "5", "2"),
    entry(11, "14:00:00", 12, "2", "5"),
    entry(12, "14:30:00", 12, "5", "6"),
]
FOLLOWUPS = [
    followup(3, "11:25:00", 42, is_private=1),
    followup(4, "11:30:00", "42"),
    followup(5, "12:30:00", 7),
]


def test_a_day() -> None:
    log = read(TODAY, HISTORY, FOLLOWUPS)
    assert log.ticket == {
        "id": 123,
        "status": "new",
        "priority": "medium",
        "urgency": "medium",
        "impact": "medium",
        "type": "incident",
        "approval": "none",
        "deleted": False,
    }
    assert str(log.opened_at) == "2026-05-18 09:00:00+00:00"
    assert lines(log) == [
        "09:05:00 changed status=assigned glpi:log-3",
        "09:10:00 changed urgency=high glpi:log-4",
        "09:10:00 changed priority=high glpi:log-5",
        "09:25:00 replied by=agent public=False glpi:followup-3",
        "09:30:00 replied by=agent public=True glpi:followup-4",
        "10:00:00 changed status=pending glpi:log-7",
        "10:30:00 replied by=customer public=True glpi:followup-5",
        "10:30:00 changed status=assigned glpi:log-8",
        "11:00:00 changed status=solved glpi:log-9",
        "11:00:00 resolved glpi:log-9/resolved",
        "11:15:00 changed status=assigned glpi:log-10",
        "11:15:00 reopened glpi:log-10/reopened",
        "12:00:00 changed status=solved glpi:log-11",
        "12:00:00 resolved glpi:log-11/resolved",
        "12:30:00 changed status=closed glpi:log-12",
        "12:30:00 closed glpi:log-12/closed",
    ]


def test_due_dates() -> None:
    """2 hours from 9:00 UTC for a high priority; half an hour pending, a quarter solved."""
    clock = read(TODAY, HISTORY[:10], FOLLOWUPS).replay(POLICY)
    status = clock.status("2026-05-18T11:20:00Z")
    assert str(status["response"].stopped_at) == "2026-05-18 09:30:00+00:00"
    assert str(status["resolution"].due) == "2026-05-18 11:45:00+00:00"


def test_reading_again_changes_nothing() -> None:
    log = read(TODAY, HISTORY, FOLLOWUPS)
    assert insert_again(POLICY, log)
    assert log == read(*copy.deepcopy((TODAY, HISTORY, FOLLOWUPS)))
    assert log == read(TODAY, HISTORY[::-1] * 2, FOLLOWUPS[::-1] * 2)
    assert read(ticket(), []).events == ()


def test_naive_times_are_those_of_a_zone() -> None:
    """In Paris, 2:30 of October 25 comes twice; at first the offset is 2 hours."""
    night = ticket(date="2026-10-25 02:30:00")
    assert str(read(night, []).opened_at) == "2026-10-25 00:30:00+00:00"
    log = glpi.read(night, [], time_zone="America/New_York", agents=())
    assert str(log.opened_at) == "2026-10-25 06:30:00+00:00"
    with pytest.raises(TimeZoneError):
        glpi.read(night, [], time_zone="Paris", agents=())


def test_numbers_as_text() -> None:
    """GLPI before 10 gives numbers as text."""
    texts = {name: str(value) for name, value in TODAY.items() if isinstance(value, int)}
    today = {**TODAY, **texts}
    history = [{name: str(value) for name, value in entry_.items()} for entry_ in HISTORY]
    assert read(today, history, FOLLOWUPS).events == read(TODAY, HISTORY, FOLLOWUPS).events


def test_approvals() -> None:
    history = [entry(1, "11:10:00", 52, "1", "2"), entry(2, "11:40:00", 52, "2", "3")]
    log = read(ticket(global_validation=3), history)
    assert log.ticket["approval"] == "none"
    assert [event.fields["approval"] for event in log.events] == ["waiting", "accepted"]
    policy = desk({"approval": "waiting"})
    due = log.replay(policy).status(NOON)["resolution"].due
    assert str(due) == "2026-05-18 13:30:00+00:00"  # 4 hours from 9:00, and 30 minutes


def test_the_trash() -> None:
    """A merge puts a ticket there; the records of its parts may be deleted as well."""
    history = [
        entry(9, "11:05:00", 0, "", "", linked_action=13, itemtype_link="Document"),
        entry(1, "11:10:00", 0, "", "", linked_action=13),
        entry(2, "11:20:00", 0, "", "", linked_action=14),
        entry(3, "11:30:00", 0, "", "", linked_action="13"),
    ]
    log = read(ticket(is_deleted=1), history)
    assert lines(log) == [
        "09:10:00 changed deleted=True glpi:log-1",
        "09:10:00 cancelled glpi:log-1/cancelled",
        "09:20:00 changed deleted=False glpi:log-2",
        "09:20:00 reopened glpi:log-2/reopened",
        "09:30:00 changed deleted=True glpi:log-3",
        "09:30:00 cancelled glpi:log-3/cancelled",
    ]


def test_unknown_numbers_and_authors() -> None:
    log = read(
        ticket(status=10, priority=9, type=3),
        [
            entry(1, "11:10:00", 12, "1", "10"),
            entry(2, "11:20:00", 99999, "", "x"),
            entry(3, "11:30:00", 12, "x", "y", linked_action=1001),
        ],
        [
            followup(1, "11:10:00", 0),
            followup(2, "11:20:00", None),
            {**followup(3, "11:30:00", 9), "date": None},
            {**followup(4, "11:40:00", 9), "date": "2026-05-18 11:35:00"},
        ],
    )
    assert (log.ticket["priority"], log.ticket["type"]) == (9, 3)
    assert lines(log) == [
        "09:10:00 replied by=unknown public=True glpi:followup-1",
        "09:10:00 changed status=10 glpi:log-1",
        "09:20:00 replied by=unknown public=True glpi:followup-2",
        "09:30:00 replied by=customer public=True glpi:followup-3",
        "09:35:00 replied by=customer public=True glpi:followup-4",
    ]


def test_before_the_opening() -> None:
    """The date of the opening can be set later than that of the record; followups may be moved."""
    log = read(
        ticket(status=2, date=None, date_creation="2026-05-18 12:00:00"),
        [entry(1, "11:10:00", 12, "1", "2")],
        [followup(1, "11:00:00", 42, sourceitems_id=99)],
    )
    assert str(log.opened_at) == "2026-05-18 10:00:00+00:00"
    assert log.ticket["status"] == "assigned"
    assert log.events == ()


def test_names_and_values() -> None:
    log = read(
        ticket(itilcategories_id=52, locations_id="3", requesttypes_id=0),
        [
            *HISTORY[:6],
            entry(7, "12:00:00", 83, "&nbsp; (0)", "Hall (2) (3)", old_id=0, new_id=3),
            entry(8, "12:10:00", 9, "Phone (Paris) (4)", "&nbsp; (0)"),
        ],
        names={
            "priority": "rank",
            "itilcategories_id": "category",
            "locations_id": "place",
            "requesttypes_id": "source",
        },
        values={"rank": {4: "P2"}, "category": {51: "network", 52: "software"}},
    )
    assert log.ticket["rank"] == "medium"
    assert (log.ticket["category"], log.ticket["place"], log.ticket["source"]) == ("network", 0, 4)
    assert lines(log)[2:] == [
        "09:10:00 changed rank=P2 glpi:log-5",
        "09:20:00 changed category=software glpi:log-6",
        "10:00:00 changed place=3 glpi:log-7",
        "10:10:00 changed source=0 glpi:log-8",
    ]


@pytest.mark.parametrize("name", ["name", "users_id_recipient", "customfield", "date"])
def test_fields_whose_history_is_not_read_are_refused(name: str) -> None:
    with pytest.raises(
        PayloadError, match=f"'{name}' is not a field whose history is read"
    ) as error:
        read(ticket(), [], names={name: "x"})
    assert error.value.where == "names"


def test_ends_without_a_history() -> None:
    """Statuses 5 and 6 are solved and closed; the record has their instants."""
    ends = {"solvedate": "2026-05-18 14:00:00", "closedate": "2026-05-18 15:00:00"}
    solved = read(ticket(status=5, solvedate=ends["solvedate"]), [])
    assert solved.ticket["status"] == "new"
    assert lines(solved) == [
        "12:00:00 changed status=solved glpi:status-1",
        "12:00:00 resolved glpi:status-1/resolved",
    ]
    closed = read(ticket(status="6", **ends), [])
    assert lines(closed) == [
        *lines(solved),
        "13:00:00 changed status=closed glpi:status-2",
        "13:00:00 closed glpi:status-2/closed",
    ]
    assert lines(read(ticket(status=6, closedate=ends["closedate"]), [])) == [
        "13:00:00 changed status=closed glpi:status-1",
        "13:00:00 resolved glpi:status-1/resolved",
        "13:00:00 closed glpi:status-1/closed",
    ]
    assert read(ticket(status=2, **ends), []).events == ()
    # Into the trash it went when it was last changed.
    assert lines(read(ticket(is_deleted=1), [])) == [
        "13:00:00 changed deleted=True glpi:is_deleted-1",
        "13:00:00 cancelled glpi:is_deleted-1/cancelled",
    ]


def test_cycles() -> None:
    kept = ticket(
        status=4,
        time_to_own="2026-05-18 12:00:00",
        takeintoaccountdate="2026-05-18 12:00:01",
        time_to_resolve="2026-05-18 15:00:00",
    )
    own, resolve = glpi.cycles(kept, time_zone="Europe/Paris")
    assert (own.metric, own.breached) == ("time_to_own", True)
    assert str(own.due) == "2026-05-18 10:00:00+00:00"
    assert str(own.stop) == "2026-05-18 10:00:01+00:00"
    assert (resolve.metric, resolve.breached, resolve.stop) == ("time_to_resolve", None, None)
    assert resolve.is_paused
    assert glpi.cycles(ticket(), time_zone="Europe/Paris") == []
    just = {**kept, "takeintoaccountdate": kept["time_to_own"]}
    assert glpi.cycles(just, time_zone="Europe/Paris")[0].breached is False


def test_differences_from_its_clocks() -> None:
    kept = ticket(status=4, time_to_resolve="2026-05-18 15:00:00")
    clock = read(kept, [entry(1, "12:00:00", 12, "1", "4")]).replay(POLICY)
    theirs = glpi.cycles(kept, time_zone="Europe/Paris")
    differences = compare(clock, theirs, "2026-05-18T10:30:00Z", {"time_to_resolve": "resolution"})
    [difference] = map(str, differences)
    assert difference == (
        "resolution, cycle 1, due: theirs 2026-05-18 13:00:00+00:00, ours 2026-05-18 "
        "13:30:00+00:00: it is paused, and the product does not move its due date: see "
        "`due_while_paused`"
    )


@pytest.mark.parametrize(
    ("payloads", "where"),
    [
        (({}, []), "date_creation"),
        ((ticket(date="18/05/2026"), []), "date"),
        ((ticket(status=[[]]), []), "status"),
        ((["ERROR_ITEM_NOT_FOUND", "Item not found"], []), ""),
        ((ticket(), {"0": {}}), "history"),
        ((ticket(), None), "history"),
        ((ticket(), [entry(1, "11:10:00", "status", "1", "2")]), "history[0].id_search_option"),
        ((ticket(), [entry(1, "", 12, "1", "2")]), "history[0].date_mod"),
        ((ticket(), [], [{**followup(1, "11:10:00", 42), "id": None}]), "followups[0].id"),
        ((ticket(), [], [followup(1, "11:10:00", {"id": 42})]), "followups[0].users_id"),
        ((ticket(), [], [followup(1, "11:10:00", "tech")]), "followups[0].users_id"),
        ((ticket(), [], [followup(1, "11:10:00", 42, is_private="no")]), "followups[0].is_private"),
        ((ticket(status="Processing"), []), "status"),
        ((ticket(), [entry(1, "11:10:00", 12, "New", "2")]), "history[0].old_value"),
        ((ticket(), [entry(1, "11:10:00", 7, "&nbsp; (0)", "Soft")]), "history[0].new_value"),
    ],
)
def test_errors_have_a_path(payloads: tuple[Any, ...], where: str) -> None:
    with pytest.raises(PayloadError) as error:
        read(*payloads)
    assert error.value.where == where


def test_bad_tickets_do_not_stop_the_others() -> None:
    pairs = [(TODAY, HISTORY), (ticket(date="?"), []), (ticket(id="124"), [])]
    logs, errors = read_many(pairs, lambda pair: read(*pair))
    assert [log.ticket["id"] for log in logs] == [123, "124"]
    assert [error.where for error in errors] == ["[1].date"]


def test_any_json_at_any_place() -> None:
    named = partial(read, names={"itilcategories_id": "category"})
    history = [HISTORY[2], HISTORY[5], HISTORY[6], HISTORY[8]]
    check_reader(POLICY, named, TODAY, history, FOLLOWUPS[:2])


def test_any_json_in_cycles() -> None:
    kept = ticket(time_to_own="2026-05-18 12:00:00", takeintoaccountdate="2026-05-18 12:00:01")
    check_cycles(partial(glpi.cycles, time_zone="Europe/Paris"), kept)


def test_check() -> None:
    policy = Policy(
        "desk",
        attributes={"priority": ["blocker", "high"], "region": ["eu", "us"]},
        metrics={
            "response": {"stop": {"event": "assigned"}},
            "resolution": {"stop": "resolved", "pause": {"status": "waiting"}},
        },
        tables={
            "all": [
                {"when": {"priority": "blocker"}, "targets": {"resolution": "1 hour"}},
                {"when": {"region": "eu"}, "targets": {"resolution": "2 hours"}},
                {"targets": {"response": "1 hour", "resolution": "4 hours"}},
            ]
        },
    )
    statuses = "new, assigned, planned, pending, solved, closed"
    ranks = "very low, low, medium, high, very high, major"
    assert list(map(str, glpi.check(policy))) == [
        "metrics.response.stop: assigned: glpi has no event 'assigned'",
        f"metrics.resolution.pause: status is waiting: glpi gives status as {statuses}",
        f"tables.all: priority is blocker: glpi gives priority as {ranks}",
        "tables.all: region is eu: glpi does not give the field 'region'",
    ]
    mapped = {"priority": {6: "blocker"}, "status": {4: "waiting"}}
    unmet = glpi.check(policy, values=mapped, names={"locations_id": "region"})
    assert [each.path for each in unmet] == ["metrics.response.stop"]
