"""Attainment: the share of tickets within target, by metric, group and period.

`attainment` reads the answers of `bulk` (`answers`), counts them (`counting`) and compares the
shares with objectives (`objectives`); or it counts the tickets of each objective of the policy by
themselves. The page of a report uses `count_shares`, which gives the same figures as Python
objects.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from slacalc._columns.input import check_choice, read_names
from slacalc._columns.kernel import MISSING
from slacalc._policy.policy import check_policy
from slacalc._report.answers import (
    DECIDED,
    EXCLUDED,
    STATE_CODES,
    WITHOUT_STATE,
    Answers,
    wall_readings,
)
from slacalc._report.counting import Counter, Counts, group_codes, orders_of
from slacalc._report.objective_tickets import COUNTS, ObjectiveMatcher, own_metric
from slacalc._report.objectives import Objectives, PromisedShare, shares_of, wilson
from slacalc._report.periods import PERIODS, period_numbers, period_text
from slacalc.errors import ColumnError, ReportError, unknown_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.categories import Codes
    from slacalc._columns.frames import Frame
    from slacalc._policy.agreements import Objective
    from slacalc._policy.policy import Policy
    from slacalc._report.answers import AnswerColumns
    from slacalc._report.periods import Period

KINDS = WITHOUT_STATE + 1
COUNT_COLUMNS = (
    "total",
    "decided",
    *DECIDED,
    "open",
    *(state.replace(" ", "_") for state in EXCLUDED),
    "unjudged",
)
SHARE_COLUMNS = ("attainment", "low", "high", "objective", "budget", "reached", "verdict")
OBJECTIVE, OBJECTIVE_NAME = "objective", "objective_name"
_DECIDED = [STATE_CODES[state] for state in DECIDED]
_RESERVED = {"metric", "period", *COUNT_COLUMNS, *SHARE_COLUMNS}


class AttainmentOptions(NamedTuple):
    """How attainment is counted; the fields are arguments of `attainment`.

    Args:
        by: The columns that form groups.
        period: The period, or None.
        at: The column of the instants that decide the period.
        time_zone: The zone of the periods. None: that of the policy, or of the column.
        policy: The policy, for its zone, its objectives and the order of its values.
        metrics: The metrics that count; None for all.
        breaches: Whether breaches count that a later promise undid or a cancellation followed.
    """

    by: tuple[str, ...] = ()
    period: Period | None = None
    at: str = "created"
    time_zone: str | None = None
    policy: Policy | None = None
    metrics: tuple[str, ...] | None = None
    breaches: Literal["present", "ever"] = "present"

    @property
    def is_by_objective(self) -> bool:
        """Whether the tickets of each objective of the policy are counted by themselves."""
        return OBJECTIVE in self.by

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the answer that form groups."""
        return tuple(name for name in self.by if name != OBJECTIVE)

    def validate(self) -> None:
        """Refuse unknown words, and columns that have a name of the answer's own columns.

        Raises:
            ColumnError: One of them is invalid.
        """
        if self.period is not None:
            check_choice(self.period, "period", PERIODS)
        check_choice(self.breaches, "breaches", ("present", "ever"))
        if self.is_by_objective and self.policy is None:
            msg = "by='objective' needs the policy that has the objectives: policy=…"
            raise ReportError(msg, argument="policy", given=None)
        for name in self.by:
            if self.by.count(name) > 1:
                msg = f"by names {name!r} twice: name each column once"
                raise ColumnError(msg, column=name, given=list(self.by))
            if name in _RESERVED and name != OBJECTIVE:
                msg = f"by names {name!r}, a name that the answer needs itself: rename the column"
                raise ColumnError(msg, column=name, given=list(self.by))


class Shares(NamedTuple):
    """Attainment as Python objects: a list for each column, with a place for each group.

    Args:
        counts: The counts.
        columns: The columns of `COUNT_COLUMNS` and of `SHARE_COLUMNS`.
        period: The periods as text; None if periods are not distinguished.
        answer: The first table that was counted.
    """

    counts: Counts
    columns: dict[str, Any]
    period: list[str | None] | None
    answer: Answers


def metrics_of(policy: Policy) -> list[str]:
    """The metrics of a policy and its versions, in order."""
    return list(dict.fromkeys(name for version in policy.all_versions for name in version.metrics))


def count_shares(
    tables: Iterable[Any], options: AttainmentOptions, objective: Any, confidence: float
) -> Shares:
    """Count the answers of `bulk` and compare their shares with objectives.

    Args:
        tables: Tables that `bulk.evaluate` or `bulk.replay` returned; they are counted together.
        options: How they are counted.
        objective: The objectives, as `attainment` takes them.
        confidence: The confidence of the intervals.

    Raises:
        ColumnError: There is no table, or one lacks a column.
        ReportError: An objective, a metric or a zone is invalid.
    """
    options.validate()
    policy, by = options.policy, options.columns
    objectives = Objectives(objective, policy, options.period)
    own = _OwnTickets(options, objective) if options.is_by_objective else None
    counter, first = Counter(KINDS), None
    metrics, available = dict[str, None](), dict[str, None]()
    known = [] if policy is None else metrics_of(policy)
    for table in tables:
        answers = Answers(table, options.metrics, known)
        first = first or answers
        metrics |= dict.fromkeys(answers.metrics)
        available |= dict.fromkeys(answers.available)
        if own is None:
            _count(answers, options, counter)
        else:
            own.count(Answers(table), counter)
    if first is None:
        msg = "there is no answer to count: the iterator gave no table"
        raise ColumnError(msg, column="", given=None)
    order = sorted(metrics, key=lambda name: known.index(name) if name in known else len(known))
    objectives.validate(order, {**available, **dict.fromkeys(known)}, by)
    orders = orders_of(policy, by, first.frame)
    if own is not None:
        orders[OBJECTIVE_NAME] = [*own.objectives]
    counts = counter.counts(order, orders)
    if counts is None:
        none = np.zeros(0, np.int64)
        no_counts = np.zeros((0, KINDS), np.int64)
        group = first.frame.take(by, none)
        if own is not None:
            group = {OBJECTIVE_NAME: own.column(first, 0, ""), **group}
        counts = Counts([], group, [], none, no_counts)
    period: list[str | None] | None = None
    if own is not None:
        promised, kinds = own.of_groups(counts)
        period = _period_texts(counts, kinds)
    else:
        promised = objectives.of_groups(counts.metric, by, counts.values)
        if options.period is not None:
            period = _period_texts(counts, [options.period] * len(counts.metric))
    return Shares(counts, _columns(counts, promised, confidence), period, first)


def _period_texts(counts: Counts, kinds: Sequence[Period | None]) -> list[str | None]:
    return [
        None if number == MISSING or kind is None else period_text(number, kind)
        for number, kind in zip(counts.period.tolist(), kinds, strict=True)
    ]


def _count(answers: Answers, options: AttainmentOptions, counter: Counter) -> None:
    """Count the rows of one table."""
    frame, by = answers.frame, options.by
    groups = _groups(answers, by)
    own = None if options.policy is None else options.policy.matcher.zone
    known: dict[str, Integers] = {}
    for part in answers.parts():
        kinds = part.state
        if options.breaches == "ever":
            was_breached = ~answers.is_missing(answers.column_name(part, "breached_at"))
            was_breached &= kinds != WITHOUT_STATE
            kinds = np.where(was_breached, STATE_CODES["breached"], kinds)
        metrics: Any = part.metric
        rows: Codes = np.arange(answers.size)
        if part.metrics is not None:
            rows = np.flatnonzero(part.metrics.codes >= (-1 if answers.counts_errors else 0))
            metrics = (answers.metrics, part.metrics.codes[rows])
        numbers: Integers | None = None
        if options.period is not None:
            name = answers.column_name(part, options.at)
            if name not in known:  # metrics may share a column, such as `created`
                shown = wall_readings(frame, name, options.time_zone, own)
                known[name] = period_numbers(shown, options.period)
            numbers = known[name][rows]
        counter.add(
            metrics,
            groups[rows],
            partial(_group_rows, frame, by, rows),
            numbers,
            kinds[rows],
        )


def _groups(answers: Answers, by: Sequence[str]) -> Codes:
    """The group of each row."""
    frame = answers.frame
    for name in by:
        if name not in frame:
            hint = "; report.with_attributes adds attributes of tickets" if answers.is_long else ""
            raise unknown_column(name, frame.names, "the answer", where="by", hint=hint)
    return group_codes([frame.column(name) for name in by], answers.size)


def _group_rows(frame: Frame, by: Sequence[str], rows: Codes, chosen: Codes) -> dict[str, Any]:
    return frame.take(by, rows[chosen])


class _OwnTickets:
    """Counts for each objective of a policy its own tickets, by its own period.

    Args:
        options: How attainment is counted.
        objective: The objectives that replace those of the policy, for which there is no place.

    Attributes:
        objectives: The objectives that are counted, by name.
    """

    def __init__(self, options: AttainmentOptions, objective: Any) -> None:
        policy = options.policy
        assert policy is not None  # noqa: S101 - `AttainmentOptions.validate` needs it
        if objective is not None:
            msg = "by='objective' counts the objectives of the policy: omit objective"
            raise ReportError(msg, argument="objective", given=objective)
        chosen = (None, options.period) if options.period else (None, *PERIODS)
        shares = {name: one for kind in chosen for name, one in shares_of(policy, kind).items()}
        only = options.metrics or metrics_of(policy)
        taken = {own_metric(name) for name in shares} & {*metrics_of(policy)}
        self.objectives = {
            name: shares[name]
            for name in policy.latest.objectives
            if name in shares and shares[name].metric in only and own_metric(name) not in taken
        }
        self._options = options
        self._matcher = ObjectiveMatcher(policy, self.objectives)

    def count(self, answers: Answers, counter: Counter) -> None:
        """Count the rows of one table."""
        frame, options = answers.frame, self._options
        groups = _groups(answers, options.columns)
        if answers.is_long:
            self._matcher.check_answer(frame)
        codes = self._matcher.codes(frame)
        parts = [*answers.parts()]
        for name, objective in self.objectives.items():
            metric = own_metric(name) if objective.within else objective.metric
            for part in parts:
                counts = codes[name] == COUNTS
                if part.metrics is None:
                    counts &= part.metric == metric
                else:
                    place = answers.metrics.index(metric) if metric in answers.metrics else -2
                    counts &= part.metrics.codes == place
                rows = np.flatnonzero(counts)
                if len(rows):
                    kinds, numbers = self._kinds(answers, part, objective)
                    counter.add(
                        objective.metric,
                        groups[rows],
                        partial(self._group_rows, answers, name, rows),
                        numbers[rows],
                        kinds[rows],
                    )

    def _kinds(
        self, answers: Answers, part: AnswerColumns, objective: Objective
    ) -> tuple[Integers, Integers]:
        """The kinds of all rows, and the numbers of their periods."""
        options, state = self._options, part.state
        breached_at = answers.column_name(part, "breached_at")
        was_breached = ~answers.is_missing(breached_at) & (state != WITHOUT_STATE)
        kinds = np.where(was_breached, STATE_CODES["breached"], state)
        period = self._period_of(objective)
        if period is None:
            return kinds, np.full(answers.size, MISSING)
        own = None if options.policy is None else options.policy.matcher.zone
        words = {"received": options.at, "due": "due", "stopped": "stopped_at"}
        name = answers.column_name(part, words[objective.counted_by])
        shown = wall_readings(answers.frame, name, options.time_zone, own)
        if objective.counted_by == "stopped":  # what was cancelled ended with its breach
            ended = was_breached & (state == STATE_CODES["cancelled"])
            at_breach = wall_readings(answers.frame, breached_at, options.time_zone, own)
            shown = np.where(ended, at_breach, shown)
            goes_on = np.isin(kinds, _DECIDED) & (shown == MISSING)
            kinds = np.where(goes_on, STATE_CODES["running"], kinds)
        return kinds, period_numbers(shown, period)

    def _period_of(self, objective: Objective) -> Period | None:
        word: Any = objective.period_word or self._options.period
        period: Period | None = word
        return period

    def column(self, answers: Answers, size: int, name: str) -> Any:
        """A column with the name of an objective in each row."""
        word = "state" if answers.is_long else f"{answers.metrics[0]}_state"
        return answers.frame.like(word).new_text([name] * size)

    def _group_rows(
        self, answers: Answers, name: str, rows: Codes, chosen: Codes
    ) -> dict[str, Any]:
        columns = answers.frame.take(self._options.columns, rows[chosen])
        return {OBJECTIVE_NAME: self.column(answers, len(chosen), name), **columns}

    def of_groups(self, counts: Counts) -> tuple[list[PromisedShare | None], list[Period | None]]:
        """The share promised to each group, unless its period is unknown, and the periods."""
        promised: list[PromisedShare | None] = []
        kinds: list[Period | None] = []
        for (name, *_), number in zip(counts.values, counts.period.tolist(), strict=True):
            objective = self.objectives[name]
            kinds.append(self._period_of(objective))
            is_known = number != MISSING or kinds[-1] is None
            promised.append(PromisedShare.of(objective) if is_known else None)
        return promised, kinds


def sum_counts(counts: Integers) -> dict[str, Integers]:
    """The columns of `COUNT_COLUMNS`, from counts by group (rows) and state (columns)."""
    by_state = {state: counts[:, code] for state, code in STATE_CODES.items()}
    decided = sum((by_state[state] for state in DECIDED), np.zeros(len(counts), np.int64))
    sums = {"total": counts.sum(axis=1), "decided": decided}
    sums |= {state: by_state[state] for state in DECIDED}
    sums["open"] = by_state["running"] + by_state["paused"]
    sums |= {state.replace(" ", "_"): by_state[state] for state in EXCLUDED}
    return sums | {"unjudged": counts[:, WITHOUT_STATE]}


def _columns(
    counts: Counts, promised: Sequence[PromisedShare | None], confidence: float
) -> dict[str, Any]:
    """The columns of `COUNT_COLUMNS` and of `SHARE_COLUMNS`."""
    columns: dict[str, Any] = dict(sum_counts(counts.counts))
    met, decided = columns["met"], columns["decided"]
    low, high = wilson(met, decided, confidence)
    with np.errstate(invalid="ignore"):
        columns |= {"attainment": met / decided, "low": low, "high": high}
    columns["objective"] = np.array(
        [float("nan") if one is None else float(one.share) for one in promised], np.float64
    )
    figures = zip(met.tolist(), decided.tolist(), columns["open"].tolist(), strict=True)
    intervals = zip(low.tolist(), high.tolist(), strict=True)
    rows = [
        (MISSING, None, None)
        if one is None
        else (
            one.budget(count, still_open, count - hits),
            one.is_reached(hits, count),
            one.conclusion(hits, count, interval, (1 - confidence) / 2),
        )
        for one, (hits, count, still_open), interval in zip(
            promised, figures, intervals, strict=True
        )
    ]
    columns["budget"] = np.array([budget for budget, _, _ in rows], np.int64)
    columns["reached"] = [is_reached for _, is_reached, _ in rows]
    columns["verdict"] = [verdict for _, _, verdict in rows]
    return {name: columns[name] for name in (*COUNT_COLUMNS, *SHARE_COLUMNS)}


def attainment(
    answer: Any,
    *,
    by: str | Iterable[str] = (),
    period: Period | None = None,
    at: str = "created",
    time_zone: str | None = None,
    objective: float | str | Mapping[Any, Any] | None = None,
    policy: Policy | None = None,
    metrics: str | Iterable[str] | None = None,
    breaches: Literal["present", "ever"] = "present",
    confidence: float = 0.95,
) -> Any:
    """Count how many tickets were within target, of how many, and how certain that share is.

    Every row is counted once. *Decided* are the rows for which it is certain whether the target
    was kept: ``met``, ``late`` (past the due date, within the limit) and ``breached``, whether
    stopped or still running past the due date. The share is ``met / decided``. ``open`` rows, which
    run or are paused and are not past the due date, may still turn out either way. All other rows
    do not count in the share, and are counted in a column for each reason.

    Args:
        answer: What `bulk.evaluate` or `bulk.replay` returned; or an iterator of such tables, which
            are counted together.
        by: Columns of the answer that form groups, such as ``["tier", "severity"]``. For a log,
            `with_attributes` adds the attributes of its tickets. With ``"objective"``, the tickets
            of each objective of the policy that is a share are counted by themselves: those for
            which its conditions hold, in its own period and by the instant that decides it; a
            breach on record counts. For percentiles and means there is `slacalc.contract`.
        period: Also group by ``"day"``, ``"week"`` (beginning on Monday), ``"month"``,
            ``"quarter"`` or ``"year"``.
        at: The column of the instants that decide the period: ``"created"``; ``"start"``,
            ``"due"``, ``"stopped_at"`` or ``"breached_at"``, of each metric if it has its own; or
            any other.
        time_zone: The zone of the periods. Default: that of the policy, or else of the column.
            Wall times without a zone count as they read.
        objective: The share that was promised: such as 0.99 or ``"99 %"``; or shares by metric
            (``{"arrival": 0.95}``), or by a metric and the first values of *by*
            (``{("arrival", "gold"): 0.99}``), of which the longest key that fits counts. Default:
            the objectives of the last version of the policy that name a metric and this period, or
            no period. One with conditions applies to the groups whose values decide that they hold.
        policy: The policy, for its zone and objectives, and for the order of metrics and values.
        metrics: The metrics that count. Default: all.
        breaches: ``"present"``: the present state of a row counts. ``"ever"``: a row that was
            ever breached counts as breached, also if a later promise undid the breach, or the cycle
            was cancelled after it.
        confidence: The confidence of the interval, between 0 and 1.

    Returns:
        A table of the same library, with a row for each group: ``metric``, missing for the tickets
        of a log that have an error; a column for each of *by*, of which that of ``"objective"`` is
        ``objective_name``; ``period``, such as ``"2024-09"``,
        ``"2024-W37"`` or ``"2024-Q3"``; the counts ``total``, ``decided`` (``met``, ``late``,
        ``breached``), ``open``, ``not_started``, ``cancelled``, ``not_covered``, ``no_target`` and
        ``unjudged``, the rows with an error; ``attainment``, and ``low`` and ``high``, the bounds
        of Wilson's score interval of it; the ``objective``; the ``budget``, how many more may be
        missed, below 0 if too many were; whether the count has ``reached`` the objective;
        and as ``verdict`` whether that is more than chance: ``"met"``, ``"missed"`` or
        ``"too few to tell"``, which holds as long as the interval contains the objective, and for
        a single ticket.

    Raises:
        ColumnError: The table is not an answer of `bulk`, or lacks a column.
        ReportError: An objective, a metric or a zone is invalid.

    Example:
        >>> from slacalc import bulk, presets, report
        >>> tickets = {
        ...     "created": ["2024-09-13T16:00:00+08:00"] * 3,
        ...     "arrived": ["2024-09-14T10:00:00+08:00", "2024-09-19T10:00:00+08:00", None],
        ...     "channel": ["on-site"] * 3,
        ...     "tier": ["gold"] * 3,
        ... }
        >>> policy = presets.load("kingdee-diexun")
        >>> answer = bulk.evaluate(policy, tickets, "2024-09-20T09:00:00+08:00")
        >>> shares = report.attainment(answer, by="tier", metrics="arrival", objective="90 %")
        >>> for name in ("tier", "decided", "met", "breached", "verdict"):
        ...     print(name, *shares[name])
        tier gold
        decided 3
        met 1
        breached 2
        verdict missed
        >>> print(*(f"{shares[name][0]:.1%}" for name in ("low", "attainment", "high")))
        6.1% 33.3% 79.2%
    """
    check_policy(policy, or_none=True)
    only = None if metrics is None else tuple(read_names(metrics, "metrics"))
    fields = tuple(read_names(by, "by"))
    options = AttainmentOptions(fields, period, at, time_zone, policy, only, breaches)
    tables = answer if isinstance(answer, Iterator) else iter([answer])
    shares = count_shares(tables, options, objective, confidence)
    first = shares.answer
    make = first.frame.like("state" if first.is_long else f"{first.metrics[0]}_state")
    columns = {"metric": make.new_text(shares.counts.metric), **shares.counts.group}
    if shares.period is not None:
        columns["period"] = make.new_text(shares.period)
    for name, values in shares.columns.items():
        if name in COUNT_COLUMNS or name == "budget":
            columns[name] = make.new_counts(values)
        elif name == "reached":
            columns[name] = make.new_flags(values)
        elif name == "verdict":
            columns[name] = make.new_text(values)
        else:
            columns[name] = make.new_shares(values)
    return make.new_table(columns)
