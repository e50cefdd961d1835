"""The page: its figures are those worked out in `cases`, and it needs nothing but itself."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from slacalc import Policy, report
from slacalc._i18n import translator
from slacalc._report.page import goal_text, hours_text, points_text, value_shown
from slacalc._time.instants import HOUR, MINUTE
from slacalc._time.zone_data import zone_data
from slacalc.cli import commands
from slacalc.errors import ColumnError, ReportError
from tests.report.cases import (
    AS_OF,
    CURRENT,
    CURRENT_TOML,
    LOG,
    PROPOSED,
    PROPOSED_TOML,
    SEVERITIES,
    Page,
    ticket_table,
)

SUMMARY = "What was evaluated"
PROBLEMS = "What cannot be evaluated"
COMPARISON = "What differs"
CHANGES = "What that changes"


def page_of(policy: Policy = CURRENT, log: Any = None, **more: Any) -> Page:
    tickets = ticket_table() if log is None else log
    return Page(report.page(policy, tickets, AS_OF, **{"by": "tier", **more}))


def test_the_figures_of_each_metric() -> None:
    """The share large, the counts and Wilson's interval below."""
    text = page_of().text
    assert "62.5% 5 of 8 within target" in text["answer"]
    assert "95% interval 30.6% to 86.3%" in text["answer"]
    assert "40.0% 4 of 10 within target" in text["repair"]
    assert "95% interval 16.8% to 68.7%" in text["repair"]
    assert "50.0% 1 of 2 within target" in text["visit"]


def test_the_summary() -> None:
    """What was evaluated, as of when, and how every ticket counts."""
    page = page_of()
    (table,) = page.tables[SUMMARY]
    assert table[1:] == [
        ["answer", "15", "8", "5", "0", "3", "1", "3", "3", "62.5%"],
        ["repair", "15", "10", "4", "2", "4", "1", "1", "3", "40.0%"],
        ["visit", "15", "2", "1", "0", "1", "0", "10", "3", "50.0%"],
    ]
    text = page.text[SUMMARY]
    assert "2026-07-10 00:00 Time zone Asia/Shanghai" in text
    assert (
        f"Time zone data {zone_data()} Holiday data package holidays {version('holidays')}" in text
    )
    assert "Tickets 15, 3 of them cannot" in text
    assert "answer leaves out: 1 not covered; 2 no target" in text
    assert "visit leaves out: 8 not started; 1 cancelled; 1 not covered" in text
    assert "received from 2025-12-29 10:00 to 2026-07-09 23:00" in page.text[""]


def test_groups() -> None:
    """Two metrics side by side; tiers without any decided or open ticket are added up."""
    page = page_of()
    two, one = page.tables["By tier"]
    assert [[cell for cell in row if cell] for row in two[2:]] == [
        ["gold", "3", "66.7%", "3", "66.7%"],
        ["silver", "5", "60.0%", "5", "20.0%"],
        ["bronze", "0", "not measured", "2", "50.0%"],
    ]
    assert [row[:3] for row in one[2:]] == [
        ["gold", "1", "100%"],
        ["silver", "0", "not measured"],
        ["bronze", "1", "0%"],
    ]
    assert "1 more values, with 2 tickets, have no ticket that is decided" in page.text["By tier"]


def test_groups_by_an_attribute_with_a_default() -> None:
    """The table has no column for it: all tickets have a contract, T13 too."""
    page = page_of(log=ticket_table().drop(columns="contract"), by="contract", metrics="answer")
    (table,) = page.tables["By contract"]
    assert table[2][:3] == ["true", "9", "55.6%"]  # T13, unanswered since April, is breached


def test_two_attributes_crossed() -> None:
    """A table for each metric, of the first attribute down and the second across."""
    page = page_of(by=["tier", "region"], metrics="repair")
    (table,) = page.tables["repair by tier and region"]
    assert table == [
        ["tier", "north", "south"],
        ["gold", "50.0% 1/2", "100% 1/1"],
        ["silver", "50.0% 1/2", "0% 0/3"],
        ["bronze", "100% 1/1", "0% 0/1"],
    ]


def test_periods() -> None:
    """Months in the zone of the policy; those in which nothing came in are in the chart alone."""
    page = page_of(metrics="repair")
    (table,) = page.tables["By month"]
    assert table[2:] == [
        ["2025-12", "1", "0", "0%"],
        ["2026-02", "1", "0", "100%"],
        ["2026-03", "4", "0", "50.0%"],
        ["2026-04", "4", "0", "25.0%"],
        ["2026-06", "0", "0", "not measured"],
        ["2026-07", "0", "1", "not measured"],
    ]
    text = page.text["By month"]
    assert "2026-03: 50.0%, 2/4" in text
    assert "2026-01" in text
    weeks = page_of(metrics="repair", period="week", time_zone="UTC").tables["By week"][0]
    assert weeks[3][:2] == ["2026-W09", "4"]  # T01 to T04, at 16:00 on Sunday
    assert "By month" not in page_of(period=None).text


def test_objectives() -> None:
    """40 % of the repairs were met exactly; too few tickets to be sure of either metric."""
    page = page_of(
        objective={"repair": "40 %", ("answer", "gold"): 0.9}, metrics=["answer", "repair"]
    )
    assert "objective 40% met ? too few to be sure" in page.text["repair"]
    assert page.tables[SUMMARY][0][2][-3:] == ["40%", "40%", "met ?"]
    (groups,) = page.tables["By tier"]
    assert groups[2] == ["gold", "3", "66.7%", "", "missed ?", "3", "66.7%", "", "met ?"]
    assert groups[3] == ["silver", "5", "60.0%", "", "–", "5", "20.0%", "", "missed ?"]
    months = page_of(objective="50 %", metrics="repair").tables["By month"][0]
    assert [row[-1] for row in months[2:]] == ["missed ?", "met ?", "met ?", "missed ?", "–", "–"]


def test_objectives_for_each_period() -> None:
    """Of the policy: counted by month, 25 % of the repairs were reached in three of four."""
    policy = Policy.from_toml(
        CURRENT_TOML
        + """
[objectives.monthly]
metric = "repair"
share = "25 %"
of = "calls"
period = "month"
"""
    )
    text = page_of(policy, metrics="repair").text["repair"]
    assert "objective 25% for each period: met in 3 of 4" in text


OBJECTIVES = """
[objectives.gold]
metric = "repair"
share = "50 %"
when = { tier = "gold" }
[objectives.quick]
metric = "repair"
percentile = 60
within = "5 hours"
period = "quarter"
counted_by = "stopped"
"""


def test_each_objective_with_its_own_tickets() -> None:
    """Also percentiles: of four repairs by March two took more than five hours, of five later all.

    Those that have not stopped belong to no quarter: T10, and T11, however late it is.
    """
    page = page_of(Policy.from_toml(CURRENT_TOML + OBJECTIVES), metrics="repair")
    assert page.tables["Objectives"][0][1:] == [
        ["gold", "repair", "–", "3", "2", "1", "66.7%", "50%", "met ?", "1"],
        ["quick", "repair", "2026-Q1", "4", "3", "0", "75.0%", "60%", "met ?", "0"],
        ["quick", "repair", "2026-Q2", "5", "0", "0", "0%", "60%", "missed", "-3"],
        ["quick", "repair", "–", "0", "0", "2", "not measured", "–", "–", "–"],
    ]
    assert "Objectives" not in page_of(CURRENT).tables
    given = page_of(Policy.from_toml(CURRENT_TOML + OBJECTIVES), objective=0.9)
    assert "Objectives" not in given.tables


def test_problems() -> None:
    """The most frequent first, with the tickets that have them."""
    (table,) = page_of().tables[PROBLEMS]
    assert [[row[0], row[2]] for row in table[1:]] == [["2", "T12, T15"], ["1", "T14"]]
    assert "'platinum' is not a value of tier (gold, silver, bronze)" in table[1][1]


def test_problems_that_differ_in_instants_only_are_one() -> None:
    """Four tickets answered before their receipt; three of them are named."""
    tickets = {
        "ticket": ["A", "B", "C", "D", "E"],
        "created": [f"2026-03-0{day}T10:00Z" for day in range(1, 6)],
        "tier": ["gold"] * 5,
        "answered": [*(f"2026-02-0{day}T10:00Z" for day in range(1, 5)), None],
        "repaired": [None] * 5,
    }
    (table,) = page_of(CURRENT, tickets).tables[PROBLEMS]
    assert [[row[0], row[2]] for row in table[1:]] == [["4", "A, B, C"]]


def test_rows_of_the_file_that_could_not_be_read() -> None:
    """By kind, with the numbers of the first rows, which are numbers and no text; escaped."""
    unread = {100: "'a' is bad", 9: "<nine>", 2: "two", 30: "'b' is bad"}
    unread |= {5: "'c' is bad", 40: "'d' is bad", 7: "two", 50: "'e' is bad"}
    text = page_of(unread=unread).text[PROBLEMS]
    assert (
        "are not counted: 8. rows 5, 30, 40 and 2 more: 'c' is bad rows 2, 7: two row 9: <nine> "
        "What cannot be evaluated tickets"
    ) in text


def test_what_differs_between_the_policies() -> None:
    """In words, above the figures; and if nothing does."""
    page = page_of(against=PROPOSED)
    assert page.tables[COMPARISON][0] == [
        ["place", "current (A)", "proposed (B)"],
        ["attributes.tier[0]", "–", "platinum"],
        ["metrics.visit", "start: dispatched, stop: arrived, cancel: called-off", "–"],
        ["tables.terms[0] where tier is platinum", "–", "answer: 1 hour"],
        ["tables.terms[1].targets.repair where tier is gold", "4 hours", "2 hours"],
        ["tables.terms[2].targets.repair.within where tier is silver", "8 hours", "10 hours"],
        ["tables.terms[3].targets.repair where tier is bronze", "24 hours", "–"],
        ["tables.terms[3].targets.answer where tier is bronze", "–", "6 hours"],
        ["tables.visits", "visit: 2 hours", "–"],
    ]
    same = page_of(against=CURRENT)
    assert "Both policies mean the same." in same.text[COMPARISON]
    data = CURRENT.to_dict()
    data["attributes"] |= {f"more {number}": {"kind": "text"} for number in range(41)}
    text = page_of(against=Policy.from_dict(data)).text[COMPARISON]
    assert "attributes.more 39" in text
    assert "attributes.more 40" not in text
    assert "1 more" in text


def test_the_comparison() -> None:
    """Attainment under both, what was gained and lost, and the dues that moved."""
    page = page_of(against=PROPOSED)
    totals = page.tables[CHANGES][0]
    assert totals[2:] == [
        ["answer", "62.5%", "58.3%", "−4.2", "", "0", "0", "0", "9", "0"],
        ["repair", "40.0%", "25.0%", "−15.0", "", "1", "2", "4", "0", "5"],
        ["visit", "50.0%", "not measured", "–", "", "0", "0", "0", "0", "0"],
    ]
    text = page.text[CHANGES]
    assert "2 tickets cannot" in text
    assert "under A only, 0 under B only" in text
    by_tier = page.tables["By tier"][-1]
    assert by_tier[6] == ["gold", "repair", "66.7%", "0%", "−66.7", "", "0", "2", "4", "0", "0"]
    repair = page.tables["Changes of state"][1]
    assert repair[:4] == [
        ["A ↓ B →", "met", "late", "breached", "running", "not covered", "no target"],
        ["met", "1", "", "2", "", "", "1"],
        ["late", "1", "1", "", "", "", ""],
        ["breached", "", "", "3", "", "", "1"],
    ]


def test_the_tickets_that_flip() -> None:
    """First those that both policies decide; as many as requested, and how many there are."""
    page = page_of(against=PROPOSED, metrics=["answer", "repair"], flips=4)
    (table,) = page.tables["Tickets that flip"]
    assert table[1:] == [
        ["T01", "repair", "gold", "met", "breached", "2026-03-01 03:30", "2026-03-01 01:30"],
        ["T02", "repair", "gold", "met", "breached", "2026-03-01 04:00", "2026-03-01 02:00"],
        ["T05", "repair", "silver", "late", "met", "2026-04-01 07:00", "2026-04-01 09:00"],
        ["T08", "answer", "bronze", "no target", "met", "–", "2026-04-06 06:00"],
    ]
    assert "4 of 7;" in page.text["Tickets that flip"]
    same = page_of(against=CURRENT)
    assert "None." in same.text["Tickets that flip"]
    assert "Tickets that flip" not in same.tables


def test_the_page_of_a_log() -> None:
    """Its attributes group it by themselves; one ticket has an error."""
    page = Page(report.page(SEVERITIES, LOG, AS_OF, against=CURRENT_LOW))
    (table,) = page.tables[SUMMARY]
    assert table[1:] == [["repair", "3", "3", "2", "0", "1", "0", "0", "0", "66.7%"]]
    assert "Tickets 4, 1 of them cannot" in page.text[SUMMARY]
    assert page.tables["By severity"][0][2:] == [["high", "1", "0%", ""], ["low", "2", "100%", ""]]
    flips = page.tables["Tickets that flip"][0]
    assert [row[:2] + row[3:5] for row in flips[1:]] == [
        ["L1", "repair", "met", "breached"],
        ["L2", "repair", "met", "breached"],
    ]
    open_ended = Page(report.page(SEVERITIES, LOG))
    assert "the last event of each ticket" in open_ended.text[SUMMARY]


CURRENT_LOW = Policy.from_toml("""
name = "low-in-4-hours"
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
targets = { repair = "4 hours" }
""")


def test_metrics_that_the_table_cannot_show() -> None:
    """Without a column of its stop a metric does not count, and the page says so."""
    tickets = ticket_table().drop(columns="arrived")
    page = page_of(CURRENT, tickets)
    assert [row[0] for row in page.tables[SUMMARY][0][1:]] == ["answer", "repair"]
    assert "visit" in page.text[SUMMARY]
    assert "arrived" in page.text[SUMMARY]
    with pytest.raises(ReportError, match="answered, repaired, arrived"):
        page_of(CURRENT, tickets.drop(columns=["answered", "repaired"]))


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(ReportError, match=r"'anwser' is not a metric.*did you mean 'answer'"):
        page_of(metrics="anwser")
    with pytest.raises(ColumnError, match=r"'teir' is not a column.*did you mean 'tier'"):
        page_of(by="teir")
    with pytest.raises(ReportError, match="as_of is missing"):
        report.page(CURRENT, ticket_table())
    with pytest.raises(ColumnError, match="kind"):
        page_of(kind="rows")


# What needs no tickets ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "beside", "text"),
    [
        (None, None, "not measured"),
        (Fraction(123, 400), None, "30.8%"),  # 30.75 %, rounded half up
        (123 / 400, None, "30.8%"),  # the same as a float, which is a little less
        (Fraction(61, 200), None, "30.5%"),
        (Fraction(6149, 20000), None, "30.7%"),  # 30.745 %
        (1.0, None, "100%"),
        (0.0, None, "0%"),
        (0.5, None, "50.0%"),
        (0.99949, None, "99.9%"),
        (math.nan, None, "not measured"),
        (0.9996, None, "99.96%"),  # 100.0% would be all
        (0.0004, None, "0.04%"),
        (0.98996, 0.99, "98.996%"),  # 99.0% and 99.00% would be the objective
        (0.99, 0.99, "99%"),
        (0.9901, None, "99.0%"),
    ],
)
def test_shares_are_not_rounded_to_what_they_are_not(
    share: Fraction | float | None, beside: float | None, text: str
) -> None:
    """As many digits as keep a share from 0, from 1 and from its objective."""
    assert report.share_text(share, beside) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.9, "90%"), (0.995, "99.5%"), (1.0, "100%"), (0.0, "0%")]
)
def test_round_shares(share: float, text: str) -> None:
    assert goal_text(share) == text


@pytest.mark.parametrize(
    ("difference", "text"),
    [(None, "–"), (0.0, "±0"), (-0.0004, "±0"), (0.125, "+12.5"), (-0.15, "−15.0")],
)
def test_differences_in_points(difference: float | None, text: str) -> None:
    assert points_text(difference) == text


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (0, "0 min"),
        (29 * MINUTE + 40_000_000, "30 min"),
        (HOUR, "1 h"),
        (HOUR + 5 * MINUTE, "1 h 05 min"),
        (99 * HOUR + MINUTE, "99 h 01 min"),
        (100 * HOUR + MINUTE, "100 h"),
        (4614 * HOUR, "4,614 h"),
    ],
)
def test_lengths_in_hours(length: int, text: str) -> None:
    assert hours_text(length, translator("en")) == text


def test_values_of_tickets() -> None:
    """Numbers that a library made floats, because some are missing, are shown as they were."""
    shown = [value_shown(value) for value in (None, 1.0, 1.5, True, "gold")]
    assert shown == ["–", "1", "1.5", "true", "gold"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_needs_nothing_but_itself(language: Any) -> None:
    """No script runs, nothing is fetched, and the figures are there."""
    text = report.page(CURRENT, ticket_table(), AS_OF, against=PROPOSED, language=language)
    page = Page(text)
    assert "script" not in page.tags
    assert not page.fetched
    assert not re.findall(r"https?://(?!www\.w3\.org)\S*|url\(", text)
    assert "62.5%" in page.text["answer"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_tables_are_read_aloud(language: Any) -> None:
    """Each says what it shows, and each of its headings what it is the heading of."""
    more: Any = {"against": PROPOSED, "by": ["tier", "region"], "language": language}
    own = Policy.from_toml(CURRENT_TOML + OBJECTIVES)
    pages = [
        report.page(CURRENT, ticket_table(), AS_OF, objective=0.9, **more),
        report.page(SEVERITIES, LOG, AS_OF, against=CURRENT_LOW, language=language),
        report.page(own, ticket_table(), AS_OF, by="tier", language=language),
    ]
    tables = re.findall(r"<table.*?</table>", "".join(pages), re.DOTALL)
    assert len(tables) > 20
    for table in tables:
        assert re.match(r"<table[^>]*>\s*<caption class=\"unseen\">[^<]+</caption>", table)
        headings = re.findall(r"<th\b([^>]*)>", table)
        scopes = [re.search(r'scope="(col|row|colgroup)"', heading) for heading in headings]
        assert all(scopes), headings
        wide = ["colspan" in heading for heading in headings]
        assert wide == [scope is not None and scope[1] == "colgroup" for scope in scopes]


def test_names_of_tickets_are_text() -> None:
    """Whatever they are called, they are shown and not obeyed."""
    name = "<script>alert(1)</script>"
    log = {**LOG, "ticket": [name if ticket == "L3" else ticket for ticket in LOG["ticket"]]}
    text = report.page(SEVERITIES, log, AS_OF)
    assert "<script" not in text
    assert "&lt;script&gt;" in text


# From the command line ----------------------------------------------------------------------------


def test_the_command_writes_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a file, as a whole; a row that cannot be read is shown and makes the status 1."""
    monkeypatch.chdir(tmp_path)
    Path("current.toml").write_text(CURRENT_TOML, "utf-8")
    Path("proposed.toml").write_text(PROPOSED_TOML, "utf-8")
    tickets = ticket_table()
    tickets["contract"] = tickets["contract"].map({True: "true", False: "false"})
    tickets.to_csv("tickets.csv", index=False)
    typed = ["report", "tickets.csv", "-p", "current.toml", "--as-of", AS_OF, "-o", "report.html"]
    done = CliRunner().invoke(commands(), [*typed, "--against", "proposed.toml"])
    assert done.exit_code == 0
    assert done.output.split("\n")[:4] == [
        "15 rows read, report.html written",
        "  attributes.tier[0]: platinum under proposed only",
        "  metrics.visit: start: dispatched, stop: arrived, cancel: called-off under current only",
        "  tables.terms[0], where tier is platinum: answer: 1 hour under proposed only",
    ]
    done = CliRunner().invoke(commands(), [*typed, "--against", "current.toml"])
    assert done.output.endswith("written\n  Both policies mean the same.\n")
    done = CliRunner().invoke(commands(), [*typed, "--against", "proposed.toml"])
    page = Page(Path("report.html").read_text("utf-8"))
    assert page.tables[CHANGES][0][3][1:3] == ["40.0%", "25.0%"]
    with Path("tickets.csv").open("a", encoding="utf-8") as file:
        file.write("T16,yesterday,gold,north,True,,,,,\n")
    done = CliRunner().invoke(commands(), typed)
    assert done.exit_code == 1
    assert "'yesterday' is not" in done.output
    text = Page(Path("report.html").read_text("utf-8")).text[PROBLEMS]
    assert "are not counted: 1. row 17: created: 'yesterday' is not" in text


def test_the_command_says_how_objectives_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each in its last period."""
    monkeypatch.chdir(tmp_path)
    monthly = OBJECTIVES.replace("quarter", "month") + "at_least = 20\n"
    Path("current.toml").write_text(CURRENT_TOML + monthly, "utf-8")
    tickets = ticket_table()
    tickets["contract"] = tickets["contract"].map({True: "true", False: "false"})
    tickets.to_csv("tickets.csv", index=False)
    typed = ["report", "tickets.csv", "-p", "current.toml", "--as-of", AS_OF, "-o", "report.html"]
    done = CliRunner().invoke(commands(), typed)
    assert done.output.splitlines()[1:] == [
        "  gold: met (66.7% of 3, promised 50%, budget left 1)",
        "  quick, 2026-04: too few to tell (0% of 5, promised 60%, budget left -3)",
    ]


def test_tickets_of_a_file_go_by_their_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a column has them; any column may form groups."""
    monkeypatch.chdir(tmp_path)
    Path("current.toml").write_text(CURRENT_TOML, "utf-8")
    Path("tickets.csv").write_text(
        "id,created,tier,repaired,street\n"
        "T-1,2026-05-04T09:00Z,gold,2026-05-04T14:00Z,East\n"
        "T-2,2026-05-04T09:00Z,gold,2026-05-03T14:00Z,West\n"
        "T-3,2026-05-05T09:00Z,gold,2026-05-01T14:00Z,West\n",
        "utf-8",
    )
    typed = ["report", "tickets.csv", "-p", "current.toml", "--as-of", AS_OF, "-o", "report.html"]
    done = CliRunner().invoke(commands(), [*typed, "--columns", "ticket=id", "--by", "street"])
    assert done.exit_code == 0, done.output
    page = Page(Path("report.html").read_text("utf-8"))
    assert page.tables["The worst breaches"][0][1][:3] == ["T-1", "repair", "East"]
    assert [row[0] for row in page.tables["By street"][0][2:]] == ["East"]
    assert "1 more values, with 2 tickets, have no ticket that is decided" in page.text["By street"]
    (problems,) = page.tables[PROBLEMS]
    assert [[row[0], row[2]] for row in problems[1:]] == [["2", "T-2, T-3"]]
    done = CliRunner().invoke(commands(), [*typed, "--by", "colour"])
    assert (
        "'colour' is not a column of the tickets (id, created, tier, repaired, street"
        in done.output
    )


def test_groups_by_tags() -> None:
    """A list of tags is one group, shown as text."""
    log = ticket_table()
    log["tags"] = [["vip", "net"] if tier == "gold" else ["net"] for tier in log["tier"]]
    for by in (["tags", "tier"], "tags"):
        page = page_of(log=log, by=by, metrics="repair")
        (table,) = page.tables["By tags"]
        assert [row[:3] for row in table if row[0] == "vip, net"] == [["vip, net", "3", "66.7%"]]
