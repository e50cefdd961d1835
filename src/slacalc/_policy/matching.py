"""From a ticket to its rows and its deadlines.

A `Matcher` is one version of a policy, compiled. It reads a ticket's attributes, refuses bad input,
checks coverage, and finds in each table the first matching row with a target for a metric. Of the
targets with a time, the earliest due date and the earliest limit hold.

What of a target depends on the ticket, which are a calendar chosen by an attribute and the factors
of adjustments, is *resolved* as its row is matched: a `MatchedRow` has the name of the calendar and
the product. Nothing after that, be it a clock or a column, knows of either.

What follows from matched rows for every ticket that they match is worked out once and kept for
tickets like it (`MetricRows`).

This is one subject: which rows match a ticket, and what they promise it by when.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import prod
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs

from slacalc._calendar.calendar import ALWAYS, Calendar
from slacalc._calendar.compilation import unpublished_from, zone_of
from slacalc._policy.attribute_tests import compile_when, describe_when, leaves
from slacalc._policy.attributes import derived, key_of_value
from slacalc._policy.calendars import CalendarByField
from slacalc._policy.coverage import NOT_COVERED, Contract
from slacalc._policy.deadlines import (
    NO_DATE,
    NOT_BEGUN,
    NOTHING,
    Alarm,
    Deadline,
    Deadlines,
    Promise,
    Scaling,
)
from slacalc._policy.receipts import RECEIVED, CutOffs
from slacalc._policy.records import Target, field_of_date
from slacalc._policy.target_time import Within, replace_parts
from slacalc._policy.tickets import MatchedTicket, Receipt
from slacalc._policy.warnings import why_unplaced
from slacalc._schema.shapes import construct
from slacalc._threads import cached_property
from slacalc._time.instants import LATEST
from slacalc._time.missing import is_missing
from slacalc.errors import HorizonError, NeverOpen, ProvisionalError, TicketError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator
    from datetime import date

    from pendulum import DateTime

    from slacalc._policy.attribute_tests import CompiledTest, CompiledTests
    from slacalc._policy.attributes import Value
    from slacalc._policy.coverage import Coverage
    from slacalc._policy.data import PolicyData
    from slacalc._policy.records import Adjustment, Metric, Refusal, Row
    from slacalc._policy.warnings import Warning_

_PARTS_OF_TARGET = tuple(field.name for field in attrs.fields(Target))
_MAX_ALIKE = 1_000  # kinds of tickets of which the matched rows are kept
_LONGEST_ALIKE = 2_000  # characters of the attributes of such a kind
_SHORTEST_MISSPELLED = 4  # letters; two shorter names are like one another by chance
_MAX_RESEMBLED = 10_000  # fields, compared with the names once
_LONGEST_RESEMBLED = 500  # characters of such a field


class MatchedRow(NamedTuple):
    """A row with a target for a metric.

    Args:
        table: The row's table.
        place: Its place in the table, from 0.
        row: The row.
        target: Its target for the metric, resolved for a ticket.
        when: Its conditions, as text.
        within: The target's time, as text; None if it has none.
        scaling: How adjustments led to that time; None if none applies.
    """

    table: str
    place: int
    row: Row
    target: Target
    when: str
    within: str | None
    scaling: Scaling | None = None


class TargetDue(NamedTuple):
    """When a target is due.

    Args:
        row: The row with the target.
        due: The due date.
        limit: The limit, or the due date if the target has none.
        part: The part of a combined target that determines the due date.
        calendar_name: The name of the calendar of that part.
        calendar: That calendar.
        rolled_from: The day off from which the due date was moved; None if it was not.
    """

    row: MatchedRow
    due: int
    limit: int
    part: Within
    calendar_name: str
    calendar: Calendar
    rolled_from: int | None = None


class RowCalendars:
    """A matched row that has a time, and the calendars on which the parts of its target count.

    Args:
        matcher: The policy, compiled.
        row: The row.
        metric: Its metric.

    Attributes:
        row: The row.
        by_part: By the `id` of a part the name of its calendar, and the calendar.
    """

    def __init__(self, matcher: Matcher, row: MatchedRow, metric: Metric) -> None:
        self.row = row
        self.by_part: dict[int, tuple[str, Calendar]] = {}
        for length in (row.target.within, row.target.limit):
            for part in () if length is None else length.parts:
                name = matcher.calendar_name(row.target, metric, part)
                self.by_part[id(part)] = name, matcher.calendar(name)

    def calendar_of(self, part: Within) -> Calendar:
        """The calendar on which a part of the target counts."""
        return self.by_part[id(part)][1]


class MetricRows:
    """The rows that match a ticket for a metric, and what follows from them for any such ticket.

    Args:
        matcher: The policy, compiled.
        name: The name of the metric.
        rows: The matched rows.

    Attributes:
        name: The name of the metric.
        metric: The metric.
        timed: The rows that have a time.
        entitlements: What the rows entitle the ticket to as well.
    """

    def __init__(self, matcher: Matcher, name: str, rows: list[MatchedRow]) -> None:
        self.name, self.metric = name, matcher.policy.metrics[name]
        self._matcher, self._rows = matcher, rows
        timed = [row for row in rows if row.target.within is not None]
        self.timed = [RowCalendars(matcher, row, self.metric) for row in timed]
        self.entitlements = {one: None for row in rows for one in row.row.entitlements}

    @cached_property
    def unpublished(self) -> tuple[int, date] | None:
        """The first instant for which they need holidays that are not published, and its date."""
        targets = [one.row.target for one in self.timed]
        return self._matcher.unpublished_since(targets, self.metric)

    @cached_property
    def words(self) -> tuple[Promise, ...]:
        """The promises of the rows that have no time."""
        return tuple(self._undated(row) for row in self._rows if row.target.within is None)

    @cached_property
    def undated(self) -> tuple[Promise, ...]:
        """The promises without due dates, those that have a time first."""
        promises = map(self._undated, self._rows)
        return tuple(sorted(promises, key=lambda promise: promise.within is None))

    @cached_property
    def why_undated(self) -> str:
        """Why there is no due date as long as the metric has not started."""
        if self.timed:
            return NOT_BEGUN.format(event=self.metric.start)
        return "; ".join(dict.fromkeys(row.target.promise for row in self._rows)) or NOTHING

    def _undated(self, row: MatchedRow) -> Promise:
        return Promise(
            table=row.table,
            row=row.place,
            when=row.when,
            conditions=row.row.when,
            within=row.within,
            scaling=row.scaling,
            words=row.target.promise,
            starts="" if row.within is None else str(self.metric.start),
        )


class Matcher:
    """One version of a policy, compiled.

    Args:
        policy: The version, complete.
    """

    def __init__(self, policy: PolicyData) -> None:
        self.policy = policy
        self.zone = policy.zone
        self.semantics = policy.semantics.resolved
        self.to_next_open = self.semantics.exact_fit == "next_opening"
        self.contract = Contract(policy.coverage, self.zone)
        every_row = [row for rows in policy.tables.values() for row in rows]
        owners: list[Row | Refusal | Coverage | Adjustment] = [*policy.refusals, *policy.coverage]
        owners += [*every_row, *policy.adjustments]
        # By `id`, since hashing a row costs more than matching it; the policy keeps the rows alive.
        own = "" if isinstance(policy.calendar, str) else policy.calendar
        self.tests: Mapping[int, CompiledTests] = {
            id(owner): compile_when(owner.when, policy.attributes, own) for owner in owners
        }
        self.names = FieldNames(policy.attributes)
        self._derived = {name: one for name, one in policy.attributes.items() if one.by}
        self._own_calendar = policy.own_calendar
        self._unpublished: dict[str, tuple[int, date] | None] = {}  # by the names of calendars
        self._alike: dict[Hashable, dict[Hashable, MetricRows]] = {}
        self._starts = {  # by metric, the events that start it and those that reset it
            name: (metric.start.events or (name,), metric.reset.events if metric.reset else ())
            for name, metric in policy.metrics.items()
        }
        self._rows: dict[str, dict[str, list[MatchedRow]]] = {name: {} for name in policy.metrics}
        for table, rows in policy.tables.items():
            for place, row in enumerate(rows):
                when = describe_when(row.when)
                for metric, target in row.targets.items():
                    within = None if target.within is None else str(target.within)
                    matched = MatchedRow(table, place, row, target, when, within)
                    self._rows[metric].setdefault(table, []).append(matched)
        self._resolvers = {
            name: resolver
            for name, metric in policy.metrics.items()
            if (resolver := TargetResolver(policy, name, metric)).is_needed(self._rows[name])
        }

        self.date_fields = {
            name: fields
            for name, tables in self._rows.items()
            if (fields := frozenset(_dates_of(row for rows in tables.values() for row in rows)))
        }

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_alike": {}}  # what was kept of other tickets

    def rows(self, metric: str, table: str) -> list[MatchedRow]:
        """The rows of a table that have a target for a metric, in order; not resolved."""
        return self._rows[metric].get(table, [])

    def tests_of(self, owner: object) -> CompiledTests:
        """The conditions of a row, a refusal, an adjustment or a term of coverage."""
        return self.tests[id(owner)]

    @cached_property
    def tests_by_name(self) -> Mapping[str, tuple[CompiledTest, ...]]:
        """All conditions of rows, refusals and coverage, by attribute, at any depth."""
        by_name: dict[str, list[CompiledTest]] = {}
        for tests in self.tests.values():
            for test in leaves(tests):
                by_name.setdefault(test.name, []).append(test)
        return {name: tuple(tests) for name, tests in by_name.items()}

    @cached_property
    def receipt_calendars(self) -> tuple[str, ...]:
        """The calendars that conditions on the moment of receipt name."""
        return _receipt_calendars(self.tests.values())

    def receipt_calendars_of(self, owners: Iterable[object]) -> tuple[str, ...]:
        """The same for the conditions of some rows, refusals, adjustments or terms of coverage."""
        return _receipt_calendars(map(self.tests_of, owners))

    @cached_property
    def calendar_choices(self) -> tuple[CalendarByField, ...]:
        """The choices of a calendar on which targets and conditions on the receipt depend."""
        on = [test.on for test in self.tests_by_name.get(RECEIVED, ())]
        choices = [*on, *(one for resolver in self._resolvers.values() for one in resolver.choices)]
        return tuple(dict.fromkeys(one for one in choices if isinstance(one, CalendarByField)))

    @cached_property
    def cut_offs(self) -> CutOffs:
        """What conditions distinguish of the moment at which a ticket counts as received."""
        return CutOffs.of(test.passing for test in self.tests_by_name.get(RECEIVED, ()))

    @cached_property
    def tested_attributes(self) -> frozenset[str]:
        """The attributes on which it depends what is promised: those that conditions name."""
        owners: list[Row | Refusal | Adjustment] = [*self.policy.refusals, *self.policy.adjustments]
        owners += [row for rows in self.policy.tables.values() for row in rows]
        names = {test.name for owner in owners for test in leaves(self.tests_of(owner))}
        return frozenset(names.union(choice.field for choice in self.calendar_choices))

    @cached_property
    def deciding_attributes(self) -> frozenset[str]:
        """The same, and those that contain due dates."""
        return self.tested_attributes.union(*self.date_fields.values())

    def is_resolved(self, metric: str) -> bool:
        """Whether targets of a metric depend on the ticket, beside the rows that match it."""
        return metric in self._resolvers

    def key_of(self, name: str, value: Value) -> Any:
        """A key that is the same for values of an attribute that nothing distinguishes."""
        key = key_of_value(value)
        if name not in self.open_attributes:
            return key
        return tuple([key in test.passing for test in self.tests_by_name[name]])

    @cached_property
    def open_attributes(self) -> frozenset[str]:
        """The attributes on which conditions have ranges, patterns or tags, and nothing else."""
        names = {
            name
            for name, tests in self.tests_by_name.items()
            if not all(test.is_plain for test in tests)
        }
        return frozenset(names.difference(choice.field for choice in self.calendar_choices))

    def calendar(self, name: str) -> Calendar:
        """A calendar by its name, or the policy's own; `ALWAYS` if it has none."""
        name = name or self._own_calendar
        return self.policy.calendars[name] if name else ALWAYS

    def calendar_name(self, target: Target, metric: Metric, part: Within | None = None) -> str:
        """The name of the calendar that counts for a target, or for a part of it."""
        name = (
            (part.calendar if part else "")
            or target.calendar
            or metric.calendar
            or self._own_calendar
        )
        return name if isinstance(name, str) else name.fallback

    def warnings(self, target: Target, metric: Metric) -> tuple[Warning_, ...]:
        """The warnings of a target: its own, or its metric's, or the policy's."""
        if target.warnings is not None:
            return target.warnings
        return self.policy.warnings if metric.warnings is None else metric.warnings

    # Reading a ticket ----------------------------------------------------------------------------

    def read(self, ticket: Mapping[str, Any]) -> dict[str, Value]:
        """The attributes of a ticket, with defaults and derived ones filled in.

        Raises:
            TicketError: The policy does not know a value, or an attribute is misspelled.
        """
        if not isinstance(ticket, Mapping):
            msg = f"{ticket!r} is not a ticket: give a mapping of attributes to values"
            raise TicketError(msg, attribute="", given=ticket, suggestions=[])
        values: dict[str, Value] = {}
        attributes = self.policy.attributes
        lacks_one = False
        for name, attribute in attributes.items():
            value = ticket.get(name)
            if value is not None and not is_missing(value):
                values[name] = attribute.read(name, value)
            else:
                lacks_one = True
                default = attribute.default_value
                if default is not None:
                    values[name] = default
        if lacks_one:
            self.names.refuse_misspelled(ticket)
        for name, attribute in self._derived.items():
            if name not in values and all(by in values for by in attribute.by):
                value = derived(attribute.matrix, tuple(values[by] for by in attribute.by))
                if value is not None:
                    values[name] = value
        return values

    def receipt(self, received_at: int) -> Receipt:
        """The moment at which a request was received."""
        return Receipt(self.calendar, received_at, self.cut_offs)

    def ticket(self, values: dict[str, Value], receipt: Receipt) -> MatchedTicket:
        """A ticket ready to be matched.

        Args:
            values: Its attributes, as `read` returns them.
            receipt: The moment at which it was received.
        """
        return MatchedTicket(self.tests, self.policy.attributes, values, receipt)

    # Matching ------------------------------------------------------------------------------------

    def refuse(self, ticket: MatchedTicket) -> None:
        """Refuse a ticket that the policy calls bad input.

        Raises:
            TicketError: A refusal matches.
        """
        for refusal in self.policy.refusals:
            if ticket.meets(refusal):
                tested = (test.name for test in leaves(self.tests_of(refusal)))
                name = next((name for name in tested if name != RECEIVED), RECEIVED)
                parts = [test.describe(name) for name, test in refusal.when.items()]
                conditions = " and ".join(parts)
                msg = f"the policy refuses a ticket where {conditions}: {refusal.because}"
                raise TicketError(
                    msg, attribute=name, given=ticket.values.get(name), suggestions=[]
                )

    def matched_rows(
        self, metric: str, ticket: MatchedTicket, *, with_dates: bool = True
    ) -> list[MatchedRow]:
        """For each table, the first matching row with a target for a metric.

        Args:
            metric: The metric.
            ticket: The ticket.
            with_dates: Whether targets that are dates of tickets become those of this one.
        """
        matched = []
        for rows in self._rows[metric].values():
            for row in rows:
                if ticket.meets(row.row):
                    matched.append(row)
                    break
        resolver = self._resolvers.get(metric)
        if resolver is not None:
            matched = [resolver.resolve(row, ticket) for row in matched]
        if metric in self.date_fields:
            matched = [_with_date(row, ticket, with_dates=with_dates) for row in matched]
        return matched

    # Deadlines -----------------------------------------------------------------------------------

    def deadlines(
        self, fields: Mapping[str, Any], received_at: int, since: Mapping[str, int], *, strict: bool
    ) -> Deadlines:
        """The deadlines of a ticket; see `Policy.deadlines`."""
        policy = self.policy
        ticket = self.ticket(self.read(fields), self.receipt(received_at))
        self.refuse(ticket)
        covered, note = self.contract.check(fields, ticket)
        by_metric: dict[str, Deadline] = {}
        entitlements: dict[str, None] = {}
        known = {"created": received_at, **since}
        received = self.zone.datetime(received_at)
        if not covered:
            by_metric = {name: Deadline(metric=name, reason=NOT_COVERED) for name in policy.metrics}
        else:
            alike = self._rows_of_alike(ticket.values)
            for name in self._starts:
                rows = alike.get(name) or self._metric_rows(name, ticket, alike)
                entitlements |= rows.entitlements
                start = self._start(name, known)
                begun: DateTime | None = received
                if start != received_at:
                    begun = None if start is None else self.zone.datetime(start)
                by_metric[name] = self._deadline(rows, start, begun, ticket.receipt)
        if strict:
            for deadline in by_metric.values():
                _refuse_provisional(deadline)
        return Deadlines(
            policy=policy.name,
            received_at=received,
            ticket=ticket.values,
            effective_from=policy.effective_from,
            covered=covered,
            coverage_note=note,
            entitlements=tuple(entitlements),
            _by_metric=by_metric,
        )

    def _start(self, name: str, known: Mapping[str, int]) -> int | None:
        """When the clock of a metric starts, after its last reset, as far as events are known."""
        events, resets = self._starts[name]
        if not resets and len(events) == 1:
            return known.get(events[0])
        starts = [known[event] for event in events if event in known]
        if resets:
            last = max((known[event] for event in resets if event in known), default=None)
            starts = [at for at in starts if last is None or at >= last]
        return min(starts, default=None)

    def _rows_of_alike(self, values: Mapping[str, Value]) -> dict[Hashable, MetricRows]:
        """What is known of the rows of tickets between whose attributes no condition distinguishes.

        They are kept under the name of the metric where they do not depend on the receipt.
        """
        key = tuple(
            [
                self.key_of(name, values[name]) if name in values else None
                for name in self.tested_attributes
            ]
        )
        alike = self._alike.get(key)
        if alike is None:
            alike = {}
            if len(str(key)) <= _LONGEST_ALIKE:
                if len(self._alike) >= _MAX_ALIKE:
                    self._alike.clear()
                self._alike[key] = alike
        return alike

    def _metric_rows(
        self, name: str, ticket: MatchedTicket, alike: dict[Hashable, MetricRows]
    ) -> MetricRows:
        """The rows of a ticket for a metric, to be kept with those of tickets like it."""
        matched = self.matched_rows(name, ticket)
        if name in self.date_fields:  # these are of this ticket alone
            return MetricRows(self, name, matched)
        # Whether a condition looks at the receipt depends on the attributes alone.
        key = (name, *map(id, matched)) if ticket.receipt.calendars else name
        rows = alike.get(key)
        if rows is None:
            rows = alike[key] = MetricRows(self, name, matched)
        return rows

    def _deadline(
        self, rows: MetricRows, start: int | None, begun: DateTime | None, receipt: Receipt
    ) -> Deadline:
        name, metric = rows.name, rows.metric
        if start is None or not rows.timed:
            return Deadline(
                metric=name, promises=rows.undated, start=begun, reason=rows.why_undated
            )
        dues = [self._due(row, start) for row in rows.timed]
        first, limit = dues[0], dues[0].limit
        if len(dues) > 1:
            dues.sort(key=attrgetter("due"))
            first, limit = dues[0], min(due.limit for due in dues)
        unpublished = receipt.unpublished
        if rows.unpublished is not None and max(first.due, limit) > rows.unpublished[0]:
            unpublished = rows.unpublished[1]
        return Deadline(
            metric=name,
            promises=(*[self._promise(due) for due in dues], *rows.words),
            start=begun,
            limit=zone_of(first.calendar).datetime(limit) if limit > first.due else None,
            warnings=self._alarms(first, metric, start),
            consequence=first.row.target.consequence or metric.consequence or None,
            provisional_from=unpublished,
            _calendar=first.calendar if first.part.by_hours else None,
        )

    def due(self, row: MatchedRow, metric: Metric, start: int) -> TargetDue:
        """The due date of a row's target; the target must have `within`.

        Raises:
            NeverOpen: Its calendar has no working minute.
            HorizonError: It is due outside the supported years.
        """
        return self._due(RowCalendars(self, row, metric), start)

    def _due(self, calendars: RowCalendars, start: int) -> TargetDue:
        row, calendar_of = calendars.row, calendars.calendar_of
        target, edge = row.target, self.to_next_open
        roll = target.roll
        due, part = target.within.due(  # type: ignore[union-attr] # has a time
            calendar_of, start, to_next_open=edge, roll=roll
        )
        limit, rolled_from = due, None
        if target.limit is not None:
            limit, _ = target.limit.due(calendar_of, start, to_next_open=edge, roll=roll)
        name, calendar = calendars.by_part[id(part)]
        if roll:
            at = part.due_on(calendar.timeline, start)
            rolled_from = None if at == due else at
        return TargetDue(row, due, limit, part, name, calendar, rolled_from)

    def _promise(self, due: TargetDue) -> Promise:
        row, part, name = due.row, due.part, due.calendar_name
        show = zone_of(due.calendar).datetime if name else self.zone.datetime
        return Promise(
            table=row.table,
            row=row.place,
            when=row.when,
            conditions=row.row.when,
            within=row.within,
            scaling=row.scaling,
            due=show(due.due),
            limit=show(due.limit) if due.limit != due.due else None,
            calendar=name if part.by_hours else "",
            rolled_from=None if due.rolled_from is None else show(due.rolled_from),
        )

    def unpublished_from(
        self, targets: Iterable[Target], reached: int, metric: Metric
    ) -> date | None:
        """The first date without published holidays on which an answer depends.

        A target that is undercut counts too: with other holidays it might have been the earliest,
        unless the answer lies before those holidays begin.

        Args:
            targets: The targets that were compared.
            reached: The instant that the answer reaches.
            metric: Their metric.
        """
        since = self.unpublished_since(targets, metric)
        return since[1] if since is not None and reached > since[0] else None

    def unpublished_since(
        self, targets: Iterable[Target], metric: Metric
    ) -> tuple[int, date] | None:
        """The first instant that needs holidays which are not published, and its date.

        None: the due dates of the targets need no such holidays.
        """
        earliest: tuple[int, date] | None = None
        for target in targets:
            for length in (target.within, target.limit):
                for part in length.parts if length else ():
                    if part.by_hours or target.roll:
                        since = self._unpublished_since(self.calendar_name(target, metric, part))
                        if since is not None and (earliest is None or since < earliest):
                            earliest = since
        return earliest

    def _unpublished_since(self, name: str) -> tuple[int, date] | None:
        """From when on a calendar has no published holidays; None: it has them all."""
        if name not in self._unpublished:
            calendar = self.calendar(name)
            since = unpublished_from(calendar)
            known = None if since is None else (since, zone_of(calendar).date(since))
            self._unpublished[name] = known
        return self._unpublished[name]

    def placed_warnings(
        self, due: TargetDue, metric: Metric, start: int
    ) -> Iterator[tuple[Warning_, int | None, str]]:
        """The warnings of a target: each with its moment, or None and why it has none."""
        calendar = due.calendar
        for warning in self.warnings(due.row.target, metric):
            threshold = warning.at
            try:
                if threshold.beside is None:
                    at = due.part.share(calendar, start, due.due, threshold.share or 0)
                else:
                    at = threshold.beside.before_or_after(calendar, due.due, threshold.direction)
                yield warning, warning.place(calendar, at, start), ""
            except (NeverOpen, HorizonError) as error:
                yield warning, None, why_unplaced(error)

    def _alarms(self, due: TargetDue, metric: Metric, start: int) -> tuple[Alarm, ...]:
        if not self.warnings(due.row.target, metric):
            return ()
        alarms = [
            (LATEST if at is None else at, str(warning.at), warning.name, reason)
            for warning, at, reason in self.placed_warnings(due, metric, start)
        ]
        alarms.sort()
        show = zone_of(due.calendar).datetime
        return tuple(
            [
                Alarm(at=None if reason else show(at), threshold=text, name=name, reason=reason)
                for at, text, name, reason in alarms
            ]
        )


def _receipt_calendars(owners: Iterable[CompiledTests]) -> tuple[str, ...]:
    every = [test.on for tests in owners for test in leaves(tests) if test.name == RECEIVED]
    named = ((on,) if isinstance(on, str) else on.calendars for on in every)
    return tuple(dict.fromkeys(name for names in named for name in names))


def _chooses(target: Target) -> bool:
    """Whether a target, or a part of it, has a calendar that the ticket chooses."""
    if not isinstance(target.calendar, str):
        return True
    for length in (target.within, target.limit):
        if length is not None:
            for part in length.parts:
                if not isinstance(part.calendar, str):
                    return True
    return False


def _dates_of(rows: Iterable[MatchedRow]) -> Iterator[str]:
    """The attributes that contain due dates of rows."""
    return filter(None, (field_of_date(row.target) for row in rows))


def _with_date(row: MatchedRow, ticket: MatchedTicket, *, with_dates: bool) -> MatchedRow:
    """A row whose target is a date of tickets with that of one; without a time if it has none."""
    for field in _dates_of([row]):
        at = ticket.date(field)
        if at is None:
            words = Target(promise=NO_DATE.format(field=field))
            return row._replace(target=words, within=None)
        if with_dates:
            within = Within(at, "instant", field=field)
            return row._replace(target=_changed(row.target, {"within": within}))
    return row


def _changed(target: Target, parts: Mapping[str, Any]) -> Target:
    """A target with some parts replaced by others, which were read already."""
    whole: dict[str, Any] = {name: getattr(target, name) for name in _PARTS_OF_TARGET}
    changed: Target = construct(Target, whole | dict(parts))
    return changed


class TargetResolver:
    """Resolves the targets of one metric for tickets: their calendars, and their lengths.

    Args:
        policy: The policy.
        name: The metric.
        metric: The same, as the policy describes it.
    """

    def __init__(self, policy: PolicyData, name: str, metric: Metric) -> None:
        self._name, self._calendar = name, metric.calendar or policy.calendar
        self._adjustments = [one for one in policy.adjustments if name in one.scale]
        self._resolved: dict[Any, MatchedRow] = {}
        self.choices: tuple[CalendarByField, ...] = ()

    def is_needed(self, tables: Mapping[str, list[MatchedRow]]) -> bool:
        """Whether some target depends on the ticket; finds the `choices` of the rows."""
        rows = [row for rows in tables.values() for row in rows]
        # Most policies name their calendars, and are compiled as fast as if they always did.
        if not isinstance(self._calendar, str) or any(_chooses(row.target) for row in rows):
            named = dict.fromkeys(name for row in rows for name in self._calendars_of(row.target))
            self.choices = tuple(name for name in named if isinstance(name, CalendarByField))
        return bool(self.choices or (rows and self._adjustments))

    def _calendars_of(self, target: Target) -> Iterator[str | CalendarByField]:
        """The calendars that count for a target: that of each part, or else its own."""
        lengths = [length for length in (target.within, target.limit) if length is not None]
        named = [part.calendar for length in lengths for part in length.parts]
        if not all(named) or not named:
            yield target.calendar or self._calendar
        yield from named

    def resolve(self, row: MatchedRow, ticket: MatchedTicket) -> MatchedRow:
        """A matched row with the target that the ticket has; the same object for all like it.

        Raises:
            TicketError: No calendar is named for the ticket.
        """
        chosen: dict[CalendarByField, str] = {}
        for name in self._calendars_of(row.target) if self.choices else ():
            if isinstance(name, CalendarByField):
                chosen[name] = ticket.calendar_name(name)
        applied = [one for one in self._adjustments if row.within and ticket.meets(one)]
        key = (id(row), *chosen.values(), *map(id, applied))  # the policy keeps both alive
        resolved = self._resolved.get(key)
        if resolved is None:
            resolved = self._resolved.setdefault(key, self._with(row, chosen, applied))
        return resolved

    def _with(
        self, row: MatchedRow, chosen: dict[CalendarByField, str], applied: list[Adjustment]
    ) -> MatchedRow:
        target = row.target
        factor = prod((Fraction(one.scale[self._name]) for one in applied), start=Fraction(1))

        def change(part: Within) -> Within:
            calendar = part.calendar
            if isinstance(calendar, CalendarByField):
                part = attrs.evolve(part, calendar=chosen[calendar])
            scaled = part.scaled(factor) if factor != 1 else part
            assert scaled is not None  # noqa: S101 - the validation refuses such rows
            return scaled

        within, limit = (
            None if length is None else replace_parts(length, change)
            for length in (target.within, target.limit)
        )
        own = target.calendar or self._calendar
        parts: dict[str, Any] = {"within": within, "limit": limit}
        if isinstance(own, CalendarByField):
            parts["calendar"] = chosen.get(own, "")
        resolved = _changed(target, parts)
        text, scaling = None if within is None else str(within), None
        if applied and row.within is not None and (within, limit) != (target.within, target.limit):
            factors = tuple((one.scale[self._name], one.when) for one in applied)
            scaling = Scaling(row.within, factors)
        return row._replace(target=resolved, within=text, scaling=scaling)


class FieldNames:
    """The names that fields of tickets and events have, to find fields that are misspelled.

    Args:
        known: The names that a misspelled field may stand for.
        others: Further names that are spelled correctly.
    """

    def __init__(self, known: Iterable[str], others: frozenset[str] = frozenset()) -> None:
        self._known, self._others = frozenset(known), others
        self._plain = {name: plain_name(name) for name in sorted(self._known)}
        self._resembled: dict[object, tuple[str, ...]] = {}

    def resembled_by(self, field: object) -> tuple[str, ...]:
        """The known names that an unknown field resembles: in other capitals, or with one slip."""
        names = self._resembled.get(field)
        if names is None:
            names = ()
            if field not in self._known and field not in self._others:
                plain = plain_name(field)
                names = tuple(
                    name for name, known in self._plain.items() if _is_misspelled(plain, known)
                )
            if len(self._resembled) < _MAX_RESEMBLED and len(str(field)) <= _LONGEST_RESEMBLED:
                self._resembled[field] = names
        return names

    def refuse_misspelled(self, fields: Mapping[str, Any], event: str = "") -> None:
        """Refuse fields that lack a known one and seem to have it under another spelling.

        Args:
            fields: The fields of a ticket or an event.
            event: The type of the event; empty string for a ticket.

        Raises:
            TicketError: An unknown field resembles a known one that is absent.
        """
        for field in fields:
            for name in self.resembled_by(field):
                if name not in fields:
                    msg = (
                        f"the {'event' if event else 'ticket'} has {field!r}, which the policy "
                        f"does not know; did you mean {name!r}?"
                    )
                    raise TicketError(
                        msg,
                        where=event,
                        attribute=str(field),
                        given=fields[field],
                        suggestions=[name],
                    )


def _is_misspelled(field: str, name: str) -> bool:
    return field == name if len(name) < _SHORTEST_MISSPELLED else _one_slip(field, name)


def one_slip(word: object, name: object) -> bool:
    """Whether two words differ by a letter too many, too few or wrong, or two exchanged.

    Capitals and the signs between words do not count.
    """
    return _one_slip(plain_name(word), plain_name(name))


def _one_slip(left: str, right: str) -> bool:
    if abs(len(left) - len(right)) > 1:
        return False
    shorter = min(len(left), len(right))
    begins = next((i for i in range(shorter) if left[i] != right[i]), shorter)
    left, right = left[begins:], right[begins:]
    while left and right and left[-1] == right[-1]:
        left, right = left[:-1], right[:-1]
    return max(len(left), len(right)) <= 1 or (len(left) == 2 and left == right[::-1])


def plain_name(name: object) -> str:
    """A name without what makes no other name of it: capitals and the signs between words."""
    return str(name).strip().casefold().replace("_", "-").replace(" ", "-")


def _refuse_provisional(deadline: Deadline) -> None:
    if deadline.due is not None and deadline.provisional_from is not None:
        msg = (
            f"{deadline.metric} is due {deadline.due.isoformat()}, but holidays from "
            f"{deadline.provisional_from} on are not published yet; drop strict=True to accept a "
            "provisional answer"
        )
        raise ProvisionalError(
            msg, instant=deadline.due.isoformat(), since=deadline.provisional_from
        )
