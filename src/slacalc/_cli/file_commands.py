"""What `slacalc evaluate` and `slacalc replay` do: a job over a file, and its summary.

The answers are a file, and the summary of them is printed. The exit status is 0 where no more rows
were put aside than are let pass and no attainment is under what was asked for, else 1, as where the
job could not be done; then no file is touched. Ctrl-C ends it with 130, as shells expect.

What reads files and draws is an extra, and is imported when a job begins.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from slacalc._cli.policy_commands import (
    UsageError,
    _instant,
    _read,
    _safe,
    _say,
    _say_json,
    _say_table,
)
from slacalc._time.instants import zone
from slacalc.errors import MissingExtraError, SlacalcError, TimeZoneError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from slacalc._files.jobs import Bar, JobOptions, Outcome, Results

_INTERRUPTED = 130


class _Typed(NamedTuple):
    """What was typed of a job.

    Args:
        source: The file that is read.
        policy: A file, or a preset.
        out: The file that is written.
        errors: Where rows in error go; None for a file beside the other.
        as_of: The instant of the question, if one was asked.
        columns: Names of columns, as ``WORD=NAME``, several with commas between.
        time_zone: The zone of times without an offset.
        time_format: How times are written.
        missing: Texts that stand for nothing.
        by: What groups are told apart by.
        delimiter: What stands between fields.
        encoding: How bytes are text.
        max_errors: How many rows in error are let pass.
        fail_under: The least attainment in percent.
        progress: Whether to show a bar; None for where there is a terminal.
        as_json: Whether to print the summary as JSON.
    """

    source: str
    policy: str
    out: str
    errors: str | None
    as_of: str | None
    columns: tuple[str, ...]
    time_zone: str | None
    time_format: str | None
    missing: tuple[str, ...]
    by: str | None
    delimiter: str | None
    encoding: str
    max_errors: int
    fail_under: float | None
    progress: bool | None
    as_json: bool


def evaluate(**typed: Any) -> int:
    """Judge a file of tickets."""
    return _job(_Typed(**typed), is_log=False)


def replay(**typed: Any) -> int:
    """Replay a file of events."""
    return _job(_Typed(**typed), is_log=True)


def _job(typed: _Typed, *, is_log: bool) -> int:
    try:
        from slacalc._files import atomic as _outputs  # noqa: PLC0415
        from slacalc._files import file_jobs as _runs  # noqa: PLC0415
        from slacalc._files import jobs as _jobs  # noqa: PLC0415
        from slacalc._files import reading as _sources  # noqa: PLC0415
        from slacalc._files import summary as _summary  # noqa: PLC0415
        from slacalc._files import times as _times  # noqa: PLC0415
    except ImportError as error:
        install = 'pip install "slacalc[cli]"'
        msg = f"judging files needs the extra `cli`, of which {error.name} is missing: {install}"
        raise MissingExtraError(msg, extra="cli", install=install) from None
    asked = _asked(typed, _jobs.JobOptions, _summary.usual_groups)
    _refuse_paths(typed)
    with _failing_on_usage(_times.FileError):
        if typed.time_format is not None:
            _times.check_pattern(typed.time_format)
        source = _sources.opened(typed.source, delimiter=typed.delimiter, encoding=typed.encoding)
        try:
            with (
                _outputs.stoppable(),
                _outputs.Outputs(typed.out) as outputs,
                _bar(show=typed.progress) as bar,
            ):
                results = _jobs.Results(outputs, typed.out, typed.errors, typed.delimiter)
                run = _runs.judge_log if is_log else _runs.judge_tickets
                outcome = run(source, asked, results, bar)
        except KeyboardInterrupt:
            return _stopped(_INTERRUPTED)
        except _outputs.Stopped as stop:
            return _stopped(128 + stop.number)
    return _report(typed, asked, outcome, results)


class _Wanted(NamedTuple):
    """What was typed of a report; what it shares with a job is called as there.

    Args:
        against: Another policy, to compare with.
        period: The stretch of the course over time.
        objective: The share that is to be met, in percent; None for that of the policy.
        title: The title; None for that of the policy.
        language: Of the page.
    """

    source: str
    policy: str
    against: str | None
    out: str
    as_of: str | None
    columns: tuple[str, ...]
    time_zone: str | None
    time_format: str | None
    missing: tuple[str, ...]
    by: str | None
    period: str
    objective: float | None
    delimiter: str | None
    encoding: str
    title: str | None
    language: str
    as_json: bool


def report(**typed: Any) -> int:
    """Write a report of a file of tickets or of events."""
    wanted = _Wanted(**typed)
    if wanted.as_json:
        msg = "a report is HTML; `slacalc evaluate --json` gives figures for programs"
        raise UsageError(msg, "--json")
    try:
        from slacalc import report as reports  # noqa: PLC0415
        from slacalc._files import atomic as _outputs  # noqa: PLC0415
        from slacalc._files import file_jobs as _runs  # noqa: PLC0415
        from slacalc._files import reading as _sources  # noqa: PLC0415
        from slacalc._files import times as _times  # noqa: PLC0415
        from slacalc._files.jobs import JobOptions  # noqa: PLC0415
    except ImportError as error:
        install = 'pip install "slacalc[cli,report]"'
        msg = f"reports of files need the extras `cli` and `report`, of which {error.name} is "
        msg += f"missing: {install}"
        raise MissingExtraError(msg, extra="report", install=install) from None
    plain = _Typed(
        **{name: value for name, value in wanted._asdict().items() if name in _Typed._fields},
        errors=None,
        max_errors=0,
        fail_under=None,
        progress=None,
    )
    asked = _asked(plain._replace(by=""), JobOptions, lambda _: ())
    _refuse_paths(plain)
    against = None if wanted.against is None else _read(wanted.against)[0]
    with _failing_on_usage(_times.FileError):
        if wanted.time_format is not None:
            _times.check_pattern(wanted.time_format)
        source = _sources.opened(
            wanted.source, delimiter=wanted.delimiter, encoding=wanted.encoding
        )
        try:
            with _outputs.stoppable(), _outputs.Outputs(wanted.out) as outputs:
                table, bad = _runs.read_whole(source, asked)
                page = reports.page(
                    asked.policy,
                    table,
                    asked.as_of,
                    against=against,
                    by=None if wanted.by is None else _split(wanted.by),
                    period=None if wanted.period == "none" else wanted.period,  # type: ignore[arg-type]
                    objective=None if wanted.objective is None else wanted.objective / 100,
                    columns=asked.columns,
                    unread={one.row: one.message for one in bad},
                    title=wanted.title or "",
                    language=wanted.language,
                )
                outputs.file(wanted.out).write(page.encode())
                outputs.commit()
        except KeyboardInterrupt:
            return _stopped(_INTERRUPTED)
        except _outputs.Stopped as stop:
            return _stopped(128 + stop.number)
    _say_aside(f"{len(table):,} rows read, {_safe(wanted.out)} written")
    for one in bad[:3]:
        _say_aside(_safe(f"  row {one.row}: {one.message}"))
    if bad:
        many = (
            "rows could not be read, and are" if len(bad) > 1 else "row could not be read, and is"
        )
        _say_aside(f"{len(bad):,} {many} not in the report")
    return int(bool(bad))


def _stopped(status: int) -> int:
    sys.stderr.write("Stopped: nothing was written.\n")
    return status


def _asked(typed: _Typed, make: Callable[..., JobOptions], usual: Callable[..., Any]) -> JobOptions:
    policy, _ = _read(typed.policy)
    try:
        home = None if typed.time_zone is None else zone(typed.time_zone)
    except TimeZoneError as error:
        raise UsageError(str(error), "--time-zone") from None
    as_of = None if typed.as_of is None else _instant(typed.as_of, home, "--as-of")
    by = usual(policy) if typed.by is None else _split(typed.by)
    return make(
        policy,
        as_of,
        _columns(typed.columns),
        home,
        typed.time_format,
        typed.missing,
        tuple(dict.fromkeys(by)),
    )


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _columns(texts: tuple[str, ...]) -> dict[str, str | None]:
    """The names of columns by the policy's words; a name left empty is for what is not there."""
    found: dict[str, str | None] = {}
    for text in [part for whole in texts for part in _split(whole)]:
        word, equals, name = text.partition("=")
        if not equals:
            msg = f"{text!r} is not of the form word=column"
            raise UsageError(msg, "--columns")
        if word in found:
            msg = f"{word!r} is given twice"
            raise UsageError(msg, "--columns")
        found[word] = name or None
    return found


def _refuse_paths(typed: _Typed) -> None:
    """Refuse to write over what is read, or two files into one."""
    places = {"--output": typed.out, "--errors": typed.errors or f"{typed.out}.errors.csv"}
    source = Path(typed.source)
    policy = Path(typed.policy)
    taken = [one.resolve() for one in (source, policy) if one.exists()]
    for option, path in places.items():
        place = Path(path).resolve()
        if path != "-" and place in taken:
            msg = f"{path} is what is read, or is written already"
            raise UsageError(msg, option)
        taken.append(place)


@contextmanager
def _failing_on_usage(kind: type[SlacalcError]) -> Iterator[None]:
    """Tell an error that an option would mend by its option."""
    try:
        yield
    except kind as error:
        option: str = getattr(error, "option", "")
        if option:
            raise UsageError(str(error), option) from None
        raise


@contextmanager
def _bar(*, show: bool | None) -> Iterator[Bar]:
    """A bar on the standard error; by itself only where that is a terminal."""
    from rich.console import Console  # noqa: PLC0415 - an extra
    from rich.progress import (  # noqa: PLC0415
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
    with Progress(*columns, console=console, transient=True, disable=hidden) as progress:
        yield _RichBar(progress)


class _RichBar:
    """What shows how far a job is, by rich."""

    def __init__(self, progress: Any) -> None:
        self._progress, self._task = progress, None

    def begin(self, what: str, total: int, unit: str) -> None:
        """Begin a stage."""
        del unit
        self._task = self._progress.add_task(what, total=max(total, 1))

    def reach(self, done: int) -> None:
        """So much is done."""
        self._progress.update(self._task, completed=done)


# The summary --------------------------------------------------------------------------------------


def _report(typed: _Typed, asked: JobOptions, outcome: Outcome, results: Results) -> int:
    from slacalc._files import summary as _summary  # noqa: PLC0415 - it counts with NumPy

    lines, totals = outcome.tally.lines(asked.metrics), outcome.tally.totals(asked.metrics)
    least = None if typed.fail_under is None else Fraction(str(typed.fail_under)) / 100
    low = [] if least is None else [line for line in totals if _is_under(line.attainment, least)]
    failed = outcome.errors > typed.max_errors or bool(low)
    if typed.as_json:
        data: dict[str, Any] = {"rows": outcome.rows, "errors": outcome.errors}
        if outcome.tickets is not None:
            data["tickets"] = outcome.tickets
        data |= {
            "output": typed.out,
            "errors_in": results.errors if outcome.errors else None,
            "totals": [_summary.as_data((), line) for line in totals],
            "groups": [_summary.as_data(asked.by, line) for line in lines] if asked.by else [],
        }
        if typed.out != "-":
            _say_json(data)
        return int(failed)
    say = _say if typed.out != "-" else _say_aside
    if typed.out != "-":
        head, *cells = _summary.table(asked.by, lines, totals)
        _say_table(dict.fromkeys(map(str.strip, head), False), cells)
        _say()
    what = "rows" if outcome.tickets is None else "events"
    tickets = "" if outcome.tickets is None else f" of {outcome.tickets:,} tickets"
    say(f"{outcome.rows:,} {what}{tickets} read, {_safe(typed.out)} written")
    if outcome.errors:
        say(f"{outcome.errors:,} rows in error, written to {_safe(results.errors)}:")
        for one in outcome.examples:
            say(_safe(f"  row {one.row}: {one.message}"))
    for line in low:
        share = _summary.share_text(line.attainment)
        say(f"{line.metric}: attainment {share} is under {typed.fail_under:g}%")
    return int(failed)


def _is_under(share: Fraction | None, least: Fraction) -> bool:
    return share is not None and share < least


def _say_aside(text: str = "") -> None:
    sys.stderr.write(text + os.linesep)
