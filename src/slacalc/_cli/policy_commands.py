"""The commands about policies and calendars: check, deadline, explain, calendar, presets, schema.

A command is a function from what was typed to an exit status. It prints its answer, as text for
people or as JSON, and does not depend on click; `slacalc.cli` defines its options. Names that were
typed must be known, even where the library would ignore them.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from slacalc import presets
from slacalc._calendar.holidays import names_translator
from slacalc._calendar.year import collect_year
from slacalc._cli import year as year_text
from slacalc._cli.output import (
    UsageError,
    console,
    message_language,
    message_translator,
    print_json,
    print_styled,
    print_table,
    print_text,
    said,
)
from slacalc._files.time_forms import (
    WHOLE_DAY,
    FileError,
    check_pattern,
    describe_proposal,
    parse_time,
    propose_forms,
)
from slacalc._lint.findings import counts_text
from slacalc._policy.attributes import value_text
from slacalc._policy.deadlines import describe_coverage, describe_reason
from slacalc._policy.policy import Policy
from slacalc._policy.target_time import describe_time
from slacalc._schema.documents import read_text
from slacalc._schema.toml_positions import key_positions
from slacalc._time.instants import parse_iso, to_instant, zone
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
    escape_unprintable,
    one_line,
    path_text,
    unknown_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from rich.console import Console

    from slacalc._i18n import Translator
    from slacalc._lint.findings import Finding
    from slacalc._lint.linter import Findings
    from slacalc._policy.deadlines import Deadlines
    from slacalc._schema.toml_positions import Position
    from slacalc._time.instants import Zone
    from slacalc.errors import Fault

_WITH_FORMS = ("--at", "--since")  # options to which --time-format applies
_STYLES = {"error": "bold red", "warning": "yellow", "notice": "cyan"}
_NOT_YAML = "not YAML: convert it, for example by `yq -o json`, to a file that ends with .json"
_NOT_A_WORKBOOK = (
    "not a workbook: write what it promises in TOML; `slacalc presets itil-standard` prints an "
    "example"
)
_OTHER_KINDS = {
    **dict.fromkeys((".yaml", ".yml"), _NOT_YAML),
    **dict.fromkeys((".xlsx", ".xlsm", ".xls", ".ods"), _NOT_A_WORKBOOK),
}

# Policies ----------------------------------------------------------------------------------------


def read_policy(name: str) -> tuple[Policy, str]:
    """Read the policy of a file or a preset; return it and its text.

    Raises:
        UsageError: There is no such file or preset.
        PolicyError: It has faults.
    """
    read: Callable[[str], Policy] = Policy.from_toml
    if name in presets.names():
        text = presets.text(name)
    elif not Path(name).exists():
        what = "a file or a preset"
        raise _unknown(what, name, presets.names())
    elif (hint := _OTHER_KINDS.get(Path(name).suffix.lower())) is not None:
        msg = f"{name}: a policy is a file in TOML or JSON, {hint}"
        raise UsageError(msg)
    else:
        text, _ = read_text(Path(name))
        if Path(name).suffix.lower() == ".json":
            read = Policy.from_json
    try:
        return read(text if "\n" in text else f"{text}\n"), text  # a single line could be a path
    except PolicyError as error:
        raise PolicyError.of(error.faults, name) from None


def _unknown(what: str, name: str, known: Iterable[str], option: str = "") -> UsageError:
    return UsageError(str(unknown_name(SlacalcError, what, name, known)), option)


def fault_line(source: str, fault: Fault) -> str:
    """A fault on a line that editors can jump from; one without a position is put at 1:1."""
    message = one_line(fault.message)
    if fault.path:
        message = f"{one_line(fault.where)}: {message}"
    message = said(message)
    return f"{escape_unprintable(source)}:{fault.line or 1}:{fault.column or 1}: error: {message}"


class CheckResult(NamedTuple):
    """The faults of one policy or, if it has none, its findings.

    Args:
        source: The policy, as it was typed.
        faults: The faults.
        findings: The findings; None if there are faults.
        positions: The line and column of each part of the file, by its path.
    """

    source: str
    faults: tuple[Fault, ...]
    findings: Findings | None = None
    positions: Mapping[str, Position] = {}

    @classmethod
    def of(cls, source: str) -> CheckResult:
        try:
            policy, text = read_policy(source)
        except PolicyError as error:
            return cls(source, error.faults)
        positions = {}
        if Path(source).suffix.lower() != ".json":
            positions = {path_text(path): at for path, at in key_positions(text).items()}
        return cls(source, (), policy.lint(), positions)

    def position(self, finding: Finding) -> Position | None:
        """The line and column of what a finding is about, or of the nearest part around it."""
        path = finding.path
        part = re.match(r"(versions\[\d+\]\.)\w+(\.[^.\[]+)?", path)
        if part and part[0] not in self.positions:  # the version inherits it
            path = path.removeprefix(part[1])
        while path and path not in self.positions:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.positions.get(path)

    def fails(self, *, strict: bool) -> bool:
        severe = ("error", "warning") if strict else ("error",)
        return bool(self.faults) or any(
            finding.severity in severe for finding in self.findings or ()
        )

    def to_dict(self) -> dict[str, Any]:
        findings = []
        for finding in self.findings or ():
            line, column = self.position(finding) or (None, None)
            findings.append(finding.to_dict() | {"line": line, "column": column})
        faults = [fault.to_dict() for fault in self.faults]
        return {"source": self.source, "faults": faults, "findings": findings}

    def print(self, terminal: Console) -> None:
        source = escape_unprintable(self.source)
        for fault in self.faults:
            position, _, message = fault_line(self.source, fault).partition(" error:")
            print_styled(terminal, f"{position} ", ("error", _STYLES["error"]), f":{message}")
        for finding in self.findings or ():
            line, column = self.position(finding) or (1, 1)
            first, *more = finding.in_language(message_language()).splitlines()
            message = one_line(re.sub(r"^\w+(: |：)", ": ", first))
            # Editors know the severity by its English name.
            severity = (finding.severity, _STYLES[finding.severity])
            print_styled(terminal, f"{source}:{line}:{column}: ", severity, message)
            for text in more:
                print_styled(terminal, (f"  {escape_unprintable(text)}", "dim"))
        print_styled(terminal, f"{source}: {self._summary()}")

    def _summary(self) -> str:
        counts = Counter(["fault"] * len(self.faults))
        counts.update(finding.severity for finding in self.findings or ())  # the most severe first
        summary = counts_text(counts, message_language()) or said("no findings")
        if self.findings is None:
            return summary
        how = "every kind of ticket" if self.findings.is_exhaustive else self.findings.tried
        return said(f"{summary} (tried {how})")


def check(sources: tuple[str, ...], *, strict: bool, as_json: bool) -> int:
    """Print the faults and findings of policies."""
    results = [CheckResult.of(source) for source in sources]
    if as_json:
        print_json([result.to_dict() for result in results])
    else:
        for result in results:
            result.print(console())
    return int(any(result.fails(strict=strict) for result in results))


# Deadlines ---------------------------------------------------------------------------------------


def _parse_pairs(
    texts: Iterable[str], option: str, known: Iterable[str], what: str
) -> dict[str, str]:
    """Parse ``name=value`` texts, whose names must be known.

    Args:
        texts: What was typed.
        option: The option that it was typed for.
        known: The names that are right.
        what: What these names are.
    """
    names, pairs = list(dict.fromkeys(known)), {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            msg = f"{text!r} is not of the form name=value"
            raise UsageError(msg, option)
        if name not in names:
            raise _unknown(what, name, names, option)
        if name in pairs:
            msg = f"{name!r} is given twice"
            raise UsageError(msg, option)
        pairs[name] = value
    return pairs


def parse_zone(name: str | None) -> Zone | None:
    """The zone that was typed for ``--time-zone``."""
    try:
        return None if name is None else zone(name)
    except TimeZoneError as error:
        raise UsageError(str(error), "--time-zone") from None


def parse_instant(
    text: str, time_zone: Zone | None, option: str, pattern: str | None = None
) -> datetime | str:
    """Parse a time with an offset, or a wall-clock time of a zone.

    Args:
        text: The time.
        time_zone: The zone; None if none was typed.
        option: The option that the time was typed for.
        pattern: The form of the time, as for columns of times; None for ISO 8601.

    Raises:
        UsageError: It is not a time, or the clocks of the zone skip it or show it twice.
    """
    at: datetime | None = None
    try:
        at = parse_iso(text) if pattern is None else parse_time(text, pattern)
    except ValueError as error:
        if pattern is not None:
            proposal = describe_proposal(propose_forms([text]))
            raise UsageError(f"{error}{proposal}", option) from None
    try:
        if at is None or at.tzinfo is not None or time_zone is None:
            whole = text if at is None or pattern is None else at
            to_instant(whole)
            return whole
        first, second = (at.replace(tzinfo=time_zone.info, fold=fold) for fold in (0, 1))
        to_instant(first)
    except NaiveDatetimeError as error:
        msg = f"{error}; or name its zone with --time-zone"
        raise UsageError(msg, option) from None
    except SlacalcError as error:
        proposal = describe_proposal(propose_forms([text])) if option in _WITH_FORMS else ""
        raise UsageError(f"{error}{proposal}", option) from None
    if pattern is None and WHOLE_DAY.fullmatch(text.strip()):
        msg = f"{text!r} is a whole day: give the time of day as well, as in {text.strip()}T09:00"
        raise UsageError(msg, option)
    before, after = first.utcoffset(), second.utcoffset()
    if before is not None and after is not None and before != after:
        how = "is skipped by the clocks" if before < after else "comes twice on the clocks"
        msg = (
            f"{text!r} {how} of {time_zone.name}: give its offset as well, as in "
            f"{first.isoformat()} or {second.isoformat()}"
        )
        raise UsageError(msg, option)
    return first


def _compute_deadlines(
    policy: str,
    at: str,
    since: tuple[str, ...],
    ticket: tuple[str, ...],
    *,
    time_zone: str | None,
    time_format: str | None,
    strict: bool,
) -> Deadlines:
    """The deadlines of the ticket that was typed."""
    typed_zone = parse_zone(time_zone)
    try:
        if time_format is not None:
            check_pattern(time_format)
    except FileError as error:
        raise UsageError(str(error), error.option) from None
    received = parse_instant(at, typed_zone, "--at", time_format)
    whole, _ = read_policy(policy)
    in_force = whole.version_at(received)
    attributes = _parse_pairs(
        ticket, "KEY=VALUE", in_force.attributes, "an attribute of the policy"
    )
    events: list[str] = []
    for name, metric in in_force.metrics.items():
        events += metric.start.events or (name,)
        events += metric.reset.events if metric.reset else ()
    starts = {
        event: parse_instant(text, typed_zone, "--since", time_format)
        for event, text in _parse_pairs(
            since, "--since", events, "an event that starts a metric of the policy"
        ).items()
    }
    try:
        return whole.deadlines(attributes, received, starts, strict=strict)
    except ProvisionalError as error:
        msg = (
            f"an answer reaches {error.instant}, but holidays from {error.since} on are not "
            "published yet; omit --strict to accept it as provisional"
        )
        raise ProvisionalError(msg, instant=error.instant, since=error.since) from None


def deadline(*, as_json: bool, **typed: Any) -> None:
    """Print when each metric of a ticket is due."""
    deadlines = _compute_deadlines(**typed)
    if as_json:
        print_json(deadlines.to_dict())
        return
    ends = [at for item in deadlines.values() for at in (item.due, item.limit) if at is not None]
    offsets = {at.utcoffset() for at in (deadlines.received_at, *ends)}
    offset = "%z" if len(offsets) > 1 else ""
    translate = message_translator()
    within, reason = translate("within"), translate("reason")
    heads = [translate("metric"), translate("due"), translate("limit"), within]
    heads += [translate("promised by"), reason]
    rows = [
        [
            item.metric,
            translate.instant(item.due, offset) + (" ?" if item.provisional else "")
            if item.due
            else "–",
            translate.instant(item.limit, offset) if item.limit else "",
            describe_time(item.within, translate) if item.within else "",
            item.promises[0].path if item.promises else "",
            describe_reason(item.reason, translate),
        ]
        for item in deadlines.values()
    ]
    attributes = deadlines.ticket.items()
    ticket = translate.listed(f"{name} = {value_text(value)}" for name, value in attributes)
    print_text(escape_unprintable(f"{deadlines.policy}: {ticket}" if ticket else deadlines.policy))
    received = translate("received {at}").format(
        at=translate.instant(deadlines.received_at, offset)
    )
    print_text(f"{received} ({deadlines.received_at.timezone_name})\n")
    print_table(heads, rows, [within, reason])
    notes = list(_notes(deadlines, translate))
    if notes:
        print_text("\n" + "\n".join(map(escape_unprintable, notes)))


def _notes(deadlines: Deadlines, translate: Translator) -> Iterator[str]:
    """The notes below the table."""
    unpublished = [item.provisional_from for item in deadlines.values() if item.provisional_from]
    if unpublished:
        note = translate("provisional: holidays from {date} on are not published yet")
        yield f"? {note.format(date=min(unpublished))}"
    if deadlines.coverage_note:
        yield describe_coverage(deadlines.coverage_note, translate)
    if deadlines.entitlements:
        names = translate.listed(deadlines.entitlements)
        yield translate("entitled to {names}").format(names=names)


def explain(*, metric: str | None, language: str, as_json: bool, **typed: Any) -> None:
    """Print why each metric of a ticket, or one of them, is due when it is."""
    deadlines = _compute_deadlines(**typed)
    try:
        chosen = list(deadlines.values()) if metric is None else [deadlines[metric]]
    except UnknownMetricError as error:
        raise UsageError(str(error), "--metric") from None
    if as_json:
        parts = {item.metric: item.explain(language=language) for item in chosen}
        ledgers = {name: part.ledger.to_dicts() for name, part in parts.items() if part.ledger}
        print_json(
            [
                {"metric": name, "promises": part.rows, "ledger": ledgers.get(name, [])}
                for name, part in parts.items()
            ]
        )
        return
    explanation = (deadlines if metric is None else chosen[0]).explain(language=language)
    print_text("\n".join(map(escape_unprintable, str(explanation).splitlines())))


# Calendars ---------------------------------------------------------------------------------------

_OPTION_OF_ERROR: dict[type[SlacalcError], str] = {
    CalendarError: "--calendar",
    HolidaysError: "--country",
    HoursError: "--week",
    TimeZoneError: "--time-zone",
}


def typed_calendar(
    *,
    country: str | None,
    subdivision: str | None = None,
    week: str | None = None,
    time_zone: str | None,
    policy: str | None = None,
    calendar: str | None = None,
) -> tuple[str, year_text.DatedCalendars]:
    """The title of the calendar that was typed, and the calendar."""
    wrong = ""
    if (country is None) == (policy is None):
        wrong = "give either --country CODE or --policy POLICY"
    elif policy is None and calendar is not None:
        wrong = "--calendar names a calendar of a policy: give --policy as well"
    elif country is None and (subdivision or week or time_zone):
        wrong = "--subdivision, --week and --time-zone go with --country; a policy has its own"
    if wrong:
        raise UsageError(wrong)
    try:
        if policy is not None:
            loaded, _ = read_policy(policy)
            chosen, calendars = year_text.of_policy(loaded, calendar)
            return f"{loaded.name}, calendar {chosen}", calendars
        title = "-".join(part for part in (country, subdivision) if part)
        return title, year_text.of_country(country or "", subdivision, week, time_zone or "UTC")
    except tuple(_OPTION_OF_ERROR) as error:
        is_part = subdivision and getattr(error, "given", None) == subdivision
        option = "--subdivision" if is_part else _OPTION_OF_ERROR[type(error)]
        raise UsageError(error.args[0], option) from None


def show_calendar(*, year: int, language: str, as_json: bool, **typed: Any) -> None:
    """Print a year of a calendar."""
    title, calendars = typed_calendar(**typed)
    days, unpublished = collect_year(calendars, year, language=language)
    if as_json:
        dates = [
            {"date": day.date, "kind": day.kind, "name": day.name, "is_working": day.is_working}
            for day in days
        ]
        print_json(
            {"calendar": title, "year": year, "provisional_from": unpublished, "days": dates}
        )
        return
    terminal = console()
    print_styled(terminal, (f"{escape_unprintable(title)}, {year}\n", "bold"))
    translate = names_translator(language)
    for line in year_text.months(days, terminal.width, translate):
        print_styled(terminal, *line)
    print_text()
    print_styled(terminal, *year_text.legend(days, translate))
    if unpublished:
        note = translate("provisional: holidays from {date} on are not published yet")
        print_text(note.format(date=unpublished))
    names = list(year_text.special_date_lines(days, translate))
    if names:
        print_text()
    for line in names:
        print_styled(terminal, *((escape_unprintable(text), style) for text, style in line))


# Presets and the schema --------------------------------------------------------------------------


def show_presets(name: str | None, *, as_json: bool) -> None:
    """Print the names and titles of the presets, or the text of one."""
    if name is None:
        listed = [
            {"name": known, "title": tomllib.loads(presets.text(known)).get("title", "")}
            for known in presets.names()
        ]
        if as_json:
            print_json(listed)
        else:
            translate = message_translator()
            heads = [translate("name"), translate("title")]
            print_table(heads, [list(row.values()) for row in listed], heads[1:])
        return
    try:
        text = presets.text(name)
    except PresetError as error:
        raise UsageError(str(error), "NAME") from None
    if as_json:
        print_json(presets.load(name).to_dict())
    else:
        print_text(text, end="")


def schema(*, as_json: bool) -> None:  # noqa: ARG001 - the schema is JSON in any case
    """Print the JSON Schema of policies."""
    print_json(Policy.json_schema())
