"""Encode an event log, run its tickets through the automaton, and build arrays of their cycles.

1. Each row gets an *event code*: its type and fields without the instant (`_event_codes`). The
   events of one ticket and instant are a *batch* and get a *step code* (`_step_codes`).
2. All tickets take their first step, then all that have another one the second, and so on
   (`_run_all`). A million events are a million look-ups in the automaton's table.
3. The moves of all steps, sorted by ticket and instant, contain the whole life of all cycles. Each
   array of `CycleArrays` is a selection of these moves (`_cycles_of`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from slacalc._bulk.automaton import Automaton
from slacalc._bulk.evaluation import PHASES, CycleArrays, is_last_of_owner
from slacalc._bulk.event_logs import first_met
from slacalc._bulk.groups import cut_off_codes
from slacalc._calendar.compilation import zone_of
from slacalc._clock.cycles import Move, Phase
from slacalc._clock.events import CREATED
from slacalc._columns.arithmetic import Arrays
from slacalc._columns.kernel import MISSING
from slacalc._columns.zones import readings
from slacalc._time.instants import DAY, EARLIEST, LATEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from slacalc._bulk.event_logs import Log
    from slacalc._columns.arithmetic import Integers

    ValuesAlike = Mapping[str, Integers | None]

_SHORT = 4  # events of one batch; longer batches are encoded one by one
_WIDEST = 1 << 22  # codes that are numbered by a table, not by sorting
_MAX_CODES = 1 << 40  # combined codes are numbered anew before they overflow 64 bits
_UNUSED = frozenset({"metric", "due", "limit", "author", "reason"})  # unless conditions use them
# Scalars of the columns' own type, so that NumPy compares without widening a column first.
_NEW_CYCLE, _BEGIN = np.int8(Move.NEW_CYCLE), np.int8(Move.BEGIN)
_RETARGET, _RETARGET_ANEW = np.int8(Move.RETARGET), np.int8(Move.RETARGET_ANEW)
_RENAME = np.int8(Move.RENAME)


def _by_move(values: Mapping[Move, int]) -> NDArray[np.int8]:
    """A table to look up a value by move; -1 for other moves."""
    return np.array([values.get(move, -1) for move in Move], np.int8)


_NOT_STARTED, _RUNNING, _PAUSED = (
    PHASES.index(phase) for phase in (Phase.NOT_STARTED, Phase.RUNNING, Phase.PAUSED)
)
_PHASE_AFTER = _by_move(
    {
        Move.BEGIN: _RUNNING,
        Move.STOP: PHASES.index(Phase.STOPPED),
        Move.CANCEL: PHASES.index(Phase.CANCELLED),
        Move.END_OWED: PHASES.index(Phase.NOT_OWED),
        Move.REOPEN: _RUNNING,
        Move.AWAIT: _NOT_STARTED,
    }
)
_RUNS, _PAUSES, _ENDED = 0, 1, 2
_PAUSES_AFTER = _by_move(
    {Move.BEGIN: _RUNS, Move.PAUSE: _PAUSES, Move.RESUME: _RUNS, Move.REOPEN: _RUNS}
)
# The time from an end to a reopening is a pause, except with `count_all`, which counts it.
_PAUSES_AFTER_OR_ENDED = _PAUSES_AFTER.copy()
_PAUSES_AFTER_OR_ENDED[[Move.STOP, Move.CANCEL, Move.END_OWED]] = _ENDED


class Openings(NamedTuple):
    """How the tickets of a log were opened.

    Args:
        at: By ticket, the instant of its first event, at which it was opened.
        row: By ticket, the row of its ``created`` event; -1 if there is none.
        as_of: By ticket, the instant at which it is evaluated.
        ticket: By row, the ticket.
        readable: By ticket, whether all of its rows can be read, and the first one is the
            ``created`` one.
    """

    at: Integers
    row: Integers
    as_of: Integers
    ticket: Integers
    readable: NDArray[np.bool_]

    @classmethod
    def of(cls, log: Log, as_of: int | None) -> Openings:
        """The openings of a log.

        Args:
            log: The log.
            as_of: The instant at which it is evaluated. Default: for each ticket, its last event.
        """
        first, last = log.begins[:-1], log.begins[1:] - 1
        ticket = np.repeat(np.arange(len(first)), np.diff(log.begins))
        bad = (log.at < EARLIEST) | (log.at >= LATEST) | (log.type.rows < 0)
        readable = np.ones(len(first), np.bool_)
        readable[ticket[bad]] = False
        row = np.full(len(first), -1, np.int64)
        if CREATED in log.type.values:
            # From the last to the first, so that of several ones of a ticket the first is kept.
            created = np.flatnonzero(log.type.rows == log.type.values.index(CREATED))[::-1]
            row[ticket[created]] = created
        at = log.at[first]
        readable &= (row < 0) | (log.at[row] == at)  # nothing may happen before the creation
        instants = log.at[last] if as_of is None else np.full(len(first), as_of, np.int64)
        return cls(at, row, instants, ticket, readable)

    def changing(self, log: Log, names: Iterable[str]) -> frozenset[str]:
        """The fields, of those named, that other events than the creations of tickets set."""
        created = self.row[self.row >= 0]
        fields = {name: log.fields[name].rows >= 0 for name in names if name in log.fields}
        return frozenset(
            name
            for name, has_value in fields.items()
            if np.count_nonzero(has_value) > np.count_nonzero(has_value[created])
        )


def cycles_of_log(
    automaton: Automaton,
    alike: ValuesAlike,
    log: Log,
    openings: Openings,
    tickets: Integers,
) -> tuple[list[CycleArrays], NDArray[np.bool_]]:
    """Build the cycles of a log.

    Args:
        automaton: The automaton of the policy.
        alike: Which values of its fields are alike to the policy.
        log: The log.
        openings: How its tickets were opened.
        tickets: The tickets to look at; they must be readable.

    Returns:
        The cycles of each metric; and whether each ticket is irregular, so that its cycles are
        void.
    """
    with automaton.lock:
        events = _event_codes(automaton, alike, log)
        begins, codes = _step_codes(automaton, openings.ticket, log.at, events)
        firsts = np.searchsorted(begins, log.begins)
        first, counts = firsts[:-1][tickets], np.diff(firsts)[tickets]
        codes[first] = _opening_codes(automaton, openings, tickets, events, codes[first])
        steps, irregular = _run_all(automaton, codes, first, counts)
    place = np.full(len(openings.at), -1, np.int64)
    place[tickets] = np.arange(len(tickets))
    batches = np.flatnonzero(steps >= 0)
    owner = place[openings.ticket[begins[batches]]]
    at = log.at[begins[batches]]
    happened = at <= openings.as_of[tickets][owner]
    batches, owner, at = batches[happened], owner[happened], at[happened]
    steps = steps[batches]
    covered = np.ones(len(tickets), np.bool_)
    last = is_last_of_owner(owner)
    covered[owner[last]] = np.array(automaton.covered)[automaton.next_state[steps[last]]]
    history = _History(tickets, openings.as_of[tickets], covered, owner, at, steps)
    count = len(automaton.machine.compiled.metrics)
    return [_cycles_of(automaton, metric, history) for metric in range(count)], irregular


# Codes -------------------------------------------------------------------------------------------


def values_alike(automaton: Automaton, log: Log) -> ValuesAlike:
    """By field that counts, what `Automaton.without_differences` says of its values."""
    used, declared = automaton.machine.compiled.used_fields, automaton.machine.declared
    if declared is not None:
        used = used | {name for name in log.fields if declared.concerns(name)}
    return {
        name: automaton.without_differences(name, column.values)
        for name, column in log.fields.items()
        if name in used or name not in _UNUSED
    }


def _event_codes(automaton: Automaton, alike: ValuesAlike, log: Log) -> Integers:
    """By row, the code of its event."""
    fields = {
        name: log.fields[name].rows if firsts is None else firsts[log.fields[name].rows]
        for name, firsts in alike.items()
    }
    if "reason" in log.fields and "reason" not in alike:
        # The reason matters for pauses; of other events it is text that nobody reads.
        pausing_events = automaton.pausing_events
        pausing = np.array(
            [isinstance(type_, str) and type_ in pausing_events for type_ in log.type.values],
            np.bool_,
        )
        fields["reason"] = np.where(pausing[log.type.rows], log.fields["reason"].rows, -1)
    code, width = log.type.rows + 1, len(log.type.values) + 1
    for name, rows in fields.items():
        size = len(log.fields[name].values) + 1
        if width * size > _MAX_CODES:
            code, firsts = _renumbered(code, width)
            width = len(firsts)
        code = code * size + (rows + 1)
        width *= size
    codes, firsts = _renumbered(code, width)
    known = np.empty(len(firsts), np.int64)
    for place, row in enumerate(firsts.tolist()):
        type_ = int(log.type.rows[row])
        values = [(name, log.fields[name].values, int(rows[row])) for name, rows in fields.items()]
        known[place] = automaton.event_code(
            log.type.values[type_] if type_ >= 0 else None,
            tuple((name, of_column[value]) for name, of_column, value in values if value >= 0),
        )
    return known[codes]


def _renumbered(code: Integers, width: int) -> tuple[Integers, Integers]:
    """Codes below *width* numbered without gaps, and for each of them a row that has it."""
    if width <= max(_WIDEST, 2 * len(code)):
        return first_met(code)
    _, firsts, codes = np.unique(code, return_index=True, return_inverse=True)
    return codes.astype(np.int64), firsts.astype(np.int64)


def _step_codes(
    automaton: Automaton, ticket: Integers, at: Integers, events: Integers
) -> tuple[Integers, Integers]:
    """The first row of each batch, and its step code."""
    new = np.ones(len(at), np.bool_)
    new[1:] = (at[1:] != at[:-1]) | (ticket[1:] != ticket[:-1])
    begins = np.flatnonzero(new)
    sizes = np.diff(np.append(begins, len(at)))
    code, shift = events[begins], int(events.max()) + 2
    for place in range(1, min(int(sizes.max()), _SHORT)):
        longer = np.flatnonzero(sizes > place)
        # Codes of batches with another event come to at least the shift, and all others are below.
        code[longer] = (code[longer] + 1) * shift + events[begins[longer] + place] + 1
        code, firsts = _renumbered(code, int(code.max()) + 1)
        shift = max(shift, len(firsts) + 1)

    def step_code(batch: int) -> int:
        begin = int(begins[batch])
        return automaton.step_code(tuple(events[begin : begin + int(sizes[batch])].tolist()))

    numbers, firsts = _renumbered(code, int(code.max()) + 1)
    codes = np.array([step_code(batch) for batch in firsts.tolist()])[numbers]
    for batch in np.flatnonzero(sizes > _SHORT).tolist():
        codes[batch] = step_code(batch)
    return begins, codes


def _opening_codes(
    automaton: Automaton,
    openings: Openings,
    tickets: Integers,
    events: Integers,
    codes: Integers,
) -> Integers:
    """The step codes of first batches, with the receipt and the event of the creation."""
    rows = openings.row[tickets]
    created = np.where(rows >= 0, events[rows], -1) + 1
    receipts = _receipt_codes(automaton, openings.at[tickets])
    sizes = int(created.max(initial=0)) + 1, int(codes.max(initial=0)) + 1
    code = (receipts * sizes[0] + created) * sizes[1] + codes
    numbers, firsts = _renumbered(code, int(code.max(initial=0)) + 1)
    known = np.empty(len(firsts), np.int64)
    for place, ticket in enumerate(firsts.tolist()):
        opening = -1, int(receipts[ticket]), int(created[ticket]) - 1
        known[place] = automaton.step_code((*opening, *automaton.batch(int(codes[ticket]))))
    return known[numbers]


def _receipt_codes(automaton: Automaton, at: Integers) -> Integers:
    """The codes of receipts at instants: what the policy's conditions on the receipt depend on."""
    matcher = automaton.machine.matcher
    kinds = np.zeros(len(at), np.int64)
    for on in matcher.receipt_calendars:
        calendar = matcher.calendar(on)
        is_open = Arrays(calendar.timeline).is_open(at)
        code = (readings(zone_of(calendar), at) // DAY - EARLIEST // DAY + 2) * 2 + is_open
        cut_offs, count = cut_off_codes(matcher.cut_offs, calendar, at)
        code = code * count + cut_offs
        numbers, firsts = first_met(code)
        known: dict[frozenset[str], int] = {}
        words = [matcher.receipt(int(at[row])).words(on) for row in firsts.tolist()]
        of_code = [known.setdefault(word, len(known)) for word in words]
        kinds = kinds * (len(known) + 1) + np.array(of_code, np.int64)[numbers]
    numbers, firsts = first_met(kinds)
    codes = np.empty(len(firsts), np.int64)
    for place, row in enumerate(firsts.tolist()):
        instant = int(at[row])
        receipt = matcher.receipt(instant)
        key = tuple(receipt.words(on) for on in matcher.receipt_calendars)
        codes[place] = automaton.receipt_code(key, instant)
    return codes[numbers]


# Steps -------------------------------------------------------------------------------------------


def _run_all(
    automaton: Automaton, codes: Integers, first: Integers, counts: Integers
) -> tuple[Integers, NDArray[np.bool_]]:
    """Run tickets through the automaton.

    Args:
        automaton: The automaton.
        codes: By batch, its step code.
        first: By ticket, its first batch; the others follow.
        counts: By ticket, the number of its batches.

    Returns:
        By batch the step, -1 for batches of other tickets; and whether each ticket is irregular.
    """
    steps = np.full(len(codes), -1, np.int64)
    automaton.grow()
    # Tickets with most batches first, so that those with another batch are always the first ones.
    order = np.argsort(-counts, kind="stable")
    batch, states = first[order], np.full(len(order), Automaton.UNOPENED, np.int64)
    remaining = np.searchsorted(-counts[order], -np.arange(int(counts.max(initial=0))), "left")
    for taken, count in enumerate(remaining.tolist()):
        now = batch[:count] + taken
        code, state = codes[now], states[:count]
        step = automaton.steps[state, code]
        unknown = np.flatnonzero(step < 0)
        if len(unknown):
            width = int(code.max()) + 1
            for pair in np.unique(state[unknown] * width + code[unknown]).tolist():
                automaton.learn(*divmod(pair, width))
            step = automaton.steps[state, code]
        steps[now] = step
        states[:count] = automaton.next_state[step]
    irregular = np.empty(len(order), np.bool_)
    irregular[order] = states == Automaton.IRREGULAR
    return steps, irregular


# Cycles ------------------------------------------------------------------------------------------


class _History(NamedTuple):
    """The tickets, and their batches by ticket and instant."""

    tickets: Integers
    as_of: Integers
    covered: NDArray[np.bool_]
    owner: Integers
    """By batch, the place of its ticket among the tickets."""
    at: Integers
    steps: Integers


def _cycles_of(automaton: Automaton, metric: int, history: _History) -> CycleArrays:
    """The cycles of a metric."""
    # The moves of all batches, one after another; `row` is the number of a move's rows.
    of_steps = [moves[metric] for moves in automaton.moves]
    sizes = np.array([len(moves) for moves in of_steps], np.int64)
    offsets = np.cumsum(sizes) - sizes
    flat = np.array([pair for moves in of_steps for pair in moves], np.int64).reshape(-1, 2)
    moved = np.flatnonzero((sizes > 0).take(history.steps))
    steps, at, owner = history.steps[moved], history.at[moved], history.owner[moved]
    count, place = sizes.take(steps), offsets.take(steps)
    if len(count) and int(count.max()) > 1:
        place = np.repeat(place - (np.cumsum(count) - count), count) + np.arange(int(count.sum()))
        at, owner = np.repeat(at, count), np.repeat(owner, count)
    move, row = flat[:, 0].astype(np.int8).take(place), flat[:, 1].copy().take(place)

    # Which cycle each move belongs to; every ticket has one to begin with.
    is_new = move == _NEW_CYCLE
    ticket, cycle = np.arange(len(history.tickets)), owner
    number = np.zeros(len(ticket), np.int64)
    if is_new.any():
        more = np.bincount(owner[is_new], minlength=len(ticket))
        firsts = ticket + np.cumsum(more) - more
        ticket, cycle = np.repeat(ticket, more + 1), owner + np.cumsum(is_new)
        number = np.arange(len(ticket)) - np.repeat(firsts, more + 1)

    start, end = np.full(len(ticket), MISSING), np.full(len(ticket), MISSING)
    begins = move == _BEGIN
    start[cycle[begins]] = at[begins]
    keeps = automaton.machine.compiled.metrics[metric].on_reopen == "count_all"
    pauses, is_paused = _pauses_of(move, at, cycle, len(ticket), keeps=keeps)

    phase = np.full(len(ticket), _NOT_STARTED)
    after = _PHASE_AFTER.take(move)
    changes = np.flatnonzero(after >= 0)
    changes = changes[is_last_of_owner(cycle[changes])]
    changed, after = cycle[changes], after[changes]
    phase[changed] = np.where((after == _RUNNING) & is_paused[changed], _PAUSED, after)
    ended = after > _PAUSED  # stopped, cancelled or no longer owed
    end[changed[ended]] = at[changes[ended]]
    return CycleArrays(
        history.tickets[ticket],
        number + 1,
        history.covered[ticket],
        history.as_of[ticket],
        phase,
        start,
        end,
        *_periods_of(move, row, at, cycle),
        *pauses,
    )


def _pauses_of(
    move: NDArray[np.int8], at: Integers, cycle: Integers, count: int, *, keeps: bool
) -> tuple[tuple[Integers, Integers, Integers], NDArray[np.bool_]]:
    """The pauses: of which cycle each is, its start and its end; and which cycles have an open one.

    Args:
        move: The moves.
        at: Their instants.
        cycle: Their cycles.
        count: The number of cycles.
        keeps: Whether a cycle that is reopened counts on as if it had not ended.
    """
    level = (_PAUSES_AFTER if keeps else _PAUSES_AFTER_OR_ENDED).take(move)
    changes = np.flatnonzero(level >= 0)
    level, owner, when = level[changes], cycle[changes], at[changes]
    joined = owner[1:] == owner[:-1]  # to the change after it
    again = joined & (when[1:] == when[:-1])
    if again.any():  # the last of several changes at one instant counts
        kept = np.append(~again, True)
        level, owner, when = level[kept], owner[kept], when[kept]
        joined = owner[1:] == owner[:-1]
    last = is_last_of_owner(owner)
    paused = (level == _PAUSES) | ((level == _ENDED) & ~last)
    is_paused = np.zeros(count, np.bool_)
    is_paused[owner[last & (level == _PAUSES)]] = True
    goes_on = paused[1:] & paused[:-1] & joined  # pauses that touch are one
    begins, ends = paused.copy(), paused
    begins[1:] &= ~goes_on
    ends[:-1] &= ~goes_on
    opening, closing = np.flatnonzero(begins), np.flatnonzero(ends)
    following = np.minimum(closing + 1, max(len(when) - 1, 0))
    end = np.where(last[closing], MISSING, when[following])
    return (owner[opening], when[opening], end), is_paused


def _periods_of(
    move: NDArray[np.int8], row: Integers, at: Integers, cycle: Integers
) -> tuple[Integers, Integers, Integers, Integers]:
    """The target periods: of which cycle, since when, counted from when, and by which rows."""
    is_period = (move == _BEGIN) | (move == _RETARGET) | (move == _RETARGET_ANEW)
    place = np.cumsum(is_period) - 1
    periods = np.flatnonzero(is_period)
    since, rows = at[periods], row[periods]
    renamed = np.flatnonzero(move == _RENAME)
    renamed = renamed[is_last_of_owner(place[renamed])]
    rows[place[renamed]] = row[renamed]
    # A period counts from its own beginning, or from that of the last one before it that does.
    own = np.where(move[periods] == _RETARGET, 0, np.arange(len(periods)))
    counted_from = since[np.maximum.accumulate(own)] if len(periods) else since
    return cycle[periods], since, counted_from, rows
