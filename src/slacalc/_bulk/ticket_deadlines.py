"""Tickets of one version of a policy, and when what they are promised is due.

What a ticket is promised follows from its group (`_groups`), which the policy is asked about once.
Groups that are promised the same have one `PromiseKey`. What remains is arithmetic on calendars,
over arrays, for all tickets of one plan at a time (`_dues`), in windows of rows that stay in the
processor's cache. The columns of the answer are made once, and each plan writes its own rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._bulk.due_dates import DueCalculator
from slacalc._bulk.event_orders import START
from slacalc._bulk.groups import TicketGrouper, rows_by_code
from slacalc._calendar.compilation import unpublished_from
from slacalc._clock.evaluation import Evaluator
from slacalc._clock.events import CREATED
from slacalc._columns.kernel import MISSING
from slacalc._policy.coverage import NOT_COVERED
from slacalc._policy.deadlines import NOT_BEGUN, NOTHING
from slacalc.errors import NeverOpen, SlacalcError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from slacalc._bulk.groups import RowErrors, TicketGroups
    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.categories import Codes, EncodedColumn
    from slacalc._policy.matching import MatchedRow, Matcher
    from slacalc._policy.records import Metric

_FAR = np.iinfo(np.int64).max
_WINDOW = 1 << 15


class PromiseKey(NamedTuple):
    """What is promised to some tickets for a metric.

    Args:
        found: The rows that speak of it, in the order of the tables.
        covered: Whether the contract covers the tickets.
    """

    found: tuple[MatchedRow, ...]
    covered: bool

    @property
    def key(self) -> Any:
        """What tells the plans of a metric apart."""
        figures = tuple(
            (one.target.within, one.target.limit, one.target.calendar)
            for one in self.found
            if one.target.within is not None
        )
        words = () if figures else tuple(one.target.promise for one in self.found)
        return self.covered, figures, words

    @property
    def reason(self) -> str:
        """Why it has no figure; the empty string where it has one."""
        if not self.covered:
            return NOT_COVERED
        if any(one.target.within is not None for one in self.found):
            return ""
        return "; ".join(dict.fromkeys(one.target.promise for one in self.found)) or NOTHING


class TicketBatch:
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
        attributes: Mapping[str, EncodedColumn],
        events: Mapping[str, Integers],
        mistakes: RowErrors,
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

    def plans(self, groups: TicketGroups, place: int) -> tuple[list[PromiseKey], NDArray[np.int16]]:
        """The promises of a metric, and which of them each group has; -1 for bad tickets."""
        known: dict[Any, int] = {}
        plans: list[PromiseKey] = []
        which = np.full(len(groups.verdicts), -1, np.int16)
        for group, verdict in enumerate(groups.verdicts):
            if verdict is not None:
                plan = PromiseKey(verdict.found[place], verdict.covered)
                which[group] = known.setdefault(plan.key, len(plans))
                if which[group] == len(plans):
                    plans.append(plan)
        return plans, which

    def without_answer(self, rows: Codes, error_of: Callable[[int], SlacalcError]) -> None:
        """Note rows that have no answer within the supported years.

        Args:
            rows: The rows of the batch.
            error_of: Works out the error of one of them.
        """
        first = error_of(int(rows[0]))
        if isinstance(first, NeverOpen):  # which is the same for all of a plan
            self.mistakes.add(self.place(rows), first)
            return
        own = dict(zip(self.place(rows).tolist(), rows.tolist(), strict=True))
        self.mistakes.add(self.place(rows), lambda row: error_of(own[row]))


def windows(count: int) -> Iterator[slice]:
    """The rows in pieces that stay in the processor's cache."""
    for begin in range(0, count, _WINDOW):
        yield slice(begin, min(begin + _WINDOW, count))


def filter_rows(rows: Any, kept: NDArray[np.bool_]) -> Any:
    """Some of some rows."""
    places = np.flatnonzero(kept)
    return places if isinstance(rows, slice) else rows[places]


# Deadlines ----------------------------------------------------------------------------------------


class DueColumns(NamedTuple):
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

    def of(self, rows: slice) -> DueColumns:
        """A view of some rows."""
        due, limit, provisional, reason, reasons = self
        return DueColumns(due[rows], limit[rows], provisional[rows], reason[rows], reasons)


def due_columns(batch: TicketBatch) -> Iterator[tuple[str, DueColumns]]:
    """The deadlines of each metric, as `Matcher.deadlines` gives them for one ticket."""
    matcher = batch.matcher
    sorter = TicketGrouper(matcher, batch.attributes, batch.created, apart={}, for_clock=False)
    groups = sorter.groups(batch.mistakes, batch.place)
    for place, (name, metric) in enumerate(batch.metrics.items()):
        plans, of_group = batch.plans(groups, place)
        starts = _starts(batch, name, metric)
        new, flags, codes = batch.new, batch.new(0, np.bool_), batch.new(-1, np.int16)
        answer = DueColumns(new(), new(), flags, codes, [])
        unpublished = _asked_unpublished(matcher, groups, place)
        dating = _DueColumnsBuilder(batch, metric, DueCalculator(Evaluator(matcher, name)))
        for part in windows(len(starts)):
            window, of = _StartWindow(part.start, starts[part]), groups.codes[part]
            here = answer.of(part)
            for code, rows in rows_by_code(of_group.take(of), len(plans)):
                known = dating.write(plans[code], rows, window, here)
                if unpublished is not None:
                    since = unpublished.take(of[known])
                    here.provisional[known] |= batch.created[part][known] >= since
        yield name, answer


class _StartWindow(NamedTuple):
    """Some rows of a batch: where they begin, and when their clocks start."""

    first: int
    starts: Integers


class _DueColumnsBuilder(NamedTuple):
    """The deadlines of a metric in the making."""

    batch: TicketBatch
    metric: Metric
    promises: DueCalculator

    def write(self, plan: PromiseKey, rows: Any, part: _StartWindow, answer: DueColumns) -> Any:
        """Write the deadlines of the rows that have a plan; and say which have one."""
        if plan.reason:
            _because(answer, rows, plan.reason)
            return np.empty(0, np.intp)
        begun = part.starts[rows]
        if int(begun.min()) == MISSING:
            known = begun != MISSING
            not_begun = NOT_BEGUN.format(event=self.metric.start)
            _because(answer, filter_rows(rows, ~known), not_begun)
            rows, begun = filter_rows(rows, known), begun[known]
            if not len(begun):
                return rows
        dues = self.promises.due_dates(plan.found, begun)
        assert dues is not None  # noqa: S101 - it has a figure
        if dues.beyond is not None:
            gone = filter_rows(rows, dues.beyond) + part.first
            self.batch.without_answer(gone, self._refusal(plan, part))
        answer.due[rows] = dues.due
        if dues.limit is not dues.due:
            answer.limit[rows] = np.where(dues.limit > dues.due, dues.limit, MISSING)
        unpublished = self.promises.unpublished_from(plan.found)
        if unpublished is not None:
            answer.provisional[rows] = np.maximum(dues.due, dues.limit) > unpublished
        return rows

    def _refusal(self, plan: PromiseKey, part: _StartWindow) -> Callable[[int], SlacalcError]:
        """What makes the errors of rows that have no due."""

        def error(row: int) -> SlacalcError:
            start = int(part.starts[row - part.first])
            try:
                for found in plan.found:
                    if found.target.within is not None:
                        self.batch.matcher.due(found, self.metric, start)
            except SlacalcError as refused:
                return refused
            raise AssertionError(start)

        return error


def _because(answer: DueColumns, rows: Any, reason: str) -> None:
    if reason not in answer.reasons:
        answer.reasons.append(reason)
    answer.reason[rows] = answer.reasons.index(reason)


def _asked_unpublished(matcher: Matcher, groups: TicketGroups, place: int) -> Integers | None:
    """By group, from when on holidays are not published on which the receipt's kind rests."""
    if not matcher.receipt_calendars:
        return None
    since = np.full(len(groups.verdicts), _FAR)
    for group, verdict in enumerate(groups.verdicts):
        if verdict is not None and verdict.asked:
            found = (unpublished_from(matcher.calendar(on)) for on in verdict.asked[place])
            since[group] = min((one for one in found if one is not None), default=_FAR)
    return since


def _starts(batch: TicketBatch, name: str, metric: Metric) -> Integers:
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
