"""The dues of a metric over arrays of starts: what `Matcher.figure` does for one, for many.

A `Plan` is what some tickets are promised for a metric: the figures of the rows that speak of it,
in the order of the tables. Tickets of different kinds that are promised the same have one plan, so
that the number of passes over arrays is that of different promises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._arrays import BEYOND, Arrays
from slacalc._deadlines import NOTHING
from slacalc._instant import LATEST, to_utc
from slacalc._within import Within
from slacalc.errors import ColumnError, NeverOpen, SlacalcError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from slacalc._arrays import Integers
    from slacalc._calendar import Calendar
    from slacalc._match import Found, Matcher
    from slacalc._parts import Metric, Target
    from slacalc._within import Combined

    Truths = NDArray[np.bool_]
    Places = NDArray[np.int8]

_BARE = Within(0, "working time")


class Part(NamedTuple):
    """One length on a calendar.

    Args:
        within: The length.
        calendar: The calendar that counts.
    """

    within: Within
    calendar: Calendar

    def _arrays(self) -> Arrays:
        return Arrays(self.calendar.timeline, self.calendar._zone)

    def due(self, starts: Integers, *, to_next_open: bool) -> Integers:
        """When it is over, as `Within.due_on` says; BEYOND where that is never."""
        count, unit, arrays = self.within.count, self.within.unit, self._arrays()
        if unit == "working time":
            return arrays.add(starts, count, to_next_open=to_next_open)
        if unit == "time":
            due: Integers = starts + count
            if int(due.max()) >= LATEST:
                due[due >= LATEST] = BEYOND
            return due
        if unit == "at once":
            return arrays.next_open(starts)
        moved = {
            "working days": arrays.add_working_days,
            "calendar days": arrays.add_days,
            "end of working day": arrays.end_of_working_day,
            "end of day": arrays.end_of_day,
        }
        return moved[unit](starts, count)

    def between(self, starts: Integers, ends: Integers) -> Integers:
        """How much of its own time passes; nothing where instants are reversed."""
        if self.within.by_hours:
            passed = self._arrays().elapsed(starts, ends)
        else:
            passed = np.subtract(ends, starts)
        return np.maximum(passed, 0, out=passed)

    def total(self, starts: Integers, dues: Integers) -> Integers | int:
        """How much of its own time it leaves: what a length says where it says that."""
        if self.within.unit in ("working time", "time"):
            return self.within.count
        return self.between(starts, dues)


class Dues(NamedTuple):
    """What is due, for as many starts.

    Args:
        due: The earliest due.
        bound: The earliest bound: a limit, or a due without one.
        holds: The place of the part that tells among those of the plan; one for all, or by start.
        beyond: The starts of which there is no due; None where all have one.
    """

    due: Integers
    bound: Integers
    holds: int | Places
    beyond: Truths | None


class _Length(NamedTuple):
    """One length, or the earliest or latest of several.

    Args:
        latest: Whether it is the latest.
        places: Where its parts stand among those of the plan.
    """

    latest: bool
    places: tuple[int, ...]


class Plan:
    """What is promised to some tickets for a metric.

    Args:
        matcher: The policy compiled.
        metric: The metric.
        found: The rows that speak of it, in the order of the tables.
        covered: Whether the contract covers the tickets.

    Attributes:
        parts: The parts of its lengths, in order; the last one is plain working time.
        reason: Why it has no figure; the empty string where it has one.
        unpublished: From when on a due is provisional; None for never.
    """

    def __init__(
        self, matcher: Matcher, metric: Metric, found: Sequence[Found], *, covered: bool
    ) -> None:
        self.covered, self.found = covered, tuple(found)
        self._matcher, self._metric = matcher, metric
        self.parts: list[Part] = []
        self._figures: list[tuple[_Length, _Length | None]] = []
        for one in found:
            target = one.target
            if target.within is not None:
                limit = None if target.limit is None else self._length(target, target.limit)
                self._figures.append((self._length(target, target.within), limit))
        words = dict.fromkeys(one.target.promise for one in found)
        self.reason = "" if self._figures else "; ".join(words) or NOTHING
        known = (part.calendar._unpublished_from() for part in self.parts if part.within.by_hours)
        self.unpublished = min((one for one in known if one is not None), default=None)
        self.parts.append(Part(_BARE, matcher.calendar(metric.calendar)))

    def _length(self, target: Target, given: Within | Combined) -> _Length:
        begins, matcher = len(self.parts), self._matcher
        for part in given.parts:
            name = matcher.name_of(target, self._metric, part)
            self.parts.append(Part(part, matcher.calendar(name)))
        latest = getattr(given, "which", "") == "latest"
        return _Length(latest, tuple(range(begins, len(self.parts))))

    @staticmethod
    def key(found: Sequence[Found], *, covered: bool) -> Any:
        """What tells the plans of a metric apart."""
        figures = tuple(
            (one.target.within, one.target.limit, one.target.calendar)
            for one in found
            if one.target.within is not None
        )
        return covered, figures, () if figures else tuple(one.target.promise for one in found)

    @property
    def has_figures(self) -> bool:
        """Whether it promises a figure at all."""
        return bool(self._figures)

    @property
    def has_limits(self) -> bool:
        """Whether one of its figures has a limit of its own."""
        return any(limit is not None for _, limit in self._figures)

    def lasting_refusal(self, start: int) -> SlacalcError | None:
        """The error of a start without a due, where it is the same for all starts."""
        error = self.refusal(start)
        return error if isinstance(error, NeverOpen) else None

    def refusal(self, start: int) -> SlacalcError:
        """The error of a start without a due."""
        try:
            for found in self.found:
                if found.target.within is not None:
                    self._matcher.figure(found, self._metric, start)
        except SlacalcError as error:
            return error
        at = to_utc(start).isoformat()
        return ColumnError(f"{at} has no due within the supported years", column="", given=at)

    def dues(self, starts: Integers) -> Dues:
        """What is due by a plan with figures, for some starts."""
        beyond: list[Truths] = []
        holds: int | Places
        for count, (within, limit) in enumerate(self._figures):
            due, place = self._due(within, starts, beyond)
            last = due if limit is None else self._due(limit, starts, beyond)[0]
            if not count:
                best, bound, holds = due, last, place
            else:
                bound = np.minimum(bound, last)
                earlier = due < best
                best = np.where(earlier, due, best)
                holds = np.where(earlier, place, holds).astype(np.int8)
        return Dues(best, bound, holds, np.logical_or.reduce(beyond) if beyond else None)

    def _due(
        self, length: _Length, starts: Integers, beyond: list[Truths]
    ) -> tuple[Integers, int | Places]:
        """When a length is over, and which part of it tells."""
        holds: int | Places
        for count, place in enumerate(length.places):
            due = self.parts[place].due(starts, to_next_open=self._matcher.to_next_open)
            if len(due) and int(due.min()) <= BEYOND:
                beyond.append(due <= BEYOND)
            if not count:
                best, holds = due, place
            else:
                tells = due > best if length.latest else due < best
                best = np.where(tells, due, best)
                holds = np.where(tells, place, holds).astype(np.int8)
        return best, holds

    def lengths(
        self, starts: Integers, ends: Integers, dues: Dues | None
    ) -> tuple[Integers, Integers | int]:
        """How much of the time that counts passes until some ends, and until what is due."""
        if dues is None:
            return self.parts[-1].between(starts, ends), 0
        if not isinstance(dues.holds, np.ndarray):
            part = self.parts[dues.holds]
            return part.between(starts, ends), part.total(starts, dues.due)
        elapsed, total = np.empty(len(starts), np.int64), np.empty(len(starts), np.int64)
        for place in np.unique(dues.holds):
            part, rows = self.parts[place], np.flatnonzero(dues.holds == place)
            elapsed[rows] = part.between(starts[rows], ends[rows])
            total[rows] = part.total(starts[rows], dues.due[rows])
        return elapsed, total
