"""Questions with answers worked out by hand, put to every library.

A `Case` holds the right answer and the reason for it, as a person would reckon it with a calendar
on the wall. What a library says is run, never assumed, and falls under one of five signs:

``✓``  the right answer, or a refusal where there is none
``✗``  a wrong answer, given without a word
``≠``  another answer, by a convention that one may hold
``!``  an error
``–``  the question cannot be put
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from rivals import (
    BusinessDuration,
    Businesstimedelta,
    CannotAskError,
    Contender,
    Desk,
    Pandas,
    Slacalc,
    Timegrid,
    Workclock,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

CONTENDERS: tuple[Contender, ...] = (
    Slacalc(),
    Workclock(),
    Timegrid(),
    Pandas(aware=True),
    Businesstimedelta(),
    BusinessDuration(),
)
_LONGEST_ERROR = 90


@dataclass(frozen=True)
class Case:
    """A question, its answer and the reason.

    Args:
        title: What the question is about.
        question: The question in words.
        desk: The hours.
        start: The first instant.
        then: The work to add, or the instant until which to measure.
        right: The answer; None where the question must be refused.
        reason: How a person works it out.
        or_else: Another answer that is as right.
        convention: An answer that another convention gives.
        uncertain: A plain answer is not an error; the library does not see the question.
        as_given: Hand the datetime over as it is, naive or in another zone.
        spelled_out: Give the others every free weekend date of these as a holiday by hand.
        strict: Ask ourselves to refuse provisional answers.
    """

    title: str
    question: str
    desk: Desk
    start: datetime
    then: timedelta | datetime
    right: datetime | timedelta | None
    reason: str
    or_else: datetime | None = None
    convention: datetime | timedelta | None = None
    uncertain: bool = False
    as_given: bool = False
    spelled_out: tuple[date, date] | None = None
    strict: bool = False

    def put(self, contender: Contender) -> Any:
        """The contender's answer; whatever it raises passes through."""
        if isinstance(contender, Slacalc):
            desk, contender = self.desk, Slacalc(strict=self.strict)
        else:
            desk = self.desk.spelled_out(*self.spelled_out) if self.spelled_out else self.desk
        if isinstance(self.then, datetime):
            calls = contender.lengths(desk, [(self.start, self.then)])
        else:
            calls = contender.adds(desk, [(self.start, self.then)])
        first, second = calls.arguments[0]
        if self.as_given:
            first, second = self.start, self.then if isinstance(self.then, datetime) else second
        return calls.read(calls.function(first, second))


@dataclass(frozen=True)
class Outcome:
    """What a library made of a question."""

    sign: str
    text: str

    def __str__(self) -> str:
        return f"{self.sign} {self.text}"


def shown(answer: Any, desk: Desk) -> str:
    """An answer for people."""
    if isinstance(answer, datetime):
        return f"{answer.astimezone(desk.info):%a %Y-%m-%d %H:%M %Z}"
    if not isinstance(answer, timedelta):
        return str(answer)
    sign, rest = ("−" if answer < timedelta() else ""), abs(answer)
    minutes, seconds = divmod(rest.total_seconds(), 60)
    hours, minutes = divmod(int(minutes), 60)
    parts = [(hours, "h"), (minutes, "min"), (round(seconds, 6), "s")]
    return sign + (" ".join(f"{count:g} {unit}" for count, unit in parts if count) or "0 h")


def same(answer: Any, right: datetime | timedelta | None) -> bool:
    """Whether two answers are one instant, or one length."""
    if isinstance(answer, datetime) and isinstance(right, datetime):
        return answer.astimezone(UTC) == right.astimezone(UTC)
    return isinstance(answer, timedelta) and answer == right


def check(case: Case, contender: Contender) -> Outcome:
    """Ask a question and check the answer."""
    try:
        answer = case.put(contender)
    except CannotAskError as error:
        return Outcome("–", str(error))
    except Exception as error:  # noqa: BLE001 - whatever a library raises is its answer
        text = " ".join(str(error).split())
        text = text if len(text) <= _LONGEST_ERROR else text[:_LONGEST_ERROR].rstrip() + " …"
        # A ValueError says that the question is at fault, which here it is.
        refused = case.right is None and isinstance(error, ValueError)
        return Outcome("✓" if refused else "!", f"`{type(error).__name__}: {text}`")
    if same(answer, case.right) or (case.or_else and same(answer, case.or_else)):
        return Outcome("✓", shown(answer, case.desk))
    if case.uncertain:
        return Outcome("–", f"answers {shown(answer, case.desk)}, unmarked")
    if answer != answer:  # noqa: PLR0124 - as only NaN is
        return Outcome("!", "answers NaN")
    other = case.convention is not None and same(answer, case.convention)
    return Outcome("≠" if other else "✗", shown(answer, case.desk))


def hours(*texts: str) -> tuple[tuple[time, time], ...]:
    """Shifts from texts such as ``"08:30-12:00"``."""
    pairs = [text.split("-") for text in texts]
    return tuple((time.fromisoformat(opens), time.fromisoformat(ends)) for opens, ends in pairs)


_OFFICE_HOURS = hours("08:30-12:00", "13:00-17:30")
_EVERY_DAY = tuple(range(7))
SHANGHAI = Desk("Asia/Shanghai", _OFFICE_HOURS)
MID_AUTUMN = Desk(
    "Asia/Shanghai",
    _OFFICE_HOURS,
    closed=frozenset(date(2024, 9, day) for day in (15, 16, 17)),
    make_up=((date(2024, 9, 14), date(2024, 9, 16)),),
    far_holiday=date(2026, 1, 1),
)
YEAR_END = Desk(
    "Asia/Shanghai",
    _OFFICE_HOURS,
    closed=frozenset({date(2026, 1, 1), date(2026, 10, 1)}),
    published_until=date(2026, 12, 31),
    far_holiday=date(2029, 1, 1),
)
LONDON = Desk(
    "Europe/London",
    hours("09:00-17:00"),
    closed=frozenset({date(2026, 12, 25), date(2026, 12, 28)}),
    far_holiday=date(2028, 12, 25),
)
NIGHTS = Desk("America/New_York", hours("22:00-06:00"), _EVERY_DAY)
EARLY = Desk("America/New_York", hours("02:30-06:00"), _EVERY_DAY)
LATE = Desk("Europe/Berlin", hours("16:00-00:00"))
CHRISTMAS_NIGHTS = Desk(
    "Europe/London",
    hours("22:00-06:00"),
    _EVERY_DAY,
    closed=frozenset({date(2026, 12, 25)}),
    far_holiday=date(2028, 12, 25),
)


def h(count: float) -> timedelta:
    """So many hours."""
    return timedelta(hours=count)


CASES: Sequence[Case] = (
    Case(
        "Lunch break",
        "Thursday 11:00, 2 hours of work; the desk is closed from 12:00 to 13:00.",
        SHANGHAI,
        SHANGHAI.at("2024-05-16T11:00"),
        h(2),
        SHANGHAI.at("2024-05-16T14:00"),
        "One hour until noon, lunch, one hour from 13:00.",
    ),
    Case(
        "Lunch break, measured",
        "How much working time lies between Thursday 11:00 and 14:00?",
        SHANGHAI,
        SHANGHAI.at("2024-05-16T11:00"),
        SHANGHAI.at("2024-05-16T14:00"),
        h(2),
        "11:00 to 12:00 and 13:00 to 14:00.",
    ),
    Case(
        "Holidays",
        "London, 9 to 17, closed on 25 and 28 December 2026: Thursday 24 December 16:00, "
        "2 hours of work.",
        LONDON,
        LONDON.at("2026-12-24T16:00"),
        h(2),
        LONDON.at("2026-12-29T10:00"),
        "One hour on the 24th; the 25th to the 28th are closed; one hour on Tuesday from 9.",
    ),
    Case(
        "After the last holiday",
        "The same desk on Monday 6 November 2028, 9:00, 1 hour of work, without a later holiday.",
        replace(LONDON, far_holiday=None),
        LONDON.at("2028-11-06T09:00"),
        h(1),
        LONDON.at("2028-11-06T10:00"),
        "An ordinary Monday; that the list of holidays ends before it changes nothing.",
    ),
    Case(
        "Ninety minutes",
        "Thursday 10:00, 1 hour 30 minutes of work.",
        SHANGHAI,
        SHANGHAI.at("2024-05-16T10:00"),
        h(1.5),
        SHANGHAI.at("2024-05-16T11:30"),
        "Within the morning.",
    ),
    Case(
        "Exact fit",
        "Friday 15:30, 2 hours of work; the desk closes at 17:30.",
        SHANGHAI,
        SHANGHAI.at("2024-05-17T15:30"),
        h(2),
        SHANGHAI.at("2024-05-17T17:30"),
        "The work is done when the desk closes on Friday; Monday 08:30 would be a weekend late.",
        convention=SHANGHAI.at("2024-05-20T08:30"),
    ),
    Case(
        "No work, outside hours",
        "Saturday noon, no work at all.",
        SHANGHAI,
        SHANGHAI.at("2024-05-18T12:00"),
        h(0),
        SHANGHAI.at("2024-05-20T08:30"),
        "One second of work is done on Monday at 08:30:01, a millisecond a little after 08:30; "
        "none is the limit of these. To answer the start unchanged is a convention too.",
        convention=SHANGHAI.at("2024-05-18T12:00"),
    ),
    Case(
        "Negative work",
        "By Monday 10:00, when must 2 hours of work begin?",
        SHANGHAI,
        SHANGHAI.at("2024-05-20T10:00"),
        h(-2),
        SHANGHAI.at("2024-05-17T17:00"),
        "An hour and a half lie before it on Monday, half an hour on Friday.",
    ),
    Case(
        "End before the start",
        "How much working time lies between Monday 10:00 and the Friday before, 17:00?",
        SHANGHAI,
        SHANGHAI.at("2024-05-20T10:00"),
        SHANGHAI.at("2024-05-17T17:00"),
        h(-2),
        "Two hours, backwards: the inverse of the case above.",
        convention=h(2),
    ),
    Case(
        "Until midnight",
        "Berlin, 16:00 to 24:00: how much working time has Monday 6 May 2024?",
        LATE,
        LATE.at("2024-05-06T00:00"),
        LATE.at("2024-05-07T00:00"),
        h(8),
        "From 16:00 to 24:00 it is eight hours.",
    ),
    Case(
        "Night shift, an ordinary night",
        "New York, 22:00 to 06:00: how long is the shift of 8 May 2024?",
        NIGHTS,
        NIGHTS.at("2024-05-08T22:00"),
        NIGHTS.at("2024-05-09T06:00"),
        h(8),
        "Two hours until midnight and six after.",
    ),
    Case(
        "Night shift, clocks go forward",
        "The same shift in the night of 9 to 10 March 2024: how long is it?",
        NIGHTS,
        NIGHTS.at("2024-03-09T22:00"),
        NIGHTS.at("2024-03-10T06:00"),
        h(7),
        "At 02:00 the clocks jump to 03:00; from 22:00 EST (03:00 UTC) to 06:00 EDT (10:00 UTC) "
        "seven hours pass.",
    ),
    Case(
        "Night shift, clocks go back",
        "The same shift in the night of 2 to 3 November 2024: how long is it?",
        NIGHTS,
        NIGHTS.at("2024-11-02T22:00"),
        NIGHTS.at("2024-11-03T06:00"),
        h(9),
        "The hour from 01:00 to 02:00 comes twice; from 22:00 EDT (02:00 UTC) to 06:00 EST "
        "(11:00 UTC) nine hours pass.",
    ),
    Case(
        "Due over the change, forward",
        "Saturday 9 March 2024, 22:00, 5 hours of work on that shift.",
        NIGHTS,
        NIGHTS.at("2024-03-09T22:00"),
        h(5),
        NIGHTS.at("2024-03-10T04:00"),
        "Four hours after 22:00 EST the clock jumps from 02:00 to 03:00 EDT; one more makes 04:00.",
    ),
    Case(
        "Due over the change, back",
        "Saturday 2 November 2024, 22:00, 4 hours of work on that shift.",
        NIGHTS,
        NIGHTS.at("2024-11-02T22:00"),
        h(4),
        NIGHTS.at("2024-11-03T01:00").replace(fold=1),
        "Four hours after 22:00 EDT the clock shows 01:00 for the second time, in EST.",
    ),
    Case(
        "Opening inside the skipped hour",
        "New York, 02:30 to 06:00: how long is the shift of 10 March 2024?",
        EARLY,
        EARLY.at("2024-03-10T00:00"),
        EARLY.at("2024-03-10T12:00"),
        h(3),
        "02:30 does not exist that day; the first time within the hours that a clock shows is "
        "03:00, so three hours are open. RFC 5545 reads 02:30 as 03:30 instead, which makes 2 h 30 "
        "min: a convention, under which the desk is closed at 03:15.",
        convention=h(2.5),
    ),
    Case(
        "Night shift before a holiday",
        "London, 22:00 to 06:00, closed on 25 December 2026: how long is the shift that starts on "
        "the 24th?",
        CHRISTMAS_NIGHTS,
        CHRISTMAS_NIGHTS.at("2026-12-24T22:00"),
        CHRISTMAS_NIGHTS.at("2026-12-25T06:00"),
        h(8),
        "A shift belongs to the date it starts on, and runs to its end. To cut it at midnight, "
        "leaving 2 h, is a convention too; with us that is `nights - Calendar.dates(…)`.",
        convention=h(2),
    ),
    Case(
        "Make-up day",
        "China, Friday 13 September 2024, 16:00, 4 hours of work; 15 to 17 September are days off, "
        "and Saturday the 14th is a working day in exchange for Monday.",
        MID_AUTUMN,
        MID_AUTUMN.at("2024-09-13T16:00"),
        h(4),
        MID_AUTUMN.at("2024-09-14T11:00"),
        "An hour and a half on Friday, two and a half on Saturday from 08:30.",
    ),
    Case(
        "Make-up day, measured",
        "How much working time lies between that Friday 16:00 and Wednesday 09:00?",
        MID_AUTUMN,
        MID_AUTUMN.at("2024-09-13T16:00"),
        MID_AUTUMN.at("2024-09-18T09:00"),
        h(10),
        "An hour and a half on Friday, eight on Saturday, half an hour on Wednesday.",
    ),
    Case(
        "Make-up day, spelled out by hand",
        "The first question again, where the other libraries are set up with seven working days, "
        "and are given every other weekend date as a holiday.",
        MID_AUTUMN,
        MID_AUTUMN.at("2024-09-13T16:00"),
        h(4),
        MID_AUTUMN.at("2024-09-14T11:00"),
        "As above.",
        spelled_out=(date(2024, 8, 1), date(2024, 10, 31)),
    ),
    Case(
        "Make-up day, spelled out and measured",
        "The second question again, in the same way.",
        MID_AUTUMN,
        MID_AUTUMN.at("2024-09-13T16:00"),
        MID_AUTUMN.at("2024-09-18T09:00"),
        h(10),
        "As above.",
        spelled_out=(date(2024, 8, 1), date(2024, 10, 31)),
    ),
    Case(
        "Another zone",
        "Shanghai hours, and a request at 08:00 UTC, which is 16:00 there: 1 hour of work.",
        SHANGHAI,
        datetime(2024, 5, 16, 8, tzinfo=UTC),
        h(1),
        SHANGHAI.at("2024-05-16T17:00"),
        "16:00 to 17:00 on Shanghai's clock.",
        as_given=True,
    ),
    Case(
        "Another zone, measured",
        "Shanghai hours: how much working time lies between 07:00 and 09:00 UTC?",
        SHANGHAI,
        datetime(2024, 5, 16, 7, tzinfo=UTC),
        datetime(2024, 5, 16, 9, tzinfo=UTC),
        h(2),
        "15:00 to 17:00 on Shanghai's clock.",
        as_given=True,
    ),
    Case(
        "A naive datetime",
        "Shanghai hours, and a request at “Thursday 16:00” without a zone: 1 hour of work.",
        SHANGHAI,
        datetime(2024, 5, 16, 16),  # noqa: DTZ001 - what the question is about
        h(1),
        None,
        "It names no instant, so it should be refused; or it is the desk's own clock, and the "
        "answer 17:00 there.",
        or_else=SHANGHAI.at("2024-05-16T17:00"),
        as_given=True,
    ),
    Case(
        "Past the published holidays",
        "China publishes its days off a year at a time, here until the end of 2026: Thursday "
        "31 December 2026, 17:00, 4 hours of work, and the answer must be certain.",
        YEAR_END,
        YEAR_END.at("2026-12-31T17:00"),
        h(4),
        None,
        "New Year's Day will be a holiday, though no list says so yet; an answer on that Friday is "
        "a guess, and must be refused or marked. We refuse it with `strict=True`, and otherwise "
        "`is_provisional` says so; the others have no such notion.",
        uncertain=True,
        strict=True,
    ),
)


def outcomes() -> dict[Case, list[Outcome]]:
    """Every case with the result of each contender, in their order."""
    return {case: [check(case, contender) for contender in CONTENDERS] for case in CASES}
