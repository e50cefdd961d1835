"""How many tickets were within target, of how many: attainment, by metric, group and period."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from slacalc._columns.input import check_choice
from slacalc._columns.kernel import MISSING
from slacalc._report.answers import CODE, DECIDED, LEFT_OUT, OPEN, UNJUDGED, Answers, walls
from slacalc._report.counting import Counter, Counts, group_codes, orders_of
from slacalc._report.objectives import Objectives, reached, verdict, wilson
from slacalc._report.periods import PERIODS, numbers_of, period_text
from slacalc.errors import ColumnError, unknown_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from fractions import Fraction

    from numpy.typing import NDArray

    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.categories import Codes
    from slacalc._columns.frames import Frame
    from slacalc._policy.policy import Policy
    from slacalc._report.answers import Part
    from slacalc._report.periods import Period

KINDS = UNJUDGED + 1
COUNTED = (
    "total",
    "decided",
    *DECIDED,
    "open",
    *(name.replace(" ", "_") for name in LEFT_OUT),
    "unjudged",
)
JUDGED = ("attainment", "low", "high", "objective", "reached", "verdict")
_RESERVED = {"metric", "period", *COUNTED, *JUDGED}


class AttainmentOptions(NamedTuple):
    """How rows are to be counted.

    Args:
        by: The columns that tell groups apart.
        period: The period, or None.
        at: The instants to which it belongs.
        time_zone: The zone of the periods; left out, that of the policy, or of the column.
        policy: The policy, for its zone, its objectives and the order of its values.
        metrics: The metrics that count; None for all.
        breaches: Whether breaches count that a later promise undid.
    """

    by: tuple[str, ...] = ()
    period: Period | None = None
    at: str = "created"
    time_zone: str | None = None
    policy: Policy | None = None
    metrics: tuple[str, ...] | None = None
    breaches: Literal["present", "ever"] = "present"

    def checked(self) -> AttainmentOptions:
        """The same, if it can be answered.

        Raises:
            ColumnError: A word is none of a few, or a column is named as one of the answer.
        """
        if self.period is not None:
            check_choice(self.period, "period", PERIODS)
        check_choice(self.breaches, "breaches", ("present", "ever"))
        for name in self.by:
            if name in _RESERVED or self.by.count(name) > 1:
                why = "twice" if self.by.count(name) > 1 else "but the answer has its own column so"
                msg = f"by names {name!r} {why}: rename the column, or leave it out"
                raise ColumnError(msg, column=name, given=list(self.by))
        return self


def counted(
    answers: Iterable[Any], asked: AttainmentOptions
) -> tuple[Counts | None, Answers, list[str]]:
    """The rows of answers counted; the first of them; and the metrics in order."""
    counter, first = Counter(KINDS), None
    metrics: dict[str, None] = {}
    known = [] if asked.policy is None else metrics_of(asked.policy)
    for given in answers:
        answer = Answers(given, asked.metrics, known)
        first = first or answer
        metrics |= dict.fromkeys(answer.metrics)
        _count(answer, asked, counter)
    if first is None:
        msg = "there is no answer to count: the iterator gave no table"
        raise ColumnError(msg, column="", given=None)
    order = list(metrics)
    if asked.policy is not None:
        order.sort(key=lambda name: known.index(name) if name in known else len(known))
    return counter.counts(order, orders_of(asked.policy, asked.by, first.sheet)), first, order


def metrics_of(policy: Policy) -> list[str]:
    """The metrics of a policy and its versions, in order."""
    versions = policy.all_versions
    return list(dict.fromkeys(name for one in versions for name in one.metrics))


def _count(answer: Answers, asked: AttainmentOptions, counter: Counter) -> None:
    """Count the rows of one answer."""
    sheet, groups = answer.sheet, _groups(answer, asked.by)
    own = None if asked.policy is None else asked.policy.matcher.zone
    known: dict[str, Integers] = {}
    for part in answer.parts():
        kind, some = _kinds(answer, part, asked), _rows(answer, part)
        numbers: Integers | None = None
        if asked.period is not None:
            name = answer.named(part, asked.at)
            if name not in known:
                shown = walls(sheet, name, asked.time_zone, own)
                known[name] = numbers_of(shown, asked.period)
            numbers = known[name]
        metrics: Any = part.metric
        if part.metrics is not None:
            metrics = (answer.metrics, part.metrics.codes[some])
        counter.add(
            metrics,
            groups[some],
            lambda rows, some=some: sheet.take(asked.by, some[rows]),
            None if numbers is None else numbers[some],
            kind[some],
        )


def _groups(answer: Answers, by: Sequence[str]) -> Codes:
    """The group of each row."""
    sheet = answer.sheet
    for name in by:
        if name not in sheet:
            hint = "; report.with_attributes adds attributes of tickets" if answer.is_long else ""
            raise unknown_column(name, sheet.names, "the answer", where="by", hint=hint)
    return group_codes([sheet.column(name) for name in by], answer.size)


def _rows(answer: Answers, part: Part) -> Codes:
    """The rows of a part that count."""
    if part.metrics is None:
        return np.arange(answer.size)
    return np.flatnonzero(part.metrics.codes >= (-1 if answer.keeps_errors else 0))


def _kinds(answer: Answers, part: Part, asked: AttainmentOptions) -> NDArray[np.int64]:
    """The kind of each row of a part: its state."""
    if asked.breaches == "present":
        return part.state
    undone = np.isin(part.state, [CODE[one] for one in ("met", "late", *OPEN)])
    undone &= ~answer.missing(answer.named(part, "breached_at"))
    return np.where(undone, CODE["breached"], part.state)


class Shares(NamedTuple):
    """Attainment, as Python has it: a list for each column, a place for each group.

    Args:
        counts: What was counted.
        columns: The columns of `COUNTED` and of `JUDGED`.
        period: The texts of the periods; None where they do not count.
    """

    counts: Counts
    columns: dict[str, Any]
    period: list[str | None] | None


def sums(counts: Integers) -> dict[str, Integers]:
    """The counts by the columns of an answer; all but `decided` are parts of the total."""
    by_state = {state: counts[:, code] for state, code in CODE.items()}
    decided = sum((by_state[state] for state in DECIDED), np.zeros(len(counts), np.int64))
    found = {"total": counts.sum(axis=1), "decided": decided}
    found |= {state: by_state[state] for state in DECIDED}
    found["open"] = by_state["running"] + by_state["paused"]
    found |= {state.replace(" ", "_"): by_state[state] for state in LEFT_OUT}
    return found | {"unjudged": counts[:, UNJUDGED]}


def judged(
    counts: Counts, asked: AttainmentOptions, objectives: Objectives, confidence: float
) -> Shares:
    """What follows from counts."""
    columns: dict[str, Any] = dict(sums(counts.counts))
    hits, decided = columns["met"], columns["decided"]
    low, high = wilson(hits, decided, confidence)
    with np.errstate(invalid="ignore"):
        columns |= {"attainment": hits / decided, "low": low, "high": high}
    promised: list[Fraction | None] = [
        objectives.of(metric, values)
        for metric, values in zip(counts.metric, counts.values, strict=True)
    ]
    nothing = float("nan")
    columns["objective"] = np.array(
        [nothing if one is None else float(one) for one in promised], np.float64
    )
    pairs = zip(hits.tolist(), decided.tolist(), promised, strict=True)
    columns["reached"] = [reached(*one) for one in pairs]
    bounds = zip(low.tolist(), high.tolist(), promised, strict=True)
    columns["verdict"] = [verdict(*one) for one in bounds]
    period: list[str | None] | None = None
    if asked.period is not None:
        kind = asked.period
        period = [
            None if one == MISSING else period_text(one, kind) for one in counts.period.tolist()
        ]
    return Shares(counts, columns, period)


def empty(answer: Answers, by: Sequence[str]) -> Counts:
    """The counts of no rows."""
    none = np.zeros(0, np.int64)
    return Counts([], answer.sheet.take(by, none), [], none, np.zeros((0, KINDS), np.int64))


def shares(
    answers: Iterable[Any], asked: AttainmentOptions, objective: Any, confidence: float
) -> Any:
    """Attainment as Python has it, and the first answer."""
    objectives = Objectives(objective, asked.policy, asked.period)
    counts, first, metrics = counted(answers, asked)
    objectives.check(metrics, asked.by)
    found = empty(first, asked.by) if counts is None else counts
    return judged(found, asked, objectives, confidence), first


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
    """How many tickets were within target, of how many, and how sure that is.

    Every row is counted once. *Decided* are those of which it is certain whether the target was
    kept: ``met``, ``late`` (past due, within the limit) and ``breached``, be they stopped or still
    running past their due. The share is ``met / decided``. ``open`` ones, which run or are paused
    and not past due, may still turn out either way; the others are left out, and why is told.

    Args:
        answer: What `bulk.evaluate` or `bulk.replay` returned; or an iterator of such tables, which
            are counted together.
        by: Columns of the answer that tell groups apart, such as ``["tier", "severity"]``. For a
            log, `with_attributes` adds what its tickets are.
        period: Tell ``"day"``, ``"week"`` (from Monday on), ``"month"``, ``"quarter"`` or
            ``"year"`` apart as well.
        at: The column of the instants that decide the period: ``"created"``; ``"start"``,
            ``"due"``, ``"stopped_at"`` or ``"breached_at"``, each metric by its own where it has
            one; or any other.
        time_zone: The zone whose months count; left out, that of the policy, or else the column's
            own. Wall times without a zone are counted as they read.
        objective: What is promised: a share such as 0.99 or ``"99 %"``; or shares by metric
            (``{"arrival": 0.95}``), or by a metric and the first values of *by*
            (``{("arrival", "gold"): 0.99}``), of which the longest key that fits counts. Left out,
            the policy's objectives that name a metric, and this period or none, in its last
            version.
        policy: The policy, for its zone and objectives, and for the order of metrics and values.
        metrics: The metrics that count; left out, all.
        breaches: Whether a row counts as breached whose cycle was past its bound under an earlier
            promise, and has a later one now: ``"present"`` goes by the state as it is,
            ``"ever"`` by the record.
        confidence: Of the interval.

    Returns:
        A table of the same library, a row for each group: ``metric``, missing for the tickets of a
        log that have an error; a column for each of *by*; ``period``, such as ``"2024-09"``,
        ``"2024-W37"`` or ``"2024-Q3"``; the counts ``total``, ``decided`` (``met``, ``late``,
        ``breached``), ``open``, ``not_started``, ``cancelled``, ``not_covered``, ``no_target`` and
        ``unjudged``, the rows with an error; ``attainment``, and ``low`` and ``high``, Wilson's
        score interval of it; the ``objective``; whether it is ``reached`` by the count; and the
        ``verdict`` of the interval, ``"met"``, ``"missed"`` or ``"too few to tell"``.

    Raises:
        ColumnError: It is no such table, or lacks a column.
        ReportError: An objective, a metric or a zone does not fit.

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
    only = None if metrics is None else _names(metrics)
    asked = AttainmentOptions(_names(by), period, at, time_zone, policy, only, breaches).checked()
    answers = answer if isinstance(answer, Iterator) else iter([answer])
    found, first = shares(answers, asked, objective, confidence)
    make = first.sheet.like("state" if first.is_long else f"{first.metrics[0]}_state")
    return make.new_table(dressed(found, make))


def _names(given: str | Iterable[str]) -> tuple[str, ...]:
    """One name or several."""
    return (given,) if isinstance(given, str) else tuple(given)


def dressed(found: Shares, make: Frame) -> dict[str, Any]:
    """Attainment as columns of a library."""
    columns = {"metric": make.new_text(found.counts.metric), **found.counts.group}
    if found.period is not None:
        columns["period"] = make.new_text(found.period)
    for name, values in found.columns.items():
        if name in COUNTED:
            columns[name] = make.new_counts(values)
        elif name == "reached":
            columns[name] = make.new_flags(values)
        elif name == "verdict":
            columns[name] = make.new_text(values)
        else:
            columns[name] = make.new_shares(values)
    return columns
