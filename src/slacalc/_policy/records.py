"""The parts of a policy: metrics, rows with targets, refusals and preconditions.

They are frozen records. In code they accept the same short forms as in a file:
``Row(when={"tier": "gold"}, targets={"response": "4 working hours"})``. Each class is at the same
time the shape of its table in a policy file, and its docstring describes the keys in the JSON
Schema. What the parts mean together is checked by `validation.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from slacalc._policy.attribute_tests import WHEN, Test
from slacalc._policy.calendars import CALENDAR_NAME, CalendarByField
from slacalc._policy.conditions import CONDITION, CONDITION_OR_NEVER, Clause, Condition
from slacalc._policy.semantics import CountsFrom, OnChange, OnReopen, Repeat, one_of
from slacalc._policy.target_time import EXPECTED, LENGTH, WITHIN, Combined, Roll, Within
from slacalc._policy.warnings import WARNINGS, Warning_
from slacalc._schema.faults import INVALID
from slacalc._schema.limits import MAX_METRICS, MAX_NAMED, MAX_ROWS, MAX_TABLES
from slacalc._schema.shapes import (
    NAME_SHAPE,
    Count,
    Description,
    FrozenMap,
    ListOf,
    MapOf,
    NumberShape,
    Record,
    Short,
    Text,
    bind,
    read_by_shape,
    shaped,
)

if TYPE_CHECKING:
    from decimal import Decimal

    from slacalc._schema.faults import DocumentPath, Faults

WORDS = Text()
NAMES = ListOf(NAME_SHAPE, "a list of names")


# Pauses ------------------------------------------------------------------------------------------


@attrs.frozen(repr=False, kw_only=True, field_transformer=bind)
class CappedPause(Description):
    """A pause that stops the clock only for so long, or only so often.

    A pause is one stretch of time in which the condition is met. Once a cap is used up the clock
    runs again, and it stays so until the condition is no longer met. Every cycle has its own count.

    Args:
        when: Condition under which the clock is paused.
        at_most: The length of one pause, such as ``"2 working days"``. Default: no limit.
        times: How many pauses of a cycle stop the clock. Default: no limit.
        in_all: The length of all pauses of a cycle together. Default: no limit.
        calendar: The name of the calendar on which lengths are counted. Default: the target's.
    """

    when: Condition = attrs.field(converter=read_by_shape, metadata=shaped(CONDITION))
    at_most: Within | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(LENGTH)
    )
    times: int | None = attrs.field(default=None, converter=read_by_shape, metadata=shaped(Count()))
    in_all: Within | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(LENGTH)
    )
    calendar: str = attrs.field(default="", converter=read_by_shape, metadata=shaped(NAME_SHAPE))

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """The clauses of the condition."""
        return self.when.clauses

    @property
    def events(self) -> tuple[str, ...]:
        """The types of events that the condition names."""
        return self.when.events

    def __str__(self) -> str:
        caps = []
        if self.at_most is not None:
            caps.append(f"at most {self.at_most}")
        if self.times is not None:
            caps.append(f"{self.times} time{'s' if self.times > 1 else ''}")
        if self.in_all is not None:
            caps.append(f"{self.in_all} in all")
        return f"{self.when} ({', '.join(caps)})"


class _PauseShape:
    """A condition, or never; or a condition with caps."""

    expected = f"{CONDITION_OR_NEVER.expected}, or {{ when = …, at_most = … }}"
    _capped = Record(CappedPause, "a table with when and at_most, times or in_all")
    _caps = ("at_most", "times", "in_all")

    def accepts(self, data: Any) -> bool:
        return isinstance(data, CappedPause) or CONDITION_OR_NEVER.accepts(data)

    def _is_capped(self, data: Any) -> bool:
        # A cap beside fields is found to be misplaced among the settings that no condition has.
        return isinstance(data, Mapping) and ("when" in data or {*data} <= {*self._caps})

    def read(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        if isinstance(data, CappedPause):
            return data
        if not data or not self._is_capped(data):
            return CONDITION_OR_NEVER.read(data, path, faults)
        if {*data} == {"when"}:
            return faults.add(path, data, "at_most, times or in_all beside when")
        pause = self._capped.read(data, path, faults)
        return pause if isinstance(pause, CappedPause) else INVALID

    def write(self, value: Any) -> Any:
        if isinstance(value, CappedPause):
            return self._capped.write(value)
        return CONDITION_OR_NEVER.write(value)

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        capped = {
            **self._capped.schema(definitions),
            "anyOf": [{"required": [key]} for key in self._caps],
        }
        return {"anyOf": [CONDITION_OR_NEVER.schema(definitions), capped]}


_PAUSE = _PauseShape()


# Metrics and rows --------------------------------------------------------------------------------


@attrs.frozen(repr=False, kw_only=True, field_transformer=bind)
class Metric(Description):
    """Something that is measured on a ticket, such as the time to the first response.

    Conditions are the type of an event (``"created"``), a table of fields (``{"status": "open"}``,
    ``{"event": "replied", "by": "agent"}``), or a list of these, any one of which suffices.

    Args:
        start: Condition that starts the clock. Default: the event ``"created"``.
        stop: Condition that stops the clock.
        pause: Condition under which the clock is paused. Default: from an event ``"paused"`` until
            an event ``"resumed"``. An empty list: never. With caps: ``{"when": {"status":
            "waiting"}, "at_most": "2 working days", "times": 3, "in_all": "4 working days"}``.
        resume: Condition that ends a pause which an event began. Default: an event ``"resumed"``.
        held_by: Fields that say who must hold the ticket, such as ``{"group": "network"}``. The
            clock is paused while somebody else does.
        cancel: Condition that cancels the clock. Default: an event ``"cancelled"``. An empty list:
            never.
        reset: Condition after which the clock waits for its next start. Default: never.
        reopen: Condition that sets a stopped clock going again. Default: an event ``"reopened"``,
            if the ticket was resolved or closed. An empty list: never.
        inside: The metric whose promise contains this one, such as that of a team inside that of
            the service. Unless stated here, stop, cancel, reset, reopen and resume are as there.
            This clock is paused whenever that one is.
        starts_after: Metrics that must have stopped before a start counts.
        repeat: Whether another cycle follows a stop: at the next start (``"next_start"``), at once
            (``"independent"``), from the previous due date (``"sequential"``), or ``"never"``.
            Default: as the policy's semantics say, else ``"never"``.
        until: The metric after whose stop no cycle of a repeating metric is owed: the running one
            ends, and another one begins only if that metric runs again.
        counts_from: Which of several starts the time counts from, ``"first"`` or ``"last"``.
            Default: as the semantics say, else ``"first"``, as for the oldest unanswered message.
        on_change: What happens to a running clock when its ticket is promised something else:
            ``"keep_elapsed"`` (a new target, the same start), ``"from_change"`` (the new target
            counts from the change), ``"restart"`` (a new cycle), or ``"keep_original"``. Default:
            as the semantics say, else ``"keep_elapsed"``.
        on_reopen: How a stopped clock goes on: ``"continue"`` (the time while it was stopped does
            not count), ``"new_cycle"``, ``"final"`` (it stays stopped), or ``"count_all"``.
            Default: as the semantics say, else ``"continue"``.
        calendar: The calendar of the metric's targets: its name, or a choice by an attribute of the
            ticket, such as ``{"field": "site", "zurich": "zh", "default": "fr"}``. Default: the
            policy's.
        warnings: Warnings for targets that have none of their own. Default: the policy's. An empty
            list: none.
        consequence: The name of the consequence if a target is missed.
        before: Metrics that must not be due earlier than this one; the linter checks it.
        formerly: The name that the metric had before it was renamed. Notices keep the keys that
            they had under that name, so that nobody is notified twice.
        words: What the metric means.
    """

    __module__ = "slacalc"

    start: Condition = attrs.field(
        default=Condition((Clause("created"),)), converter=read_by_shape, metadata=shaped(CONDITION)
    )
    stop: Condition | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(CONDITION)
    )
    pause: Condition | CappedPause | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(_PAUSE)
    )
    resume: Condition | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(CONDITION)
    )
    held_by: Condition | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(CONDITION)
    )
    cancel: Condition | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(CONDITION_OR_NEVER)
    )
    reset: Condition | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(CONDITION_OR_NEVER)
    )
    reopen: Condition | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(CONDITION_OR_NEVER)
    )
    inside: str = attrs.field(default="", converter=read_by_shape, metadata=shaped(NAME_SHAPE))
    starts_after: tuple[str, ...] = attrs.field(
        default=(), converter=read_by_shape, metadata=shaped(NAMES)
    )
    repeat: Repeat = attrs.field(
        default="", converter=read_by_shape, metadata=shaped(one_of(Repeat))
    )
    until: str = attrs.field(default="", converter=read_by_shape, metadata=shaped(NAME_SHAPE))
    counts_from: CountsFrom = attrs.field(
        default="", converter=read_by_shape, metadata=shaped(one_of(CountsFrom))
    )
    on_change: OnChange = attrs.field(
        default="", converter=read_by_shape, metadata=shaped(one_of(OnChange))
    )
    on_reopen: OnReopen = attrs.field(
        default="", converter=read_by_shape, metadata=shaped(one_of(OnReopen))
    )
    calendar: str | CalendarByField = attrs.field(
        default="", converter=read_by_shape, metadata=shaped(CALENDAR_NAME)
    )
    warnings: tuple[Warning_, ...] | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(WARNINGS)
    )
    consequence: str = attrs.field(default="", converter=read_by_shape, metadata=shaped(NAME_SHAPE))
    before: tuple[str, ...] = attrs.field(
        default=(), converter=read_by_shape, metadata=shaped(NAMES)
    )
    formerly: str = attrs.field(default="", converter=read_by_shape, metadata=shaped(NAME_SHAPE))
    words: str = attrs.field(default="", converter=read_by_shape, metadata=shaped(WORDS))


@attrs.frozen(repr=False, field_transformer=bind)
class Target(Description):
    """What a row promises for a metric: a time, or words.

    Args:
        within: The time allowed, such as ``"4 working hours"``.
        limit: A longer time, such as ``"8 working hours"``. A ticket past its due date is late
            until this limit and breached after it.
        promise: Words in place of a time, such as ``"negotiated"``.
        calendar: The calendar that counts: its name, or a choice by an attribute of the ticket.
            Default: the metric's.
        roll: Where a due date on a day off moves: to the following working day (``"following"``),
            to the preceding one (``"preceding"``), or to the following one unless it is in another
            month (``"modified_following"``). For lengths in calendar days or plain hours. Default:
            it does not move.
        consequence: The name of the consequence if the target is missed. Default: the metric's.
        warnings: When to warn about a ticket. Default: the metric's. An empty list: never.
    """

    __module__ = "slacalc"

    within: Within | Combined | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(WITHIN)
    )
    limit: Within | Combined | None = attrs.field(
        default=None, converter=read_by_shape, kw_only=True, metadata=shaped(WITHIN)
    )
    promise: str = attrs.field(
        default="", kw_only=True, converter=read_by_shape, metadata=shaped(WORDS)
    )
    calendar: str | CalendarByField = attrs.field(
        default="", kw_only=True, converter=read_by_shape, metadata=shaped(CALENDAR_NAME)
    )
    roll: Roll = attrs.field(
        default="", kw_only=True, converter=read_by_shape, metadata=shaped(one_of(Roll))
    )
    consequence: str = attrs.field(
        default="", kw_only=True, converter=read_by_shape, metadata=shaped(NAME_SHAPE)
    )
    warnings: tuple[Warning_, ...] | None = attrs.field(
        default=None, converter=read_by_shape, kw_only=True, metadata=shaped(WARNINGS)
    )


def field_of_date(target: Target) -> str:
    """The attribute of tickets that contains the due date of a target; empty string if none."""
    within = target.within
    return within.field if isinstance(within, Within) and within.unit == "instant" else ""


_TARGET = Short(WITHIN, Record(Target, "how long, or a table"), EXPECTED)
_TARGETS = MapOf(_TARGET, "a table of metrics and their targets")


@attrs.frozen(repr=False, field_transformer=bind)
class Row(Description):
    """What is promised to the tickets that meet some conditions.

    Args:
        when: Conditions on the attributes, all of which must be met: a value, a list of values,
            ``">= high"``, or ``{"not": "low"}``; for numbers ``">= 100"`` or ``"10..20"``, for
            texts patterns such as ``"VIP*"``, for tags ``{"any": ["vip"]}``. ``any`` lists sets of
            conditions, one of which must be met; ``not`` has conditions that must not all be met.
            ``received`` is a condition on the moment of receipt: ``"working-day"``,
            ``"weekend"``, ``"holiday"``, ``"open"``, ``"closed"``, a weekday, ``"before 14:00"`` or
            ``"after 14:00"``. Default: every ticket.
        targets: The promises, by metric.
        entitlements: Names of what such tickets are entitled to as well.
        note: Why the row is as it is, for readers of the file.
    """

    __module__ = "slacalc"

    when: FrozenMap[Test] = attrs.field(
        factory=FrozenMap, converter=read_by_shape, metadata=shaped(WHEN)
    )
    targets: FrozenMap[Target] = attrs.field(
        factory=FrozenMap, converter=read_by_shape, metadata=shaped(_TARGETS)
    )
    entitlements: tuple[str, ...] = attrs.field(
        default=(), converter=read_by_shape, kw_only=True, metadata=shaped(NAMES)
    )
    note: str = attrs.field(
        default="", kw_only=True, converter=read_by_shape, metadata=shaped(WORDS)
    )


@attrs.frozen(repr=False, field_transformer=bind)
class Refusal(Description):
    """A condition under which a ticket is bad input, so that no answer is given.

    Args:
        when: Conditions on the attributes, as in a row.
        because: The reason, which the error quotes.
    """

    __module__ = "slacalc"

    when: FrozenMap[Test] = attrs.field(converter=read_by_shape, metadata=shaped(WHEN))
    because: str = attrs.field(converter=read_by_shape, metadata=shaped(WORDS))


# Adjustments -------------------------------------------------------------------------------------


_FACTOR = NumberShape(expected="a number above 0, such as 0.5 or 2", largest=1_000, decimals=9)
_SCALE = MapOf(_FACTOR, "a table of metrics and factors", min_length=1)


@attrs.frozen(repr=False, field_transformer=bind)
class Adjustment(Description):
    """A factor by which the times of some tickets are longer or shorter, whatever row sets them.

    If several adjustments apply to a ticket, their factors are multiplied.

    Args:
        when: Conditions on the attributes, as in a row.
        scale: By metric, the factor of its times and limits, such as ``{"response": 0.5}``.
        note: Why the times differ, for readers of the file.

    Example:
        >>> from slacalc import Adjustment
        >>> Adjustment({"tier": "premium"}, {"response": 0.5})
        Adjustment(when={'tier': 'premium'}, scale={'response': 0.5})
    """

    __module__ = "slacalc"

    when: FrozenMap[Test] = attrs.field(converter=read_by_shape, metadata=shaped(WHEN))
    scale: FrozenMap[Decimal] = attrs.field(converter=read_by_shape, metadata=shaped(_SCALE))
    note: str = attrs.field(
        default="", kw_only=True, converter=read_by_shape, metadata=shaped(WORDS)
    )


# Preconditions -----------------------------------------------------------------------------------


@attrs.frozen(repr=False, field_transformer=bind)
class Precondition(Description):
    """Something that must be the case before work starts; until then clocks are paused.

    Args:
        words: What must be the case.
        pause: Condition under which the precondition is not yet met.
        metrics: The metrics whose clocks are paused meanwhile. Default: all.
    """

    __module__ = "slacalc"

    words: str = attrs.field(converter=read_by_shape, metadata=shaped(WORDS))
    pause: Condition | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(CONDITION)
    )
    metrics: tuple[str, ...] = attrs.field(
        default=(), converter=read_by_shape, metadata=shaped(NAMES)
    )


METRICS = MapOf(
    Record(Metric, "a table with start and stop"), "a table of metrics", max_length=MAX_METRICS
)
ROWS = ListOf(
    Record(Row, "a row: a table with when and targets"), "a list of rows", max_length=MAX_ROWS
)
TABLES = MapOf(ROWS, "a table of lists of rows", max_length=MAX_TABLES)
REFUSALS = ListOf(Record(Refusal, "a table with when and because"), "a list of refusals")
ADJUSTMENTS = ListOf(Record(Adjustment, "a table with when and scale"), "a list of adjustments")
PRECONDITIONS = MapOf(
    Record(Precondition, "a table with words and pause"), "a table", max_length=MAX_NAMED
)
CONSEQUENCES = MapOf(WORDS, "a table of names and words", max_length=MAX_NAMED)
