"""Replay the log of a ServiceNow instance, and show how its promises were kept.

Run it with ``make demo``. Every row of the log becomes an event of its incident's clock. A row that
cannot be used as it is gets corrected, and is listed with its line and what was done.
"""

from __future__ import annotations

import csv
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from slacalc import Event, Policy, replay
from slacalc.report import share_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from slacalc import Clock, CycleStatus

HERE = Path(__file__).parent
POLICY = Policy.from_toml(HERE / "incidents.toml")
SHOWN = 5  # corrected rows


@dataclass
class Incident:
    """An incident of the log.

    Args:
        number: Its number.
        opened_at: When it was opened.
        ticket: Its attributes at that time.
        events: Its events.
        irregular: Irregular rows: the line, and what was done.
    """

    number: str
    opened_at: datetime
    ticket: dict[str, str]
    events: list[Event] = field(default_factory=list)
    irregular: list[tuple[int, str]] = field(default_factory=list)

    def clock(self) -> Clock:
        """Its clock after the whole log."""
        return replay(POLICY, self.ticket, self.events, at=self.opened_at)


def read_time(text: str) -> datetime:
    """A time of the log, which has no zone and is read as UTC."""
    return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=UTC)


def read_incidents(path: Path = HERE / "incidents-sample.csv") -> Iterator[Incident]:
    """The incidents of a log in which the rows of an incident are consecutive."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = enumerate(csv.DictReader(file), start=2)
        for number, group in groupby(rows, key=lambda row: row[1]["number"]):
            yield read_incident(number, list(group))


def read_incident(number: str, rows: list[tuple[int, dict[str, str]]]) -> Incident:
    """One incident, with its irregular rows."""
    _, first = rows[0]
    incident = Incident(number, read_time(first["opened_at"]), fields_of(first))
    for line, row in rows:
        at = read_time(row["sys_updated_at"])
        if at < incident.opened_at:
            early = incident.opened_at - at
            incident.irregular.append(
                (line, f"updated {early} before it was opened; time corrected")
            )
            at = incident.opened_at
        incident.events.append(Event(at, "changed", **fields_of(row)))
    if rows[-1][1]["incident_state"] != "Closed":
        line, row = rows[-1]
        incident.irregular.append((line, f"the log ends while it is {row['incident_state']}"))
    return incident


def fields_of(row: dict[str, str]) -> dict[str, str]:
    """The fields that the policy uses, without missing ones."""
    fields = {
        "state": row["incident_state"],
        "priority": row["priority"],
        "group": row["assignment_group"],
    }
    return {name: value for name, value in fields.items() if value != "?"}


@dataclass
class Outcome:
    """How the incidents of one priority went."""

    incidents: int = 0
    states: Counter[str] = field(default_factory=Counter)
    responded: int = 0
    reopened: int = 0
    paused: int = 0
    changed: int = 0
    pause_time: timedelta = timedelta(0)

    def add(self, response: CycleStatus, resolution: CycleStatus, events: Iterable[Event]) -> None:
        """Count an incident."""
        self.incidents += 1
        self.states[resolution.state] += 1
        self.responded += response.state == "met"
        self.reopened += "stopped" in resolution.paused
        waits = [length for reason, length in resolution.paused.items() if reason != "stopped"]
        self.paused += bool(waits)
        self.pause_time += sum(waits, timedelta(0))
        self.changed += len({event.fields.get("priority") for event in events}) > 1


def evaluate(incidents: Iterable[Incident]) -> dict[str, Outcome]:
    """The outcomes by the last priority of the incidents."""
    outcomes: dict[str, Outcome] = {}
    for incident in incidents:
        clock = incident.clock()
        status = clock.status(clock.last_event_at)
        priority = incident.events[-1].fields["priority"]
        outcome = outcomes.setdefault(priority, Outcome())
        outcome.add(status["response"], status["resolution"], incident.events)
    return dict(sorted(outcomes.items()))


def table_of(outcomes: dict[str, Outcome]) -> Table:
    """The outcomes as a table."""
    title = "incidents by their last priority"
    table = Table(box=SIMPLE_HEAD, title=title, title_justify="left", padding=0)
    table.add_column("priority", no_wrap=True)
    for column in (
        "count",
        "response",
        "resolution",
        "late",
        "breached",
        "paused",
        "reopened",
        "changed",
    ):
        table.add_column(column, justify="right", no_wrap=True)
    for priority, outcome in outcomes.items():
        table.add_row(
            priority,
            f"{outcome.incidents:,}",
            share_text(Fraction(outcome.responded, outcome.incidents)),
            share_text(Fraction(outcome.states["met"], outcome.incidents)),
            *(f"{outcome.states[state]:,}" for state in ("late", "breached")),
            f"{outcome.paused:,}",
            f"{outcome.reopened:,}",
            f"{outcome.changed:,}",
        )
    return table


def main() -> int:
    """Replay the log and print the outcome."""
    console = Console()
    incidents = list(read_incidents())
    count = sum(len(incident.events) for incident in incidents)
    begun = time.perf_counter()
    outcomes = evaluate(tqdm(incidents, desc="replaying", unit=" incidents", leave=False))
    took = time.perf_counter() - begun
    console.print(table_of(outcomes))
    irregular = [
        (line, incident.number, action)
        for incident in incidents
        for line, action in incident.irregular
    ]
    console.print("response, resolution: how many were in time; late, breached: of the resolution.")
    console.print("paused, reopened, changed: how many waited, came back, changed their priority\n")
    console.print(f"{count:,} events of {len(incidents):,} incidents in {took:.2f} s")
    console.print(f"irregular rows: {len(irregular)}, none of them lost")
    for line, number, action in sorted(irregular, key=itemgetter(0))[:SHOWN]:
        console.print(f"  line {line}, {number}: {action}", highlight=False)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
