"""Calendars in a policy: their shape, and the names by which other parts refer to them.

`CalendarShape` reads the arguments of `Calendar` part by part. `Calendar` itself raises an error
for its first fault. If it does, each weekday, each exception and each list of holidays is read on
its own, so that a policy reports all of its faults.

Wherever a calendar is named, `CALENDAR_NAME` reads its name, or a `CalendarByField`: a choice that
the ticket makes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from slacalc._calendar.arguments import (
    parse_changes,
    parse_closures,
    parse_exceptions,
    parse_holidays,
    parse_horizon,
    parse_week,
    parse_zone,
)
from slacalc._calendar.calendar import Calendar
from slacalc._calendar.compilation import number_of_dates
from slacalc._i18n import ENGLISH
from slacalc._schema.faults import INVALID
from slacalc._schema.limits import MAX_DATES
from slacalc._schema.shapes import NAME_SHAPE, FrozenMap, Scalar
from slacalc.errors import SlacalcError, path_text

if TYPE_CHECKING:
    from slacalc._i18n import Translator
    from slacalc._schema.faults import DocumentPath, Faults


def _no_parse(value: Any) -> Any:
    """Terms are read with their calendar."""
    return value


_PARTS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "time_zone": (parse_zone, 'An IANA zone, such as "Asia/Shanghai".'),
    "week": (parse_week, 'Hours by weekdays: { mon-fri = "08:30-12:00, 13:00-17:30" }.'),
    "holidays": (parse_holidays, 'A country ("CN", "US-CA"), dates, or a list of several.'),
    "exceptions": (
        parse_exceptions,
        'Hours that replace all others, by dates: { 2026-12-24 = "closed", "12-31" = "9-12" }.',
    ),
    "closures": (
        parse_closures,
        'Hours that are taken out, by dates: { "first sunday of month" = "02:00-06:00" }.',
    ),
    "changes": (
        parse_changes,
        "What is new from a date on: week, holidays, exceptions, closures, or several of these.",
    ),
    "horizon": (parse_horizon, "The last year, or date, with published holidays."),
    "terms": (_no_parse, "The calendars combined with this one."),
}
_DATES = "dates of holidays in all calendars"
_REQUIRED = ("time_zone", "week")
_BY_ENTRY = ("week", "exceptions", "closures", "changes")


class CalendarShape:
    """The arguments of a calendar."""

    expected = "a calendar: a table with time_zone and week"

    def accepts(self, data: Any) -> bool:
        return isinstance(data, Mapping | Calendar)

    def read(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        if isinstance(data, Calendar):
            return data
        if not isinstance(data, Mapping):
            return faults.add(path, data, self.expected)
        if faults.has_too_many(path, 0, _DATES, MAX_DATES):
            return INVALID
        try:
            calendar = Calendar.from_dict(data)
        except SlacalcError as error:
            first_error = error
        else:
            count = number_of_dates(calendar)
            too_many = faults.has_too_many(path, count, _DATES, MAX_DATES)
            return INVALID if too_many else calendar
        before = len(faults.collected)
        self._check_keys(data, path, faults)
        for key, (parse, _) in _PARTS.items():
            if key in data:
                self._check_part(key, data[key], parse, (*path, key), faults)
        if len(faults.collected) == before:  # each part is right, but they do not fit together
            faults.add_error(path, dict(data), first_error)
        return INVALID

    @staticmethod
    def _check_keys(data: Mapping[Any, Any], path: DocumentPath, faults: Faults) -> None:
        for key in data:
            if key not in _PARTS:
                expected = f"one of the keys {', '.join(_PARTS)}"
                faults.add((*path, str(key)), key, expected, known=_PARTS)
        for key in _REQUIRED:
            if key not in data:
                words = _PARTS[key][1].rstrip(".")
                faults.add_missing((*path, key), words[0].lower() + words[1:])

    @staticmethod
    def _check_part(
        key: str, data: Any, parse: Callable[[Any], Any], path: DocumentPath, faults: Faults
    ) -> None:
        entries = [(path, data)]
        if key in _BY_ENTRY and isinstance(data, Mapping):
            entries = [((*path, str(name)), {name: entry}) for name, entry in data.items()]
        for inner, entry in entries:
            try:
                parse(entry)
            except SlacalcError as error:  # whose path begins where ours ends
                known = path_text(inner[len(path) - 1 :])
                error.where = error.where.removeprefix(known).lstrip(".")
                faults.add_error(inner, entry, error)

    def write(self, value: Any) -> Any:
        return value.to_dict()

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        if "Calendar" not in definitions:
            text = {"type": "string"}
            hours = {
                "anyOf": [
                    text,
                    {"type": "array", "items": {"type": "array", "items": text}},
                ]
            }
            week = {"anyOf": [text, {"type": "object", "additionalProperties": hours}]}
            named = {
                "type": "object",
                "properties": {"hours": week, "name": {"type": ["string", "null"]}},
                "required": ["hours"],
            }
            dated = {
                "type": "object",
                "additionalProperties": {"anyOf": [*hours["anyOf"], week, named]},
            }
            described: dict[str, Any] = {
                "time_zone": text,
                "week": week,
                "holidays": {"type": ["string", "object", "array", "null"]},
                "exceptions": dated,
                "closures": dated,
                "changes": {"type": "object"},
                "horizon": {"type": ["integer", "string", "null"]},
                "terms": {"type": "array"},
            }
            definitions["Calendar"] = {
                "type": "object",
                "properties": {
                    key: {"description": words} | described[key]
                    for key, (_, words) in _PARTS.items()
                },
                "required": list(_REQUIRED),
                "additionalProperties": False,
            }
        return {"$ref": "#/$defs/Calendar"}


# Names of calendars ------------------------------------------------------------------------------

_VALUE = Scalar()  # what the keys of a choice stand for


@attrs.frozen
class CalendarByField:
    """A calendar that an attribute of the ticket chooses, such as the customer's site.

    Args:
        field: The name of the attribute.
        names: By value of the attribute, as text, the name of a calendar.
        default: The calendar for other values and for tickets without one; empty string: none.
    """

    field: str
    names: FrozenMap[str]
    default: str = ""

    @property
    def fallback(self) -> str:
        """The calendar that counts where no ticket is known: the default, or the first one."""
        return self.default or next(iter(self.names.values()))

    @property
    def calendars(self) -> tuple[str, ...]:
        """The names of all calendars that may be chosen."""
        return tuple(dict.fromkeys(name for name in (*self.names.values(), self.default) if name))

    def name_for(self, value: str | None) -> str:
        """The calendar for a value of the attribute, as text; empty string if there is none."""
        return self.default if value is None else self.names.get(value, self.default)

    def __str__(self) -> str:
        return self.describe(ENGLISH)

    def describe(self, translate: Translator) -> str:
        """The choice in words: ``by site: zurich = zh, paris = fr``."""
        choices = [f"{value} = {name}" for value, name in self.names.items()]
        if self.default:
            choices.append(translate("otherwise {name}").format(name=self.default))
        form = translate("by {field}: {choices}")
        return form.format(field=self.field, choices=translate.listed(choices))


class _CalendarNameShape:
    """The name of a calendar, or a table that names one for each value of an attribute."""

    expected = (
        "the name of a calendar, or a choice by an attribute of the ticket such as "
        '{ field = "site", zurich = "zh", default = "fr" }'
    )

    def accepts(self, data: Any) -> bool:
        return isinstance(data, str | Mapping | CalendarByField)

    def read(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        if isinstance(data, CalendarByField):
            return data
        if not isinstance(data, Mapping):
            return NAME_SHAPE.read(data, path, faults)
        if "field" not in data:
            return faults.add_missing((*path, "field"), "the name of an attribute")
        if not data.keys() - {"field", "default"}:
            return faults.add(path, data, self.expected)
        before, names = len(faults.collected), {}
        for key, value in data.items():
            if not isinstance(key, str):
                faults.add((*path, str(key)), key, "a value of the attribute, as text")
                continue
            if key not in ("field", "default"):
                _VALUE.read(key, (*path, key), faults)
            names[key] = NAME_SHAPE.read(value, (*path, key), faults)
        if len(faults.collected) > before:
            return INVALID
        field, default = names.pop("field"), names.pop("default", "")
        return CalendarByField(field, FrozenMap(names), default)

    def write(self, value: Any) -> Any:
        if isinstance(value, str):
            return value
        default = {"default": value.default} if value.default else {}
        return {"field": value.field, **value.names, **default}

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        name = NAME_SHAPE.schema(definitions)
        if "CalendarName" not in definitions:
            choice = {
                "type": "object",
                "properties": {"field": name, "default": name},
                "required": ["field"],
                "additionalProperties": name,
                "propertyNames": {"minLength": 1, "maxLength": 200},
                "anyOf": [
                    {"minProperties": 3},
                    {"minProperties": 2, "not": {"required": ["default"]}},
                ],
            }
            definitions["CalendarName"] = {"anyOf": [name, choice]}
        return {"$ref": "#/$defs/CalendarName"}


CALENDAR_NAME = _CalendarNameShape()
