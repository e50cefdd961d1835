"""The worst breaches of a table that was judged, and how one of them comes about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._bulk.event_logs import TICKET, read_log
from slacalc._bulk.replay import Values
from slacalc._clock.clock import replay as replay_one
from slacalc._clock.events import CREATED
from slacalc._columns.frames import Frame, take, to_list
from slacalc._columns.input import read_lengths
from slacalc._columns.kernel import MISSING
from slacalc._report.answers import CODE, Answers
from slacalc._report.pairs import words_of
from slacalc._time.instants import to_utc
from slacalc.errors import SlacalcError

if TYPE_CHECKING:
    from slacalc._report.page_data import PageData

_PAST_DUE = ("late", "breached")


class Breach(NamedTuple):
    """A ticket that was past its due.

    Args:
        ticket: What it is called.
        metric: Of which promise.
        cycle: Which of its cycles; None for a table of tickets.
        values: The values by which tickets are grouped.
        state: ``"late"`` or ``"breached"``.
        created: When it came in.
        due: When it was due; None where that is not shown.
        elapsed, over: The time that it took, and by how much that is too long, in microseconds.
        place: The row of its ticket.
    """

    ticket: Any
    metric: str
    cycle: int | None
    values: tuple[Any, ...]
    state: str
    created: int
    due: int | None
    elapsed: int
    over: int
    place: int


class _Past(NamedTuple):
    """A row that is past its due, for sorting.

    Args:
        remaining: The time that is left, which is negative.
        row: The row of the answer.
        metric: Its metric.
        state: The place of its state.
    """

    remaining: int
    row: int
    metric: str
    state: int


def worst(judged: PageData) -> list[Breach]:
    """The worst breaches: those that are past due by most of their own time."""
    answers = Answers(judged.answer.native, judged.metrics)
    found: list[_Past] = []
    for part in answers.parts():
        wanted = np.isin(part.state, [CODE[one] for one in _PAST_DUE])
        if part.metrics is not None:
            wanted &= part.metrics.codes >= 0
        rows = np.flatnonzero(wanted)
        left = read_lengths(judged.answer.column(answers.named(part, "remaining")), "remaining")
        remaining = np.asarray(left.values)[rows]
        rows, remaining = rows[remaining < 0], remaining[remaining < 0]
        told = remaining != MISSING
        rows, remaining = rows[told], remaining[told]
        worst = np.lexsort((rows, remaining))[: judged.options.worst]
        for place in worst.tolist():
            row = int(rows[place])
            metric = part.metric or answers.metrics[int(part.metrics.codes[row])]  # type: ignore[union-attr]
            found.append(_Past(int(remaining[place]), row, metric, int(part.state[row])))
    found.sort()
    return [_breach(judged, answers, one) for one in found[: judged.options.worst]]


def _breach(judged: PageData, answers: Answers, past: _Past) -> Breach:
    """One of them, from its row."""
    prefix = "" if answers.is_long else f"{past.metric}_"
    here, sheet = np.array([past.row]), judged.answer

    def instant(name: str) -> int:
        return _instant(judged, sheet, name, past.row)

    (elapsed,) = np.asarray(
        read_lengths(take(sheet.column(f"{prefix}elapsed"), here), "elapsed").values
    )
    cycle = to_list(sheet.column("cycle"), here)[0] if answers.is_long else None
    place = int(judged.whose[past.row])
    return Breach(
        ticket=to_list(judged.base.column(TICKET), np.array([place]))[0],
        metric=past.metric,
        cycle=None if cycle is None else int(cycle),
        values=tuple(to_list(sheet.column(name), here)[0] for name in judged.by),
        state=next(word for word, code in CODE.items() if code == past.state),
        created=instant(CREATED),
        due=None if (due := instant(f"{prefix}due")) == MISSING else due,
        elapsed=int(elapsed),
        over=-past.remaining,
        place=place,
    )


def _instant(judged: PageData, sheet: Frame, word: str, row: int) -> int:
    """An instant of a row; `MISSING` where there is none."""
    name = sheet.name(word)
    one = Frame({name: take(sheet.column(word), np.array([row]))})
    values, _ = one.instants(name, judged.options.naive or "UTC", judged.zone)
    return int(np.asarray(values)[0])


def explained(judged: PageData, breaches: list[Breach], language: str) -> tuple[Breach, str] | None:
    """The first of some breaches that can be explained, and the explanation."""
    for breach in breaches:
        try:
            text = (
                _of_log(judged, breach, language)
                if judged.kind == "events"
                else _of_ticket(judged, breach, language)
            )
        except SlacalcError:
            continue
        return breach, text
    return None


def _of_ticket(judged: PageData, breach: Breach, language: str) -> str:
    """Why a ticket of a table was due when it was."""
    row = np.array([breach.place])
    names = sorted(name for name in words_of(judged.policy) if name in judged.given)
    ticket, since = {}, dict[str, Any]()
    version = judged.policy.version_in_force(breach.created)
    for name in names:
        if name in version.attributes:
            (ticket[name],) = to_list(judged.given.column(name), row)
        elif name != CREATED and name in version.start_events:
            at = _instant(judged, judged.given, name, breach.place)
            if at != MISSING:
                since[name] = to_utc(at)
    deadlines = judged.policy.deadlines(ticket, to_utc(breach.created), since)
    return str(deadlines[breach.metric].explain(language=language))


def _of_log(judged: PageData, breach: Breach, language: str) -> str:
    """Where the time of a ticket of a log went."""
    reading = judged.options.reading
    named = {word: name for word, name in (reading.columns or {}).items() if name is not None}
    log = read_log(Frame(judged.log, named), reading.naive, judged.zone, lambda _: True)
    clock = replay_one(judged.policy, {}, Values(log).events(breach.place))
    at = clock.last_event_at if judged.as_of is None else to_utc(judged.as_of)
    cycle = clock.status(at).cycles(breach.metric)[(breach.cycle or 1) - 1]
    until = cycle.stopped_at or at
    return str(clock.ledger(breach.metric, until, language=language))
