"""What is paid once: importing the library, and compiling a calendar."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter_ns

from slacalc import Calendar

PROCESSES = 25
COMPILATIONS = 15
HEAVY = ("numpy", "holidays", "pendulum")
_FIRST = "2026-09-30T16:00:00+08:00"
_ANSWER = (
    'from slacalc import Calendar; Calendar("Asia/Shanghai", '
    '{{"mon-fri": "08:30-12:00, 13:00-17:30"}}, holidays={!r})'
    f'.add("{_FIRST}", "4h")'
)
_POLICY = """
from slacalc import Policy
policy = Policy.from_toml('''
name = "desk"
[calendars.office]
time_zone = "Europe/Berlin"
week = {mon-fri = "9-17"}
[metrics.resolution]
[[tables.all]]
targets = {resolution = "8 working hours"}
''')
policy.deadlines({}, "2026-05-18T09:00:00+02:00")["resolution"].due
"""
_COMMAND = "import sys; sys.argv[1:] = {!r}; from slacalc.__main__ import main; main()"
_PROGRAMS = {
    "bare": "pass",
    "import": "import slacalc",
    "own dates": _ANSWER.format(["2026-10-01", "2026-10-02"]),
    "country": _ANSWER.format("CN"),
    "policy": _POLICY,
    "help": _COMMAND.format(["--help"]),
}
_CALENDARS = {
    "Asia/Shanghai, CN, with make-up days": ("Asia/Shanghai", "CN"),
    "America/New_York, US, with clock changes": ("America/New_York", "US"),
}


@dataclass(frozen=True)
class Imports:
    """Milliseconds of fresh processes, by the names of their programs."""

    times: dict[str, list[float]]
    loaded: list[str]

    def beyond_bare(self, program: str, of: str = "median") -> float:
        """Milliseconds more than a bare process takes."""
        middle = median if of == "median" else min
        return middle(self.times[program]) - middle(self.times["bare"])


def _process(program: str, bytecode: str) -> float:
    # Bytecode is written whatever the environment says, as in a program that was installed.
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": bytecode, "PYTHONDONTWRITEBYTECODE": ""}
    begun = perf_counter_ns()
    subprocess.run(  # noqa: S603 - our own programs
        [sys.executable, "-c", program], check=True, env=environment, stdout=subprocess.DEVNULL
    )
    return (perf_counter_ns() - begun) / 1e6


def imports() -> Imports:
    """Time fresh processes in turn, and see which heavy packages the import loads."""
    times: dict[str, list[float]] = {name: [] for name in _PROGRAMS}
    with TemporaryDirectory() as bytecode:
        for program in _PROGRAMS.values():
            _process(program, bytecode)
        for _ in range(PROCESSES):
            for name, program in _PROGRAMS.items():
                times[name].append(_process(program, bytecode))
    question = f"import slacalc, sys; print(*(m for m in {HEAVY!r} if m in sys.modules))"
    answer = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", question], check=True, capture_output=True, text=True
    )
    return Imports(times, answer.stdout.split())


@dataclass(frozen=True)
class Compilation:
    """Milliseconds to describe a calendar and compile ten years of it.

    Attributes:
        fresh: With every cache of the library empty.
        other: Where another calendar with the same holidays has been compiled.
        equal: Where an equal calendar has been compiled.
        shared: Whether equal calendars have one timeline.
    """

    name: str
    fresh: list[float]
    other: list[float]
    equal: list[float]
    shared: bool


def _calendar(zone: str, holidays: str, number: int) -> Calendar:
    """A calendar that differs from those of other numbers, but not in the years compiled."""
    return Calendar(
        zone,
        {"mon-fri": "08:30-12:00, 13:00-17:30"},
        holidays=holidays,
        exceptions={date(2060, 1, 1) + timedelta(number): "closed"},
    )


def _compile(zone: str, holidays: str, number: int) -> tuple[float, Calendar]:
    first, last = (int(datetime(year, 7, 1, tzinfo=UTC).timestamp()) for year in (2017, 2026))
    begun = perf_counter_ns()
    calendar = _calendar(zone, holidays, number)
    # The years from that of the first instant to that of the last: ten.
    calendar.timeline.elapsed(first * 1_000_000, last * 1_000_000)
    return (perf_counter_ns() - begun) / 1e6, calendar


def _clear_caches() -> None:
    """Empty what the library's functions remember: holidays, zones, text."""
    for name, module in [*sys.modules.items()]:
        if name.partition(".")[0] == "slacalc":
            for value in [*vars(module).values()]:
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def compilations() -> list[Compilation]:
    """Compile ten years with all caches empty, and again with more and more of them filled."""
    found = []
    for name, place in _CALENDARS.items():
        _compile(*place, 0)  # which loads the country's module
        one = Compilation(name, [], [], [], shared=_shares(place))
        for number in range(1, 2 * COMPILATIONS, 2):
            _clear_caches()
            one.fresh.append(_compile(*place, number)[0])
            milliseconds, calendar = _compile(*place, number + 1)
            one.other.append(milliseconds)
            one.equal.append(_compile(*place, number + 1)[0])
            del calendar  # which kept its timeline until now
        found.append(one)
    return found


def _shares(place: tuple[str, str]) -> bool:
    """Whether two equal calendars, made one after the other, have one timeline."""
    one, other = _calendar(*place, 0), _calendar(*place, 0)
    return one == other and one is not other and one.timeline is other.timeline
