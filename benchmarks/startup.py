"""What is paid once: importing the library, and compiling a calendar."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from time import perf_counter_ns

from slacalc import Calendar

PROCESSES = 25
COMPILATIONS = 15
HEAVY = ("numpy", "holidays", "pendulum")
_FIRST = "2026-09-30T16:00:00+08:00"
_PROGRAMS = {
    "bare": "pass",
    "import": "import slacalc",
    "answer": (
        'from slacalc import Calendar; Calendar("Asia/Shanghai", '
        '{"mon-fri": "08:30-12:00, 13:00-17:30"}, holidays="CN")'
        f'.add("{_FIRST}", "4h")'
    ),
}
_CALENDARS = {
    "Asia/Shanghai, CN, with make-up days": ("Asia/Shanghai", "CN"),
    "America/New_York, US, with clock changes": ("America/New_York", "US"),
}


@dataclass(frozen=True)
class Imports:
    """Milliseconds of fresh processes: a bare one, with the import, with a first answer."""

    bare: list[float]
    imported: list[float]
    answered: list[float]
    loaded: list[str]

    def beyond_bare(self, times: list[float], of: str = "median") -> float:
        """Milliseconds more than a bare process takes."""
        middle = median if of == "median" else min
        return middle(times) - middle(self.bare)


def _process(program: str) -> float:
    begun = perf_counter_ns()
    subprocess.run([sys.executable, "-c", program], check=True)  # noqa: S603 - our own programs
    return (perf_counter_ns() - begun) / 1e6


def imports() -> Imports:
    """Time fresh processes in turn, and see which heavy packages the import loads."""
    for program in _PROGRAMS.values():
        _process(program)  # so that every module has its bytecode
    times: dict[str, list[float]] = {name: [] for name in _PROGRAMS}
    for _ in range(PROCESSES):
        for name, program in _PROGRAMS.items():
            times[name].append(_process(program))
    question = f"import slacalc, sys; print(*(m for m in {HEAVY!r} if m in sys.modules))"
    answer = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", question], check=True, capture_output=True, text=True
    )
    return Imports(times["bare"], times["import"], times["answer"], answer.stdout.split())


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
