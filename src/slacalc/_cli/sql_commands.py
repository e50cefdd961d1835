"""The commands about SQL: `sql` prints the statements of a table, `dbt` writes a package.

The extra `sql` is only needed here, so what needs it is imported when a command runs.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slacalc._cli.output import UsageError, print_json, print_text
from slacalc._cli.policy_commands import typed_calendar
from slacalc.errors import SqlError

if TYPE_CHECKING:
    from slacalc._calendar.calendar import Calendar

_OPTIONS = {
    "name": "--name",
    "dialect": "--dialect",
    "first_year": "--first-year",
    "last_year": "--last-year",
}


def create(
    *, name: str, first_year: int, last_year: int, dialect: str, as_json: bool, **typed: Any
) -> None:
    """Print the statements that create a calendar's table and fill it."""
    from slacalc import sql  # noqa: PLC0415 - an extra

    calendar = _single_calendar(**typed)
    try:
        statements = sql.create(calendar, name, first_year, last_year, dialect=dialect)
    except SqlError as error:
        raise UsageError(error.args[0], _OPTIONS[error.where]) from None
    if as_json:
        print_json(statements)
        return
    for statement in statements:
        print_text(f"{statement};")


def dbt(
    *,
    folder: str,
    name: str,
    first_year: int,
    last_year: int,
    dialect: str,
    as_json: bool,
    **typed: Any,
) -> None:
    """Write a package of dbt into a folder."""
    from slacalc._cli import dbt_package  # noqa: PLC0415 - an extra

    calendar = _single_calendar(**typed)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        msg = f"{name!r} is not a name for dbt: give small letters, digits and _"
        raise UsageError(msg, "--name")
    try:
        files = dbt_package.files(calendar, name, first_year, last_year, dialect=dialect)
    except SqlError as error:
        raise UsageError(error.args[0], _OPTIONS[error.where]) from None
    target = Path(folder)
    project = target / "dbt_project.yml"
    if target.exists() and any(target.iterdir()):
        head = files["dbt_project.yml"]
        if not project.is_file() or project.read_text("utf-8") != head:
            msg = f"{folder} has other files in it: give an empty folder, or that of this package"
            raise UsageError(msg, "DIR")
    for path, text in files.items():
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8", newline="\n")
    if as_json:
        print_json([str(target / path) for path in files])
        return
    for path in files:
        print_text(str(target / path))


def _single_calendar(**typed: Any) -> Calendar:
    """The calendar that was typed.

    Raises:
        UsageError: It changes with the versions of a policy.
    """
    _, calendars = typed_calendar(**typed)
    if len({calendar for _, calendar in calendars}) > 1:
        msg = (
            "the calendar differs between the versions of the policy: give a file with one of them"
        )
        raise UsageError(msg, "--policy")
    return calendars[0][1]
