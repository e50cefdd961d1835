"""The command line: how the commands are called, and how their errors are told.

`commands` is the table that tells click how to read what was typed; what the commands do is in
`_commands`. The exit status is 0 for an answer, 1 where the library refuses to give it or a policy
has faults, and 2 where what was typed cannot be read.

click and rich are an extra, so click is imported when the table is made, and `main` can say what
to install.
"""

from __future__ import annotations

import os
import sys
from functools import wraps
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any

import slacalc
from slacalc._cli import file_commands as _job_commands
from slacalc._cli import policy_commands as _commands
from slacalc._time.instants import FIRST_YEAR, LAST_YEAR
from slacalc._time.zone_data import zone_data
from slacalc.errors import MissingExtraError, PolicyError, SlacalcError

if TYPE_CHECKING:
    from collections.abc import Callable

    import click

_SIGNALLED = 128  # exit statuses above are those of what a signal ended

_ABOUT = """SLA deadlines and business calendars, computed exactly.

POLICY is a policy file, in TOML or with the ending .json in JSON; or the name of a preset, which
comes with slacalc. (For a file that is called like a preset, write ./NAME.)
"""

_CHECK = """Find the faults of policy files, and what is odd in them.

Each FILE is a policy file, or the name of a preset. Every fault and every finding is told on a line
of its own that begins with file:line:column. The exit status is 1 where there are faults, or
findings of severity error.

\b
Example:
  slacalc check desk.toml vip.json
"""

_DEADLINE = """Compute when a ticket is due, metric by metric.

The ticket is given by its attributes, as KEY=VALUE. Times are in ISO 8601 with an offset, or
without one together with --time-zone.

\b
Example:
  slacalc deadline --policy kingdee-diexun --at 2024-09-13T16:00+08:00 \\
      channel=on-site urgency=standard tier=gold
"""

_EXPLAIN = """Explain when a ticket is due: which rows promise what, and where the time goes.

Everything is given as for `slacalc deadline`.

\b
Example:
  slacalc explain --policy kingdee-diexun --at 2024-09-13T16:00+08:00 \\
      --metric arrival --language zh channel=on-site tier=gold
"""

_EVALUATE = """Judge a file of tickets by a policy.

TICKETS is a file of CSV (.csv, .tsv, .csv.gz) or Parquet with a row for each ticket: a column
`created`, one for each attribute of the policy, and one for each event that has come, such as
`resolved`. The same columns are written with those of the answers, and a summary is printed. Rows
that cannot be judged are written aside with their numbers and what is wrong with them, and make the
exit status 1. The output appears whole or not at all.

\b
Example:
  slacalc evaluate tickets.csv --policy desk.toml --as-of 2026-06-01T00:00Z \\
      --columns created=OPENED,resolved=CLOSED --time-zone Europe/Berlin -o judged.csv
"""

_REPLAY = """Replay a file of events, and tell where every promise stands.

EVENTS is a file of CSV or Parquet with a row for each event, in any order: the columns `ticket`,
`at` and `type`, and the fields that the policy asks for. Without `type` it is a log of changes, in
which the first row of a ticket opens it. A row for each ticket, metric and cycle is written, and a
summary of the last cycles is printed. All else is as for `slacalc evaluate`.

\b
Example:
  slacalc replay log.parquet --policy desk.toml --as-of 2026-06-01T00:00Z -o standing.parquet
"""

_REPORT = """Tell on an HTML page how promises were kept, and what another policy would have meant.

FILE has tickets, as for `slacalc evaluate`, or a log of events, as for `slacalc replay`. The page
needs nothing but itself: no script, no network. Rows that cannot be read are told on it, and make
the exit status 1.

\b
Example:
  slacalc report tickets.csv --policy desk.toml --against vip.toml \\
      --as-of 2026-06-01T00:00Z --time-zone Europe/Berlin -o report.html
"""

_CALENDAR = """Look at the calendars of countries and policies."""

_SHOW = """Show a year of a calendar: its holidays, make-up working days and exceptions.

\b
Examples:
  slacalc calendar show --country CN --year 2026
  slacalc calendar show --policy boston-311 --year 2026
"""

_PRESETS = """List the policies that come with slacalc, or print one, to be copied and changed.

\b
Example:
  slacalc presets itil-standard > desk.toml
"""

_SCHEMA = """Print the JSON Schema of policies, for editors and other programs.

\b
Example:
  slacalc schema > slacalc.schema.json
"""


_OF_FILES = frozenset(
    {"as_of", "columns", "time_zone", "time_format", "missing", "by", "delimiter", "encoding"}
)  # options of a job that a report has as well


def commands() -> click.Group:
    """The command line, as click runs it.

    Raises:
        MissingExtraError: The extra ``cli`` is not installed.
    """
    try:
        import click  # noqa: PLC0415 - an extra
        import rich  # noqa: F401, PLC0415 - an extra that the commands need
    except ImportError:
        install = 'pip install "slacalc[cli]"'
        msg = f"the command line needs the extra `cli`: {install}"
        raise MissingExtraError(msg, extra="cli", install=install) from None

    def option(*names: str, **facts: Any) -> click.Option:
        return click.Option(names, **facts)

    def command(
        group: click.Group, name: str, run: Callable[..., int | None], text: str, *params: Any
    ) -> None:
        as_json = option("--json", "as_json", is_flag=True, help="Print plain JSON.")
        callback = _told(run)
        first = text.partition("\n")[0].rstrip(".").partition(":")[0].partition(", to be")[0]
        group.add_command(
            click.Command(
                name, callback=callback, params=[*params, as_json], help=text, short_help=first
            )
        )

    asking: list[click.Parameter] = [
        option("--policy", "-p", required=True, metavar="POLICY", help="A file, or a preset."),
        option("--at", required=True, metavar="TIME", help="When the request was received."),
        option("--since", multiple=True, metavar="EVENT=TIME", help="When another event came."),
        option("--time-zone", metavar="ZONE", help="The zone of times without an offset."),
        option(
            "--strict", is_flag=True, help="Refuse an answer that rests on unpublished holidays."
        ),
        click.Argument(["ticket"], nargs=-1, metavar="[KEY=VALUE]..."),
    ]
    language = option(
        "--language", default="en", show_default=True, help="Of the answer, such as zh."
    )
    settings = {"help_option_names": ["-h", "--help"]}
    top = click.Group("slacalc", help=_ABOUT, context_settings=settings)
    click.version_option(
        slacalc.__version__,
        prog_name="slacalc",
        message=f"%(prog)s, version %(version)s\ntime zones: {zone_data()}",
    )(top)

    command(
        top,
        "check",
        _commands.check,
        _CHECK,
        click.Argument(["sources"], nargs=-1, required=True, metavar="FILE..."),
        option("--strict", is_flag=True, help="Fail on warnings as well."),
    )
    command(top, "deadline", _commands.deadline, _DEADLINE, *asking)
    metric = option("--metric", metavar="NAME", help="Explain this one only.")
    command(top, "explain", _commands.explain, _EXPLAIN, *asking, metric, language)
    job: list[click.Parameter] = [
        option("--policy", "-p", required=True, metavar="POLICY", help="A file, or a preset."),
        option(
            "--output",
            "-o",
            "out",
            required=True,
            metavar="OUT",
            help="What to write; - for CSV on the standard output.",
        ),
        option("--errors", metavar="FILE", help="Where rows in error go; else OUT.errors.csv."),
        option("--as-of", metavar="TIME", help="The instant of the question."),
        option(
            "--columns",
            multiple=True,
            metavar="WORD=NAME,...",
            help="What the file calls its columns.",
        ),
        option("--time-zone", metavar="ZONE", help="The zone of times without an offset."),
        option(
            "--time-format",
            metavar="PATTERN",
            help="How times are written, for strptime; else ISO 8601.",
        ),
        option(
            "--missing",
            multiple=True,
            metavar="TEXT",
            help="A text that stands for nothing, such as ?.",
        ),
        option("--by", metavar="NAME,...", help="What the summary is told apart by."),
        option("--delimiter", metavar="SIGN", help="What stands between the fields of CSV."),
        option("--encoding", default="utf-8", show_default=True, help="The encoding of CSV."),
        option(
            "--max-errors",
            type=click.IntRange(0),
            default=0,
            metavar="N",
            help="Fail where more rows are in error.",
        ),
        option(
            "--fail-under",
            type=click.FloatRange(0, 100),
            metavar="PERCENT",
            help="Fail where a metric's attainment is less.",
        ),
        option(
            "--progress/--no-progress",
            default=None,
            help="Show a bar; else where there is a terminal.",
        ),
    ]
    for name, run, text, what in (
        ("evaluate", _job_commands.evaluate, _EVALUATE, "TICKETS"),
        ("replay", _job_commands.replay, _REPLAY, "EVENTS"),
    ):
        command(top, name, run, text, click.Argument(["source"], metavar=what), *job)
    command(
        top,
        "report",
        _job_commands.report,
        _REPORT,
        click.Argument(["source"], metavar="FILE"),
        option("--policy", "-p", required=True, metavar="POLICY", help="A file, or a preset."),
        option("--against", metavar="POLICY", help="Another policy, to compare with."),
        option("--output", "-o", "out", required=True, metavar="OUT", help="The page to write."),
        *(one for one in job if one.name in _OF_FILES),
        option(
            "--period",
            type=click.Choice(["day", "week", "month", "quarter", "year", "none"]),
            default="month",
            show_default=True,
            help="The steps of the course over time.",
        ),
        option(
            "--objective",
            type=click.FloatRange(1, 100),
            metavar="PERCENT",
            help="The share to be met, such as 95; else that of the policy.",
        ),
        option("--title", metavar="TEXT", help="The title; else that of the policy."),
        language,
    )
    command(
        top,
        "presets",
        _commands.show_presets,
        _PRESETS,
        click.Argument(["name"], required=False),
    )
    command(top, "schema", _commands.schema, _SCHEMA)

    calendar = click.Group("calendar", help=_CALENDAR)
    top.add_command(calendar)
    years = click.IntRange(FIRST_YEAR, LAST_YEAR)
    command(
        calendar,
        "show",
        _commands.show_calendar,
        _SHOW,
        option("--country", metavar="CODE", help="A country or market, such as CN or XNYS."),
        option("--subdivision", metavar="CODE", help="A part of the country."),
        option("--week", metavar="WEEK", help="Its hours: 'mon-fri 9-17; sat 9-12'."),
        option("--time-zone", metavar="ZONE", help="Its zone; only dates matter."),
        option("--policy", "-p", metavar="POLICY", help="Instead of a country, a policy."),
        option("--calendar", metavar="NAME", help="Which of the policy's calendars."),
        option("--year", required=True, type=years, metavar="YEAR", help="The year."),
        language,
    )
    return top


def _told(run: Callable[..., int | None]) -> Callable[..., None]:
    """A command as click calls it: its answer is the exit status, and its errors are messages."""
    import click  # noqa: PLC0415 - an extra

    @wraps(run)
    def callback(**typed: Any) -> None:
        context = click.get_current_context()
        try:
            context.exit(run(**typed) or 0)
        except _commands.UsageError as error:
            if not error.option:
                raise click.UsageError(str(error), context) from None
            hint = f"'{error.option}'"
            raise click.BadParameter(str(error), context, param_hint=hint) from None
        except PolicyError as error:
            if not error.source:
                raise click.ClickException(str(error)) from None
            for fault in error.faults:
                click.echo(_commands.fault_line(error.source, fault), err=True)
            context.exit(1)
        except SlacalcError as error:
            raise click.ClickException(str(error)) from None
        except BrokenPipeError:
            raise
        except OSError as error:
            raise click.ClickException(str(error)) from None

    return callback


def main() -> None:
    """Run the command line; never returns."""
    try:
        top = commands()
    except MissingExtraError as error:
        sys.stderr.write(f"Error: {error}\n")
        sys.exit(1)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # what a terminal cannot show is escaped
            stream.reconfigure(errors="backslashreplace")
    try:
        try:
            top.main(prog_name="slacalc")
        finally:
            if sys.stdout:
                sys.stdout.flush()
    except SystemExit as end:
        if isinstance(end.code, int) and end.code > _SIGNALLED:
            # Threads that still read would bring Python's orderly end to a crash.
            sys.stderr.flush()
            os._exit(end.code)
        raise
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            sys.stderr.write(f"Error: {error}\n")
        # What is left in the buffer has nowhere to go, and Python would complain of it at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
