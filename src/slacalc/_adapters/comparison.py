"""Where the clocks of a product and those of a policy differ, and why.

A `ProductCycle` is one cycle of a clock of the product, as its adapter's ``cycles`` reads it.
`compare` sets each beside the cycle of ours with the same number. It explains a difference by what
comes before it: a due date by the start and the length, a breach by the due date. Only what has no
such reason is put down to calendars.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import attrs

from slacalc._time.instants import to_instant
from slacalc.errors import unknown_metric

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from slacalc._clock.clock import Clock
    from slacalc._clock.status import CycleStatus

What: TypeAlias = Literal["cycle", "cancelled", "start", "goal", "stop", "due", "breached"]
Deviation: TypeAlias = tuple[What, Any, Any, str]
"""What differs, theirs, ours, and the reason."""
_ROUNDING = timedelta(minutes=1)
_ROUNDED = "less than a minute apart: the product rounds instants"
_ONLY_THEIRS = "only in the product it is paused: see `pause`"
_AT_DUE = "the very instant of the due date counts differently: see `at_due`"


@attrs.frozen(kw_only=True)
class ProductCycle:
    """One cycle of a clock of the product.

    Args:
        metric: The product's name of the metric.
        number: Which cycle of the metric it is, from 1.
        start: When it began. Default: not known.
        stop: When it was completed. Default: not yet.
        due: When it is due, as the product shows it. Default: not shown.
        breached: Whether it is breached. Default: not known.
        goal: The time that there is, counted on the product's calendar. Default: not known.
        is_paused: Whether it is paused. Default: not, or not known.
        is_cancelled: Whether it was cancelled.
    """

    metric: str
    number: int = 1
    start: datetime | None = None
    stop: datetime | None = None
    due: datetime | None = None
    breached: bool | None = None
    goal: timedelta | None = None
    is_paused: bool = False
    is_cancelled: bool = False


class Difference(NamedTuple):
    """Something in which a product's clock and ours differ.

    Args:
        metric: The metric of the policy.
        cycle: The number of the cycle, from 1; what was cancelled for the next does not count.
        what: ``"start"``, ``"goal"``, ``"stop"``, ``"due"``, ``"breached"``, ``"cancelled"``, or
            ``"cycle"`` where only one of both has the cycle.
        theirs: What the product has; None for nothing.
        ours: What the clock has; None for nothing.
        reason: Why, as far as the two can show it.
    """

    metric: str
    cycle: int
    what: What
    theirs: Any
    ours: Any
    reason: str

    def __str__(self) -> str:
        theirs, ours = _text(self.theirs), _text(self.ours)
        where = f"{self.metric}, cycle {self.cycle}, {self.what}"
        return f"{where}: theirs {theirs}, ours {ours}: {self.reason}"


def compare(
    clock: Clock,
    cycles: Iterable[ProductCycle],
    as_of: datetime | str,
    metrics: Mapping[str, str],
) -> list[Difference]:
    """The differences between a product's clocks and ours, each with its reason.

    Args:
        clock: The clock of the ticket.
        cycles: The product's clocks, as ``cycles`` of an adapter returns them.
        as_of: The instant at which the product gave them.
        metrics: By the product's name of a metric the policy's; others are not compared. Where
            several of the product are one of the policy, their cycles are one after another.

    Raises:
        UnknownMetricError: The policy does not have one of the metrics.

    Example:
        >>> from datetime import UTC, datetime
        >>> from slacalc import Policy
        >>> from slacalc.adapters import ProductCycle, compare
        >>> policy = Policy(
        ...     "desk",
        ...     metrics={"resolution": {"stop": "resolved"}},
        ...     tables={"all": [{"targets": {"resolution": "4 hours"}}]},
        ... )
        >>> clock = policy.open({}, "2026-05-18T09:00Z")
        >>> theirs = ProductCycle(
        ...     metric="Time to resolution",
        ...     start=datetime(2026, 5, 18, 9, tzinfo=UTC),
        ...     due=datetime(2026, 5, 18, 17, tzinfo=UTC),
        ... )
        >>> names = {"Time to resolution": "resolution"}
        >>> for difference in compare(clock, [theirs], "2026-05-18T10:00Z", names):
        ...     print(difference)
        resolution, cycle 1, due: theirs 2026-05-18 17:00:00+00:00, ours 2026-05-18 \
13:00:00+00:00: the start is the same, so length, hours or holidays differ
    """
    status = clock.status(as_of)
    known = list(cycles)
    differences: list[Difference] = []
    for name in dict.fromkeys(metrics.values()):
        if name not in status:
            raise unknown_metric(name, list(status), clock.policy.name)
        theirs = _by_number([each for each in known if metrics.get(each.metric) == name])
        begun = [each for each in status.cycles(name) if each.start is not None]
        ours = dict(enumerate(_counted(begun, [each.cancelled_at for each in begun]), 1))
        for number in sorted(theirs.keys() | ours.keys()):
            pair = theirs.get(number), ours.get(number)
            differing = _differences(clock, pair, to_instant(as_of))
            differences += [Difference(name, number, *rest) for rest in differing]
            if not theirs:
                names = " or ".join(repr(each) for each in metrics if metrics[each] == name)
                reason = f"the product has no cycle of {names}: see `start`, if the name is right"
                differences[-1] = differences[-1]._replace(reason=reason)
    return differences


def _by_number(cycles: list[ProductCycle]) -> dict[int, ProductCycle]:
    """The cycles of a metric by their numbers, anew if some of them do not count."""
    counted = _counted(cycles, [each.is_cancelled for each in cycles])
    if len({cycle.metric for cycle in cycles}) < 2 and len(counted) == len(cycles):
        return {cycle.number: cycle for cycle in cycles}
    counted.sort(key=lambda cycle: to_instant(cycle.start) if cycle.start else 0)
    return dict(enumerate(counted, 1))


def _counted(cycles: list[Any], are_cancelled: list[Any]) -> list[Any]:
    """The cycles without those that were cancelled for another; the last one of others."""
    counted = [each for each, is_out in zip(cycles, are_cancelled, strict=True) if not is_out]
    return counted or cycles[-1:]


def _differences(
    clock: Clock, pair: tuple[ProductCycle | None, CycleStatus | None], as_of: int
) -> Iterator[Deviation]:
    """What differs in two cycles of one number."""
    theirs, ours = pair
    if theirs is None or ours is None:
        by = "product" if ours is None else "policy"
        reason = f"only the {by} begins this cycle: see `start`, `repeat` and `on_reopen`"
        yield "cycle", theirs and theirs.start, ours and ours.start, reason
        return
    is_cancelled = ours.cancelled_at is not None
    if theirs.is_cancelled != is_cancelled:
        yield "cancelled", theirs.is_cancelled, is_cancelled, "see `cancel`"
    elif not is_cancelled:
        causes = list(_of_start_and_stop(theirs, ours))
        yield from causes
        yield from _of_due(clock, theirs, ours, as_of, {what: why for what, *_, why in causes})


def _of_start_and_stop(theirs: ProductCycle, ours: CycleStatus) -> Iterator[Deviation]:
    """Differences in what the due date and the breach follow from."""
    if theirs.start is not None and _differ(theirs.start, ours.start):
        reason = "they start at different events: see `start` and `on_change`"
        yield "start", theirs.start, ours.start, _rounded(theirs.start, ours.start) or reason
    has_goals = theirs.goal is not None and ours.total is not None and ours.override is None
    if has_goals and theirs.goal != ours.total:
        yield "goal", theirs.goal, ours.total, "another goal, or another row, applies"
    if _differ(theirs.stop, ours.stopped_at):
        reason = _rounded(theirs.stop, ours.stopped_at) or _why_stop(theirs, ours)
        yield "stop", theirs.stop, ours.stopped_at, reason


def _of_due(
    clock: Clock, theirs: ProductCycle, ours: CycleStatus, as_of: int, causes: dict[What, str]
) -> Iterator[Deviation]:
    """Differences in the due date and in the breach."""
    due, is_breached = ours.due or ours.due_if_resumed, ours.breached_at is not None
    is_due_different = theirs.due is not None and due is not None and _differ(theirs.due, due)
    if is_due_different:
        rounded = _rounded(theirs.due, due)
        # A start that is only rounded moves a due date no further.
        is_start_other = "start" in causes and (causes["start"] != _ROUNDED or rounded)
        reason = "it follows from start and goal"
        if not is_start_other and "goal" not in causes:
            reason = rounded or _why_due(clock, theirs, ours, due)
        yield "due", theirs.due, due, reason
    if theirs.breached is not None and theirs.breached != is_breached:
        if is_due_different:
            reason = "it follows from the due date"
        elif "stop" in causes:
            reason = "it follows from the stop"
        else:
            end = as_of if ours.stopped_at is None else to_instant(ours.stopped_at)
            is_at_due = due is not None and to_instant(due) == end
            reason = _AT_DUE if is_at_due else "the product has not updated its record"
            if theirs.is_paused and not ours.is_paused:
                reason = _ONLY_THEIRS
        yield "breached", theirs.breached, is_breached, reason


def _why_stop(theirs: ProductCycle, ours: CycleStatus) -> str:
    if theirs.stop is not None and ours.stopped_at is not None:
        return "they stop at different events: see `stop`"
    by = "policy" if ours.stopped_at is None else "product"
    return f"in the {by} it runs, or runs again: see `stop`, `reopen` and `on_reopen`"


def _why_due(clock: Clock, theirs: ProductCycle, ours: CycleStatus, due: datetime | None) -> str:
    """Why due dates differ where start and goal, as far as it is known, do not."""
    if (theirs.stop is None) != (ours.stopped_at is None):
        return "it follows from the stop"
    if theirs.is_paused or ours.is_paused:
        stays = "it is paused, and the product does not move its due date: see `due_while_paused`"
        return stays if ours.is_paused else _ONLY_THEIRS
    calendar = clock.policy.calendars.get(ours.calendar or "")
    if calendar and due and theirs.due:
        for first, then, who in ((due, theirs.due, "product"), (theirs.due, due, "policy")):
            if first < then and not _differ(then, calendar.next_open(first)):
                return f"the work just fits, and the {who} waits for an opening: see `exact_fit`"
    if ours.override is not None:
        return "ours was set by hand"
    if ours.paused:
        return "one of them paused at other times, or counts pauses differently: see `pauses`"
    known = "start and goal are" if theirs.goal is not None else "the start is"
    unknown = "" if theirs.goal is not None else "length, "
    return f"{known} the same, so {unknown}hours or holidays differ"


def _differ(theirs: datetime | None, ours: datetime | None) -> bool:
    """Whether two instants differ, by whatever zones they are in."""
    if theirs is None or ours is None:
        return theirs is not ours
    return to_instant(theirs) != to_instant(ours)


def _rounded(theirs: datetime | None, ours: datetime | None) -> str:
    if theirs is None or ours is None or abs(theirs - ours) >= _ROUNDING:
        return ""
    return _ROUNDED


def _text(value: Any) -> str:
    return "nothing" if value is None else str(value)
