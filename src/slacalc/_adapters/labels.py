"""Labels of an issue as they come and go; one such as ``scope::value`` is the value of a field.

The labels at the opening are those that have no event and are there today, and those whose first
event takes them away. So a label that is added twice counts from the first time, and one that is
taken away and was never added was there from the start. Of several labels of a scope the newest
counts, and of those at the opening the last by alphabet.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from slacalc._adapters.log_builder import LogBuilder

OWN_FIELDS = ("labels", "state", "assignee", "milestone")
"""The fields of issues that no label sets."""


class Membership(NamedTuple):
    """That something was added to a group, or taken away.

    Args:
        at: The instant.
        key: The key of the event.
        name: What was added or taken away.
        is_added: Whether it was added.
    """

    at: int
    key: str
    name: str
    is_added: bool


def at_opening(today: Iterable[str], events: Iterable[Membership]) -> list[str]:
    """The members of a group before some events, by alphabet.

    Args:
        today: Its members after the events.
        events: The events in order.
    """
    first: dict[str, bool] = {}
    for event in events:
        first.setdefault(event.name, event.is_added)
    return sorted(name for name in {*today, *first} if not first.get(name, False))


def follow_labels(
    builder: LogBuilder,
    today: Iterable[str],
    events: list[Membership],
    separators: tuple[str, ...],
    own: Iterable[str] = OWN_FIELDS,
) -> None:
    """Note the labels of an issue, and the fields that they set.

    Args:
        builder: What collects the changes.
        today: The labels of today.
        events: Their events in order.
        separators: What stands between scope and value.
        own: The fields that no label sets.
    """
    today = [*today]
    labels = at_opening(today, events)
    builder.has("labels", labels)
    for at, key, label, is_added in events:
        place = bisect_left(labels, label)
        is_there = labels[place : place + 1] == [label]
        if is_there != is_added:
            added = [label] if is_added else []
            before, labels = labels, [*labels[:place], *added, *labels[place + is_there :]]
            builder.change(at, key, "labels", before, labels)
    scopes: dict[str, tuple[list[str], list[Membership]]] = {}
    parts = {name: _parts(name, separators) for name in (*today, *(each.name for each in events))}
    for label in today:
        scopes.setdefault(parts[label][0], ([], []))[0].append(label)
    for event in events:
        scopes.setdefault(parts[event.name][0], ([], []))[1].append(event)
    for scope, members in scopes.items():
        if scope and scope not in own:
            follow_member(builder, scope, *members, lambda labels: parts[last(labels)][1])


def follow_member(
    builder: LogBuilder,
    field: str,
    today: Iterable[str],
    events: list[Membership],
    value_of: Callable[[dict[str, None]], Any],
) -> None:
    """Note a field that is set by one member of a group.

    Args:
        builder: What collects the changes.
        field: The field.
        today: The members of today.
        events: The events of the group in order.
        value_of: The value by the members, from the oldest to the newest, if there are any.
    """
    members = dict.fromkeys(at_opening(today, events))
    value = value_of(members) if members else None
    builder.has(field, value)
    for at, key, name, is_added in events:
        if is_added:
            members.setdefault(name)
        else:
            members.pop(name, None)
        before, value = value, value_of(members) if members else None
        builder.change(at, key, field, before, value)


def first(members: dict[str, None]) -> str:
    """The oldest member of a group."""
    return next(iter(members))


def last(members: dict[str, None]) -> str:
    """The newest member of a group."""
    return next(reversed(members))


def _parts(label: str, separators: tuple[str, ...]) -> tuple[str, str]:
    """Scope and value of a label; empty if it has none."""
    for separator in separators:
        scope, _, value = map(str.strip, label.rpartition(separator))
        if scope and value:
            return scope, value
    return "", ""
