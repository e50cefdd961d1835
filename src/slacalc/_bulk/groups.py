"""Tickets sorted into groups that a policy treats alike, so that it is asked once for each.

A group is a combination of what the policy asks for: the values of attributes, what calendars say
of the moment of receipt, and between which bounds of its contract that lies. Values that no
question tells apart are one. A ticket of the group stands for all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._calendar.compilation import zone_of
from slacalc._columns.arithmetic import Arrays
from slacalc._columns.zones import readings
from slacalc._policy.attributes import key_of_value, value_text
from slacalc._policy.tickets import receipt_words
from slacalc._time.instants import DAY
from slacalc.errors import SlacalcError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.categories import Codes, EncodedColumn
    from slacalc._policy.attributes import Attribute, Value
    from slacalc._policy.matching import MatchedRow, Matcher
    from slacalc._policy.tickets import MatchedTicket

_MOST = 1 << 20  # combinations that are looked up in a table
_FEW = 12  # codes that are looked for one by one


class RowErrors:
    """What is wrong with rows: for each the first thing that was found.

    Args:
        count: How many rows there are.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self.causes: list[SlacalcError | Callable[[int], SlacalcError]] = []
        self.codes: Codes | None = None

    def add(self, rows: Any, cause: SlacalcError | Callable[[int], SlacalcError]) -> None:
        """Note an error of some rows, or what makes the error of each."""
        if self.codes is None:
            self.codes = np.full(self._count, -1, np.intp)
        fresh = rows[self.codes[rows] < 0]
        if len(fresh):
            self.codes[fresh] = len(self.causes)
            self.causes.append(cause)

    @property
    def rows(self) -> NDArray[np.bool_] | None:
        """Which rows have an error; None where none has."""
        return None if self.codes is None else self.codes >= 0

    def texts(self) -> tuple[Codes, list[str]]:
        """The errors as codes and texts; what many rows have in common is told once."""
        texts: dict[str, int] = {}
        codes = np.full(self._count, -1, np.intp)
        for code, rows in (
            rows_by_code(self.codes, len(self.causes)) if self.codes is not None else ()
        ):
            cause = self.causes[code]
            if isinstance(cause, SlacalcError):
                codes[rows] = texts.setdefault(str(cause), len(texts))
                continue
            for row in as_indices(rows, self._count).tolist():
                codes[row] = texts.setdefault(str(cause(row)), len(texts))
        return codes, list(texts)

    def error(self, row: int) -> SlacalcError:
        """The error of a row."""
        code = -1 if self.codes is None else int(self.codes[row])
        cause = self.causes[code]
        return cause if isinstance(cause, SlacalcError) else cause(row)

    def refuse(self) -> None:
        """Raise the error of the first row that has one."""
        if self.codes is None:
            return
        bad = np.flatnonzero(self.codes >= 0)
        row = int(bad[0])
        error = self.error(row)
        more = f" (and {len(bad) - 1:,} more)" if len(bad) > 1 else ""
        error.where = f"row {row}{more}" + (f".{error.where}" if error.where else "")
        error.__dict__["row"] = row
        raise error


class GroupResult(NamedTuple):
    """What a policy says of the tickets of a group.

    Args:
        fields: Their attributes as text, with defaults and derived ones.
        covered: Whether the contract covers them.
        note: What the policy says of that.
        found: By metric, the rows that speak of it.
        asked: By metric, the calendars that were asked about the receipt until then.
    """

    fields: Mapping[str, str]
    covered: bool
    note: str
    found: tuple[tuple[MatchedRow, ...], ...]
    asked: tuple[tuple[str, ...], ...]


class TicketGroups(NamedTuple):
    """Rows by the group that they belong to.

    Args:
        codes: For each row the place of its group.
        verdicts: What the policy says of each; None where the ticket is bad.
        any_row: A row of each.
    """

    codes: Codes
    verdicts: list[GroupResult | None]
    any_row: Codes


class TicketGrouper:
    """Sorts the tickets of one version of a policy.

    Args:
        matcher: The policy compiled.
        attributes: The columns of its attributes, by name.
        created: When each ticket came in.
        apart: By attribute, values that are to be told apart although no row asks for them, as
            text.
        for_clock: Whether a clock would be opened: what is not covered is then not looked at.
    """

    def __init__(
        self,
        matcher: Matcher,
        attributes: Mapping[str, EncodedColumn],
        created: Integers,
        *,
        apart: Mapping[str, frozenset[str]],
        for_clock: bool,
    ) -> None:
        self.matcher, self._attributes, self._created = matcher, attributes, created
        self._apart, self._for_clock = apart, for_clock
        self._known: dict[Any, Any] = {}

    def groups(self, mistakes: RowErrors, place: Callable[[Any], Any]) -> TicketGroups:
        """The groups, bad tickets among them.

        Args:
            mistakes: Where errors go.
            place: From places among these tickets to rows of the whole.
        """
        count = len(self._created)
        radix = CodeCombiner(count)
        for name, attribute in self.matcher.policy.attributes.items():
            column = self._attributes.get(name)
            if column is not None:
                self._classify(radix, name, attribute, column)
        for on in self.matcher.receipt_calendars:
            self._receipts(radix, on)
        self._cut(radix)
        codes, any_row = radix.dense()
        verdicts: list[GroupResult | None] = []
        errors: dict[int, SlacalcError] = {}
        for group, row in enumerate(any_row.tolist()):
            try:
                verdicts.append(self._judged(row))
            except SlacalcError as error:
                verdicts.append(None)
                errors[group] = error
        if errors:
            for group, rows in rows_by_code(codes, len(any_row)):
                if group in errors:
                    mistakes.add(place(as_indices(rows, count)), errors[group])
        return TicketGroups(codes, verdicts, any_row)

    # What tells tickets apart --------------------------------------------------------------------

    def _classify(
        self, radix: CodeCombiner, name: str, attribute: Attribute, column: EncodedColumn
    ) -> None:
        """Add the classes of an attribute's values."""
        apart = self._telling(name, attribute)
        seen: dict[Any, int] = {}
        classes = np.zeros(len(column.values) + 1, np.intp)
        for at, given in enumerate(column.values):
            try:
                value = attribute.read(name, given)
            except SlacalcError:
                key: Any = (None, at)  # each is told of as it is given
            else:
                key = key_of_value(value)
                if apart is not None and value_text(value) not in apart:
                    key = "another"
            classes[at] = seen.setdefault(key, len(seen))
        classes[-1] = len(seen)  # nothing at all
        radix.add(classes, len(seen) + 1, column.codes)

    def _telling(self, name: str, attribute: Attribute) -> frozenset[str] | None:
        """The values that questions tell apart, as text; None for all of them."""
        policy = self.matcher.policy
        bounds = {one for term in policy.coverage for one in (term.from_, term.until)}
        if name in bounds or any(name in one.by for one in policy.attributes.values()):
            return None
        passing = {
            value_text(value)
            for questions in self.matcher.tests.values()
            for question in questions
            if question.name == name
            for _, value in question.passing
        }
        del attribute
        return frozenset(passing) | self._apart.get(name, frozenset())

    def _receipts(self, radix: CodeCombiner, on: str) -> None:
        """Add what a calendar says of the moment of receipt."""
        calendar, created = self.matcher.calendar(on), self._created
        if not len(created):
            return
        days = readings(zone_of(calendar), created) // DAY
        days -= days.min()
        kinds = np.zeros(int(days.max()) + 1, np.intp)
        rows = np.full(len(kinds), -1, np.intp)
        rows[days] = np.arange(len(days))
        seen: dict[Any, int] = {}
        for day in np.flatnonzero(rows >= 0).tolist():
            words = receipt_words(calendar, int(created[rows[day]])) - {"open", "closed"}
            kinds[day] = seen.setdefault(words, len(seen))
        radix.add(kinds, max(len(seen), 1), days)
        opened = Arrays(calendar.timeline).is_open(created)
        radix.add(np.arange(2), 2, opened.view(np.uint8))

    def _cut(self, radix: CodeCombiner) -> None:
        """Add between which bounds of the contract tickets came in."""
        policy, created = self.matcher.policy, self._created
        terms = [one for one in policy.coverage if one.from_ is not None or one.until is not None]
        if not terms:
            return
        named = [
            one
            for term in terms
            for one in (term.from_, term.until)
            if isinstance(one, str) and one in self._attributes
        ]
        pieces = np.zeros(len(created), np.intp)
        if not named:
            pieces[:] = np.searchsorted(self._cuts({}), created, "right")
        else:
            own = CodeCombiner(len(created))
            for name in dict.fromkeys(named):
                column = self._attributes[name]
                count = len(column.values) + 1
                places = np.arange(count, dtype=np.intp)
                own.add(places, count, column.codes)
            codes, any_row = own.dense()
            order = np.argsort(codes, kind="stable")
            ends = np.searchsorted(codes[order], np.arange(len(any_row)), "right")
            begins = 0
            for row, end in zip(any_row.tolist(), ends.tolist(), strict=True):
                rows = order[begins:end]
                cuts = self._cuts(self.given(row))
                pieces[rows] = np.searchsorted(cuts, created[rows], "right")
                begins = end
        most = int(pieces.max(initial=0)) + 1
        radix.add(np.arange(most), most, pieces)

    def _cuts(self, given: Mapping[str, Any]) -> Integers:
        """The instants at which coverage may begin or end; none where they cannot be read."""
        try:
            return np.array(sorted(self.matcher.contract.cuts(given)), np.int64)
        except (SlacalcError, ValueError, OverflowError):
            return np.empty(0, np.int64)

    # Asking --------------------------------------------------------------------------------------

    def given(self, row: int) -> dict[str, Any]:
        """A ticket as it is given."""
        return {
            name: column.values[column.codes[row]]
            for name, column in self._attributes.items()
            if column.codes[row] >= 0
        }

    def _judged(self, row: int) -> GroupResult:
        """What the policy says of a ticket, in the order in which a single one is judged."""
        matcher, given = self.matcher, self.given(row)
        values = matcher.read(given)
        ticket = matcher.ticket(values, matcher.receipt(int(self._created[row])))
        fields = {name: value_text(value) for name, value in values.items()}
        if not self._for_clock:
            matcher.refuse(ticket)
        covered, note = matcher.contract.check(given, ticket)
        if not covered:
            nothing = ((),) * len(matcher.policy.metrics)
            return GroupResult(fields, covered, note, nothing, nothing)
        return GroupResult(fields, covered, note, *self._found(ticket, values))

    def _found(self, ticket: MatchedTicket, values: Mapping[str, Value]) -> Any:
        """The rows that speak of each metric; asked once for what is alike."""
        matcher = self.matcher
        asked = matcher.tested_attributes
        words = matcher.receipt(ticket.receipt.instant)
        key = (
            tuple(words.words(on) for on in matcher.receipt_calendars),
            tuple((name, key_of_value(one)) for name, one in values.items() if name in asked),
            tuple(ticket.receipt.calendars),
        )
        known = self._known.get(key)
        if known is None:
            if self._for_clock:
                matcher.refuse(ticket)
            found, so_far = [], []
            for metric in matcher.policy.metrics:
                found.append(tuple(matcher.matched_rows(metric, ticket)))
                so_far.append(tuple(ticket.receipt.calendars))
            known = self._known[key] = tuple(found), tuple(so_far)
        return known


class CodeCombiner:
    """Several codes of each row as one.

    Args:
        count: How many rows there are.
    """

    def __init__(self, count: int) -> None:
        self._codes: NDArray[Any] = np.zeros(count, np.int32)
        self._size = 1

    def add(self, classes: Codes, count: int, codes: NDArray[Any]) -> None:
        """Add a digit: the class of each row's code, of so many classes."""
        if count < 2:
            return
        if self._size * count > _MOST:
            self._codes, rows = self.dense()
            self._codes = self._codes.astype(np.int32)
            self._size = max(len(rows), 1)
        wide = np.int32 if self._size * count < np.iinfo(np.int32).max else np.int64
        digits = (classes * self._size).astype(wide)
        more = digits.take(codes, mode="wrap")
        self._codes = np.add(self._codes, more, out=more)
        self._size *= count

    def dense(self) -> tuple[Codes, Codes]:
        """The codes from 0 on without gaps, and a row of each."""
        count = len(self._codes)
        if self._size > max(_MOST, count):
            found, any_row, codes = np.unique(self._codes, return_index=True, return_inverse=True)
            del found
            return codes, any_row
        rows = np.full(self._size, -1, np.intp)
        rows[self._codes] = np.arange(count)
        used = np.flatnonzero(rows >= 0)
        if len(used) == self._size:
            return self._codes.astype(np.intp), rows
        places = np.zeros(self._size, np.intp)
        places[used] = np.arange(len(used))
        return places.take(self._codes), rows[used]


def rows_by_code(codes: NDArray[Any], count: int) -> Iterator[tuple[int, Any]]:
    """The rows of each code from 0 on that occurs; a slice for all rows."""
    if count > _FEW:
        order = np.argsort(codes, kind="stable")
        ends = np.searchsorted(codes[order], np.arange(count), "right").tolist()
        begins = int(np.searchsorted(codes[order], 0, "left"))
        for code, end in enumerate(ends):
            if end > begins:
                yield code, order[begins:end]
            begins = end
        return
    for code in range(count):
        rows = np.flatnonzero(codes == code)
        if len(rows) == len(codes):
            yield code, slice(None)
        elif len(rows):
            yield code, rows


def as_indices(rows: Any, count: int) -> Codes:
    """Rows, of which a slice stands for all of so many, by their places."""
    places: Codes = np.arange(count) if isinstance(rows, slice) else rows
    return places
