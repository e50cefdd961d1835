"""Summaries of jobs: the counts and the attainment of reports, by group and metric."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.csv
import pytest
from click.testing import CliRunner

from slacalc import Policy, presets, report
from slacalc._clock.states import STATES
from slacalc._columns.categories import encode
from slacalc._files.summary import DEADLINE_KINDS, Summary, usual_groups
from slacalc._files.time_forms import FileError
from slacalc._i18n import width
from slacalc.cli import commands

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

POLICY = """
name = "desk"

[calendars.always]
time_zone = "UTC"
week = "always"

[attributes]
tier = { values = ["platinum", "gold", "silver"], default = "silver" }

[metrics.answer]
stop = "answered"
reopen = "reopened"
on_reopen = "new_cycle"

[metrics.resolution]
stop = "resolved"

[[tables.terms]]
when = { tier = [ "platinum", "gold" ] }
targets = { answer = { within = "1 hour", limit = "2 hours" }, resolution = "4 hours" }

[[tables.terms]]
when = { tier = "silver" }
targets = { answer = "2 hours" }
"""
# Silver tickets have no target for the resolution; the third one has its tier by default.
TICKETS = """id,city,created,answered,resolved,tier
1,Oslo,2026-06-01T08:00Z,2026-06-01T08:30Z,2026-06-01T13:00Z,gold
2,Oslo,2026-06-01T08:00Z,2026-06-01T09:30Z,2026-06-01T09:30Z,gold
3,Bonn,2026-06-01T08:00Z,2026-06-01T09:30Z,,
4,,2026-06-01T08:00Z,,,silver
5,Oslo,2026-06-01T12:30Z,,,platinum
"""
AS_OF = ["--as-of", "2026-06-01T13:00Z"]


def run(*typed: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(commands(), typed, catch_exceptions=False)


def rows(printed: str) -> list[list[str]]:
    """The cells of a printed table."""
    table = printed.partition("\n\n")[0].splitlines()
    return [re.split(r" {2,}", line.strip()) for line in table if not line.startswith("─")]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "desk.toml").write_text(POLICY, "utf-8")
    (tmp_path / "tickets.csv").write_text(TICKETS, "utf-8")
    return tmp_path


def evaluated(*more: str) -> Result:
    return run("evaluate", "tickets.csv", "-p", "desk.toml", "-o", "out.csv", *more)


@pytest.mark.usefixtures("desk")
def test_the_table_by_hand() -> None:
    """Groups are in the order of the policy; those without a promise, and zeros, are left out."""
    counted = ["count", "met", "late", "breached", "still open", "other", "attainment"]
    assert rows(evaluated(*AS_OF).stdout) == [
        ["tier", "metric", *counted],
        ["platinum", "answer", "1", "0", "0", "0", "1", "0", "not measured"],
        ["platinum", "resolution", "1", "0", "0", "0", "1", "0", "not measured"],
        ["gold", "answer", "2", "1", "1", "0", "0", "0", "50.0%"],
        ["gold", "resolution", "2", "1", "0", "1", "0", "0", "50.0%"],
        ["silver", "answer", "2", "1", "0", "1", "0", "0", "50.0%"],
        ["all", "answer", "5", "2", "1", "1", "1", "0", "50.0%"],
        ["all", "resolution", "5", "1", "0", "1", "1", "2", "50.0%"],
    ]


@pytest.mark.usefixtures("desk")
def test_the_table_in_chinese() -> None:
    """Its own words, not those of the policy; the numbers stand below each other."""
    printed = evaluated(*AS_OF, "--language", "zh").stdout
    heads, _, first, *_, last = rows(printed)
    assert heads == ["tier", "指标", "数量", "达标", "逾期", "超时", "未结", "其他", "达标率"]
    assert first == ["platinum", "resolution", "1", "0", "0", "0", "1", "0", "未统计"]
    assert last == ["全部", "resolution", "5", "1", "0", "1", "1", "2", "50.0%"]
    table = printed.partition("\n\n")[0].splitlines()
    assert len({width(line.rstrip()) for line in table}) == 1
    heads, first, *_ = rows(evaluated("--language", "zh").stdout)
    assert heads == ["tier", "指标", "数量", "到期", "无到期时间"]
    assert first == ["platinum", "answer", "1", "1", "0"]


def test_a_column_may_be_called_as_one_of_the_table(desk: Path) -> None:
    """Both are shown."""
    tickets = TICKETS.replace("id,", "count,", 1)
    (desk / "tickets.csv").write_text(tickets, "utf-8")
    heads, first, *_ = rows(evaluated(*AS_OF, "--by", "count").stdout)
    assert heads[:3] == ["count", "metric", "count"]
    assert first[1:3] == ["answer", "1"]


@pytest.mark.usefixtures("desk")
def test_the_summary_as_json() -> None:
    """With the states of tickets that do not count for attainment."""
    data = json.loads(evaluated(*AS_OF, "--by", "city", "--json").stdout)
    assert data["totals"][1] == {
        "metric": "resolution",
        "count": 5,
        "met": 1,
        "late": 0,
        "breached": 1,
        "open": 1,
        "other": {"no target": 2},
        "attainment": 0.5,
    }
    cities = [line["group"]["city"] for line in data["groups"] if line["metric"] == "answer"]
    assert cities == ["Bonn", "Oslo", None]
    oslo, none = data["groups"][2], data["groups"][4]
    assert (oslo["metric"], oslo["count"], oslo["attainment"]) == ("answer", 3, 0.5)
    assert (none["metric"], none["attainment"]) == ("answer", 0.0)
    assert data["groups"][5]["attainment"] is None  # a resolution without a target


@pytest.mark.usefixtures("desk")
def test_deadlines_by_hand() -> None:
    """Without an instant the summary counts tickets with a deadline."""
    assert rows(evaluated().stdout) == [
        ["tier", "metric", "count", "due", "no due"],
        ["platinum", "answer", "1", "1", "0"],
        ["platinum", "resolution", "1", "1", "0"],
        ["gold", "answer", "2", "2", "0"],
        ["gold", "resolution", "2", "2", "0"],
        ["silver", "answer", "2", "2", "0"],
        ["all", "answer", "5", "5", "0"],
        ["all", "resolution", "5", "3", "2"],
    ]
    data = json.loads(evaluated("--json").stdout)
    counts = {"count": 5, "due": 3, "provisional": 0, "no due": 2}
    assert data["totals"][1] == {"metric": "resolution", **counts}


@pytest.mark.parametrize(("percent", "status"), [("50", 0), ("50.1", 1)])
@pytest.mark.usefixtures("desk")
def test_attainment_below_the_lowest_fails(percent: str, status: int) -> None:
    """Each metric is compared, exactly."""
    done = evaluated(*AS_OF, "--fail-under", percent)
    assert done.exit_code == status
    assert ("answer: attainment 50.0% is under 50.1%" in done.stdout) == bool(status)


def test_what_is_not_measured_is_not_below(desk: Path) -> None:
    """A metric of which nothing is decided passes, however high the requirement."""
    (desk / "tickets.csv").write_text(
        TICKETS.splitlines()[0] + "\n" + TICKETS.splitlines()[5] + "\n"
    )
    done = evaluated(*AS_OF, "--fail-under", "100")
    assert done.exit_code == 0
    assert [row[-1] for row in rows(done.stdout) if row[0] == "all"] == ["not measured"] * 2
    said = "attainment is not measured, so --fail-under does not apply to it"
    assert [f"{metric}: {said}" in done.stdout for metric in ("answer", "resolution")] == [True] * 2


def test_nothing_to_count(desk: Path) -> None:
    """If all rows are in error, each metric is counted as 0."""
    (desk / "tickets.csv").write_text(TICKETS.splitlines()[0] + "\n1,,never,,,\n", "utf-8")
    assert rows(evaluated(*AS_OF).stdout) == [
        ["tier", "metric", "count", "attainment"],
        ["all", "answer", "0", "not measured"],
        ["all", "resolution", "0", "not measured"],
    ]


def test_a_share_is_rounded_alike_on_terminals_and_pages(desk: Path) -> None:
    """123 of 400 are 30.75 %, which is 30.8 % on both."""
    lines = [
        f"{ticket},,2026-06-01T08:00Z,{'2026-06-01T08:30Z' if ticket < 123 else ''},,gold"
        for ticket in range(400)
    ]
    head = TICKETS.splitlines()[0]
    (desk / "tickets.csv").write_text("\n".join([head, *lines, ""]), "utf-8")
    assert rows(evaluated(*AS_OF).stdout)[1][-1] == "30.8%"
    done = run("report", "tickets.csv", "-p", "desk.toml", "-o", "page.html", *AS_OF)
    assert done.exit_code == 0, done.output
    page = (desk / "page.html").read_text("utf-8")
    assert '<p class="figure">30.8%</p>' in page
    assert "30.7%" not in page


def test_the_summary_is_the_attainment_of_the_answers(desk: Path) -> None:
    """Of a log as well, in which a metric has several cycles: `report.attainment` agrees."""
    (desk / "log.csv").write_text(
        "ticket,at,type,tier\n"
        "A,2026-06-01T08:00Z,created,gold\n"
        "A,2026-06-01T08:30Z,answered,\n"
        "A,2026-06-01T09:00Z,reopened,\n"
        "A,2026-06-01T12:30Z,answered,\n"
        "B,2026-06-01T08:00Z,created,silver\n"
        "B,2026-06-01T09:00Z,answered,\n"
        "B,2026-06-01T10:00Z,resolved,gold\n",
        "utf-8",
    )
    options = ["-p", "desk.toml", "-o", "out.csv", *AS_OF, "--json"]
    data: dict[str, Any] = {}
    for command in (["evaluate", "tickets.csv"], ["replay", "log.csv"]):
        data = json.loads(run(*command, *options).stdout)
        totals = data["totals"]
        answers = pyarrow.csv.read_csv(desk / "out.csv").to_pydict()
        shares = report.attainment(answers, policy=Policy.from_toml(POLICY))
        assert [line["metric"] for line in totals] == shares["metric"]
        for name, column in (("count", "total"), *((n, n) for n in ("met", "late", "breached"))):
            assert [line[name] for line in totals] == shares[column], name
        assert [line["attainment"] for line in totals] == shares["attainment"]
    # Of three answers two were in time; and B, whose last tier is gold, is counted with gold.
    assert data["totals"][0]["attainment"] == pytest.approx(2 / 3)
    assert {line["group"]["tier"] for line in data["groups"]} == {"gold"}


def test_usual_groups() -> None:
    """Tier and severity if the policy has them, else its first ordered attribute."""
    assert usual_groups(Policy.from_toml(POLICY)) == ("tier",)
    assert usual_groups(presets.load("kingdee-diexun")) == ("tier",)
    grades = POLICY.replace("tier", "grade")
    assert usual_groups(Policy.from_toml(grades)) == ()
    ordered = grades.replace('default = "silver"', 'default = "silver", ordered = true')
    assert usual_groups(Policy.from_toml(ordered)) == ("grade",)
    second = 'size = { values = ["large", "small"], ordered = true }'
    both = ordered.replace("[metrics.answer]", f"{second}\n\n[metrics.answer]")
    assert usual_groups(Policy.from_toml(both)) == ("grade",)


def summary_of(by: list[str], columns: dict[str, list[Any]], states: list[str | None]) -> Summary:
    """A summary of one metric, made of one table."""
    summary = Summary(Policy.from_toml(POLICY), by, columns, STATES)
    encoded = {name: encode(column) for name, column in columns.items()}
    groups = summary.groups(encoded, np.zeros(len(states), np.int64))
    summary.add(groups, "answer", encode(states))
    return summary


def test_rows_without_a_state_are_not_counted() -> None:
    """They belong to a metric that the ticket's version of the policy does not have."""
    summary = summary_of(["x"], {"x": [1, 2, 2]}, ["met", "late", None])
    assert [(line.group, line.total) for line in summary.lines()] == [((1,), 1), ((2,), 1)]


def test_values_of_groups_keep_their_types() -> None:
    """1 is not True, nor is it the text 1; numbers come in their order, and missing ones last."""
    values = [10, 9, None, True, "1", 1]
    summary = summary_of(["x"], {"x": values}, ["met"] * 6)
    groups = [line.group[0] for line in summary.lines()]
    assert sorted(map(repr, groups)) == sorted(map(repr, values))
    numbers = [group for group in groups if type(group) is int]
    assert numbers == [1, 9, 10]
    assert groups[-1] is None


def test_groups_by_a_derived_attribute() -> None:
    """The priority follows from impact and urgency; other columns are not read."""
    policy = presets.load("itil-standard")
    columns = {"impact": ["high", "low", "high"], "urgency": ["high", "low", "high"]}
    summary = Summary(policy, ["priority"], [*columns, "note"], STATES)
    assert summary.columns == {"impact", "urgency"}
    encoded = {name: encode(column) for name, column in columns.items()}
    groups = summary.groups(encoded, np.zeros(3, np.int64))
    summary.add(groups, "response", encode(["met", "met", "late"]))
    attainment = {line.group: line.attainment for line in summary.lines()}
    assert attainment == {(1,): Fraction(1, 2), (5,): Fraction(1)}


def test_too_many_groups_are_refused() -> None:
    """Ten thousand are allowed, over all tables together."""
    summary = Summary(Policy.from_toml(POLICY), ["id"], ["id"], DEADLINE_KINDS)
    for first in (0, 5_000):
        numbers = np.arange(first, first + 5_000)
        summary.groups({"id": encode(numbers)}, np.zeros(5_000, np.int64))
    with pytest.raises(FileError, match="id: there are more than 10,000 groups") as info:
        summary.groups({"id": encode(np.array([10_000]))}, np.zeros(1, np.int64))
    assert info.value.option == "--by"


def test_unknown_groups_are_refused() -> None:
    """With a suggestion."""
    with pytest.raises(FileError, match="not an attribute .* did you mean 'tier'"):
        Summary(Policy.from_toml(POLICY), ["teir"], ["id"], STATES)


def test_memory_does_not_grow_with_the_number_of_tables() -> None:
    """What was counted is added up from time to time, and nothing is lost."""
    summary = Summary(Policy.from_toml(POLICY), ["x"], ["x"], STATES)
    for _ in range(1_000):
        groups = summary.groups({"x": encode(["a", "b", "a"])}, np.zeros(3, np.int64))
        summary.add(groups, "answer", encode(["met", "late", "late"]))
    counter = summary.counted.counter
    assert sum(map(len, vars(counter)["_counts"])) < 1_000
    counts = [(line.group, line.count("met"), line.count("late")) for line in summary.lines()]
    assert counts == [(("a",), 1_000, 1_000), (("b",), 0, 1_000)]
