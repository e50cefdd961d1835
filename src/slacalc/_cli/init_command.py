"""The command `init`: the policy of a desk, and tickets to try it with, written to begin with.

The policies and tickets are files in `desks`, with comments in each language. Those of a country
have the public holidays and the time zone that were typed in place of their own.
"""

from __future__ import annotations

import os
import shlex
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from slacalc._cli.output import (
    UsageError,
    console,
    message_language,
    message_translator,
    print_json,
    print_table,
    print_text,
    said,
)
from slacalc._i18n import N_
from slacalc.errors import SlacalcError, escape_unprintable, unknown_name


class _Desk(NamedTuple):
    """A desk with an example.

    Args:
        words: How it works.
        as_of: An instant at which tickets of the example are met, breached and running.
        time_zone: The zone of the times of its tickets.
        country: The country of its holidays; empty string if they are not those of one country.
    """

    words: str
    as_of: str
    time_zone: str
    country: str = ""


_WEDNESDAY: Final = "2026-05-27T12:00"  # after a Monday that is a holiday in many countries
DESKS: Final = {
    "office": _Desk(N_("Office hours and public holidays"), _WEDNESDAY, "Europe/Paris", "FR"),
    "24x7": _Desk(
        N_("Day and night for what is urgent, office hours for the rest"),
        _WEDNESDAY,
        "Europe/Paris",
        "FR",
    ),
    "follow-the-sun": _Desk(
        N_("Three desks around the world that pass their work on"), _WEDNESDAY, "Europe/Berlin"
    ),
    "china": _Desk(
        N_("A desk in China, with make-up working days"), "2026-05-11T12:00", "Asia/Shanghai"
    ),
}


def init(
    *,
    folder: str,
    desk: str | None,
    country: str | None,
    time_zone: str | None,
    as_json: bool,
) -> None:
    """Write a policy and tickets into a folder, check the policy, and print what to do next."""
    from slacalc._cli.policy_commands import CheckResult  # noqa: PLC0415 - not needed for help

    name = desk or _choose(as_json=as_json)
    if name not in DESKS:
        raise UsageError(_unknown_desk(name), "--desk")
    language = message_language()
    text = _read(f"{name}.toml" if language == "en" else f"{name}.{language}.toml")
    chosen = DESKS[name]
    if country or time_zone:
        text, chosen = _of_country(text, chosen, country, time_zone)
    policy, tickets = Path(folder, "policy.toml"), Path(folder, "tickets.csv")
    _write(Path(folder), {policy: text, tickets: _read(f"{name}.csv")})
    result = CheckResult.of(str(policy))
    in_language = [] if language == "en" else ["--language", language]
    how = ["--policy", _typed(policy), "--as-of", chosen.as_of, "--time-zone", chosen.time_zone]
    how += in_language
    commands = [
        ["slacalc", command, _typed(tickets), *how, "-o", _typed(Path(folder, out))]
        for command, out in (("evaluate", "evaluated.csv"), ("report", "report.html"))
    ]
    if as_json:
        written = [str(policy), str(tickets)]
        print_json({"files": written, "check": result.to_dict(), "commands": commands})
        return
    result.print(console())
    translate = message_translator()
    print_text("\n" + translate("Next, evaluate the tickets, and make a page of them:"))
    for command in commands:
        print_text(f"  {escape_unprintable(_quoted(command))}")


def _choose(*, as_json: bool) -> str:
    """The desk that is typed at a terminal, below the list of desks.

    Raises:
        UsageError: This is not a terminal.
    """
    translate = message_translator()
    listed = [{"name": name, "words": translate(desk.words)} for name, desk in DESKS.items()]
    if as_json:
        print_json(listed)
    else:
        print_table([translate("desk"), ""], [list(row.values()) for row in listed], [""])
    if not as_json and all(stream and stream.isatty() for stream in (sys.stdin, sys.stdout)):
        print_text()
        with suppress(EOFError):
            while (name := input("--desk ").strip()) not in DESKS:
                print_text(said(_unknown_desk(name)))
            return name
    msg = "choose one of these desks, as in `slacalc init DIR --desk office`"
    raise UsageError(msg, "--desk")


def _unknown_desk(name: str) -> str:
    return str(unknown_name(SlacalcError, "a desk with an example", name, DESKS))


def _read(name: str) -> str:
    from importlib.resources import files  # noqa: PLC0415 - not needed for help

    return files(__package__).joinpath("desks", name).read_text(encoding="utf-8")


def _of_country(
    text: str, desk: _Desk, country: str | None, time_zone: str | None
) -> tuple[str, _Desk]:
    """The policy of a desk, and the desk, with the holidays and the zone of another country.

    Raises:
        UsageError: One of the two is unknown or missing, or the desk is not in one country.
    """
    from slacalc._cli.policy_commands import typed_calendar  # noqa: PLC0415 - not needed for help

    if not desk.country:
        msg = "this desk has holidays and time zones of its own: change them in the file"
        raise UsageError(msg, "--country" if country else "--time-zone")
    if not (country and time_zone):
        msg = "give both --country and --time-zone, as in --country DE --time-zone Europe/Berlin"
        raise UsageError(msg)
    typed_calendar(
        country=country,
        subdivision=None,
        week=None,
        time_zone=time_zone,
        policy=None,
        calendar=None,
    )
    for old, new in ((desk.country, country), (desk.time_zone, time_zone)):
        text = text.replace(f'"{old}"', f'"{new}"')
    return text, desk._replace(country=country, time_zone=time_zone)


def _write(folder: Path, texts: dict[Path, str]) -> None:
    """Write files into a folder, which may be new.

    Raises:
        UsageError: One of them exists, or the folder is a file.
    """
    for path in texts:
        if os.path.lexists(path):
            msg = f"{path} exists and stays as it is: give another folder, as in `slacalc init DIR`"
            raise UsageError(msg)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        msg = f"{folder} is not a folder: give another one, as in `slacalc init DIR`"
        raise UsageError(msg) from None
    for path, text in texts.items():
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)


def _quoted(words: list[str]) -> str:
    """A command as the shell of this system reads it."""
    if os.name == "nt":
        from subprocess import list2cmdline  # noqa: PLC0415 - takes long

        return list2cmdline(words)
    return shlex.join(words)


def _typed(path: Path) -> str:
    """A path as one types it, which is not taken for an option."""
    return f".{os.sep}{path}" if str(path).startswith("-") else str(path)
