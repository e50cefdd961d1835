"""One ticket of one version of a policy: when it was received, and which conditions it meets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slacalc._policy.attributes import key_of_value, value_text
from slacalc._policy.receipts import RECEIVED, receipt_unpublished_from, receipt_words
from slacalc.errors import TicketError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from slacalc._calendar.calendar import Calendar
    from slacalc._policy.attributes import Attribute, CompiledTest, Value
    from slacalc._policy.calendars import CalendarByField
    from slacalc._policy.receipts import CutOffs


class Receipt:
    """The moment at which a request was received, and what calendars say of it.

    Args:
        calendar_of: Returns a calendar of the policy by its name.
        instant: The moment, in UTC microseconds.
        cut_offs: What conditions distinguish of the moment at which it counts.
    """

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

    def __init__(
        self,
        tests: Mapping[int, tuple[CompiledTest, ...]],
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
            if test.name != RECEIVED:
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
        missing = None
        refused: TicketError | None = None
        for test in self._tests[id(owner)]:
            if test.name == RECEIVED:
                try:
                    on = test.on if isinstance(test.on, str) else self.calendar_name(test.on)
                except TicketError as error:
                    refused = error
                    continue
                passes = self.receipt.words(on) in test.passing
            elif test.name in self.values:
                passes = key_of_value(self.values[test.name]) in test.passing
            elif self._attributes[test.name].optional:
                return False
            else:
                # Another condition may still exclude the row, whatever this attribute is.
                missing = missing or test.name
                continue
            if passes is test.negated:
                return False
        if missing is not None:
            raise self._missing(missing)
        if refused is not None:
            raise refused
        return True

    def _missing(self, name: str) -> TicketError:
        attribute = self._attributes[name]
        legal = ", ".join(map(value_text, attribute.values)) or attribute.kind
        lacking = [source for source in attribute.by if source not in self.values]
        why = f" (derived from {' and '.join(lacking)}, which it lacks too)" if lacking else ""
        msg = (
            f"the ticket does not say its {name}{why}, and what it is promised depends on it: "
            f"it is one of {legal}"
        )
        return TicketError(msg, attribute=name, given=None, known=attribute.values, suggestions=[])
