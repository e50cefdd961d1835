"""The commands that work on files: `slacalc evaluate`, `slacalc replay` and `slacalc report`.

The answers go to a file, and a summary is printed. The exit status is 0 if no more rows are in
error than `--max-errors` allows and no attainment is below `--fail-under`. Otherwise it is 1, also
if the job could not be done; then no file is touched. A job that is stopped by a signal ends with
the status that shells expect, such as 130 after Ctrl-C.

Reading files needs an extra, so `_files` is imported when a job begins.
"""

from __future__ import annotations

import math
import os
import re
import stat
import sys
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from slacalc._cli.output import (
    JobStopped,
    UsageError,
    message_translator,
    print_aside,
    print_json,
    print_table,
    print_text,
    said,
)
from slacalc._cli.policy_commands import parse_instant, parse_zone, read_policy
from slacalc._clock.policy_diff import difference_sentences
from slacalc._files.time_forms import LENGTH_UNITS, FileError, check_pattern
from slacalc._i18n import N_
from slacalc._report.row_errors import MOST_SHOWN, ErrorKinds
from slacalc.errors import escape_unprintable, one_line, require_extra

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from slacalc._files.atomic import Outputs
    from slacalc._files.columns import JobOptions
    from slacalc._files.reading import InputFile
    from slacalc._files.results import Outcome, ResultFiles
    from slacalc._files.workers import Workers
    from slacalc._policy.policy import Policy
    from slacalc._report.page_content import Share

_INTERRUPTED = 130
_MOST_DIFFERENCES = 12  # between two policies, on the terminal
_NAME = re.compile(r'\s*"(?:[^"]|"")*"\s*(?=,|$)|[^,]+')
_NEXT_PAIR = re.compile(r',(?=[^,="]*=)(?=(?:[^"]*"[^"]*")*[^"]*$)')  # not in quotes
_SURROGATE = re.compile("[\ud800-\udfff]")  # Python's sign of a byte that is not UTF-8


class _JobArguments(NamedTuple):
    """The arguments of a command on a file, as they were typed.

    Args:
        source: The file to read.
        policy: A policy file, or a preset.
        out: The file to write.
        as_of: The instant of evaluation.
        columns: Names of columns, as ``NAME=COLUMN``, several separated by commas.
        lengths: Events whose columns have lengths, as ``NAME=UNIT``.
        time_zone: The zone of times without an offset.
        time_format: The pattern of times.
        missing: Texts that stand for a missing value.
        by: What the summary is grouped by; None for the usual attributes.
        decimal: The sign before decimals; None if the file suggests it.
        delimiter: The character between fields; None if the file shows it.
        encoding: The encoding of the file; None if the file shows it.
        sheet: The sheet of a workbook; None for the first with rows.
        errors: The file for rows in error; None for a file beside the output.
        max_errors: How many rows may be in error.
        fail_under: The lowest attainment, in percent.
        spreadsheet_safe: Whether texts of CSV that begin like a formula begin with an apostrophe;
            None for those of files.
        progress: Whether to show a progress bar; None to show it in a terminal.
        jobs: How many processes share the file.
        as_json: Whether to print the summary as JSON.
    """

    source: str
    policy: str
    out: str
    as_of: str | None
    columns: tuple[str, ...]
    lengths: tuple[str, ...]
    time_zone: str | None
    time_format: str | None
    missing: tuple[str, ...]
    by: str | None
    decimal: str | None
    delimiter: str | None
    encoding: str | None
    sheet: str | None
    errors: str | None = None
    max_errors: int = 0
    fail_under: float | None = None
    spreadsheet_safe: bool | None = None
    progress: bool | None = None
    jobs: int = 1
    as_json: bool = False


def evaluate(**typed: Any) -> int:
    """Evaluate a file of tickets."""
    return _run_job(_JobArguments(**typed), is_log=False)


def replay(**typed: Any) -> int:
    """Replay a file of events."""
    return _run_job(_JobArguments(**typed), is_log=True)


def _run_job(arguments: _JobArguments, *, is_log: bool) -> int:
    _refuse_nan(arguments.fail_under, "--fail-under")
    require_extra("cli", "commands on files need", "numpy", "narwhals", "pyarrow")
    from slacalc._files.workers import Workers  # noqa: PLC0415 - takes long

    # First of all, since the processes have to import what this one does.
    with Workers(arguments.jobs) as workers:
        return _run_shared(arguments, workers, is_log=is_log)


def _run_shared(arguments: _JobArguments, workers: Workers, *, is_log: bool) -> int:
    from slacalc._files import jobs  # noqa: PLC0415 - an extra
    from slacalc._files.reading import FOR_EXCEL  # noqa: PLC0415 - an extra
    from slacalc._files.results import ResultFiles  # noqa: PLC0415 - an extra
    from slacalc._files.summary import usual_groups  # noqa: PLC0415 - an extra

    options = _job_options(arguments)
    if arguments.by is None:
        options = options._replace(by=usual_groups(options.policy))
    with (
        _job_files(arguments) as (file, outputs),
        progress_bar(
            N_("reading") if is_log else N_("evaluating"), file.total, show=arguments.progress
        ) as progress,
    ):
        for_excel = arguments.encoding == FOR_EXCEL
        results = ResultFiles(
            outputs,
            arguments.out,
            arguments.errors,
            arguments.delimiter or (file.delimiter if for_excel else None),
            guards=arguments.spreadsheet_safe,
            for_excel=for_excel,
            said=said,
        )
        run = jobs.replay_log if is_log else jobs.evaluate_tickets
        outcome = run(file, options, results, workers, progress)
    return _print_outcome(arguments, outcome, results, file.form)


def report(
    *,
    against: str | None,
    period: Any,
    objective: float | None,
    title: str | None,
    language: str,
    **typed: Any,
) -> int:
    """Write a report of a file of tickets or of events."""
    arguments = _JobArguments(**typed)
    _refuse_nan(objective, "--objective")
    if arguments.as_json:
        msg = "a report is HTML; `slacalc evaluate --json` prints figures for programs"
        raise UsageError(msg, "--json")
    require_extra("cli", "commands on files need", "numpy", "narwhals", "pyarrow")
    require_extra("report", "reports need", "jinja2")
    from slacalc._files.jobs import read_table  # noqa: PLC0415 - an extra
    from slacalc._report.page import render  # noqa: PLC0415 - an extra
    from slacalc._report.page_data import PageOptions  # noqa: PLC0415 - an extra

    options = _job_options(arguments)._replace(by=())  # the page checks what it is grouped by
    other_policy = None if against is None else read_policy(against)[0]
    with _job_files(arguments) as (file, outputs):
        file.check_unambiguous(split_names(arguments.by or ""))
        table, numbers, invalid, warnings = read_table(file, options)
        show_warnings(warnings, print_aside)  # first, since they may explain an error
        shown = PageOptions(
            by=None if arguments.by is None else tuple(split_names(arguments.by)),
            period=None if period == "none" else period,
            objective=None if objective is None else float(Fraction(str(objective)) / 100),
            columns=options.columns,
            numbers=numbers,
        )
        html, content = render(
            options.policy,
            table,
            options.as_of,
            shown,
            against=other_policy,
            unread={row.row: row.message for row in invalid},
            title=title or "",
            language=language,
        )
        outputs.open(arguments.out).write(html.encode())
        outputs.commit()
    show_read(number_text(len(table), "row"), file.form, arguments.out, print_aside)
    if other_policy is not None:
        _print_differences(options.policy, other_policy)
    for line in _objective_lines(content.objectives):
        print_aside(one_line(f"  {line}"))
    if invalid:
        count = number_text(len(invalid), "row")
        print_aside(said(f"{count} could not be read (not in the report):"))
        kinds = ErrorKinds()
        kinds.add((row.row, row.message) for row in invalid)
        show_kinds(kinds, print_aside)
    return int(bool(invalid))


def _print_differences(policy: Policy, other: Policy) -> None:
    """What differs between two policies, as far as there is room for it."""
    translate = message_translator()
    sentences = difference_sentences(policy, other, translate)
    for sentence in sentences[:_MOST_DIFFERENCES] or [translate("Both policies mean the same.")]:
        print_aside(one_line(f"  {sentence}"))
    if len(sentences) > _MOST_DIFFERENCES:
        more = translate("{count} more").format(count=len(sentences) - _MOST_DIFFERENCES)
        print_aside(f"  {more}")


def _objective_lines(shares: Iterable[Share]) -> Iterator[str]:
    """How each objective stands in its last period."""
    from slacalc._report.objectives import share_text  # noqa: PLC0415 - an extra
    from slacalc._report.page import goal_text  # noqa: PLC0415 - an extra

    translate = message_translator()
    last = {
        share.values[0]: (share, share.objective) for share in shares if share.objective is not None
    }
    for name, (share, objective) in last.items():
        result = {True: N_("met"), False: N_("missed"), None: N_("too few to tell")}[share.reached]
        parts = [
            translate("{share} of {count}").format(
                share=share_text(share.attainment), count=f"{share.decided:,}"
            ),
            translate("promised {goal}").format(goal=goal_text(objective)),
            translate("budget left {count}").format(count=share.budget),
        ]
        yield translate("{name}: {result} ({figures})").format(
            name=translate.listed(filter(None, [str(name), share.period])),
            result=translate(result if share.decided else N_("not measured")),
            figures=translate.listed(parts if share.decided else parts[1:]),
        )


# Arguments ----------------------------------------------------------------------------------------


def _job_options(arguments: _JobArguments) -> JobOptions:
    from slacalc._files.columns import JobOptions  # noqa: PLC0415 - an extra

    policy, _ = read_policy(arguments.policy)
    zone = parse_zone(arguments.time_zone)
    if any(map(_SURROGATE.search, arguments.missing)):
        msg = "a text of a file has no bytes that are not UTF-8: give the text itself"
        raise UsageError(msg, "--missing")
    as_of = None if arguments.as_of is None else parse_instant(arguments.as_of, zone, "--as-of")
    return JobOptions(
        policy,
        as_of,
        parse_columns(arguments.columns),
        zone,
        arguments.time_format,
        arguments.missing,
        tuple(dict.fromkeys(split_names(arguments.by or ""))),
        parse_lengths(arguments.lengths),
    )


def _refuse_nan(percent: float | None, option: str) -> None:
    if percent is not None and math.isnan(percent):
        msg = "nan is not a number of percent: give one such as 95"
        raise UsageError(msg, option)


def split_names(text: str) -> list[str]:
    """The names in a text that separates them by commas; one with a comma is in quotes."""
    names = (unquoted(part) for part in _NAME.findall(text))
    return [name for name in names if name]


def unquoted(text: str) -> str:
    """A text without the quotes and the blanks around it."""
    text = text.strip()
    is_quoted = len(text) > 1 and text[0] == text[-1] == '"'
    return text[1:-1].replace('""', '"') if is_quoted else text


def parse_columns(texts: tuple[str, ...], option: str = "--columns") -> dict[str, str | None]:
    """The file's names of columns, by the policy's names; None for an empty name.

    A comma begins the next pair if ``name=`` follows it; otherwise, and in quotes, it is part of a
    name.
    """
    columns: dict[str, str | None] = {}
    parts = (part.strip(" ,") for whole in texts for part in _NEXT_PAIR.split(whole))
    for text in filter(None, parts):
        word, equals, name = map(str.strip, text.partition("="))
        if not equals:
            msg = f"{text!r} is not of the form name=column"
            raise UsageError(msg, option)
        if word in columns:
            msg = f"{word!r} is given twice"
            raise UsageError(msg, option)
        columns[word] = unquoted(name) or None
    return columns


def parse_lengths(texts: tuple[str, ...]) -> dict[str, str]:
    """The units of lengths, by the events whose columns have them."""
    lengths: dict[str, str] = {}
    for word, unit in parse_columns(texts, "--lengths").items():
        if unit not in LENGTH_UNITS:
            msg = f"{word}={unit or ''}: give a unit: {', '.join(LENGTH_UNITS)}"
            raise UsageError(msg, "--lengths")
        lengths[word] = unit
    return lengths


def _refuse_paths(arguments: _JobArguments) -> None:
    """Refuse to overwrite a file that is read, or to write two outputs to one file."""
    outputs = {
        "--output": arguments.out,
        "--errors": arguments.errors or f"{arguments.out}.errors.csv",
    }
    for option, path in outputs.items():
        if "\0" in path:
            msg = "the name of a file has no null bytes"
            raise UsageError(msg, option)
    used = [file_key(path) for path in (arguments.source, arguments.policy) if Path(path).exists()]
    for option, path in outputs.items():
        if path != "-" and file_key(path) in used:
            msg = f"{path} is read, or is written already: choose another file"
            raise UsageError(msg, option)
        used.append(file_key(path))


def file_key(path: str) -> object:
    """What is equal for two paths to one file: its number on its disk, or its real path."""
    try:
        status = Path(path).stat()
    except OSError:
        # Path.resolve would raise an error at a loop of links.
        return os.path.normcase(os.path.realpath(path))
    is_file = stat.S_ISREG(status.st_mode)  # what is written to /dev/null is lost in any case
    return (status.st_dev, status.st_ino) if is_file else object()


@contextmanager
def _job_files(arguments: _JobArguments) -> Iterator[tuple[InputFile, Outputs]]:
    """Open the input, and let the outputs appear if the block ends well.

    Raises:
        UsageError: An option would correct what is wrong with the file.
        JobStopped: The job was ended by a signal.
    """
    from slacalc._files.atomic import Outputs  # noqa: PLC0415 - an extra
    from slacalc._files.opening import open_input  # noqa: PLC0415 - an extra

    _refuse_paths(arguments)
    with file_errors(arguments.time_format):
        file = open_input(
            arguments.source,
            delimiter=arguments.delimiter,
            encoding=arguments.encoding,
            sheet=arguments.sheet,
            decimal=arguments.decimal,
        )
        with Outputs(arguments.out) as outputs:
            yield file, outputs


@contextmanager
def file_errors(time_format: str | None) -> Iterator[None]:
    """Show errors of files as errors of options, and let signals stop the job.

    Args:
        time_format: The pattern of times, which is checked.

    Raises:
        UsageError: An option would correct what is wrong with a file.
        JobStopped: The job was ended by a signal.
    """
    from slacalc._files.atomic import Stopped, stoppable  # noqa: PLC0415 - an extra

    try:
        if time_format is not None:
            check_pattern(time_format)
        with stoppable():
            yield
    except FileError as error:
        if not error.option:
            raise
        raise UsageError(str(error), error.option) from None
    except KeyboardInterrupt:
        raise JobStopped(_INTERRUPTED) from None
    except Stopped as stop:
        raise JobStopped(128 + stop.number) from None


@contextmanager
def progress_bar(
    description: str, total: int, *, show: bool | None
) -> Iterator[Callable[[int], None]]:
    """A progress bar on the standard error, and the function that moves it forward."""
    from rich.console import Console  # noqa: PLC0415 - an extra
    from rich.progress import (  # noqa: PLC0415 - only where a bar is shown
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(file=sys.stderr)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    hidden = not (console.is_terminal if show is None else show)
    transient = console.is_terminal  # in a log file, the finished bar stays
    with Progress(*columns, console=console, transient=transient, disable=hidden) as bar:
        task = bar.add_task(message_translator()(description), total=max(total, 1))
        yield lambda done: bar.update(task, completed=done)


# The outcome --------------------------------------------------------------------------------------


def _print_outcome(
    arguments: _JobArguments, outcome: Outcome, results: ResultFiles, form: Iterable[str]
) -> int:
    """Print the summary, and return the exit status."""
    from slacalc._report.objectives import share_text  # noqa: PLC0415 - an extra
    from slacalc._report.page import goal_text  # noqa: PLC0415 - an extra

    summary, totals = outcome.summary, outcome.summary.totals()
    least = None
    if arguments.fail_under is not None:
        least = Fraction(str(arguments.fail_under)) / 100
    low = [
        line
        for line in totals
        if least is not None and line.attainment is not None and line.attainment < least
    ]
    unknown = [] if least is None else [line for line in totals if line.attainment is None]
    status = int(outcome.errors > arguments.max_errors or bool(low))
    to_file = arguments.out != "-"
    if arguments.as_json:
        data: dict[str, Any] = {"rows": outcome.rows, "errors": outcome.errors}
        if outcome.tickets is not None:
            data["tickets"] = outcome.tickets
            data["incomplete_tickets"] = outcome.incomplete
        data |= {
            "output": arguments.out,
            "warnings": [*outcome.warnings],
            "error_kinds": [kind.to_dict() for kind in outcome.kinds.frequent()],
            "errors_in": results.errors_path if outcome.errors else None,
            "guarded": results.guarded,
            "totals": [summary.to_dict(line) for line in totals],
            "groups": [summary.to_dict(line) for line in summary.lines()] if summary.by else [],
        }
        if to_file:
            print_json(data)
        return status
    show = print_text if to_file else print_aside
    if to_file:
        heads, *cells = summary.table(message_translator())
        print_table([*map(str.strip, heads)], cells)
        print_text()
    _print_rows(arguments, outcome, results, form, show)
    for line in low:
        share = share_text(line.attainment, least)
        show(said(f"{line.metric}: attainment {share} is under {goal_text(float(least or 0))}"))
    for line in unknown:
        why = "attainment is not measured, so --fail-under does not apply to it"
        show(said(f"{line.metric}: {why}"))
    return status


def _print_rows(
    arguments: _JobArguments,
    outcome: Outcome,
    results: ResultFiles,
    form: Iterable[str],
    show: Callable[[str], None],
) -> None:
    """Print what was read and written."""
    read = number_text(outcome.rows, "row")
    if outcome.tickets is not None:
        read = f"{number_text(outcome.rows, 'event')} of {number_text(outcome.tickets, 'ticket')}"
    show_read(read, form, arguments.out, show)
    if outcome.errors:
        errors_path = escape_unprintable(results.errors_path)
        show(said(f"{number_text(outcome.errors, 'row')} in error, written to {errors_path}:"))
        show_kinds(outcome.kinds, show)
    if outcome.incomplete:
        count = number_text(outcome.incomplete, "ticket")
        show(said(f"{count} replayed without events in error: see the column events_in_error"))
    show_warnings(outcome.warnings, show)
    if results.guarded:
        count = number_text(results.guarded, "cell")
        show(
            said(
                f"{count} that a spreadsheet could run as a formula written with ' before the "
                "text; --no-spreadsheet-safe writes it as it is"
            )
        )


def show_kinds(kinds: ErrorKinds, show: Callable[[str], None]) -> None:
    """Show the most frequent kinds of errors, a line for each."""
    frequent = kinds.frequent()
    for kind in frequent[:MOST_SHOWN]:
        show(one_line(said(f"  {kind}")))
    if len(frequent) > MOST_SHOWN:
        count = sum(kind.total for kind in frequent[MOST_SHOWN:])
        show(said(f"  {number_text(count, 'row')} with other errors"))


def show_warnings(warnings: Iterable[str], show: Callable[[str], None]) -> None:
    """Show what is probably a mistake, a line for each."""
    for warning in warnings:
        show(said(one_line(f"Warning: {warning}")))


def show_read(count: str, form: Iterable[str], out: str, show: Callable[[str], None]) -> None:
    """Show how much of a file was read, how it is written, and what was written."""
    parts = message_translator().listed(said(one_line(part)) for part in form)
    shown = f" ({parts})" if parts else ""
    show(said(f"{count} read{shown}, {escape_unprintable(out)} written"))


def number_text(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
