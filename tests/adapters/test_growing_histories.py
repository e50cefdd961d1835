"""A ticket that is read again later has the events of before, with the same keys, and new ones."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from slacalc.adapters import generic, github, zammad
from tests.adapters import test_generic, test_github, test_gitlab, test_glpi, test_zammad

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slacalc import Policy
    from slacalc.adapters import TicketLog


def _github() -> Iterator[TicketLog]:
    labels: list[str] = ["bug"]
    for number in range(len(test_github.DAY) + 1):
        timeline = test_github.DAY[:number]
        for event in timeline[-1:]:
            if event["event"] == "labeled":
                labels.append(event["label"]["name"])
            elif event["event"] == "unlabeled":
                labels.remove(event["label"]["name"])
        states = [event["event"] for event in timeline if event["event"] in ("closed", "reopened")]
        is_closed = states[-1:] == ["closed"]
        today = test_github.issue(
            labels=[{"name": label} for label in labels],
            assignees=[test_github.user("ann")] if number >= 2 else [],
            state="closed" if is_closed else "open",
            state_reason="completed" if is_closed else None,
        )
        yield github.read(today, timeline, agents={"ann"})


def _gitlab() -> Iterator[TicketLog]:
    """Each edit adds all events of its instant."""
    edits = [("", 0, [], 0), ("", 1, ["priority::2"], 0), ("", 3, ["priority::1"], 0)]
    edits += [("", 3, ["priority::1"], 2), ("", 4, ["priority::1", "status::blocked"], 3)]
    edits += [("", 5, ["priority::1"], 3)]
    edits += [(state, 5, ["priority::1"], 3) for state in ("closed", "opened", "closed")]
    for number, (state, labels, today, notes) in enumerate(edits):
        issue = test_gitlab.issue(state=state or "opened", labels=today)
        states = test_gitlab.STATES[: max(0, number - 5)]
        messages = [note for note in test_gitlab.NOTES[::-1] if not note["system"]][:notes]
        yield test_gitlab.read(issue, states, test_gitlab.LABELS[:labels], messages)


def _zammad() -> Iterator[TicketLog]:
    today = test_zammad.ticket()
    entries = test_zammad.HISTORY["history"]
    for number, entry in enumerate(entries, 1):
        if entry["type"] == "updated" and entry["object"] == "Ticket":
            today = today | {entry["attribute"]: entry["value_to"]}
            if entry["attribute"] == "owner":
                today["owner_id"] = entry["id_to"]
        yield zammad.read(today, [], entries[:number])


def _kept() -> Iterator[TicketLog]:
    states = test_zammad.EARLIER
    for number in range(1, len(states) + 1):
        yield zammad.read(states[number - 1], earlier=states[: number - 1])


def _glpi() -> Iterator[TicketLog]:
    names = {12: "status", 10: "urgency", 3: "priority"}
    today = test_glpi.ticket()
    for number, entry in enumerate(test_glpi.HISTORY, 1):
        name = names.get(int(entry["id_search_option"]))
        if name:
            today = today | {name: int(entry["new_value"])}
        yield test_glpi.read(today, test_glpi.HISTORY[:number])


def _generic() -> Iterator[TicketLog]:
    today: dict[str, Any] = {**test_generic.TODAY, "status": "new", "priority": "low"}
    today["assignee"] = None
    read = partial(generic.read, fields=test_generic.FIELDS, stages={"done": "resolved"})
    for number, record in enumerate(test_generic.RECORDS, 1):
        if "field" in record:
            today[str(record["field"])] = record["after"]
        yield read(today, test_generic.RECORDS[:number], time_zone="Europe/Paris")


SOURCES: list[tuple[Any, Policy]] = [
    (_github, test_github.POLICY),
    (_gitlab, test_gitlab.POLICY),
    (_zammad, test_zammad.POLICY),
    (_kept, test_zammad.POLICY),
    (_glpi, test_glpi.POLICY),
    (_generic, test_generic.POLICY),
]


@pytest.mark.parametrize(
    ("logs", "policy"), SOURCES, ids=["github", "gitlab", "zammad", "kept", "glpi", "generic"]
)
def test_what_is_read_again_later(logs: Any, policy: Policy) -> None:
    first, *later = logs()
    clock, count = first.replay(policy), len(first.events)
    for log in later:
        assert log.ticket == first.ticket
        clock = log.insert_into(clock)
        assert clock == log.replay(policy)
        assert len(log.events) >= count
        count = len(log.events)
    assert count > len(first.events)
