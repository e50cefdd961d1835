"""The shape of a calendar in a policy: the arguments of `Calendar`, read part by part.

`Calendar` itself raises an error for its first fault. If it does, each weekday, each exception and
each list of holidays is read on its own, so that a policy reports all of its faults.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from slacalc._calendar.arguments import (
    parse_changes,
    parse_exceptions,
    parse_holidays,
    parse_horizon,
    parse_week,
    parse_zone,
)
from slacalc._calendar.calendar import Calendar
from slacalc._schema.faults import INVALID
from slacalc.errors import SlacalcError, path_text

if TYPE_CHECKING:
    from slacalc._schema.faults import DocumentPath, Faults


def _no_parse(value: Any) -> Any:
    """Terms are read with their calendar."""
    return value


_PARTS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "time_zone": (parse_zone, 'An IANA zone, such as "Asia/Shanghai".'),
    "week": (parse_week, 'Hours by weekdays: { mon-fri = "08:30-12:00, 13:00-17:30" }.'),
    "holidays": (parse_holidays, 'A country ("CN", "US-CA"), dates, or a list of several.'),
    "exceptions": (parse_exceptions, 'Hours by date: { 2026-12-24 = "closed" }.'),
    "changes": (parse_changes, "What is new from a date on: the week, the holidays, or both."),
    "horizon": (parse_horizon, "The last year, or date, with published holidays."),
    "terms": (_no_parse, "The calendars combined with this one."),
}
_REQUIRED = ("time_zone", "week")
_BY_ENTRY = ("week", "exceptions", "changes")


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
        try:
            return Calendar.from_dict(data)
        except SlacalcError as error:
            first_error = error
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
            described: dict[str, Any] = {
                "time_zone": text,
                "week": week,
                "holidays": {"type": ["string", "object", "array", "null"]},
                "exceptions": {"type": "object"},
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
