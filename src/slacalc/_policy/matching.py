"""From a ticket to its deadlines: the policy compiled, and the matching of rows.

A `Matcher` is made once for each version of a policy. It reads the ticket's attributes, judges the
moment of receipt when a row asks for it, finds in each table the first row that speaks of a
metric, and lets the earliest promise hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from slacalc._calendar.calendar import ALWAYS, Calendar
from slacalc._calendar.compilation import kind_of_day, unpublished_from, zone_of
from slacalc._policy.attributes import derived, is_missing, key_of_value, value_text
from slacalc._policy.coverage import Contract
from slacalc._policy.deadlines import (
    NOT_BEGUN,
    NOT_COVERED,
    NOTHING,
    Alarm,
    Deadline,
    Deadlines,
    Promise,
)
from slacalc._policy.validation import RECEIVED
from slacalc.errors import ProvisionalError, TicketError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from slacalc._policy.attributes import AttributeTest, Value
    from slacalc._policy.lengths import Warning_
    from slacalc._policy.policy import Policy
    from slacalc._policy.records import Coverage, Metric, Refusal, Row, Target, Whens
    from slacalc._policy.target_time import Within

_TELLING = 4  # letters; shorter names are like one another by chance


class _Question(NamedTuple):
    """One condition of a row, compiled: the values that pass, or that do not."""

    name: str
    passing: frozenset[tuple[bool, Value]]
    negated: bool
    test: AttributeTest


class MatchedRow(NamedTuple):
    """A row that has a target for a metric, with what people read of it."""

    table: str
    place: int
    row: Row
    target: Target
    when: str
    within: str | None


class Receipt:
    """The moment at which a request came in, and what calendars say of it."""

    def __init__(self, matcher: Matcher, instant: int) -> None:
        self.matcher, self.instant = matcher, instant
        self._words: dict[str, frozenset[str]] = {}
        self.unpublished: date | None = None

    def words(self, on: str) -> frozenset[str]:
        """The kind of day it was on a calendar, and whether that was open."""
        known = self._words.get(on)
        if known is None:
            calendar = self.matcher.calendar(on)
            known = self._words[on] = receipt_words(calendar, self.instant)
            since = unpublished_from(calendar)
            if since is not None and self.instant >= since:
                self.unpublished = calendar.provisional_from
        return known


def receipt_words(calendar: Calendar, instant: int) -> frozenset[str]:
    """What a calendar says of an instant: the kind of its date, and open or closed.

    A date with working time is a working day, make-up days and special hours included; one without
    is a holiday where the calendar lists it or an exception closes it, else a weekend.
    """
    day = zone_of(calendar).date(instant)
    kind = kind_of_day(calendar, day).kind
    if kind == "exception":
        works = calendar.timeline.working_day(day.toordinal()) is not None
        kind = "working-day" if works else "holiday"
    elif kind == "make-up-day":
        kind = "working-day"
    return frozenset({kind, "open" if calendar.timeline.is_open(instant) else "closed"})


class MatchedTicket:
    """One ticket while it is matched."""

    def __init__(self, matcher: Matcher, values: dict[str, Value], receipt: Receipt) -> None:
        self.matcher, self.values, self.receipt = matcher, values, receipt
        self._matches: dict[int, bool] = {}

    def meets(self, owner: Row | Any) -> bool:
        """Whether the ticket meets all conditions of a row, a refusal or a term of coverage.

        Raises:
            TicketError: Only an attribute that the ticket lacks could tell.
        """
        known = self._matches.get(id(owner))
        if known is None:
            known = self._matches[id(owner)] = self._judge(owner)
        return known

    def _judge(self, owner: Any) -> bool:
        missing = None
        for question in self.matcher.questions(owner):
            if question.name == RECEIVED:
                words = self.receipt.words(question.test.on)
                passes = any((False, word) in question.passing for word in words)
            elif question.name in self.values:
                passes = key_of_value(self.values[question.name]) in question.passing
            elif self.matcher.policy.attributes[question.name].optional:
                return False
            else:
                missing = missing or question.name
                continue
            if passes is question.negated:
                return False
        if missing is not None:
            raise self.matcher.missing(missing, self.values)
        return True

    def perhaps(self, term: Coverage) -> bool | None:
        """Whether the ticket meets the conditions of a term; None where it does not say."""
        told = [q.name for q in self.matcher.questions(term) if q.name != RECEIVED]
        if any(name not in self.values for name in told):
            return None
        return self._judge(term)


class Matcher:
    """One version of a policy, compiled."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        names = [*policy.calendars]
        self._own = policy.calendar or (names[0] if len(names) == 1 else "")
        self.zone = zone_of(
            self.calendar("") if self._own or not names else policy.calendars[names[0]]
        )
        self.semantics = policy.semantics.resolved
        self.to_next_open = self.semantics.exact_fit == "next_opening"
        self._contract = Contract(policy.coverage, self.zone)
        self._questions: dict[int, tuple[_Question, ...]] = {}
        owners: list[Row | Refusal | Coverage] = [*policy.refusals, *policy.coverage]
        owners += [row for rows in policy.tables.values() for row in rows]
        for owner in owners:
            self._questions[id(owner)] = tuple(self._compiled(owner.when))
        self._speakers = {metric: list(self._speaking(metric)) for metric in policy.metrics}

    def speakers(self, metric: str, table: str) -> list[MatchedRow]:
        """The rows of a table that have a target for a metric, in order."""
        return self._speakers[metric][list(self.policy.tables).index(table)]

    def _speaking(self, metric: str) -> Iterator[list[MatchedRow]]:
        """For each table, its rows that have a target for a metric."""
        for table, rows in self.policy.tables.items():
            found = []
            for place, row in enumerate(rows):
                if metric in row.targets:
                    target = row.targets[metric]
                    when = ", ".join(f"{name} {test}" for name, test in row.when.items())
                    within = None if target.within is None else str(target.within)
                    found.append(MatchedRow(table, place, row, target, when, within))
            yield found

    def _compiled(self, when: Whens) -> Iterable[_Question]:
        for name, test in when.items():
            attribute = self.policy.attributes.get(name)
            passing = None if attribute is None else test.takes(attribute)
            if passing is not None:
                yield _Question(name, passing, negated=False, test=test)
            else:
                values = frozenset(map(key_of_value, test.values))
                yield _Question(name, values, negated=test.operation == "not in", test=test)

    def questions(self, owner: Any) -> tuple[_Question, ...]:
        """The conditions of a row, a refusal or a term of coverage."""
        return self._questions[id(owner)]

    def calendar(self, name: str) -> Calendar:
        """A calendar by its name, or the policy's own; plain hours where it has none."""
        return self.policy.calendars[name or self._own] if name or self._own else ALWAYS

    def name_of(self, target: Target, metric: Metric, part: Within | None = None) -> str:
        """The calendar that counts for a target, or for a part of it."""
        return (part.calendar if part else "") or target.calendar or metric.calendar or self._own

    # Reading -------------------------------------------------------------------------------------

    def read(self, ticket: Mapping[str, Any]) -> dict[str, Value]:
        """The attributes that a ticket bears, with defaults and derived ones filled in.

        Raises:
            TicketError: A value is not known to the policy.
        """
        if not isinstance(ticket, Mapping):
            msg = f"{ticket!r} is no ticket: give a mapping of attributes to values"
            raise TicketError(msg, attribute="", given=ticket, suggestions=[])
        values: dict[str, Value] = {}
        attributes = self.policy.attributes
        for name, attribute in attributes.items():
            given = ticket.get(name)
            if not is_missing(given):
                values[name] = attribute.read(name, given)
            elif attribute.default is not None:
                values[name] = attribute.default
            else:
                self._misspelled(name, ticket)
        for name, attribute in attributes.items():
            if attribute.by and name not in values and all(one in values for one in attribute.by):
                value = derived(attribute.matrix, tuple(values[one] for one in attribute.by))
                if value is not None:
                    values[name] = value
        return values

    def _misspelled(self, name: str, ticket: Mapping[str, Any]) -> None:
        """Refuse a ticket that seems to bear an attribute under another spelling."""
        if len(name) < _TELLING:
            return
        for given in ticket:
            if given not in self.policy.attributes and one_slip(given, name):
                msg = (
                    f"the ticket bears {given!r}, which the policy does not know; "
                    f"did you mean {name!r}?"
                )
                raise TicketError(
                    msg, attribute=str(given), given=ticket[given], suggestions=[name]
                )

    def missing(self, name: str, values: Mapping[str, Value]) -> TicketError:
        """The error for an attribute that the ticket lacks."""
        attribute = self.policy.attributes[name]
        legal = ", ".join(map(value_text, attribute.values)) or attribute.kind
        lacking = [one for one in attribute.by if one not in values]
        why = f" (derived from {' and '.join(lacking)}, which it lacks too)" if lacking else ""
        msg = (
            f"the ticket does not say its {name}{why}, and what it is promised depends on it: "
            f"it is one of {legal}"
        )
        return TicketError(msg, attribute=name, given=None, known=attribute.values, suggestions=[])

    # Matching ------------------------------------------------------------------------------------

    def ticket(self, values: dict[str, Value], received_at: int) -> MatchedTicket:
        """A ticket ready to be matched."""
        return self.matched(values, self.receipt(received_at))

    def receipt(self, received_at: int) -> Receipt:
        """The moment at which a request came in."""
        return Receipt(self, received_at)

    def matched(self, values: dict[str, Value], receipt: Receipt) -> MatchedTicket:
        """A ticket ready to be matched, of a receipt that is known already."""
        return MatchedTicket(self, values, receipt)

    def refuse(self, ticket: MatchedTicket) -> None:
        """Raise `TicketError` where the policy calls the ticket bad input."""
        for refusal in self.policy.refusals:
            if ticket.meets(refusal):
                names = [name for name in refusal.when if name != RECEIVED]
                name = names[0] if names else RECEIVED
                asked = " and ".join(f"{one} {test}" for one, test in refusal.when.items())
                given = ticket.values.get(name)
                msg = f"the policy refuses a ticket where {asked}: {refusal.because}"
                raise TicketError(msg, attribute=name, given=given, suggestions=[])

    @cached_property
    def asked_receipts(self) -> tuple[str, ...]:
        """The calendars that rows and refusals ask about the moment of receipt."""
        tests = (question for one in self._questions.values() for question in one)
        return tuple(dict.fromkeys(q.test.on for q in tests if q.name == RECEIVED))

    @cached_property
    def asked(self) -> frozenset[str]:
        """The attributes that rows and refusals ask for."""
        owners: list[Row | Refusal] = [*self.policy.refusals]
        owners += [row for rows in self.policy.tables.values() for row in rows]
        return frozenset(question.name for owner in owners for question in self.questions(owner))

    def covered(self, given: Mapping[str, Any], ticket: MatchedTicket) -> tuple[bool, str]:
        """Whether the contract covers a ticket, and what to say of it."""
        return self._contract.judge(given, ticket)

    def found(self, metric: str, ticket: MatchedTicket) -> list[MatchedRow]:
        """For each table, the first row that matches and speaks of a metric."""
        rows = (
            next((found for found in speakers if ticket.meets(found.row)), None)
            for speakers in self._speakers[metric]
        )
        return [found for found in rows if found is not None]

    # Deadlines -----------------------------------------------------------------------------------

    def deadlines(
        self, given: Mapping[str, Any], received_at: int, since: Mapping[str, int], *, strict: bool
    ) -> Deadlines:
        """When each metric is due."""
        policy = self.policy
        ticket = self.ticket(self.read(given), received_at)
        self.refuse(ticket)
        covered, note = self.covered(given, ticket)
        by_metric: dict[str, Deadline] = {}
        entitlements: dict[str, None] = {}
        for name, metric in policy.metrics.items():
            if not covered:
                by_metric[name] = Deadline(metric=name, reason=NOT_COVERED)
                continue
            found = self.found(name, ticket)
            for one in found:
                entitlements |= dict.fromkeys(one.row.entitlements)
            start = _start(name, metric, received_at, since)
            by_metric[name] = self._deadline(name, metric, found, start, ticket.receipt)
        if strict:
            for deadline in by_metric.values():
                _refuse_provisional(deadline)
        return Deadlines(
            policy=policy.name,
            received_at=self.zone.datetime(received_at),
            ticket=ticket.values,
            effective_from=policy.effective_from,
            covered=covered,
            coverage_note=note,
            entitlements=tuple(entitlements),
            _by_metric=by_metric,
        )

    def _deadline(
        self,
        name: str,
        metric: Metric,
        found: list[MatchedRow],
        start: int | None,
        receipt: Receipt,
    ) -> Deadline:
        begun = None if start is None else self.zone.datetime(start)
        if start is None or not any(one.target.within for one in found):
            promises = sorted(
                (self._words(one, metric) for one in found), key=lambda one: one.within is None
            )
            if not any(one.target.within for one in found):
                told = dict.fromkeys(one.target.promise for one in found)
                reason = "; ".join(told) or NOTHING
            else:
                reason = NOT_BEGUN.format(event=metric.start)
            return Deadline(metric=name, promises=tuple(promises), start=begun, reason=reason)

        figures: list[Figure] = []
        words: list[Promise] = []
        for one in found:
            if one.target.within is None:
                words.append(self._words(one, metric))
            else:
                figures.append(self.figure(one, metric, start))
        figures.sort(key=lambda figure: figure.due)
        holds = figures[0]
        bound = min(figure.bound for figure in figures)
        targets = [figure.found.target for figure in figures]
        since = self.unpublished(targets, max(holds.due, bound), metric)
        target = holds.found.target
        calendar = self.calendar(self.name_of(target, metric, holds.part))
        return Deadline(
            metric=name,
            promises=(*(self._promise(figure, metric) for figure in figures), *words),
            start=begun,
            limit=zone_of(calendar).datetime(bound) if bound > holds.due else None,
            warnings=self._alarms(holds, calendar, start, metric),
            consequence=target.consequence or metric.consequence or None,
            provisional_from=since or receipt.unpublished,
            _calendar=calendar if holds.part.by_hours else None,
        )

    def figure(self, found: MatchedRow, metric: Metric, start: int) -> Figure:
        """The due and the bound of a target."""
        target = found.target

        def calendar_of(part: Within) -> Calendar:
            return self.calendar(self.name_of(target, metric, part))

        edge = self.to_next_open
        due, part = target.within.due(  # type: ignore[union-attr] # has a figure
            calendar_of, start, to_next_open=edge
        )
        bound = due
        if target.limit is not None:
            bound, _ = target.limit.due(calendar_of, start, to_next_open=edge)
        return Figure(found, due, bound, part)

    def _promise(self, figure: Figure, metric: Metric) -> Promise:
        found, part = figure.found, figure.part
        name = self.name_of(found.target, metric, part)
        show = zone_of(self.calendar(name)).datetime if name else self.zone.datetime
        return Promise(
            table=found.table,
            row=found.place,
            when=found.when,
            asks=found.row.when,
            within=found.within,
            due=show(figure.due),
            limit=show(figure.bound) if figure.bound != figure.due else None,
            calendar=name if part.by_hours else "",
        )

    def _words(self, found: MatchedRow, metric: Metric) -> Promise:
        return Promise(
            table=found.table,
            row=found.place,
            when=found.when,
            asks=found.row.when,
            within=found.within,
            words=found.target.promise,
            starts="" if found.within is None else str(metric.start),
        )

    def unpublished(self, targets: Iterable[Target], reached: int, metric: Metric) -> date | None:
        """The first date without published holidays that the answer rests on.

        A promise that loses counts too: with other holidays it might have won, unless the answer
        comes before those holidays begin.
        """
        earliest: tuple[int, date] | None = None
        for target in targets:
            for within in (target.within, target.limit):
                for part in within.parts if within else ():
                    if part.by_hours:
                        calendar = self.calendar(self.name_of(target, metric, part))
                        since = unpublished_from(calendar)
                        if since is not None and reached > since:
                            on = zone_of(calendar).date(since)
                            earliest = min(earliest or (since, on), (since, on))
        return earliest[1] if earliest else None

    def warnings(self, target: Target, metric: Metric) -> tuple[Warning_, ...]:
        """When to look at a ticket: as the target says, or its metric, or the policy."""
        ours, metrics = target.warnings, metric.warnings
        if ours is not None:
            return ours
        return self.policy.warnings if metrics is None else metrics

    def _alarms(
        self, holds: Figure, calendar: Calendar, start: int, metric: Metric
    ) -> tuple[Alarm, ...]:
        alarms = []
        for warning in self.warnings(holds.found.target, metric):
            threshold = warning.at
            if threshold.beside is None:
                at = holds.part.share(calendar, start, holds.due, threshold.share or 0)
            else:
                at = threshold.beside.moved(calendar, holds.due, threshold.direction)
            alarms.append((warning.moved(calendar, at), str(threshold), warning.name))
        show = zone_of(calendar).datetime
        return tuple(
            Alarm(at=show(at), threshold=text, name=who) for at, text, who in sorted(alarms)
        )


class Figure(NamedTuple):
    """A target with its due, its bound, and the part of it that tells."""

    found: MatchedRow
    due: int
    bound: int
    part: Within


def _start(name: str, metric: Metric, received_at: int, since: Mapping[str, int]) -> int | None:
    """When the clock of a metric starts, as far as is known; after its last reset."""
    known = {"created": received_at, **since}
    resets = [
        known[event] for event in (metric.reset.events if metric.reset else ()) if event in known
    ]
    events = metric.start.events or (name,)
    starts = [known[event] for event in events if event in known]
    return min((at for at in starts if at >= max(resets, default=at)), default=None)


def _plain(name: object) -> str:
    return str(name).casefold().replace("_", "-").replace(" ", "-")


def one_slip(given: object, name: object) -> bool:
    """Whether two words differ by a letter too many, too few or wrong, or two exchanged.

    Capitals and the signs between words do not count.
    """
    one, other = _plain(given), _plain(name)
    shorter = min(len(one), len(other))
    begins = next((i for i in range(shorter) if one[i] != other[i]), shorter)
    one, other = one[begins:], other[begins:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return max(len(one), len(other)) <= 1 or (len(one) == 2 and one == other[::-1])


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
