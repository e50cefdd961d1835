"""One ticket of one version of a policy: when it was received, and which conditions it meets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slacalc._policy.attribute_tests import ANY, CompiledGroup, leaves
from slacalc._policy.attributes import key_of_value, value_text
from slacalc._policy.receipts import RECEIVED, receipt_unpublished_from, receipt_words
from slacalc._time.instants import to_instant
from slacalc.errors import TicketError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from slacalc._calendar.calendar import Calendar
    from slacalc._policy.attribute_tests import CompiledTest, CompiledTests
    from slacalc._policy.attributes import Attribute, Value
    from slacalc._policy.calendars import CalendarByField
    from slacalc._policy.receipts import CutOffs


_FALSE, _NEITHER, _TRUE = 1, 2, 4
"""What may come of a condition, as bits; neither true nor false if an attribute is optional."""


def _both(*outcomes: int) -> int:
    """What may come of several conditions together: of each pair the lesser."""
    result = outcomes[0]
    for other in outcomes[1:]:
        most = min(result.bit_length(), other.bit_length())  # no minimum exceeds this
        result = (result | other) & ((1 << most) - 1)
    return result


def _opposite(outcomes: int) -> int:
    """What may come of a condition that is turned round."""
    return outcomes & _NEITHER | (outcomes & _FALSE) << 2 | (outcomes & _TRUE) >> 2


class Receipt:
    """The moment at which a request was received, and what calendars say of it.

    Args:
        calendar_of: Returns a calendar of the policy by its name.
        instant: The moment, in UTC microseconds.
        cut_offs: What conditions distinguish of the moment at which it counts.
    """

    __slots__ = ("_calendar_of", "_cut_offs", "_words", "instant", "unpublished")

    def __init__(
        self, calendar_of: Callable[[str], Calendar], instant: int, cut_offs: CutOffs
    ) -> None:
        self.instant = instant
        self.unpublished: date | None = None
        self._calendar_of, self._cut_offs = calendar_of, cut_offs
        self._words: dict[str, frozenset[str]] = {}

    @property
    def calendars(self) -> tuple[str, ...]:
        """The calendars of which `words` was requested so far."""
        return tuple(self._words)

    def words(self, on: str) -> frozenset[str]:
        """What conditions on the receipt may require of it on a calendar: `receipt_words`."""
        words = self._words.get(on)
        if words is None:
            calendar = self._calendar_of(on)
            words = self._words[on] = receipt_words(calendar, self.instant, self._cut_offs)
            since = receipt_unpublished_from(calendar, self._cut_offs)
            if since is not None and self.instant >= since:
                self.unpublished = calendar.provisional_from
        return words


class MatchedTicket:
    """A ticket while its rows are matched.

    Args:
        tests: The compiled conditions of rows, refusals and terms of coverage, by their `id`.
        attributes: The attributes of the policy.
        values: The ticket's attributes, as the policy reads them.
        receipt: When it was received.
    """

    subject = "the ticket"

    def __init__(
        self,
        tests: Mapping[int, CompiledTests],
        attributes: Mapping[str, Attribute],
        values: dict[str, Value],
        receipt: Receipt,
    ) -> None:
        self.values, self.receipt = values, receipt
        self._tests, self._attributes = tests, attributes
        self._matches: dict[int, bool] = {}

    def meets(self, owner: object) -> bool:
        """Whether the ticket meets all conditions of a row, a refusal or a term of coverage.

        Raises:
            TicketError: That depends on an attribute that the ticket lacks.
        """
        matches = self._matches.get(id(owner))
        if matches is None:
            matches = self._matches[id(owner)] = self._evaluate(owner)
        return matches

    def perhaps(self, owner: object) -> bool | None:
        """Whether the ticket meets all conditions; None if it lacks an attribute of theirs."""
        for test in self._tests[id(owner)]:
            if isinstance(test, CompiledGroup):
                if self._outcomes(test) not in (_TRUE, _FALSE):
                    return None
            elif test.name != RECEIVED:
                if test.name not in self.values:
                    return None
            elif not isinstance(test.on, str) and not (
                test.on.default or test.on.field in self.values
            ):
                return None
        return self._evaluate(owner)

    def calendar_name(self, choice: CalendarByField) -> str:
        """The calendar that the ticket chooses.

        Raises:
            TicketError: The choice names no calendar for the ticket.
        """
        value = self.values.get(choice.field)
        name = choice.name_for(None if value is None else value_text(value))
        if name:
            return name
        known, field = [*choice.names], choice.field
        if value is not None:
            what = f"a value of {field} for which a calendar is named"
            raise unknown_name(TicketError, what, value, known, attribute=field, known=known)
        msg = (
            f"the ticket does not say its {field}, and the calendar that counts depends on it: "
            f"it is one of {', '.join(known)}"
        )
        raise TicketError(msg, attribute=field, given=None, known=known, suggestions=[])

    def _evaluate(self, owner: object) -> bool:
        tests, is_open = self._tests[id(owner)], False
        for test in tests:
            value = self.values.get(test.name)
            if value is not None:  # so it is not a group
                if (key_of_value(value) in test.passing) is test.negated:  # type: ignore[union-attr] # no group
                    return False
                continue
            outcomes = self._outcomes(test)
            if not outcomes & _TRUE:
                return False
            # Where this one is open, another condition may still exclude the row.
            is_open = is_open or outcomes != _TRUE
        if is_open:
            raise self._what_is_missing(tests)
        return True

    def _passes_receipt(self, test: CompiledTest) -> bool:
        """Whether the receipt is among what a condition on it names.

        Raises:
            TicketError: The ticket does not say by which calendar.
        """
        on = test.on if isinstance(test.on, str) else self.calendar_name(test.on)
        return self.receipt.words(on) in test.passing

    def _what_is_missing(self, tests: CompiledTests) -> TicketError:
        """The error about the attribute for want of which conditions are neither met nor not."""
        every = [*leaves(test for test in tests if self._outcomes(test) != _TRUE)]
        for test in every:
            if self._lacks(test):
                return self._missing(test.name)
        for test in every:
            try:
                self._passes_receipt(test)
            except TicketError as error:
                return error
        raise AssertionError(tests)

    def _outcomes(self, test: CompiledTest | CompiledGroup) -> int:
        """What may come of a condition, whatever the attributes are that the ticket lacks."""
        if isinstance(test, CompiledGroup):
            branches = [_both(_TRUE, *map(self._outcomes, branch)) for branch in test.branches]
            if test.name == ANY:  # not all of them are not met
                return _opposite(_both(*map(_opposite, branches)))
            return _opposite(branches[0])
        if test.name == RECEIVED:
            try:
                passes = self._passes_receipt(test)
            except TicketError:
                return _TRUE | _FALSE
        elif test.name in self.values:
            passes = key_of_value(self.values[test.name]) in test.passing
        else:
            return _TRUE | _FALSE if self._lacks(test) else _NEITHER
        return _FALSE if passes is test.negated else _TRUE

    def _lacks(self, test: CompiledTest) -> bool:
        """Whether the ticket lacks an attribute that it has to have."""
        name = test.name
        return name != RECEIVED and name not in self.values and not self._attributes[name].optional

    def date(self, name: str) -> int | None:
        """The instant that the ticket has; None if it has none and need not have it.

        Raises:
            TicketError: It lacks one that it has to have.
        """
        value = self.values.get(name)
        if value is not None:
            return to_instant(str(value))
        if self._attributes[name].optional:
            return None
        raise self._missing(name)

    def _missing(self, name: str) -> TicketError:
        attribute = self._attributes[name]
        legal = ", ".join(map(value_text, attribute.values))
        legal = f"one of {legal}" if legal else attribute.expected
        lacking = [source for source in attribute.by if source not in self.values]
        why = f" (derived from {' and '.join(lacking)}, which it lacks too)" if lacking else ""
        msg = (
            f"{self.subject} does not say its {name}{why}, and what it is promised depends on it: "
            f"it is {legal}"
        )
        return TicketError(msg, attribute=name, given=None, known=attribute.values, suggestions=[])
