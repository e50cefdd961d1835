"""Warnings of a policy: a share of a target, or a time before or after it is due."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Literal

import attrs

from slacalc._i18n import N_
from slacalc._policy.target_time import COUNTED, LONGEST, WORDS, Within, parse
from slacalc._schema.limits import MAX_WARNINGS
from slacalc._schema.shapes import (
    Choice,
    Description,
    ListOf,
    Record,
    Short,
    Text,
    bind,
    read_by_shape,
    shaped,
)
from slacalc.errors import HorizonError, NeverOpen, WorkError, did_you_mean_words

if TYPE_CHECKING:
    from slacalc._calendar.calendar import Calendar

_SHARE = re.compile(r"(\d{1,3}) ?%")
_PATTERN = rf"^(\d{{1,3}} ?%|({COUNTED}) (before|after))$"
_BESIDE = re.compile(r"(.+) (before|after)")


@attrs.frozen
class Threshold:
    """A share of a target, or a time before or after it is due.

    Args:
        share: The share in percent; None for a time.
        beside: The time; None for a share.
        direction: -1 for a time before the due date, 1 for one after it.
    """

    share: int | None = None
    beside: Within | None = None
    direction: Literal[-1, 1] = -1

    @classmethod
    def parse(cls, text: str) -> Threshold:
        """Read ``80 %``, ``1 working hour before`` or ``30 minutes after``."""
        if match := _SHARE.fullmatch(text):
            return cls(share=int(match[1]))
        clause, suggestions = "", list[str]()
        if not re.fullmatch(_PATTERN, text):
            words, is_right = WORDS | {"before", "after"}, partial(re.fullmatch, _PATTERN)
            clause, suggestions = did_you_mean_words(text, words, is_right)
        if not suggestions and (match := _BESIDE.fullmatch(text)):
            beside = parse(match[1])
            if isinstance(beside, Within):
                return cls(beside=beside, direction=-1 if match[2] == "before" else 1)
        msg = f"{text!r} is not a threshold: write {_THRESHOLD_FORMS}{clause}"
        raise WorkError(msg, given=text, suggestions=suggestions)

    def __str__(self) -> str:
        if self.share is not None:
            return f"{self.share} %"
        return f"{self.beside} {'before' if self.direction < 0 else 'after'}"


# Why a warning has no moment.
NEVER_OPEN = N_("its calendar is never open")
NO_MOMENT = N_("its calendar has no such moment in the years 1900 to 2200")


def why_unplaced(error: NeverOpen | HorizonError) -> str:
    """Why a warning has no moment, by the error that its calendar raised."""
    return NEVER_OPEN if isinstance(error, NeverOpen) else NO_MOMENT


_THRESHOLD_FORMS = '"80 %" of the target, "1 working hour before" or "30 minutes after" it is due'
_THRESHOLD = Text(
    expected=_THRESHOLD_FORMS,
    pattern=_PATTERN,
    max_length=LONGEST,
    parse=Threshold.parse,
    to_text=str,
    result_type=Threshold,
)


@attrs.frozen(repr=False, field_transformer=bind)
class Warning_(Description):  # noqa: N801 - `Warning` is Python's own
    """A moment at which to look at a ticket, before or after it is due.

    Args:
        at: ``"80 %"`` of the target, ``"1 working hour before"`` or ``"30 minutes after"`` it is
            due.
        name: Who is notified, or what is done.
        when_closed: Where to move a moment outside working hours: to the closing before it
            (``"previous_close"``) or the opening after it (``"next_open"``). Default: it is not
            moved.
    """

    at: Threshold = attrs.field(converter=read_by_shape, metadata=shaped(_THRESHOLD))
    name: str = attrs.field(default="", converter=read_by_shape, metadata=shaped(Text()))
    when_closed: Literal["", "previous_close", "next_open"] = attrs.field(
        default="",
        converter=read_by_shape,
        kw_only=True,
        metadata=shaped(Choice(("previous_close", "next_open"))),
    )

    def place(self, calendar: Calendar, at: int, start: int) -> int:
        """The moment of the warning: *at*, moved as `when_closed` says, but not before the start.

        Args:
            calendar: The calendar of the target.
            at: When the threshold is reached.
            start: When the time of the target begins to count.

        Raises:
            NeverOpen, HorizonError: The calendar has no such closing or opening.
        """
        at, timeline = max(at, start), calendar.timeline
        if not self.when_closed or timeline.is_open(at):
            return at
        if self.when_closed == "next_open":
            return timeline.next_open(at)
        return max(timeline.previous_close(at), start)


WARNINGS = ListOf(
    Short(_THRESHOLD, Record(Warning_, "a threshold, or a table"), _THRESHOLD_FORMS),
    'a list of thresholds, such as ["80 %"]',
    max_length=MAX_WARNINGS,
)
