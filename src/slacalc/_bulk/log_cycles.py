"""A log as letters, the walk of all its tickets through an automaton, and the facts that remain.

Rows become *words*, what an event says; those of one ticket and instant a *letter*; letters lead a
ticket from state to state, and the steps bear moves (`_fold`). Sorted by ticket and time, the moves
are the lives of all cycles end to end, and each fact is a cut of that one array.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from slacalc._bulk.automaton import Automaton, Op
from slacalc._bulk.evaluation import PHASES, CycleArrays, is_last_of_owner
from slacalc._bulk.event_logs import first_met
from slacalc._calendar.compilation import zone_of
from slacalc._clock.cycles import Phase
from slacalc._clock.events import CREATED
from slacalc._columns.arithmetic import Arrays
from slacalc._columns.kernel import MISSING
from slacalc._columns.zones import readings
from slacalc._policy.tickets import receipt_words
from slacalc._time.instants import DAY, EARLIEST, LATEST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from slacalc._bulk.event_logs import Log
    from slacalc._columns.arithmetic import Integers

_SHORT = 4  # events of one instant; longer batches are read one by one
_WIDEST = 1 << 22  # codes that are told apart by a table, and not by sorting
_NOT_STARTED, _RUNNING, _PAUSED = (
    PHASES.index(one) for one in (Phase.NOT_STARTED, Phase.RUNNING, Phase.PAUSED)
)
_OVER = 2
# As NumPy compares a column of small integers without widening it first.
_NEW, _BEGIN, _REST, _END, _WAKE, _STINT, _ANEW, _TELL, _WAIT = (np.int8(one) for one in Op)


class Openings(NamedTuple):
    """How the tickets of a log were opened.

    Args:
        at: When.
        row: The row of the event that created each; -1 where there is none.
        as_of: The instant of the question.
        ticket: The ticket of each row.
        sound: Those whose rows can all be read, and that are open at the instant of the question.
    """

    at: Integers
    row: Integers
    as_of: Integers
    ticket: Integers
    sound: NDArray[np.bool_]

    @classmethod
    def of(cls, log: Log, as_of: int | None) -> Openings:
        """Those of a log, asked about as of an instant, or of each ticket's last event."""
        first, last = log.begins[:-1], log.begins[1:] - 1
        ticket = np.repeat(np.arange(len(first)), np.diff(log.begins))
        bad = (log.at < EARLIEST) | (log.at >= LATEST) | (log.type.rows < 0)
        sound = np.ones(len(first), np.bool_)
        sound[ticket[bad]] = False
        row = np.full(len(first), -1, np.int64)
        if CREATED in log.type.values:
            created = np.flatnonzero(log.type.rows == log.type.values.index(CREATED))[::-1]
            row[ticket[created]] = created
        at = log.at[first]
        sound &= (row < 0) | (log.at[row] == at)  # nothing may come before it was created
        asked = log.at[last] if as_of is None else np.full(len(first), as_of, np.int64)
        sound &= asked >= at
        return cls(at, row, asked, ticket, sound)

    def moving(self, log: Log, names: Iterable[str]) -> frozenset[str]:
        """Those of some fields that others than the creations of tickets bear."""
        created = self.row[self.row >= 0]
        fields = {name: log.fields[name].rows >= 0 for name in names if name in log.fields}
        return frozenset(
            name
            for name, bears in fields.items()
            if np.count_nonzero(bears) > np.count_nonzero(bears[created])
        )


def folded(
    automaton: Automaton, log: Log, openings: Openings, tickets: Integers
) -> tuple[list[CycleArrays], NDArray[np.bool_]]:
    """The facts of each metric, and which of the tickets are odd; their facts are worth nothing."""
    with automaton.lock:
        automaton.expect(len(log.at))
        words = _words(automaton, log)
        begins, letters = _letters(automaton, openings.ticket, log.at, words)
        firsts = np.searchsorted(begins, log.begins)
        first, counts = firsts[:-1][tickets], np.diff(firsts)[tickets]
        letters[first] = _opening_letters(automaton, openings, tickets, words, letters[first])
        steps, odd = _walked(automaton, letters, first, counts)
    local = np.full(len(openings.at), -1, np.int64)
    local[tickets] = np.arange(len(tickets))
    batches = np.flatnonzero(steps >= 0)
    owner = local[openings.ticket[begins[batches]]]
    at = log.at[begins[batches]]
    known = at <= openings.as_of[tickets][owner]
    batches, owner, at = batches[known], owner[known], at[known]
    steps = steps[batches]
    last = np.append(owner[1:] != owner[:-1], True) if len(owner) else np.zeros(0, np.bool_)
    covered = np.ones(len(tickets), np.bool_)
    covered[owner[last]] = np.array(automaton.covered)[np.array(automaton.after)[steps[last]]]
    frame = _Frame(tickets, openings.as_of[tickets], covered, owner, at, steps)
    return [_facts(automaton, gear.place, frame) for gear in automaton.machine.gears.all], odd


# Words and letters --------------------------------------------------------------------------------


def _words(automaton: Automaton, log: Log) -> Integers:
    """What each row says, as the automaton numbers it."""
    asked = automaton.machine.gears.asked
    fields = {
        name: codes.rows
        for name, codes in log.fields.items()
        if name in asked or name not in _UNASKED
    }
    if "reason" in log.fields and "reason" not in asked:
        rests = np.array([one in automaton.resting for one in log.type.values], np.bool_)
        fields["reason"] = np.where(rests[log.type.rows], log.fields["reason"].rows, -1)
    code, width = log.type.rows + 1, len(log.type.values) + 1
    for name, rows in fields.items():
        size = len(log.fields[name].values) + 1
        if width * size > 1 << 40:
            code, firsts = _told_apart(code, width)
            width = len(firsts)
        code = code * size + (rows + 1)
        width *= size
    places, firsts = _told_apart(code, width)
    known = np.empty(len(firsts), np.int64)
    for place, row in enumerate(firsts.tolist()):
        kind = int(log.type.rows[row])
        said = [(name, int(rows[row])) for name, rows in fields.items()]
        told = tuple((name, log.fields[name].values[code]) for name, code in said if code >= 0)
        known[place] = automaton.word(log.type.values[kind] if kind >= 0 else None, told)
    return known[places]


_UNASKED = frozenset({"metric", "due", "limit", "author", "reason"})


def _told_apart(code: Integers, width: int) -> tuple[Integers, Integers]:
    """Codes numbered anew without gaps, and a row for each of them."""
    if width <= max(_WIDEST, 2 * len(code)):
        return first_met(code)
    _, firsts, places = np.unique(code, return_index=True, return_inverse=True)
    return places.astype(np.int64), firsts.astype(np.int64)


def _letters(
    automaton: Automaton, ticket: Integers, at: Integers, words: Integers
) -> tuple[Integers, Integers]:
    """The first row of each batch, and its letter."""
    new = np.ones(len(at), np.bool_)
    new[1:] = (at[1:] != at[:-1]) | (ticket[1:] != ticket[:-1])
    begins = np.flatnonzero(new)
    sizes = np.diff(np.append(begins, len(at)))
    code, shift = words[begins], int(words.max()) + 2
    for place in range(1, min(int(sizes.max()), _SHORT)):
        some = np.flatnonzero(sizes > place)
        # Those of one event more come to at least the shift, which all others are below.
        code[some] = (code[some] + 1) * shift + words[begins[some] + place] + 1
        code, firsts = _told_apart(code, int(code.max()) + 1)
        shift = max(shift, len(firsts) + 1)
    places, firsts = _told_apart(code, int(code.max()) + 1)
    letters = np.array([_letter(automaton, words, begins, sizes, one) for one in firsts.tolist()])
    letters = letters[places]
    for one in np.flatnonzero(sizes > _SHORT).tolist():
        letters[one] = _letter(automaton, words, begins, sizes, one)
    return begins, letters


def _letter(
    automaton: Automaton, words: Integers, begins: Integers, sizes: Integers, batch: int
) -> int:
    """The letter of one batch."""
    begin = int(begins[batch])
    return automaton.letter(tuple(words[begin : begin + int(sizes[batch])].tolist()))


def _opening_letters(
    automaton: Automaton,
    openings: Openings,
    tickets: Integers,
    words: Integers,
    letters: Integers,
) -> Integers:
    """The letters of first batches, with the receipt and what the creation says."""
    rows = openings.row[tickets]
    created = np.where(rows >= 0, words[rows], -1) + 1
    received = _receipts(automaton, openings.at[tickets])
    most = int(created.max(initial=0)) + 1, int(letters.max(initial=0)) + 1
    code = (received * most[0] + created) * most[1] + letters
    places, firsts = _told_apart(code, int(code.max(initial=0)) + 1)
    known = np.empty(len(firsts), np.int64)
    for place, one in enumerate(firsts.tolist()):
        batch = automaton.batch(int(letters[one]))
        opened = (-1, int(received[one]), int(created[one]) - 1, *batch)
        known[place] = automaton.letter(opened)
    return known[places]


def _receipts(automaton: Automaton, at: Integers) -> Integers:
    """What the policy's calendars say of instants of receipt, as the automaton numbers it."""
    matcher = automaton.machine.matcher
    kinds = np.zeros(len(at), np.int64)
    for on in matcher.receipt_calendars:
        calendar = matcher.calendar(on)
        opened = Arrays(calendar.timeline).is_open(at)
        code = (readings(zone_of(calendar), at) // DAY - EARLIEST // DAY + 2) * 2 + opened
        places, firsts = first_met(code)
        told: dict[frozenset[str], int] = {}
        for one in firsts.tolist():
            told.setdefault(receipt_words(calendar, int(at[one])), len(told))
        of_code = [told[receipt_words(calendar, int(at[one]))] for one in firsts.tolist()]
        kinds = kinds * (len(told) + 1) + np.array(of_code, np.int64)[places]
    places, firsts = first_met(kinds)
    known = np.empty(len(firsts), np.int64)
    for place, one in enumerate(firsts.tolist()):
        instant = int(at[one])
        key = tuple(
            receipt_words(matcher.calendar(on), instant) for on in matcher.receipt_calendars
        )
        known[place] = automaton.receipt(key, instant)
    return known[places]


# The walk -----------------------------------------------------------------------------------------


def _walked(
    automaton: Automaton, letters: Integers, first: Integers, counts: Integers
) -> tuple[Integers, NDArray[np.bool_]]:
    """The step that each batch is, -1 for those of other tickets; and which tickets are odd."""
    steps = np.full(len(letters), -1, np.int64)
    automaton.reach()
    order = np.argsort(-counts, kind="stable")
    place, states = first[order], np.full(len(order), Automaton.UNBORN, np.int64)
    longer = np.searchsorted(-counts[order], -np.arange(int(counts.max(initial=0))), "left")
    after = np.array(automaton.after)
    for passed, many in enumerate(longer.tolist()):
        now = place[:many] + passed
        read, at = letters[now], states[:many]
        step = automaton.steps[at, read]
        unknown = np.flatnonzero(step < 0)
        if len(unknown):
            width = int(read.max()) + 1
            for code in np.unique(at[unknown] * width + read[unknown]).tolist():
                automaton.learn(*divmod(code, width))
            step = automaton.steps[at, read]
            after = np.array(automaton.after)
        steps[now] = step
        states[:many] = after[step]
    odd = np.empty(len(order), np.bool_)
    odd[order] = states == Automaton.ODD
    return steps, odd


# Facts --------------------------------------------------------------------------------------------


class _Frame(NamedTuple):
    """What all metrics share: tickets, and their batches with the owner among them."""

    tickets: Integers
    as_of: Integers
    covered: NDArray[np.bool_]
    owner: Integers
    at: Integers
    steps: Integers


def _facts(automaton: Automaton, metric: int, frame: _Frame) -> CycleArrays:
    """The facts of a metric."""
    moves = [of_all[metric] for of_all in automaton.moves]
    sizes = np.array([len(one) for one in moves], np.int64)
    offsets = np.cumsum(sizes) - sizes
    flat = np.array([one for some in moves for one in some], np.int64).reshape(-1, 2)
    moved = np.flatnonzero((sizes > 0).take(frame.steps))
    steps, at, owner = frame.steps[moved], frame.at[moved], frame.owner[moved]
    many, place = sizes.take(steps), offsets.take(steps)
    if len(many) and int(many.max()) > 1:
        place = np.repeat(place - (np.cumsum(many) - many), many) + np.arange(int(many.sum()))
        at, owner = np.repeat(at, many), np.repeat(owner, many)
    op, argument = flat[:, 0].astype(np.int8).take(place), flat[:, 1].copy().take(place)

    is_new = op == _NEW
    of, cycle = np.arange(len(frame.tickets)), owner
    number = np.zeros(len(of), np.int64)
    if is_new.any():
        news = np.bincount(owner[is_new], minlength=len(of))
        firsts = of + np.cumsum(news) - news
        of, cycle = np.repeat(of, news + 1), owner + np.cumsum(is_new)
        number = np.arange(len(of)) - np.repeat(firsts, news + 1)

    count = len(of)
    start, end = np.full(count, MISSING), np.full(count, MISSING)
    begins = op == _BEGIN
    start[cycle[begins]] = at[begins]
    phase = np.full(count, _NOT_STARTED)
    keeps = automaton.machine.gears.all[metric].on_reopen == "count_all"
    rests, is_resting = _rests(op, argument, at, cycle, count, keeps=keeps)
    fates = np.flatnonzero(begins | (op == _END) | (op == _WAKE) | (op == _WAIT))
    fates = fates[is_last_of_owner(cycle[fates])]
    ended = op[fates] == _END
    end[cycle[fates[ended]]] = at[fates[ended]]
    live = np.where(is_resting[cycle[fates]], _PAUSED, _RUNNING)
    fate = np.where(ended, argument[fates], live)
    phase[cycle[fates]] = np.where(op[fates] == _WAIT, _NOT_STARTED, fate)
    return CycleArrays(
        frame.tickets[of],
        number + 1,
        frame.covered[of],
        frame.as_of[of],
        phase,
        start,
        end,
        *_stints(op, argument, at, cycle),
        *rests,
    )


def _rests(
    op: NDArray[np.int8],
    argument: Integers,
    at: Integers,
    cycle: Integers,
    count: int,
    *,
    keeps: bool,
) -> tuple[tuple[Integers, Integers, Integers], NDArray[np.bool_]]:
    """The rests, and which cycles would rest now; *keeps* where an end may be forgotten."""
    tells = (op == _BEGIN) | (op == _REST) | (op == _WAKE)
    if not keeps:
        tells |= op == _END
    found = np.flatnonzero(tells)
    told, owner, when = op[found], cycle[found], at[found]
    level = np.where(told == _END, _OVER, np.where(told == _BEGIN, 0, argument[found]))
    joined = owner[1:] == owner[:-1]  # to the one after it
    again = joined & (when[1:] == when[:-1])
    if again.any():  # of what is told at one instant the last counts
        kept = np.append(~again, True)
        level, owner, when = level[kept], owner[kept], when[kept]
        joined = owner[1:] == owner[:-1]
    last = np.append(~joined, np.ones(len(owner[:1]), np.bool_))
    rests = (level == 1) | ((level == _OVER) & ~last)
    is_resting = np.zeros(count, np.bool_)
    is_resting[owner[last & (level == 1)]] = True
    goes_on = rests[1:] & rests[:-1] & joined
    begins, ends = rests.copy(), rests
    begins[1:] &= ~goes_on
    ends[:-1] &= ~goes_on
    opening, closing = np.flatnonzero(begins), np.flatnonzero(ends)
    following = np.minimum(closing + 1, max(len(when) - 1, 0))
    end = np.where(last[closing], MISSING, when[following])
    return (owner[opening], when[opening], end), is_resting


def _stints(
    op: NDArray[np.int8], argument: Integers, at: Integers, cycle: Integers
) -> tuple[Integers, Integers, Integers, Integers]:
    """The stints: of which cycle, since when, counted from when, and by which rows."""
    begins = op == _BEGIN
    is_stint = begins | (op == _STINT) | (op == _ANEW)
    place = np.cumsum(is_stint) - 1
    stints = np.flatnonzero(is_stint)
    since, found = at[stints], argument[stints]
    told = np.flatnonzero(op == _TELL)
    told = told[is_last_of_owner(place[told])]
    found[place[told]] = argument[told]
    anew = np.where(op[stints] == _STINT, 0, np.arange(len(stints)))
    counted_from = since[np.maximum.accumulate(anew)] if len(stints) else since
    return cycle[stints], since, counted_from, found
