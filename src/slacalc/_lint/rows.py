"""What the linter finds in rows: out of reach, dead, missing, or undercut by other tables."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

from slacalc._lint.due_dates import Dues, needed
from slacalc.errors import HorizonError, NeverOpen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slacalc._lint.cases import Case
    from slacalc._lint.findings import Finding, Severity
    from slacalc._policy.matching import MatchedRow
    from slacalc._policy.records import Metric


class _Shows(NamedTuple):
    """A case, and a moment, at which one row is due later than another."""

    case: Case
    slow: MatchedRow
    quick: MatchedRow
    at: int | None


def targets_out_of_reach(dues: Dues) -> Iterator[Finding]:
    """Targets that no calendar can meet, and limits that come before their target."""
    told = set()
    for case in dues.space.cases:
        for name, metric in dues.policy.metrics.items():
            for found in case.spoken[name]:
                if found.target.within is None or (name, found.table, found.place) in told:
                    continue
                told.add((name, found.table, found.place))
                yield from _reach(dues, case, name, metric, found)


def _reach(
    dues: Dues, case: Case, name: str, metric: Metric, found: MatchedRow
) -> Iterator[Finding]:
    path = f"tables.{found.table}[{found.place}].targets.{name}"
    for start in case.moments.instants:
        try:
            figure = dues.matcher.due(found, metric, start)
        except (NeverOpen, HorizonError) as error:
            message = f"{found.target.within} can never be met: {error}"
            yield dues.finding("out-of-reach", "error", path, message, case, at=start)
            return
        if figure.limit < figure.due:
            message = f"the limit, {found.target.limit}, ends before {found.target.within} do"
            yield dues.finding(
                "limit-before-target", "error", f"{path}.limit", message, case, at=start
            )
            return


def rows_never_reached(dues: Dues) -> Iterator[Finding]:
    """Rows, or targets of rows, that earlier rows of their table always forestall."""
    for table, rows in dues.policy.tables.items():
        for index, row in enumerate(rows):
            dead = {name: by for name in row.targets if (by := _taker(dues, table, index, name))}
            if not dead and row.targets:
                continue
            whole = len(dead) == len(row.targets)
            path = f"tables.{table}[{index}]" + ("" if whole else f".targets.{next(iter(dead))}")
            case = next((case for case in dues.space.cases if _meets(dues, case, row)), None)
            if not row.targets:
                message = "the row promises nothing"
            elif case is None:
                message = "no ticket that the policy accepts meets these conditions"
            else:
                names = " and ".join(dead)
                what = "the row is" if whole else f"its {names} {'are' if len(dead) > 1 else 'is'}"
                message = f"{what} never reached: {next(iter(dead.values()))} comes first"
            yield dues.finding("unreachable-row", "warning", path, message, case)


def _taker(dues: Dues, table: str, index: int, metric: str) -> str:
    """What always comes before a row's target; the empty string where it may be reached.

    Where not all tickets were tried, only an earlier row that meets all of the row's tickets
    proves it.
    """
    if any(
        (one.table, one.place) == (table, index)
        for case in dues.space.cases
        for one in case.spoken[metric]
    ):
        return ""
    row = dues.policy.tables[table][index]
    earlier = [one for one in dues.matcher.rows(metric, table) if one.place < index]
    for one in earlier:
        if dues.space.includes(one.row, row):
            return f"{table}[{one.place}]"
    if not dues.space.is_exhaustive:
        return ""
    takers = {
        one.place
        for case in dues.space.cases
        if _meets(dues, case, row)
        for one in case.spoken[metric]
        if one.table == table
    }
    return " or ".join(f"{table}[{place}]" for place in sorted(takers)) or "nothing"


def _meets(dues: Dues, case: Case, row: Any) -> bool:
    values = dues.matcher.read(case.ticket)
    return dues.matcher.ticket(values, dues.matcher.receipt(case.moments.instants[0])).meets(row)


def tickets_without_a_row(dues: Dues) -> Iterator[Finding]:
    """Tickets to which nothing at all is promised."""
    bare = [case for case in dues.space.cases if not any(case.spoken.values())]
    if bare:
        share = f"{len(bare)} of {len(dues.space.cases)} cases tried"
        message = f"nothing is promised to some tickets ({share})"
        yield dues.finding("uncovered-ticket", "warning", "tables", message, bare[0])


def promises_undercut(dues: Dues) -> Iterator[Finding]:
    """Tables that promise a metric later than another does, wherever both do.

    Where the later table speaks for more tickets than the other, that is how tiers are made: a
    slower promise to everyone, a quicker one to some. Where it speaks for fewer, it is odd.
    """
    breadth = Counter(
        table
        for case in dues.space.cases
        for table in {found.table for spoken in case.spoken.values() for found in spoken}
    )
    for metric in dues.policy.metrics:
        for one, other in combinations(dues.policy.tables, 2):
            later: list[_Shows] = []
            earlier: list[_Shows] = []
            for case, mine, its in _both(dues, metric, one, other):
                how = dues.compared((metric, (mine,)), (metric, (its,)), case.moments.instants)
                if how.later is not None:
                    later.append(_Shows(case, mine, its, needed(how.later, how, case)))
                if how.earlier is not None:
                    earlier.append(_Shows(case, its, mine, needed(how.earlier, how, case)))
            if bool(later) != bool(earlier):
                shows = (later or earlier)[0]
                if not dues.space.is_exhaustive and not _wherever(dues, metric, shows):
                    continue
                by_design = breadth[shows.slow.table] > breadth[shows.quick.table]
                yield _undercut(dues, metric, shows, "notice" if by_design else "warning")
    yield from _never_strictest(dues)


def _both(
    dues: Dues, metric: str, one: str, other: str
) -> list[tuple[Case, MatchedRow, MatchedRow]]:
    """The different pairs of rows with which two tables promise a metric together."""
    pairs: dict[tuple[int, int, frozenset[Any]], tuple[Case, MatchedRow, MatchedRow]] = {}
    for case in dues.space.cases:
        speaking = {found.table: found for found in case.spoken[metric] if found.target.within}
        if one in speaking and other in speaking:
            mine, its = speaking[one], speaking[other]
            pairs.setdefault((mine.place, its.place, case.moments.words), (case, mine, its))
    return list(pairs.values())


def _wherever(dues: Dues, metric: str, shows: _Shows) -> bool:
    """Whether no rows of two tables that could meet show the slow one to be the quicker."""
    slow, quick = (
        [found for found in dues.matcher.rows(metric, table) if found.target.within]
        for table in (shows.slow.table, shows.quick.table)
    )
    return all(
        dues.space.exclude(one.row, other.row)
        or dues.compared((metric, (one,)), (metric, (other,)), dues.space.instants).earlier is None
        for one in slow
        for other in quick
    )


def _undercut(dues: Dues, metric: str, shows: _Shows, severity: Severity) -> Finding:
    case, slow, quick, at = shows
    message = (
        f"{slow.table} promises {metric} later than {quick.table} wherever both do, so "
        f"{quick.table} holds: {slow.target.within} in {slow.table}[{slow.place}], "
        f"{quick.target.within} in {quick.table}[{quick.place}]"
    )
    path = f"tables.{slow.table}[{slow.place}].targets.{metric}"
    return dues.finding("undercut", severity, path, message, case, at=at)


def _never_strictest(dues: Dues) -> Iterator[Finding]:
    """Targets that for every ticket come after those of other tables."""
    holds: dict[tuple[str, str, int], bool] = {}
    shows: dict[tuple[str, str, int], tuple[Case, MatchedRow, int | None]] = {}
    for case in dues.space.cases:
        for metric, spoken in case.spoken.items():
            figures = [found for found in spoken if found.target.within]
            for found in figures:
                key = (metric, found.table, found.place)
                if holds.get(key):
                    continue
                others = tuple(one for one in figures if one is not found)
                how = dues.compared((metric, (found,)), (metric, others), case.moments.instants)
                holds[key] = how.later is None or how.earlier is not None
                shows[key] = (case, found, needed(how.later, how, case))
    for (metric, table, index), held in holds.items():
        case, found, at = shows[metric, table, index]
        if not held and (dues.space.is_exhaustive or _dominated(dues, metric, found, case)):
            path = f"tables.{table}[{index}].targets.{metric}"
            message = f"{found.target.within} is never the strictest promise of {metric}"
            yield dues.finding("never-strictest", "warning", path, message, case, at=at)


def _dominated(dues: Dues, metric: str, found: MatchedRow, case: Case) -> bool:
    """Whether another table surely promises a metric no later, whichever ticket it is."""
    for table in dues.policy.tables:
        rivals = dues.space.rivals(found, metric, table) if table != found.table else None
        if rivals and all(
            rival.target.within
            and dues.compared((metric, (found,)), (metric, (rival,)), case.moments.instants).earlier
            is None
            for rival in rivals
        ):
            return True
    return False
