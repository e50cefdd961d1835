"""The command `slacalc statement`: the statement of a contract for a period, from files.

The exit status is 0, also if promises are missed, since that is what a statement is for. It is 1 if
more rows are in error than `--max-errors` allows, if `--fail-if-missed` is given and a promise is
missed, or if the statement cannot be made; then no file is touched.
"""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs

from slacalc._cli.file_commands import (
    file_errors,
    file_key,
    number_text,
    parse_columns,
    parse_lengths,
    progress_bar,
    show_kinds,
    show_warnings,
)
from slacalc._cli.output import UsageError, print_aside, print_json, print_text, printable, said
from slacalc._cli.policy_commands import parse_instant, parse_zone, read_policy
from slacalc._report.row_errors import ErrorKinds
from slacalc.errors import ColumnError, ContractError, escape_unprintable, require_extra

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from slacalc._files.jobs import WholeFile
    from slacalc.contract import Evidence, FaultyRow, Statement, StatementLine

_TABLES = ("tickets", "events", "outages", "maintenance", "customers", "duty_events")
_OF_TICKETS = ("tickets", "events")
_TIMES, _NUMBERS = ("start", "end", "at"), ("share",)  # columns of tables that are not of tickets
_KINDS = (".html", ".htm", ".csv", ".json", ".txt")
_OUTAGE_ROWS, _EVENT_ROW = re.compile(r"^rows? [\d, ]+"), re.compile(r", (after )?row \d+$")
_PERIODS = ("month", "quarter", "period")


class _Arguments(NamedTuple):
    """The arguments of the command, as they were typed; `slacalc.cli` has their texts of help."""

    policy: str
    month: str | None
    quarter: str | None
    period: str | None
    tickets: str | None
    events: str | None
    outages: str | None
    maintenance: str | None
    customers: str | None
    duty_events: str | None
    fee: tuple[str, ...]
    as_of: str | None
    out: str
    columns: tuple[str, ...]
    lengths: tuple[str, ...]
    time_zone: str | None
    time_format: str | None
    missing: tuple[str, ...]
    decimal: str | None
    delimiter: str | None
    encoding: str | None
    sheet: tuple[str, ...]
    max_errors: int
    fail_if_missed: bool
    progress: bool | None
    language: str
    as_json: bool

    @property
    def files(self) -> dict[str, str]:
        """The files that are read, by the name of their table."""
        paths = {name: getattr(self, name) for name in _TABLES}
        return {name: path for name, path in paths.items() if path is not None}


def statement(**typed: Any) -> int:
    """Make the statement of a contract for a period."""
    arguments = _Arguments(**typed)
    period = _period(arguments)
    _check_output(arguments)
    require_extra("cli", "commands on files need", "numpy", "narwhals", "pyarrow")
    require_extra("report", "statements need", "jinja2")
    from slacalc import contract  # noqa: PLC0415 - an extra
    from slacalc._files.atomic import Outputs  # noqa: PLC0415 - an extra

    policy, _ = read_policy(arguments.policy)
    zone = parse_zone(arguments.time_zone)
    as_of = arguments.as_of
    with file_errors(arguments.time_format), Outputs(arguments.out) as outputs:
        if as_of is not None:
            as_of = str(parse_instant(as_of, zone, "--as-of"))
        tables = _read_tables(arguments, policy, as_of)
        columns = _columns(arguments)
        whole = {name: _named(file.table, name, columns) for name, file in tables.items()}
        try:
            made = contract.statement(
                policy,
                period,
                duties=whole.pop("duty_events", None),
                **whole,
                fee=_fee(arguments.fee),
                as_of=as_of,
                columns=columns.get("tickets"),
                naive=None if zone is None else zone.name,
                errors="column",
            )
        except ContractError as error:
            raise _usage_error(error, arguments) from None
        except ColumnError as error:
            if "--columns" in str(error):
                raise UsageError(str(error), "--columns") from None
            raise
        lines = tuple(_with_numbers(line, tables) for line in made.lines)
        made = attrs.evolve(made, lines=lines, errors=tuple(_errors(made, tables)))
        outputs.open(arguments.out).write(_text(made, arguments).encode())
        outputs.commit()
    return _print_outcome(
        arguments, made, [each for file in tables.values() for each in file.warnings]
    )


def _columns(arguments: _Arguments) -> dict[str, dict[str, str | None]]:
    """The names of columns by table, from ``outages.start=begin``; others are of tickets."""
    columns: dict[str, dict[str, str | None]] = {}
    for word, name in parse_columns(arguments.columns).items():
        table, dot, own = word.partition(".")
        if not dot or table not in _TABLES:
            table, own = "tickets", word
        table = "tickets" if table == "events" else table
        columns.setdefault(table, {})[own] = name
    return columns


def _called(words: tuple[str, ...], columns: dict[str, str | None]) -> list[str]:
    """The names of some columns in a file that is not of tickets."""
    return [name for word in words if (name := columns.get(word, word)) is not None]


def _named(table: Any, name: str, columns: dict[str, dict[str, str | None]]) -> Any:
    """A table under the names of its columns; one of tickets is read under those of `statement`."""
    from slacalc._columns.frames import Frame  # noqa: PLC0415 - an extra
    from slacalc._files.columns import columns_option  # noqa: PLC0415 - an extra

    if name in _OF_TICKETS:
        return table

    def advise(word: str, own: str | None = "", /) -> str:
        return columns_option(f"{name}.{word}", own)

    return Frame(table, columns.get(name), owner=f"the table {name}", advise=advise)


def _period(arguments: _Arguments) -> str:
    typed = [name for name in _PERIODS if getattr(arguments, name) is not None]
    if len(typed) != 1:
        what = f"{' and '.join(f'--{name}' for name in typed)}" if typed else "no period"
        msg = f"{what}: give one of --month, --quarter and --period"
        raise UsageError(msg)
    period: str = getattr(arguments, typed[0])
    return period


def _fee(texts: tuple[str, ...]) -> str | dict[str, str] | None:
    """The fee as it was typed, or those of several kinds of periods, as ``month=1200``."""
    if len(texts) == 1 and "=" not in texts[0]:
        return texts[0]
    fees: dict[str, str] = {}
    for text in texts:
        kind, equals, amount = text.partition("=")
        if not equals or kind in fees:
            msg = f"{text!r}: give one fee, or one for each kind of period, as in month='CHF 1200'"
            raise UsageError(msg, "--fee")
        fees[kind] = amount
    return fees or None


def _sheets(texts: tuple[str, ...], tables: Iterable[str]) -> dict[str, str]:
    """The sheets of workbooks by table, from ``outages=May``; that of all others by no name."""
    sheets: dict[str, str] = {}
    for text in texts:
        table, equals, sheet = text.partition("=")
        if not equals or table not in _TABLES:
            table, sheet = "", text
        if table in sheets or (table and table not in tables):
            msg = f"{text!r}: give one sheet, or one for each table that is read, as in outages=May"
            raise UsageError(msg, "--sheet")
        sheets[table] = sheet
    return sheets


def _usage_error(error: ContractError, arguments: _Arguments) -> Exception:
    """What was typed wrongly, if an option has the argument that an error names."""
    if error.argument == "period":
        option = next(name for name in _PERIODS if getattr(arguments, name) is not None)
        return UsageError(str(error), f"--{option}")
    if error.argument == "fee":
        return UsageError(_fee_message(error, arguments), "--fee")
    return error


def _fee_message(error: ContractError, arguments: _Arguments) -> str:
    """What is wrong with the fee, and the options that would be right if one is lacking."""
    if not error.reason:
        return str(error)
    own, unit = arguments.fee, error.unit
    if unit and len(own) == 1 and "=" not in own[0]:
        whole = next(name for name in _PERIODS if getattr(arguments, name) is not None)
        own = (f"{whole}={own[0]}",) if whole != "period" else ()
    lacking = f"{unit}={error.example}" if unit else error.example
    return (
        f"{error.reason}: give {' '.join(f'--fee {shlex.quote(text)}' for text in (*own, lacking))}"
    )


def _check_output(arguments: _Arguments) -> None:
    """Refuse a file of an unknown kind, and one that is read."""
    out = arguments.out
    if out == "-":
        return
    if Path(out).suffix.lower() not in _KINDS:
        msg = f"{out}: a statement is written to a file that ends with {', '.join(_KINDS)}"
        raise UsageError(msg, "--output")
    read = [arguments.policy, *arguments.files.values()]
    if any(file_key(path) == file_key(out) for path in read if Path(path).exists()):
        msg = f"{out} is read: choose another file"
        raise UsageError(msg, "--output")


def _read_tables(arguments: _Arguments, policy: Any, as_of: str | None) -> dict[str, WholeFile]:
    from slacalc._files.columns import JobOptions  # noqa: PLC0415 - an extra
    from slacalc._files.jobs import read_columns, read_table  # noqa: PLC0415 - an extra
    from slacalc._files.opening import open_input  # noqa: PLC0415 - an extra
    from slacalc._files.reading import FileFormat  # noqa: PLC0415 - an extra

    kinds = {name: FileFormat.of_name(path, None).kind for name, path in arguments.files.items()}

    def is_for(name: str, kind: str) -> bool:
        """Whether an option for files of a kind is for a table: if it is one, or none is."""
        return kinds[name] == kind or kind not in kinds.values()

    sheets = _sheets(arguments.sheet, arguments.files)
    files = {
        name: open_input(
            path,
            delimiter=arguments.delimiter,
            encoding=arguments.encoding,
            sheet=sheets.get(name, sheets.get("") if is_for(name, "excel") else None),
            decimal=arguments.decimal if is_for(name, "csv") else None,
        )
        for name, path in arguments.files.items()
    }
    columns = _columns(arguments)
    options = JobOptions(
        policy,
        as_of or "",  # not None: times of events are read
        columns.get("tickets", {}),
        parse_zone(arguments.time_zone),
        arguments.time_format,
        arguments.missing,
        lengths=parse_lengths(arguments.lengths),
    )
    done, tables = 0, {}
    total = sum(file.total for file in files.values())
    with progress_bar("reading", total, show=arguments.progress) as progress:
        for name, file in files.items():
            advance = _advance(progress, done)
            if name in _OF_TICKETS:
                tables[name] = read_table(file, options, advance)
            else:
                own = columns.get(name, {})
                times, numbers = _called(_TIMES, own), _called(_NUMBERS, own)
                tables[name] = read_columns(file, options, times, numbers, advance)
            done += file.total
    return tables


def _advance(progress: Callable[[int], None], before: int) -> Callable[[int], None]:
    return lambda done: progress(before + done)


def _text(made: Statement, arguments: _Arguments) -> str:
    """The statement in the form that the name of its file asks for."""
    kind = Path(arguments.out).suffix.lower()
    if kind in (".html", ".htm"):
        return made.to_html(language=arguments.language)
    if kind == ".csv":
        return made.to_csv()
    if kind == ".json" or (arguments.as_json and arguments.out == "-"):
        return json.dumps(made.to_dict(), ensure_ascii=False, indent=2) + "\n"
    return printable(made.to_text(language=arguments.language)) + "\n"


def _with_numbers(line: StatementLine, tables: dict[str, WholeFile]) -> StatementLine:
    """A line whose evidence has the numbers of rows in the files, not those in the tables."""
    is_outage = line.section == "availability"
    name = "outages" if is_outage else "duty_events" if "duty_events" in tables else "events"
    if line.section == "objectives" or name not in tables:
        return line
    numbers = tables[name].numbers
    rows = _OUTAGE_ROWS if is_outage else _EVENT_ROW

    def numbered(text: str) -> str:
        return re.sub(r"\d+", lambda match: str(numbers[int(match[0])]), text)

    def find() -> Iterator[Evidence]:
        for piece in line.evidence:
            reference = rows.sub(lambda match: numbered(match[0]), piece.reference)
            yield piece._replace(reference=reference)

    return attrs.evolve(line, find_evidence=find)


def _errors(made: Statement, tables: dict[str, WholeFile]) -> Iterator[FaultyRow]:
    """The rows in error, with their numbers in the files."""
    from slacalc import contract  # noqa: PLC0415 - an extra

    for name, file in tables.items():
        for row in file.invalid:
            yield contract.FaultyRow(name, row.row, row.message)
    names = {"events": "duty_events"} if "duty_events" in tables else {}
    for error in made.errors:
        name = names.get(error.table, error.table)
        numbers = tables[name].numbers if name in tables else ()
        number = int(numbers[error.row]) if error.row < len(numbers) else error.row
        yield contract.FaultyRow(name, number, error.message)


def _print_outcome(arguments: _Arguments, made: Statement, warnings: Iterable[str]) -> int:
    """Print what was done, and return the exit status."""
    errors = made.errors
    missed = sum(line.verdict == "missed" for line in made.lines)
    status = int(len(errors) > arguments.max_errors or (arguments.fail_if_missed and missed > 0))
    if arguments.out != "-" and arguments.as_json:
        print_json(made.to_dict())
    show = print_aside if arguments.out == "-" or arguments.as_json else print_text
    if arguments.out != "-":
        owed = "" if made.total is None else f", {made.total} owed to the customer"
        show(said(f"{number_text(missed, 'promise')} missed{owed}"))
        show(said(f"{escape_unprintable(arguments.out)} written"))
    if errors:
        show(said(f"{number_text(len(errors), 'row')} in error, not in the statement:"))
        kinds = ErrorKinds()
        for row in errors:
            kinds.add([(row.row, row.message)], row.table)
        show_kinds(kinds, show)
    show_warnings(warnings, show)
    return status
