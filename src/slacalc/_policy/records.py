"""What a policy is made of: metrics, rows of targets, coverage, and what stands beside them.

Plain frozen records. Each can be written in code as shortly as in a file, since its fields read
the same forms: ``Row(when={"tier": "gold"}, targets={"response": "4 working hours"})``. What the
parts mean together is judged by the policy.
"""

from __future__ import annotations

import attrs

from slacalc._policy.attributes import WHEN, AttributeTest
from slacalc._policy.conditions import CONDITION, CONDITION_OR_NEVER, Clause, Condition
from slacalc._policy.semantics import CountsFrom, OnChange, OnReopen, Repeat, one_of
from slacalc._policy.target_time import EXPECTED, WITHIN, Combined, Within
from slacalc._policy.warnings import WARNINGS, Warning_
from slacalc._schema.shapes import (
    NAME_SHAPE,
    Description,
    FrozenMap,
    ListOf,
    MapOf,
    Record,
    Short,
    Text,
    bind,
    read_by_shape,
    shaped,
)

WORDS = Text()
NAMES = ListOf(NAME_SHAPE, "a list of names")


# Metrics and rows --------------------------------------------------------------------------------


@attrs.frozen(repr=False, kw_only=True, field_transformer=bind)
class Metric(Description):
    """Something that is measured: from which event, to which, and what does not count.

    Args:
        start: What starts the clock; a condition is the type of an event (``"created"``), a table
            of fields (``{"status": "open"}``, ``{"event": "replied", "by": "agent"}``), or a list
            of these.
        stop: What stops it.
        pause: While what, it rests; left out, from an event ``"paused"`` to ``"resumed"``; an empty
            list for never.
        resume: What ends a pause that an event began; left out, an event ``"resumed"``.
        held_by: Who must hold the ticket, as fields: it rests while they are not so.
        cancel: What makes it void; left out, an event ``"cancelled"``.
        reset: What makes it wait for its next start.
        reopen: What wakes it after its stop; left out, an event ``"reopened"`` where the ticket was
            resolved or closed.
        inside: The metric whose promise contains it: what it does not say itself of stop, cancel,
            reset, reopen and resume is as there, and it rests whenever that one does.
        starts_after: Metrics that must have been stopped before a start counts.
        repeat: Whether another cycle follows a stop: at the next start (``"next_start"``), at once
            (``"independent"``), from when the last one was due (``"sequential"``), or ``"never"``
            (the default).
        counts_from: Which of several starts its time counts from: the ``"first"`` (the default; the
            oldest unanswered message), or the ``"last"``.
        on_change: What becomes of a running clock whose ticket is promised something else:
            ``"keep_elapsed"`` (the default), ``"from_change"``, ``"restart"``, ``"keep_original"``.
        on_reopen: How it wakes: ``"continue"`` (the default), ``"new_cycle"``, ``"final"`` (it does
            not), ``"count_all"``.
        calendar: The calendar of its targets, where it is not the policy's own.
        warnings: When to look at a ticket, for targets that do not say it themselves; an empty list
            for never; left out, as the policy says.
        consequence: What follows where it is missed, by name.
        before: Metrics that must not be due earlier than this one.
        words: What it means.
    """

    start: Condition = attrs.field(
        default=Condition((Clause("created"),)),
        converter=read_by_shape,
        metadata=shaped(CONDITION, "What starts the clock."),
    )
    stop: Condition | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(CONDITION, "What stops it.")
    )
    pause: Condition | None = attrs.field(
        default=None,
        converter=read_by_shape,
        metadata=shaped(CONDITION_OR_NEVER, "While what, it rests."),
    )
    resume: Condition | None = attrs.field(
        default=None,
        converter=read_by_shape,
        metadata=shaped(CONDITION, "What ends a pause that an event began."),
    )
    held_by: Condition | None = attrs.field(
        default=None,
        converter=read_by_shape,
        metadata=shaped(CONDITION, "Who must hold the ticket for the clock to run."),
    )
    cancel: Condition | None = attrs.field(
        default=None,
        converter=read_by_shape,
        metadata=shaped(CONDITION_OR_NEVER, "What makes it void."),
    )
    reset: Condition | None = attrs.field(
        default=None,
        converter=read_by_shape,
        metadata=shaped(CONDITION_OR_NEVER, "What makes it wait for its next start."),
    )
    reopen: Condition | None = attrs.field(
        default=None,
        converter=read_by_shape,
        metadata=shaped(CONDITION_OR_NEVER, "What wakes it after its stop."),
    )
    inside: str = attrs.field(
        default="",
        converter=read_by_shape,
        metadata=shaped(NAME_SHAPE, "The metric whose promise contains it."),
    )
    starts_after: tuple[str, ...] = attrs.field(
        default=(),
        converter=read_by_shape,
        metadata=shaped(NAMES, "Metrics that must have been stopped before a start counts."),
    )
    repeat: Repeat = attrs.field(
        default="",
        converter=read_by_shape,
        metadata=shaped(one_of(Repeat), "Whether another cycle follows a stop."),
    )
    counts_from: CountsFrom = attrs.field(
        default="",
        converter=read_by_shape,
        metadata=shaped(one_of(CountsFrom), "Which of several starts its time counts from."),
    )
    on_change: OnChange = attrs.field(
        default="",
        converter=read_by_shape,
        metadata=shaped(one_of(OnChange), "What becomes of it where the promise changes."),
    )
    on_reopen: OnReopen = attrs.field(
        default="",
        converter=read_by_shape,
        metadata=shaped(one_of(OnReopen), "How it wakes after its stop."),
    )
    calendar: str = attrs.field(
        default="",
        converter=read_by_shape,
        metadata=shaped(NAME_SHAPE, "The calendar of its targets."),
    )
    warnings: tuple[Warning_, ...] | None = attrs.field(
        default=None,
        converter=read_by_shape,
        metadata=shaped(WARNINGS, "When to look at a ticket."),
    )
    consequence: str = attrs.field(
        default="",
        converter=read_by_shape,
        metadata=shaped(NAME_SHAPE, "What follows where it is missed, by name."),
    )
    before: tuple[str, ...] = attrs.field(
        default=(),
        converter=read_by_shape,
        metadata=shaped(NAMES, "Metrics that must not be due earlier than this one."),
    )
    words: str = attrs.field(
        default="", converter=read_by_shape, metadata=shaped(WORDS, "What it means.")
    )


@attrs.frozen(repr=False, field_transformer=bind)
class Target(Description):
    """What a row promises for a metric: a time, or words.

    Args:
        within: How long it may take, such as ``"4 working hours"``.
        limit: A later bound: past due and before it a ticket is late, past it breached.
        promise: Translator in place of a figure, such as ``"negotiated"``.
        calendar: The calendar that counts, where it is not the metric's own.
        consequence: What follows where it is missed, by name.
        warnings: When to look at a ticket; an empty list for never; left out, as the metric says.
    """

    within: Within | Combined | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(WITHIN, "How long it may take.")
    )
    limit: Within | Combined | None = attrs.field(
        default=None,
        converter=read_by_shape,
        kw_only=True,
        metadata=shaped(
            WITHIN, "A later bound: between the two a ticket is late, past it breached."
        ),
    )
    promise: str = attrs.field(
        default="",
        kw_only=True,
        converter=read_by_shape,
        metadata=shaped(WORDS, 'Translator in place of a figure, such as "negotiated".'),
    )
    calendar: str = attrs.field(
        default="",
        kw_only=True,
        converter=read_by_shape,
        metadata=shaped(NAME_SHAPE, "The calendar that counts."),
    )
    consequence: str = attrs.field(
        default="",
        kw_only=True,
        converter=read_by_shape,
        metadata=shaped(NAME_SHAPE, "What follows where it is missed, by name."),
    )
    warnings: tuple[Warning_, ...] | None = attrs.field(
        default=None,
        converter=read_by_shape,
        kw_only=True,
        metadata=shaped(WARNINGS, "When to look at a ticket."),
    )


_TARGET = Short(WITHIN, Record(Target, "how long, or a table"), EXPECTED)
_TARGETS = MapOf(_TARGET, "a table of metrics and their targets")


@attrs.frozen(repr=False, field_transformer=bind)
class Row(Description):
    """What is promised to the tickets that meet some conditions.

    Args:
        when: What the attributes must be, all of them: a value, a list of values, ``">= high"``,
            or ``{"not": …}``; `received` asks what kind of moment the receipt is.
        targets: The promises, by metric.
        entitlements: What such tickets are entitled to besides.
        note: Why the row is as it is, for those who read it.
    """

    when: FrozenMap[AttributeTest] = attrs.field(
        factory=FrozenMap,
        converter=read_by_shape,
        metadata=shaped(WHEN, "What the attributes of a ticket must be."),
    )
    targets: FrozenMap[Target] = attrs.field(
        factory=FrozenMap,
        converter=read_by_shape,
        metadata=shaped(_TARGETS, "What is promised, by metric."),
    )
    entitlements: tuple[str, ...] = attrs.field(
        default=(),
        converter=read_by_shape,
        kw_only=True,
        metadata=shaped(NAMES, "What such tickets are entitled to besides."),
    )
    note: str = attrs.field(
        default="",
        kw_only=True,
        converter=read_by_shape,
        metadata=shaped(WORDS, "Why the row is as it is."),
    )


@attrs.frozen(repr=False, field_transformer=bind)
class Refusal(Description):
    """Tickets that are bad input.

    Args:
        when: Which tickets, as in a row.
        because: What to say of them.
    """

    when: FrozenMap[AttributeTest] = attrs.field(
        converter=read_by_shape, metadata=shaped(WHEN, "Which tickets are bad input.")
    )
    because: str = attrs.field(
        converter=read_by_shape, metadata=shaped(WORDS, "What to say of them.")
    )


# Preconditions and objectives --------------------------------------------------------------------


@attrs.frozen(repr=False, field_transformer=bind)
class Precondition(Description):
    """What must be so before work starts; until then the clocks rest.

    Args:
        words: What must be so.
        pause: While what, it is not so yet.
        metrics: The clocks that rest; left out, all of them.
    """

    words: str = attrs.field(
        converter=read_by_shape, metadata=shaped(WORDS, "What must be so before work starts.")
    )
    pause: Condition | None = attrs.field(
        default=None,
        converter=read_by_shape,
        metadata=shaped(CONDITION, "While what, it is not so yet."),
    )
    metrics: tuple[str, ...] = attrs.field(
        default=(),
        converter=read_by_shape,
        metadata=shaped(NAMES, "The clocks that rest; left out, all of them."),
    )


_SHARE_TEXT = Text(
    expected='a share such as "99.5 %"', pattern=r"^(100|\d{1,2}(\.\d{1,3})?) ?%$", max_length=10
)


@attrs.frozen(repr=False, field_transformer=bind)
class Objective(Description):
    """A share that is promised over a period.

    Args:
        share: Such as ``"99 %"``.
        of: Of what, in words.
        metric: The metric it is measured by, where there is one.
        period: Over which time, such as ``"month"``.
    """

    share: str = attrs.field(
        converter=read_by_shape, metadata=shaped(_SHARE_TEXT, 'Such as "99 %".')
    )
    of: str = attrs.field(converter=read_by_shape, metadata=shaped(WORDS, "Of what, in words."))
    metric: str = attrs.field(
        default="", converter=read_by_shape, metadata=shaped(NAME_SHAPE, "What it is measured by.")
    )
    period: str = attrs.field(
        default="", converter=read_by_shape, metadata=shaped(WORDS, 'Over which time: "month".')
    )


METRICS = MapOf(Record(Metric, "a table with start and stop"), "a table of metrics")
ROWS = ListOf(Record(Row, "a row: a table with when and targets"), "a list of rows")
TABLES = MapOf(ROWS, "a table of lists of rows")
REFUSALS = ListOf(Record(Refusal, "a table with when and because"), "a list of refusals")
PRECONDITIONS = MapOf(Record(Precondition, "a table with words and pause"), "a table")
CONSEQUENCES = MapOf(WORDS, "a table of names and words")
OBJECTIVES = MapOf(Record(Objective, "a table with share and of"), "a table of objectives")
