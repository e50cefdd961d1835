"""What a contract promises beyond single tickets: objectives, availability, credits and duties.

They are frozen records, as in `records`, and the shapes of their tables in a policy file. What they
mean together is checked by `validation`; `slacalc.contract` evaluates them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import attrs

from slacalc._calendar.arguments import parse_exceptions
from slacalc._calendar.calendar import Calendar
from slacalc._calendar.date_keys import parse_recurring_dates
from slacalc._calendar.recurring_dates import RecurringDates
from slacalc._i18n import ENGLISH
from slacalc._policy.attribute_tests import WHEN, Test, describe_when
from slacalc._policy.conditions import CONDITION, Condition
from slacalc._policy.money import CAP, CURRENCY, MONEY, PERCENT, Money
from slacalc._policy.records import NAMES, WORDS
from slacalc._policy.semantics import one_of
from slacalc._policy.target_time import HOURS, LENGTH, WITHIN, Combined, Roll, Within, parse
from slacalc._schema.faults import INVALID
from slacalc._schema.limits import MAX_NAMED
from slacalc._schema.shapes import (
    NAME_SHAPE,
    Choice,
    Count,
    Description,
    FrozenMap,
    ListOf,
    MapOf,
    NumberShape,
    OneOf,
    Record,
    Short,
    Text,
    bind,
    read_by_shape,
    shaped,
)
from slacalc.errors import ContractError, SlacalcError

if TYPE_CHECKING:
    from decimal import Decimal

    from slacalc._i18n import Translator
    from slacalc._schema.faults import DocumentPath, Faults

CountedBy: TypeAlias = Literal["received", "due", "stopped"]
IfFewer: TypeAlias = Literal["too few to tell", "met", "one may miss"]
Unit: TypeAlias = Literal["day", "week", "month", "year"]

_MAX_STEPS = 100
_SHARE = r"(100(\.0{1,6})?|\d{1,2}(\.\d{1,6})?) ?%"
SHARE = Text(expected='a share such as "99.5 %"', pattern=rf"^{_SHARE}$", max_length=12)
_POINTS = NumberShape(expected="a number of points above 0", largest=1_000_000, decimals=6)


def share_of(text: str) -> Fraction:
    """The fraction that a share such as ``99.5 %`` is."""
    return Fraction(text.rstrip("% ")) / 100


# Periods and recurring dates ---------------------------------------------------------------------

_PERIOD = re.compile("day|week|month|quarter|year")
_EVERY = re.compile(r"(?:(\d{1,3}) +)?(day|week|month|quarter|year)s?", re.ASCII)
_EVERY_FORMS = '"month", "3 months", "week", "year" or an iCalendar rule "RRULE:FREQ=…"'


@attrs.frozen
class Every:
    """How often a duty recurs: each *count* units, or at the dates of a rule.

    Args:
        count: The number of units of a period; 0 for a rule.
        unit: The unit.
        rule: The dates at which periods begin; None without a rule.
    """

    count: int
    unit: Unit
    rule: RecurringDates | None = None

    @classmethod
    def parse(cls, text: str) -> Every:
        """Read ``month``, ``3 months``, ``quarter``, ``week``, ``year`` or ``RRULE:…``."""
        if text.startswith("RRULE:"):
            return cls(0, "day", parse_recurring_dates(text))
        match = _EVERY.fullmatch(text)
        count = int(match[1] or 1) if match else 0
        if not match or not count:
            msg = f"{text!r} does not say how often: write {_EVERY_FORMS}"
            raise ContractError(msg, argument="every", given=text)
        unit: Any = match[2]
        return cls(count * 3, "month") if unit == "quarter" else cls(count, unit)

    @property
    def is_of_calendar(self) -> bool:
        """Whether periods can be those of the calendar, as quarters can, but not two weeks."""
        return (
            self.rule is not None or self.count == 1 or (self.unit, 12 % self.count) == ("month", 0)
        )

    def __str__(self) -> str:
        if self.rule is not None:
            return self.rule.text
        return self.unit if self.count == 1 else f"{self.count} {self.unit}s"


EVERY = Text(
    expected=f"how often: {_EVERY_FORMS}",
    max_length=1_000,
    parse=Every.parse,
    to_text=str,
    result_type=Every,
)

END_OF_PERIOD = "end of period"


def _parse_due(text: str) -> RecurringDates | str:
    return text if text == END_OF_PERIOD else parse_recurring_dates(text)


_DUE = Text(
    expected='"end of period", or a date such as "5th working day of month" or "12-15"',
    max_length=1_000,
    parse=_parse_due,
    to_text=str,
    result_type=RecurringDates,
)

_WINDOW = re.compile(r"(\d{1,4}) +days?", re.ASCII)


def _parse_window(text: str) -> Within:
    """Read ``30 days``, which are calendar days here, or ``5 working days``."""
    plain = _WINDOW.fullmatch(text)
    length = parse(f"{plain[1]} calendar days" if plain else text)
    if not isinstance(length, Within) or length.unit not in ("working days", "calendar days"):
        msg = f"{text!r} is not a number of days: write '30 days' or '5 working days'"
        raise ContractError(msg, argument="within", given=text)
    return length


def _window_text(length: Within) -> str:
    return str(length).replace("calendar ", "")


_WINDOW_TEXT = Text(
    expected='days in which to claim, such as "30 days" or "5 working days"',
    max_length=40,
    parse=_parse_window,
    to_text=_window_text,
    result_type=Within,
)


# Credits -----------------------------------------------------------------------------------------

Per: TypeAlias = Literal[
    "",
    "miss",
    "started hour",
    "started day",
    "started working hour",
    "started working day",
]
AMOUNT_KEYS = ("percent", "amount", "points", "allocation")


@attrs.frozen(repr=False, kw_only=True, field_transformer=bind)
class Credit(Description):
    """What the customer is owed if a promise is not kept: a step of a scale, or for each miss.

    A credit states one of percent, amount, points and allocation. Of the steps of a scale, the one
    with the lowest threshold that the figure lies below counts alone; a figure that equals a
    threshold is not below it. Credits for misses add up.

    Args:
        below: The threshold of a step, such as ``"99.9 %"``.
        per: What is counted if there is no threshold: each ``"miss"``, or each ``"started hour"``,
            ``"started day"``, ``"started working hour"`` or ``"started working day"`` of lateness.
            Default: each miss.
        percent: A percentage of the period's fee, such as 10.
        amount: An amount, such as ``"CNY 50"``.
        points: A number of service points, which the settlement turns into a percentage.
        allocation: A percentage of the amount at risk, which the settlement states.
        grace: How late is not yet late, such as ``"30 minutes"``; for lateness.
        calendar: The calendar that counts lateness. Default: the target's, or the policy's.
    """

    __module__ = "slacalc"

    below: str = attrs.field(default="", converter=read_by_shape, metadata=shaped(SHARE))
    per: Per = attrs.field(default="", converter=read_by_shape, metadata=shaped(one_of(Per)))
    percent: Decimal | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(PERCENT)
    )
    amount: Money | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(MONEY)
    )
    points: Decimal | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(_POINTS)
    )
    allocation: Decimal | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(PERCENT)
    )
    grace: Within | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(LENGTH)
    )
    calendar: str = attrs.field(default="", converter=read_by_shape, metadata=shaped(NAME_SHAPE))

    @property
    def threshold(self) -> Fraction | None:
        """The share below which a step counts; None for what is counted by misses."""
        return share_of(self.below) if self.below else None

    @property
    def counts(self) -> str:
        """What is counted, if it is not a step: ``miss``, or a started unit of lateness."""
        return "" if self.below else self.per or "miss"

    @property
    def stated(self) -> tuple[str, ...]:
        """Which of percent, amount, points and allocation it states."""
        return tuple(name for name in AMOUNT_KEYS if getattr(self, name) is not None)


CREDITS = ListOf(
    Record(Credit, "a table with below and percent, or with per and amount"),
    "a list of credits",
    max_length=_MAX_STEPS,
)

ClaimFrom: TypeAlias = Literal[
    "incident",
    "end of month",
    "end of next month",
    "end of quarter",
    "end of year",
    "end of period",
]
_CLAIM_FROM = Choice(get_args(ClaimFrom))


@attrs.frozen(repr=False, kw_only=True, field_transformer=bind)
class Claim(Description):
    """Until when a credit has to be claimed.

    Args:
        within: How many days after its beginning the window ends, such as ``"30 days"`` or ``"5
            working days"``. Default: it ends on the day from which it would count.
        from_: The day from which they count, as day 0: that of the ``"incident"`` (an outage or a
            miss), or the last one of the incident's month (``"end of month"``), of the month after
            it (``"end of next month"``), of its quarter or year, or of the period of the credit
            (``"end of period"``). Working days count as in `Calendar.add_working_days`: from a day
            off, the next working day is day 0.
        calendar: The calendar that has the working days. Default: the policy's.
    """

    __module__ = "slacalc"

    within: Within | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(_WINDOW_TEXT)
    )
    from_: ClaimFrom = attrs.field(converter=read_by_shape, metadata=shaped(_CLAIM_FROM))
    calendar: str = attrs.field(default="", converter=read_by_shape, metadata=shaped(NAME_SHAPE))


_CLAIM = Record(Claim, "a table with within and from")


# Objectives --------------------------------------------------------------------------------------


@attrs.frozen(repr=False, field_transformer=bind)
class Exclusion(Description):
    """Tickets that do not count for an objective.

    Args:
        when: Conditions on the attributes, as in a row.
        because: The reason, which the statement quotes.
    """

    __module__ = "slacalc"

    when: FrozenMap[Test] = attrs.field(converter=read_by_shape, metadata=shaped(WHEN))
    because: str = attrs.field(default="", converter=read_by_shape, metadata=shaped(WORDS))


def exclusion_reason(exclusion: Exclusion, translate: Translator = ENGLISH) -> str:
    """Why its tickets do not count: the reason, else the conditions."""
    return exclusion.because or describe_when(exclusion.when, translate)


def describe_exclusion(objective: Objective, reason: str, translate: Translator) -> str:
    """Why tickets do not count for an objective, in a language.

    Args:
        objective: The objective.
        reason: The reason as in the figures: one of an exclusion, or a state.
        translate: The language.
    """
    exclusions: tuple[Exclusion, ...] = objective.except_
    for exclusion in exclusions:
        if exclusion_reason(exclusion) == reason:
            return exclusion_reason(exclusion, translate)
    return translate(reason)


class _ExclusionsShape:
    """Conditions, or a list of tables with conditions and a reason."""

    expected = 'conditions such as { kind = "test" }, or a list of tables with when and because'
    _list = ListOf(
        Record(Exclusion, "a table with when and because"), "a list of exclusions", max_length=100
    )

    def accepts(self, data: Any) -> bool:
        return isinstance(data, Mapping | list | tuple)

    def read(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        if isinstance(data, Mapping):
            when = WHEN.read(data, path, faults)
            return when if when is INVALID else (Exclusion(when),)
        if not self.accepts(data):
            return faults.add(path, data, self.expected)
        return self._list.read(data, path, faults)

    def write(self, value: Any) -> Any:
        if len(value) == 1 and not value[0].because:
            return WHEN.write(value[0].when)
        return self._list.write(value)

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        return {"anyOf": [WHEN.schema(definitions), self._list.schema(definitions)]}


@attrs.frozen(repr=False, field_transformer=bind)
class Objective(Description):
    """A promise about all tickets of a period, such as that 95 % of them are answered in time.

    It states a share of tickets within their targets, or a percentile or the mean of their times.

    Args:
        share: The share of tickets within target, such as ``"99 %"``.
        of: What it is a share of, in words.
        metric: The metric it is measured by. Without one, it is words for readers.
        period: Over which it counts: ``"day"``, ``"week"``, ``"month"``, ``"quarter"``, ``"year"``
            or ``"rolling 30 days"``.
        when: Conditions on the attributes of the tickets that count, as in a row. Default: all.
        except_: Conditions on those that do not count: ``{"kind": "test"}``, or a list of tables
            such as ``{"when": {"kind": "test"}, "because": "not real"}``.
        percentile: In place of a share, the percentile of the times that has to lie within
            *within*, such as 95: the smallest time that so many percent of tickets do not exceed.
        within: The time for the percentile, such as ``"8 working hours"``.
        mean: In place of a share, the longest mean time in hours, minutes or seconds, such as
            ``"4 working hours"``.
        counted_by: Which instant of a ticket decides its period: when it was ``"received"``, is
            ``"due"``, or the clock has ``"stopped"``. Default: received.
        at_least: How many tickets there must be. Default: 1.
        if_fewer: What holds if there are fewer: ``"too few to tell"`` (neither met nor missed),
            ``"met"``, or ``"one may miss"`` (it is met if at most one missed). Default: too few to
            tell.
        credits: What the customer is owed if it is missed (`Credit`).
        cap: The most that its credits come to in a period: ``"25 %"`` of the fee, or an amount.
        claim: Until when credits have to be claimed (`Claim`).
        earn_back: In how many following periods it must be met for a credit to be returned.
        consequence: The name of the consequence if it is missed.
    """

    __module__ = "slacalc"

    share: str = attrs.field(default="", converter=read_by_shape, metadata=shaped(SHARE))
    of: str = attrs.field(default="", converter=read_by_shape, metadata=shaped(WORDS))
    metric: str = attrs.field(default="", converter=read_by_shape, metadata=shaped(NAME_SHAPE))
    period: str = attrs.field(default="", converter=read_by_shape, metadata=shaped(WORDS))
    when: FrozenMap[Test] = attrs.field(
        factory=FrozenMap, converter=read_by_shape, kw_only=True, metadata=shaped(WHEN)
    )
    except_: tuple[Exclusion, ...] = attrs.field(
        default=(), converter=read_by_shape, kw_only=True, metadata=shaped(_ExclusionsShape())
    )
    percentile: Decimal | None = attrs.field(
        default=None, converter=read_by_shape, kw_only=True, metadata=shaped(PERCENT)
    )
    within: Within | Combined | None = attrs.field(
        default=None, converter=read_by_shape, kw_only=True, metadata=shaped(WITHIN)
    )
    mean: Within | None = attrs.field(
        default=None, converter=read_by_shape, kw_only=True, metadata=shaped(HOURS)
    )
    counted_by: CountedBy = attrs.field(
        default="received",
        converter=read_by_shape,
        kw_only=True,
        metadata=shaped(Choice(get_args(CountedBy))),
    )
    at_least: int = attrs.field(
        default=1, converter=read_by_shape, kw_only=True, metadata=shaped(Count())
    )
    if_fewer: IfFewer = attrs.field(
        default="too few to tell",
        converter=read_by_shape,
        kw_only=True,
        metadata=shaped(Choice(get_args(IfFewer))),
    )
    credits: tuple[Credit, ...] = attrs.field(
        default=(), converter=read_by_shape, kw_only=True, metadata=shaped(CREDITS)
    )
    cap: Decimal | Money | None = attrs.field(
        default=None, converter=read_by_shape, kw_only=True, metadata=shaped(CAP)
    )
    claim: Claim | None = attrs.field(
        default=None, converter=read_by_shape, kw_only=True, metadata=shaped(_CLAIM)
    )
    earn_back: int | None = attrs.field(
        default=None, converter=read_by_shape, kw_only=True, metadata=shaped(Count())
    )
    consequence: str = attrs.field(
        default="", converter=read_by_shape, kw_only=True, metadata=shaped(NAME_SHAPE)
    )

    @property
    def period_word(self) -> str:
        """The word of the period that counts, such as ``month``; empty string for any period."""
        word = None if self.rolling_days else _PERIOD.search(self.period.casefold())
        return word[0] if word else ""

    @property
    def rolling_days(self) -> int | None:
        """The days of a rolling period; None for one of the calendar."""
        match = ROLLING.fullmatch(self.period)
        return int(match[1]) if match else None


ROLLING = re.compile(r"rolling (\d{1,4}) days?", re.ASCII)


# Availability ------------------------------------------------------------------------------------


class _MaintenanceShape:
    """The name of a calendar that is open during maintenance, or hours by dates."""

    expected = (
        'the name of a calendar, or hours by dates: { "first sunday of month" = "02:00-06:00" }'
    )

    def accepts(self, data: Any) -> bool:
        return isinstance(data, str | Mapping)

    def read(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        if isinstance(data, str):
            return NAME_SHAPE.read(data, path, faults)
        if not isinstance(data, Mapping):
            return faults.add(path, data, self.expected)
        values = {}
        for key, hours in data.items():
            try:
                parse_exceptions({key: hours})
            except SlacalcError as error:
                error.where = ""  # which begins with the exceptions of a calendar
                faults.add_error((*path, str(key)), hours, error)
            else:
                values[str(key)] = str(hours)
        return FrozenMap(values)

    def write(self, value: Any) -> Any:
        return dict(value) if isinstance(value, Mapping) else value

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        hours = {"type": "object", "additionalProperties": {"type": "string"}}
        return {"anyOf": [NAME_SHAPE.schema(definitions), hours]}


_COMPONENTS = OneOf(
    (NAME_SHAPE, NAMES),
    "the name of a component, or a list of names",
    index_of=lambda value: int(not isinstance(value, str)),
)


@attrs.frozen(repr=False, field_transformer=bind)
class Availability(Description):
    """A share of the service hours in which a service has to be available.

    Args:
        target: The share, such as ``"99.9 %"``.
        period: Over which it counts: ``"week"``, ``"month"``, ``"quarter"``, ``"year"`` or
            ``"rolling 30 days"``. Default: a month.
        hours: The calendar of the service hours. Default: always.
        maintenance: What does not count: the calendar that is open during maintenance, or its hours
            by dates, such as ``{"first sunday of month": "02:00-06:00"}``. Default: nothing.
        component: The component, or a list of components, whose outages count. Default: all.
        decimals: To how many decimals of a percent the figure is rounded, half up, before it is
            compared. Default: the exact figure is compared.
        words: What is available, in words.
        credits: What the customer is owed if it is missed (`Credit`).
        cap: The most that its credits come to in a period: ``"25 %"`` of the fee, or an amount.
        claim: Until when credits have to be claimed (`Claim`).
        earn_back: In how many following periods it must be met for a credit to be returned.
        consequence: The name of the consequence if it is missed.
    """

    __module__ = "slacalc"

    target: str = attrs.field(converter=read_by_shape, metadata=shaped(SHARE))
    period: str = attrs.field(
        default="month", converter=read_by_shape, kw_only=True, metadata=shaped(WORDS)
    )
    hours: str = attrs.field(
        default="always", converter=read_by_shape, kw_only=True, metadata=shaped(NAME_SHAPE)
    )
    maintenance: str | FrozenMap[str] = attrs.field(
        default="", converter=read_by_shape, kw_only=True, metadata=shaped(_MaintenanceShape())
    )
    component: str | tuple[str, ...] = attrs.field(
        default=(), converter=read_by_shape, kw_only=True, metadata=shaped(_COMPONENTS)
    )
    decimals: int | None = attrs.field(
        default=None, converter=read_by_shape, kw_only=True, metadata=shaped(Count())
    )
    words: str = attrs.field(
        default="", converter=read_by_shape, kw_only=True, metadata=shaped(WORDS)
    )
    credits: tuple[Credit, ...] = attrs.field(
        default=(), converter=read_by_shape, kw_only=True, metadata=shaped(CREDITS)
    )
    cap: Decimal | Money | None = attrs.field(
        default=None, converter=read_by_shape, kw_only=True, metadata=shaped(CAP)
    )
    claim: Claim | None = attrs.field(
        default=None, converter=read_by_shape, kw_only=True, metadata=shaped(_CLAIM)
    )
    earn_back: int | None = attrs.field(
        default=None, converter=read_by_shape, kw_only=True, metadata=shaped(Count())
    )
    consequence: str = attrs.field(
        default="", converter=read_by_shape, kw_only=True, metadata=shaped(NAME_SHAPE)
    )

    @property
    def components(self) -> tuple[str, ...]:
        """The components whose outages count; empty for all."""
        return (self.component,) if isinstance(self.component, str) else self.component


def maintenance_calendar(policy: Any, availability: Availability) -> Calendar:
    """The calendar that is open during the maintenance of a target; always closed without any."""
    if isinstance(availability.maintenance, str) and availability.maintenance:
        calendar: Calendar = policy.calendars[availability.maintenance]
        return calendar
    return Calendar(policy.zone.name, "closed", exceptions=dict(availability.maintenance or {}))


# Duties and penalties ----------------------------------------------------------------------------

DutyFrom: TypeAlias = Literal["", "contract", "calendar"]


@attrs.frozen(repr=False, kw_only=True, field_transformer=bind)
class Duty(Description):
    """Something that is owed again and again, or after each event, such as a monthly visit.

    Args:
        words: What is owed, in words.
        every: How often: ``"week"``, ``"month"``, ``"3 months"``, ``"year"`` or an iCalendar rule
            such as ``"RRULE:FREQ=MONTHLY;BYDAY=1MO"``, whose dates begin periods.
        from_: Whether periods count from the beginning of the customer's ``"contract"``, or are
            those of the ``"calendar"``. Default: the contract, if its beginning is known.
        after: In place of *every*, the condition on events after each of which it is owed once.
        when: Conditions on the attributes of the customers to whom it is owed, as in a row.
        due: The last day: ``"end of period"``, or a date such as ``"5th working day of month"``, of
            which the first in the period counts. Default: the end of the period.
        within: In place of *due*, the time from the beginning of the period or from the event, such
            as ``"2 working days"``.
        roll: Where a last day that is a day off moves: to the working day that follows it
            (``"following"``), that precedes it (``"preceding"``), or that follows it in the same
            month, or else precedes it (``"modified_following"``). Default: it stays.
        done_by: Condition on the events that fulfil it. Default: the event of the duty's name.
        times: How many such events a period needs. Default: 1.
        budget: In place of *times*, the least sum of the events' ``amount`` in a period.
        calendar: The calendar of working days and rolls. Default: the policy's.
        credits: What the customer is owed if it is missed (`Credit`).
        cap: The most that its credits come to in a statement: ``"25 %"`` of the fee, or an amount.
        claim: Until when credits have to be claimed (`Claim`).
        consequence: The name of the consequence if it is missed.
    """

    __module__ = "slacalc"

    words: str = attrs.field(default="", converter=read_by_shape, metadata=shaped(WORDS))
    every: Every | None = attrs.field(default=None, converter=read_by_shape, metadata=shaped(EVERY))
    from_: DutyFrom = attrs.field(
        default="", converter=read_by_shape, metadata=shaped(one_of(DutyFrom))
    )
    after: Condition | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(CONDITION)
    )
    when: FrozenMap[Test] = attrs.field(
        factory=FrozenMap, converter=read_by_shape, metadata=shaped(WHEN)
    )
    due: RecurringDates | str = attrs.field(
        default=END_OF_PERIOD, converter=read_by_shape, metadata=shaped(_DUE)
    )
    within: Within | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(LENGTH)
    )
    roll: Roll = attrs.field(default="", converter=read_by_shape, metadata=shaped(one_of(Roll)))
    done_by: Condition | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(CONDITION)
    )
    times: int = attrs.field(default=1, converter=read_by_shape, metadata=shaped(Count()))
    budget: Money | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(MONEY)
    )
    calendar: str = attrs.field(default="", converter=read_by_shape, metadata=shaped(NAME_SHAPE))
    credits: tuple[Credit, ...] = attrs.field(
        default=(), converter=read_by_shape, metadata=shaped(CREDITS)
    )
    cap: Decimal | Money | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(CAP)
    )
    claim: Claim | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(_CLAIM)
    )
    consequence: str = attrs.field(default="", converter=read_by_shape, metadata=shaped(NAME_SHAPE))


@attrs.frozen(repr=False, field_transformer=bind)
class Penalty(Description):
    """An amount that is owed for each event of a kind, such as a justified complaint.

    Args:
        event: Condition on the event.
        amount: The amount, such as ``"CNY 50"``.
        when: Conditions on the attributes of the customer, as in a row. Default: every customer.
        words: What it is owed for, in words.
        cap: The most that it comes to in a statement: ``"25 %"`` of the fee, or an amount.
        claim: Until when it has to be claimed (`Claim`).
    """

    __module__ = "slacalc"

    event: Condition = attrs.field(converter=read_by_shape, metadata=shaped(CONDITION))
    amount: Money = attrs.field(converter=read_by_shape, metadata=shaped(MONEY))
    when: FrozenMap[Test] = attrs.field(
        factory=FrozenMap, converter=read_by_shape, kw_only=True, metadata=shaped(WHEN)
    )
    words: str = attrs.field(
        default="", converter=read_by_shape, kw_only=True, metadata=shaped(WORDS)
    )
    cap: Decimal | Money | None = attrs.field(
        default=None, converter=read_by_shape, kw_only=True, metadata=shaped(CAP)
    )
    claim: Claim | None = attrs.field(
        default=None, converter=read_by_shape, kw_only=True, metadata=shaped(_CLAIM)
    )


@attrs.frozen(repr=False, kw_only=True, field_transformer=bind)
class Settlement(Description):
    """How the credits of a contract are settled together.

    Args:
        currency: The currency of fees, such as ``"CHF"``. Default: that of the policy's amounts.
        cap: The most that all credits of a statement come to: ``"20 %"`` of the fee, or an amount.
        at_risk: The percentage of the fee at risk, of which credits state an allocation, and which
            all of them together do not exceed.
        percent_per_point: The percentage of the fee for each service point.
    """

    __module__ = "slacalc"

    currency: str = attrs.field(default="", converter=read_by_shape, metadata=shaped(CURRENCY))
    cap: Decimal | Money | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(CAP)
    )
    at_risk: Decimal | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(PERCENT)
    )
    percent_per_point: Decimal | None = attrs.field(
        default=None, converter=read_by_shape, metadata=shaped(PERCENT)
    )


OBJECTIVES = MapOf(
    Record(Objective, "a table with share and metric"),
    "a table of objectives",
    max_length=MAX_NAMED,
)
AVAILABILITY = MapOf(
    Short(SHARE, Record(Availability, "a table with target"), "a share, or a table with target"),
    "a table of availability targets",
    max_length=MAX_NAMED,
)
DUTIES = MapOf(
    Record(Duty, "a table with every or after"), "a table of duties", max_length=MAX_NAMED
)
PENALTIES = MapOf(
    Record(Penalty, "a table with event and amount"), "a table of penalties", max_length=MAX_NAMED
)
SETTLEMENT = Record(Settlement, "a table with currency, cap, at_risk or percent_per_point")
