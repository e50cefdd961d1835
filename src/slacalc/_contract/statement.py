"""The statement of a period: each promise, how it was kept, and what the customer is owed.

How it works. A promise settles in the statement of the period that contains the last day of its own
period. For each such period, the promises of the version then in force are measured by
`objectives`, `availability` and `duties`; `credits` turns what was measured into amounts, and adds
them up under the caps of the contract. Credits that were earned back need what was measured in
earlier periods: it comes from earlier statements, or is measured again.

Read next: `statement_lines`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, timedelta
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs

from slacalc._bulk.event_logs import AT, TYPE
from slacalc._columns.input import check_choice, read_instant
from slacalc._contract.availability import availability
from slacalc._contract.credits import (
    Miss,
    PromiseOutcome,
    credit_line,
    earned_back,
    read_fee,
    settle,
)
from slacalc._contract.customers import CUSTOMER
from slacalc._contract.duties import Duties
from slacalc._contract.duties import duties as find_duties
from slacalc._contract.objectives import ObjectiveResult, objectives
from slacalc._contract.outages import END, START
from slacalc._contract.penalties import penalties
from slacalc._contract.periods import (
    UNITS,
    ContractPeriod,
    agreements_of,
    before,
    containing,
    parse_period,
    split,
)
from slacalc._contract.statement_lines import (
    STILL_OPEN,
    UNDECIDED,
    Evidence,
    Excluded,
    Statement,
    StatementLine,
)
from slacalc._contract.tables import FaultyRow, frame_of, plain_table
from slacalc._i18n import N_
from slacalc._policy.agreement_checks import currency_of
from slacalc._policy.attribute_tests import AttributeTest
from slacalc._policy.policy import Policy, check_policy
from slacalc._time.instants import FIRST_YEAR, SECOND, to_duration, to_instant
from slacalc.errors import ColumnError, ContractError, unknown_name

if TYPE_CHECKING:
    from datetime import datetime

    from slacalc._columns.frames import Frame
    from slacalc._contract.availability import AvailabilityReport, AvailabilityResult
    from slacalc._contract.credits import CreditLine
    from slacalc._contract.tables import TableErrors, UnknownName
    from slacalc._policy.agreements import Objective
    from slacalc._policy.attribute_tests import Test
    from slacalc._policy.money import Money

_SECTIONS = ("objectives", "availability")  # whose promises have periods of their own
_LONGEST_DUTY = timedelta(366)  # from the beginning of its period to its due date, and for rolls
_NO_TICKETS = N_("no tickets are given")
_NO_OUTAGES = N_("no table of outages is given")
_NO_CUSTOMERS = N_("no table of customers is given")
_NO_EVENTS = N_("no log of the customers' events is given")
_NOTHING_DUE = N_("nothing was due")
_NO_METRIC = N_("it is in words and names no metric")
_LATER = N_("its period ends later")
_NOT_YET = N_("it was not in force when its period began")


class _Tables(NamedTuple):
    """What a statement is made from; see `statement`."""

    policy: Policy
    tickets: Any
    outages: Any
    maintenance: Any
    customers: Any
    log: Any  # of the customers' events
    duties: Duties | None
    columns: Mapping[str, str | None] | None
    naive: str | None
    errors: TableErrors


class _Measured(NamedTuple):
    """What was measured for a promise in one of its periods."""

    verdict: str
    outcome: PromiseOutcome
    is_final: bool = False
    because: str = ""
    result: Any = None


_UNKNOWN = _Measured("not measured", PromiseOutcome(is_missed=False))


def statement(
    policy: Policy,
    period: Any,
    *,
    tickets: Any = None,
    events: Any = None,
    outages: Any = None,
    maintenance: Any = None,
    customers: Any = None,
    duties: Any = None,
    fee: Any = None,
    as_of: datetime | str | None = None,
    previous: Statement | Iterable[Statement] | None = None,
    columns: Mapping[str, Any] | None = None,
    naive: str | None = None,
    errors: TableErrors = "raise",
) -> Statement:
    """Make the statement of a period: how each promise was kept, and what the customer is owed.

    A promise is part of the statement of the period that contains the last day of its own period: a
    quarterly objective is settled in the statement of the quarter's last month. A promise whose
    table is not given is not measured, which is said; an empty table says that nothing happened.

    Args:
        policy: The policy.
        period: The period, such as ``"2026-05"``, ``"2026-Q2"`` or ``"2026-05-01..2026-05-15"``.
        tickets: For objectives: a table of tickets, a log of events or an answer of `bulk.replay`,
            as for `objectives`.
        events: In place of *tickets*, the log of the tickets' events. One with a column
            ``customer`` and none ``ticket`` is of the customers' events, as *duties* may be.
        outages: For availability: a table of outages, as for `availability`.
        maintenance: A table of announced maintenance, as for `availability`.
        customers: For duties and penalties: a table of customers, as for `duties`.
        duties: With *customers*, the log of what was done for them, and of what happened to them,
            as for `duties`; or what `duties` returned. A duty is settled in the statement of the
            period in which it is due.
        fee: The fee of the period: a `Decimal` in the policy's currency, `Money`, or text such as
            ``"CHF 1200"``. Promises for longer periods take it as well. For promises for shorter
            ones give the fee of each kind of period: ``{"month": "CHF 1200", "week": "CHF 300"}``.
        as_of: The instant up to which everything counts. Default: the end of the period.
        previous: Earlier statements, for credits that may be earned back. What they do not contain
            is measured by the tables, with the same fee.
        columns: The names of the columns of *tickets* where they differ, as for `objectives`; or
            those of several tables: ``{"tickets": {"created": "opened"}, "outages": {"start":
            "begin"}}``.
        naive: The time zone of times without one.
        errors: What to do about faulty rows: ``"raise"`` the error of the first one, or skip them
            and list them in the statement's ``errors`` (``"column"``).

    Returns:
        `Statement`: lines with amounts and evidence, the totals, and what does not count.

    Raises:
        ContractError: The period or the fee is invalid, or a credit needs the fee, and none is
            given.
        ColumnError: A table lacks a column, or a column holds something else.
        SlacalcError: With ``errors="raise"``, a row is faulty.

    Example:
        >>> from decimal import Decimal
        >>> from slacalc import Policy, contract
        >>> mail = {
        ...     "target": "99.9 %",
        ...     "credits": [
        ...         {"below": "99.9 %", "percent": 10},
        ...         {"below": "99 %", "percent": 25},
        ...     ],
        ...     "claim": {"within": "30 days", "from": "end of month"},
        ... }
        >>> policy = Policy.from_dict(
        ...     {
        ...         "name": "hosting",
        ...         "calendars": {
        ...             "always": {"time_zone": "Europe/Zurich", "week": {"mon-sun": "0-24"}}
        ...         },
        ...         "availability": {"mail": mail},
        ...         "settlement": {"currency": "CHF"},
        ...     }
        ... )
        >>> outages = [{"start": "2026-05-04T17:00+02:00", "end": "2026-05-04T20:00+02:00"}]
        >>> may = contract.statement(policy, "2026-05", outages=outages, fee=Decimal(1200))
        >>> line = may["mail"]
        >>> print(line.figure, line.verdict, line.amount, line.claim_until)
        99.60 % missed CHF 120.00 2026-06-30
        >>> print(line.credit.explain())
        99.60 % is below 99.9 % but not below 99 %: 10 % of CHF 1,200.00 = CHF 120.00.
    """
    check_policy(policy)
    check_choice(errors, "errors", ("raise", "column"))
    log = None if isinstance(duties, Duties) else duties
    if log is None and _is_of_customers(events):
        events, log = None, events
    elif log is None and isinstance(events, list) and not events:
        log = events  # nothing happened, to tickets or to customers
    if tickets is not None and events is not None:
        msg = "events: the tickets are given twice: give a table of them or the log of their events"
        raise ContractError(msg, argument="events", given=type(events).__name__)
    tickets = events if tickets is None else tickets
    if isinstance(tickets, Iterator) or (isinstance(tickets, list) and not tickets):
        tickets = list(tickets)
        tickets = tickets[0] if len(tickets) == 1 else _Parts(tickets)
    for kind in fee if isinstance(fee, Mapping) else ():
        if kind not in UNITS:
            what = "a kind of period"
            raise unknown_name(ContractError, what, kind, UNITS, where="fee", argument="fee")
    whole = parse_period(period, policy.zone)
    at = whole.ends if as_of is None else read_instant(as_of, "as_of", naive)
    own = _by_table(columns)
    outages, maintenance, customers, log = (
        _frame(table, what, words, own.get(what, {}))
        for what, table, words in (
            ("outages", outages, (START, END)),
            ("maintenance", maintenance, (START, END)),
            ("customers", customers, (CUSTOMER,)),
            ("duties", log, (CUSTOMER, AT, TYPE)),
        )
    )
    tables = _Tables(
        policy,
        tickets,
        outages,
        maintenance,
        customers,
        log,
        duties if isinstance(duties, Duties) else None,
        own.get("tickets") or own.get("events"),
        naive,
        errors,
    )
    if isinstance(duties, Duties):
        duties.check_for(policy, min(at, whole.ends))
    return _Settlement(tables, whole, at, fee).statement(_read_previous(previous))


def _read_previous(previous: Any) -> list[Statement]:
    """Earlier statements: one, several or none."""
    if isinstance(previous, Statement) or not isinstance(previous, Iterable):
        previous = [] if previous is None else [previous]
    statements = [*previous]
    for made in statements:
        if not isinstance(made, Statement):
            msg = f"previous: {made!r} is not a statement"
            raise ContractError(msg, argument="previous", given=made)
    return statements


_TABLES = ("tickets", "events", "outages", "maintenance", "customers", "duties")


def _by_table(columns: Mapping[str, Any] | None) -> dict[str, Mapping[str, str | None]]:
    """The names of columns by table; a mapping of names alone is of tickets."""
    if not isinstance(columns, Mapping) or not any(
        isinstance(names, Mapping) for names in columns.values()
    ):
        return {} if columns is None else {"tickets": columns}
    for what in columns:
        if what not in _TABLES:
            name = "a table of the statement"
            raise unknown_name(ColumnError, name, what, _TABLES, where="columns", column=what)
    return dict(columns)


def _frame(
    table: Any, what: str, words: tuple[str, ...], columns: Mapping[str, str | None]
) -> Frame | None:
    """A table with the names of its columns; *words* are those of one without rows."""
    if table is None:
        return None
    table = table if isinstance(table, list) else plain_table(table)
    return frame_of(table, what, columns, (*words, *columns), partial(_advise, what))


def _advise(what: str, word: str, name: str | None = "", /) -> str:
    """The argument *columns* of `statement`, for one column of a table."""
    return f"columns={{{what!r}: {{{word!r}: {'...' if name == '' else repr(name)}}}}}"


def _is_of_customers(table: Any) -> bool:
    """Whether a log is of events of customers, not of tickets."""
    if table is None or isinstance(table, Iterator):
        return False
    names = frame_of(plain_table(table), "events", None, ()).names
    return "customer" in names and "ticket" not in names


class _Parts(list[Any]):
    """The tables of an iterator, which several periods read."""


class _Settlement:
    """The promises that are settled in a period, as they are measured up to an instant."""

    def __init__(self, tables: _Tables, period: ContractPeriod, as_of: int, fee: Any) -> None:
        self._tables, self._period, self._as_of, self._fee = tables, period, as_of, fee
        self._policy, self._zone = tables.policy, tables.policy.zone
        self._version = agreements_of(tables.policy, period)
        self._unit = self._unit_of(period)
        self.excluded: list[Excluded] = []
        self._unknown_events: tuple[UnknownName, ...] = ()
        self.errors: dict[FaultyRow, None] = {}
        self._measured: dict[tuple[str, str, ContractPeriod], _Measured] = {}
        self._outages: dict[ContractPeriod, AvailabilityReport] = {}

    def _unit_of(self, period: ContractPeriod) -> str:
        """The kind of a period; empty string for another stretch of days."""
        fits = (u for u in UNITS if containing(period.first, u, self._zone) == period)
        return next(fits, "")

    # Which promises -------------------------------------------------------------------------------

    def _periods(self) -> Iterator[tuple[str, ContractPeriod]]:
        """The periods that end in this one, each with its kind; first this one, of no kind."""
        yield "", self._period
        for unit in UNITS:
            for own in split(self._period, unit, self._zone):
                if own.after <= self._period.after:
                    yield unit, own

    def _promises(self) -> Iterator[tuple[str, ContractPeriod, Policy, list[str]]]:
        """The section, the period, the version and the names of promises that are settled here."""
        for unit, own in self._periods():
            try:
                version = agreements_of(self._policy, own)
            except ContractError:
                continue
            for section in _SECTIONS:
                promises = getattr(version, section)
                names = [n for n, promise in promises.items() if _unit_of_promise(promise) == unit]
                if names:
                    yield section, own, version, names

    def _exclude_later(self, lines: Iterable[StatementLine]) -> None:
        """List the promises whose period ends later, or began before they were in force."""
        settled = {(line.section, line.name) for line in lines}
        for section in _SECTIONS:
            for name, promise in getattr(self._version, section).items():
                if (section, name) not in settled:
                    own = containing(self._period.last, _unit_of_promise(promise), self._zone)
                    because = _LATER if own.after > self._period.after else _NOT_YET
                    self.excluded.append(Excluded(section, name, own, "promise", 1, because))

    # What was measured ----------------------------------------------------------------------------

    def _measure(self, section: str, period: ContractPeriod, names: list[str]) -> None:
        wanted = [name for name in names if (section, name, period) not in self._measured]
        measure = self._measure_objectives if section == "objectives" else self._measure_outages
        if wanted:
            for name, measured in measure(period, wanted).items():
                self._measured[section, name, period] = measured

    def _measure_objectives(self, period: ContractPeriod, names: list[str]) -> dict[str, _Measured]:
        tables, version = self._tables, agreements_of(self._policy, period)
        promises = version.objectives
        measured = {n: _UNKNOWN._replace(because=_NO_METRIC) for n in names}
        chosen = [name for name in names if promises[name].metric]
        if tables.tickets is None or not chosen:
            return measured | {n: _UNKNOWN._replace(because=_NO_TICKETS) for n in chosen}
        tickets = tables.tickets
        report = objectives(
            self._policy,
            iter(tickets) if isinstance(tickets, _Parts) else tickets,
            period=period,
            as_of=self._zone.datetime(self._as_of),
            only=chosen,
            columns=tables.columns,
            naive=tables.naive,
            errors=tables.errors,
        )
        self.errors |= {FaultyRow("tickets", e.row, e.message): None for e in report.errors}
        for name, result in report.items():
            excluded = {**result.excluded, **result.not_counted}
            self.excluded += [
                Excluded("objectives", name, period, "ticket", count, because)
                for because, count in excluded.items()
            ]
            counted_by = result.objective.counted_by
            if result.open and not result.is_final and counted_by != "stopped":
                because = STILL_OPEN if counted_by == "received" else UNDECIDED
                item = ("objectives", name, period, "ticket", result.open, because)
                self.excluded.append(Excluded(*item))
            calendar = _calendar_of_targets(version, result.objective)
            outcome = _outcome_of_objective(result, self._as_of, calendar)
            measured[name] = _Measured(result.verdict, outcome, result.is_final, "", result)
        return measured

    def _measure_outages(self, period: ContractPeriod, names: list[str]) -> dict[str, _Measured]:
        if self._tables.outages is None:
            return {name: _UNKNOWN._replace(because=_NO_OUTAGES) for name in names}
        report = self._availability(period)
        self.errors |= dict.fromkeys(report.errors)
        measured = {}
        for name in names:
            result = report[name]
            self.excluded += [
                Excluded("availability", name, period, "outage", count, because)
                for because, count in result.excluded_reasons.items()
            ]
            measured[name] = _Measured(result.verdict, result.outcome, result.is_final, "", result)
        return measured

    def _availability(self, period: ContractPeriod) -> AvailabilityReport:
        if period not in self._outages:
            tables = self._tables
            self._outages[period] = availability(
                self._policy,
                tables.outages,
                period=period,
                as_of=self._zone.datetime(self._as_of),
                maintenance=tables.maintenance,
                naive=tables.naive,
                errors=tables.errors,
            )
        return self._outages[period]

    def _exclude_unknown(self) -> None:
        """List what does not count since no promise has its component, or its type of events."""
        period, unknown = self._period, [*self._unknown_events]
        if self._tables.outages is not None and self._version.availability:
            unknown += self._availability(period).unknown
        for item in unknown:
            section = "duties" if item.what == "event" else "availability"
            row = section, "", period, item.what, item.number, str(item)
            self.excluded.append(Excluded(*row, item.name, item.suggestion))

    def _parts(self) -> Iterator[ContractPeriod]:
        """The parts of this period in which one version is in force."""
        first, after = self._period.first, self._period.after
        inside = range(first.toordinal() + 1, after.toordinal())
        days = {date.fromordinal(day) for day in self._policy.first_days if day in inside}
        for begins, ends in pairwise([first, *sorted(days), after]):
            part = ContractPeriod.of_days(begins, ends, self._zone)
            with suppress(ContractError):  # no version is in force
                agreements_of(self._policy, part)
                yield part

    def _measure_duties(self, period: ContractPeriod) -> dict[tuple[str, str], _Measured]:
        """What was measured for the duties and the penalties of a part of this period."""
        tables, version = self._tables, agreements_of(self._policy, period)
        because = _NO_CUSTOMERS if tables.customers is None else _NO_EVENTS
        is_known = tables.customers is not None and tables.log is not None
        measured = {
            (section, name): _UNKNOWN._replace(because=because)
            for section in ("duties", "penalties")
            for name in getattr(version, section)
        }
        common: dict[str, Any] = {
            "as_of": self._zone.datetime(self._as_of),
            "naive": tables.naive,
            "errors": tables.errors,
        }
        owed = tables.duties
        if owed is None and is_known and version.duties:
            since = max(period.first - _LONGEST_DUTY, date(FIRST_YEAR, 1, 1))
            owed = find_duties(
                self._policy, tables.customers, tables.log,
                since=since, until=period.last, **common,
            )  # fmt: skip
        if owed is not None:
            self.errors |= dict.fromkeys(owed.errors)
            measured |= self._duties(owed, period)
            self._unknown_events = owed.unknown_in(self._period)
        if is_known and version.penalties:
            events = penalties(self._policy, tables.customers, tables.log, period, **common)
            self.errors |= dict.fromkeys(events.errors)
            if owed is None:
                self._unknown_events += events.unknown
            for name, outcome in events.outcomes().items():
                verdict = "missed" if outcome.is_missed else "met"
                count = 0, len(outcome.misses)
                is_final = self._as_of >= period.ends
                measured["penalties", name] = _Measured(verdict, outcome, is_final, "", count)
        return measured

    def _duties(
        self, owed: Duties, period: ContractPeriod
    ) -> Iterator[tuple[tuple[str, str], _Measured]]:
        is_final = self._as_of >= period.ends
        for name, outcome in owed.outcomes(period).items():
            counts = owed.select(duty=name, due_in=period).counts
            due = counts["done"] + counts["done late"] + counts["missed"]
            if counts["not covered"]:
                item = ("duties", name, period, "duty", counts["not covered"], "not covered")
                self.excluded.append(Excluded(*item))
            if due:
                verdict = "missed" if outcome.is_missed else "met"
                measured = _Measured(verdict, outcome, is_final, "", (counts["done"], due))
            else:
                measured = _UNKNOWN._replace(is_final=is_final, because=_NOTHING_DUE)
            yield ("duties", name), measured

    # What is owed ---------------------------------------------------------------------------------

    def _fee_of(self, period: ContractPeriod, version: Policy) -> Money | None:
        fee = self._fee
        if isinstance(fee, Mapping):
            unit = self._unit if period == self._period else self._unit_of(period)
            return read_fee(fee.get(unit), version)
        is_shorter = period.after.toordinal() - period.first.toordinal() < (
            self._period.after.toordinal() - self._period.first.toordinal()
        )
        read = read_fee(fee, version)
        return None if is_shorter else read

    def lines(self) -> list[StatementLine]:
        """The lines of the promises, without what was earned back."""
        lines = []
        for section, own, version, names in self._promises():
            self._measure(section, own, names)
            lines += [
                self._line(version, self._measured[section, name, own], section, name, own)
                for name in names
            ]
        promises = [(part, name) for part in _SECTIONS for name in getattr(self._version, part)]
        order = {promise: place for place, promise in enumerate(promises)}
        lines.sort(
            key=lambda line: (
                _SECTIONS.index(line.section),
                order.get((line.section, line.name), len(order)),
                line.period,
            )
        )
        for part in self._parts():
            version = agreements_of(self._policy, part)
            for (section, name), measured in self._measure_duties(part).items():
                lines.append(self._line(version, measured, section, name, part))
        return lines

    def _line(
        self, version: Policy, measured: _Measured, section: str, name: str, period: ContractPeriod
    ) -> StatementLine:
        is_part = section not in _SECTIONS  # of this period, whose fee counts
        fee = self._fee_of(self._period if is_part else period, version)
        credit = credit_line(version, section, name, measured.outcome, period=period, fee=fee)
        if credit.needs_fee:
            raise self._no_fee(credit)
        return _line(measured, credit)

    def _no_fee(self, credit: CreditLine) -> ContractError:
        unit = self._unit_of(credit.period)
        what = f"the credit of {credit.name!r} for {credit.period} depends on"
        return self._fee_error(what, unit if self._fee is not None else "")

    def _fee_error(self, what: str, unit: str) -> ContractError:
        """The error for a fee that is needed, of a kind of period if there is one."""
        example = f"{currency_of(self._version) or 'CHF'} 1200"
        fee, how = "the fee of the period", f"give it as fee, such as {example!r}"
        if unit:
            fee, how = f"the fee of a {unit}", f"give fee={{{unit!r}: {example!r}, …}}"
        reason = f"{what} {fee}"
        facts = {"given": self._fee, "reason": reason, "unit": unit, "example": example}
        return ContractError(f"fee: {reason}: {how}", argument="fee", **facts)

    def settled(self, lines: list[StatementLine]) -> list[StatementLine]:
        """The lines with what they come to under the caps of the contract."""
        totals = self._settle(lines)
        return [
            attrs.evolve(line, credited=None if line.because else credited)
            for line, credited in zip(lines, totals.credited, strict=True)
        ]

    def _settle(self, lines: list[StatementLine]) -> Any:
        fee = self._fee_of(self._period, self._version)
        try:
            return settle([line.credit for line in lines], self._version, fee)
        except ContractError as error:
            if fee is not None or error.argument != "fee":
                raise
            unit = self._unit if self._fee is not None else ""
            what = "the contract's cap is a share of"
            raise self._fee_error(what, unit) from None

    def statement(self, previous: list[Statement]) -> Statement:
        """The statement."""
        lines = self.lines()
        self._exclude_later(lines)
        self._exclude_unknown()
        excluded = tuple(self.excluded)
        lines += [*self._returns(lines, previous)]
        totals = self._settle(lines)
        return Statement(
            policy=self._version,
            period=self._period,
            as_of=self._zone.datetime(self._as_of),
            fee=self._fee_of(self._period, self._version),
            lines=tuple(self.settled(lines)),
            totals=totals,
            excluded=excluded,
            errors=tuple(self.errors),
        )

    # What was earned back -------------------------------------------------------------------------

    def _returns(
        self, lines: list[StatementLine], previous: list[Statement]
    ) -> Iterator[StatementLine]:
        """The lines that return a credit, since the promise was met ever after."""
        for line in lines:
            count, unit = getattr(line.promise, "earn_back", None), self._unit_of(line.period)
            if not count or not unit or not (line.verdict == "met" and line.is_final):
                continue
            earlier = (self._earlier(line, back, unit, previous) for back in range(1, count))
            if not all(own and own.verdict == "met" and own.is_final for own in earlier):
                continue
            first = self._earlier(line, count, unit, previous)
            if first is None or not first.is_final:
                continue
            returned = earned_back(
                first.credit, ["met"] * count, period=line.period, credited=first.credited
            )
            if returned is not None:
                yield attrs.evolve(
                    line, credit=returned, credited=returned.amount, find_evidence=tuple
                )

    def _earlier(
        self, line: StatementLine, back: int, unit: str, previous: list[Statement]
    ) -> StatementLine | None:
        """The line of a promise some periods earlier, from a statement or measured again.

        None if the promise, or the contract, was not there.
        """
        try:
            period = before(line.period, back, unit, self._zone)
            version = agreements_of(self._policy, period)
        except ContractError:  # nothing was in force
            return None
        if line.name not in getattr(version, line.section) or period.first.year < FIRST_YEAR:
            return None
        wanted = (line.section, line.name, period)
        own = [
            earlier
            for statement in previous
            for earlier in statement.lines  # a line that returns a credit comes after it
            if (earlier.section, earlier.name, earlier.period) == wanted
        ]
        if own:
            return next((earlier for earlier in own if earlier.is_final), own[0])
        whole = containing(period.last, self._unit or self._unit_of(period), self._zone)
        for as_of in (whole.ends, self._as_of):  # what was open at the end may be decided by now
            work = _Settlement(self._tables, whole, as_of, self._fee)
            measured = work.settled(work.lines())
            again = [one for one in measured if (one.section, one.name, one.period) == wanted]
            if not again or again[0].is_final:
                break
        return again[0] if again else None


def _unit_of_promise(promise: Any) -> str:
    """The kind of a promise's period; empty string if it takes that of the statement."""
    if getattr(promise, "rolling_days", None) or promise.period.startswith("rolling"):
        return ""
    unit: str = getattr(promise, "period_word", promise.period)
    return unit


def _calendar_of_targets(version: Policy, objective: Objective) -> str:
    """The calendar that all targets of an objective's tickets name; empty string if none does."""
    metric, names = objective.metric, set()
    for table in version.tables.values():
        for row in (row for row in table if metric in row.targets):
            holds = [_holds(test, objective.when.get(name)) for name, test in row.when.items()]
            if False not in holds:
                names.add(row.targets[metric].calendar)
            if all(holds):
                break  # the first row that matches counts
    name = names.pop() if len(names) == 1 else ""
    return name if isinstance(name, str) else ""


def _holds(test: Test, known: Test | None) -> bool | None:
    """Whether a test holds for all tickets that meet another one, or for none; else None."""
    if not (isinstance(test, AttributeTest) and isinstance(known, AttributeTest)):
        return None
    if not test.operation == known.operation == "in":
        return None
    values, others = {*test.values}, {*known.values}
    return True if others <= values else None if others & values else False


def _outcome_of_objective(result: ObjectiveResult, as_of: int, calendar: str) -> PromiseOutcome:
    is_decided = result.decided >= max(result.objective.at_least, 1) or result.verdict == "missed"
    figure = result.figure if is_decided and isinstance(result.figure, Fraction) else None
    misses = tuple(
        Miss(
            to_instant(miss.due or miss.missed_at),
            as_of if miss.stopped_at is None else to_instant(miss.stopped_at),
            calendar,
            reference=str(miss.ticket),
        )
        for miss in result.misses
    )
    is_missed = result.verdict == "missed"
    if is_missed and result.objective.mean is not None:  # one miss, of no ticket by itself
        misses = (Miss(result.period.ends - 1, reference=str(result.period)),)
    return PromiseOutcome(is_missed=is_missed, figure=figure, misses=misses)


def _line(measured: _Measured, credit: CreditLine) -> StatementLine:
    return StatementLine(
        section=credit.section,
        name=credit.name,
        period=credit.period,
        verdict=measured.verdict,
        is_final=measured.is_final,
        credit=credit,
        because=measured.because,
        result=measured.result,
        find_evidence=lambda: _evidence(measured.result, credit),
    )


def _evidence(result: Any, credit: CreditLine) -> Iterator[Evidence]:
    if result is None:
        return iter(())
    if credit.section == "objectives":
        return _tickets(result, credit)
    return _outages(result, credit) if credit.section == "availability" else _events(credit)


def _claim_of(credit: CreditLine, miss: Miss) -> date | None:
    """The last day to claim the credit for a miss; None if nothing is owed."""
    return credit.claim_of(miss) if credit.items else None


def _tickets(result: ObjectiveResult, credit: CreditLine) -> Iterator[Evidence]:
    of_tickets = credit.misses if result.objective.mean is None else ()
    for miss, own in zip(result.misses, of_tickets, strict=True):
        due = miss.due or miss.missed_at
        claim = _claim_of(credit, own)
        yield Evidence(str(miss.ticket), due, miss.stopped_at, miss.lateness, claim)


def _outages(result: AvailabilityResult, credit: CreditLine) -> Iterator[Evidence]:
    for outage, miss in zip(result.evidence, credit.misses, strict=True):
        more = " …" if outage.row_count > len(outage.rows) else ""
        rows = ", ".join(map(str, outage.rows)) + more
        reference = f"row {rows}" if outage.row_count == 1 else f"rows {rows}"
        yield Evidence(
            reference, outage.start, outage.end, outage.downtime, _claim_of(credit, miss)
        )


def _events(credit: CreditLine) -> Iterator[Evidence]:
    """What was not done, or not in time, and events for which a penalty is owed."""
    zone = credit.policy.zone
    for miss in credit.misses:
        late, shift = miss.late_until, int(miss.at % SECOND == SECOND - 1)  # the end of a day
        done = zone.datetime(late + shift) if late is not None and miss.was_done else None
        length = None if late is None else to_duration(late - miss.at)
        at = zone.datetime(miss.at + shift)
        yield Evidence(miss.reference, at, done, length, _claim_of(credit, miss))
