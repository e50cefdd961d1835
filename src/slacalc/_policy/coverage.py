"""Whether a contract covers a ticket: yes, no, or as far as the ticket says.

A term covers a ticket where all it asks is so. One that names an attribute the ticket does not bear
can be neither granted nor denied; where no other term covers the ticket, it is taken as covered,
and the answer says so.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from slacalc._policy.attributes import is_missing
from slacalc._policy.deadlines import NOT_COVERED, TAKEN_AS_COVERED
from slacalc._time.dates import parse_date
from slacalc._time.instants import to_instant
from slacalc.errors import SlacalcError, TicketError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slacalc._policy.matching import MatchedTicket
    from slacalc._policy.records import Coverage
    from slacalc._time.instants import Zone


class Contract:
    """The coverage of one version of a policy.

    Args:
        terms: Of which any one may cover a ticket; none at all cover every ticket.
        zone: Where its dates begin and end.
    """

    def __init__(self, terms: tuple[Coverage, ...], zone: Zone) -> None:
        self._terms, self._zone = terms, zone

    def _covers(
        self, term: Coverage, given: Mapping[str, Any], ticket: MatchedTicket
    ) -> bool | None:
        """Whether a term covers a ticket; None where the ticket does not say enough."""
        answers: list[bool | None] = [ticket.perhaps(term)] if term.when else []
        at = ticket.receipt.instant
        if term.from_ is not None:
            first = self._bound(term.from_, given)
            answers.append(None if first is None else at >= self._begins(first))
            if term.for_ is not None:
                after = None if first is None else term.for_.after(self._date(first))
                answers.append(None if after is None else at < self._zone.midnight(after))
        if term.until is not None:
            last = self._bound(term.until, given)
            answers.append(None if last is None else at < self._ends(last))
        if False in answers:
            return False
        return None if None in answers else True

    def _bound(self, bound: date | str, given: Mapping[str, Any]) -> date | int | None:
        """A bound as a date, or as an instant where the ticket bears one; None for neither."""
        if not isinstance(bound, str):
            return bound
        value = given.get(bound)
        if is_missing(value):
            return None
        try:
            if isinstance(value, datetime) or (isinstance(value, str) and len(value.strip()) > 10):
                return to_instant(value)
            return parse_date(value)
        except SlacalcError as error:
            msg = f"{bound} = {value!r} cannot be read: {error}"
            raise TicketError(msg, attribute=bound, given=value, suggestions=[]) from None

    def _begins(self, first: date | int) -> int:
        return first if isinstance(first, int) else self._zone.midnight(first)

    def _ends(self, last: date | int) -> int:
        """The first instant that a last day, or a last instant, does not cover."""
        if isinstance(last, int):
            return last + 1
        return self._zone.midnight(date.fromordinal(last.toordinal() + 1))

    def _date(self, bound: date | int) -> date:
        return self._zone.date(bound) if isinstance(bound, int) else bound

    def judge(self, given: Mapping[str, Any], ticket: MatchedTicket) -> tuple[bool, str]:
        """Whether the contract covers a ticket, and what to say of it."""
        terms = self._terms
        answers = [self._covers(term, given, ticket) for term in terms]
        if not terms or True in answers:
            return True, ""
        if None in answers:
            return True, TAKEN_AS_COVERED
        words = [term.otherwise for term in terms if term.otherwise]
        return False, "; ".join([NOT_COVERED, *words])
