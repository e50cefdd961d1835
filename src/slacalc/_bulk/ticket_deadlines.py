"""Due dates of the tickets of one policy version: the work of `bulk.deadlines`.

What a ticket is promised follows from its group (`groups`), which is matched once.
Groups that are promised the same share a `PromiseKey`. The rest is calendar arithmetic over arrays
(`due_dates`), for all tickets at a time whose promises differ only in how much they allow, in
windows of rows that stay in the processor's cache. `DueColumns` are allocated once, and each window
writes its own rows.

Read next: `ticket_states`, which does the same for `bulk.evaluate`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from slacalc._bulk.due_dates import DueCalculator
from slacalc._bulk.groups import TicketEngine, TicketGrouper, rows_by_code
from slacalc._clock.compiled_metrics import START
from slacalc._clock.evaluation import Evaluator
from slacalc._clock.events import CREATED
from slacalc._columns.kernel import MISSING
from slacalc._policy.deadlines import NOT_BEGUN
from slacalc._policy.receipts import receipt_unpublished_from
from slacalc.errors import NeverOpen, SlacalcError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from slacalc._bulk.due_dates import MatchedForms
    from slacalc._bulk.groups import PromiseKey, RowErrors, TicketGroups
    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.categories import Codes, EncodedColumn
    from slacalc._policy.matching import Matcher
    from slacalc._policy.records import Metric

_FAR = np.iinfo(np.int64).max
WINDOW = 1 << 15


class VersionTickets:
    """The tickets of one version of a policy.

    Args:
        matcher: The matcher of the version.
        rows: Their rows in the table; None: all.
        created: The receipt of each.
        attributes: The columns of attributes.
        dates: The columns of attributes that are instants; `MISSING`: the ticket has none.
        events: The columns of events; `MISSING`: it has not happened.
        errors: Collects the errors of the table's rows.
    """

    def __init__(
        self,
        matcher: Matcher,
        rows: Codes | None,
        *,
        created: Integers,
        attributes: Mapping[str, EncodedColumn],
        dates: Mapping[str, Integers],
        events: Mapping[str, Integers],
        errors: RowErrors,
    ) -> None:
        self.matcher, self.rows, self.created = matcher, rows, created
        self.attributes, self.dates = attributes, dates
        self.events, self.errors = events, errors
        self.metrics = matcher.policy.metrics

    def table_rows(self, rows: Any) -> Any:
        """The rows of the table for rows of the batch."""
        return rows if self.rows is None else self.rows[rows]

    def new(self, value: Any = MISSING, dtype: Any = np.int64) -> NDArray[Any]:
        """A new column with the same value in all rows."""
        return np.full(len(self.created), value, dtype)

    def add_errors(self, rows: Codes, error_of: Callable[[int], SlacalcError]) -> None:
        """Add the errors of rows that have no due date within the supported years.

        Args:
            rows: The rows of the batch.
            error_of: Makes the error of one of them.
        """
        first = error_of(int(rows[0]))
        if isinstance(first, NeverOpen):  # the same for all rows with one promise
            self.errors.add(self.table_rows(rows), first)
            return
        own = dict(zip(self.table_rows(rows).tolist(), rows.tolist(), strict=True))
        self.errors.add(self.table_rows(rows), lambda row: error_of(own[row]))


def windows(count: int) -> Iterator[slice]:
    """Slices of rows that stay in the processor's cache."""
    for begin in range(0, count, WINDOW):
        yield slice(begin, min(begin + WINDOW, count))


def filter_rows(rows: Any, mask: NDArray[np.bool_]) -> Any:
    """Filter a selection of rows (a slice or an index array) by a mask."""
    indices = np.flatnonzero(mask)
    return indices if isinstance(rows, slice) else rows[indices]


# Deadlines ----------------------------------------------------------------------------------------


class DueColumns(NamedTuple):
    """The due dates of a metric, one row per ticket.

    Args:
        due, limit: Instants; `MISSING`: none.
        provisional: Whether they depend on holidays that are not published yet.
        reason: The index of the reason for having no due date; -1: there is one.
        reasons: The reasons.
    """

    due: Integers
    limit: Integers
    provisional: NDArray[np.bool_]
    reason: NDArray[np.int16]
    reasons: list[str]

    def view(self, rows: slice) -> DueColumns:
        """A view of some rows."""
        due, limit, provisional, reason, reasons = self
        return DueColumns(due[rows], limit[rows], provisional[rows], reason[rows], reasons)

    def set_reason(self, rows: Any, reason: str) -> None:
        """Write why some rows have no due date."""
        if reason not in self.reasons:
            self.reasons.append(reason)
        self.reason[rows] = self.reasons.index(reason)


class DeadlineEngine(TicketEngine):
    """What `due_columns` has found out about a version of a policy."""

    def __init__(self, matcher: Matcher, columns: Sequence[str]) -> None:
        super().__init__(matcher, columns)
        self._metrics = [*matcher.policy.metrics.values()]
        self._calculator = DueCalculator(
            [Evaluator(matcher, name) for name in matcher.policy.metrics]
        )
        self._builders: dict[int, _DueColumnsBuilder] = {}

    def builder(self, place: int) -> _DueColumnsBuilder:
        """The builder of a metric's columns, for all that was promised so far."""
        promises, builder = self.groups.promises[place], self._builders.get(place)
        if builder is None or len(builder.promises) < len(promises):
            metric, calculator = self._metrics[place], self._calculator
            builder = _DueColumnsBuilder.of(place, metric, calculator, [*promises])
            self._builders[place] = builder
        return builder


def due_columns(batch: VersionTickets) -> Iterator[tuple[str, DueColumns]]:
    """The due dates of each metric, as `Matcher.deadlines` returns them for one ticket."""
    matcher = batch.matcher
    known = DeadlineEngine.of(matcher, ())
    grouper = TicketGrouper(
        matcher,
        batch.attributes,
        batch.created,
        dates=batch.dates,
        sets={},
        for_clock=False,
        known=known.groups,
    )
    groups = grouper.group(batch.errors, batch.table_rows)
    for place, (name, metric) in enumerate(batch.metrics.items()):
        of_group, builder = groups.promises(place), known.builder(place)
        starts = _starts(batch, name, metric)
        flags, reasons = batch.new(0, np.bool_), batch.new(-1, np.int16)
        columns = DueColumns(batch.new(), batch.new(), flags, reasons, [])
        unpublished = _receipts_unpublished_from(matcher, groups, place)
        for part in windows(len(starts)):
            dates = {field: column[part] for field, column in batch.dates.items()}
            of_row, here = groups.codes[part], columns.view(part)
            window = _StartWindow(part.start, starts[part], dates, of_group.take(of_row))
            for due in builder.write(batch, window, here):
                if unpublished is not None:
                    since = unpublished.take(of_row[due])
                    here.provisional[due] |= batch.created[part][due] >= since
        yield name, columns
    known.release()


class _StartWindow(NamedTuple):
    """Some rows of a batch, one after another.

    Args:
        first: The first row.
        starts: When the time of each begins to count.
        dates: The dates of the tickets.
        plans: The number of the promises to each; -1: the ticket is invalid.
    """

    first: int
    starts: Integers
    dates: Mapping[str, Integers]
    plans: Codes


class _DueColumnsBuilder(NamedTuple):
    """Writes the due dates of a metric.

    Args:
        metric: The metric.
        calculator: The calculator of its due dates.
        promises: What is promised to tickets.
        forms: The forms of their matched rows.
        reasons: The reasons for having no due date.
        kind_of: By promise, the number of its form; or, after all forms, that of its reason.
    """

    metric: Metric
    calculator: DueCalculator
    promises: Sequence[PromiseKey]
    forms: MatchedForms
    reasons: list[str]
    kind_of: Codes

    @classmethod
    def of(
        cls,
        place: int,
        metric: Metric,
        calculator: DueCalculator,
        promises: Sequence[PromiseKey],
    ) -> Self:
        """The builder for some promises of a metric, the one at a place."""
        forms = calculator.forms({place: [promise.rows for promise in promises]})
        count, reasons = len(forms.forms), [promise.reason for promise in promises]
        # In an order that does not depend on earlier calls, as the promises are in theirs.
        places = {reason: place for place, reason in enumerate(sorted({*reasons}), count)}
        kinds = [
            places[reason] if reason else int(form)
            for reason, form in zip(reasons, forms.form_of, strict=True)
        ]
        kind_of = np.array([*kinds, -1], np.min_scalar_type(~(count + len(places))))
        return cls(metric, calculator, promises, forms, [*places], kind_of)

    def write(self, batch: VersionTickets, window: _StartWindow, out: DueColumns) -> Iterator[Any]:
        """Write the due dates of a window, and yield rows that have one."""
        count = len(self.forms.forms)
        kinds = self.kind_of.take(window.plans, mode="wrap")  # the last one for -1
        for kind, rows in rows_by_code(kinds, count + len(self.reasons)):
            if kind >= count:
                out.set_reason(rows, self.reasons[kind - count])
                continue
            starts, begun = window.starts[rows], rows
            if int(starts.min()) == MISSING:
                has_begun = starts != MISSING
                not_begun = NOT_BEGUN.format(event=self.metric.start)
                out.set_reason(filter_rows(rows, ~has_begun), not_begun)
                begun, starts = filter_rows(rows, has_begun), starts[has_begun]
            if len(starts):
                self._write_form(batch, kind, begun, window, out)
            yield begun

    def _write_form(
        self, batch: VersionTickets, place: int, rows: Any, window: _StartWindow, out: DueColumns
    ) -> None:
        """Write the due dates of rows whose promises have the same form."""
        form, counts = self.forms.forms[place], self.forms.counts(place, window.plans[rows])
        dates = {field: column[rows] for field, column in window.dates.items()}
        dues = self.calculator.due_dates(form, counts, window.starts[rows], dates=dates)
        assert dues is not None  # noqa: S101 - a row has a figure, or there would be a reason
        if dues.beyond is not None:
            beyond = filter_rows(rows, dues.beyond) + window.first
            batch.add_errors(beyond, self._error_of(batch.matcher, window))
        out.due[rows] = dues.due
        if dues.limit is not dues.due:
            out.limit[rows] = np.where(dues.limit > dues.due, dues.limit, MISSING)
        unpublished = self.calculator.unpublished_from(form)
        if unpublished is not None:
            out.provisional[rows] = np.maximum(dues.due, dues.limit) > unpublished

    def _error_of(self, matcher: Matcher, window: _StartWindow) -> Callable[[int], SlacalcError]:
        """A function that makes the error of a row without a due date."""

        def error(row: int) -> SlacalcError:
            place = row - window.first
            start = int(window.starts[place])
            try:
                for matched in self.promises[window.plans[place]].rows:
                    if matched.target.within is not None:
                        matcher.due(matched, self.metric, start)
            except SlacalcError as refused:
                return refused
            raise AssertionError(start)

        return error


def _receipts_unpublished_from(
    matcher: Matcher, groups: TicketGroups, metric: int
) -> Integers | None:
    """By group, the first instant at which conditions on the receipt are provisional."""
    if not matcher.receipt_calendars:
        return None
    since = np.full(len(groups.results), _FAR)
    for group, result in enumerate(groups.results):
        if result is not None and result.receipt_calendars:
            names = result.receipt_calendars[metric]
            cut_offs = matcher.cut_offs
            firsts = (receipt_unpublished_from(matcher.calendar(name), cut_offs) for name in names)
            since[group] = min((first for first in firsts if first is not None), default=_FAR)
    return since


def _starts(batch: VersionTickets, name: str, metric: Metric) -> Integers:
    """When the clock of a metric starts, as in `_policy.matching`; `MISSING`: it has not."""
    known = {CREATED: batch.created, **batch.events}
    own = name + START
    starts = [known[event] for event in dict.fromkeys(metric.start.events) if event in known]
    starts += [known[own]] if own in known else []
    resets = [
        known[event] for event in (metric.reset.events if metric.reset else ()) if event in known
    ]
    if len(starts) == 1 and not resets:
        return starts[0]
    # The first start that is not before the last reset.
    first = batch.new(_FAR)
    last_reset = batch.new()
    for column in resets:
        np.maximum(last_reset, column, out=last_reset)
    for column in starts:
        counts = (column != MISSING) & (column >= last_reset)
        np.minimum(first, column, out=first, where=counts)
    first[first == _FAR] = MISSING
    return first
