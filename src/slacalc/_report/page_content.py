"""What a report tells, as plain data: judged tickets counted in every way that a page shows.

Nothing here knows of HTML or of a language. All parts are made from one answer, so that they agree;
what cannot be counted is told as well, with the reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._bulk.event_logs import TICKET
from slacalc._clock.events import CREATED
from slacalc._columns.categories import encode
from slacalc._columns.frames import to_list
from slacalc._columns.kernel import MISSING
from slacalc._report.answers import LEFT_OUT
from slacalc._report.attainment import AttainmentOptions, metrics_of, shares
from slacalc._report.breaches import explained, worst
from slacalc._report.objectives import Objectives

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slacalc._report.attainment import Shares
    from slacalc._report.breaches import Breach
    from slacalc._report.page_data import PageData
    from slacalc._report.periods import Period

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ][\d:.+-]+Z?")


class Share(NamedTuple):
    """One row of `attainment`.

    Args:
        metric: The metric.
        values: The values of the group.
        period: The period, as text; None where there is none.
        number: Its number.
        total, decided, met, late, breached, open, unjudged: Counts.
        left_out: Counts by state.
        attainment, low, high: The share, and its interval; None where nothing is decided.
        objective: What was promised; None for nothing.
        reached: Whether the share is that.
        verdict: What the interval says of it.
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
    left_out: dict[str, int]
    attainment: float | None
    low: float | None
    high: float | None
    objective: float | None
    reached: bool | None
    verdict: str | None


class Problem(NamedTuple):
    """Tickets that cannot be judged, for one reason.

    Args:
        message: The reason.
        total: How many there are.
        tickets: Some of them.
    """

    message: str
    total: int
    tickets: tuple[Any, ...]


class PageContent(NamedTuple):
    """What a report tells.

    Args:
        judged: What was judged.
        tickets: How many tickets there are.
        first, last: When the first and the last one came in.
        totals: How promises were kept, by metric.
        groups: The same by each attribute: its name, and the shares.
        crossed: The same by the first two attributes together.
        periods: The same by period.
        breaches: The worst breaches.
        why: The due date of the worst one of them explained, and whose it is; else None.
        problems: What cannot be judged.
    """

    judged: PageData
    tickets: int
    first: int | None
    last: int | None
    totals: list[Share]
    groups: list[tuple[str, list[Share]]]
    crossed: list[Share]
    periods: list[Share]
    breaches: list[Breach]
    why: tuple[Breach, str] | None
    problems: list[Problem]


def told(judged: PageData, language: str) -> PageContent:
    """What is to be told of a table that was judged."""
    values, _ = judged.base.instants(CREATED, judged.options.naive or "UTC", judged.zone)
    created = np.asarray(values)
    known = created[created != MISSING]
    breaches, period = worst(judged), judged.options.period
    return PageContent(
        judged=judged,
        tickets=len(created),
        first=int(known.min()) if len(known) else None,
        last=int(known.max()) if len(known) else None,
        totals=shares_of(judged),
        groups=[(name, shares_of(judged, (name,))) for name in judged.by],
        crossed=shares_of(judged, judged.by[:2]) if len(judged.by) > 1 else [],
        periods=shares_of(judged, period=period) if period else [],
        breaches=breaches,
        why=explained(judged, breaches, language),
        problems=_problems(judged),
    )


def shares_of(
    judged: PageData, by: tuple[str, ...] = (), period: Period | None = None
) -> list[Share]:
    """Attainment by metric and group; without the tickets of a log that have an error."""
    one = judged.options
    asked = AttainmentOptions(
        by, period, one.at, one.time_zone, judged.policy, judged.metrics
    ).checked()
    found, _ = shares(iter([judged.answer.native]), asked, _objective(judged, by), one.confidence)
    return [row for row in _rows(found) if row.metric]


def _objective(judged: PageData, by: tuple[str, ...]) -> Any:
    """The objectives that a grouping can tell apart."""
    given = judged.options.objective
    if not isinstance(given, Mapping):
        return given
    Objectives(given, None, None).check(metrics_of(judged.policy), judged.by)
    keys = {key: key if isinstance(key, tuple) else (key,) for key in given}
    return {
        key: given[key]
        for key, (metric, *values) in keys.items()
        if metric in judged.metrics and len(values) <= len(by)
    }


def _problems(judged: PageData) -> list[Problem]:
    """Why tickets cannot be judged, the commonest reason first, in the words of its first ticket.

    Reasons that differ only in their instants are one.
    """
    codes, texts = encode(judged.answer.column("error"))
    bad = np.flatnonzero(codes >= 0)
    if not len(bad):
        return []
    reasons: dict[str, int] = {}
    reason_of = [reasons.setdefault(_INSTANT.sub("", str(text)), len(reasons)) for text in texts]
    found = np.array(reason_of)[codes[bad]]
    problems = []
    for reason, count in Counter(found.tolist()).items():
        rows = bad[found == reason][:3]
        names = to_list(judged.base.column(TICKET), judged.whose[rows])
        problems.append(Problem(texts[codes[rows[0]]], count, tuple(names)))
    return sorted(problems, key=lambda one: (-one.total, one.message))


def _rows(found: Shares) -> Iterator[Share]:
    """The rows of attainment, one by one."""
    columns = {
        name: column.tolist() if isinstance(column, np.ndarray) else column
        for name, column in found.columns.items()
    }
    size = len(found.counts.metric)
    numbers = found.counts.period.tolist()
    for row in range(size):
        one = {name: column[row] for name, column in columns.items()}
        left = {state: one[state.replace(" ", "_")] for state in LEFT_OUT}
        yield Share(
            metric=found.counts.metric[row] or "",
            values=found.counts.values[row],
            period=None if found.period is None else found.period[row],
            number=numbers[row],
            left_out=left,
            attainment=_number(one["attainment"]),
            low=_number(one["low"]),
            high=_number(one["high"]),
            objective=_number(one["objective"]),
            reached=one["reached"],
            verdict=one["verdict"],
            **{
                name: one[name]
                for name in ("total", "decided", "met", "late", "breached", "open", "unjudged")
            },
        )


def _number(value: float) -> float | None:
    return None if value != value else value  # noqa: PLR0124 - NaN
