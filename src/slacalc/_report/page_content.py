"""The content of a page: every count, share and breach that it shows, as plain data.

All of it is counted from one `PageData`, so that the figures agree. Nothing here depends on HTML,
and on the language only the explanation of a breach does. `page_layout` arranges the content in
tables.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._bulk.event_logs import TICKET
from slacalc._clock.events import CREATED
from slacalc._columns.frames import to_list
from slacalc._columns.kernel import MISSING
from slacalc._policy.attributes import value_text
from slacalc._report.answers import EXCLUDED
from slacalc._report.attainment import OBJECTIVE, AttainmentOptions, count_shares, metrics_of
from slacalc._report.breaches import explain_first, find_worst
from slacalc._report.objectives import Objectives

if TYPE_CHECKING:
    from slacalc._report.breaches import Breach
    from slacalc._report.page_data import PageData
    from slacalc._report.periods import Period

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ][\d:.+-]+Z?")
_MOST_NAMED = 3  # tickets with a problem


class Share(NamedTuple):
    """One row of `attainment`.

    Args:
        metric: The metric.
        values: The values of the group.
        period: The period as text; None if there is none.
        number: The number of the period.
        total, decided, met, late, breached, open, unjudged: Counts.
        excluded: The counts of the states that do not count.
        attainment, low, high: The share and its interval; None if nothing is decided.
        objective: The objective; None if there is none.
        budget: How many more may be missed; None without an objective.
        reached: Whether the share reaches it.
        verdict: Whether that is more than chance.
    """

    metric: str
    values: tuple[Any, ...]
    period: str | None
    number: int
    total: int
    decided: int
    met: int
    late: int
    breached: int
    open: int
    unjudged: int
    excluded: dict[str, int]
    attainment: float | None
    low: float | None
    high: float | None
    objective: float | None
    budget: int | None
    reached: bool | None
    verdict: str | None


class Problem(NamedTuple):
    """Tickets that cannot be evaluated, for one reason.

    Args:
        message: The reason, as the first ticket has it.
        total: The number of tickets.
        tickets: The names of the first of them.
    """

    message: str
    total: int
    tickets: tuple[Any, ...]


class PageContent(NamedTuple):
    """What a page shows.

    Args:
        tickets: The number of tickets.
        first, last: When the first and the last one were created, in UTC microseconds.
        totals: Attainment by metric.
        groups: For each column that forms groups its name, and attainment by its values.
        crossed: Attainment by the first two columns together.
        periods: Attainment by period.
        objectives: Attainment of the tickets of each objective of the policy, by its own period.
        breaches: The worst breaches.
        explanation: One of these, and its explanation; None if none can be explained.
        problems: The reasons why tickets cannot be evaluated, the most frequent first.
    """

    tickets: int
    first: int | None
    last: int | None
    totals: list[Share]
    groups: list[tuple[str, list[Share]]]
    crossed: list[Share]
    periods: list[Share]
    objectives: list[Share]
    breaches: list[Breach]
    explanation: tuple[Breach, str] | None
    problems: list[Problem]


def count_content(data: PageData, language: str) -> PageContent:
    """Count what a page shows of its data."""
    created = np.asarray(data.table.instants(data.table.tickets, CREATED).values)
    known = created[created != MISSING]
    breaches, period = find_worst(data), data.options.period
    return PageContent(
        tickets=len(created),
        first=int(known.min()) if len(known) else None,
        last=int(known.max()) if len(known) else None,
        totals=_shares(data),
        groups=[(name, _shares(data, (name,))) for name in data.by],
        crossed=_shares(data, data.by[:2]) if len(data.by) > 1 else [],
        periods=_shares(data, period=period) if period else [],
        objectives=_shares(data, (OBJECTIVE,)) if data.options.objective is None else [],
        breaches=breaches,
        explanation=explain_first(data, breaches, language),
        problems=_problems(data),
    )


def _shares(data: PageData, by: tuple[str, ...] = (), period: Period | None = None) -> list[Share]:
    """Attainment by metric and group, without the tickets of a log that have an error."""
    options = AttainmentOptions(
        by, period, data.options.at, data.options.time_zone, data.policy, data.metrics
    )
    table = data.objectives_table if OBJECTIVE in by else data.table
    tables = [table.answer.native]
    shares = count_shares(tables, options, _objective(data, by), data.options.confidence)
    counts = shares.counts
    columns = {
        name: column.tolist() if isinstance(column, np.ndarray) else column
        for name, column in shares.columns.items()
    }
    rows = []
    for row, metric in enumerate(counts.metric):
        if not metric:
            continue
        figures: dict[str, Any] = {
            name: None
            if (isinstance(column[row], float) and math.isnan(column[row]))
            or (name == "budget" and column[row] == MISSING)
            else column[row]
            for name, column in columns.items()
        }
        excluded = {state: figures.pop(state.replace(" ", "_")) for state in EXCLUDED}
        text = None if shares.period is None else shares.period[row]
        number = int(counts.period[row])
        values = as_shown(counts.values[row])
        rows.append(Share(metric, values, text, number, excluded=excluded, **figures))
    return rows


def as_shown(values: Iterable[Any]) -> tuple[Any, ...]:
    """The values of a group, lists of tags as text."""
    return tuple(
        value_text(tuple(map(str, value))) if isinstance(value, list | tuple) else value
        for value in values
    )


def _objective(data: PageData, by: tuple[str, ...]) -> Any:
    """The objectives whose keys have no more values than *by* has columns."""
    objective = data.options.objective
    if not isinstance(objective, Mapping):
        return objective
    Objectives(objective, None, None).validate(data.metrics, metrics_of(data.policy), data.by)
    keys = {key: key if isinstance(key, tuple) else (key,) for key in objective}
    return {
        key: objective[key]
        for key, (metric, *values) in keys.items()
        if metric in data.metrics and len(values) <= len(by)
    }


def _problems(data: PageData) -> list[Problem]:
    """The reasons why tickets cannot be evaluated; those that differ in instants only are one."""
    codes, texts = data.table.errors
    bad = np.flatnonzero(codes >= 0)
    if not len(bad):
        return []
    reasons: dict[str, int] = {}
    reason_of_text = [
        reasons.setdefault(_INSTANT.sub("", str(text)), len(reasons)) for text in texts
    ]
    reason_of_row = np.array(reason_of_text)[codes[bad]]
    problems = []
    for reason, total in Counter(reason_of_row.tolist()).items():
        rows = bad[reason_of_row == reason][:_MOST_NAMED]
        names = to_list(data.table.tickets.column(TICKET), rows)
        problems.append(Problem(texts[codes[rows[0]]], total, tuple(names)))
    return sorted(problems, key=lambda problem: (-problem.total, problem.message))
