"""What the commands of the command line do.

A command is a function from what was typed to an exit status. It prints its answer, as text for
people or as JSON, and knows nothing of click; `cli` says how each is called. Names that were typed
must be known, even where the library would leave them alone.

rich is an extra, so it is imported where something is printed.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tomllib
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from slacalc import presets
from slacalc._calendar.ledger import shown_at
from slacalc._calendar.year import collect_year
from slacalc._cli import year as _year
from slacalc._i18n import translator
from slacalc._policy.attributes import value_text
from slacalc._policy.policy import Policy
from slacalc._schema.documents import read_text
from slacalc._schema.toml_positions import key_positions
from slacalc._time.instants import to_instant, zone
from slacalc.errors import (
    CalendarError,
    HolidaysError,
    HoursError,
    NaiveDatetimeError,
    PolicyError,
    PresetError,
    ProvisionalError,
    SlacalcError,
    TimeZoneError,
    UnknownMetricError,
    did_you_mean,
    path_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from rich.console import Console

    from slacalc._lint.findings import Finding
    from slacalc._lint.linter import Findings
    from slacalc._policy.deadlines import Deadlines
    from slacalc._schema.toml_positions import Position
    from slacalc._time.instants import Zone
    from slacalc.errors import Fault

_STYLES = {"error": "bold red", "warning": "yellow", "notice": "cyan"}


class UsageError(Exception):
    """What was typed cannot be read; *option* names the part, if it is one."""

    def __init__(self, message: str, option: str = "") -> None:
        super().__init__(message)
        self.option = option


# Printing ----------------------------------------------------------------------------------------


def _say(text: str = "", end: str = "\n") -> None:
    print(text, end=end)  # noqa: T201 - this is what a command line is for


def _say_json(data: Any) -> None:
    ascii_only = "utf" not in (getattr(sys.stdout, "encoding", None) or "").lower()
    _say(json.dumps(data, ensure_ascii=ascii_only, indent=2, default=str))


def _console() -> Console:
    from rich.console import Console  # noqa: PLC0415 - an extra

    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 1000  # what another program reads is not broken into lines
    return console


def _say_pieces(console: Console, *pieces: str | tuple[str, str]) -> None:
    """Print a line of pieces, each a text, or a text and its style; never wrapped."""
    from rich.text import Text  # noqa: PLC0415 - an extra

    console.print(Text.assemble(*pieces), soft_wrap=True)


_NARROWEST = 12  # of a column that may be broken into lines


def _say_table(heads: Mapping[str, bool], rows: Iterable[list[str]]) -> None:
    """Print a table, without its empty columns; where it is too wide, its rows one by one.

    Args:
        heads: What stands above the columns, and whether their text may be broken.
        rows: The cells; the first one names the row.
    """
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - an extra
    from rich.table import Table  # noqa: PLC0415 - an extra
    from rich.text import Text  # noqa: PLC0415 - an extra

    console, safe = _console(), [list(map(_safe, row)) for row in rows]
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    columns = [column for column in zip(heads, *safe, strict=True) if any(column[1:])]
    needed = 2 * (len(columns) - 1)
    for head, *cells in columns:
        least = max(Text(cell).cell_len for cell in (head, *cells))
        if heads[head]:
            words = [word for cell in cells for word in cell.split()]
            least = min(least, max([_NARROWEST, *(Text(word).cell_len for word in words)]))
        table.add_column(head, no_wrap=not heads[head], min_width=least)
        needed += least
    if needed <= console.width:
        for row in zip(*(cells for _, *cells in columns), strict=True):
            table.add_row(*map(Text, row))
        console.print(table)
        return
    for name, *cells in safe:
        _say_pieces(console, (name, "bold"))
        for head, cell in zip(list(heads)[1:], cells, strict=True):
            if cell:
                _say_pieces(console, (f"  {head:{max(map(len, heads))}}  ", "dim"), cell)


def _safe(text: str) -> str:
    """Text from a file on one line, without what would steer a terminal."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


# Policies ----------------------------------------------------------------------------------------


def _read(name: str) -> tuple[Policy, str]:
    """The policy of a file or a preset, and its text."""
    read: Callable[[str], Policy] = Policy.from_toml
    if name in presets.names():
        text = presets.text(name)
    elif not Path(name).exists():
        clause, _ = did_you_mean(name, presets.names())
        msg = f"{name!r} is neither a file nor a preset{clause}"
        raise UsageError(msg if clause else f"{msg}; `slacalc presets` lists the presets")
    else:
        text, _ = read_text(Path(name))
        if Path(name).suffix.lower() == ".json":
            read = Policy.from_json
    try:
        return read(text if "\n" in text else f"{text}\n"), text  # one line could be a path
    except PolicyError as error:
        raise PolicyError.of(error.faults, name) from None


def fault_line(source: str, fault: Fault) -> str:
    """A fault on a line that editors can jump from; what has no place is put at the beginning."""
    message = _safe(f"{fault.where}: {fault.message}" if fault.path else fault.message)
    return f"{source}:{fault.line or 1}:{fault.column or 1}: error: {message}"


class _Report(NamedTuple):
    """What is wrong with one policy, and odd in it."""

    source: str
    faults: tuple[Fault, ...]
    findings: Findings | None = None
    known: Mapping[str, Position] = {}

    @classmethod
    def of(cls, source: str) -> _Report:
        try:
            policy, text = _read(source)
        except PolicyError as error:
            return cls(source, error.faults)
        is_toml = Path(source).suffix.lower() != ".json"
        known = {path_text(path): at for path, at in key_positions(text).items()} if is_toml else {}
        return cls(source, (), policy.lint(), known)

    def place(self, finding: Finding) -> Position | None:
        """The line and column of what a finding is about, or of the nearest thing around it."""
        path = finding.path
        part = re.match(r"(versions\[\d+\]\.)\w+(\.[^.\[]+)?", path)
        if part and part[0] not in self.known:  # the version inherits it
            path = path.removeprefix(part[1])
        while path and path not in self.known:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.known.get(path)

    def fails(self, *, strict: bool) -> bool:
        grave = ("error", "warning") if strict else ("error",)
        return bool(self.faults) or any(one.severity in grave for one in self.findings or ())

    def to_dict(self) -> dict[str, Any]:
        found = []
        for one in self.findings or ():
            line, column = self.place(one) or (None, None)
            found.append(one.to_dict() | {"line": line, "column": column})
        faults = [fault.to_dict() for fault in self.faults]
        return {"source": self.source, "faults": faults, "findings": found}

    def print(self, console: Console) -> None:
        for fault in self.faults:
            place, _, message = fault_line(self.source, fault).partition(" error:")
            _say_pieces(console, f"{place} ", ("error", _STYLES["error"]), f":{message}")
        for one in self.findings or ():
            line, column = self.place(one) or (1, 1)
            first, *more = str(one).splitlines()
            rest = _safe(first.removeprefix(one.severity))
            place = f"{self.source}:{line}:{column}: "
            _say_pieces(console, place, (one.severity, _STYLES[one.severity]), rest)
            for further in more:
                _say_pieces(console, (f"  {_safe(further)}", "dim"))
        _say_pieces(console, f"{self.source}: {self._sum()}")

    def _sum(self) -> str:
        counts = Counter(["fault"] * len(self.faults))
        counts.update(one.severity for one in self.findings or ())  # the gravest come first
        told = [f"{count} {what}{'s' if count > 1 else ''}" for what, count in counts.items()]
        tried = ""
        if self.findings is not None:
            how = "every kind of ticket" if self.findings.is_exhaustive else "tickets row by row"
            tried = f" (tried {how})"
        return f"{', '.join(told) or 'nothing odd found'}{tried}"


def check(sources: tuple[str, ...], *, strict: bool, as_json: bool) -> int:
    """Print the faults and findings of policies."""
    reports = [_Report.of(source) for source in sources]
    if as_json:
        _say_json([report.to_dict() for report in reports])
    else:
        for report in reports:
            report.print(_console())
    return int(any(report.fails(strict=strict) for report in reports))


# Deadlines ---------------------------------------------------------------------------------------


def _pairs(texts: Iterable[str], option: str, known: Iterable[str], what: str) -> dict[str, str]:
    """Pairs of names and values, whose names must be known."""
    names, pairs = list(dict.fromkeys(known)), {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            msg = f"{text!r} is not of the form name=value"
            raise UsageError(msg, option)
        if name not in names:
            clause, _ = did_you_mean(name, names)
            known_names = f"; known: {', '.join(names) or 'none'}"
            msg = f"{name!r} {what} of the policy{clause or known_names}"
            raise UsageError(msg, option)
        if name in pairs:
            msg = f"{name!r} is given twice"
            raise UsageError(msg, option)
        pairs[name] = value
    return pairs


def _instant(text: str, at_home: Zone | None, option: str) -> datetime | str:
    """A time that was typed: with its offset, or without one in a zone.

    Where the clocks of the zone skip the time, or show it twice, it is refused.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    try:
        if at is None or at.tzinfo is not None or at_home is None:
            to_instant(text)
            return text
        first, second = (at.replace(tzinfo=at_home.info, fold=fold) for fold in (0, 1))
        to_instant(first)
    except NaiveDatetimeError as error:
        msg = f"{error}; or name its zone by --time-zone"
        raise UsageError(msg, option) from None
    except SlacalcError as error:
        raise UsageError(str(error), option) from None
    if re.fullmatch(r"\d{4}-?(\d\d-?\d\d|W\d\d(-?\d)?)", text.strip()):
        msg = f"{text!r} is a whole day: give the time of day as well, as in {text.strip()}T09:00"
        raise UsageError(msg, option)
    before, after = first.utcoffset(), second.utcoffset()
    if before is not None and after is not None and before != after:
        how = "is skipped by the clocks" if before < after else "comes twice on the clocks"
        msg = (
            f"{text!r} {how} of {at_home.name}: give its offset as well, as in "
            f"{first.isoformat()} or {second.isoformat()}"
        )
        raise UsageError(msg, option)
    return first


def _asked(
    policy: str,
    at: str,
    since: tuple[str, ...],
    ticket: tuple[str, ...],
    *,
    time_zone: str | None,
    strict: bool,
) -> Deadlines:
    """The deadlines that were asked for; every name that was typed must be known."""
    try:
        at_home = None if time_zone is None else zone(time_zone)
    except TimeZoneError as error:
        raise UsageError(str(error), "--time-zone") from None
    received = _instant(at, at_home, "--at")
    whole, _ = _read(policy)
    in_force = whole.version_at(received)
    attributes = _pairs(ticket, "KEY=VALUE", in_force.attributes, "is no attribute")
    events: list[str] = []
    for name, metric in in_force.metrics.items():
        events += metric.start.events or (name,)
        events += metric.reset.events if metric.reset else ()
    begun = {
        event: _instant(text, at_home, "--since")
        for event, text in _pairs(since, "--since", events, "starts no metric").items()
    }
    try:
        return whole.deadlines(attributes, received, begun, strict=strict)
    except ProvisionalError as error:
        msg = (
            f"an answer reaches {error.instant}, but holidays from {error.since} on are not "
            "published yet; leave out --strict to accept it as provisional"
        )
        raise ProvisionalError(msg, instant=error.instant, since=error.since) from None


def deadline(*, as_json: bool, **asked: Any) -> None:
    """Print when each metric of a ticket is due."""
    deadlines = _asked(**asked)
    if as_json:
        _say_json(deadlines.to_dict())
        return
    ends = [at for one in deadlines.values() for at in (one.due, one.limit) if at is not None]
    offsets = {at.utcoffset() for at in (deadlines.received_at, *ends)}
    offset = "%z" if len(offsets) > 1 else ""
    heads = {"metric": False, "due": False, "limit": False, "within": True, "promised by": False}
    rows = [
        [
            one.metric,
            shown_at(one.due, offset) + (" ?" if one.provisional else "") if one.due else "–",
            shown_at(one.limit, offset) if one.limit else "",
            one.within or "",
            one.promises[0].path if one.promises else "",
            one.reason,
        ]
        for one in deadlines.values()
    ]
    ticket = ", ".join(f"{name} = {value_text(one)}" for name, one in deadlines.ticket.items())
    _say(_safe(f"{deadlines.policy}: {ticket}" if ticket else deadlines.policy))
    received = shown_at(deadlines.received_at, offset)
    _say(f"received {received} ({deadlines.received_at.timezone_name})\n")
    _say_table(heads | {"reason": True}, rows)
    notes = list(_notes(deadlines))
    if notes:
        _say("\n" + "\n".join(map(_safe, notes)))


def _notes(deadlines: Deadlines) -> Iterator[str]:
    """What is to be said below the table."""
    unpublished = [one.provisional_from for one in deadlines.values() if one.provisional_from]
    if unpublished:
        yield f"? provisional: holidays from {min(unpublished)} on are not published yet"
    if deadlines.coverage_note:
        yield deadlines.coverage_note
    if deadlines.entitlements:
        yield f"entitled to {', '.join(deadlines.entitlements)}"


def explain(*, metric: str | None, language: str, as_json: bool, **asked: Any) -> None:
    """Print why each metric of a ticket, or one of them, is due when it is."""
    deadlines = _asked(**asked)
    try:
        chosen = list(deadlines.values()) if metric is None else [deadlines[metric]]
    except UnknownMetricError as error:
        raise UsageError(str(error), "--metric") from None
    if as_json:
        parts = {one.metric: one.explain(language=language) for one in chosen}
        ledgers = {name: part.ledger.to_dicts() for name, part in parts.items() if part.ledger}
        _say_json(
            [
                {"metric": name, "promises": part.rows, "ledger": ledgers.get(name, [])}
                for name, part in parts.items()
            ]
        )
        return
    explanation = (deadlines if metric is None else chosen[0]).explain(language=language)
    _say("\n".join(map(_safe, str(explanation).splitlines())))


# Calendars ---------------------------------------------------------------------------------------

_OPTIONS: dict[type[SlacalcError], str] = {
    CalendarError: "--calendar",
    HolidaysError: "--country",
    HoursError: "--week",
    TimeZoneError: "--time-zone",
}


def _whose(
    *,
    country: str | None,
    subdivision: str | None,
    week: str | None,
    time_zone: str | None,
    policy: str | None,
    calendar: str | None,
) -> tuple[str, _year.Stretches]:
    """The title of the calendar that was asked for, and the calendar."""
    wrong = ""
    if (country is None) == (policy is None):
        wrong = "say whose calendar: --country CODE or --policy POLICY, one of the two"
    elif policy is None and calendar is not None:
        wrong = "--calendar names a calendar of a policy: say --policy as well"
    elif country is None and (subdivision or week or time_zone):
        wrong = "--subdivision, --week and --time-zone go with --country; a policy has its own"
    if wrong:
        raise UsageError(wrong)
    try:
        if policy is not None:
            loaded, _ = _read(policy)
            chosen, stretches = _year.of_policy(loaded, calendar)
            return f"{loaded.name}, calendar {chosen}", stretches
        title = "-".join(part for part in (country, subdivision) if part)
        return title, _year.of_country(country or "", subdivision, week, time_zone or "UTC")
    except tuple(_OPTIONS) as error:
        is_part = subdivision and getattr(error, "given", None) == subdivision
        option = "--subdivision" if is_part else _OPTIONS[type(error)]
        raise UsageError(error.args[0], option) from None


def show_calendar(*, year: int, language: str, as_json: bool, **asked: Any) -> None:
    """Print a year of a calendar."""
    title, stretches = _whose(**asked)
    days, unpublished = collect_year(stretches, year, language=language)
    if as_json:
        kinds = [
            {"date": day.date, "kind": day.kind, "name": day.name, "is_working": day.is_working}
            for day in days
        ]
        _say_json({"calendar": title, "year": year, "provisional_from": unpublished, "days": kinds})
        return
    console = _console()
    _say_pieces(console, (f"{_safe(title)}, {year}\n", "bold"))
    translate = translator(language)
    for line in _year.months(days, console.width, translate):
        _say_pieces(console, *line)
    _say()
    _say_pieces(console, *_year.legend(days, translate))
    if unpublished:
        note = translate("provisional: holidays from {date} on are not published yet")
        _say(note.format(date=unpublished))
    names = list(_year.named(days, translate))
    if names:
        _say()
    for line in names:
        _say_pieces(console, *((_safe(text), style) for text, style in line))


# Presets and the schema --------------------------------------------------------------------------


def show_presets(name: str | None, *, as_json: bool) -> None:
    """Print the presets there are, or the text of one."""
    try:
        texts = {one: presets.text(one) for one in ([name] if name else presets.names())}
    except PresetError as error:
        raise UsageError(str(error), "NAME") from None
    if name is None:
        titles = {one: tomllib.loads(text).get("title", "") for one, text in texts.items()}
        listed = [{"name": one, "title": title} for one, title in titles.items()]
        if as_json:
            _say_json(listed)
        else:
            _say_table({"name": False, "title": True}, [list(one.values()) for one in listed])
    elif as_json:
        _say_json(presets.load(name).to_dict())
    else:
        _say(texts[name], end="")


def schema(*, as_json: bool) -> None:  # noqa: ARG001 - the schema is JSON either way
    """Print the JSON Schema of policies."""
    _say_json(Policy.json_schema())
