"""Conditions on the moment of receipt: the kind of its day, weekdays, and cut-offs.

A ticket that comes in outside hours counts as received at the next opening: weekday and time of day
are those of that moment. The kind of the day, and whether it was open, are those of the receipt
itself.

For one policy a moment is a few words, such as ``working-day``, ``open``, ``fri`` and ``before
14:00``, and a `ReceiptSet` is what a condition requires of them. So tickets with the same words are
treated alike, which columns, replay and the linter build on. Read `tickets` next.
"""

from __future__ import annotations

import re
from datetime import date
from functools import reduce
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import attrs

from slacalc._calendar.compilation import kind_of_day, unpublished_from, zone_of
from slacalc._calendar.hours import WEEKDAYS, parse_time, parse_weekdays, time_text
from slacalc._i18n import N_
from slacalc._time.instants import DAY, EPOCH_DAY
from slacalc.errors import HorizonError, HoursError, NeverOpen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from slacalc._calendar.calendar import Calendar
    from slacalc._i18n import Translator

RECEIVED = "received"
DAY_KINDS = ("working-day", "weekend", "holiday")
_OPENNESS = ("open", "closed")
RECEIPTS = (*DAY_KINDS, *_OPENNESS)
"""What a condition on the moment of receipt can be, beside weekdays and cut-offs."""
RECEIPT_FORMS = f'{", ".join(RECEIPTS)}, a weekday, "before 14:00" or "after 14:00"'

_CUT_OFF = re.compile(r"(before|after) +(\S+)")
_A_MONDAY = date(2024, 1, 1)


class CutOffs(NamedTuple):
    """What the conditions of a policy distinguish of the moment at which a ticket counts.

    Args:
        weekdays: Whether they distinguish weekdays.
        times: The times of day that they compare it with, in order, as microseconds since midnight.
    """

    weekdays: bool
    times: tuple[int, ...]

    @classmethod
    def of(cls, sets: Iterable[ReceiptSet]) -> CutOffs:
        """What some conditions distinguish together."""
        sets = [*sets]
        words = {word for one in sets for word in one.times}
        times = {parse_time(word.partition(" ")[2], word) for word in words}
        return cls(any(one.weekdays for one in sets), tuple(sorted(times)))

    def __bool__(self) -> bool:
        return self.weekdays or bool(self.times)

    def words_of(self, weekday: int, time: int) -> set[str]:
        """The words of a weekday, Monday 0, and a time of day."""
        words = {_cut_off(time < limit, limit) for limit in self.times}
        return {WEEKDAYS[weekday], *words} if self.weekdays else words

    def all_words(self) -> Iterator[frozenset[str]]:
        """All sets of words that an instant may have."""
        days = range(7 if self.weekdays else 1)
        for kind, openness, weekday, time in product(DAY_KINDS, _OPENNESS, days, (0, *self.times)):
            yield frozenset({kind, openness, *self.words_of(weekday, time)})


def receipt_words(calendar: Calendar, instant: int, cut_offs: CutOffs) -> frozenset[str]:
    """What a calendar says of an instant: the kind of its date, open or closed, and cut-offs.

    A date with working time is a working day, make-up days and special hours included; one without
    is a holiday if the calendar lists it or an exception or a closure closes it, else a
    weekend.
    """
    zone = zone_of(calendar)
    day = zone.date(instant)
    kind = kind_of_day(calendar, day).kind
    if kind in ("exception", "closure"):
        works = calendar.timeline.working_day(day.toordinal()) is not None
        kind = "working-day" if works else "holiday"
    elif kind == "make-up-day":
        kind = "working-day"
    words = {kind, "open" if calendar.timeline.is_open(instant) else "closed"}
    if cut_offs:
        day_number, time = _counted_as(calendar, instant)
        words |= cut_offs.words_of((day_number + EPOCH_DAY - 1) % 7, time)
    return frozenset(words)


def _counted_as(calendar: Calendar, instant: int) -> tuple[int, int]:
    """The date, in days since 1970, and the time of day at which a ticket counts as received."""
    try:
        counted = calendar.timeline.next_open(instant)
    except (NeverOpen, HorizonError):  # then nothing is outside hours
        counted = instant
    return divmod(zone_of(calendar).reading(counted), DAY)


def receipt_unpublished_from(calendar: Calendar, cut_offs: CutOffs) -> int | None:
    """The first instant whose words depend on holidays that are not published yet, if any.

    With cut-offs, that is the last closing before such a holiday may begin.
    """
    since = unpublished_from(calendar)
    if since is None or not cut_offs or calendar.timeline.is_open(since - 1):
        return since
    try:
        return calendar.timeline.previous_close(since)
    except (NeverOpen, HorizonError):
        return since


def _cut_off(is_before: bool, time: int) -> str:  # noqa: FBT001 - a comparison
    return f"{'before' if is_before else 'after'} {time_text(time)}"


@attrs.frozen
class ReceiptSet:
    """What a condition requires of the words of a receipt.

    Args:
        kinds: Kinds of days, open and closed, any of which will do; empty if none is required.
        weekdays: Weekdays, any of which will do; empty if none is required.
        times: Cut-offs, all of which must hold.
    """

    kinds: frozenset[str] = frozenset()
    weekdays: frozenset[str] = frozenset()
    times: frozenset[str] = frozenset()

    @classmethod
    def of(cls, values: Iterable[object]) -> ReceiptSet:
        """What the values of a condition require.

        Raises:
            HoursError: One of them is none of `RECEIPTS`, a weekday or a cut-off.
        """
        kinds: set[str] = set()
        weekdays: set[str] = set()
        times: set[str] = set()
        for value in values:
            text = str(value)
            if text in RECEIPTS:
                kinds.add(text)
            elif cut_off := _CUT_OFF.fullmatch(text):
                times.add(_cut_off(cut_off[1] == "before", parse_time(cut_off[2], text)))
            else:
                weekdays.update(WEEKDAYS[day] for day in parse_weekdays(value))
        return cls(frozenset(kinds), frozenset(weekdays), frozenset(times))

    def __contains__(self, words: frozenset[str]) -> bool:
        """Whether the words of a receipt are what is required."""
        return (
            (not self.kinds or not self.kinds.isdisjoint(words))
            and (not self.weekdays or not self.weekdays.isdisjoint(words))
            and self.times <= words
        )

    def __le__(self, other: ReceiptSet) -> bool:
        """Whether all receipts that meet this condition meet another one."""
        return (
            (not other.kinds or (bool(self.kinds) and self.kinds <= other.kinds))
            and (not other.weekdays or (bool(self.weekdays) and self.weekdays <= other.weekdays))
            and all(any(_implies(own, time) for own in self.times) for time in other.times)
        )


def _implies(cut_off: str, other: str) -> bool:
    """Whether one cut-off is met wherever another one is; times of day as text compare as times."""
    word, _, time = cut_off.partition(" ")
    other_word, _, other_time = other.partition(" ")
    return word == other_word and (time <= other_time if word == "before" else time >= other_time)


def fault_of_receipt(value: object) -> str | None:
    """What would be right in place of a value of a condition on the receipt; None: it is right."""
    try:
        ReceiptSet.of([value])
    except HoursError:
        is_cut_off = isinstance(value, str) and _CUT_OFF.fullmatch(value)
        return 'a time of day, as in "before 14:00"' if is_cut_off else f"one of {RECEIPT_FORMS}"
    return None


def describe_receipt(values: Iterable[object], translate: Translator) -> str:
    """The values of a condition on the receipt in words: ``friday and after 14:00``."""
    kinds: list[str] = []
    weekdays: list[str] = []
    groups: list[list[str]] = [kinds, weekdays]
    for value in values:
        text = str(value)
        if text in RECEIPTS:
            kinds.append(text)
        elif cut_off := _CUT_OFF.fullmatch(text):
            form = {"before": N_("before {time}"), "after": N_("after {time}")}[cut_off[1]]
            groups.append([translate(form).format(time=cut_off[2])])
        else:
            weekdays.append(text if translate.language == "en" else _weekdays(text, translate))
    texts = [translate.either(group) for group in groups if group]
    if len(texts) > 1:
        texts = [
            translate("({conditions})").format(conditions=text) if len(group) > 1 else text
            for text, group in zip(texts, filter(None, groups), strict=True)
        ]
    both = translate("{one} and {other}")
    return reduce(lambda one, other: both.format(one=one, other=other), texts)


def _weekdays(text: str, translate: Translator) -> str:
    days = parse_weekdays(text)
    return translate.either(
        translate.weekday(date.fromordinal(_A_MONDAY.toordinal() + day)) for day in days
    )
