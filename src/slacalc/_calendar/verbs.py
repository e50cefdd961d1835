"""What every calendar answers: datetimes in, a look-up on the timeline, datetimes out.

`CalendarVerbs` converts once at the door and once on the way out; the arithmetic is the
timeline's. Of the calendar itself it asks four things: its zone, its timeline, its judgement of a
date, and where its published holidays end.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

import attrs

from slacalc._calendar.ledger import Judgement, Ledger, account
from slacalc._time.dates import parse_date
from slacalc._time.durations import to_work
from slacalc._time.instants import (
    DAY,
    EARLIEST,
    EPOCH_DAY,
    LATEST,
    MICROSECOND,
    SECOND,
    Zone,
    horizon_error,
    to_duration,
    to_instant,
)
from slacalc.errors import CalendarError, ProvisionalError, ReversedRangeError, WorkError

if TYPE_CHECKING:
    from datetime import date, timedelta

    import pendulum

    from slacalc._calendar.timeline import Timeline
    from slacalc._time.intervals import SpanList


class OpenSpan(NamedTuple):
    """A half-open stretch of working time, from *opens* to just before *closes*."""

    opens: pendulum.DateTime
    closes: pendulum.DateTime


@attrs.frozen(kw_only=True)
class Day:
    """A date on a calendar.

    Args:
        date: The date.
        kind: ``working-day``, ``weekend`` (a weekly day of rest), ``holiday``, ``make-up-day``
            or ``exception``.
        name: The name of the holiday or exception, or the day off that a make-up day was
            exchanged for; else the empty string.
        spans: The open stretches that belong to the date; those of a night shift belong to the
            date it starts on.
    """

    date: date
    kind: str
    name: str = ""
    spans: tuple[OpenSpan, ...] = ()

    @property
    def is_working(self) -> bool:
        """Whether there is any working time on the date."""
        return bool(self.spans)

    @property
    def work(self) -> pendulum.Duration:
        """The working time of the date, as physical time."""
        return to_duration(
            sum(to_instant(closes) - to_instant(opens) for opens, closes in self.spans)
        )


def unknown_edge(given: object, *known: str) -> CalendarError:
    """The error for an edge that is none of a few."""
    msg = f"edge={given!r} is unknown: it is {' or '.join(map(repr, known))}"
    return CalendarError(msg, given=given)


def whole_days(given: object) -> int:
    """A number of days.

    Raises:
        WorkError: It is not whole, or no number.
    """
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    msg = f"{given!r} is not a number of days: give a whole number, negative to count back"
    raise WorkError(msg, given=given)


class CalendarVerbs(ABC):
    """The questions that a calendar answers.

    Instants come in as aware datetimes, or as ISO 8601 text with an offset, and go out as
    `pendulum.DateTime` in the calendar's zone. Every verb raises `NaiveDatetimeError` or
    `InstantError` for what is no instant, `HorizonError` beyond the years 1900 to 2200, and, with
    ``strict=True``, `ProvisionalError` where its answer reaches past the published holidays.
    """

    __slots__ = ()

    timeline: Timeline  # the compiled form, for arithmetic on integers of UTC microseconds
    _zone: Zone  # where hours are read and answers are given

    @abstractmethod
    def _judge(self, day: date, language: str) -> Judgement:
        """What kind of day a date is, without the calendars combined with this one."""

    @abstractmethod
    def _own_spans(self, start: int, end: int) -> SpanList:
        """What would be open without the calendars combined with this one."""

    @abstractmethod
    def _unpublished_from(self) -> int | None:
        """The first instant of the first date whose holidays are not officially published."""

    @property
    def provisional_from(self) -> date | None:
        """The first date whose holidays are not officially published; None where there is none.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Asia/Shanghai", {"mon-fri": "9-18"}, holidays="CN", horizon=2026)
            >>> print(office.provisional_from)
            2027-01-01
        """
        first = self._unpublished_from()
        return None if first is None else self._zone.date(first)

    def is_provisional(self, answer: datetime | str) -> bool:
        """Whether an answer reaches past the officially published holidays.

        Args:
            answer: An instant that another verb gave.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Asia/Shanghai", {"mon-fri": "9-18"}, holidays="CN", horizon=2026)
            >>> office.is_provisional(office.add("2026-12-31T17:00:00+08:00", "4h"))
            True
        """
        first = self._unpublished_from()
        return first is not None and to_instant(answer) > first

    def _refuse_provisional(self, reached: int, *, at: bool = False) -> None:
        """Refuse what rests on time after the published holidays, or *at* their end as well."""
        first = self._unpublished_from()
        if first is None or reached < first or (reached == first and not at):
            return
        since, instant = self._zone.date(first), self._zone.datetime(reached).isoformat()
        msg = (
            f"{instant} lies past the officially published holidays: those from {since} on are "
            "not known yet; drop strict=True to accept a provisional answer, or set the "
            "calendar's horizon if you know them to be complete"
        )
        raise ProvisionalError(msg, instant=instant, since=since)

    def _answer(self, instant: int, *, strict: bool) -> pendulum.DateTime:
        if strict:
            self._refuse_provisional(instant)
        return self._zone.datetime(instant)

    def add(
        self,
        start: datetime | str,
        work: timedelta | str,
        *,
        edge: Literal["close", "next_open"] = "close",
        strict: bool = False,
    ) -> pendulum.DateTime:
        """The first instant at which so much work, begun at *start*, is done.

        Args:
            start: Where the work begins; outside hours it waits for the next opening.
            work: Its length: a `timedelta`, a `pendulum.Duration`, or text (``"4h"``,
                ``"1h30m"``, ``"PT4H"``). No work at all answers *start*, or the next opening;
                negative work answers what `subtract` does.
            edge: Where the work ends exactly with a span of hours: ``"close"`` answers that
                closing, ``"next_open"`` the next opening.
            strict: Refuse a provisional answer.

        Raises:
            WorkError: The length cannot be read.
            NeverOpen: The calendar has no working minute.
            HorizonError: The work is not done within the supported years.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
            >>> print(office.add("2024-05-03T16:00:00+02:00", "2h"))
            2024-05-06 10:00:00+02:00
            >>> print(office.add("2024-05-03T16:00:00+02:00", "1h"))
            2024-05-03 17:00:00+02:00
        """
        if edge not in ("close", "next_open"):
            raise unknown_edge(edge, "close", "next_open")
        done = self.timeline.add(to_instant(start), to_work(work), to_next_open=edge == "next_open")
        if strict:
            self._refuse_provisional(done)
        return self._zone.datetime(done)

    def subtract(
        self,
        end: datetime | str,
        work: timedelta | str,
        *,
        edge: Literal["open", "previous_close"] = "open",
        strict: bool = False,
    ) -> pendulum.DateTime:
        """The last instant from which so much work is done by *end*: the exact mirror of `add`.

        Args:
            end: When the work is done.
            work: Its length, as for `add`. No work at all answers *end*, or the previous closing.
            edge: Where the work begins exactly with a span of hours: ``"open"`` answers that
                opening, ``"previous_close"`` the closing before it.
            strict: Refuse a provisional answer.

        Raises:
            WorkError: The length cannot be read.
            NeverOpen: The calendar has no working minute.
            HorizonError: The work does not fit into the supported years.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
            >>> print(office.subtract("2024-05-06T10:00:00+02:00", "2h"))
            2024-05-03 16:00:00+02:00
        """
        if edge not in ("open", "previous_close"):
            raise unknown_edge(edge, "open", "previous_close")
        ended = to_instant(end)
        begun = self.timeline.subtract(
            ended, to_work(work), to_previous_close=edge == "previous_close"
        )
        if strict:
            self._refuse_provisional(ended)
        return self._answer(begun, strict=strict)

    def elapsed(
        self, start: datetime | str, end: datetime | str, *, strict: bool = False
    ) -> pendulum.Duration:
        """The working time between two instants; negative where the end is the earlier one.

        Args:
            start: The first instant.
            end: The last instant.
            strict: Refuse a provisional answer.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
            >>> office.elapsed("2024-05-03T16:00:00+02:00", "2024-05-06T10:00:00+02:00").in_hours()
            2
        """
        return to_duration(self._elapsed(start, end, strict=strict))

    def elapsed_seconds(
        self, start: datetime | str, end: datetime | str, *, strict: bool = False
    ) -> int:
        """`elapsed` in whole seconds, a fraction dropped: the same answer at a third of the cost.

        Args:
            start: The first instant.
            end: The last instant.
            strict: Refuse a provisional answer.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
            >>> office.elapsed_seconds("2024-05-03T16:00:00+02:00", "2024-05-06T10:00:00+02:00")
            7200
        """
        elapsed = self._elapsed(start, end, strict=strict)
        return elapsed // SECOND if elapsed >= 0 else -(-elapsed // SECOND)

    def _elapsed(self, start: datetime | str, end: datetime | str, *, strict: bool) -> int:
        wall, zone = self.timeline.wall, self._zone
        if (
            wall is not None
            and type(start) is datetime is type(end)
            and start.tzinfo is zone.info is end.tzinfo
            and not strict
        ):
            begun, ended = (start - zone.base) // MICROSECOND, (end - zone.base) // MICROSECOND
            if wall.start <= begun <= ended < wall.end:
                return wall.between(begun, ended)
        begun, ended = to_instant(start), to_instant(end)
        if strict:
            self._refuse_provisional(max(begun, ended))
        return self.timeline.elapsed(begun, ended)

    def is_open(self, at: datetime | str, *, strict: bool = False) -> bool:
        """Whether an instant is working time; an opening is, a closing is not.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
            >>> office.is_open("2024-05-03T09:00+02:00"), office.is_open("2024-05-03T17:00+02:00")
            (True, False)
        """
        instant = to_instant(at)
        if strict:
            self._refuse_provisional(instant, at=True)
        return self.timeline.is_open(instant)

    def next_open(self, after: datetime | str, *, strict: bool = False) -> pendulum.DateTime:
        """The first open instant from *after* on: itself where it is open, else the next opening.

        Raises:
            NeverOpen: The calendar has no working minute.
            HorizonError: It does not open again within the supported years.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
            >>> print(office.next_open("2024-05-03T18:00:00+02:00"))
            2024-05-06 09:00:00+02:00
        """
        return self._event(self.timeline.next_open(to_instant(after)), strict=strict)

    def next_close(self, after: datetime | str, *, strict: bool = False) -> pendulum.DateTime:
        """The first closing after an instant: of the running span, or of the next one.

        Raises:
            NeverOpen: The calendar has no working minute.
            HorizonError: It does not close within the supported years.
        """
        return self._event(self.timeline.next_close(to_instant(after)), strict=strict)

    def previous_open(self, before: datetime | str, *, strict: bool = False) -> pendulum.DateTime:
        """The last opening at or before an instant: of the running span, or of the one before.

        Raises:
            NeverOpen: The calendar has no working minute.
            HorizonError: It did not open before within the supported years.
        """
        return self._event(self.timeline.previous_open(to_instant(before)), strict=strict)

    def previous_close(self, before: datetime | str, *, strict: bool = False) -> pendulum.DateTime:
        """The last closing at or before an instant.

        Raises:
            NeverOpen: The calendar has no working minute.
            HorizonError: It did not close before within the supported years.
        """
        return self._event(self.timeline.previous_close(to_instant(before)), strict=strict)

    def _event(self, instant: int, *, strict: bool) -> pendulum.DateTime:
        """Answer an opening or closing, which rests on what is open at that instant."""
        if strict:
            self._refuse_provisional(instant, at=True)
        return self._zone.datetime(instant)

    def spans(
        self, start: datetime | str, end: datetime | str, *, strict: bool = False
    ) -> list[OpenSpan]:
        """The stretches of working time between two instants, cut to them, in order.

        Args:
            start: The first instant.
            end: The instant after the last.
            strict: Refuse a provisional answer.

        Raises:
            ReversedRangeError: The end is before the start.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-12, 13-17"})
            >>> spans = office.spans("2024-05-03T10:00+02:00", "2024-05-03T16:00+02:00")
            >>> for opens, closes in spans:
            ...     print(f"{opens:%H:%M}-{closes:%H:%M}")
            10:00-12:00
            13:00-16:00
        """
        begun, ended = self._ordered(start, end, strict=strict)
        return self._datetimes(self.timeline.spans(begun, ended))

    def _ordered(
        self, start: datetime | str, end: datetime | str, *, strict: bool
    ) -> tuple[int, int]:
        begun, ended = to_instant(start), to_instant(end)
        if ended < begun:
            msg = f"the range from {start} to {end} ends before it begins: exchange the two"
            raise ReversedRangeError(msg, start=start, end=end)
        if strict:
            self._refuse_provisional(ended)
        return begun, ended

    def _datetimes(self, spans: SpanList) -> list[OpenSpan]:
        show = self._zone.datetime
        return [OpenSpan(show(opens), show(closes)) for opens, closes in spans]

    def days(
        self,
        from_date: date | str,
        to_date: date | str,
        *,
        language: str = "en",
        strict: bool = False,
    ) -> list[Day]:
        """The dates from one to another, **both included**, with what the calendar says of each.

        Args:
            from_date: The first date, as a `date` or ISO 8601 text.
            to_date: The last date.
            language: The language of holidays' names, such as ``"en"`` or ``"zh"``.
            strict: Refuse a provisional answer.

        Raises:
            DateError: One is not a date.
            ReversedRangeError: The last is before the first.
            HorizonError: One is outside the supported years.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Asia/Shanghai", {"mon-fri": "9-18"}, holidays="CN")
            >>> for day in office.days("2026-02-14", "2026-02-16"):
            ...     print(day.date, day.kind, day.name or "-")
            2026-02-14 make-up-day for 2026-02-20
            2026-02-15 weekend -
            2026-02-16 holiday Chinese New Year's Eve
        """
        first, last = parse_date(from_date), parse_date(to_date)
        if last < first:
            msg = f"the dates from {first} to {last} end before they begin: exchange the two"
            raise ReversedRangeError(msg, start=first, end=last)
        for day in (first, last):
            if not EARLIEST <= (day.toordinal() - EPOCH_DAY) * DAY < LATEST:
                raise horizon_error(str(day))
        if strict:
            self._refuse_provisional(self._zone.midnight(last), at=True)
        return [
            self._day(first.fromordinal(ordinal), language)
            for ordinal in range(first.toordinal(), last.toordinal() + 1)
        ]

    def _day(self, day: date, language: str) -> Day:
        spans = self.timeline.day_spans(day.toordinal())
        kind, name = self._judge(day, language)
        return Day(date=day, kind=kind, name=name, spans=tuple(self._datetimes(spans)))

    def add_working_days(
        self, start: datetime | str, days: int, *, strict: bool = False
    ) -> pendulum.DateTime:
        """The same wall time so many working days on, kept within that day's hours.

        Args:
            start: Where to count from; outside hours, the next opening (for negative days, the
                previous closing).
            days: How many working days on; negative to go back.
            strict: Refuse a provisional answer.

        Returns:
            The wall time of the start, but not before that day's first opening nor after its last
            closing. A night shift is a day of the date it starts on.

        Raises:
            WorkError: The number of days is not whole.
            NeverOpen: The calendar has no working minute.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("America/New_York", {"mon-thu": "8:30-17", "fri": "8:30-12"})
            >>> print(office.add_working_days("2024-05-01T16:00:00-04:00", 2))
            2024-05-03 12:00:00-04:00
        """
        moved = self.timeline.add_working_days(to_instant(start), whole_days(days))
        return self._answer(moved, strict=strict)

    def end_of_working_day(
        self, start: datetime | str, days: int = 0, *, strict: bool = False
    ) -> pendulum.DateTime:
        """The last closing of the working day of an instant, or of a later one.

        Args:
            start: The instant. Its working day is the first one whose last closing is not before
                it, so after hours, and on a day off, that is the next working day.
            days: How many working days after that one; negative for before.
            strict: Refuse a provisional answer.

        Raises:
            WorkError: The number of days is not whole.
            NeverOpen: The calendar has no working minute.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
            >>> print(office.end_of_working_day("2024-05-03T16:00:00+02:00", 1))
            2024-05-06 17:00:00+02:00
        """
        ends = self.timeline.end_of_working_day(to_instant(start), whole_days(days))
        return self._answer(ends, strict=strict)

    def add_calendar_days(self, start: datetime | str, days: int) -> pendulum.DateTime:
        """The same wall time so many dates on, whatever the clocks do between.

        Args:
            start: Where to count from, in or out of hours.
            days: How many dates on; negative to go back.

        Returns:
            That wall time in the calendar's zone; where a clock change skips it, the change
            itself, and where one repeats it, the first of the two.

        Raises:
            WorkError: The number of days is not whole.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("America/New_York", {"mon-fri": "9-17"})
            >>> print(office.add_calendar_days("2024-03-08T10:00:00-05:00", 3))
            2024-03-11 10:00:00-04:00
        """
        moved = self._zone.add_days(to_instant(start), whole_days(days))
        return self._zone.datetime(moved)

    def end_of_day(self, start: datetime | str, days: int = 0) -> pendulum.DateTime:
        """The local midnight that ends the date of an instant, or a later date.

        Args:
            start: The instant, in or out of hours.
            days: How many dates after its own; negative for before.

        Raises:
            WorkError: The number of days is not whole.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("America/New_York", {"mon-fri": "9-17"})
            >>> print(office.end_of_day("2024-03-08T10:00:00-05:00"))
            2024-03-09 00:00:00-05:00
        """
        ends = self._zone.end_of_day(to_instant(start), whole_days(days))
        return self._zone.datetime(ends)

    def explain(
        self,
        start: datetime | str,
        end: datetime | str | None = None,
        *,
        work: timedelta | str | None = None,
        edge: Literal["close", "next_open"] = "close",
        language: str = "en",
        strict: bool = False,
    ) -> Ledger:
        """Where every second between two instants went, or every second until some work is done.

        Args:
            start: The first instant.
            end: The instant after the last; or instead
            work: the work whose `add` is to be explained.
            edge: As for `add`.
            language: The language of the account, such as ``"en"`` or ``"zh"``.
            strict: Refuse a provisional answer.

        Returns:
            A `Ledger`: a table in print, rows in a loop; its rows sum to the whole, exactly.

        Raises:
            CalendarError: Both, or neither, of *end* and *work* are given.
            ReversedRangeError: The end is before the start.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Asia/Shanghai", {"mon-fri": "8:30-12, 13-17:30"}, holidays="CN")
            >>> print(office.explain("2024-09-13T16:00:00+08:00", work="4h"))
            Fri 2024-09-13 16:00 → Fri 2024-09-13 17:30  open    1h 30m
            Fri 2024-09-13 17:30 → Sat 2024-09-14 08:30  closed     15h  overnight
            Sat 2024-09-14 08:30 → Sat 2024-09-14 11:00  open    2h 30m  make-up-day: for 2024-09-16
            total 19h: open 4h (open 1h 30m, make-up-day 2h 30m), closed 15h (overnight 15h)
        """
        if end is not None and work is None:
            begun, ended = self._ordered(start, end, strict=strict)
        elif work is not None and end is None:
            done = self.add(start, work, edge=edge, strict=strict)
            begun, ended = sorted((to_instant(start), to_instant(done)))
        else:
            msg = "give either the end of the stretch to explain, or work= to explain an add"
            raise CalendarError(msg, given=(end, work))
        rows = account(
            begun,
            ended,
            zone=self._zone,
            timeline=self.timeline,
            own=self._own_spans(begun, ended),
            judge=lambda day: self._judge(day, language),
        )
        unpublished = self._unpublished_from()
        reaches = unpublished is not None and ended > unpublished
        return Ledger(
            rows=tuple(rows),
            provisional_from=self.provisional_from if reaches else None,
            language=language,
        )
