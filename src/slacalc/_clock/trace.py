"""Why a clock did what it did: each event beside each condition, and what the state machine did.

A trace replays the log of a clock through a `Recorder`, batch by batch, and lays its records beside
the conditions. The compiled clauses of the machine say whether a condition held, in the states that
the machine made; only the words are made here.

Read next: `ledger`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from slacalc._clock.clauses import field_text
from slacalc._clock.compiled_metrics import is_default
from slacalc._clock.cycles import LIVE, Move, Phase
from slacalc._clock.events import OVERRIDDEN
from slacalc._clock.pause_caps import CAP_TEXTS
from slacalc._clock.recorder import Recorder
from slacalc._i18n import N_, pad, translator, width
from slacalc._policy.attribute_tests import AttributeTest
from slacalc._policy.attributes import value_text
from slacalc._schema.shapes import FrozenMap
from slacalc.errors import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pendulum

    from slacalc._clock.clauses import CompiledClause, FieldText
    from slacalc._clock.compiled_metrics import CompiledMetric
    from slacalc._clock.events import Event
    from slacalc._clock.recorder import Batch, RecordedStep
    from slacalc._i18n import Translator
    from slacalc._policy.attribute_tests import Test
    from slacalc._policy.policy import Policy

    FieldChanges: TypeAlias = Mapping[str, tuple[FieldText | None, FieldText | None]]

_PAUSING = ("pause", "held_by", "resume")
_AWAITED: Mapping[str, frozenset[Phase]] = {
    "start": frozenset({Phase.NOT_STARTED}),
    "stop": LIVE,
    "pause": frozenset({Phase.RUNNING}),
}
"""The phases in which a condition is what one waits for."""
_DID: Mapping[Move, str] = {
    Move.NEW_CYCLE: N_("new cycle"),
    Move.BEGIN: N_("began"),
    Move.PAUSE: N_("paused"),
    Move.RESUME: N_("resumed"),
    Move.STOP: N_("stopped"),
    Move.CANCEL: N_("cancelled"),
    Move.REOPEN: N_("reopened"),
    Move.RETARGET: N_("target changed"),
    Move.RETARGET_ANEW: N_("counted anew"),
    Move.RENAME: N_("promised by other rows"),
    Move.AWAIT: N_("waiting for its start"),
    Move.OVERRIDE: N_("due date set by hand"),
    Move.END_OWED: N_("not owed"),
}
_RULES = {
    "on_change": N_("something else is promised"),
    OVERRIDDEN: N_("a due date is set or taken back by hand"),
}
_PHASES: Mapping[Phase, str] = {
    Phase.NOT_STARTED: N_("the metric had not started"),
    Phase.STOPPED: N_("the metric had already stopped"),
    Phase.CANCELLED: N_("the metric had been cancelled"),
    Phase.NOT_OWED: N_("the metric was no longer owed"),
}
_DONE = N_("it was already done at the same instant")
_STARTED, _NOT_ENDED = N_("the metric had already started"), N_("the metric had not ended")
_IDLE: Mapping[tuple[str, Phase], str] = {
    ("start", Phase.RUNNING): _STARTED,
    ("start", Phase.PAUSED): _STARTED,
    ("start", Phase.STOPPED): N_("the metric had already stopped, and does not start again"),
    ("reopen", Phase.NOT_STARTED): _NOT_ENDED,
    ("reopen", Phase.RUNNING): _NOT_ENDED,
    ("reopen", Phase.PAUSED): _NOT_ENDED,
}
"""Why a signal does nothing in a phase, where `_PHASES` does not say enough."""


@attrs.frozen(kw_only=True)
class TraceRow:
    """What an event meant for a condition of a metric.

    Args:
        at: The instant, in the zone of the policy's calendar.
        number: The number of the event: 0 for the opening, then its place in the log, from 1.
        event: The type of the event; empty string at the instant at which a cap on pauses is used
            up.
        changed: The fields that the event changed, each with its value before and after as text;
            None for no value.
        metric: The metric.
        condition: The key of the condition in the policy: ``start``, ``stop``, ``pause``,
            ``held_by``, ``resume``, ``cancel``, ``reset``, ``reopen`` or ``until``. For a change of
            what is promised ``on_change``, for a due date set by hand ``overridden``.
        text: The condition in words.
        held: Whether it held.
        did: What the clock did because it held, or because it no longer did: ``began``,
            ``paused``, ``resumed``, ``stopped``, ``cancelled``, ``reopened``, ``new cycle``,
            ``waiting for its start``, ``target changed``, ``counted anew``,
            ``promised by other rows``, ``due date set by hand`` or ``not owed``.
        why: Why the condition did not hold, or why the clock did nothing although it held.
    """

    __module__ = "slacalc"

    at: pendulum.DateTime
    number: int
    event: str
    changed: FieldChanges
    metric: str
    condition: str
    text: str
    held: bool
    did: tuple[str, ...] = ()
    why: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The row as a plain dictionary, ready for JSON."""
        return {
            "at": self.at.isoformat(),
            "number": self.number,
            "event": self.event,
            "changed": {
                name: [list(value) if isinstance(value, tuple) else value for value in values]
                for name, values in self.changed.items()
            },
            "metric": self.metric,
            "condition": self.condition,
            "text": self.text,
            "held": self.held,
            "did": list(self.did),
            "why": self.why,
        }


class Trace:
    """Each event of a clock beside each condition of its metrics, as `Clock.trace` returns it.

    Printed, it is a table; in a loop it gives its rows, which are made one by one.
    """

    __module__ = "slacalc"

    __slots__ = ("_make", "language", "policy")

    def __init__(
        self, policy: str, make: Callable[[Translator], Iterator[TraceRow]], language: str
    ) -> None:
        translator(language)  # an unknown language is refused at once
        self.policy, self.language, self._make = policy, language, make

    def __iter__(self) -> Iterator[TraceRow]:
        return self._make(translator(self.language))

    def to_dicts(self) -> list[dict[str, Any]]:
        """The rows as plain dictionaries, ready for JSON or a data frame."""
        return [row.to_dict() for row in self]

    def to_html(self, *, language: str = "") -> str:
        """The trace as an HTML table; notebooks show it this way by themselves.

        Args:
            language: The language, such as ``"en"`` or ``"zh"``. Default: that of the trace.
        """
        from slacalc._html.trace import trace_html  # noqa: PLC0415 - not needed until it is shown

        language = language or self.language
        return trace_html(Trace(self.policy, self._make, language), translator(language))

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        return f"<Trace of {self.policy}>"

    def __str__(self) -> str:
        translate = translator(self.language)
        rows = list(self)
        # With a clock change in between, wall times alone would not be clear.
        offset = "%z" if len({row.at.utcoffset() for row in rows}) > 1 else ""
        cells = [
            (
                one_line(row.metric),
                row.condition,
                one_line(row.text),
                translate(held_text(row)),
                one_line(result_text(row, translate)),
            )
            for row in rows
        ]
        widths = [max(width(line[column]) for line in cells) for column in range(4)] if rows else []
        lines = []
        shown = None
        for row, line in zip(rows, cells, strict=True):
            if shown != (row.number, row.at):
                shown = row.number, row.at
                heading = f"{translate.instant(row.at, offset)}  {event_text(row, translate)}"
                changes = changes_text(row, translate)
                lines.append(one_line(f"{heading}  {changes}".rstrip()))
            padded = [pad(cell, cells_) for cell, cells_ in zip(line, widths, strict=False)]
            lines.append("  ".join(["", *padded, line[4]]).rstrip())
        return "\n".join(lines)


def event_text(row: TraceRow, translate: Translator) -> str:
    """The event of a row."""
    return row.event or translate(CAP_TEXTS[""])


def held_text(row: TraceRow) -> str:
    """Whether the condition of a row held, in English."""
    return N_("yes") if row.held else N_("no")


def result_text(row: TraceRow, translate: Translator) -> str:
    """What the clock did, and why it did nothing or the condition did not hold."""
    did = translate.listed(map(translate, row.did))
    if not (did and row.why):
        return did or row.why
    return translate("{did}: {why}").format(did=did, why=row.why)


def changes_text(row: TraceRow, translate: Translator) -> str:
    """The fields that the event of a row changed: ``status: open → waiting``."""
    texts = []
    for name, (before, after) in row.changed.items():
        values = [value_text(value) for value in (before, after) if value is not None]
        if after is None:
            values.append("–")
        texts.append(
            translate("{name}: {value}").format(name=name, value=" → ".join(values) or "–")
        )
    return translate.listed(texts)


# Rows --------------------------------------------------------------------------------------------


class _Draft:
    """A row to be.

    Args:
        event: The place of the event in its batch.
        key: The key of the condition.
        clause: The clause; None for a rule that has none.
        held: Whether it held.
        began: Whether it began to hold with this event.
        ended: Whether it ceased to hold with this event.
        is_near: Whether the event is of its type, or has one of its fields.

    Attributes:
        moves: What was done.
        phase: The phase in which the machine found the cycle; None if it did not look.
    """

    __slots__ = ("began", "clause", "ended", "event", "held", "is_near", "key", "moves", "phase")

    def __init__(
        self,
        event: int,
        key: str,
        clause: CompiledClause | None = None,
        *,
        held: bool = True,
        began: bool = True,
        ended: bool = False,
        is_near: bool = True,
    ) -> None:
        self.event, self.key, self.clause = event, key, clause
        self.held, self.began, self.ended, self.is_near = held, began, ended, is_near
        self.moves: list[tuple[Move, int, Any]] = []
        self.phase: Phase | None = None


def trace_rows(
    policy: Policy,
    ticket: Mapping[str, Any],
    log: Sequence[Event],
    translate: Translator,
    *,
    opened: int,
    until: int,
    metric: str,
    everything: bool,
) -> Iterator[TraceRow]:
    """The rows of a trace, in order.

    Args:
        policy: The version of the policy.
        ticket: The attributes of the ticket.
        log: Its events, in order.
        translate: The translator.
        opened: The instant of the opening.
        until: The instant up to which events count.
        metric: The metric; empty string for all.
        everything: Whether conditions count that the event is not about, and that could not have
            done anything.
    """
    recorder = Recorder(policy)
    metrics = [each for each in recorder.compiled.metrics if metric in ("", each.name)]
    for batch in recorder.batches(ticket, opened, log, until):
        changes = _changes(batch)
        tables = [_MetricRows(recorder, each, batch, changes, translate) for each in metrics]
        for event in range(len(batch.numbers)):
            for table in tables:
                yield from table.rows_of(event, everything=everything)


def _changes(batch: Batch) -> list[FieldChanges]:
    """By event the fields that it changed; derived attributes come with the last such event."""
    before, after = batch.before.fields, batch.after.fields
    changes: list[dict[str, tuple[FieldText | None, FieldText | None]]]
    changes = [{} for _ in batch.numbers]
    if before is not after and batch.events:
        setting = {name: place for place, event in enumerate(batch.events) for name in event.fields}
        changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        last = max((setting[name] for name in changed if name in setting), default=-1)
        for name in changed:
            changes[setting.get(name, last)][name] = before.get(name), after.get(name)
    return [FrozenMap(each) for each in changes]


class _MetricRows:
    """The conditions of one metric beside the events of one batch."""

    def __init__(
        self,
        recorder: Recorder,
        metric: CompiledMetric,
        batch: Batch,
        changes: list[FieldChanges],
        translate: Translator,
    ) -> None:
        self._recorder, self._metric, self._batch = recorder, metric, batch
        self._changes, self._translate = changes, translate
        self._names = [each.name for each in recorder.compiled.metrics]
        self._before = batch.before.metrics[metric.place]
        self._after = batch.after.metrics[metric.place]
        self._drafts = [
            self._draft(place, key, clause)
            for place in range(len(batch.events))
            for key, clause in recorder.conditions[metric.place]
        ]
        if metric.until is not None and batch.events:
            self._drafts.append(self._until(metric.until))
        for record in batch.records:
            if record.place == metric.place:
                self._assign(record)

    def rows_of(self, event: int, *, everything: bool) -> Iterator[TraceRow]:
        """The rows of an event, by its place in the batch."""
        batch, metric = self._batch, self._metric
        for draft in self._drafts:
            if draft.event == event and (everything or self._matters(draft)):
                yield TraceRow(
                    at=self._recorder.matcher.zone.datetime(batch.at),
                    number=batch.numbers[event],
                    event=batch.events[event].type if batch.events else "",
                    changed=self._changes[event],
                    metric=metric.name,
                    condition=draft.key,
                    text=self._text(draft),
                    held=draft.held,
                    did=tuple(_DID[move] for move, _, _ in draft.moves),
                    why=self._why(draft),
                )

    # What held -----------------------------------------------------------------------------------

    def _draft(self, place: int, key: str, clause: CompiledClause) -> _Draft:
        """A condition beside an event, by the clause that the machine itself evaluates."""
        event, batch = self._batch.events[place], self._batch
        if clause.event:
            is_near = clause.event == event.type
            held = is_near and clause.matches(event.fields, batch.after.fields)
            return _Draft(place, key, clause, held=held, began=held, is_near=is_near)
        names = clause.names
        held = clause.holds(batch.after.fields)
        held_before = not batch.opens and clause.holds(batch.before.fields)
        setting = [i for i, each in enumerate(self._changes) if not each.keys().isdisjoint(names)]
        # Fields are compared before and after the batch: the last event that changed one decides.
        decides = place == (setting[-1] if setting else len(batch.events) - 1)
        return _Draft(
            place,
            key,
            clause,
            held=held,
            began=decides and held and not held_before,
            ended=decides and held_before and not held,
            is_near=place in setting or not event.fields.keys().isdisjoint(names),
        )

    def _until(self, other: int) -> _Draft:
        """The rule that nothing is owed after another metric has stopped."""
        held_before, held = (
            state.metrics[other].cycles[-1].phase is Phase.STOPPED
            for state in (self._batch.before, self._batch.after)
        )
        began, ended = held and not held_before, held_before and not held
        last = len(self._batch.numbers) - 1
        return _Draft(last, "until", held=held, began=began, ended=ended, is_near=began or ended)

    def _matters(self, draft: _Draft) -> bool:
        """Whether a row helps to see why something happened, or why it did not."""
        if draft.moves or draft.began or draft.ended or draft.is_near:
            return True
        if draft.clause is None or is_default(draft.key, draft.clause.clause):
            return False
        phase = self._before.cycles[-1].phase
        return phase in _AWAITED.get(draft.key, ())

    # What was done -------------------------------------------------------------------------------

    def _assign(self, record: RecordedStep) -> None:
        """Enter a record of the machine in the rows of the conditions that it comes from."""
        keys = _PAUSING if record.key in ("pause", "cap") else (record.key,)
        for draft in self._drafts:
            if draft.key in keys and (draft.began or draft.ended):
                draft.phase = draft.phase or record.phase
        phase = record.phase
        for moved in record.moves:
            move = moved[0]
            draft = self._cause(record.key, moved)
            if move is Move.RESUME and draft.moves and draft.moves[-1][0] is Move.PAUSE:
                draft.moves.pop()  # the cap is used up, so that it did not pause at all
            else:
                draft.moves.append(moved)
            draft.phase = phase

    def _cause(self, key: str, moved: tuple[Move, int, Any]) -> _Draft:
        """The row of the condition because of which a move was made; a new one if there is none."""
        if key in ("pause", "cap"):
            key, causes = "pause", self._pause_causes(key, moved)
        else:
            own = [draft for draft in self._drafts if draft.key == key and key != OVERRIDDEN]
            causes = [draft for draft in own if draft.began]
            causes += [draft for draft in own if draft.held or key == "until"]
        if causes:
            return causes[0]
        event = len(self._batch.numbers) - 1
        if key == OVERRIDDEN:
            done = sum(draft.key == OVERRIDDEN for draft in self._drafts)
            event = [
                place
                for place, each in enumerate(self._batch.events)
                if each.type == OVERRIDDEN and each.fields.get("metric") == self._metric.name
            ][done]
        self._drafts.append(_Draft(event, key))
        return self._drafts[-1]

    def _pause_causes(self, key: str, moved: tuple[Move, int, Any]) -> list[_Draft]:
        """The rows that may have paused or resumed the clock, the likeliest one first."""
        causes = [
            draft
            for draft in self._drafts
            if (draft.key == "resume" and draft.began)
            or (draft.key == "pause" and draft.ended)
            or (draft.key == "held_by" and draft.began)
        ]
        if moved[0] is Move.RESUME:
            ignored = self._after.use.ignored_reasons if key == "cap" else ()
            return causes + [draft for draft in self._drafts if self._reason(draft) in ignored]
        giving = [draft for draft in self._drafts if self._reason(draft) == moved[2]]
        return [*(draft for draft in giving if draft.began or draft.ended), *giving, *causes]

    def _reason(self, draft: _Draft) -> str | None:
        """The reason to pause that a row gives; None for none."""
        if draft.key == "held_by" and not draft.held:
            return self._metric.not_held
        if draft.key != "pause" or not draft.held or draft.clause is None:
            return None
        if draft.clause.event:
            event = self._batch.events[draft.event]
            return draft.clause.reason or str(event.fields.get("reason") or event.type)
        return draft.clause.pause_reason(self._batch.after.fields)

    # In words ------------------------------------------------------------------------------------

    def _text(self, draft: _Draft) -> str:
        """The condition of a row."""
        translate, clause = self._translate, draft.clause
        if clause is not None:
            text = clause.clause.describe(translate)
            form = translate("{condition} (precondition {name})")
            return form.format(condition=text, name=clause.reason) if clause.reason else text
        if draft.key == "until" and self._metric.until is not None:
            return translate("{name} has stopped").format(name=self._names[self._metric.until])
        if draft.key == "pause":
            ignored = self._after.use.ignored_reasons
            paused = [reason for move, _, reason in draft.moves if move is Move.PAUSE]
            return translate.listed(map(self._pause, paused or ignored or self._after.reasons))
        return translate(_RULES.get(draft.key, ""))

    def _pause(self, reason: str) -> str:
        return self._recorder.compiled.describe_pause(reason, self._translate)

    def _why(self, draft: _Draft) -> str:
        """Why a condition did not hold, or why nothing was done although it held."""
        if not draft.held:
            return self._unmet(draft)
        if draft.moves and draft.moves[-1][0] is Move.PAUSE and draft.phase is Phase.PAUSED:
            form = self._translate(N_("the reason of the pause is now: {reason}"))
            return form.format(reason=self._pause(draft.moves[-1][2]))
        if draft.key == "pause":
            return self._no_pause(draft)
        if draft.moves or draft.key in _PAUSING:
            return "" if draft.moves else self._no_resumption(draft)
        if not draft.began:
            return self._translate(N_("it held before, and only its beginning counts"))
        return self._no_action(draft)

    def _unmet(self, draft: _Draft) -> str:
        translate, event, clause = self._translate, self._batch.events[draft.event], draft.clause
        if clause is None:
            return translate("it has not")
        if clause.event and clause.event != event.type:
            form = translate("the event is {event}, not {expected}")
            return form.format(event=event.type, expected=clause.event)
        own: Mapping[str, Any] = event.fields if clause.event else {}
        fields = self._batch.after.fields

        def value_of(name: str) -> FieldText | None:
            return field_text(own[name]) if name in own else fields.get(name)

        return translate.listed(
            _unmet_text(name, test, {each: value_of(each) for each in used}, translate)
            for name, test, used in clause.unmet(value_of)
        )

    def _no_pause(self, draft: _Draft) -> str:
        """Why a condition that held did not pause the clock, or no longer did."""
        phase, ignored, form = self._after.cycles[-1].phase, self._after.use.ignored_reasons, ""
        if ignored and (draft.clause is None or self._reason(draft) in ignored):
            form = CAP_TEXTS[self._after.use.spent]
        elif draft.moves:
            form = ""
        elif phase not in LIVE:
            form = _PHASES[phase]
        elif self._reason(draft) not in self._after.reasons:
            form = N_("it ended at the same instant")
        elif draft.began:
            form = N_("the metric was already paused: {reason}")
        else:
            form = N_("still paused: {reason}")
        return self._translate(form).format(reason=self._pause(self._after.pause_reason))

    def _no_resumption(self, draft: _Draft) -> str:
        """Why a condition that held did not resume the clock."""
        phase, form = self._after.cycles[-1].phase, ""
        if phase is Phase.PAUSED:
            form = N_("still paused: {reason}")
        elif draft.key == "resume" and phase not in LIVE:
            form = _PHASES[phase]
        elif draft.key == "resume" and self._before.cycles[-1].phase is not Phase.PAUSED:
            form = N_("the metric was not paused")
        elif draft.key == "resume":
            form = _DONE
        return self._translate(form).format(reason=self._pause(self._after.pause_reason))

    def _no_action(self, draft: _Draft) -> str:
        """Why a condition that held did not start, stop, cancel, reset or reopen the clock."""
        translate, metric, phase, names = self._translate, self._metric, draft.phase, ""
        if phase is None:  # the machine did not come to apply the signal
            states = self._batch.after.metrics
            waits = [place for place in metric.starts_after if not states[place].has_stopped]
            names = translate.listed(self._names[place] for place in waits)
            form = N_("starts_after {names}, which has not stopped")
            if not waits:
                form = _PHASES[Phase.NOT_OWED]
        elif any(other.key == draft.key and other.moves for other in self._drafts):
            form = _DONE
        elif draft.key == "reopen" and phase in (Phase.STOPPED, Phase.CANCELLED):
            causes = self._before.cycles[-1].stopped_by
            names = translate.listed(
                cause if isinstance(cause, str) else cause.clause.describe(translate)
                for cause in causes
            )
            form = N_("a reopening does not undo what stopped it: {names}")
            if metric.on_reopen == "final":
                form = N_("on_reopen is final")
        else:
            form = _IDLE.get((draft.key, phase)) or _PHASES[phase]
        return translate(form).format(names=names)


def _unmet_text(
    name: str, test: Test, values: Mapping[str, FieldText | None], translate: Translator
) -> str:
    """Why fields do not meet a test: ``status is open, not waiting``."""

    def shown(field: str, form: str) -> str:
        value = values[field]
        if value is None:
            return translate("{name} is missing").format(name=field)
        return translate(form).format(name=field, value=value_text(value), values=expected)

    expected = ""
    if isinstance(test, AttributeTest):
        expected = test.describe_values(name, translate)
        if test.operation not in ("in", "not in"):
            expected = f"{test.operation} {expected}"
        is_excluded = test.operation == "not in"
        return shown(
            name, N_("{name} is {value}") if is_excluded else N_("{name} is {value}, not {values}")
        )
    return translate("{values}, so this is not met: {condition}").format(
        values=translate.listed(shown(field, N_("{name} is {value}")) for field in values),
        condition=test.describe(name, translate),
    )
