"""What is odd in a policy although it can be read.

Each check is a function that yields findings. Those on promises look at the cases of a `Space`:
tickets, kinds of moments, and the rows that speak for them. A finding that compares two deadlines
says at which moment, and its example ticket shows it when it is asked at that moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs

from slacalc._attributes import value_text
from slacalc._finding import Finding, Severity, calendar_findings
from slacalc._lint_space import Case, Space
from slacalc.errors import HorizonError, NeverOpen

if TYPE_CHECKING:
    from slacalc._attributes import Value
    from slacalc._conditions import Clause, Condition
    from slacalc._match import Figure, Found
    from slacalc._parts import Metric
    from slacalc._policy import Policy

_RANK: dict[str, int] = {"error": 0, "warning": 1, "notice": 2}

# What comes before what, in the field's own words; a metric's `before` adds to it.
_USUAL_ORDER = (
    ("response", "arrival"),
    ("response", "resolution"),
    ("arrival", "resolution"),
    ("workaround", "resolution"),
)
_USUALLY_RANKED = ("severity", "tier", "priority")


@attrs.frozen(kw_only=True)
class Findings(Sequence[Finding]):
    """What a linter found, the gravest first.

    Args:
        findings: The findings.
        is_exhaustive: Whether all tickets that the conditions tell apart were tried; otherwise they
            were tried row by row, and what no two rows show together may have been missed.
        tickets: How many tickets were tried.
        moments: At how many moments.
    """

    findings: tuple[Finding, ...]
    is_exhaustive: bool
    tickets: int
    moments: int

    def __getitem__(self, index: Any) -> Any:
        return self.findings[index]

    def __len__(self) -> int:
        return len(self.findings)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings of severity ``"error"``."""
        return tuple(one for one in self.findings if one.severity == "error")

    def __str__(self) -> str:
        how = "all kinds of tickets" if self.is_exhaustive else "tickets row by row"
        tried = f"tried {how}: {self.tickets:,} at {self.moments} moments"
        lines = [str(one) for one in self.findings] or ["nothing odd found"]
        return "\n".join([*lines, tried])


def lint(policy: Policy) -> Findings:
    """All findings of a policy and of each of its versions."""
    found: dict[tuple[str, str, str], Finding] = {}
    spaces = []
    for prefix, version in zip(_prefixes(policy), policy._complete, strict=True):
        linter = _Linter(version)
        spaces.append(linter.space)
        for one in linter.findings():
            same = (one.kind, one.path, one.message)
            if same not in found:  # what a version inherits is told once
                found[same] = attrs.evolve(one, path=prefix + one.path)
    for one in _terms(policy):
        found[one.kind, one.path, one.message] = one
    return Findings(
        findings=tuple(sorted(found.values(), key=lambda one: _RANK[one.severity])),
        is_exhaustive=all(space.is_exhaustive for space in spaces),
        tickets=sum(len({str(case.ticket) for case in space.cases}) for space in spaces),
        moments=sum(len(one.instants) for space in spaces for one in space.moments),
    )


def _prefixes(policy: Policy) -> list[str]:
    """The paths at which the versions of a policy stand, in the order they take effect."""
    dates = [version["effective_from"] for version in policy.versions]
    order = sorted(range(len(dates)), key=lambda index: dates[index])
    return ["", *(f"versions[{index}]." for index in order)]


def _terms(policy: Policy) -> Iterator[Finding]:
    """Gaps and overlaps between versions."""
    for prefix, (before, after) in zip(
        _prefixes(policy)[1:], pairwise(policy._complete), strict=True
    ):
        begins, ends = after.effective_from, before.effective_until
        path = f"{prefix}effective_from"
        if begins is None:
            continue
        if before.effective_from is not None and begins <= before.effective_from:
            message = f"takes effect on {begins}, not after the version before it"
            yield Finding(kind="version-overlap", severity="error", path=path, message=message)
        elif ends is not None and ends >= begins:
            message = f"takes effect on {begins}, while the one before it is to hold until {ends}"
            yield Finding(kind="version-overlap", severity="warning", path=path, message=message)
        elif ends is not None and (begins - ends).days > 1:
            message = (
                f"no version is in force from {ends + timedelta(1)} to {begins - timedelta(1)}"
            )
            yield Finding(kind="version-gap", severity="warning", path=path, message=message)


class _Compared(NamedTuple):
    """How two sets of speaking rows compare: at which moment the first is due later or earlier."""

    later: int | None
    earlier: int | None


class _Linter:
    def __init__(self, policy: Policy) -> None:
        self.policy, self.space = policy, Space(policy)
        self.matcher = policy._matcher
        self._dues: dict[tuple[Any, ...], int | None] = {}

    def findings(self) -> Iterator[Finding]:
        """What all checks find."""
        checks: tuple[Callable[[], Iterator[Finding]], ...] = (
            self.targets_out_of_reach,
            self.rows_never_reached,
            self.tickets_without_a_row,
            self.promises_undercut,
            self.metrics_out_of_order,
            self.ranks_reversed,
            self.pauses_at_the_start,
        )
        for check in checks:
            yield from check()
        for name, calendar in self.policy.calendars.items():
            yield from calendar_findings(self.policy, name, calendar, self.space.window)

    def _finding(
        self,
        kind: str,
        severity: Severity,
        path: str,
        message: str,
        case: Case,
        *,
        at: int | None = None,
    ) -> Finding:
        received = case.moments.instants[0] if case.moments.words else None
        moment = at if at is not None else received
        return Finding(
            kind=kind,
            severity=severity,
            path=path,
            message=message,
            example=case.ticket,
            received_at=None if moment is None else self.matcher.zone.datetime(moment),
        )

    # Dues ----------------------------------------------------------------------------------------

    def _figure(self, metric: str, found: Found, start: int) -> Figure | None:
        """A target's due and bound; None where it has no figure or is out of reach."""
        if found.target.within is None:
            return None
        try:
            return self.matcher.figure(found, self.policy.metrics[metric], start)
        except (NeverOpen, HorizonError):
            return None

    def _due(self, metric: str, found: tuple[Found, ...], start: int) -> int | None:
        """The strictest due of the rows that speak; None where they have no figure."""
        key = (metric, *((one.table, one.place) for one in found), start)
        if key not in self._dues:
            figures = [self._figure(metric, one, start) for one in found]
            dues = [figure.due for figure in figures if figure is not None]
            self._dues[key] = min(dues, default=None)
        return self._dues[key]

    def _compared(
        self,
        one: tuple[str, tuple[Found, ...]],
        other: tuple[str, tuple[Found, ...]],
        instants: tuple[int, ...],
    ) -> _Compared:
        later = earlier = None
        for start in instants:
            due, other_due = self._due(*one, start), self._due(*other, start)
            if due is None or other_due is None:
                continue
            if due > other_due and later is None:
                later = start
            if due < other_due and earlier is None:
                earlier = start
            if later is not None and earlier is not None:
                break
        return _Compared(later, earlier)

    # Checks --------------------------------------------------------------------------------------

    def targets_out_of_reach(self) -> Iterator[Finding]:
        """Targets that no calendar can meet, and limits that come before their target."""
        told = set()
        for case in self.space.cases:
            for name, metric in self.policy.metrics.items():
                for found in case.spoken[name]:
                    if found.target.within is None or (name, found.table, found.place) in told:
                        continue
                    told.add((name, found.table, found.place))
                    yield from self._reach(case, name, metric, found)

    def _reach(self, case: Case, name: str, metric: Metric, found: Found) -> Iterator[Finding]:
        path = f"tables.{found.table}[{found.place}].targets.{name}"
        for start in case.moments.instants:
            try:
                figure = self.matcher.figure(found, metric, start)
            except (NeverOpen, HorizonError) as error:
                message = f"{found.target.within} can never be met: {error}"
                yield self._finding("out-of-reach", "error", path, message, case, at=start)
                return
            if figure.bound < figure.due:
                message = f"the limit, {found.target.limit}, ends before {found.target.within} do"
                yield self._finding(
                    "limit-before-target", "error", f"{path}.limit", message, case, at=start
                )
                return

    def rows_never_reached(self) -> Iterator[Finding]:
        """Rows, or targets of rows, that earlier rows of their table always forestall."""
        reached = {
            (found.table, found.place, metric)
            for case in self.space.cases
            for metric, spoken in case.spoken.items()
            for found in spoken
        }
        for table, rows in self.policy.tables.items():
            for index, row in enumerate(rows):
                dead = [name for name in row.targets if (table, index, name) not in reached]
                if not dead and row.targets:
                    continue
                whole = len(dead) == len(row.targets)
                path = f"tables.{table}[{index}]" + ("" if whole else f".targets.{dead[0]}")
                case = next((case for case in self.space.cases if self._meets(case, row)), None)
                if not row.targets:
                    message = "the row promises nothing"
                elif case is None:
                    message = "no ticket that the policy accepts meets these conditions"
                else:
                    takers = self._takers(case, table, dead[0])
                    what = "the row is" if whole else f"{', '.join(dead)} of this row are"
                    message = f"{what} never reached: {takers} comes first"
                example = case.ticket if case else {}
                yield Finding(
                    kind="unreachable-row",
                    severity="warning",
                    path=path,
                    message=message,
                    example=example,
                )

    def _meets(self, case: Case, row: Any) -> bool:
        values = self.matcher.read(case.ticket)
        return self.matcher.ticket(values, case.moments.instants[0]).meets(row)

    def _takers(self, case: Case, table: str, metric: str) -> str:
        return next(
            (f"{one.table}[{one.place}]" for one in case.spoken[metric] if one.table == table),
            "another row",
        )

    def tickets_without_a_row(self) -> Iterator[Finding]:
        """Tickets to which nothing at all is promised."""
        bare = [case for case in self.space.cases if not any(case.spoken.values())]
        if bare:
            share = f"{len(bare)} of {len(self.space.cases)} cases tried"
            message = f"nothing is promised to some tickets ({share})"
            yield self._finding("uncovered-ticket", "warning", "tables", message, bare[0])

    def promises_undercut(self) -> Iterator[Finding]:
        """Tables that promise a metric later than another does, wherever both do."""
        for metric in self.policy.metrics:
            for one, other in combinations(self.policy.tables, 2):
                both = self._both(metric, one, other)
                compared = [
                    (
                        case,
                        mine,
                        its,
                        self._compared((metric, (mine,)), (metric, (its,)), case.moments.instants),
                    )
                    for case, mine, its in both
                ]
                later = [entry for entry in compared if entry[3].later is not None]
                earlier = [entry for entry in compared if entry[3].earlier is not None]
                if later and not earlier:
                    yield self._undercut(metric, *later[0])
                elif earlier and not later:
                    case, mine, its, how = earlier[0]
                    yield self._undercut(metric, case, its, mine, _Compared(how.earlier, None))
        yield from self._never_strictest()

    def _both(self, metric: str, one: str, other: str) -> list[tuple[Case, Found, Found]]:
        """The different pairs of rows with which two tables promise a metric together."""
        pairs: dict[tuple[int, int, frozenset[Any]], tuple[Case, Found, Found]] = {}
        for case in self.space.cases:
            speaking = {found.table: found for found in case.spoken[metric] if found.target.within}
            if one in speaking and other in speaking:
                mine, its = speaking[one], speaking[other]
                pairs.setdefault((mine.place, its.place, case.moments.words), (case, mine, its))
        return list(pairs.values())

    def _undercut(
        self, metric: str, case: Case, slow: Found, quick: Found, how: _Compared
    ) -> Finding:
        message = (
            f"{slow.table} promises {metric} later than {quick.table} wherever both do, so "
            f"{quick.table} holds: {slow.target.within} in {slow.table}[{slow.place}], "
            f"{quick.target.within} in {quick.table}[{quick.place}]"
        )
        path = f"tables.{slow.table}[{slow.place}].targets.{metric}"
        return self._finding(
            "undercut", "warning", path, message, case, at=self._needed(how.later, case)
        )

    @staticmethod
    def _needed(at: int | None, case: Case) -> int | None:
        """The moment that shows a difference; None where any does, being the first one tried."""
        return None if at == case.moments.instants[0] and not case.moments.words else at

    def _never_strictest(self) -> Iterator[Finding]:
        """Targets that for every ticket come after those of other tables."""
        holds: dict[tuple[str, str, int], bool] = {}
        shows: dict[tuple[str, str, int], tuple[Case, Found, int | None]] = {}
        for case in self.space.cases:
            for metric, spoken in case.spoken.items():
                figures = [found for found in spoken if found.target.within]
                for found in figures:
                    key = (metric, found.table, found.place)
                    if holds.get(key):
                        continue
                    others = tuple(one for one in figures if one is not found)
                    how = self._compared(
                        (metric, (found,)), (metric, others), case.moments.instants
                    )
                    always = bool(others) and how.later is not None and how.earlier is None
                    equal = how.later is None
                    holds[key] = not always or equal
                    shows[key] = (case, found, how.later)
        for (metric, table, index), held in holds.items():
            if not held:
                case, found, at = shows[metric, table, index]
                path = f"tables.{table}[{index}].targets.{metric}"
                message = f"{found.target.within} is never the strictest promise of {metric}"
                yield self._finding(
                    "never-strictest", "warning", path, message, case, at=self._needed(at, case)
                )

    def metrics_out_of_order(self) -> Iterator[Finding]:
        """Metrics that come first and are due later, as arrival after resolution."""
        metrics = self.policy.metrics
        order = {
            (first, second)
            for first, second in _USUAL_ORDER
            if first in metrics and second in metrics
        }
        order |= {(name, after) for name, metric in metrics.items() for after in metric.before}
        for first, second in sorted(order):
            if metrics[first].start != metrics[second].start:
                continue
            seen = set()
            for case in self.space.cases:
                one, other = case.spoken[first], case.spoken[second]
                key = (_rows(one), _rows(other), case.moments.words)
                if key in seen:
                    continue
                seen.add(key)
                how = self._compared((first, one), (second, other), case.moments.instants)
                if how.later is None:
                    continue
                slow, quick = (
                    self._holding(first, one, how.later),
                    self._holding(second, other, how.later),
                )
                message = (
                    f"{first} ({slow.target.within}) may be due after {second} "
                    f"({quick.target.within} in {quick.table}[{quick.place}]), "
                    "which should come after it"
                )
                severity: Severity = "warning" if how.earlier is None else "notice"
                path = f"tables.{slow.table}[{slow.place}].targets.{first}"
                yield self._finding(
                    "metric-order", severity, path, message, case, at=self._needed(how.later, case)
                )

    def _holding(self, metric: str, spoken: tuple[Found, ...], at: int) -> Found:
        """The row whose promise holds."""
        due = self._due(metric, spoken, at)
        return next(one for one in spoken if self._due(metric, (one,), at) == due)

    def ranks_reversed(self) -> Iterator[Finding]:
        """Higher values of a ranked attribute that are promised less than lower ones."""
        for name, classes in self.space.classes.items():
            attribute = self.policy.attributes[name]
            ranked = attribute.ordered or (attribute.ordered is None and name in _USUALLY_RANKED)
            values = [value for value in classes if value is not None]
            if ranked and attribute.values:
                told: set[tuple[Any, ...]] = set()
                for case in self.space.cases:
                    value = case.ticket.get(name)
                    if value in values[:-1]:
                        lower = values[values.index(value) + 1]
                        yield from self._reversed(case, name, lower, told)

    def _reversed(
        self, case: Case, name: str, lower: Value, told: set[tuple[Any, ...]]
    ) -> Iterator[Finding]:
        value, at = case.ticket[name], case.moments.instants[0]
        other = self.space.spoken(case.ticket | {name: lower}, at)
        for metric in self.policy.metrics:
            mine, its = case.spoken[metric], (other or {}).get(metric, ())
            if (name, value, metric) in told or mine == its:
                continue
            how = self._compared((metric, mine), (metric, its), case.moments.instants)
            bare = bool(self._due(metric, its, at)) and self._due(metric, mine, at) is None
            if how.later is None and not bare:
                continue
            told.add((name, value, metric))
            table = mine[0].table if mine else its[0].table
            more = "a figure" if bare else "an earlier deadline"
            message = (
                f"{metric}: {name} = {value_text(value)} ranks above {value_text(lower)}, which is "
                f"promised {more}"
            )
            moment = self._needed(how.later, case)
            yield self._finding(
                "rank-reversed",
                "notice" if bare else "warning",
                f"tables.{table}",
                message,
                case,
                at=moment,
            )

    def pauses_at_the_start(self) -> Iterator[Finding]:
        """Pauses that hold at the very event that starts the clock."""
        pauses: list[tuple[str, str, Condition | None]] = [
            (name, f"metrics.{name}.pause", metric.pause)
            for name, metric in self.policy.metrics.items()
        ]
        for key, precondition in self.policy.preconditions.items():
            names = precondition.metrics or self.policy.metrics
            pauses += [(name, f"preconditions.{key}.pause", precondition.pause) for name in names]
        for name, path, pause in pauses:
            start = self.policy.metrics[name].start
            for clause in pause.clauses if pause else ():
                if any(_implied(clause, begun) for begun in start.clauses):
                    message = f"the clock of {name} is paused by what starts it: {start}"
                    yield Finding(
                        kind="pause-at-start", severity="warning", path=path, message=message
                    )
                    break


def _rows(spoken: tuple[Found, ...]) -> tuple[tuple[str, int], ...]:
    return tuple((found.table, found.place) for found in spoken)


def _implied(pause: Clause, start: Clause) -> bool:
    """Whether a pause holds whenever something starts."""
    if pause.event and pause.event != start.event:
        return False
    begun = {name: (set(values), negated) for name, values, negated in start.fields}
    for name, values, negated in pause.fields:
        if name not in begun or begun[name][1]:
            return False
        inside = begun[name][0] <= set(values)
        outside = not begun[name][0] & set(values)
        if not (outside if negated else inside):
            return False
    return bool(pause.event or pause.fields)
