"""Compute the due date of every Boston 311 case, and compare it with the city's own.

Run it with ``make demo``. It exits with status 1 if the agreement is lower than it is known to be,
so that it serves as a check as well.
"""

from __future__ import annotations

import csv
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from slacalc import presets
from slacalc.report import share_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slacalc import Deadline

HERE = Path(__file__).parent
POLICY = presets.load("boston-311")
CALENDAR = POLICY.calendars["city"]
TYPES = frozenset(POLICY.attributes["type"].values)

# Inside hours the city's recorded opening time is rounded, by up to two minutes.
ROUNDING = timedelta(seconds=120)
# Types whose cases had more than one target; the totals leave them out. They also leave out types
# with targets in calendar days, which do not depend on the city's hours.
MIXED = {"Request for Recycling Cart", "Sidewalk Repair (Make Safe)"}
ATTAINABLE_OUTSIDE, ATTAINABLE_INSIDE = 0.98, 0.97


@dataclass(frozen=True)
class Case:
    """A case as the city recorded it."""

    type: str
    opened: datetime
    target: datetime | None
    closed: datetime | None
    flag: str

    def deadline(self) -> Deadline | None:
        """What the policy promises; None if it promises nothing for this type."""
        if self.type not in TYPES:
            return None
        return POLICY.deadlines({"type": self.type}, self.opened)["closure"]

    def flag_by_target(self) -> str:
        """ONTIME if the case was closed at or before its recorded target, else OVERDUE."""
        on_time = self.target is None or (self.closed is not None and self.closed <= self.target)
        return "ONTIME" if on_time else "OVERDUE"


@dataclass
class Agreement:
    """How many cases were compared, and how many agree."""

    promised: str = ""
    outside: int = 0
    outside_exact: int = 0
    inside: int = 0
    inside_close: int = 0

    def add(self, *, is_open: bool, off_by: timedelta) -> None:
        """Count a case that was opened inside or outside hours."""
        if is_open:
            self.inside += 1
            self.inside_close += off_by <= ROUNDING
        else:
            self.outside += 1
            self.outside_exact += not off_by

    def __add__(self, other: Agreement) -> Agreement:
        counts = [name for name in vars(self) if name != "promised"]
        return Agreement("", *(getattr(self, name) + getattr(other, name) for name in counts))

    def counts(self, type_: str) -> bool:
        """Whether the totals include a type of request."""
        return type_ not in MIXED and "working" in self.promised


def read_cases() -> Iterator[Case]:
    """The cases of the file, with their naive wall times put into the city's zone."""
    zone = ZoneInfo(CALENDAR.time_zone)

    def instant(text: str) -> datetime | None:
        if not text:
            return None
        return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=zone)

    with (HERE / "cases-2015-mar-may.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            opened = instant(row["OPEN_DT"])
            if opened is None:
                message = f"case {row['CASE_ENQUIRY_ID']} has no opening time"
                raise ValueError(message)
            yield Case(
                row["TYPE"],
                opened,
                instant(row["TARGET_DT"]),
                instant(row["CLOSED_DT"]),
                row["OnTime_Status"],
            )


def compare(cases: list[Case]) -> tuple[dict[str, Agreement], Agreement]:
    """The agreement of our due dates with the city's, by type and in total."""
    by_type: dict[str, Agreement] = defaultdict(Agreement)
    for case in tqdm(cases, desc="due dates", unit=" cases", delay=1):
        deadline = case.deadline()
        if deadline and deadline.due and case.target:
            # Compared as instants: datetimes of two zones may be unequal in a repeated hour.
            off_by = abs(deadline.due.timestamp() - case.target.timestamp())
            agreement = by_type[case.type]
            agreement.promised = deadline.within or ""
            agreement.add(is_open=CALENDAR.is_open(case.opened), off_by=timedelta(seconds=off_by))
    counted = [agreement for name, agreement in by_type.items() if agreement.counts(name)]
    return by_type, sum(counted, Agreement())


def compare_flags(cases: list[Case]) -> tuple[int, int]:
    """How many closed cases have a flag, and for how many of them we agree with the city."""
    flagged = [case for case in cases if case.closed is not None and case.flag]
    return len(flagged), sum(case.flag_by_target() == case.flag for case in flagged)


def share(part: int, whole: int) -> str:
    """A share in percent."""
    return share_text(Fraction(part, whole)) if whole else "-"


def table_of(by_type: dict[str, Agreement], total: Agreement) -> Table:
    """The table of agreement, the most frequent types first."""
    table = Table(
        title="Agreement with the city's own due dates",
        caption="cases opened outside hours, agreeing to the second; inside, within 120 seconds",
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
        expand=True,
    )
    table.add_column("type of request", no_wrap=True, ratio=1)
    table.add_column("promised", no_wrap=True, min_width=17)
    for heading in ("outside", "exact", "inside", "close"):
        table.add_column(heading, justify="right", no_wrap=True, min_width=6)

    def add_row(name: str, promised: str, agreement: Agreement, style: str = "") -> None:
        outside, inside = str(agreement.outside), str(agreement.inside)
        exact = share(agreement.outside_exact, agreement.outside)
        close = share(agreement.inside_close, agreement.inside)
        table.add_row(name, promised, outside, exact, inside, close, style=style)

    for name, agreement in sorted(
        by_type.items(), key=lambda item: -item[1].outside - item[1].inside
    ):
        add_row(name, agreement.promised, agreement, "" if agreement.counts(name) else "dim")
    table.add_section()
    add_row("all types but the dim ones", "", total, "bold")
    return table


def main() -> int:
    """Run the comparison and print it."""
    begun = time.perf_counter()
    cases = list(tqdm(read_cases(), desc="reading", unit=" cases", delay=1))
    read = time.perf_counter()
    by_type, total = compare(cases)
    computed = time.perf_counter()
    flagged, agreed = compare_flags(cases)

    console = Console(width=min(Console().width, 100))
    console.print(table_of(by_type, total))
    console.print(f"On-time flag of closed cases: {agreed:,} of {flagged:,} agree.")
    compared = sum(agreement.outside + agreement.inside for agreement in by_type.values())
    console.print(
        f"{len(cases):,} cases read in {read - begun:.2f} s; "
        f"{compared:,} due dates computed and compared in {computed - read:.2f} s."
    )
    good = (
        total.outside_exact >= ATTAINABLE_OUTSIDE * total.outside
        and total.inside_close >= ATTAINABLE_INSIDE * total.inside
        and agreed == flagged
    )
    if not good:
        console.print("The agreement is lower than it should be.", style="bold red")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
