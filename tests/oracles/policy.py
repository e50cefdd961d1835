"""A naive reader of policies that computes due dates and shares no code with the product.

It takes the plain data of a policy and reads the conditions as they are, row by row, without
compiling anything. Due dates are computed by the walker of `tests.oracles.calendar`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

from tests.oracles.calendar import EPOCH, HOUR, SECOND, TooFarError
from tests.oracles.conditions import fits

if TYPE_CHECKING:
    from datetime import date

    from tests.oracles.calendar import Walker

KINDS = ("working-day", "weekend", "holiday", "open", "closed")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SIZES = {"hour": HOUR, "minute": 60 * SECOND, "second": SECOND}


class LackingError(Exception):
    """Whether a row matches depends on an attribute that the ticket lacks."""


@dataclass
class Answer:
    """When a metric is due, in microseconds, or why it is not."""

    due: int | None = None
    limit: int | None = None
    row: tuple[str, int] | None = None
    reason: str = ""


@dataclass
class Reader:
    """A policy's data, the walker of its one calendar, and that calendar's days off.

    Of a policy that has several calendars, walkers and days off by name as well.
    """

    data: dict[str, Any]
    walker: Walker
    off: set[date]
    calendars: dict[str, tuple[Walker, set[date]]] = field(default_factory=dict)

    def answers(
        self, ticket: dict[str, Any], received: int, since: dict[str, int]
    ) -> dict[str, Answer]:
        """The answer for each metric."""
        values = self.values(ticket)
        answers = {}
        for name, metric in self.data["metrics"].items():
            promises = []
            for table, rows in self.data["tables"].items():
                for index, row in enumerate(rows):
                    if name in row["targets"] and self.meets(row.get("when", {}), values, received):
                        target = self.scaled(row["targets"][name], name, values, received)
                        target = self.dated(target, ticket)
                        named = target.get("calendar", metric.get("calendar"))
                        reader = self.on(named or self.data.get("calendar"), values)
                        promises.append(((table, index), target, reader))
                        break
            event = metric.get("start", "created")
            start = received if event == "created" else since.get(event)
            answers[name] = self.strictest(promises, start)
        return answers

    def on(self, calendar: Any, values: dict[str, Any]) -> Reader:
        """The reader on a calendar that is named, or that the ticket chooses."""
        if isinstance(calendar, dict):
            value = values.get(calendar["field"])
            calendar = calendar.get(str(value), calendar.get("default"))
            if calendar is None:
                raise LackingError
        if calendar not in self.calendars:
            return self
        walker, off = self.calendars[calendar]
        return replace(self, walker=walker, off=off)

    def scaled(
        self, target: Any, metric: str, values: dict[str, Any], received: int
    ) -> dict[str, Any]:
        """A target as a table, its lengths times the factors of all adjustments that apply."""
        table: dict[str, Any] = target if isinstance(target, dict) else {"within": target}
        factor = Fraction(1)
        for adjustment in self.data.get("adjustments", []) if "within" in table else []:
            scale = adjustment["scale"]
            if metric in scale and self.meets(adjustment["when"], values, received):
                factor *= Fraction(str(scale[metric]))
        lengths = {
            key: times(table[key], factor)
            for key in ("within", "limit")
            if isinstance(table.get(key), str)
        }
        return table | lengths

    def dated(self, target: dict[str, Any], ticket: dict[str, Any]) -> dict[str, Any]:
        """A target with the instant of the ticket that it names, if any; None if it has none."""
        within = target.get("within")
        if not isinstance(within, dict):
            return target
        text = ticket.get(within["field"])
        if text is None and not self.data["attributes"][within["field"]].get("optional"):
            raise LackingError
        since = None if text is None else datetime.fromisoformat(text) - EPOCH
        at = None if since is None else since // timedelta(microseconds=1)
        return {**target, "within": at, "field": within["field"]}

    @staticmethod
    def strictest(
        promises: list[tuple[tuple[str, int], dict[str, Any], Reader]], start: int | None
    ) -> Answer:
        """The earliest due date and the earliest limit of promises; or why nothing is due."""
        if not promises:
            return Answer(reason="nothing is promised")
        figures = [promise for promise in promises if promise[1].get("within") is not None]
        if not figures:
            reasons = (
                target["promise"] if "promise" in target else f"the ticket has no {target['field']}"
                for _, target, _ in promises
            )
            return Answer(reason="; ".join(dict.fromkeys(reasons)))
        if start is None:
            return Answer(reason="not begun", row=figures[0][0])
        dues = []
        for row, target, reader in figures:
            roll = target.get("roll", "")
            due = reader.due(target["within"], start, roll)
            limit = reader.due(target["limit"], start, roll) if "limit" in target else due
            dues.append((due, limit, row))
        due, _, row = min(dues, key=lambda entry: entry[0])
        limit = min(entry[1] for entry in dues)
        return Answer(due, limit if limit > due else None, row)

    def values(self, ticket: dict[str, Any]) -> dict[str, Any]:
        """The ticket's attributes, with defaults and the values of matrices by two attributes."""
        values = {}
        for name, attribute in self.data["attributes"].items():
            details = attribute if isinstance(attribute, dict) else {}
            value = ticket.get(name, details.get("default"))
            if value is not None:
                values[name] = value
        for name, attribute in self.data["attributes"].items():
            if isinstance(attribute, dict) and "by" in attribute and name not in values:
                first, second = (values.get(source) for source in attribute["by"])
                if first is not None and second is not None:
                    values[name] = attribute["matrix"][first][second]
        return values

    def meets(self, when: dict[str, Any], values: dict[str, Any], received: int) -> bool:
        """Whether all conditions are met; one that is not met excludes what the ticket lacks."""
        outcomes = self.outcomes(when, values, received)
        if outcomes > {2}:
            raise LackingError
        return outcomes == {2}

    def outcomes(self, when: dict[str, Any], values: dict[str, Any], received: int) -> set[int]:
        """What may come of conditions, whatever the ticket lacks: 2 they are met, 0 not, 1 neither.

        What is lacking may be either; an attribute that need not be there makes it neither.
        """
        together = {2}
        for name, wanted in when.items():
            if name == "any":
                one = {0}
                for inner in wanted:
                    other = self.outcomes(inner, values, received)
                    one = {max(pair) for pair in product(one, other)}
            elif name == "not":
                one = {2 - each for each in self.outcomes(wanted, values, received)}
            elif name == "received":
                on = wanted.get("on") if isinstance(wanted, dict) else None
                try:
                    reader = self.on(on or self.data.get("calendar"), values)
                    one = {2 * reader.passes_receipt(wanted, received)}
                except LackingError:
                    one = {0, 2}
            elif name in values:
                one = {2 * self.passes(wanted, values[name], self.data["attributes"][name])}
            else:
                about = self.data["attributes"][name]
                one = {1} if isinstance(about, dict) and about.get("optional") else {0, 2}
            together = {min(pair) for pair in product(together, one)}
        return together

    def passes_receipt(self, wanted: Any, received: int) -> bool:
        """Whether the moment of receipt meets a condition."""
        day = self.walker.reading(received).date()
        if self.walker.shifts(day):
            kind = "working-day"
        else:
            kind = "holiday" if day in self.off else "weekend"
        kinds = {kind, "open" if self.walker.is_open(received) else "closed"}
        if isinstance(wanted, dict) and "not" in wanted:
            return not self.passes_receipt(wanted["not"], received)
        wanted = wanted["is"] if isinstance(wanted, dict) else wanted
        values = [wanted] if isinstance(wanted, str) else wanted
        times = [value.split() for value in values if value.startswith(("before ", "after "))]
        weekdays = [value for value in values if value in WEEKDAYS]
        others = [value for value in values if value in KINDS]
        counted = self.walker.reading(self.counted_as(received))
        clock = f"{counted:%H:%M:%S.%f}"
        return (
            (not others or bool(kinds & set(others)))
            and (not weekdays or WEEKDAYS[counted.weekday()] in weekdays)
            and all((clock < time) is (word == "before") for word, time in times)
        )

    def counted_as(self, received: int) -> int:
        """When a ticket counts as received: outside hours at the next opening, if there is one."""
        try:
            return self.walker.next_open(received)
        except TooFarError:
            return received

    @staticmethod
    def passes(wanted: Any, value: Any, attribute: Any) -> bool:
        """Whether a value meets a condition: by itself, by rank, or because it is not another."""
        kind = attribute.get("kind", "value") if isinstance(attribute, dict) else "value"
        if kind != "value":
            return fits(wanted, value, kind, folds=attribute.get("fold_case", False))
        if isinstance(wanted, dict):
            unwanted = wanted["not"]
            return bool(value not in unwanted if isinstance(unwanted, list) else value != unwanted)
        if isinstance(wanted, list):
            return value in wanted
        if isinstance(wanted, str) and wanted[0] in "<>":
            operation, _, other = wanted.partition(" ")
            order = attribute if isinstance(attribute, list) else attribute["values"]
            ahead = order.index(other) - order.index(value)  # the first value is the highest
            return {">=": ahead >= 0, ">": ahead > 0, "<=": ahead <= 0, "<": ahead < 0}[operation]
        return bool(value == wanted)

    def due(self, within: str | int, start: int, roll: str = "") -> int:
        """The due date of a time, moved from a day off if it rolls; an instant is one already."""
        if isinstance(within, int):
            return within
        which, of, parts = within.partition(" of ")
        if of and which in ("earliest", "latest"):
            dues = [self.due(part, start, roll) for part in parts.split(", ")]
            return min(dues) if which == "earliest" else max(dues)
        return self.rolled(within, self.single(within, start), start, roll)

    def rolled(self, part: str, due: int, start: int, roll: str) -> int:
        """A due date on a day off as it is on a working day, by the same wall time."""
        if not roll or part == "at once" or "working" in part:
            return due
        walker, before = self.walker, int(part.startswith(("end of day", "24:00 of day")))
        shown = walker.reading(due - before)  # the end of a date is not the beginning of the next
        time = shown - datetime.combine(shown.date(), datetime.min.time())
        seconds = (time // timedelta(microseconds=1) + before) / SECOND

        def nearest(step: int) -> date:
            day = shown.date()
            for _ in range(walker.days):
                if walker.hours(day):
                    return day
                day += timedelta(step)
            raise TooFarError

        if walker.hours(shown.date()):
            return due
        day = nearest(-1 if roll == "preceding" else 1)
        if roll == "modified_following" and day.month != shown.month:
            day = nearest(-1)
        moved = walker.time_on(day, seconds)
        return (
            walker.time_on(nearest(1), seconds) if day < shown.date() and moved < start else moved
        )

    def single(self, within: str, start: int) -> int:
        """The due date of a single time, read word by word."""
        number, *words = within.split()
        count = int(within.partition("+")[2]) if "+" in within else 0
        if ":" in number:
            hour, minute, second = (*map(int, number.split(":")), 0)[:3]
            at_time = (
                self.walker.time_of_working_day if "working" in words else self.walker.time_of_day
            )
            return at_time(start, count, hour * 3600 + minute * 60 + second)
        if number == "end":
            of_work = self.walker.end_of_working_day
            return (of_work if "working" in words else self.walker.end_of_day)(start, count)
        return self.counted(number, words, start)

    def counted(self, number: str, words: list[str], start: int) -> int:
        """The instant after a number of a unit."""
        if number == "at":
            return self.walker.next_open(start)
        unit = words[-1].removesuffix("s")
        if words[0] == "calendar":
            return self.walker.add_calendar_days(start, int(number))
        if unit == "day":
            return self.walker.add_working_days(start, int(number))
        length = int(number) * SIZES[unit]
        return self.walker.add(start, length) if words[0] == "working" else start + length


def times(within: str, factor: Fraction) -> str:
    """A length times a factor, as text; times are written in seconds where they are not whole."""
    which, of, parts = within.partition(" of ")
    if of and which in ("earliest", "latest"):
        return f"{which} of {', '.join(times(part, factor) for part in parts.split(', '))}"
    number, *words = within.split()
    if factor == 1 or not number.isdigit():
        return within
    product = int(number) * factor
    if product.denominator != 1:
        product = product * SIZES[words[-1].removesuffix("s")] / SECOND
        words = [*words[:-1], "seconds"]
    assert product.denominator == 1, within
    return f"{product} {' '.join(words)}"
