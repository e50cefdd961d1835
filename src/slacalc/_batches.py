"""Tickets of one version of a policy, and when what they are promised is due.

What a ticket is promised follows from its group (`_groups`), which the policy is asked about once.
What remains is arithmetic on calendars, over arrays, for all tickets of one promise at a time
(`_plans`), in windows of rows that stay in the processor's cache. The columns of the answer are
made once, and each promise writes its own rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._deadlines import NOT_BEGUN, NOT_COVERED
from slacalc._events import CREATED
from slacalc._groups import Sorter
from slacalc._kernel import MISSING
from slacalc._orders import START
from slacalc._plans import Plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from slacalc._arrays import Integers
    from slacalc._categories import Coded, Codes
    from slacalc._groups import Groups, Mistakes
    from slacalc._match import Matcher
    from slacalc._parts import Metric
    from slacalc._plans import Dues

_FAR = np.iinfo(np.int64).max
_FEW = 12  # promises that are looked for one by one
_WINDOW = 1 << 15


class Batch:
    """The tickets of one version of a policy.

    Args:
        matcher: The policy compiled.
        rows: Which rows of the table they are.
        created: When each came in.
        attributes: The columns of attributes.
        events: The columns of events; MISSING where it did not happen.
        mistakes: Where errors go.
    """

    def __init__(
        self,
        matcher: Matcher,
        rows: Codes | None,
        *,
        created: Integers,
        attributes: Mapping[str, Coded],
        events: Mapping[str, Integers],
        mistakes: Mistakes,
    ) -> None:
        self.matcher, self.rows, self.created = matcher, rows, created
        self.attributes, self.events, self.mistakes = attributes, events, mistakes
        self.metrics = matcher.policy.metrics

    def place(self, rows: Any) -> Any:
        """The rows of the table that rows of the batch are."""
        return rows if self.rows is None else self.rows[rows]

    def new(self, nothing: Any = MISSING, kind: Any = np.int64) -> NDArray[Any]:
        """A column of nothing."""
        return np.full(len(self.created), nothing, kind)

    def plans(
        self, groups: Groups, place: int, metric: Metric
    ) -> tuple[list[Plan], NDArray[np.int16]]:
        """The promises of a metric, and which of them each group has; -1 for bad tickets."""
        known: dict[Any, int] = {}
        plans: list[Plan] = []
        which = np.full(len(groups.verdicts), -1, np.int16)
        for group, verdict in enumerate(groups.verdicts):
            if verdict is None:
                continue
            found = verdict.found[place]
            key = Plan.key(found, covered=verdict.covered)
            if key not in known:
                known[key] = len(plans)
                plans.append(Plan(self.matcher, metric, found, covered=verdict.covered))
            which[group] = known[key]
        return plans, which

    def without_due(self, plan: Plan, starts: Integers, rows: Codes, dues: Dues) -> None:
        """Note the rows that have no due within the supported years."""
        if dues.beyond is None:
            return
        gone = np.flatnonzero(dues.beyond)
        whole = self.place(rows[gone])
        start_of = dict(zip(whole.tolist(), starts[gone].tolist(), strict=True))
        lasting = plan.lasting_refusal(int(starts[gone[0]]))
        self.mistakes.add(whole, lasting or (lambda row: plan.refusal(start_of[row])))


def windows(count: int) -> Iterator[slice]:
    """The rows in pieces that stay in the processor's cache."""
    for begin in range(0, count, _WINDOW):
        yield slice(begin, min(begin + _WINDOW, count))


def rows_of(codes: NDArray[Any], count: int) -> Iterator[tuple[int, Any]]:
    """The rows of each code from 0 on that occurs; a slice for all rows."""
    if count > _FEW:
        order = np.argsort(codes, kind="stable")
        ends = np.searchsorted(codes[order], np.arange(count), "right").tolist()
        begins = int(np.searchsorted(codes[order], 0, "left"))
        for code, end in enumerate(ends):
            if end > begins:
                yield code, order[begins:end]
            begins = end
        return
    for code in range(count):
        rows = np.flatnonzero(codes == code)
        if len(rows) == len(codes):
            yield code, slice(None)
        elif len(rows):
            yield code, rows


def narrowed(rows: Any, kept: NDArray[np.bool_]) -> Any:
    """Some of some rows."""
    places = np.flatnonzero(kept)
    return places if isinstance(rows, slice) else rows[places]


# Deadlines ----------------------------------------------------------------------------------------


class Dated(NamedTuple):
    """The deadlines of a metric.

    Args:
        due, limit: Instants.
        provisional: Whether holidays that a due rests on are not published yet.
        reason: The place of the reason why there is no due; -1 where there is one.
        reasons: The reasons.
    """

    due: Integers
    limit: Integers
    provisional: NDArray[np.bool_]
    reason: NDArray[np.int16]
    reasons: list[str]

    def of(self, rows: slice) -> Dated:
        """A view of some rows."""
        due, limit, provisional, reason, reasons = self
        return Dated(due[rows], limit[rows], provisional[rows], reason[rows], reasons)


def dated(batch: Batch) -> Iterator[tuple[str, Dated]]:
    """The deadlines of each metric, as `Matcher.deadlines` gives them for one ticket."""
    matcher = batch.matcher
    sorter = Sorter(matcher, batch.attributes, batch.created, apart={}, for_clock=False)
    groups = sorter.groups(batch.mistakes, batch.place)
    for place, (name, metric) in enumerate(batch.metrics.items()):
        plans, of_group = batch.plans(groups, place, metric)
        starts = _starts(batch, name, metric)
        new, flags, codes = batch.new, batch.new(0, np.bool_), batch.new(-1, np.int16)
        answer = Dated(new(), new(), flags, codes, [])
        unpublished = _asked_unpublished(matcher, groups, place)
        not_begun = NOT_BEGUN.format(event=metric.start)
        for part in windows(len(starts)):
            window, of = _Part(part.start, starts[part]), groups.codes[part]
            here = answer.of(part)
            for code, rows in rows_of(of_group.take(of), len(plans)):
                known = _dated(batch, plans[code], not_begun, (rows, window), here)
                if unpublished is not None:
                    since = unpublished.take(of[known])
                    here.provisional[known] |= batch.created[part][known] >= since
        yield name, answer


class _Part(NamedTuple):
    """Some rows of a batch: where they begin, and when their clocks start."""

    first: int
    starts: Integers


def _dated(
    batch: Batch, plan: Plan, not_begun: str, where: tuple[Any, _Part], answer: Dated
) -> Any:
    """Write the deadlines of the rows that have a plan; and say which have one."""
    rows, part = where
    if not plan.covered or not plan.has_figures:
        _because(answer, rows, plan.reason if plan.covered else NOT_COVERED)
        return np.empty(0, np.intp)
    begun = part.starts[rows]
    if int(begun.min()) == MISSING:
        known = begun != MISSING
        _because(answer, narrowed(rows, ~known), not_begun)
        rows, begun = narrowed(rows, known), begun[known]
        if not len(begun):
            return rows
    dues = plan.dues(begun)
    whole = np.arange(part.first, part.first + len(part.starts))[rows]
    batch.without_due(plan, begun, whole, dues)
    answer.due[rows] = dues.due
    if plan.has_limits:
        answer.limit[rows] = np.where(dues.bound > dues.due, dues.bound, MISSING)
    if plan.unpublished is not None:
        answer.provisional[rows] = np.maximum(dues.due, dues.bound) > plan.unpublished
    return rows


def _because(answer: Dated, rows: Any, reason: str) -> None:
    if reason not in answer.reasons:
        answer.reasons.append(reason)
    answer.reason[rows] = answer.reasons.index(reason)


def _asked_unpublished(matcher: Matcher, groups: Groups, place: int) -> Integers | None:
    """By group, from when on holidays are not published on which the receipt's kind rests."""
    if not matcher.asked_receipts:
        return None
    since = np.full(len(groups.verdicts), _FAR)
    for group, verdict in enumerate(groups.verdicts):
        if verdict is not None and verdict.asked:
            found = (matcher.calendar(on)._unpublished_from() for on in verdict.asked[place])
            since[group] = min((one for one in found if one is not None), default=_FAR)
    return since


def _starts(batch: Batch, name: str, metric: Metric) -> Integers:
    """When the clock of a metric starts, as `_match._start` says; MISSING where it has not."""
    known = {CREATED: batch.created, **batch.events}
    own = name + START
    starts = [known[event] for event in dict.fromkeys(metric.start.events) if event in known]
    starts += [known[own]] if own in known else []
    resets = [
        known[event] for event in (metric.reset.events if metric.reset else ()) if event in known
    ]
    if len(starts) == 1 and not resets:
        return starts[0]
    first = batch.new(_FAR)
    last = batch.new()
    for column in resets:
        np.maximum(last, column, out=last)
    for column in starts:
        counts = (column != MISSING) & (column >= last)
        np.minimum(first, column, out=first, where=counts)
    first[first == _FAR] = MISSING
    return first
