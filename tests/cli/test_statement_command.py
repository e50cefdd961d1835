"""`slacalc statement`: its options, the files that it writes, and its statuses.

What is in a statement is tested in `tests/contract`.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import openpyxl
import pytest

from tests.cli.program import refused, run

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "support.toml": """
name = "support"

[calendars.office]
time_zone = "Europe/Zurich"
week = { mon-fri = "8-18" }

[metrics.response]
stop = "replied"

[[tables.all]]
targets = { response = "4 working hours" }

[objectives.answered]
share = "90 %"
metric = "response"
period = "month"
credits = [{ per = "started working hour", amount = "CHF 5" }]

[availability.mail]
target = "99.9 %"
credits = [{ below = "99.9 %", percent = 10 }]

[duties.visit]
every = "month"
credits = [{ amount = "CHF 50" }]

[settlement]
currency = "CHF"
""",
    # A is in time, B four working hours late.
    "tickets.csv": """ticket,created,replied
A,2026-05-04 09:00,2026-05-04 11:00
B,2026-05-05 09:00,2026-05-05 17:00
""",
    "events.csv": """ticket,at,type
A,2026-05-04 09:00,created
A,2026-05-04 11:00,replied
B,2026-05-05 09:00,created
B,2026-05-05 17:00,replied
""",
    "outages.csv": "start,end\n2026-05-04 17:00,2026-05-04 20:00\n",
    "maintenance.csv": "start,end\n2026-05-04 16:00,2026-05-04 21:00\n",
    "customers.csv": "customer,from\nacme,2026-01-01\n",
    "done.csv": "customer,at,type\nacme,2026-05-12 09:00,visit\n",
}
MAY = ("statement", "-p", "support.toml", "--month", "2026-05", "--time-zone", "Europe/Zurich")
TABLES = ("--tickets", "tickets.csv", "--outages", "outages.csv", "--fee", "CHF 1200")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a policy and a file of each kind."""
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_statement_is_printed() -> None:
    """Without a file, as text; misses are no failure unless that is requested."""
    result = run(*MAY, *TABLES, columns=120)
    assert result.exit_code == 0, result.output
    assert [line.split() for line in result.stdout.splitlines()[2:5]] == [
        ["answered", "2026-05", "50.00", "%", "90", "%", "missed", "CHF", "20.00"],
        ["mail", "2026-05", "99.60", "%", "99.9", "%", "missed", "CHF", "120.00"],
        ["visit", "2026-05", "not", "measured"],
    ]
    assert "Owed to the customer: CHF 140.00" in result.stdout
    assert run(*MAY, *TABLES, "--fail-if-missed").exit_code == 1
    assert "应付客户：CHF 140.00" in run(*MAY, *TABLES, "--language", "zh").stdout


def test_every_table_counts() -> None:
    """Logs stand for tickets; maintenance excuses the outage; the visit was made."""
    tables = {
        "--events": "events.csv",
        "--outages": "outages.csv",
        "--maintenance": "maintenance.csv",
        "--customers": "customers.csv",
        "--duty-events": "done.csv",
    }
    options = [text for pair in tables.items() for text in pair]
    result = run(*MAY, *options, "--json")
    data = json.loads(result.stdout)
    assert [(line["name"], line["verdict"], line["amount"]) for line in data["lines"]] == [
        ("answered", "missed", "20.00"),
        ("mail", "met", "0.00"),
        ("visit", "met", "0.00"),
    ]


def test_tables_as_people_have_them(folder: Path) -> None:
    """Shares with decimal commas, no outages at all in JSON; and what is probably a mistake."""
    (folder / "outages.csv").write_text(
        "start;end;share\n2026-05-04 17:00;2026-05-04 20:00;0,5\n", "utf-8"
    )
    (folder / "log.json").write_text("[]", "utf-8")
    tickets = ("--tickets", "tickets.csv", "--fee", "CHF 1200")
    # Three hours at one half, of the 744 hours of May: 1.5 / 744 is 0.2016 %.
    for outages, shown in (("outages.csv", "99.80"), ("log.json", "100.00")):
        result = run(*MAY, *tickets, "--outages", outages, columns=120)
        assert result.exit_code == 0, result.output
        assert result.stdout.splitlines()[3].split()[:3] == ["mail", "2026-05", shown]
    early = run(*MAY, *TABLES, "-o", "out.html", "--as-of", "2026-05-01 09:00").output
    assert "Warning: all tickets were created after --as-of" in early


def test_what_was_done_is_printed_in_chinese(folder: Path) -> None:
    """Beside a page, whose language is the same."""
    (folder / "bad.csv").write_text("start,end\n2026-05-04 17:00,soon\n", "utf-8")
    done = ("-o", "out.html", "--language", "zh")
    printed = run(*MAY, *TABLES, *done).output.splitlines()
    assert printed == ["2 项承诺未达标，应付客户 CHF 140.00", "已写入 out.html"]
    bad = run(*MAY, "--outages", "bad.csv", "--fee", "CHF 1200", *done).output.splitlines()
    assert bad[2] == "1 行有错误，不计入结算单："
    assert bad[3].startswith("  outages，第 2 行：")


def test_a_decimal_sign_is_for_the_tables_of_csv(folder: Path) -> None:
    """Real numbers of JSON beside them are what they are; alone, they have no sign to choose."""
    outage = {"start": "2026-05-04 17:00", "end": "2026-05-04 20:00", "share": 0.125}
    (folder / "outages.json").write_text(json.dumps([outage]), "utf-8")
    (folder / "log.json").write_text("[]", "utf-8")
    how = ("--fee", "CHF 1200", "--outages", "outages.json", "--decimal", ",")
    # Three hours at one eighth, of the 744 hours of May: 0.375 / 744 is 0.0504 %.
    result = run(*MAY, "--tickets", "tickets.csv", *how, columns=120)
    assert result.stdout.splitlines()[3].split()[:3] == ["mail", "2026-05", "99.95"]
    result = run(*MAY, *how, columns=120)
    assert (result.exit_code, "the sign before decimals is chosen" in result.output) == (2, True)


def test_the_sheets_of_workbooks(folder: Path) -> None:
    """One for all workbooks, or one for each table, which may be in one workbook."""
    book = openpyxl.Workbook()
    for name, path in (("May", "tickets.csv"), ("down=2", "outages.csv")):
        sheet = book.create_sheet(name)
        for row in csv.reader(io.StringIO(FILES[path])):
            sheet.append(row)
    book.worksheets[0].append(["notes"])
    book.save(folder / "all.xlsx")
    expected = json.loads(run(*MAY, *TABLES, "--json").stdout)
    tables = ("--tickets", "all.xlsx", "--outages", "all.xlsx", "--fee", "CHF 1200")
    both = ("--sheet", "tickets=May", "--sheet", "outages=down=2")
    assert json.loads(run(*MAY, *tables, *both, "--json").stdout) == expected
    one = ("--tickets", "all.xlsx", "--outages", "outages.csv", "--fee", "CHF 1200")
    assert json.loads(run(*MAY, *one, "--sheet", "May", "--json").stdout) == expected
    rest = ("--sheet", "down=2", "--sheet", "tickets=May")
    assert json.loads(run(*MAY, *tables, *rest, "--json").stdout) == expected
    assert "'mai' is not a sheet with rows" in refused(*MAY, *one, "--sheet", "mai")
    assert "only Excel workbooks have sheets" in refused(*MAY, *TABLES, "--sheet", "May")
    for wrong in (("--sheet", "a", "--sheet", "b"), ("--sheet", "events=May")):
        assert "give one sheet, or one for each table" in refused(*MAY, *one, *wrong)


def test_files_of_each_kind(folder: Path) -> None:
    """By the ending of the name; what was written is said."""
    for kind in ("html", "csv", "json", "txt"):
        result = run(*MAY, *TABLES, "-o", f"may.{kind}")
        assert result.exit_code == 0
        assert result.stdout.splitlines() == [
            "2 promises missed, CHF 140.00 owed to the customer",
            f"may.{kind} written",
        ]
    html, rows, data, text = (
        (folder / f"may.{kind}").read_text("utf-8") for kind in ("html", "csv", "json", "txt")
    )
    assert html.startswith("<!DOCTYPE html>")
    assert [row["credited"] for row in csv.DictReader(io.StringIO(rows))] == [
        "20.00",
        "120.00",
        "",
        "140.00",
    ]
    assert json.loads(data)["total"] == "140.00"
    assert "Owed to the customer: CHF 140.00" in text


def test_periods() -> None:
    """A quarter, or any other period."""
    for period in (("--quarter", "2026-Q2"), ("--period", "2026-04-01..2026-06-30")):
        result = run("statement", "-p", "support.toml", *period, "--tickets", "tickets.csv")
        assert result.exit_code == 2  # without the zone of the file's times
        result = run(*MAY[:3], *period, *MAY[5:], *TABLES[:2])
        assert [line.split()[1] for line in result.stdout.splitlines()[2:5]] == [
            "2026-04",
            "2026-05",
            "2026-06",
        ]


def test_fees_of_several_kinds_of_periods() -> None:
    """A quarter's statement has the credits of its months, which are shares of their fees."""
    options = ["--quarter", "2026-Q2", *MAY[5:], "--outages", "outages.csv"]
    made = run(*MAY[:3], *options, "--fee", "month=1200", "--fee", "quarter=CHF 3600", "--json")
    assert json.loads(made.stdout)["total"] == "120.00"
    for fee in (["1200"], ["month=1200", "quarter"], ["month=1", "month=2"], ["a=1"], ["1 EUR"]):
        typed = [word for amount in fee for word in ("--fee", amount)]
        assert "'--fee'" in refused(*MAY[:3], *options, *typed)


def test_rows_in_error_are_named(folder: Path) -> None:
    """With their numbers in the file; the statement lists them as well."""
    with (folder / "tickets.csv").open("a", encoding="utf-8") as file:
        file.write("C,never,\nD,2026-05-06 09:00,2026-05-06 10:00\n")
    with (folder / "outages.csv").open("a", encoding="utf-8") as file:
        file.write("2026-05-09 00:00,2026-05-08 00:00\n")
    result = run(*MAY, *TABLES, "-o", "may.html")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[2] == "2 rows in error, not in the statement:"
    assert "  tickets, row 4: created: 'never' is not a time in ISO 8601" in result.stdout
    assert "  outages, row 3: it ends at 2026-05-07T22:00:00+00:00, before" in result.stdout
    assert "outages, row 3" in (folder / "may.html").read_text("utf-8")
    assert run(*MAY, *TABLES, "--max-errors", "2").exit_code == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--quarter", "2026-Q2"], "--month and --quarter: give one of"),
        (["--output", "support.toml"], "'--output'"),
        (["--output", "may.xlsx"], "'--output': may.xlsx: a statement is written to a file"),
        (["--fee", "1200 EUR"], "'--fee': 'CHF 1200': give one fee, or one for each kind"),
        (["--time-zone", "Mars"], "'--time-zone': 'Mars' is not a time zone"),
        (["--as-of", "soon"], "'--as-of'"),
        (["--month", "May"], "'--month': period: 'May' is not a period"),
    ],
)
def test_wrong_options_are_refused(folder: Path, options: list[str], message: str) -> None:
    """By their names, and before anything is written."""
    text = " ".join(refused(*MAY, *TABLES, *options).split())
    assert message in text
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)


EURO = """
name = "care"

[objectives.kept]
share = "90 %"
metric = "response"
period = "month"
credits = [{ percent = 10 }]

[metrics.response]
stop = "replied"

[[tables.all]]
targets = { response = "4 hours" }

[availability.mail]
target = "99.9 %"
credits = [{ below = "99.9 %", amount = "EUR 10" }]

[duties.call]
after = "visit"
within = "1 hour"
credits = [{ amount = "EUR 5" }]

[penalties.complaint]
event = "complaint"
amount = "EUR 50"

[settlement]
currency = "EUR"
cap = "20 %"
"""


def test_fees_that_lack_are_named_as_options(folder: Path) -> None:
    (folder / "euro.toml").write_text(EURO, encoding="utf-8")
    quarter = ("statement", "-p", "euro.toml", "--quarter", "2026-Q2", "--tickets", "tickets.csv")
    zone = ("--time-zone", "Europe/Zurich")
    text = " ".join(refused(*quarter, *zone, "--fee", "EUR 14400").replace("│", "").split())
    assert "the fee of a month: give --fee 'quarter=EUR 14400' --fee 'month=EUR 1200'" in text
    assert "CHF" not in text
    text = " ".join(refused(*quarter, *zone, "--fee", "month=4800").replace("│", "").split())
    assert "cap is a share of the fee of a quarter: give --fee month=4800 --fee 'quarter=" in text


def test_evidence_has_the_numbers_of_rows_in_files(folder: Path) -> None:
    (folder / "euro.toml").write_text(EURO, encoding="utf-8")
    (folder / "done.csv").write_text(
        "customer,at,type\nacme,2026-05-12 09:00,visit\nacme,2026-05-13 09:00,complaint\n",
        encoding="utf-8",
    )
    (folder / "outages.csv").write_text(
        "start,end\n2026-05-04 17:00,2026-05-04 20:00\n2026-05-04 19:00,2026-05-04 21:00\n",
        encoding="utf-8",
    )
    files = (
        "--outages",
        "outages.csv",
        "--customers",
        "customers.csv",
        "--duty-events",
        "done.csv",
    )
    call = ("statement", "-p", "euro.toml", "--month", "2026-05", "--time-zone", "UTC", *files)
    result = run(*call, "--fee", "EUR 100", "-o", "may.json")
    assert result.exit_code == 0, result.output
    made = json.loads((folder / "may.json").read_text("utf-8"))
    references = [piece["reference"] for line in made["lines"] for piece in line["evidence"]]
    assert references == ["rows 2, 3", "acme, after row 2", "acme, row 3"]


def test_columns_of_outages_may_have_other_names(folder: Path) -> None:
    (folder / "outages.csv").write_text("begin,end\n2026-05-04 17:00,2026-05-04 20:00\n")
    text = " ".join(refused(*MAY, *TABLES).replace("│", "").split())
    assert "of the table outages" in text
    assert "--columns outages.start=NAME" in text
    named = run(*MAY, *TABLES, "--columns", "outages.start=begin")
    assert named.exit_code == 0, named.output
    assert "mail" in named.output
