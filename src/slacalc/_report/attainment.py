"""Attainment: the share of tickets within target, by metric, group and period.

`attainment` reads the answers of `bulk` (`answers`), counts them (`counting`) and compares the
shares with objectives (`objectives`). The page of a report uses `count_shares`, which gives the
same figures as Python objects.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from slacalc._columns.input import check_choice
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
from slacalc._report.objectives import Objectives, conclusion, is_reached, wilson
from slacalc._report.periods import PERIODS, period_numbers, period_text
from slacalc._report.ticket_attributes import names_of
from slacalc.errors import ColumnError, unknown_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from fractions import Fraction

    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.categories import Codes
    from slacalc._columns.frames import Frame
    from slacalc._policy.policy import Policy
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
SHARE_COLUMNS = ("attainment", "low", "high", "objective", "reached", "verdict")
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

    def validate(self) -> None:
        """Refuse unknown words, and columns that have a name of the answer's own columns.

        Raises:
            ColumnError: One of them is invalid.
        """
        if self.period is not None:
            check_choice(self.period, "period", PERIODS)
        check_choice(self.breaches, "breaches", ("present", "ever"))
        for name in self.by:
            if self.by.count(name) > 1:
                msg = f"by names {name!r} twice: name each column once"
                raise ColumnError(msg, column=name, given=list(self.by))
            if name in _RESERVED:
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
    policy, by = options.policy, options.by
    objectives = Objectives(objective, policy, options.period)
    counter, first = Counter(KINDS), None
    metrics, available = dict[str, None](), dict[str, None]()
    known = [] if policy is None else metrics_of(policy)
    for table in tables:
        answers = Answers(table, options.metrics, known)
        first = first or answers
        metrics |= dict.fromkeys(answers.metrics)
        available |= dict.fromkeys(answers.available)
        _count(answers, options, counter)
    if first is None:
        msg = "there is no answer to count: the iterator gave no table"
        raise ColumnError(msg, column="", given=None)
    order = sorted(metrics, key=lambda name: known.index(name) if name in known else len(known))
    objectives.validate(order, {**available, **dict.fromkeys(known)}, by)
    counts = counter.counts(order, orders_of(policy, by, first.frame))
    if counts is None:
        none = np.zeros(0, np.int64)
        no_counts = np.zeros((0, KINDS), np.int64)
        counts = Counts([], first.frame.take(by, none), [], none, no_counts)
    period: list[str | None] | None = None
    if options.period is not None:
        kind = options.period
        period = [
            None if number == MISSING else period_text(number, kind)
            for number in counts.period.tolist()
        ]
    return Shares(counts, _columns(counts, objectives, confidence), period, first)


def _count(answers: Answers, options: AttainmentOptions, counter: Counter) -> None:
    """Count the rows of one table."""
    frame, by = answers.frame, options.by
    for name in by:
        if name not in frame:
            hint = "; report.with_attributes adds attributes of tickets" if answers.is_long else ""
            raise unknown_column(name, frame.names, "the answer", where="by", hint=hint)
    groups = group_codes([frame.column(name) for name in by], answers.size)
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


def _group_rows(frame: Frame, by: Sequence[str], rows: Codes, chosen: Codes) -> dict[str, Any]:
    return frame.take(by, rows[chosen])


def sum_counts(counts: Integers) -> dict[str, Integers]:
    """The columns of `COUNT_COLUMNS`, from counts by group (rows) and state (columns)."""
    by_state = {state: counts[:, code] for state, code in STATE_CODES.items()}
    decided = sum((by_state[state] for state in DECIDED), np.zeros(len(counts), np.int64))
    sums = {"total": counts.sum(axis=1), "decided": decided}
    sums |= {state: by_state[state] for state in DECIDED}
    sums["open"] = by_state["running"] + by_state["paused"]
    sums |= {state.replace(" ", "_"): by_state[state] for state in EXCLUDED}
    return sums | {"unjudged": counts[:, WITHOUT_STATE]}


def _columns(counts: Counts, objectives: Objectives, confidence: float) -> dict[str, Any]:
    """The columns of `COUNT_COLUMNS` and of `SHARE_COLUMNS`."""
    columns: dict[str, Any] = dict(sum_counts(counts.counts))
    met, decided = columns["met"], columns["decided"]
    low, high = wilson(met, decided, confidence)
    with np.errstate(invalid="ignore"):
        columns |= {"attainment": met / decided, "low": low, "high": high}
    promised: list[Fraction | None] = [
        objectives.of_group(metric, values)
        for metric, values in zip(counts.metric, counts.values, strict=True)
    ]
    columns["objective"] = np.array(
        [float("nan") if share is None else float(share) for share in promised], np.float64
    )
    shares = list(zip(met.tolist(), decided.tolist(), promised, strict=True))
    columns["reached"] = [is_reached(*share) for share in shares]
    intervals = zip(low.tolist(), high.tolist(), strict=True)
    columns["verdict"] = [
        conclusion(hits, count, interval, objective, (1 - confidence) / 2)
        for (hits, count, objective), interval in zip(shares, intervals, strict=True)
    ]
    return columns


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
            `with_attributes` adds the attributes of its tickets.
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
            no period.
        policy: The policy, for its zone and objectives, and for the order of metrics and values.
        metrics: The metrics that count. Default: all.
        breaches: ``"present"``: the present state of a row counts. ``"ever"``: a row that was
            ever breached counts as breached, also if a later promise undid the breach, or the cycle
            was cancelled after it.
        confidence: The confidence of the interval, between 0 and 1.

    Returns:
        A table of the same library, with a row for each group: ``metric``, missing for the tickets
        of a log that have an error; a column for each of *by*; ``period``, such as ``"2024-09"``,
        ``"2024-W37"`` or ``"2024-Q3"``; the counts ``total``, ``decided`` (``met``, ``late``,
        ``breached``), ``open``, ``not_started``, ``cancelled``, ``not_covered``, ``no_target`` and
        ``unjudged``, the rows with an error; ``attainment``, and ``low`` and ``high``, the bounds
        of Wilson's score interval of it; the ``objective``; whether the count has ``reached`` it;
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
    only = None if metrics is None else tuple(names_of(metrics))
    options = AttainmentOptions(tuple(names_of(by)), period, at, time_zone, policy, only, breaches)
    tables = answer if isinstance(answer, Iterator) else iter([answer])
    shares = count_shares(tables, options, objective, confidence)
    first = shares.answer
    make = first.frame.like("state" if first.is_long else f"{first.metrics[0]}_state")
    columns = {"metric": make.new_text(shares.counts.metric), **shares.counts.group}
    if shares.period is not None:
        columns["period"] = make.new_text(shares.period)
    for name, values in shares.columns.items():
        if name in COUNT_COLUMNS:
            columns[name] = make.new_counts(values)
        elif name == "reached":
            columns[name] = make.new_flags(values)
        elif name == "verdict":
            columns[name] = make.new_text(values)
        else:
            columns[name] = make.new_shares(values)
    return make.new_table(columns)
