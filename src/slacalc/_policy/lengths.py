"""The lengths of time that stand in a policy, in the forms that a file has for them.

How long a promise leaves, when to warn before or after it, and how long a contract runs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import attrs

from slacalc._policy import target_time as _within
from slacalc._policy.target_time import Combined, Within
from slacalc._schema.faults import INVALID, DocumentPath, Faults
from slacalc._schema.shapes import (
    NAME_SHAPE,
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
from slacalc.errors import WorkError

if TYPE_CHECKING:
    from slacalc._calendar.calendar import Calendar

_WITHIN_TEXT = Text(
    expected=_within.EXPECTED,
    pattern=_within.PATTERN,
    max_length=_within.LONGEST,
    parse=_within.parse,
    to_text=str,
    result_type=(Within, Combined),
)
_ONE_TEXT = attrs.evolve(_WITHIN_TEXT, pattern=_within.ONE)


@attrs.frozen(repr=False, field_transformer=bind)
class _WarningPart(Description):
    """One of several lengths, with a calendar of its own."""

    within: Any = attrs.field(converter=read_by_shape, metadata=shaped(_ONE_TEXT, "How long."))
    calendar: str = attrs.field(
        default="",
        converter=read_by_shape,
        metadata=shaped(NAME_SHAPE, "The calendar that counts."),
    )


class _WithinShape:
    """A text; or a table of several, of which the earliest or the latest counts."""

    expected = _within.EXPECTED
    _parts = ListOf(
        Short(_ONE_TEXT, Record(_WarningPart, "a text, or a table"), _within.EXPECTED),
        "a list of texts such as '24 hours'",
        min_length=2,
    )
    _keys = ("earliest_of", "latest_of")

    def accepts(self, given: Any) -> bool:
        return isinstance(given, str | Within | Combined) or (
            isinstance(given, Mapping) and bool(given.keys() & set(self._keys))
        )

    def read(self, given: Any, path: DocumentPath, faults: Faults) -> Any:
        if isinstance(given, Within | Combined):
            return given
        if isinstance(given, str):
            return _WITHIN_TEXT.read(given, path, faults)
        if not isinstance(given, Mapping) or len(given) != 1 or not self.accepts(given):
            return faults.add(path, given, self.expected)
        ((key, members),) = given.items()
        before = len(faults.collected)
        parts = self._parts.read(members, (*path, key), faults)
        if len(faults.collected) > before:
            return INVALID
        return Combined(
            "earliest" if key == "earliest_of" else "latest",
            tuple(attrs.evolve(part.within, calendar=part.calendar) for part in parts),
        )

    def write(self, value: Any) -> Any:
        if not any(part.calendar for part in value.parts):
            return str(value)
        parts = [
            {"within": str(part), "calendar": part.calendar} if part.calendar else str(part)
            for part in value.parts
        ]
        return {f"{value.which}_of": parts}

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        if "Within" not in definitions:
            parts = self._parts.schema(definitions)
            tables = [
                {
                    "type": "object",
                    "properties": {key: parts},
                    "required": [key],
                    "additionalProperties": False,
                }
                for key in self._keys
            ]
            definitions["Within"] = {"anyOf": [_WITHIN_TEXT.schema(definitions), *tables]}
        return {"$ref": "#/$defs/Within"}


WITHIN = _WithinShape()


# Warnings ---------------------------------------------------------------------------------------

_SHARE = re.compile(r"(\d{1,3}) ?%")
_BESIDE = re.compile(r"(.+) (before|after)")


@attrs.frozen
class Threshold:
    """A share of a target in percent, or a time before or after it is due."""

    share: int | None = None
    beside: Within | None = None
    direction: Literal[-1, 1] = -1

    @classmethod
    def parse(cls, text: str) -> Threshold:
        """Read ``80 %``, ``1 working hour before`` or ``30 minutes after``."""
        if match := _SHARE.fullmatch(text):
            return cls(share=int(match[1]))
        if match := _BESIDE.fullmatch(text):
            beside = _within.parse(match[1])
            if isinstance(beside, Within):
                return cls(beside=beside, direction=-1 if match[2] == "before" else 1)
        msg = f"{text!r} is no threshold: write {_THRESHOLD_FORMS}"
        raise WorkError(msg, given=text)

    def __str__(self) -> str:
        if self.share is not None:
            return f"{self.share} %"
        return f"{self.beside} {'before' if self.direction < 0 else 'after'}"


_THRESHOLD_FORMS = '"80 %" of the target, "1 working hour before" or "30 minutes after" it is due'
_THRESHOLD = Text(
    expected=_THRESHOLD_FORMS,
    pattern=rf"^(\d{{1,3}} ?%|({_within.COUNTED}) (before|after))$",
    max_length=_within.LONGEST,
    parse=Threshold.parse,
    to_text=str,
    result_type=Threshold,
)


@attrs.frozen(repr=False, field_transformer=bind)
class Warning_(Description):  # noqa: N801 - `Warning` is Python's own
    """A moment to look at a ticket before, or after, it is due.

    Args:
        at: ``"80 %"`` of the target, ``"1 working hour before"`` or ``"30 minutes after"``.
        name: Who is called, or what is done then.
        when_closed: Where the moment falls outside hours, look at the closing before it
            (``"previous_close"``) or at the opening after it (``"next_open"``); left out, then.
    """

    at: Threshold = attrs.field(
        converter=read_by_shape, metadata=shaped(_THRESHOLD, "When, by the target.")
    )
    name: str = attrs.field(
        default="",
        converter=read_by_shape,
        metadata=shaped(Text(), "Who is called, or what is done."),
    )
    when_closed: Literal["", "previous_close", "next_open"] = attrs.field(
        default="",
        converter=read_by_shape,
        kw_only=True,
        metadata=shaped(
            Choice(("previous_close", "next_open")), "Where a moment outside hours moves to."
        ),
    )

    def moved(self, calendar: Calendar, at: int) -> int:
        """The moment itself, or where it moves to from outside hours."""
        if not self.when_closed or calendar.timeline.is_open(at):
            return at
        timeline = calendar.timeline
        if self.when_closed == "next_open":
            return timeline.next_open(at)
        return timeline.previous_close(at)


WARNINGS = ListOf(
    Short(_THRESHOLD, Record(Warning_, "a threshold, or a table"), _THRESHOLD_FORMS),
    'a list of thresholds, such as ["80 %"]',
)


# Terms ------------------------------------------------------------------------------------------

_TERM = re.compile(r"(\d{1,4}) (year|month|calendar day)s?")


@attrs.frozen
class Term:
    """So many years, months or calendar days."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> Term:
        """Read ``1 year``, ``18 months`` or ``90 calendar days``."""
        match = _TERM.fullmatch(text)
        if not match:
            msg = f"{text!r} is no term: write {_TERM_FORMS}"
            raise WorkError(msg, given=text)
        return cls(int(match[1]), match[2])

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"

    def after(self, first: date) -> date:
        """The first date after a term that begins with *first*."""
        if self.unit == "calendar day":
            return date.fromordinal(first.toordinal() + self.count)
        months = first.month - 1 + self.count * (12 if self.unit == "year" else 1)
        year, month = first.year + months // 12, months % 12 + 1
        try:
            return date(year, month, first.day)
        except ValueError:  # the month is too short: the term ends with it
            return date(year + month // 12, month % 12 + 1, 1)


_TERM_FORMS = '"1 year", "18 months" or "90 calendar days"'
TERM = Text(
    expected=_TERM_FORMS,
    pattern=rf"^{_TERM.pattern}$",
    max_length=40,
    parse=Term.parse,
    to_text=str,
    result_type=Term,
)
