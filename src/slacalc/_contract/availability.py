"""Measure the availability of services over a period: `slacalc.contract.availability`.

How it works: the agreed time is that of the service hours in the period, less maintenance. The
downtime is that part of it in which there is an outage, weighted by the outage's share. Both are
whole numbers, so that the share of the agreed time that is left is exact.

`outages` has the arithmetic.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import attrs
import numpy as np

from slacalc._calendar.calendar import ALWAYS
from slacalc._columns.input import check_choice, read_instant
from slacalc._contract.credits import Miss, PromiseOutcome, figure_text
from slacalc._contract.outages import (
    MAINTENANCE,
    NO_INCIDENTS,
    ONGOING,
    OUTAGES,
    Stretches,
    largest_shares,
    read_incidents,
)
from slacalc._contract.periods import agreements_of, parse_period, rolling
from slacalc._contract.results import NamedResults
from slacalc._contract.tables import UnknownName, faulty_rows
from slacalc._html.markup import quiet, table, title, view
from slacalc._i18n import ENGLISH, N_, translator
from slacalc._policy.agreements import ROLLING, maintenance_calendar, share_of
from slacalc._policy.policy import Policy, check_policy
from slacalc._threads import cached_property
from slacalc._time.instants import to_duration
from slacalc.errors import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    import pendulum

    from slacalc._calendar.calendar import Calendar
    from slacalc._columns.arithmetic import Integers
    from slacalc._contract.outages import Incidents
    from slacalc._contract.periods import ContractPeriod
    from slacalc._contract.tables import FaultyRow, TableErrors
    from slacalc._i18n import Translator
    from slacalc._policy.agreements import Availability
    from slacalc._time.instants import Zone

Verdict: TypeAlias = Literal["met", "missed", "not measured"]

_MOST_ROWS = 20  # of a table that an outage names
_SHOWN = 20  # outages in a text
_WIDEST = 1 << 62
_IN_MAINTENANCE, _OUTSIDE = N_("in maintenance"), N_("outside the service hours")
_BOTH = N_("in maintenance, and outside the service hours")
_RESULTS = {"met": N_("met"), "missed": N_("missed"), "not measured": N_("not measured")}


class Outage(NamedTuple):
    """An outage as it counts: those that overlap or touch are one.

    Args:
        start: When it began.
        end: When it ended; None if it had not.
        downtime: Its time that counts: in the period, and in the service hours less maintenance,
            each instant weighted by the largest share of the outages over it.
        in_maintenance: Its time in the period that does not count because of maintenance.
        outside_hours: Its time in the period that does not count because it is not in the service
            hours.
        row_count: How many rows of the table it is made of.
        rows: The first 20 of those rows, from 0.
    """

    start: pendulum.DateTime
    end: pendulum.DateTime | None
    downtime: pendulum.Duration
    in_maintenance: pendulum.Duration
    outside_hours: pendulum.Duration
    row_count: int
    rows: tuple[int, ...]

    @property
    def because(self) -> str:
        """Why it does not count at all; empty string if it does."""
        if self.downtime:
            return ""
        if not self.outside_hours:
            return _IN_MAINTENANCE
        return _BOTH if self.in_maintenance else _OUTSIDE

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data, ready for JSON."""
        return {
            "start": self.start.isoformat(),
            "end": None if self.end is None else self.end.isoformat(),
            "downtime": _seconds(self.downtime),
            "in_maintenance": _seconds(self.in_maintenance),
            "outside_hours": _seconds(self.outside_hours),
            "because": self.because,
            "row_count": self.row_count,
            "rows": list(self.rows),
        }


Outage.__module__ = "slacalc.contract"


class _Merged(NamedTuple):
    """The merged outages that overlap a period, as arrays.

    Args:
        starts, ends: When they began and ended.
        downtime: Their downtime, in units of 1 / *units* microseconds.
        units: See *downtime*.
        in_maintenance, outside_hours: Time that does not count, in microseconds.
        first, after: Where their rows begin and end in *rows*.
        rows: Rows of the table.
        zone: The zone of answers.
    """

    starts: Integers
    ends: Integers
    downtime: Integers
    units: int
    in_maintenance: Integers
    outside_hours: Integers
    first: Integers
    after: Integers
    rows: Integers
    zone: Zone

    def outage(self, place: int) -> Outage:
        first, after = int(self.first[place]), int(self.after[place])
        end = int(self.ends[place])
        rows = np.sort(self.rows[first:after])[:_MOST_ROWS]
        return Outage(
            self.zone.datetime(int(self.starts[place])),
            None if end == ONGOING else self.zone.datetime(end),
            to_duration(_whole(Fraction(int(self.downtime[place]), self.units))),
            to_duration(int(self.in_maintenance[place])),
            to_duration(int(self.outside_hours[place])),
            after - first,
            tuple(rows.tolist()),
        )


@attrs.frozen(kw_only=True, eq=False)
class AvailabilityResult:
    """How available a service was in a period.

    Args:
        name: The name of the availability target.
        words: What is available, in words.
        target: The share that was promised.
        period: The period, such as ``2026-05``.
        is_final: Whether the period was over.
        agreed: The service hours in the period so far, less maintenance.
        downtime: The agreed time in outages, rounded to a microsecond.
        uptime: The agreed time less the downtime.
        availability: The exact share of the agreed time that is left; None if no time was agreed.
        figure: The share that is compared with the target: *availability*, rounded if the policy
            says so.
        outages: How many outages have downtime.
        mtbf: The mean uptime for each outage; None without outages.
        mtrs: The mean downtime of an outage; None without outages.
        allowed: The downtime still allowed in the whole period, rounded down.
        over: The downtime beyond what is allowed in the whole period, rounded up.
    """

    __module__ = "slacalc.contract"

    name: str
    words: str
    target: Fraction
    period: ContractPeriod
    is_final: bool
    agreed: pendulum.Duration
    downtime: pendulum.Duration
    uptime: pendulum.Duration
    availability: Fraction | None
    figure: Fraction | None
    outages: int
    mtbf: pendulum.Duration | None
    mtrs: pendulum.Duration | None
    allowed: pendulum.Duration
    over: pendulum.Duration
    _merged: _Merged = attrs.field(repr=False)
    _thresholds: tuple[Fraction, ...] = attrs.field(repr=False)

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met by the figure so far; None if it is not measured."""
        return None if self.figure is None else self.figure >= self.target

    @property
    def verdict(self) -> Verdict:
        """``"met"``, ``"missed"``, or ``"not measured"`` if no time was agreed."""
        if self.figure is None:
            return "not measured"
        return "met" if self.is_met else "missed"

    @cached_property
    def evidence(self) -> tuple[Outage, ...]:
        """The outages with downtime, in order."""
        return tuple(map(self._merged.outage, np.flatnonzero(self._merged.downtime).tolist()))

    @cached_property
    def excluded(self) -> tuple[Outage, ...]:
        """The outages in the period without downtime, in order; `Outage.because` says why."""
        return tuple(map(self._merged.outage, np.flatnonzero(self._merged.downtime == 0).tolist()))

    @property
    def excluded_reasons(self) -> dict[str, int]:
        """How many outages in the period have no downtime, by the reason, as `Outage.because`."""
        merged = self._merged
        has_none = merged.downtime == 0
        inside, outside = merged.in_maintenance != 0, merged.outside_hours != 0
        counts = {
            _OUTSIDE: has_none & outside & ~inside,
            _IN_MAINTENANCE: has_none & ~outside,
            _BOTH: has_none & outside & inside,
        }
        return {why: int(rows.sum()) for why, rows in counts.items() if rows.any()}

    @property
    def outcome(self) -> PromiseOutcome:
        """What `credits` needs to know."""
        starts = np.maximum(self._merged.starts[self._merged.downtime != 0], self.period.starts)
        return PromiseOutcome(
            is_missed=self.is_met is False,
            figure=self.figure,
            misses=tuple(map(Miss, starts.tolist())),
        )

    @cached_property
    def longest(self) -> Outage | None:
        """The outage with the longest downtime, of equal ones the first; None without outages."""
        return self._merged.outage(int(np.argmax(self._merged.downtime))) if self.outages else None

    @property
    def text(self) -> str:
        """The figure in percent, with the decimals that show on which side of the target it is."""
        return "" if self.figure is None else figure_text(self.figure, self._thresholds)

    def explain(self, language: str = "en") -> str:
        """Say how the figure comes about, and which outages count.

        Args:
            language: The language, such as ``"en"`` or ``"zh"``.
        """
        return "\n".join(_explain(self, translator(language)))

    def __str__(self) -> str:
        return "\n".join(_explain(self, ENGLISH))

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain data, ready for JSON; lengths are in seconds."""
        longest = self.longest
        lengths = {
            name: None if (length := getattr(self, name)) is None else _seconds(length)
            for name in ("agreed", "downtime", "uptime", "mtbf", "mtrs", "allowed", "over")
        }
        return {
            "name": self.name,
            "period": str(self.period),
            "is_final": self.is_final,
            "target": str(self.target),
            "availability": None if self.availability is None else str(self.availability),
            "figure": self.text or None,
            "verdict": self.verdict,
            "outages": self.outages,
            **lengths,
            "longest": None if longest is None else longest.to_dict(),
            "evidence": [outage.to_dict() for outage in self.evidence],
            "excluded": [outage.to_dict() for outage in self.excluded],
        }


class AvailabilityReport(NamedResults[AvailabilityResult]):
    """The availability of the services of a policy in a period, by name.

    Attributes:
        period: The period.
        as_of: The instant up to which outages count; None: the end of the period.
        errors: The faulty rows of the tables, which do not count.
        unmatched: How many outages are of components that no availability target counts.
        unknown: Those components, and those of announced maintenance (`UnknownName`).
    """

    __module__ = "slacalc.contract"
    _kind = "an availability target of the policy"

    def __init__(
        self,
        results: Mapping[str, AvailabilityResult],
        period: ContractPeriod,
        as_of: pendulum.DateTime | None,
        errors: tuple[FaultyRow, ...],
        unmatched: int,
        *,
        unknown: tuple[UnknownName, ...] = (),
    ) -> None:
        super().__init__(results)
        self.period, self.as_of, self.errors = period, as_of, errors
        self.unmatched, self.unknown = unmatched, unknown

    def __repr__(self) -> str:
        return f"AvailabilityReport({', '.join(self)}; {self.period})"

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the results as plain data, ready for JSON."""
        unknown = [item._asdict() for item in self.unknown]
        return [{**result.to_dict(), "unknown": unknown} for result in self.values()]

    def __str__(self) -> str:
        rows = [
            [one_line(result.name), *_cells(result, ENGLISH)] for result in self._results.values()
        ]
        headings = [heading for heading, _ in _COLUMNS]
        widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in [headings, *rows]
        ]
        return "\n".join([*lines, *self._notes(ENGLISH)])

    def _notes(self, translate: Translator) -> list[str]:
        notes = []
        if any(not result.is_final for result in self.values()) and self.as_of is not None:
            form = translate(N_("provisional: the period goes on after {instant}"))
            notes.append(form.format(instant=translate.instant(self.as_of)))
        if self.unmatched:
            form = translate.plural(
                "{count} outage of a component that no target counts",
                "{count} outages of components that no target counts",
                self.unmatched,
            )
            notes.append(form.format(count=f"{self.unmatched:,}"))
        notes += [one_line(item.text(translate)) for item in self.unknown]
        if self.errors:
            form = translate.plural(
                "{count} faulty row does not count",
                "{count} faulty rows do not count",
                len(self.errors),
            )
            notes.append(form.format(count=f"{len(self.errors):,}"))
        return notes

    def to_html(self, *, language: str = "en") -> str:
        """Return the report as HTML; notebooks show it.

        Args:
            language: The language, such as ``"en"`` or ``"zh"``.
        """
        translate = translator(language)
        heading = translate(N_("Availability"))
        rows = [
            [result.words or result.name, *_cells(result, translate)] for result in self.values()
        ]
        headings = [translate(heading) for heading, _ in _COLUMNS]
        return view(
            title(heading, str(self.period)),
            table(
                headings,
                rows,
                caption=heading,
                is_titled=True,
                classes=[cls for _, cls in _COLUMNS],
            ),
            *map(quiet, self._notes(translate)),
            label=heading,
        )

    def _repr_html_(self) -> str:
        return self.to_html()


def availability(
    policy: Policy,
    outages: Any,
    *,
    period: Any,
    as_of: datetime | str | None = None,
    maintenance: Any = None,
    columns: Mapping[str, str | None] | None = None,
    naive: str | None = None,
    errors: TableErrors = "raise",
) -> AvailabilityReport:
    """Measure how available the services of a policy were in a period.

    The targets are those of the version in force on the first day of the period. Exactly the period
    that is given is measured, whatever the period of a target, but a target over rolling days is
    measured over the days before the period's end.

    Args:
        policy: The policy.
        outages: A table with one row per outage: a data frame of pandas or Polars, a table of
            PyArrow, a mapping of names to columns, or a list of dictionaries. It has ``start`` and
            ``end``, an instant each, of which ``end`` is missing for an outage that has not ended.
            It may have ``component``, which is missing for an outage of everything, and ``share``,
            above 0 and at most 1 or such as ``"25 %"``, for an outage that takes only a share of
            the service. Outages that overlap count once; where shares differ, the largest counts.
        period: The period: ``"2026-05"``, ``"2026-Q2"``, ``"2026-05-01..2026-05-15"`` or a pair of
            the first and the last day, in the policy's time zone.
        as_of: The instant up to which outages are known; what comes later has not happened yet.
            Default: the end of the period.
        maintenance: A table of announced maintenance, with ``start`` and ``end``, and perhaps
            ``component``. It counts in addition to the maintenance in the policy.
        columns: The names of the columns of *outages* where they differ.
        naive: The time zone of times without one, such as ``"Europe/Berlin"``.
        errors: What to do about faulty rows: ``"raise"`` the error of the first one, or skip
            them and list them in the ``errors`` of the report (``"column"``).

    Returns:
        `AvailabilityReport`: a mapping of names to an `AvailabilityResult` each.

    Raises:
        ContractError: The period cannot be read, or no version of the policy is in force in it.
        PolicyError: The first argument is not a policy.
        ColumnError: A table has no ``start`` or ``end``, or a column holds something else.
        NaiveDatetimeError: Instants have no time zone, and *naive* is not given.
        ReversedRangeError: An outage ends before it begins.

    Example:
        >>> from slacalc import Policy, contract
        >>> hours = {"time_zone": "Europe/Zurich", "week": {"mon-fri": "8-18"}}
        >>> target = {"target": "99.5 %", "hours": "office"}
        >>> policy = Policy("hosting", calendars={"office": hours}, availability={"mail": target})
        >>> outages = [{"start": "2026-05-04T17:00+02:00", "end": "2026-05-05T08:30+02:00"}]
        >>> report = contract.availability(policy, outages, period="2026-05")
        >>> result = report["mail"]
        >>> print(result.text, result.verdict, result.downtime.total_minutes())
        99.29 % missed 90.0
    """
    check_policy(policy)
    check_choice(errors, "errors", ("raise", "column"))
    zone = policy.zone
    span = parse_period(period, zone)
    version = agreements_of(policy, span)
    at = None if as_of is None else read_instant(as_of, "as_of", naive)
    incidents, bad = read_incidents(outages, OUTAGES, columns=columns, naive=naive, zone=zone)
    faults = faulty_rows(bad, OUTAGES, errors)
    windows = NO_INCIDENTS
    if maintenance is not None:
        windows, bad = read_incidents(
            maintenance, MAINTENANCE, columns=None, naive=naive, zone=zone
        )
        faults += faulty_rows(bad, MAINTENANCE, errors)
    if at is not None:
        incidents = incidents.known_by(at)
    measure = _Measurement(version, span, at, incidents, windows)
    return AvailabilityReport(
        {name: measure.result(name, target) for name, target in version.availability.items()},
        span,
        None if at is None else zone.datetime(at),
        faults,
        measure.unmatched(),
        unknown=measure.unknown(),
    )


class _Measurement:
    """The measurement of all targets of a version over one period."""

    def __init__(
        self,
        version: Policy,
        period: ContractPeriod,
        as_of: int | None,
        outages: Incidents,
        windows: Incidents,
    ) -> None:
        self._version, self._period, self._as_of = version, period, as_of
        self._outages, self._windows = outages, windows

    def unmatched(self) -> int:
        """How many outages no target counts."""
        targets = self._version.availability.values()
        counted = [self._outages.concerning(target.components) for target in targets]
        return int((~np.logical_or.reduce(counted)).sum()) if counted else len(self._outages.rows)

    def unknown(self) -> tuple[UnknownName, ...]:
        """The components of outages and of maintenance in the period that no target counts."""
        targets = self._version.availability.values()
        if not all(target.components for target in targets):
            return ()  # one counts all
        known = dict.fromkeys(name for target in targets for name in target.components)
        unknown = []
        for what, incidents in (("outage", self._outages), ("maintenance", self._windows)):
            if incidents.component is None:
                continue
            codes, values = incidents.component
            overlaps = (incidents.starts < self._period.ends) & (
                incidents.ends > self._period.starts
            )
            counts: Counter[str] = Counter()
            rows = codes[overlaps & (codes >= 0)]
            for code, number in enumerate(np.bincount(rows, minlength=len(values)).tolist()):
                if number and values[code] not in known:
                    counts[values[code]] += number
            unknown += [UnknownName.of(what, name, counts[name], known) for name in counts]
        return tuple(unknown)

    def _spans(self, calendar: Calendar, period: ContractPeriod) -> Stretches:
        return Stretches.of_spans(calendar.timeline.spans(period.starts, period.ends))

    def _hours(self, target: Availability, period: ContractPeriod) -> tuple[Stretches, Stretches]:
        """The service hours in a period, and what is left of them without maintenance."""
        calendars = self._version.calendars
        hours = self._spans(calendars.get(target.hours, ALWAYS), period)
        agreed = hours
        if target.maintenance:
            calendar = maintenance_calendar(self._version, target)
            agreed = agreed.without(self._spans(calendar, period))
        windows = self._windows.take(self._windows.concerning(target.components))
        return hours, agreed.without(Stretches.union(windows.starts, windows.ends))

    def result(self, name: str, target: Availability) -> AvailabilityResult:
        period, zone = self._period, self._version.zone
        if match := ROLLING.fullmatch(target.period):
            period = rolling(period, int(match[1]), zone)
        until = period.ends if self._as_of is None else self._as_of
        until = min(max(until, period.starts), period.ends)
        hours, whole = self._hours(target, period)
        agreed = whole.clip(period.starts, until)
        outages = self._outages.take(self._outages.concerning(target.components))
        merged = _merge(outages, hours, agreed, (period.starts, until), zone)
        down = Fraction(int(merged.downtime.sum()), merged.units)
        total = agreed.total
        exact = 1 - down / total if total else None
        figure = exact if exact is None else _rounded(exact, target.decimals)
        promised = share_of(target.target)
        count = int(np.count_nonzero(merged.downtime))
        spare = (1 - _least(promised, target.decimals)) * whole.total - down
        rounded = _whole(down)
        return AvailabilityResult(
            name=name,
            words=target.words,
            target=promised,
            period=period,
            is_final=until == period.ends,
            agreed=to_duration(total),
            downtime=to_duration(rounded),
            uptime=to_duration(total - rounded),
            availability=exact,
            figure=figure,
            outages=count,
            mtbf=to_duration(_whole((total - down) / count)) if count else None,
            mtrs=to_duration(_whole(down / count)) if count else None,
            allowed=to_duration(max(0, spare.numerator // spare.denominator)),
            over=to_duration(max(0, -(spare.numerator // spare.denominator))),
            merged=merged,
            thresholds=(promised, *(t for c in target.credits if (t := c.threshold) is not None)),
        )


def _merge(
    outages: Incidents,
    hours: Stretches,
    agreed: Stretches,
    between: tuple[int, int],
    zone: Zone,
) -> _Merged:
    """Merge outages, and measure those that overlap the instants between two."""
    groups, order, places = Stretches.of_groups(outages.starts, outages.ends)
    begins, ends = np.clip(groups.opens, *between), np.clip(groups.closes, *between)
    kept = np.flatnonzero(begins < ends)
    begins, ends = begins[kept], ends[kept]
    in_agreed = agreed.between(begins, ends)
    in_hours = hours.between(begins, ends)
    downtime, units = in_agreed, 1
    if outages.ranks is not None:
        downtime = _weighted(outages, agreed, between, begins, ends)
        units = outages.units
    return _Merged(
        starts=groups.opens[kept],
        ends=groups.closes[kept],
        downtime=downtime,
        units=units,
        in_maintenance=in_hours - in_agreed,
        outside_hours=ends - begins - in_hours,
        first=np.searchsorted(places, kept, "left"),
        after=np.searchsorted(places, kept, "right"),
        rows=outages.rows[order],
        zone=zone,
    )


def _weighted(
    outages: Incidents,
    agreed: Stretches,
    between: tuple[int, int],
    begins: Integers,
    ends: Integers,
) -> Integers:
    """The downtime of merged outages by shares, in units of a microsecond's part."""
    starts, stops = np.clip(outages.starts, *between), np.clip(outages.ends, *between)
    rows = np.flatnonzero(starts < stops)
    if not len(rows) or outages.ranks is None:
        return np.zeros(0, np.int64)
    starts, stops = starts[rows], stops[rows]
    edges = np.unique(np.concatenate([starts, stops]))
    left, right = np.searchsorted(edges, starts), np.searchsorted(edges, stops)
    ranks = largest_shares(left, right, outages.ranks[rows], len(edges) - 1)
    fits = (between[1] - between[0]) * outages.units < _WIDEST
    kind: Any = np.int64 if fits else object
    pieces = np.diff(agreed.until(edges)).astype(kind) * np.array(outages.shares, kind)[ranks]
    before = np.concatenate([np.zeros(1, kind), np.cumsum(pieces)])
    weighted: Integers = (
        before[np.searchsorted(edges, ends)] - before[np.searchsorted(edges, begins)]
    )
    return weighted


# Numbers ------------------------------------------------------------------------------------------


def _whole(exact: Fraction) -> int:
    """A number that is not negative, rounded half up."""
    return int(exact + Fraction(1, 2))


def _rounded(share: Fraction, decimals: int | None) -> Fraction:
    """A share rounded half up to decimals of a percent, if any are given."""
    if decimals is None:
        return share
    return Fraction(_whole(share * 100 * 10**decimals), 100 * 10**decimals)


def _least(target: Fraction, decimals: int | None) -> Fraction:
    """The least exact share whose rounded figure is not below the target."""
    if decimals is None:
        return target
    units = 100 * 10**decimals
    scaled = target * units
    return Fraction(-(-scaled.numerator // scaled.denominator) * 2 - 1, 2 * units)


def _seconds(length: pendulum.Duration) -> float:
    seconds: float = length.total_seconds()
    return seconds


def _length(length: pendulum.Duration | None, translate: Translator) -> str:
    if length is None:
        return ""
    microseconds = (length.days * 86_400 + length.seconds) * 1_000_000 + length.microseconds
    return translate.length(microseconds, has_days=False)


# Texts --------------------------------------------------------------------------------------------

_COLUMNS = (
    (N_("service"), ""),
    (N_("target"), "number"),
    (N_("availability"), "number"),
    (N_("result"), ""),
    (N_("agreed time"), "number"),
    (N_("downtime"), "number"),
    (N_("still allowed"), "number"),
    (N_("outages"), "number"),
    ("MTBF", "number"),
    ("MTRS", "number"),
)


def _cells(result: AvailabilityResult, translate: Translator) -> list[str]:
    """The cells of a result after its name."""
    allowed = _length(result.allowed, translate)
    if result.over:
        allowed = "−" + _length(result.over, translate)
    return [
        figure_text(result.target),
        result.text,
        translate(_RESULTS[result.verdict]),
        _length(result.agreed, translate),
        _length(result.downtime, translate),
        allowed,
        f"{result.outages:,}",
        _length(result.mtbf, translate),
        _length(result.mtrs, translate),
    ]


def _explain(result: AvailabilityResult, translate: Translator) -> Iterator[str]:
    name = one_line(result.name)
    if result.figure is None:
        form = translate(N_("{name}, {period}: not measured, since no time was agreed."))
        yield form.format(name=name, period=result.period)
        return
    form = translate(N_("{name}, {period}: {figure}, {result}; the target is {target}."))
    yield form.format(
        name=name,
        period=result.period,
        figure=result.text,
        result=translate(_RESULTS[result.verdict]),
        target=figure_text(result.target),
    )
    form = translate(N_("Agreed time {agreed}, downtime {downtime}, uptime {uptime}."))
    yield form.format(
        agreed=_length(result.agreed, translate),
        downtime=_length(result.downtime, translate),
        uptime=_length(result.uptime, translate),
    )
    if result.over:
        form = translate(N_("This is {over} more downtime than the period allows."))
        yield form.format(over=_length(result.over, translate))
    else:
        form = translate(N_("The period allows {allowed} more downtime."))
        yield form.format(allowed=_length(result.allowed, translate))
    yield from _outage_lines(result.evidence, translate)
    yield from _outage_lines(result.excluded, translate)


def _outage_lines(outages: tuple[Outage, ...], translate: Translator) -> Iterator[str]:
    for outage in outages[:_SHOWN]:
        if outage.end is None:
            form = translate(N_("since {start}: {what}"))
        else:
            form = translate(N_("from {start} to {end}: {what}"))
        counted = translate(N_("downtime {length}")).format(
            length=_length(outage.downtime, translate)
        )
        what = translate(outage.because) if outage.because else counted
        end = "" if outage.end is None else translate.instant(outage.end)
        yield "- " + form.format(start=translate.instant(outage.start), end=end, what=what)
    if len(outages) > _SHOWN:
        form = translate(N_("… and {count} more outages"))
        yield "- " + form.format(count=f"{len(outages) - _SHOWN:,}")
