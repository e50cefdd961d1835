"""Reports: counts add up, intervals are Wilson's, two policies are compared ticket by ticket."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from click.testing import CliRunner

from slacalc import Policy, bulk, report
from slacalc.cli import commands
from slacalc.errors import ColumnError

TEXT = """
name = "{name}"

[calendars.always]
time_zone = "UTC"
week = "always"

[attributes]
tier = ["gold", "silver"]

[metrics.repair]
stop = "repaired"

[[tables.terms]]
when = {{ tier = "gold" }}
targets = {{ repair = "{gold}" }}

[[tables.terms]]
when = {{ tier = "silver" }}
targets = {{ repair = {{ within = "8 hours", limit = "12 hours" }} }}
"""
MILD = Policy.from_toml(TEXT.format(name="mild", gold="4 hours"))
STRICT = Policy.from_toml(TEXT.format(name="strict", gold="2 hours"))
AS_OF = "2026-06-30T00:00Z"
# Hours until a repair; None where it has not come.
CASES: list[tuple[str, str, int | None]] = [
    ("2026-05-04T09:00Z", "gold", 1),
    ("2026-05-05T09:00Z", "gold", 3),
    ("2026-05-06T09:00Z", "gold", 5),
    ("2026-05-07T09:00Z", "silver", 8),
    ("2026-06-01T09:00Z", "silver", 9),
    ("2026-06-02T09:00Z", "silver", 13),
    ("2026-06-29T23:00Z", "gold", None),
    ("2026-06-03T09:00Z", "gold", None),
]


def tickets(cases: list[tuple[str, str, int | None]] = CASES) -> pd.DataFrame:
    created = pd.to_datetime([at for at, _, _ in cases], utc=True)
    hours = pd.to_timedelta([hours for _, _, hours in cases], unit="h")
    return pd.DataFrame(
        {"created": created, "tier": [tier for _, tier, _ in cases], "repaired": created + hours}
    )


def judged(policy: Policy = MILD, frame: Any = None) -> Any:
    return bulk.evaluate(policy, tickets() if frame is None else frame, AS_OF)


def told(table: Any, *names: str) -> list[tuple[Any, ...]]:
    """Rows of a table of any library, nothing being None."""
    if isinstance(table, pd.DataFrame):
        table = pa.Table.from_pandas(table, preserve_index=False)
    if isinstance(table, pl.DataFrame):
        table = table.to_arrow()
    rows = pa.table(table).select(list(names)).to_pylist()
    return [tuple(row.values()) for row in rows]


def test_attainment_counts_by_hand() -> None:
    """Gold: 1 and 3 hours keep 4, 5 do not, nor one left open; silver: 8, then late, then not."""
    found = report.attainment(judged(), by=["tier"], period=None)
    counts = told(found, "tier", "total", "decided", "met", "late", "breached", "open")
    assert counts == [("gold", 5, 4, 2, 0, 2, 1), ("silver", 3, 3, 1, 1, 1, 0)]
    assert [round(share, 6) for (share,) in told(found, "attainment")] == [0.5, 0.333333]


def test_attainment_by_month_and_objective() -> None:
    """May: 3 of 4; June: 0 of 3, which is surely less than 99 %."""
    found = report.attainment(judged(), period="month", objective=0.99)
    rows = told(found, "period", "met", "decided", "objective", "reached")
    assert rows == [("2026-05", 3, 4, 0.99, False), ("2026-06", 0, 3, 0.99, False)]


@pytest.mark.parametrize(
    ("met", "decided", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_intervals_are_those_published(met: int, decided: int, low: float, high: float) -> None:
    """The examples of Newcombe (Statistics in Medicine 17, 1998, table I), method 3."""
    cases = [("2026-05-04T09:00Z", "gold", 1)] * met
    cases += [("2026-05-04T09:00Z", "gold", 9)] * (decided - met)
    found = report.attainment(judged(frame=tickets(cases)), period=None)  # type: ignore[arg-type]
    assert [round(one, 4) for one in told(found, "low", "high")[0]] == [low, high]


@pytest.mark.parametrize("period", [None, "month", "week"])
def test_nothing_disappears(period: Any) -> None:
    """All kinds add up to the total, and the totals to all tickets."""
    found = report.attainment(judged(), by=["tier"], period=period)
    kinds = ("met", "late", "breached", "open", "not_started", "cancelled")
    rows = told(found, "total", *kinds, "not_covered", "no_target", "unjudged")
    assert all(total == sum(parts) for total, *parts in rows)
    assert sum(row[0] for row in rows) == len(CASES)


def test_every_library_and_order_give_the_same() -> None:
    """pandas, Polars and PyArrow, and the rows shuffled."""
    answer, names = judged(), ("tier", "period", "met", "decided", "low", "high")
    arrow = pa.Table.from_pandas(answer, preserve_index=False)
    shuffled = answer.sample(frac=1, random_state=3).reset_index(drop=True)
    expected = told(report.attainment(answer, by=["tier"], period="month"), *names)
    for other in (arrow, pl.from_arrow(arrow), shuffled):
        assert told(report.attainment(other, by=["tier"], period="month"), *names) == expected


def test_a_missing_column_is_named() -> None:
    """With those that are there."""
    with pytest.raises(ColumnError, match="tire.*did you mean 'tier'"):
        report.attainment(judged(), by=["tire"])


# Two policies -------------------------------------------------------------------------------------


def test_a_policy_compared_with_itself_flips_nothing() -> None:
    """Whatever the tickets."""
    assert len(report.compare(MILD, MILD, tickets(), AS_OF).flips) == 0


def test_flips_are_those_of_two_single_judgements() -> None:
    """Only the repair of three hours is within four and not within two."""
    flips = report.compare(MILD, STRICT, tickets(), AS_OF).flips
    assert told(flips, "metric", "state_a", "state_b") == [("repair", "met", "breached")]
    naive = [
        (row, one, other)
        for row, (one, other) in enumerate(
            zip(judged()["repair_state"], judged(STRICT)["repair_state"], strict=True)
        )
        if (one == "met") != (other == "met") and "running" not in (one, other)
    ]
    assert naive == [(1, "met", "breached")]


def test_a_comparison_turned_round_is_its_mirror() -> None:
    """What one way flips there, flips back the other way."""
    one = report.compare(MILD, STRICT, tickets(), AS_OF)
    other = report.compare(STRICT, MILD, tickets(), AS_OF)
    assert told(one.flips, "state_a", "state_b") == told(other.flips, "state_b", "state_a")


# The page -----------------------------------------------------------------------------------------


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.fetched += [name for name, value in attrs if name in ("src", "href") and value]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_needs_nothing_but_itself(language: str) -> None:
    """No script runs, nothing is fetched, and the figures stand there."""
    text = report.page(MILD, tickets(), AS_OF, against=STRICT, language=language)
    page = _Tags()
    page.feed(text)
    assert page.tags["script"] == 0
    assert not [one for one in page.fetched if one == "src"]
    assert not re.findall(r"https?://(?!www\.w3\.org)\S*|url\(", text)
    assert "42.8" in text or "42.9" in text  # 3 of 7


def test_names_of_tickets_are_text() -> None:
    """Whatever they are called, they are shown and not obeyed."""
    name = "<script>alert(1)</script>"
    log = {
        "ticket": [name, name],
        "at": ["2026-05-04T09:00Z", "2026-05-05T09:00Z"],
        "type": ["created", "repaired"],
        "tier": ["gold", None],
    }
    text = report.page(MILD, log, AS_OF)
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_the_command_writes_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a file, as a whole; a row that cannot be read is told and makes the status 1."""
    monkeypatch.chdir(tmp_path)
    Path("mild.toml").write_text(TEXT.format(name="mild", gold="4 hours"), "utf-8")
    Path("strict.toml").write_text(TEXT.format(name="strict", gold="2 hours"), "utf-8")
    tickets().to_csv("tickets.csv", index=False)
    typed = ["report", "tickets.csv", "-p", "mild.toml", "--as-of", AS_OF, "-o", "report.html"]
    done = CliRunner().invoke(commands(), [*typed, "--against", "strict.toml"])
    assert (done.exit_code, done.output) == (0, "8 rows read, report.html written\n")
    assert "strict" in Path("report.html").read_text("utf-8")
    with Path("tickets.csv").open("a", encoding="utf-8") as file:
        file.write("yesterday,gold,\n")
    done = CliRunner().invoke(commands(), typed)
    assert done.exit_code == 1
    assert "'yesterday' is no time" in done.output
    page = Path("report.html").read_text("utf-8")
    assert "Rows of the file that could not be read, and count nowhere: 1." in page
    assert "row 10: created: &#39;yesterday&#39; is no time" in page


def test_tickets_of_a_file_go_by_their_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a column has them; what is wrong with several in the same way is told once."""
    monkeypatch.chdir(tmp_path)
    Path("mild.toml").write_text(TEXT.format(name="mild", gold="4 hours"), "utf-8")
    Path("tickets.csv").write_text(
        "id,created,tier,repaired,street\n"
        "T-1,2026-05-04T09:00Z,gold,2026-05-04T14:00Z,East\n"
        "T-2,2026-05-04T09:00Z,gold,2026-05-03T14:00Z,West\n"
        "T-3,2026-05-05T09:00Z,gold,2026-05-01T14:00Z,West\n",
        "utf-8",
    )
    typed = ["report", "tickets.csv", "-p", "mild.toml", "--as-of", AS_OF, "-o", "report.html"]
    done = CliRunner().invoke(commands(), [*typed, "--columns", "ticket=id", "--by", "street"])
    assert done.exit_code == 0, done.output
    text = Path("report.html").read_text("utf-8")
    assert "T-1" in text
    assert "row 1" not in text
    assert text.count("came before the ticket was opened") == 1
    assert "T-2, T-3" in text
    assert '<th scope="row">East</th>' in text
    assert '<th scope="row">West</th>' not in text
    assert "Of 1 more values, with 2 tickets, none is decided or still open." in text
    done = CliRunner().invoke(commands(), [*typed, "--by", "colour"])
    assert "there are id, created, tier, repaired, street" in done.output
