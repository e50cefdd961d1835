"""Whether a contract covers a ticket: yes, no, or as far as the ticket says.

A term covers a ticket that meets all of its conditions. If a term depends on an attribute that the
ticket lacks, and no other term covers the ticket, it is taken as covered, and the answer says so.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import attrs

from slacalc._i18n import N_
from slacalc._policy.attribute_tests import WHEN, Test
from slacalc._schema.shapes import (
    NAME_SHAPE,
    DayShape,
    Description,
    FrozenMap,
    ListOf,
    OneOf,
    Record,
    Text,
    bind,
    read_by_shape,
    shaped,
)
from slacalc._time.dates import parse_date
from slacalc._time.instants import EARLIEST, FIRST_YEAR, LAST_YEAR, LATEST, to_instant
from slacalc._time.missing import is_missing
from slacalc.errors import SlacalcError, TicketError, WorkError, did_you_mean_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slacalc._policy.tickets import MatchedTicket
    from slacalc._time.instants import Zone

NOT_COVERED = N_("not covered")
TAKEN_AS_COVERED = N_("taken as covered: the ticket does not say enough to decide")


# Terms of validity --------------------------------------------------------------------------------

_TERM = re.compile(r"(\d{1,4}) (year|month|calendar day)s?")


@attrs.frozen
class Term:
    """A number of years, months or calendar days.

    Args:
        count: How many.
        unit: ``year``, ``month`` or ``calendar day``.
    """

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> Term:
        """Read ``1 year``, ``18 months`` or ``90 calendar days``."""
        match = _TERM.fullmatch(text)
        if not match:
            words = ("year", "years", "month", "months", "calendar", "day", "days")
            clause, suggestions = did_you_mean_words(text, words, _TERM.fullmatch)
            msg = f"{text!r} is not a term: write {_TERM_FORMS}{clause}"
            raise WorkError(msg, given=text, suggestions=suggestions)
        return cls(int(match[1]), match[2])

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"

    def after(self, first: date) -> date:
        """The day after a term whose first day is *first*."""
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


# Coverage ----------------------------------------------------------------------------------------

_BOUND = OneOf(
    (DayShape(), NAME_SHAPE),
    "a date, or the name of an attribute that contains one",
    index_of=lambda value: int(isinstance(value, str)),
)


@attrs.frozen(repr=False, kw_only=True, field_transformer=bind)
class Coverage(Description):
    """A term under which a contract covers a ticket, by the moment of its receipt.

    Args:
        from_: The first day covered: a date, or the attribute of the ticket that contains it.
        until: The last day covered: a date, or the attribute of the ticket that contains it.
        for_: How long the term lasts from its first day on, such as ``"1 year"``, in place of a
            last day.
        when: Conditions on the attributes, as in a row.
        otherwise: What the answer says about tickets that no term covers.
    """

    __module__ = "slacalc"

    from_: date | str | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(_BOUND)
    )
    until: date | str | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(_BOUND)
    )
    for_: Term | None = attrs.field(default=None, converter=read_by_shape, metadata=shaped(TERM))
    when: FrozenMap[Test] = attrs.field(
        factory=FrozenMap, converter=read_by_shape, metadata=shaped(WHEN)
    )
    otherwise: str = attrs.field(default="", converter=read_by_shape, metadata=shaped(Text()))


COVERAGE = ListOf(Record(Coverage, "a table with from, until, for or when"), "a list of terms")


_FIRST_DAY, _LAST_DAY = date(FIRST_YEAR, 1, 1), date(LAST_YEAR + 1, 1, 1)


def supported(day: date) -> date:
    """A bound of a term, such as 9999-12-31 for ever, as near as requests can be received to it."""
    return min(max(day, _FIRST_DAY), _LAST_DAY)


class Contract:
    """The coverage of one version of a policy.

    Args:
        terms: The terms, any of which may cover a ticket; without terms, every ticket is covered.
        zone: The zone in which their dates begin and end.
    """

    def __init__(self, terms: tuple[Coverage, ...], zone: Zone) -> None:
        self._terms, self._zone = terms, zone

    def check(self, fields: Mapping[str, Any], ticket: MatchedTicket) -> tuple[bool, str]:
        """Whether the contract covers a ticket, and what there is to say about it.

        Args:
            fields: The ticket as it was given.
            ticket: The ticket as the policy reads it.
        """
        if not self._terms:
            return True, ""
        answers = [self._covers(term, fields, ticket) for term in self._terms]
        if True in answers:
            return True, ""
        if None in answers:
            return True, TAKEN_AS_COVERED
        return False, "; ".join([NOT_COVERED, *filter(None, (t.otherwise for t in self._terms))])

    def _covers(
        self, term: Coverage, fields: Mapping[str, Any], ticket: MatchedTicket
    ) -> bool | None:
        """Whether a term covers a ticket; None if the ticket does not say enough."""
        at = ticket.receipt.instant
        begins, ends = self._bounds(term, fields)
        answers = [ticket.perhaps(term)] if term.when else []
        answers += [None if begin is None else at >= begin for begin in begins]
        answers += [None if end is None else at < end for end in ends]
        if False in answers:
            return False
        return None if None in answers else True

    def spans(self, fields: Mapping[str, Any], ticket: MatchedTicket) -> list[tuple[int, int]]:
        """The stretches that terms cover, whose conditions a ticket meets or may meet.

        Args:
            fields: The ticket as it was given.
            ticket: The ticket as the policy reads it.
        """
        spans = [] if self._terms else [(EARLIEST, LATEST)]
        for term in self._terms:
            try:
                may_hold = not term.when or ticket.perhaps(term) is not False
            except TicketError:
                may_hold = True
            if may_hold:
                begins, ends = self._bounds(term, fields)
                begin = max((at for at in begins if at is not None), default=EARLIEST)
                end = min((at for at in ends if at is not None), default=LATEST)
                spans.append((begin, end))
        return spans

    def cuts(self, fields: Mapping[str, Any]) -> set[int]:
        """The instants at which a term begins or ends for a ticket."""
        return {
            at
            for term in self._terms
            for bounds in self._bounds(term, fields)
            for at in bounds
            if at is not None
        }

    def _bounds(
        self, term: Coverage, fields: Mapping[str, Any]
    ) -> tuple[list[int | None], list[int | None]]:
        """The instants at which a term begins and ends; None for those the ticket does not say."""
        begins: list[int | None] = []
        ends: list[int | None] = []
        if term.from_ is not None:
            first = self._read(term.from_, fields)
            begins.append(first if first is None else self._midnight(first))
            if term.for_ is not None:
                day = self._zone.date(first) if isinstance(first, int) else first
                after = None if day is None else term.for_.after(supported(day))
                ends.append(after if after is None else self._midnight(after))
        if term.until is not None:
            last = self._read(term.until, fields)
            if isinstance(last, date):
                last = self._midnight(date.fromordinal(supported(last).toordinal() + 1))
            elif last is not None:
                last += 1  # the last instant is covered itself
            ends.append(last)
        return begins, ends

    def _midnight(self, bound: date | int) -> int:
        return bound if isinstance(bound, int) else self._zone.midnight(supported(bound))

    def _read(self, bound: date | str, fields: Mapping[str, Any]) -> date | int | None:
        """A bound: a date, the date or the instant that the ticket has for it, or None."""
        if not isinstance(bound, str):
            return bound
        return read_bound(bound, fields.get(bound))


def read_bound(name: str, value: Any) -> date | int | None:
    """A bound of a term: a date, an instant in microseconds, or None if it is missing.

    Raises:
        TicketError: It is something else.
    """
    if is_missing(value):
        return None
    try:
        if isinstance(value, datetime) or (isinstance(value, str) and len(value.strip()) > 10):
            return to_instant(value)
        return parse_date(value)
    except SlacalcError as error:
        msg = f"{name} = {value!r} cannot be read: {error}"
        raise TicketError(msg, attribute=name, given=value, suggestions=[]) from None
