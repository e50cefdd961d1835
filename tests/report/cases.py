"""Fifteen tickets under two policies, worked out by hand; all tests of reports start from here.

The desk is in Shanghai, eight hours ahead of UTC all year, and works around the clock. The tickets
are evaluated as of 2026-07-10 00:00 there. Targets:

    ========  ================================  ================================
    tier      CURRENT                           PROPOSED
    ========  ================================  ================================
    gold      answer 1 h, repair 4 h            answer 1 h, repair 2 h
    silver    answer 2 h, repair 8 h (limit 12) answer 2 h, repair 10 h (limit 12)
    bronze    repair 24 h                       answer 6 h
    platinum  (unknown)                         answer 1 h
    all       visit 2 h after the dispatch      (no such metric)
    ========  ================================  ================================

What becomes of each ticket ("+3" means stopped 3 hours after the start, "over" past the due):

    ===  ================  ========  ======  ==========================  ==========================
    id   received          tier      region  answer                      repair
    ===  ================  ========  ======  ==========================  ==========================
    T01  Sa 02-28 23:30    gold      north   +1 met (at the due itself)  +4 met (at the due itself)
    T02  Su 03-01 00:00    gold      south   +1.5 breached, over 0.5     +3 met
    T03  Su 03-01 23:59    gold      north   +0.5 met                    +5 breached, over 1
    T04  Mo 03-02 00:00    silver    north   +2 met                      +8 met
    T05  Tu 03-31 23:00    silver    south   +3 breached, over 1         +9 late, over 1
    T06  We 04-01 00:00    silver    south   +1 met                      +12 late, over 4
    T07  We 04-01 09:00    silver    north   none: breached, over 2389   +13 breached, over 5
    T08  Mo 04-06 00:00    bronze    north   +5 no target                +24 met
    T09  Su 04-12 23:59    bronze    south   none: no target             +30 breached, over 6
    T10  Th 07-09 23:00    gold      (none)  none: running, due as of    none: running
    T11  Mo 2025-12-29 10  silver    south   +1 met                      none: breached, over 4614
    T12  Su 04-12 12:00    platinum  north   +1 error                    none: error
    T13  Mo 04-13 00:00    gold      north   not covered                 not covered
    T14  Mo 04-13 00:30    silver    south   -1 error                    none: error
    T15  Tu 06-30 23:30    platinum  north   none: error                 none: error
    ===  ================  ========  ======  ==========================  ==========================

T07's answer: from 1 April 09:00 to 10 July 00:00 are 30 + 31 + 30 + 9 = 100 days less 9 hours, 2391
hours, of which 2 were promised. T11's repair: from 29 December 10:00 are 3 + 31 + 28 + 31 + 30 + 31
+ 30 + 9 = 193 days less 10 hours, 4622 hours, of which 8 were promised.

Visits: T01 arrived an hour after the dispatch (met), T02 was called off (cancelled), T09 arrived
after three hours (breached, over 1); T03 to T08, T10 and T11 were never dispatched (not started).

Weeks begin on Monday: 2026-W01 on 29 December, W09 on 23 February, W10 on 2 March, W14 on 30 March,
W15 on 6 April, W16 on 13 April, W27 on 29 June, W28 on 6 July.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa

from slacalc import Policy, bulk

SHANGHAI = ZoneInfo("Asia/Shanghai")
AS_OF = "2026-07-10T00:00:00+08:00"

CURRENT_TOML = """
name = "current"
[calendars.desk]
time_zone = "Asia/Shanghai"
week = "always"
[attributes]
tier = ["gold", "silver", "bronze"]
contract = { values = [true, false], default = true }
[[coverage]]
when = { contract = true }
[metrics.answer]
stop = "answered"
[metrics.repair]
stop = "repaired"
[metrics.visit]
start = "dispatched"
stop = "arrived"
cancel = "called-off"
[[tables.terms]]
when = { tier = "gold" }
targets = { answer = "1 hour", repair = "4 hours" }
[[tables.terms]]
when = { tier = "silver" }
targets = { answer = "2 hours", repair = { within = "8 hours", limit = "12 hours" } }
[[tables.terms]]
when = { tier = "bronze" }
targets = { repair = "24 hours" }
[[tables.visits]]
targets = { visit = "2 hours" }
"""
PROPOSED_TOML = """
name = "proposed"
[calendars.desk]
time_zone = "Asia/Shanghai"
week = "always"
[attributes]
tier = ["platinum", "gold", "silver", "bronze"]
contract = { values = [true, false], default = true }
[[coverage]]
when = { contract = true }
[metrics.answer]
stop = "answered"
[metrics.repair]
stop = "repaired"
[[tables.terms]]
when = { tier = "platinum" }
targets = { answer = "1 hour" }
[[tables.terms]]
when = { tier = "gold" }
targets = { answer = "1 hour", repair = "2 hours" }
[[tables.terms]]
when = { tier = "silver" }
targets = { answer = "2 hours", repair = { within = "10 hours", limit = "12 hours" } }
[[tables.terms]]
when = { tier = "bronze" }
targets = { answer = "6 hours" }
"""
CURRENT = Policy.from_toml(CURRENT_TOML)
PROPOSED = Policy.from_toml(PROPOSED_TOML)

# Name, receipt in Shanghai, tier, region, hours until the answer and until the repair.
TICKETS: list[tuple[str, str, str, str | None, float | None, float | None]] = [
    ("T01", "2026-02-28 23:30", "gold", "north", 1, 4),
    ("T02", "2026-03-01 00:00", "gold", "south", 1.5, 3),
    ("T03", "2026-03-01 23:59", "gold", "north", 0.5, 5),
    ("T04", "2026-03-02 00:00", "silver", "north", 2, 8),
    ("T05", "2026-03-31 23:00", "silver", "south", 3, 9),
    ("T06", "2026-04-01 00:00", "silver", "south", 1, 12),
    ("T07", "2026-04-01 09:00", "silver", "north", None, 13),
    ("T08", "2026-04-06 00:00", "bronze", "north", 5, 24),
    ("T09", "2026-04-12 23:59", "bronze", "south", None, 30),
    ("T10", "2026-07-09 23:00", "gold", None, None, None),
    ("T11", "2025-12-29 10:00", "silver", "south", 1, None),
    ("T12", "2026-04-12 12:00", "platinum", "north", 1, None),
    ("T13", "2026-04-13 00:00", "gold", "north", None, None),
    ("T14", "2026-04-13 00:30", "silver", "south", -1, None),
    ("T15", "2026-06-30 23:30", "platinum", "north", None, None),
]
ARRIVED = {"T01": 1, "T09": 3}  # hours after the dispatch, which is the receipt
CALLED_OFF = {"T02": 1}

# A log whose tickets change: see test_ticket_attributes.py.
SEVERITIES = Policy.from_toml("""
name = "severities"
[calendars.desk]
time_zone = "Asia/Shanghai"
week = "always"
[attributes]
severity = ["high", "low"]
[metrics.repair]
stop = "repaired"
[[tables.terms]]
when = { severity = "high" }
targets = { repair = "1 hour" }
[[tables.terms]]
when = { severity = "low" }
targets = { repair = "8 hours" }
""")


def ticket_table(names: list[str] | None = None) -> pd.DataFrame:
    """The tickets, or some of them, as a data frame with columns in the zone of the desk."""

    def later(begin: datetime, hours: float | None) -> datetime | None:
        return None if hours is None else begin + timedelta(hours=hours)

    rows = []
    for ticket, received, tier, region, answered, repaired in TICKETS:
        created = datetime.fromisoformat(received).replace(tzinfo=SHANGHAI)
        is_dispatched = ticket in ARRIVED or ticket in CALLED_OFF
        rows.append(
            {
                "ticket": ticket,
                "created": created,
                "tier": tier,
                "region": region,
                "contract": ticket != "T13",
                "answered": later(created, answered),
                "repaired": later(created, repaired),
                "dispatched": created if is_dispatched else None,
                "arrived": later(created, ARRIVED.get(ticket)),
                "called-off": later(created, CALLED_OFF.get(ticket)),
            }
        )
    frame = pd.DataFrame(rows)
    for name in ("created", "answered", "repaired", "dispatched", "arrived", "called-off"):
        frame[name] = pd.to_datetime(frame[name], utc=True).dt.tz_convert("Asia/Shanghai")
    frame["region"] = frame["region"].astype(object).where(frame["region"].notna(), None)
    if names is not None:
        frame = frame[frame["ticket"].isin(names)].reset_index(drop=True)
    return frame


def evaluated(policy: Policy = CURRENT, table: Any = None) -> Any:
    """The tickets under a policy, errors in their own column."""
    tickets = ticket_table() if table is None else table
    return bulk.evaluate(policy, tickets, AS_OF, errors="column")


def rows_of(table: Any, *names: str) -> list[tuple[Any, ...]]:
    """Rows of a table of any library, what is missing being None."""
    if isinstance(table, pd.DataFrame):
        table = pa.Table.from_pandas(table, preserve_index=False)
    rows = pa.table(table).select(list(names)).to_pylist()
    return [tuple(row.values()) for row in rows]


class Page(HTMLParser):
    """An HTML page read back: its text by sections, and the cells of its tables.

    Attributes:
        tables: By heading of the section (``h2`` or ``h3``), the tables below it: rows of texts.
        text: By heading, the whole text of the section.
        tags: The names of all tags, in order.
        fetched: The attributes that make a browser fetch something.
        preformatted: The lines of preformatted text.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[list[str]]]] = {}
        self.text: dict[str, str] = {"": ""}
        self.tags: list[str] = []
        self.fetched: list[str] = []
        self.preformatted: list[str] = []
        self._heading, self._cell, self._collected = "", False, ""
        self.feed(html)
        self.text = {name: " ".join(text.split()) for name, text in self.text.items()}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a table, a row or a cell."""
        self.tags.append(tag)
        self.fetched += [name for name, value in attrs if name in ("src", "href") and value]
        if tag in ("h2", "h3"):
            self._collected = ""
        elif tag == "table":
            self.tables.setdefault(self._heading, []).append([])
        elif tag == "tr":
            self.tables[self._heading][-1].append([])
        elif tag in ("td", "th"):
            self.tables[self._heading][-1][-1].append("")
            self._cell = True
        if tag in ("p", "dt", "dd", "li", "br", "svg", "span"):
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        """End a heading or a cell."""
        if tag in ("h2", "h3"):
            self._heading = " ".join(self._collected.split())
            self.text.setdefault(self._heading, "")
        elif tag in ("td", "th"):
            row = self.tables[self._heading][-1][-1]
            row[-1] = " ".join(row[-1].split())
            self._cell = False

    def handle_data(self, data: str) -> None:
        """Add text to the section and to the cell."""
        self._collected += data
        self.text[self._heading] += data
        if self.tags[-1:] == ["pre"]:
            self.preformatted += data.splitlines()
        if self._cell:
            self.tables[self._heading][-1][-1][-1] += data


# Four tickets with a log each, under SEVERITIES (high: 1 hour, low: 8 hours):
#   L1  10:00 high, 12:00 low, 15:00 repaired: the due of 11:00 passed, then became 18:00, which was
#       kept; met now, but once breached.
#   L2  10:00 low, 15:00 repaired: met.
#   L3  10:00 low, 10:30 high, 12:00 repaired: due at 11:00, breached over 1 hour.
#   L4  10:00 urgent, which is not a severity: an error.
LOG: dict[str, list[Any]] = {
    "ticket": ["L1", "L1", "L1", "L2", "L2", "L3", "L3", "L3", "L4", "L4"],
    "at": [
        "2026-03-02T10:00+08:00",
        "2026-03-02T12:00+08:00",
        "2026-03-02T15:00+08:00",
        "2026-03-03T10:00+08:00",
        "2026-03-03T15:00+08:00",
        "2026-03-04T10:00+08:00",
        "2026-03-04T10:30+08:00",
        "2026-03-04T12:00+08:00",
        "2026-03-05T10:00+08:00",
        "2026-03-05T12:00+08:00",
    ],
    "type": [
        *("created", "changed", "repaired"),
        *("created", "repaired"),
        *("created", "changed", "repaired"),
        *("created", "repaired"),
    ],
    "severity": ["high", "low", None, "low", None, "low", "high", None, "urgent", None],
}


def replayed() -> Any:
    """The log under SEVERITIES, errors in their own column; a dictionary of lists."""
    return bulk.replay(SEVERITIES, LOG, AS_OF, errors="column")
