"""The command line: the options of each command, and how errors are shown.

`commands` builds the commands for click; what they do is in the modules of `_cli`, each of which is
imported when a command of it runs, so that help appears at once. The exit status is 0 for an
answer, 1 if the library refuses to give one or a policy has faults, and 2 if what was typed is
wrong. Whatever goes wrong, a message is printed and no traceback.

click and rich are an extra, so click is imported when the commands are built, and `main` can say
what to install.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any

import slacalc
from slacalc._cli import init_command
from slacalc._cli.output import JobStopped, UsageError, printable, said
from slacalc._i18n import languages, translator
from slacalc._time.instants import FIRST_YEAR, LAST_YEAR
from slacalc._time.zone_data import zone_data
from slacalc.errors import (
    LanguageError,
    MissingExtraError,
    PolicyError,
    SlacalcError,
    require_extra,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import click

_SIGNALLED = 128  # larger exit statuses mean that a signal ended the program

_ABOUT = """SLA deadlines and business calendars, computed exactly.

POLICY is a policy file, in TOML or, if its name ends with .json, in JSON; or the name of a preset,
which comes with slacalc. (For a file with the name of a preset, write ./NAME.)
"""

_INIT = """Write a policy and a file of tickets to begin with.

The policy of a desk, policy.toml, with comments that say what to change, and tickets to try it
with, tickets.csv, are written into DIR, or here; nothing is overwritten. The policy is checked, and
the next two commands are printed.

\b
Example:
  slacalc init helpdesk --desk office --country DE --time-zone Europe/Berlin
"""

_CHECK = """Find faults in policy files, and whatever is probably a mistake.

Each FILE is a policy file, or the name of a preset. Every fault and every finding is printed on a
line of its own that begins with file:line:column. The exit status is 1 if there are faults, or
findings of severity error.

\b
Example:
  slacalc check desk.toml vip.json
"""

_DEADLINE = """Compute when a ticket is due, metric by metric.

The ticket is given by its attributes, as KEY=VALUE. Times are ISO 8601 with an offset, or without
one together with --time-zone.

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

_EVALUATE = """Evaluate a file of tickets by a policy.

TICKETS is a file of CSV (.csv, .tsv, .csv.gz), Excel (.xlsx), JSON (.json, .jsonl) or Parquet with
a row for each ticket: a column `created`, one for each attribute of the policy, and one for the
time of each event, such as `resolved`. The same columns and those of the answers are written to
OUT, and a summary is printed. Rows that cannot be evaluated are written to a file of errors, with
their numbers and what is wrong with them; the exit status is then 1. The output appears whole or
not at all.

\b
Example:
  slacalc evaluate tickets.csv --policy desk.toml --as-of 2026-06-01T00:00Z \\
      --columns created=OPENED,resolved=CLOSED --time-zone Europe/Berlin -o evaluated.csv
"""

_REPLAY = """Replay a file of events, and show the state of every promise.

EVENTS is such a file with a row for each event, in any order: the columns `ticket`, `at`
and `type`, and the fields that the policy uses. Without `type` it is a log of changes, in which the
first row of a ticket creates it. A row for each ticket, metric and cycle is written to OUT, and a
summary of all cycles is printed. Everything else is as for `slacalc evaluate`.

\b
Example:
  slacalc replay log.parquet --policy desk.toml --as-of 2026-06-01T00:00Z -o states.parquet
"""

_REPORT = """Write an HTML page about how promises were kept, and what another policy would change.

FILE has tickets, as for `slacalc evaluate`, or a log of events, as for `slacalc replay`. The page
is self-contained: no scripts, no network. Rows that cannot be read are listed on it; the exit
status is then 1.

\b
Example:
  slacalc report tickets.csv --policy desk.toml --against vip.toml \\
      --as-of 2026-06-01T00:00Z --time-zone Europe/Berlin -o report.html
"""

_STATEMENT = """Make the statement of a contract: how promises were kept, and what is owed.

Each table is a file of CSV, Excel, JSON or Parquet. A promise whose table is not given is not
measured, which the statement says. It is written to OUT, as a page (.html), rows (.csv), data
(.json) or text (.txt); without OUT it is printed. The exit status is 1 if more rows are in error
than --max-errors allows, or, with --fail-if-missed, if a promise is missed.

\b
Example:
  slacalc statement --policy contract.toml --month 2026-05 --tickets tickets.csv \\
      --outages outages.csv --fee "CHF 1200" --time-zone Europe/Zurich -o may.html
"""

_CALENDAR = """Show the calendars of countries and policies."""

_SHOW = """Show a year of a calendar: its holidays, make-up working days and exceptions.

\b
Examples:
  slacalc calendar show --country CN --year 2026
  slacalc calendar show --policy boston-311 --year 2026
"""

_PRESETS = """List the policies that come with slacalc, or print one to copy and change.

\b
Example:
  slacalc presets itil-standard > desk.toml
"""

_SCHEMA = """Print the JSON Schema of policies, for editors and other programs.

\b
Example:
  slacalc schema > slacalc.schema.json
"""


_SQL = """Print the SQL that creates a calendar's table and fills it.

What is written with the table, such as due dates, is in slacalc.sql. The extra sql is needed.

\b
Example:
  slacalc sql --country DE --time-zone Europe/Berlin --name desk \\
      --first-year 2020 --last-year 2030 --dialect postgres > desk.sql
"""

_DBT = """Write a package of dbt: a calendar as seeds, macros that look it up, and tests.

DIR is a new folder, or one that has the package already. Models call its macros by the name of the
package, such as slacalc_desk.desk_elapsed(start, end) and
slacalc_desk.desk_with_elapsed(relation, start, end). The extra sql is needed.

\b
Example:
  slacalc dbt packages/desk --policy desk.toml --calendar office --name desk \\
      --first-year 2020 --last-year 2030 --dialect snowflake
"""

_ALSO_OF_REPORTS = frozenset(
    {
        "as_of",
        "columns",
        "lengths",
        "time_zone",
        "time_format",
        "missing",
        "by",
        "decimal",
        "delimiter",
        "encoding",
        "sheet",
    }
)  # options of evaluate and replay
_ALSO_OF_STATEMENTS = _ALSO_OF_REPORTS - {"by", "sheet"} | {"max_errors", "progress"}


def commands() -> click.Group:
    """Build the commands of the command line, for click to run.

    Raises:
        MissingExtraError: The extra ``cli`` is not installed.
    """
    require_extra("cli", "the command line needs", "click", "rich")
    import click  # noqa: PLC0415 - an extra

    from slacalc._cli.program import Command, Group, Jobs, Program  # noqa: PLC0415 - as click

    def option(*names: str, **settings: Any) -> click.Option:
        return click.Option(names, **settings)

    def command(group: click.Group, name: str, run: str, text: str, *params: Any) -> None:
        as_json = option("--json", "as_json", is_flag=True, help="Print plain JSON.")
        if not any(param.name == "language" for param in params):
            params = (*params, of_errors)
        callback = _callback(run)
        first = text.partition("\n")[0].rstrip(".").partition(":")[0].partition(" to copy")[0]
        group.add_command(
            Command(name, callback=callback, params=[*params, as_json], help=text, short_help=first)
        )

    # Options that several commands have.
    policy = option(
        "--policy", "-p", required=True, metavar="POLICY", help="A policy file, or a preset."
    )
    zone = option("--time-zone", metavar="ZONE", help="The zone of times without an offset.")
    known = " or ".join(languages())
    language = option(
        "--language",
        metavar="CODE",
        default="en",
        help=f"The language of the answer: {known}. Default: en; for messages, that of the locale.",
    )
    of_errors = option(
        "--language",
        metavar="CODE",
        callback=_check_language,
        expose_value=False,
        help=f"The language of help and messages: {known}. Default: that of the locale.",
    )
    of_tickets: list[click.Parameter] = [
        policy,
        option("--at", required=True, metavar="TIME", help="When the request was received."),
        option("--since", multiple=True, metavar="EVENT=TIME", help="When another event happened."),
        zone,
        option(
            "--time-format",
            metavar="PATTERN",
            help="The form of these times, as for evaluate. Default: ISO 8601.",
        ),
        option(
            "--strict", is_flag=True, help="Refuse an answer that relies on unpublished holidays."
        ),
        click.Argument(["ticket"], nargs=-1, metavar="[KEY=VALUE]..."),
    ]
    of_jobs: list[click.Parameter] = [
        policy,
        option(
            "--output",
            "-o",
            "out",
            required=True,
            metavar="OUT",
            help="The file to write; - for CSV on the standard output.",
        ),
        option(
            "--errors", metavar="FILE", help="The file for rows in error. Default: OUT.errors.csv."
        ),
        option("--as-of", metavar="TIME", help="The instant of evaluation."),
        option(
            "--columns",
            multiple=True,
            metavar="NAME=COLUMN,...",
            help="The file's columns, by the policy's names.",
        ),
        option(
            "--lengths",
            multiple=True,
            metavar="NAME=UNIT,...",
            help="Events whose column has the length since the ticket was created, not a time; and "
            "the unit of numbers: seconds, minutes, hours or days.",
        ),
        zone,
        option(
            "--time-format",
            metavar="PATTERN",
            help="The form of times, for strptime; or epoch, epoch-ms, excel. Default: ISO 8601.",
        ),
        option(
            "--missing",
            multiple=True,
            metavar="TEXT",
            help="A text that stands for a missing value, such as ?.",
        ),
        option("--by", metavar="NAME,...", help="Group the summary by these."),
        option(
            "--decimal",
            type=click.Choice([".", ","]),
            help="The sign before the decimals of numbers in CSV. Default: the comma, if "
            "semicolons separate the fields.",
        ),
        option(
            "--delimiter",
            metavar="SIGN",
            help="The character between the fields of CSV. Default: as the file shows.",
        ),
        option(
            "--encoding",
            metavar="NAME",
            help="The encoding of CSV, such as cp1252; excel: write CSV that Excel opens. "
            "Default: as the file shows.",
        ),
        option(
            "--sheet",
            metavar="NAME",
            help="The sheet of an Excel workbook. Default: the first with rows.",
        ),
        option(
            "--max-errors",
            type=click.IntRange(0),
            default=0,
            metavar="N",
            help="Fail if more rows are in error.",
        ),
        option(
            "--fail-under",
            type=click.FloatRange(0, 100),
            metavar="PERCENT",
            help="Fail if the attainment of a metric is lower.",
        ),
        option(
            "--spreadsheet-safe/--no-spreadsheet-safe",
            default=None,
            help="Write ' before texts of CSV that a spreadsheet could run as formulas. "
            "Default: in files, not on the standard output.",
        ),
        option(
            "--progress/--no-progress",
            default=None,
            help="Show a progress bar. Default: in a terminal.",
        ),
    ]

    jobs = option(
        "--jobs",
        "-j",
        type=Jobs(),
        default=1,
        show_default=True,
        metavar="N",
        help="Share the file among N processes; auto: one for each core.",
    )
    settings = {"help_option_names": ["-h", "--help"]}

    top = Program("slacalc", params=[of_errors], help=_ABOUT, context_settings=settings)
    click.version_option(
        slacalc.__version__,
        prog_name="slacalc",
        message=f"%(prog)s, version %(version)s\ntime zones: {zone_data()}",
    )(top)

    command(
        top,
        "init",
        "init_command.init",
        _INIT,
        click.Argument(["folder"], default=".", metavar="[DIR]"),
        option(
            "--desk",
            metavar="DESK",
            help=f"The desk: {', '.join(init_command.DESKS)}. A terminal lets you choose.",
        ),
        option("--country", metavar="CODE", help="The country of its holidays, such as DE."),
        option("--time-zone", metavar="ZONE", help="Its zone, such as Europe/Berlin."),
        option(
            "--language",
            metavar="CODE",
            callback=_check_language,
            expose_value=False,
            help=f"The language of the comments: {known}. Default: that of the locale.",
        ),
    )
    command(
        top,
        "check",
        "policy_commands.check",
        _CHECK,
        click.Argument(["sources"], nargs=-1, required=True, metavar="FILE..."),
        option("--strict", is_flag=True, help="Fail on warnings as well."),
    )
    command(top, "deadline", "policy_commands.deadline", _DEADLINE, *of_tickets)
    metric = option("--metric", metavar="NAME", help="Explain this metric only.")
    command(top, "explain", "policy_commands.explain", _EXPLAIN, *of_tickets, metric, language)
    for name, run, text, what in (
        ("evaluate", "file_commands.evaluate", _EVALUATE, "TICKETS"),
        ("replay", "file_commands.replay", _REPLAY, "EVENTS"),
    ):
        source = click.Argument(["source"], metavar=what)
        command(top, name, run, text, source, *of_jobs, jobs)
    command(
        top,
        "report",
        "file_commands.report",
        _REPORT,
        click.Argument(["source"], metavar="FILE"),
        policy,
        option("--against", metavar="POLICY", help="Another policy, to compare with."),
        option("--output", "-o", "out", required=True, metavar="OUT", help="The page to write."),
        *(shared for shared in of_jobs if shared.name in _ALSO_OF_REPORTS),
        option(
            "--period",
            type=click.Choice(["day", "week", "month", "quarter", "year", "none"]),
            default="month",
            show_default=True,
            help="The periods of the chart over time.",
        ),
        option(
            "--objective",
            type=click.FloatRange(1, 100),
            metavar="PERCENT",
            help="The share to be met, such as 95. Default: that of the policy.",
        ),
        option("--title", metavar="TEXT", help="The title. Default: that of the policy."),
        language,
    )
    command(
        top,
        "statement",
        "statement_command.statement",
        _STATEMENT,
        policy,
        option("--month", metavar="YYYY-MM", help="The month."),
        option("--quarter", metavar="YYYY-QN", help="Or the quarter."),
        option(
            "--period", metavar="PERIOD", help="Or another period: 2026, 2026-05-01..2026-05-15."
        ),
        option("--tickets", metavar="FILE", help="The tickets, as for evaluate."),
        option("--events", metavar="FILE", help="Or the log of their events, as for replay."),
        option("--outages", metavar="FILE", help="The outages: start, end, component, share."),
        option(
            "--maintenance", metavar="FILE", help="Announced maintenance: start, end, component."
        ),
        option("--customers", metavar="FILE", help="The customers, for duties and penalties."),
        option("--duty-events", metavar="FILE", help="What was done for them: customer, at, type."),
        option(
            "--fee",
            multiple=True,
            metavar="AMOUNT",
            help="The fee of the period, such as 'CHF 1200'; or of kinds of periods: month=1200.",
        ),
        option("--output", "-o", "out", default="-", metavar="OUT", help="The file to write."),
        *(shared for shared in of_jobs if shared.name in _ALSO_OF_STATEMENTS),
        option(
            "--sheet",
            multiple=True,
            metavar="NAME",
            help="The sheet of Excel workbooks; or of that of a table: outages=May. Default: the "
            "first with rows.",
        ),
        option("--fail-if-missed", is_flag=True, help="Fail if a promise is missed."),
        language,
    )
    command(
        top,
        "presets",
        "policy_commands.show_presets",
        _PRESETS,
        click.Argument(["name"], required=False),
    )
    command(top, "schema", "policy_commands.schema", _SCHEMA)

    about = _CALENDAR.rstrip(".")
    calendar = Group("calendar", params=[of_errors], help=_CALENDAR, short_help=about)
    top.add_command(calendar)
    years = click.IntRange(FIRST_YEAR, LAST_YEAR)
    of_calendars: list[click.Parameter] = [
        option("--country", metavar="CODE", help="A country or market, such as CN or XNYS."),
        option("--subdivision", metavar="CODE", help="A part of the country."),
        option("--week", metavar="WEEK", help="Its hours, such as 'mon-fri 9-17; sat 9-12'."),
        option("--time-zone", metavar="ZONE", help="Its zone."),
        option("--policy", "-p", metavar="POLICY", help="A policy, instead of a country."),
        option("--calendar", metavar="NAME", help="A calendar of the policy."),
    ]
    command(
        calendar,
        "show",
        "policy_commands.show_calendar",
        _SHOW,
        *of_calendars,
        option("--year", required=True, type=years, metavar="YEAR", help="The year."),
        language,
    )
    of_tables: list[click.Parameter] = [
        *of_calendars,
        option("--name", required=True, metavar="NAME", help="The name of the table."),
        option("--first-year", default=2000, show_default=True, type=years, help="Its first year."),
        option("--last-year", default=2040, show_default=True, type=years, help="Its last year."),
        option("--dialect", required=True, metavar="DIALECT", help="The database."),
    ]
    command(top, "sql", "sql_commands.create", _SQL, *of_tables)
    folder = click.Argument(["folder"], metavar="DIR")
    command(top, "dbt", "sql_commands.dbt", _DBT, folder, *of_tables)
    return top


def _check_language(context: click.Context, parameter: click.Parameter, typed: str | None) -> None:
    """Check the language of a command that has no other use for it than help and messages."""
    import click  # noqa: PLC0415 - an extra

    try:
        translator(typed or "en")
    except LanguageError as error:
        raise click.BadParameter(str(error.args[0]), context, parameter) from None


def _callback(run: str) -> Callable[..., None]:
    """A command as click calls it: it exits with its result, and shows errors as messages.

    Args:
        run: The function that answers, with its module of `_cli`.
    """
    import click  # noqa: PLC0415 - an extra

    def callback(**typed: Any) -> None:
        context = click.get_current_context()
        try:
            module, _, name = run.partition(".")
            status = getattr(import_module(f"slacalc._cli.{module}"), name)(**typed) or 0
        except (UsageError, LanguageError) as error:
            message = str(error.args[0])
            option = getattr(error, "option", "--language")
            if not option:
                raise click.UsageError(message, context) from None
            raise click.BadParameter(message, context, param_hint=f"'{option}'") from None
        except JobStopped as stop:
            click.echo(said("Stopped: nothing was written."), err=True)
            context.exit(stop.status)
        except PolicyError as error:
            _print_faults(error)
            context.exit(1)
        except BrokenPipeError:
            raise
        except (SlacalcError, OSError) as error:
            raise click.ClickException(str(error)) from None
        except KeyboardInterrupt:
            context.exit(_SIGNALLED + signal.SIGINT)
        except Exception as error:
            raise click.ClickException(_describe_mistake(error)) from error
        context.exit(status)

    return callback


def _describe_mistake(error: Exception) -> str:
    """The message for an error that no part of the program expects."""
    frames = extract_tb(error.__traceback__)
    folder = str(Path(slacalc.__file__).parent)
    frame = next(frame for frame in reversed(frames) if frame.filename.startswith(folder))
    place = f"{Path(frame.filename).name}, line {frame.lineno}"
    return f"this is a mistake of slacalc, please report it: {error!r} ({place})"


def _print_faults(error: PolicyError) -> None:
    from slacalc._cli.policy_commands import fault_line  # noqa: PLC0415 - not needed for help

    faults = [fault_line(error.source, fault) for fault in error.faults]
    for line in faults if error.source else said(f"Error: {error}").split("\n"):
        sys.stderr.write(printable(line) + "\n")


def main() -> None:
    """Run the command line. Does not return."""
    _prepare_streams()
    try:
        top = commands()
    except MissingExtraError as error:
        sys.stderr.write(said(f"Error: {error}") + "\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(_SIGNALLED + signal.SIGINT)
    try:
        try:
            top.main(prog_name="slacalc")
        finally:
            if sys.stdout:
                sys.stdout.flush()
    except SystemExit as end:
        if isinstance(end.code, int) and end.code > _SIGNALLED:
            # Threads of Arrow that are still reading would crash Python's orderly shutdown.
            sys.stderr.flush()
            os._exit(end.code)
        raise
    except OSError as error:
        if not _is_broken_pipe(error):
            sys.stderr.write(printable(said(f"Error: {error}")) + "\n")
        if sys.stdout:
            # Python would complain at exit that it cannot write what is left in the buffer.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _prepare_streams() -> None:
    if sys.stderr is None:  # it was closed by whoever started the program
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # escape what a terminal cannot show
            stream.reconfigure(errors="backslashreplace")


def _is_broken_pipe(error: OSError) -> bool:
    """Whether whoever read the output has ended; Windows has no error of its own for it."""
    return isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno == errno.EINVAL)
