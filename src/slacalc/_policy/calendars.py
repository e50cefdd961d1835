"""The shape of a calendar in a policy: the arguments of `Calendar`, read part by part.

`Calendar` itself tells its first fault; here each weekday, each exception and each list of
holidays is read on its own, so that a policy tells all of them.
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

_PARTS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "time_zone": (parse_zone, 'An IANA zone, such as "Asia/Shanghai".'),
    "week": (parse_week, 'Hours by weekdays: { mon-fri = "08:30-12:00, 13:00-17:30" }.'),
    "holidays": (parse_holidays, 'A country ("CN", "US-CA"), dates, or a list of several.'),
    "exceptions": (parse_exceptions, 'Hours by date: { 2026-12-24 = "closed" }.'),
    "changes": (parse_changes, "What is new from a date on: its week, its holidays, or both."),
    "horizon": (parse_horizon, "The last year, or date, with published holidays."),
    "terms": (tuple, "The calendars combined with this one."),
}
_REQUIRED = ("time_zone", "week")
_BY_ENTRY = ("week", "exceptions", "changes")


class CalendarShape:
    """The arguments of a calendar."""

    expected = "a calendar: a table with time_zone and week"

    def accepts(self, given: Any) -> bool:
        return isinstance(given, Mapping | Calendar)

    def read(self, given: Any, path: DocumentPath, faults: Faults) -> Any:
        if isinstance(given, Calendar):
            return given
        if not isinstance(given, Mapping):
            return faults.add(path, given, self.expected)
        before = len(faults.collected)
        self._keys(given, path, faults)
        for key, (parse, _) in _PARTS.items():
            if key in given:
                self._part(key, given[key], parse, (*path, key), faults)
        if len(faults.collected) > before:
            return INVALID
        try:
            return Calendar.from_dict(given)
        except SlacalcError as error:  # of entries that do not go together
            return faults.add_error(path, dict(given), error)

    @staticmethod
    def _keys(given: Mapping[Any, Any], path: DocumentPath, faults: Faults) -> None:
        for key in given:
            if key not in _PARTS:
                expected = f"one of the keys {', '.join(_PARTS)}"
                faults.add((*path, str(key)), key, expected, known=_PARTS)
        for key in _REQUIRED:
            if key not in given:
                words = _PARTS[key][1].rstrip(".")
                faults.add_missing((*path, key), words[0].lower() + words[1:])

    @staticmethod
    def _part(
        key: str, given: Any, parse: Callable[[Any], Any], path: DocumentPath, faults: Faults
    ) -> None:
        entries = [(path, given)]
        if key in _BY_ENTRY and isinstance(given, Mapping):
            entries = [((*path, str(name)), {name: one}) for name, one in given.items()]
        for inner, one in entries:
            try:
                parse(one)
            except SlacalcError as error:  # whose path begins where ours ends
                known = path_text(inner[len(path) - 1 :])
                error.where = error.where.removeprefix(known).lstrip(".")
                faults.add_error(inner, one, error)

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
