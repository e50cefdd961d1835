"""The text of an iCalendar file (RFC 5545), taken apart into events.

`read_events` accepts what real files have: a byte order mark, lines that are folded in the middle
of a letter, several calendars in one file, components of any kind inside an event. It keeps the
properties of events that say when something happens and what it is called, and reads no value; so
an event that does not count cannot spoil a file.

Read next: `recurrence`, which finds the dates of an event.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import attrs

from slacalc._schema.documents import read_bytes
from slacalc.errors import HolidaysError

MAX_BYTES = 4_000_000
MAX_EVENTS = 10_000
_MAX_NESTING = 20  # components inside each other; real files have three
_TEXTS = ("SUMMARY", "DESCRIPTION", "CATEGORIES")
_TIMES = (
    *("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE"),
    *("EXRULE", "EXDATE", "RECURRENCE-ID", "STATUS", "SEQUENCE"),
)
_WANTED = frozenset({*_TEXTS, *_TIMES, "UID"})
_LINE = re.compile(r'[^:;]+((?:;[^=:;"]+=(?:"[^"]*"|[^":;])*)*):(.*)', re.DOTALL)
_PARAMETER = re.compile(r';([^=:;"]+)=((?:"[^"]*"|[^":;])*)')
_NAME = re.compile(r"[A-Z-]+")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_COMMA = re.compile(r"(?<!\\),")
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?", re.ASCII | re.IGNORECASE)
# Half of a pair, other than the bytes that Python's "surrogateescape" keeps in text.
_BROKEN = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_NAMES_OF_UTC = frozenset({"UTC", "GMT", "Z", "ETC/UTC", "ETC/GMT"})


class Property(NamedTuple):
    """A property of an event: its parameters by name, in capitals, and its value, not read."""

    parameters: dict[str, str]
    value: str


class Moment(NamedTuple):
    """A date, or a time as written, without a zone; and the zone: empty string if it has none."""

    at: date | datetime
    zone: str = ""

    @property
    def is_midnight(self) -> bool:
        return isinstance(self.at, datetime) and not (self.at.hour or self.at.minute)


@attrs.define
class Container:
    """A VCALENDAR: the zone that it names, and the text of the zones that it defines itself."""

    zone: str = ""
    zones: dict[str, list[str]] = attrs.field(factory=dict)


@attrs.define(eq=False)
class FileEvent:
    """A VEVENT of a file, with its properties as text."""

    container: Container
    number: int
    properties: dict[str, list[Property]] = attrs.field(factory=dict)
    series: FileEvent | None = None
    """The event of whose occurrences this one changes some; its texts count where ours are missing.
    """
    unreadable: str = ""
    """A line that begins like a property of interest and does not go on like one."""

    def refuse(self, fault: str) -> NoReturn:
        """Raise the error for what is wrong with the event; it names the event."""
        name = self.text("SUMMARY") or self.text("UID") or f"number {self.number} of the file"
        raise HolidaysError(f"the event {name!r} {fault}", given=name, suggestions=[])

    def all(self, name: str) -> list[Property]:
        """The properties of a name that have a value, in the order of the file."""
        return [item for item in self.properties.get(name, ()) if item.value.strip()]

    def single(self, name: str) -> Property | None:
        """The property of a name, which an event may have once."""
        items = self.all(name)
        if any(item != items[0] for item in items):
            self.refuse(f"has {name} twice, with different values")
        return items[0] if items else None

    def text(self, name: str) -> str:
        """The value of a text property; several are joined by commas; empty string if none."""
        if name not in self.properties and self.series is not None:
            return self.series.text(name)
        return ", ".join(
            unescape(part)
            for item in self.all(name)
            for part in (_COMMA.split(item.value) if name == "CATEGORIES" else [item.value])
        )

    @property
    def is_cancelled(self) -> bool:
        return self.text("STATUS").strip().upper() == "CANCELLED"

    @property
    def sequence(self) -> int:
        """The number of the revision; 0 if it is not given."""
        text = self.text("SEQUENCE").strip()
        return int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else 0

    def moments(self, name: str) -> list[tuple[Moment, str]]:
        """The moments of all properties of a name, each with its period's end as text, if any."""
        moments = []
        for item in self.all(name):
            for text in item.value.split(","):
                begins, _, end = text.strip().partition("/")
                moments.append((self.moment(begins, item.parameters), end))
        return moments

    def moment(self, text: str, parameters: dict[str, str]) -> Moment:
        """Read a date or a time of the event."""
        match = _MOMENT.fullmatch(text.strip())
        try:
            if match is None:
                raise ValueError  # as for 30 February
            year, month, day = map(int, match.group(1, 2, 3))
            if match[4] is None:
                return Moment(date(year, month, day))
            hour, minute, second = map(int, match.group(4, 5, 6))
            at = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - as written
        except ValueError:
            fault = "is not a date or time of the calendar: write it as 20260131 or 20260131T090000"
            self.refuse(f"has {text.strip()!r}, which {fault}")
        zone = "UTC" if match[7] else parameters.get("TZID", "").strip().strip('"')
        if parameters.get("VALUE", "").upper() == "DATE" and not (at.hour or at.minute):
            return Moment(at.date())
        return Moment(at, "UTC" if zone.upper() in _NAMES_OF_UTC else zone)


def unescape(text: str) -> str:
    """Text as people see it, without the backslashes of the format."""
    return _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], text).strip()


def read_events(source: object) -> list[FileEvent]:
    """All events of a file.

    Args:
        source: The text of the file, its bytes, or a path to it.

    Raises:
        HolidaysError: It is not an iCalendar file, or is larger than any list of days off.
    """
    scanner = _Scanner()
    for line in _lines(source):
        if line and not line.isspace():
            scanner.read(line)
    if scanner.stack:
        raise _not_a_calendar(f"it stops inside a {scanner.stack[-1]}")
    if scanner.calendar is None:
        reason = "it has no line BEGIN:VCALENDAR"
        raise _not_a_calendar(reason, source)
    return scanner.events


class _Scanner:
    """Reads the lines of a file, and knows in which components it is."""

    def __init__(self) -> None:
        self.events: list[FileEvent] = []
        self.stack: list[str] = []
        self.calendar: Container | None = None
        self.zone_lines: list[str] = []

    def read(self, line: str) -> None:
        name = line.partition(":")[0].partition(";")[0].strip().upper()
        value = line.partition(":")[2].strip()
        if name == "BEGIN":
            self._begin(value.upper())
        if not self.stack or self.calendar is None:
            raise _not_a_calendar(f"it has {line[:60]!r} outside of a VCALENDAR")
        component = self.stack[-1]
        if component == "VEVENT":
            if name not in ("BEGIN", "END"):
                _add_line(self.events[-1], name, line)
        elif "VTIMEZONE" in self.stack:
            self.zone_lines.append(line)
            if name == "TZID":
                self.calendar.zones[value] = self.zone_lines
        elif name == "X-WR-TIMEZONE" and component == "VCALENDAR":
            self.calendar.zone = unescape(value)
        if name == "END" and self.stack.pop() != value.upper():
            raise _not_a_calendar(f"it ends a {value[:60]} that it has not begun")

    def _begin(self, kind: str) -> None:
        if (kind == "VCALENDAR") == bool(self.stack) or (
            kind == "VEVENT" and self.stack != ["VCALENDAR"]
        ):
            inside = f"inside a {self.stack[-1]}" if self.stack else "outside of a VCALENDAR"
            raise _not_a_calendar(f"it begins a {kind[:60]} {inside}")
        if len(self.stack) == _MAX_NESTING:
            raise _not_a_calendar(f"its components are nested more than {_MAX_NESTING} deep")
        self.stack.append(kind)
        if kind == "VCALENDAR":
            self.calendar = Container()
        elif kind == "VTIMEZONE":
            self.zone_lines = []
        elif kind == "VEVENT" and self.calendar is not None:
            self.events.append(FileEvent(self.calendar, len(self.events) + 1))
            if len(self.events) > MAX_EVENTS:
                raise _too_large(f"it has more than {MAX_EVENTS:,} events")


def _lines(source: object) -> list[str]:
    """The lines of a file, unfolded."""
    if isinstance(source, Path):
        try:
            data = read_bytes(source, MAX_BYTES + 1)
        except (OSError, ValueError) as error:  # the latter for a name with a null byte
            msg = f"the iCalendar file {str(source)!r} cannot be read: {error}"
            raise HolidaysError(msg, given=str(source), suggestions=[]) from error
    elif isinstance(source, str):
        if "\n" not in source and "\r" not in source and len(source) < 1_000:
            raise _not_a_calendar(
                f"{source!r} is one line; to read a file, give a pathlib.Path to it", source
            )
        # Lines folded in the middle of a letter are whole only after they are joined.
        data = _BROKEN.sub("?", source).encode("utf-8", "surrogateescape")
    elif isinstance(source, bytes):
        data = source
    else:
        reason = "give its text, its bytes or a pathlib.Path to it"
        raise _not_a_calendar(reason, source)
    if len(data) > MAX_BYTES:
        raise _too_large(f"it is larger than {MAX_BYTES // 1_000_000} MB")
    try:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            data = data.decode("utf-16").encode()
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        data = data.replace(b"\n ", b"").replace(b"\n\t", b"")
        text = data.decode("utf-8")
    except UnicodeError as error:
        raise _not_a_calendar(f"its text is not UTF-8: {error}") from error
    return text.replace("\ufeff", "").replace("\x00", "").split("\n")


def _add_line(event: FileEvent, name: str, line: str) -> None:
    if name not in _WANTED:
        start = _NAME.match(line)
        if start is not None and start[0] in _TIMES and name.partition(" ")[0] == start[0]:
            event.unreadable = line
        return
    match = _LINE.fullmatch(line)
    if match is None:
        if name in _TIMES:
            event.unreadable = line
        return
    parameters = {}
    if match[1]:
        parameters = {
            key.strip().upper(): value.replace('"', "")
            for key, value in _PARAMETER.findall(match[1])
        }
    event.properties.setdefault(name, []).append(Property(parameters, match[2]))


def _not_a_calendar(reason: str, source: Any = None) -> HolidaysError:
    return HolidaysError(f"not an iCalendar file: {reason}", given=source, suggestions=[])


def _too_large(reason: str) -> HolidaysError:
    msg = f"not a list of days off: {reason}; take out what is not needed"
    return HolidaysError(msg, given=None, suggestions=[])
