"""Objectives of a contract: whether enough tickets of a period were within their targets.

`objectives` counts tickets (`objective_counts`) for the objectives of the version of a policy that
is in force when the period begins, and returns an `ObjectiveReport`. Shares and means are compared
as exact fractions; only their texts are rounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import attrs

from slacalc._columns.input import check_choice, read_names
from slacalc._contract.credits import figure_text
from slacalc._contract.objective_counts import FaultyTicket, MissedRow, ObjectiveCounter
from slacalc._contract.periods import ContractPeriod, agreements_of, parse_period, rolling
from slacalc._contract.results import NamedResults
from slacalc._html.markup import quiet, table, title, view
from slacalc._i18n import ENGLISH, N_, NN_, pad, translator, width
from slacalc._policy.agreements import describe_exclusion, share_of
from slacalc._policy.policy import check_policy
from slacalc._policy.target_time import Within, describe_time
from slacalc._report.objectives import kept_with_few
from slacalc._report.ticket_attributes import ReadOptions
from slacalc._time.durations import to_work
from slacalc._time.instants import to_duration, to_instant
from slacalc.errors import ColumnError, ContractError, unknown_name

if TYPE_CHECKING:
    from slacalc._contract.objective_counts import ObjectiveCounts
    from slacalc._html.markup import Cell
    from slacalc._i18n import Translator
    from slacalc._policy.agreements import Objective
    from slacalc._policy.policy import Policy

    Errors = Literal["raise", "column"]

ObjectiveVerdict: TypeAlias = Literal["met", "missed", "too few to tell", "not measured"]
_MOST_SHOWN = 10  # misses in an explanation

_SHARE_LINE = NN_(
    "{met} of {count} ticket was within its target: {figure}. Promised: {target}.",
    "{met} of {count} tickets were within their targets: {figure}. Promised: {target}.",
)
_PERCENTILE_LINE = NN_(
    "{percentile} of {count} ticket took {figure} or less. Promised: {target}.",
    "{percentile} of {count} tickets took {figure} or less. Promised: {target}.",
)
_RUNNING_LINE = NN_(
    "Less than {percentile} of {count} ticket stopped within {figure}. Promised: {target}.",
    "Less than {percentile} of {count} tickets stopped within {figure}. Promised: {target}.",
)
_MEAN_LINE = NN_(
    "{count} ticket took {figure} on average. Promised: {target}.",
    "{count} tickets took {figure} on average. Promised: {target}.",
)
_OPEN_LINE = NN_("{count} ticket is still open.", "{count} tickets are still open.")
_EXCLUDED_LINE = NN_(
    "{count} ticket does not count: {reason}.", "{count} tickets do not count: {reason}."
)
_FEW_LINE = NN_(
    "The objective is for {count} ticket or more.", "The objective is for {count} tickets or more."
)
_ONE_MAY_MISS = N_("Of fewer than {count} tickets, at most one may be missed.")
_BUDGET_LINE = NN_("{count} more may be missed.", "{count} more may be missed.")
_OVER_LINE = NN_("{count} more than allowed was missed.", "{count} more than allowed were missed.")
_PERIOD_LINE = N_("The period is not over: this is the state at {instant}.")
_TOO_FEW = N_("too few to tell")
_NOTHING_LINE = N_("No ticket is decided. Promised: {target}.")


@attrs.frozen
class ObjectiveMiss:
    """A ticket that missed its promise, as evidence.

    Args:
        ticket: Its name; the number of its row, from 0, if the table has no column ``ticket``.
        received_at: When it was received.
        due: When it was due.
        stopped_at: When its clock stopped; None if it has not.
        breached_at: When the limit was exceeded; None for a ticket that is late, before its limit.
        lateness: The time from the due date to the stop, or to the instant of evaluation.
    """

    __module__ = "slacalc.contract"

    ticket: Any
    received_at: datetime
    due: datetime | None
    stopped_at: datetime | None
    breached_at: datetime | None
    lateness: timedelta

    @property
    def missed_at(self) -> datetime:
        """The instant of the miss: the due date, or that of an earlier target that was missed."""
        instants = [at for at in (self.due, self.breached_at) if at is not None]
        return min(instants, default=self.received_at)


class _Misses(Sequence[ObjectiveMiss]):
    """The misses of an objective; datetimes are made when they are read."""

    def __init__(self, rows: list[MissedRow], as_of: int, zone: Any) -> None:
        self._rows, self._as_of, self._zone = rows, as_of, zone

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return _Misses(self._rows[place], self._as_of, self._zone)
        row = self._rows[place]
        created, due, stopped, breached = (
            None if at is None else self._zone.datetime(at) for at in row[1:]
        )
        ended = self._as_of if row.stopped is None else row.stopped
        late = 0 if row.due is None else max(ended - row.due, 0)
        received: Any = created
        return ObjectiveMiss(row.ticket, received, due, stopped, breached, to_duration(late))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Misses) and self._rows == other._rows

    def __hash__(self) -> int:
        return hash(len(self._rows))


@attrs.frozen(kw_only=True)
class ObjectiveResult:
    """How an objective was kept in a period.

    Args:
        name: The objective's name.
        objective: The objective.
        period: The period.
        as_of: The instant of evaluation.
        met: How many tickets were within target. Of a mean: how many have stopped.
        missed: How many were not, or were breached once, whatever followed.
        open: How many are open and not yet missed.
        excluded: How many did not count, by the reason that the objective states.
        not_counted: How many have a state that does not count, such as ``"cancelled"``, by state.
        figure: The share within target, a fraction; the percentile or the mean, a length. None if
            nothing was measured.
        is_at_least: Whether the ticket of a percentile is still running, so that the figure grows.
        verdict: ``"met"``, ``"missed"``, ``"too few to tell"`` or ``"not measured"``.
        budget: How many more may be missed; below 0 if too many were. None for a mean, and
            with so few tickets that it is met in any case.
        misses: The tickets that missed (`ObjectiveMiss`).
    """

    __module__ = "slacalc.contract"

    name: str
    objective: Objective
    period: ContractPeriod
    as_of: datetime
    met: int
    missed: int
    open: int
    excluded: Mapping[str, int]
    not_counted: Mapping[str, int]
    figure: Fraction | timedelta | None
    is_at_least: bool
    verdict: ObjectiveVerdict
    budget: int | None
    misses: Sequence[ObjectiveMiss] = attrs.field(repr=False)

    @property
    def metric(self) -> str:
        """The metric that it is measured by."""
        return self.objective.metric

    @property
    def decided(self) -> int:
        """How many tickets count: those that are met or missed."""
        return self.met + self.missed

    @property
    def target(self) -> Fraction | Within | Any:
        """The share that was promised, or the time that a percentile or a mean may take."""
        objective = self.objective
        if objective.share:
            return share_of(objective.share)
        return objective.within or objective.mean

    @property
    def is_final(self) -> bool:
        """Whether the period is over and no ticket is open that may count, so nothing can change.

        What is counted when it stops counts in a later period.
        """
        may_count = self.open > 0 and self.objective.counted_by != "stopped"
        return not may_count and to_instant(self.as_of) >= self.period.ends

    @property
    def is_kept(self) -> bool | None:
        """Whether it was met; None if that is not known."""
        return {"met": True, "missed": False}.get(self.verdict)

    def figure_text(self, *, language: str = "en") -> str:
        """The figure as text, such as ``95.20 %`` or ``7h 30m``."""
        return self._figure(translator(language))

    def target_text(self, *, language: str = "en") -> str:
        """The target as text, such as ``95 %``, or ``95 % within 8 working hours``."""
        return self._target(translator(language))

    @property
    def _percentile(self) -> str:
        percentile = self.objective.percentile
        return "" if percentile is None else f"{percentile.normalize():f} %"

    def _figure(self, translate: Translator) -> str:
        if self.figure is None:
            return translate("not measured")
        if isinstance(self.figure, Fraction):
            return figure_text(self.figure, [share_of(self.objective.share)])
        text = translate.length(to_work(self.figure), has_days=False)
        return translate("more than {length}").format(length=text) if self.is_at_least else text

    def _target(self, translate: Translator) -> str:
        objective = self.objective
        if objective.share:
            return objective.share
        time = describe_time(str(self.target), translate)
        if objective.mean is not None:
            return translate("{time} on average").format(time=time)
        percentile = self._percentile
        return translate("{percentile} within {time}").format(percentile=percentile, time=time)

    def explain(self, *, language: str = "en") -> str:
        """Say how the figure and the verdict came about.

        Args:
            language: The language of the text, such as ``"en"`` or ``"zh"``.
        """
        translate = translator(language)
        form = translate("{name}, {period}: {verdict}")
        verdict = translate(self.verdict)
        lines = [form.format(name=self.name, period=self.period, verdict=verdict)]
        lines.append(self._sentence(translate))
        if to_instant(self.as_of) < self.period.ends:
            lines.append(translate(_PERIOD_LINE).format(instant=translate.instant(self.as_of)))
        if self.open:
            lines.append(translate.plural(*_OPEN_LINE, self.open).format(count=self.open))
        if self.verdict == "too few to tell" or 0 < self.decided < self.objective.at_least:
            count = self.objective.at_least
            lines.append(translate.plural(*_FEW_LINE, count).format(count=count))
            if self.objective.if_fewer == "one may miss":
                lines.append(translate(_ONE_MAY_MISS).format(count=count))
        for why, count in (*self.excluded.items(), *self.not_counted.items()):
            reason = describe_exclusion(self.objective, why, translate)
            text = translate.plural(*_EXCLUDED_LINE, count).format(count=count, reason=reason)
            lines.append(text)
        if self.budget is not None and self.decided:
            forms = _BUDGET_LINE if self.budget >= 0 else _OVER_LINE
            count = abs(self.budget)
            lines.append(translate.plural(*forms, count).format(count=count))
        return "\n".join(lines)

    def _sentence(self, translate: Translator) -> str:
        objective = self.objective
        if self.figure is None:
            return translate(_NOTHING_LINE).format(target=self._target(translate))
        length = None
        if isinstance(self.figure, timedelta):
            length = translate.length(to_work(self.figure), has_days=False)
        line = _SHARE_LINE
        if objective.mean is not None:
            line = _MEAN_LINE
        elif objective.percentile is not None:
            line = _RUNNING_LINE if self.is_at_least else _PERCENTILE_LINE
        return translate.plural(*line, self.decided).format(
            met=self.met,
            count=self.decided,
            percentile=self._percentile,
            figure=length or self._figure(translate),
            target=self._target(translate),
        )

    def to_dict(self) -> dict[str, Any]:
        """The result as data that JSON can hold, without its misses."""
        figure = self.figure
        return {
            "objective": self.name,
            "metric": self.metric,
            "period": str(self.period),
            "as_of": self.as_of.isoformat(),
            "met": self.met,
            "missed": self.missed,
            "open": self.open,
            "excluded": dict(self.excluded),
            "not_counted": dict(self.not_counted),
            "share": str(figure) if isinstance(figure, Fraction) else None,
            "seconds": figure.total_seconds() if isinstance(figure, timedelta) else None,
            "target": self.target_text(),
            "verdict": self.verdict,
            "budget": self.budget,
            "is_final": self.is_final,
        }


_COLUMNS = (
    N_("objective"),
    N_("metric"),
    N_("tickets"),
    N_("met"),
    N_("missed"),
    N_("open"),
    N_("result"),
    N_("promised"),
    N_("budget left"),
    N_("verdict"),
)


class ObjectiveReport(NamedResults[ObjectiveResult]):
    """The results of the objectives of a contract, by name.

    Attributes:
        period: The period.
        errors: The tickets that could not be evaluated (`FaultyTicket`); they count nowhere.
    """

    __module__ = "slacalc.contract"
    _kind = "an objective that was evaluated"

    def __init__(
        self,
        results: Mapping[str, ObjectiveResult],
        period: ContractPeriod,
        errors: Sequence[FaultyTicket] = (),
    ) -> None:
        super().__init__(results)
        self.period, self.errors = period, tuple(errors)

    def to_dicts(self) -> list[dict[str, Any]]:
        """The results as rows, as `ObjectiveResult.to_dict` gives them."""
        return [result.to_dict() for result in self.values()]

    def explain(self, *, language: str = "en") -> str:
        """Say how each figure and verdict came about."""
        return "\n\n".join(result.explain(language=language) for result in self.values())

    def _rows(self, translate: Translator) -> list[list[str]]:
        return [
            [
                result.name,
                result.metric,
                str(result.decided),
                str(result.met),
                str(result.missed),
                str(result.open),
                result.figure_text(language=translate.language),
                result.target_text(language=translate.language),
                "" if result.budget is None else str(result.budget),
                translate(result.verdict),
            ]
            for result in self.values()
        ]

    def __str__(self) -> str:
        rows = [[*_COLUMNS], *self._rows(ENGLISH)]
        widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(pad(cell, size) for cell, size in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        return "\n".join(lines)

    def __repr__(self) -> str:
        verdicts = ", ".join(f"{name}: {result.verdict}" for name, result in self.items())
        return f"<ObjectiveReport {self.period}: {verdicts}>"

    def to_html(self, *, language: str = "en") -> str:
        """The results as a table in HTML.

        Args:
            language: The language of all words but the policy's own, such as ``"en"`` or ``"zh"``.
        """
        translate = translator(language)
        rows: list[list[Cell]] = [[*row] for row in self._rows(translate)]
        number = "time"
        classes = ["", "", number, number, number, number, number, "", number, ""]
        headings = [translate(name) for name in _COLUMNS]
        caption = title(translate("Objectives"), str(self.period))
        count = len(self.errors)
        text = translate.plural(*_ERRORS_LINE, count).format(count=count)
        return view(
            caption,
            table(headings, rows, caption=translate("Objectives"), is_titled=True, classes=classes),
            quiet(text) if count else None,
            label=translate("Objectives"),
        )

    def _repr_html_(self) -> str:
        return self.to_html()


_ERRORS_LINE = NN_(
    "{count} ticket could not be evaluated.", "{count} tickets could not be evaluated."
)


def objectives(
    policy: Policy,
    tickets: Any,
    *,
    period: Any,
    as_of: datetime | str | None = None,
    only: str | Iterable[str] | None = None,
    columns: Mapping[str, str | None] | None = None,
    naive: str | None = None,
    errors: Errors = "raise",
) -> ObjectiveReport:
    """Whether the objectives of a contract were met in a period.

    A ticket counts for an objective if the conditions of its `when` hold, none of its `except_`
    does, the contract covers it, and it has a target for the metric. It is missed if it is past
    due, and also if it was ever breached, whatever happened then.

    Args:
        policy: The policy. The objectives are those of the version in force on the first day of the
            period; each ticket is evaluated by the version in force at its receipt.
        tickets: A table with one row per ticket, as for `bulk.evaluate`, evaluated or not; a log of
            events, as for `bulk.replay`; or an answer of `bulk.replay` with the columns that
            `report.with_attributes` adds. Or an iterator of such tables.
        period: The period, such as ``"2026-05"``, ``"2026-Q2"`` or ``"2026-05-01..2026-05-15"``. An
            objective for a ``"rolling 30 days"`` counts the 30 days that end with it.
        as_of: The instant of evaluation; what happened after it has not happened yet. Default: the
            end of the period. An answer of `bulk.replay` keeps its own.
        only: The objectives to evaluate. Default: all that name a metric.
        columns: The names of the table's columns where they differ, as for `bulk.evaluate`; also
            that of ``ticket``, the names of tickets.
        naive: The time zone of times without one.
        errors: What to do about tickets that cannot be evaluated: ``"raise"`` the error of the
            first one, or list them in the report's ``errors`` (``"column"``).

    Raises:
        ContractError: The period or *only* is invalid, or the answer lacks what an objective needs.
        SlacalcError: A table cannot be read, or, with ``errors="raise"``, a ticket not evaluated.

    Example:
        >>> from slacalc import Policy, contract
        >>> policy = Policy.from_dict({
        ...     "name": "support",
        ...     "calendars": {
        ...         "office": {"time_zone": "Europe/Zurich", "week": {"mon-fri": "8-18"}}
        ...     },
        ...     "metrics": {"response": {"stop": "replied"}},
        ...     "tables": {"all": [{"targets": {"response": "4 working hours"}}]},
        ...     "objectives": {"answered": {"share": "90 %", "metric": "response"}},
        ... })
        >>> tickets = {
        ...     "created": ["2026-05-04T09:00+02:00", "2026-05-05T09:00+02:00"],
        ...     "replied": ["2026-05-04T11:00+02:00", "2026-05-05T17:00+02:00"],
        ... }
        >>> report = contract.objectives(policy, tickets, period="2026-05")
        >>> print(report["answered"].explain())
        answered, 2026-05: missed
        1 of 2 tickets were within their targets: 50.00 %. Promised: 90 %.
        1 more than allowed was missed.
        >>> print(report["answered"].misses[0].due)
        2026-05-05 13:00:00+02:00
    """
    check_policy(policy)
    check_choice(errors, "errors", ("raise", "column"))
    zone = policy.zone
    whole = parse_period(period, zone)
    version = agreements_of(policy, whole)
    chosen = {name: one for name, one in version.objectives.items() if one.metric}
    if columns is not None and not isinstance(columns, Mapping):
        msg = "columns is not a mapping from names that the policy reads to those of columns"
        raise ColumnError(msg, column="columns", given=columns)
    if only is not None:
        names = read_names(only, "only")
        for name in names:
            if name not in chosen:
                what, argument = "an objective with a metric", "only"
                raise unknown_name(
                    ContractError, what, name, chosen, where=argument, argument=argument
                )
        chosen = {name: chosen[name] for name in names}
    periods = {name: period_of(one, whole, zone) for name, one in chosen.items()}
    at = whole.ends if as_of is None else to_instant(as_of)
    options = ReadOptions(columns, naive)
    counter = ObjectiveCounter(policy, chosen, periods, at, options, raises=errors == "raise")
    counter.add(tickets)
    results = {name: _result(name, counts, zone) for name, counts in counter.counts.items()}
    return ObjectiveReport(results, whole, counter.errors)


def period_of(objective: Objective, period: ContractPeriod, zone: Any) -> ContractPeriod:
    """The days that count: those of the period, or the last days until its end."""
    days = objective.rolling_days
    return period if days is None else rolling(period, days, zone)


def _result(name: str, counts: ObjectiveCounts, zone: Any) -> ObjectiveResult:
    """The result of an objective."""
    objective, met, missed = counts.objective, counts.met, counts.missed
    decided = met + missed
    promised = share_of(objective.share) if objective.share else None
    if objective.percentile is not None:
        promised = Fraction(objective.percentile) / 100
    figure: Fraction | timedelta | None = None
    is_at_least = is_kept = False
    if not decided:
        pass
    elif objective.mean is not None:
        mean = Fraction(int(counts.times[0].sum()), decided)
        is_kept = mean <= objective.mean.count
        figure = to_duration(floor(mean + Fraction(1, 2)))
    elif promised is not None:
        is_kept = Fraction(met, decided) >= promised
        figure = Fraction(met, decided)
        if objective.percentile is not None:
            elapsed, is_running = counts.times
            place = ceil(promised * decided) - 1  # the nearest rank
            figure, is_at_least = to_duration(int(elapsed[place])), bool(is_running[place])
    budget = None if promised is None else floor((1 - promised) * (decided + counts.open)) - missed
    if budget is not None and 0 < decided < objective.at_least:
        # As the verdict: one may be missed, or what is missed does not matter.
        budget = {"one may miss": 1 - missed, "met": None}.get(objective.if_fewer, budget)
    return ObjectiveResult(
        name=name,
        objective=objective,
        period=counts.period,
        as_of=zone.datetime(counts.as_of),
        met=met,
        missed=missed,
        open=counts.open,
        excluded=counts.excluded,
        not_counted=counts.not_counted,
        figure=figure,
        is_at_least=is_at_least,
        verdict=_verdict(objective, decided, missed, is_kept=is_kept),
        budget=budget,
        misses=_Misses([*counts.misses()], counts.as_of, zone),
    )


def _verdict(objective: Objective, decided: int, missed: int, *, is_kept: bool) -> ObjectiveVerdict:
    if not decided:
        return "not measured"
    kept = kept_with_few(objective, decided, missed, is_reached=is_kept)
    return "too few to tell" if kept is None else "met" if kept else "missed"
