"""What the speed of this library was meant to be, beside what it is."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from clock_speed import EVENTS_A_SECOND
from column_speed import FEW
from pages import table
from spark_speed import ALONE, EVALUATE
from stored_speed import CHANGES, FROM_DICT
from table_speed import ROWS as MILLION
from table_speed import SMALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clock_speed import Measurement
    from column_speed import Column
    from spark_speed import Job
    from speed import Entry, Race
    from startup import Compilation, Imports
    from table_speed import Form

_FRESH = {
    "import": ("`import slacalc`", 30),
    "own dates": ("the first answer of a calendar with its own days off", 40),
    "country": ("the first answer of a calendar with China's holidays", 90),
}
_COMPILE_MILLISECONDS = 25
_BEGIN_MICROSECONDS = 60
_BARE = 2


@dataclass(frozen=True)
class Goal:
    """A figure that must not exceed a limit, measured by the median and by the best.

    Attributes:
        what: What is measured.
        limit: The most that it may be.
        by_median: What it is in the median round.
        by_best: What it is by the best of each, which other work on the machine disturbs least.
        unit: ``×`` for ratios, or a unit of time.
    """

    what: str
    limit: float
    by_median: float
    by_best: float
    unit: str = "×"

    @property
    def result(self) -> str:
        """Met where both figures keep the limit; never rounded in our favour."""
        kept = [self.by_median <= self.limit, self.by_best <= self.limit]
        return "**met**" if all(kept) else "met by one of two" if any(kept) else "**not met**"

    def row(self) -> list[str]:
        """A line of the table."""
        figures = [f"{figure:.3f} {self.unit}" for figure in (self.by_best, self.by_median)]
        limit = f"{self.limit:,}" if self.limit >= 100 else f"{self.limit:.3g}"
        return [self.what, f"≤ {limit} {self.unit}", *figures, self.result]


def _against(
    what: str, limit: float, ours: Entry | Column | Form, theirs: Entry | Column | Form
) -> Goal:
    # Round by round, so that a slow spell of the machine weighs on both sides of the ratio.
    ratios = [one / other for one, other in zip(ours.rounds, theirs.rounds, strict=True)]
    return Goal(what, limit, median(ratios), ours.fastest / theirs.fastest)


def call_goals(races: Sequence[Race]) -> list[Goal]:
    """Ours against the other libraries' single calls."""
    adds, ticket, months = races
    add, workclock = adds.entry("slacalc"), adds.entry("workclock")
    peers = [entry for entry in adds.entries if not entry.label.startswith("slacalc")]
    nearest = min(
        (entry for entry in peers if not entry.key.startswith("workclock")),
        key=lambda entry: entry.fastest,
    )
    in_utc = _against(
        "`add`, pendulum out, against workclock's in UTC, which stays in UTC",
        0.5,
        adds.entry("slacalc-utc"),
        adds.entry("workclock-utc"),
    )
    goals = [
        _against("`add`, pendulum out, against workclock's, both in the zone", 0.5, add, workclock),
        in_utc,
        _against(f"`add` against {nearest.label}, the fastest of the others", 1, add, nearest),
    ]
    for race, length in ((ticket, "a few days"), (months, "up to sixty days")):
        timegrid = race.entry("timegrid")
        for key, verb in (("seconds", "elapsed_seconds"), ("slacalc", "elapsed")):
            what = f"`{verb}` against timegrid's compiled timeline, {length}"
            goals.append(_against(what, 1, race.entry(key), timegrid))
    return goals


def fresh_goals(imports: Imports) -> list[Goal]:
    """What the import, and first answers, take in fresh processes."""
    return [
        Goal(
            f"{what} beyond bare Python",
            limit,
            imports.beyond_bare(program),
            imports.beyond_bare(program, "best"),
            unit="ms",
        )
        for program, (what, limit) in _FRESH.items()
    ]


def compile_goals(compilations: Sequence[Compilation]) -> list[Goal]:
    """What ten years of a calendar take."""
    return [
        Goal(
            f"describe and compile ten years: {one.name}",
            _COMPILE_MILLISECONDS,
            median(one.fresh),
            min(one.fresh),
            unit="ms",
        )
        for one in compilations
    ]


_IN_C = {"add": 1.4, "elapsed": 1.8}
_WORKCLOCK_ADD, _WORKCLOCK_ELAPSED, _WHOLE_DAYS, _KINDS = 120, 200, 4, 1.5


def column_goals(columns: dict[str, list[Column]]) -> list[Goal]:
    """Ours against the same look-ups in C, the rivals' batch calls, and our plainest calendar."""
    goals = []
    for verb, race in columns.items():
        by_key = {one.key: one for one in race}
        ours = by_key["slacalc"]
        least = _WORKCLOCK_ADD if verb == "add" else _WORKCLOCK_ELAPSED
        busday = "busday_offset" if verb == "add" else "busday_count"
        rivals = {
            "c": ("the same look-ups in C", _IN_C[verb]),
            "workclock": (f"workclock's batch call ({least} times as fast)", 1 / least),
            "busday": (f"`numpy.{busday}`, whole days ({_WHOLE_DAYS} times)", 1 / _WHOLE_DAYS),
        }
        goals += [
            _against(f"`bulk.{verb}` against {words}", limit, ours, by_key[key])
            for key, (words, limit) in rivals.items()
            if key in by_key  # as C is where there is a compiler
        ]
        goals += [
            _against(f"`bulk.{verb}` {one.key}, against the plain one", _KINDS, one, ours)
            for one in race
            if one.what == "exact" and one.key not in ("slacalc", "workclock", "c")
        ]
    return goals


def day_goals(singles: Sequence[Race], columns: dict[str, list[Column]]) -> list[Goal]:
    """Ours against NumPy's business days, date by date and over columns of dates."""
    goals = []
    for race in singles:
        ours, numpy = race.entry("slacalc"), race.entry("numpy")
        method = ours.label.removeprefix("slacalc ")
        goals.append(_against(f"{method} against {numpy.label}, a single date", 1, ours, numpy))
    for our_column, numpy_column, *_ in columns.values():
        method = our_column.label.removeprefix("slacalc ")
        goals.append(
            _against(f"{method} against {numpy_column.label}", 1, our_column, numpy_column)
        )
    return goals


_CATEGORIES, _TEXT, _SMALL, _REPLAY, _TIME_BY, _BESIDE = 90, 110, 500, 400, 600, 4
_FLAT = 1.2  # how much more an event may cost in the longest log than in one of a million


def few_row_goals(calls: Sequence[Column]) -> list[Goal]:
    """What the slowest verb over ten rows takes in each kind of column."""
    goals = []
    for kind in dict.fromkeys(call.label for call in calls):
        slowest = max((call for call in calls if call.label == kind), key=lambda call: call.fastest)
        what = f"the slowest verb over {FEW} rows of {kind}, `bulk.{slowest.what}`"
        figures = (median(slowest.rounds) / 1_000, slowest.fastest / 1_000)
        goals.append(Goal(what, _BEGIN_MICROSECONDS, *figures, "µs"))
    return goals


def function_goals(of_functions: dict[str, list[Form]]) -> list[Goal]:
    """Functions of DuckDB against functions that do nothing."""
    return [
        _against(f"`{call}` in DuckDB, against {bare.name}", _BARE, ours, bare)
        for call, (ours, bare) in of_functions.items()
    ]


def table_goals(
    tickets: Sequence[Form], events: Sequence[Form], by_group: Sequence[Form]
) -> list[Goal]:
    """Nanoseconds of a ticket and metric, and of an event, in each form of table."""
    named = [
        (
            f"`bulk.evaluate`, a ticket and metric: {form.name}",
            _TEXT if form.name.endswith("text") else _CATEGORIES,
            form,
        )
        for form in tickets[:-1]  # but the floor
    ]
    named += [(f"`bulk.replay`, an event: {form.name}", _REPLAY, form) for form in events]
    named += [(f"`bulk.time_by`, an event: {form.name}", _TIME_BY, form) for form in by_group]
    return [_of_form(*one) for one in named]


def small_goals(forms: Sequence[Form]) -> list[Goal]:
    """Nanoseconds of a ticket and metric in a small table."""
    return [_of_form(f"{form.name}, {SMALL:,} rows", _SMALL, form) for form in forms]


def _of_form(what: str, limit: float, form: Form) -> Goal:
    return Goal(what, limit, median(form.rounds), form.fastest, "ns")


def growth_goals(replay: dict[int, float]) -> list[Goal]:
    """Nanoseconds of an event in long logs, and that it costs the same in the longest."""
    long = {events: cost for events, cost in replay.items() if events >= MILLION}
    goals = [
        Goal(f"`bulk.replay`, an event of {events:,}", _REPLAY, cost, cost, "ns")
        for events, cost in long.items()
    ]
    growth = long[max(long)] / long[MILLION]
    what = f"`bulk.replay`, an event of {max(long):,} against one of {MILLION:,}"
    return [*goals, Goal(what, _FLAT, growth, growth)]


def memory_goals(beside: dict[str, dict[int, int]]) -> list[Goal]:
    """Megabytes of a call beside what it is given and what it gives."""
    return [
        Goal(f"`{verb}`, {rows:,} rows, beside input and output", _BESIDE, size, size, "MB")
        for verb, sizes in beside.items()
        for rows, size in ((rows, taken / 1e6) for rows, taken in sizes.items())
    ]


_STATUS, _DEADLINES = 25, 40


def clock_goals(real: Sequence[Measurement]) -> list[Goal]:
    """What an event of the real log takes, ticket by ticket, and what answers about a ticket do."""
    a_second = f"replay of a real log, an event ({EVENTS_A_SECOND:,} a second)"
    return [
        Goal(what, limit, median(one.rounds) / 1e3, one.fastest / 1e3, unit="µs")
        for label, what, limit in (
            ("`replay`", a_second, 1e6 / EVENTS_A_SECOND),
            ("`status`", "`status`, with state and due of three metrics", _STATUS),
            ("`Policy.deadlines`", "`Policy.deadlines` of a ticket with three metrics", _DEADLINES),
        )
        for one in real
        if one.label.startswith(label)
    ]


_FROM_DICT, _CHANGES = 100, 1_000


def stored_goals(stored: Sequence[Measurement]) -> list[Goal]:
    """What a clock of 30 events takes, from storage, and through ten days."""
    by_label = {one.label: one for one in stored}
    return [
        Goal(what, limit, median(one.rounds) / 1e3, one.fastest / 1e3, unit="µs")
        for what, limit, one in (
            ("`from_dict`, with the state, of 30 events", _FROM_DICT, by_label[FROM_DICT]),
            ("`changes` over ten days with 30 events", _CHANGES, by_label[CHANGES]),
        )
    ]


def spark_goals(jobs: Sequence[Job]) -> list[Goal]:
    """Seconds of a job on Spark against those of one process without it."""
    seconds = {job.name: job.seconds for job in jobs}
    if EVALUATE not in seconds:
        return []
    ratio = seconds[EVALUATE] / seconds[ALONE]
    return [Goal("`spark.evaluate` on two cores, against one process without", 1, ratio, ratio)]


def _plain(what: str, *, met: bool) -> list[str]:
    return [what, "yes", *["yes" if met else "no"] * 2, "**met**" if met else "**not met**"]


def goals_table(
    goals: Sequence[Goal], imports: Imports, compilations: Sequence[Compilation]
) -> str:
    """Every goal, met or not."""
    rows = [goal.row() for goal in goals]
    rows.append(
        _plain("NumPy, holidays and pendulum not loaded by the import", met=not imports.loaded)
    )
    rows.append(
        _plain("equal calendars share one timeline", met=all(one.shared for one in compilations))
    )
    return table(["goal", "at most", "best", "median", "result"], rows)


def race_table(race: Race, ours: str) -> str:
    """The lines of a race, fastest first, each with its ratio to ours."""
    base = race.entry(ours)
    rows = [
        [
            entry.label,
            entry.gives,
            f"{len(entry.calls.arguments):,}",
            f"{entry.fastest / 1000:,.2f}",
            f"{entry.median / 1000:,.2f}",
            f"{entry.fastest / base.fastest:,.2f}",
        ]
        for entry in sorted(race.entries, key=lambda entry: entry.fastest)
    ]
    header = ["call", "gives", "questions", "best µs", "median µs", f"× {base.label}"]
    return f"**{race.title}**\n\n" + table(header, rows, numbers=4)


def startup_table(imports: Imports, compilations: Sequence[Compilation]) -> str:
    """What is paid once, in milliseconds."""
    bare = imports.times["bare"]
    rows = [["a bare Python process", f"{min(bare):.1f}", f"{median(bare):.1f}"]]
    for program, what in (
        *((program, what) for program, (what, _) in _FRESH.items()),
        ("policy", "a policy read from a file, and the deadlines of a ticket"),
        ("help", "`slacalc --help`"),
    ):
        best, middle = imports.beyond_bare(program, "best"), imports.beyond_bare(program)
        rows.append([f"{what}, beyond that", f"{best:.1f}", f"{middle:.1f}"])
    for one in compilations:
        for what, times in (
            ("ten years, nothing remembered", one.fresh),
            ("ten years, the same holidays seen before", one.other),
            ("ten years, an equal calendar seen before", one.equal),
        ):
            rows.append([f"{one.name}: {what}", f"{min(times):.2f}", f"{median(times):.2f}"])
    return table(["", "best ms", "median ms"], rows, numbers=2)
