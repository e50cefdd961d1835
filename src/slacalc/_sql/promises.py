"""The promises of a policy as rows, one for each combination of attributes that matters.

The matcher says what is promised, as for columns: once for each combination of values that some
condition distinguishes. What it promises depends on the calendar and the unit; each pair of these
is a *slot* of a metric, and a row has a number, or none, for each slot. The earliest counts, so
that of several targets with one slot only the smallest number matters.

What a column cannot say is refused by name.
"""

from __future__ import annotations

from itertools import product
from math import prod
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from slacalc._policy.matching import Matcher
from slacalc._policy.receipts import RECEIVED
from slacalc._policy.representatives import OTHER, representatives
from slacalc._policy.target_time import Within
from slacalc.errors import SqlError, TicketError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from slacalc._policy.conditions import Condition
    from slacalc._policy.matching import MatchedRow
    from slacalc._policy.policy import Policy
    from slacalc._policy.records import Metric

MOST_TICKETS: Final = 5_000
_ANY_INSTANT: Final = 0  # on which nothing depends
_UNITS: Final = ("working time", "time", "at once", "working days", "calendar days")


class Slot(NamedTuple):
    """A unit and the calendar by which it is counted.

    Args:
        unit: The unit, as in `Within`; ``at once`` is the working time 0.
        calendar: The name of the calendar; empty for elapsed time.
    """

    unit: str
    calendar: str


class AttributeColumn(NamedTuple):
    """An attribute by which tickets are found among the rows.

    Args:
        name: Its name.
        values: The values that conditions distinguish.
        is_text: Whether there are other values, all of which stand for `OTHER`.
    """

    name: str
    values: tuple[str | int, ...]
    is_text: bool


class MetricPromises(NamedTuple):
    """What is promised for a metric.

    Args:
        name: The metric.
        start: The event that starts it.
        stop: The event that stops it.
        due: The slots of due dates.
        limit: The slots of limits, or of due dates where a target has none; empty: no target has.
    """

    name: str
    start: str
    stop: str
    due: tuple[Slot, ...]
    limit: tuple[Slot, ...]


class Promises(NamedTuple):
    """The promises of a policy.

    Args:
        attributes: The attributes that matter.
        metrics: The metrics.
        rows: The values of the attributes as text, empty for a missing one; then the numbers for
            the slots of each metric, first those of due dates.
        is_breached_at_due: Whether a ticket that ends exactly when it is due is breached.
        to_next_open: Whether work that ends at a closing is due at the next opening.
    """

    attributes: tuple[AttributeColumn, ...]
    metrics: tuple[MetricPromises, ...]
    rows: tuple[tuple[str | int | None, ...], ...]
    is_breached_at_due: bool
    to_next_open: bool

    @property
    def calendars(self) -> list[str]:
        """The names of the calendars that are looked up."""
        slots = (slot for metric in self.metrics for slot in (*metric.due, *metric.limit))
        return list(dict.fromkeys(slot.calendar for slot in slots if slot.calendar))


def promises_of(policy: Policy, columns: Mapping[str, str | None], *, with_ends: bool) -> Promises:
    """The promises of a policy.

    Args:
        policy: The policy.
        columns: The names of columns, by attribute; None for an attribute that the table lacks. A
            derived attribute is only read if it stands here.
        with_ends: Whether the events that stop metrics matter.

    Raises:
        SqlError: Something in the policy cannot be said in columns.
    """
    versions = policy.all_versions
    if len(versions) > 1:
        _refuse("it has several versions", "give one of policy.all_versions")
    matcher = versions[0].compiled(Matcher)
    _check(matcher)
    attributes = [_column(matcher, name) for name in _names(matcher, columns)]
    size = prod(len(attribute.values) + 1 + attribute.is_text for attribute in attributes)
    if size > MOST_TICKETS:
        _refuse(f"its attributes have {size:,} combinations of values", _INSTEAD)
    matched = list(_matched(matcher, attributes))
    metrics = []
    numbers: list[list[int | None]] = [[] for _ in matched]
    for place, (name, metric) in enumerate(policy.metrics.items()):
        if metric.reset:
            _refuse(f"{name} has a reset, after which it starts again")
        rows_of = [rows[place] for _, rows in matched]
        promises = MetricPromises(
            name,
            _one_event(name, "start", metric.start),
            _stop(name, metric) if with_ends else "",
            *(_slots(matcher, name, rows_of, is_limit=is_limit) for is_limit in (False, True)),
        )
        if promises.due:
            metrics.append(promises)
            for place_of_row, rows in enumerate(rows_of):
                numbers[place_of_row] += _numbers(matcher, name, rows, promises)
    return Promises(
        tuple(attributes),
        tuple(metrics),
        tuple(
            (*values, *row)
            for (values, _), row in zip(matched, numbers, strict=True)
            if any(number is not None for number in row)
        ),
        is_breached_at_due=matcher.semantics.at_due == "breached",
        to_next_open=matcher.to_next_open,
    )


_INSTEAD = "evaluate the table with slacalc.bulk instead"


def _refuse(what: str, how: str = _INSTEAD) -> NoReturn:
    msg = f"columns cannot say it all, since {what}: {how}"
    raise SqlError(msg, given=what, where="policy")


def _check(matcher: Matcher) -> None:
    """Refuse what depends on more than attributes.

    Raises:
        SqlError: Something does.
    """
    policy = matcher.policy
    if policy.coverage:
        _refuse("it has coverage, which depends on the receipt of a ticket")
    if RECEIVED in matcher.tests_by_name:
        _refuse("a condition tests when a ticket was received")
    for name, fields in matcher.date_fields.items():
        _refuse(f"{name} is due at a date of the ticket ({', '.join(sorted(fields))})")


def _names(matcher: Matcher, columns: Mapping[str, str | None]) -> list[str]:
    """The attributes by which tickets differ, in the order of the policy."""
    attributes = matcher.policy.attributes
    names, waiting = set(), [*matcher.tested_attributes]
    while waiting:
        name = waiting.pop()
        if attributes[name].by:
            waiting += attributes[name].by
            if columns.get(name) is None:
                continue
        names.add(name)
    return [name for name in attributes if name in names and columns.get(name, name) is not None]


def _column(matcher: Matcher, name: str) -> AttributeColumn:
    attribute = matcher.policy.attributes[name]
    is_text = not attribute.values
    if attribute.kind not in ("value", "text") or name in matcher.open_attributes:
        _refuse(f"conditions on {name} have ranges, patterns or tags")
    if attribute.fold_case:
        _refuse(f"conditions on {name} take capitals and small letters for the same")
    values = [*representatives(attribute, matcher.tests_by_name.get(name, ())).values]
    for choice in matcher.calendar_choices:
        values += choice.names if choice.field == name and is_text else ()
    known: dict[str | int, None] = {}
    for value in values:
        if isinstance(value, bool) or not isinstance(value, str | int):
            _refuse(f"values of {name} are not texts")
        known[value] = None
    known.pop(OTHER, None)
    return AttributeColumn(name, tuple(known), is_text)


def _matched(
    matcher: Matcher, attributes: list[AttributeColumn]
) -> Iterator[tuple[tuple[str, ...], list[list[MatchedRow]]]]:
    """The values of all tickets that are not refused, with the matched rows by metric."""
    choices = [(None, *attribute.values, *[OTHER] * attribute.is_text) for attribute in attributes]
    for values in product(*choices):
        fields = {
            attribute.name: value
            for attribute, value in zip(attributes, values, strict=True)
            if value is not None
        }
        try:
            ticket = matcher.ticket(matcher.read(fields), matcher.receipt(_ANY_INSTANT))
            matcher.refuse(ticket)
            rows = [matcher.matched_rows(metric, ticket) for metric in matcher.policy.metrics]
        except TicketError:
            continue
        yield tuple("" if value is None else str(value) for value in values), rows


def _one_event(metric: str, what: str, condition: Condition | None) -> str:
    """The only event of a condition."""
    clauses = condition.clauses if condition else ()
    if len(clauses) != 1 or not clauses[0].event or clauses[0].fields:
        _refuse(f"the {what} of {metric} is not one event, but {condition or 'none'}")
    return clauses[0].event


def _stop(name: str, metric: Metric) -> str:
    """The event that stops a metric."""
    for what in ("starts_after", "repeat", "held_by", "until"):
        if getattr(metric, what):
            _refuse(f"{name} has {what}, which takes a log of events")
    return _one_event(name, "stop", metric.stop)


def _parts(
    matcher: Matcher, metric: str, row: MatchedRow, *, is_limit: bool
) -> Iterator[tuple[Slot, int]]:
    """The slot and the number of a target, if it has a time."""
    target = row.target
    within = target.limit if is_limit and target.limit is not None else target.within
    if target.within is None:
        return
    where = f"the target of {metric} in row {row.place + 1} of {row.table}"
    if not isinstance(within, Within) or within.unit not in _UNITS:
        _refuse(f"{where} is {within}")
    if target.roll:
        _refuse(f"{where} rolls from days off")
    calendar = matcher.calendar_name(target, matcher.policy.metrics[metric], within)
    unit = "working time" if within.unit == "at once" else within.unit
    if not calendar and unit == "working time":
        unit = "time"
    if not calendar and unit != "time":
        _refuse(f"{where} counts {unit} without a calendar")
    yield Slot(unit, "" if unit == "time" else calendar), within.count


def _slots(
    matcher: Matcher, metric: str, rows_of: list[list[MatchedRow]], *, is_limit: bool
) -> tuple[Slot, ...]:
    """The slots of a metric; of limits there are none if no target has one."""
    if is_limit and not any(row.target.limit for rows in rows_of for row in rows):
        return ()
    return tuple(
        dict.fromkeys(
            slot
            for rows in rows_of
            for row in rows
            for slot, _ in _parts(matcher, metric, row, is_limit=is_limit)
        )
    )


def _numbers(
    matcher: Matcher, metric: str, rows: list[MatchedRow], promises: MetricPromises
) -> list[int | None]:
    """The smallest number for each slot of due dates, then of limits."""
    numbers: list[int | None] = []
    for is_limit, slots in ((False, promises.due), (True, promises.limit)):
        smallest: dict[Slot, int] = {}
        for row in rows if slots else ():
            for slot, number in _parts(matcher, metric, row, is_limit=is_limit):
                smallest[slot] = min(number, smallest.get(slot, number))
        numbers += [smallest.get(slot) for slot in slots]
    return numbers
