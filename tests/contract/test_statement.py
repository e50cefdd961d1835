"""The statement of a period; every line and every amount is worked out by hand."""

from __future__ import annotations

import csv
import json
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import polars as pl
import pytest

from slacalc import Policy, contract
from slacalc.contract import Money
from slacalc.errors import ColumnError, ContractError, PolicyError

if TYPE_CHECKING:
    from pathlib import Path

SUPPORT: dict[str, Any] = {
    "name": "support",
    "title": "Support of Example Ltd",
    "calendars": {"office": {"time_zone": "Europe/Zurich", "week": {"mon-fri": "8-18"}}},
    "attributes": {"kind": ["real", "test"]},
    "metrics": {"response": {"stop": "replied"}},
    "tables": {"all": [{"targets": {"response": "4 working hours"}}]},
    "objectives": {
        "answered": {
            "share": "90 %",
            "metric": "response",
            "period": "month",
            "except": [{"when": {"kind": "test"}, "because": "not real"}],
            "credits": [{"per": "started working hour", "amount": "CHF 5"}],
            "claim": {"within": "5 working days", "from": "incident"},
        },
        "steady": {"share": "95 %", "metric": "response", "period": "quarter"},
    },
    "availability": {
        "mail": {
            "target": "99.9 %",
            "credits": [{"below": "99.9 %", "percent": 10}, {"below": "99 %", "percent": 25}],
            "claim": {"within": "30 days", "from": "end of month"},
        }
    },
    "settlement": {"currency": "CHF"},
}
# Monday to Friday at 9: answered after 2, 8 (4 late) and 1 working hours, 11 (7 late), and a test.
TICKETS: dict[str, Any] = {
    "ticket": list("ABCDE"),
    "created": [f"2026-05-0{day}T09:00+02:00" for day in (4, 5, 6, 7, 8)],
    "replied": [
        "2026-05-04T11:00+02:00",
        "2026-05-05T17:00+02:00",
        "2026-05-06T10:00+02:00",
        "2026-05-08T10:00+02:00",
        None,
    ],
    "kind": ["real", "real", "real", "real", "test"],
}
# 3 of 744 hours: 99.597 % are up.
OUTAGES = [{"start": "2026-05-04T17:00+02:00", "end": "2026-05-04T20:00+02:00"}]


def _statement(period: str = "2026-05", **changes: Any) -> contract.Statement:
    given: dict[str, Any] = {"tickets": TICKETS, "outages": OUTAGES, "fee": Decimal(1200)} | changes
    return contract.statement(Policy.from_dict(SUPPORT), period, **given)


def test_every_line_of_a_month() -> None:
    """An objective by lateness, an availability by steps, and what is settled later."""
    may = _statement()
    answered, mail = may.lines
    assert [str(answered.amount), str(mail.amount), str(may.total)] == [
        "CHF 55.00",  # 4 + 7 started working hours
        "CHF 120.00",  # 10 % of CHF 1,200
        "CHF 175.00",
    ]
    assert (answered.section, answered.name, str(answered.period)) == (
        "objectives",
        "answered",
        "2026-05",
    )
    assert (answered.figure, answered.target, answered.verdict) == ("50.00 %", "90 %", "missed")
    assert (mail.figure, mail.target, mail.verdict) == ("99.60 %", "99.9 %", "missed")
    # Five working days after Tuesday 5 May; 30 days after 31 May.
    assert (answered.claim_until, mail.claim_until) == (date(2026, 5, 12), date(2026, 6, 30))
    assert [
        (piece.reference, str(piece.at), piece.length, piece.claim_until)
        for piece in answered.evidence
    ] == [
        ("B", "2026-05-05 13:00:00+02:00", timedelta(hours=4), date(2026, 5, 12)),
        ("D", "2026-05-07 13:00:00+02:00", timedelta(hours=21), date(2026, 5, 14)),
    ]
    (outage,) = mail.evidence
    assert (outage.reference, outage.length) == ("row 0", timedelta(hours=3))
    assert [(one.name, one.what, one.number, one.because) for one in may.excluded] == [
        ("answered", "ticket", 1, "not real"),
        ("steady", "promise", 1, "its period ends later"),
    ]
    assert not may.is_provisional
    assert not may.is_kept


def test_a_quarterly_objective_is_settled_with_its_last_month() -> None:
    """The statement of June has it, with all tickets of the quarter."""
    assert [line.name for line in _statement("2026-04").lines] == ["answered", "mail"]
    june = _statement("2026-06")
    steady = june["steady"]
    assert (str(steady.period), steady.figure, steady.verdict) == ("2026-Q2", "40.00 %", "missed")
    assert not june.excluded


def test_a_quarter_has_all_its_months() -> None:
    """It needs the fee of a month, since promises for months are shares of it."""
    with pytest.raises(ContractError, match="the fee of a month"):
        _statement("2026-Q2")
    quarter = _statement("2026-Q2", fee={"month": "CHF 1200", "quarter": "CHF 3600"})
    assert [(line.name, str(line.period), line.verdict) for line in quarter.lines] == [
        ("answered", "2026-04", "not measured"),
        ("answered", "2026-05", "missed"),
        ("answered", "2026-06", "not measured"),
        ("steady", "2026-Q2", "missed"),
        ("mail", "2026-04", "met"),
        ("mail", "2026-05", "missed"),
        ("mail", "2026-06", "met"),
    ]
    assert str(quarter.total) == "CHF 175.00"


def test_what_lacks_a_table_is_not_measured_and_says_so() -> None:
    """Only an empty table says that nothing happened."""
    unknown = _statement(tickets=None, outages=None)
    assert [(line.verdict, line.because) for line in unknown.lines] == [
        ("not measured", "no tickets are given"),
        ("not measured", "no table of outages is given"),
    ]
    assert "not measured, since no tickets are given" in unknown.explain()
    mail = _statement(outages=[])["mail"]
    assert (mail.verdict, mail.figure, mail.because) == ("met", "100.00 %", "")


def test_a_fee_that_is_needed() -> None:
    """It is missed only if a credit is a share of it."""
    with pytest.raises(ContractError, match="'mail' for 2026-05 depends on the fee") as caught:
        _statement(fee=None)
    assert caught.value.argument == "fee"
    assert str(_statement(fee=None, outages=[]).total) == "CHF 55.00"
    for fee in (1200, "1200", "CHF 1200", "1,200 CHF", contract.Money(1200, "CHF")):
        assert str(_statement(fee=fee).total) == "CHF 175.00"
    for wrong in (1200.0, "EUR 1200", Decimal(-1), "much", True):
        with pytest.raises(ContractError, match="^fee: "):
            _statement(fee=wrong)


def test_a_period_that_goes_on_is_provisional() -> None:
    """Only what lies before the instant counts."""
    so_far = _statement(as_of="2026-05-06T12:00+02:00")
    assert so_far.is_provisional
    assert str(so_far["answered"].amount) == "CHF 20.00"
    assert "Provisional: the period goes on after Wed 2026-05-06 12:00." in str(so_far)
    earlier = _statement(as_of="2026-05-04T18:00+02:00")
    assert earlier["mail"].evidence[0].length == timedelta(hours=1)


NIGHTLY: dict[str, Any] = {
    "name": "nights",
    "calendars": {"always": {"time_zone": "UTC", "week": {"mon-sun": "0-24"}}},
    "metrics": {"solution": {"stop": "solved"}},
    "tables": {"all": [{"targets": {"solution": "4 hours"}}]},
    "objectives": {
        "p1": {
            "share": "100 %",
            "metric": "solution",
            "period": "month",
            "credits": [{"amount": "EUR 500"}],
            "earn_back": 1,
        }
    },
    "settlement": {"currency": "EUR"},
}
# In time in March, and late: received in the last hour of March, due on 1 April at 3:00.
NIGHTS = [
    {"ticket": "A", "created": "2026-03-10T09:00Z", "solved": "2026-03-10T10:00Z"},
    {"ticket": "B", "created": "2026-03-31T23:00Z", "solved": "2026-04-01T09:00Z"},
]


def _nights(period: str, counted_by: str = "received", **given: Any) -> contract.Statement:
    promise = NIGHTLY["objectives"]["p1"] | {"counted_by": counted_by}
    policy = Policy.from_dict(NIGHTLY | {"objectives": {"p1": promise}})
    return contract.statement(policy, period, **{"tickets": NIGHTS} | given)


def test_a_promise_with_open_tickets_is_not_final() -> None:
    """At the end of March B may still be in time; on 2 April it is known to be late."""
    march = _nights("2026-03")
    assert (march["p1"].verdict, march["p1"].is_final, march.is_provisional) == ("met", False, True)
    because = 'still open; it counts once it is decided: give a later as_of, or count by "due"'
    assert [(one.name, one.what, one.number, one.because) for one in march.excluded] == [
        ("p1", "ticket", 1, because)
    ]
    said = "Provisional: p1, 2026-03: 1 ticket is still open at Wed 2026-04-01 00:00."
    assert said in str(march)
    assert said in march.to_html()
    assert f"p1: 1 ticket not counted ({because})." in str(march)
    later = _nights("2026-03", as_of="2026-04-02T00:00Z")
    assert (str(later.total), later.is_provisional, later.excluded) == ("EUR 500.00", False, ())
    # By "due" it is April's; by "stopped" as well, so that March is final.
    for counted_by in ("due", "stopped"):
        march, april = (_nights(month, counted_by) for month in ("2026-03", "2026-04"))
        assert (march.is_provisional, march.excluded, march["p1"].verdict) == (False, (), "met")
        assert str(april.total) == "EUR 500.00"


def test_nothing_is_earned_back_before_it_is_final() -> None:
    """February's credit is returned for a good March once its last ticket was in time."""
    early = [
        {"ticket": "Z", "created": "2026-02-03T09:00Z", "solved": "2026-02-03T19:00Z"},
        NIGHTS[0],
        NIGHTS[1] | {"solved": "2026-04-01T02:00Z"},
    ]
    assert len(_nights("2026-03", tickets=early).lines) == 1
    march = _nights("2026-03", tickets=early, as_of="2026-04-02T00:00Z")
    assert str(march.total) == "EUR -500.00"
    # An earlier statement that is provisional returns nothing either; measured again, it does.
    twice = NIGHTLY["objectives"]["p1"] | {"earn_back": 2}
    policy = Policy.from_dict(NIGHTLY | {"objectives": {"p1": twice}})
    good = {"ticket": "C", "created": "2026-04-10T09:00Z", "solved": "2026-04-10T10:00Z"}
    tickets = [*early, good]
    open_march = contract.statement(policy, "2026-03", tickets=tickets)
    april = contract.statement(policy, "2026-04", tickets=tickets, previous=[open_march])
    assert [str(line.amount) for line in april.lines] == ["EUR 0.00"]
    april = contract.statement(policy, "2026-04", tickets=tickets)
    assert [str(line.amount) for line in april.lines] == ["EUR 0.00", "EUR -500.00"]


def test_caps_of_the_contract() -> None:
    """Lines keep their amounts, and say what they come to: 60 of 175 in proportion."""
    policy = Policy.from_dict(SUPPORT | {"settlement": {"currency": "CHF", "cap": "5 %"}})
    may = contract.statement(policy, "2026-05", tickets=TICKETS, outages=OUTAGES, fee=1200)
    assert str(may.totals.subtotal) == "CHF 175.00"
    assert str(may.total) == "CHF 60.00"
    assert [str(line.credited) for line in may.lines] == ["CHF 18.86", "CHF 41.14"]
    assert "\nanswered  2026-05  50.00 %  90 %      missed   CHF 55.00   CHF 18.86   " in str(may)
    assert "after caps" in may.to_html()
    assert "after caps" not in str(_statement()) + _statement().to_html()
    (reduction,) = may.totals.reductions
    assert reduction.explain() in str(may)


def test_credits_are_earned_back() -> None:
    """Two months without a miss return what the contract paid, after its caps."""
    data = SUPPORT | {"settlement": {"currency": "CHF", "cap": "CHF 87.50"}}
    mail = SUPPORT["availability"]["mail"] | {"earn_back": 2}
    policy = Policy.from_dict(data | {"availability": {"mail": mail}})
    tables: dict[str, Any] = {"tickets": TICKETS, "outages": OUTAGES, "fee": 1200}
    july = contract.statement(policy, "2026-07", **tables)
    assert [str(line.amount) for line in july.lines] == ["CHF 0.00", "CHF 0.00", "CHF -60.00"]
    assert str(july.total) == "CHF -60.00"
    assert july.lines[-1].explain() == (
        "Met in 2026-06, 2026-07, so that the credit of 2026-05 is returned: CHF -60.00."
    )
    assert [line.title for line in july.lines] == ["answered", "mail", "mail, credit of 2026-05"]
    assert july.lines[-1].title_text(language="zh") == "mail，2026-05 的赔付"
    text, page = str(july), july.to_html()
    assert "\nmail, credit of 2026-05  2026-07" in text
    assert "\nEarned back: CHF -60.00\nTo be returned by the customer: CHF 60.00\n" in text
    assert "<h2>To be returned by the customer</h2>" in page
    assert "mail, credit of 2026-05" in page
    assert "of 2 promises" in page
    rows = [*csv.DictReader(StringIO(july.to_csv()))]
    assert [row["returns"] for row in rows] == ["", "", "2026-05", ""]
    for month in ("2026-06", "2026-08"):
        assert str(contract.statement(policy, month, **tables).total) == "CHF 0.00"
    unfinished = contract.statement(policy, "2026-07", **tables, as_of="2026-07-31T12:00Z")
    finished = contract.statement(policy, "2026-07", **tables, as_of="2026-08-03T12:00Z")
    assert [len(made.lines) for made in (unfinished, finished)] == [2, 3]
    june = [*OUTAGES, {"start": "2026-06-01T00:00+02:00", "end": "2026-06-02T00:00+02:00"}]
    july = contract.statement(policy, "2026-07", **tables | {"outages": june})
    assert [str(line.amount) for line in july.lines] == ["CHF 0.00"] * 2
    # Earlier statements are believed: in May the fee was half of today's, so that less was paid.
    may = contract.statement(policy, "2026-05", **tables | {"fee": 600})
    july = contract.statement(policy, "2026-07", **tables, previous=[may])
    assert str(july.total) == "CHF -45.65"  # 60 of 55 + 60, of which the cap left 87.50


CARE: dict[str, Any] = {
    "name": "care",
    "calendars": {"office": {"time_zone": "Europe/Zurich", "week": {"mon-fri": "8-18"}}},
    "duties": {
        "visit": {
            "every": "month",
            "credits": [{"amount": "CHF 50"}],
            "claim": {"within": "30 days", "from": "end of month"},
        },
        "call": {
            "every": "week",
            "from": "calendar",
            "due": "every friday",
            "credits": [{"per": "started day", "amount": "CHF 5"}],
        },
    },
    "penalties": {
        "complaint": {"event": "complaint", "amount": "CHF 70", "words": "Justified complaint"}
    },
}
CUSTOMERS = [
    {"customer": "acme", "from": "2026-03-01"},
    {"customer": "bolt", "from": "2026-05-25"},
]
DONE = [
    {"customer": "acme", "at": f"2026-05-{day:02}T09:00+02:00", "type": type_}
    for day, type_ in [(1, "call"), (10, "visit"), (13, "complaint"), (13, "call"), (23, "call")]
]


def test_duties_and_penalties() -> None:
    """Fridays are 1, 8, 15, 22 and 29 May; a call of Saturday is late by one started day."""
    may = contract.statement(Policy.from_dict(CARE), "2026-05", customers=CUSTOMERS, duties=DONE)
    visit, call, complaint = may.lines
    # Both visits are due on 31 May at the latest, but bolt's month ends on 24 June.
    assert (visit.figure, visit.verdict, str(visit.amount)) == (
        "1 of 1 done in time",
        "met",
        "CHF 0.00",
    )
    # Acme: 1 and 13 May in time, none in the week of 8 May (24 days until the end of May), 23 May
    # late, none in the week of 29 May (3 days); bolt: none in that week either (3 days).
    assert (call.figure, call.verdict) == ("2 of 6 done in time", "missed")
    assert [(piece.reference, str(piece.length)) for piece in call.evidence] == [
        ("acme, 2026-W19", "3 weeks 2 days"),
        ("acme, 2026-W21", "9 hours"),
        ("acme, 2026-W22", "2 days"),
        ("bolt, 2026-W22", "2 days"),
    ]
    # A day ends at midnight.
    assert [str(piece.at) for piece in call.evidence][:2] == [
        "2026-05-09 00:00:00+02:00",
        "2026-05-23 00:00:00+02:00",
    ]
    assert str(call.evidence[1].until) == "2026-05-23 09:00:00+02:00"
    # What is shown is the last day, and lateness in days.
    assert call.explain().splitlines()[1:4] == [
        "- acme, 2026-W19: due 2026-05-08, not done; 23d late",
        "- acme, 2026-W21: due 2026-05-22, done Sat 2026-05-23 09:00; 9h late",
        "- acme, 2026-W22: due 2026-05-29, not done; 2d late",
    ]
    page = may.to_html()
    assert "2026-05-08</td>" in page
    assert "2026-05-09 00:00" not in page
    assert str(call.amount) == "CHF 140.00"  # 5 × (23 + 1 + 2 + 2)
    assert (complaint.figure, complaint.target, str(complaint.amount)) == (
        "1 event",
        "CHF 70.00",
        "CHF 70.00",
    )
    assert str(may.total) == "CHF 210.00"


def test_a_duty_that_is_due_on_the_last_day() -> None:
    """By the end of May the visit was not done, and is not late yet."""
    may = contract.statement(Policy.from_dict(CARE), "2026-05", customers=CUSTOMERS, duties=[])
    assert "- acme, 2026-05: due 2026-05-31, not done" in may["visit"].explain().splitlines()
    assert ">0s<" not in may.to_html()


def test_evidence_of_what_costs_nothing_needs_no_claim() -> None:
    """Misses of an objective that was met, and a promise without credits."""
    answered = SUPPORT["objectives"]["answered"]
    several: tuple[dict[str, Any], ...] = ({"share": "40 %"}, {"credits": []})
    for changes in several:
        promises = {"answered": answered | changes}
        policy = Policy.from_dict(SUPPORT | {"objectives": promises})
        may = contract.statement(policy, "2026-05", tickets=TICKETS, outages=[], fee=1200)
        pieces = may["answered"].evidence
        assert [(piece.reference, piece.claim_until) for piece in pieces] == [
            ("B", None),
            ("D", None),
        ]


def test_duties_need_their_tables() -> None:
    """Empty tables say that there is nothing; without one nothing is known, nor is an amount."""
    policy = Policy.from_dict(CARE)
    for tables, because in (
        ({}, "no table of customers is given"),
        ({"customers": CUSTOMERS}, "no log of the customers' events is given"),
    ):
        may = contract.statement(policy, "2026-05", **tables)  # type: ignore[arg-type]  # of any names
        assert [line.because for line in may.lines] == [because] * 3
        assert [line.amount for line in may.lines] == [None] * 3
        assert [line.credited for line in may.lines] == [None] * 3
        assert f"Not measured, since {because}: visit, call, Justified complaint." in str(may)
    idle = contract.statement(policy, "2026-05", customers=CUSTOMERS, duties=[])
    assert [str(line.amount) for line in idle.lines][::2] == ["CHF 50.00", "CHF 0.00"]
    same = contract.statement(policy, "2026-05", customers=CUSTOMERS, events=DONE)
    assert str(same.total) == "CHF 210.00"


def test_faulty_rows_are_listed() -> None:
    """They count nowhere; unless rows may be faulty, the first is an error."""
    outages = [*OUTAGES, {"start": "2026-05-09T00:00Z", "end": "2026-05-08T00:00Z"}]
    tickets = TICKETS | {"kind": ["real", "real", "real", "real", "unreal"]}
    may = _statement(outages=outages, tickets=tickets, errors="column")
    assert [(error.table, error.row) for error in may.errors] == [("tickets", 4), ("outages", 1)]
    assert str(may.total) == "CHF 175.00"
    with pytest.raises(ContractError.__base__ or Exception, match="outages, row 1"):
        _statement(outages=outages)


def test_tables_of_any_form() -> None:
    """A log, an iterator of tables, or rows in another order come to the same."""
    log = {
        "ticket": [*"ABCDE", *"ABCD"],
        "at": [*TICKETS["created"], *TICKETS["replied"][:4]],
        "type": ["created"] * 5 + ["replied"] * 4,
        "kind": [*TICKETS["kind"], *[None] * 4],
    }
    rows = [dict(zip(TICKETS, row, strict=True)) for row in zip(*TICKETS.values(), strict=True)]
    parts = iter([rows[:2], rows[2:]])
    expected = _statement("2026-06").to_dict()
    for changes in (
        {"tickets": None, "events": log},
        {"tickets": log},
        {"tickets": parts},
        {"tickets": rows, "outages": {"start": [OUTAGES[0]["start"]], "end": [OUTAGES[0]["end"]]}},
    ):
        assert _statement("2026-06", **changes).to_dict() == expected
    with pytest.raises(ContractError, match="given twice"):
        _statement(events=log)


def test_bad_arguments_are_refused() -> None:
    """Each is named."""
    for period in ("May", "2026-13", None, "2026-05-02..2026-05-01"):
        with pytest.raises(ContractError, match="^period: "):
            _statement(period)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(PolicyError, match="is not a policy"):
        contract.statement("support", "2026-05")  # type: ignore[arg-type]  # wrong on purpose


def test_rows_and_csv(tmp_path: Path) -> None:
    """JSON can hold the rows; the last row of the CSV is the total."""
    may = _statement()
    data = json.loads(json.dumps(may.to_dict()))
    assert [row["amount"] for row in data["lines"]] == ["55.00", "120.00"]
    assert (data["total"], data["currency"], data["fee"]) == ("175.00", "CHF", "1200.00")
    text = may.to_csv(tmp_path / "may.csv")
    assert (tmp_path / "may.csv").read_text("utf-8") == text
    rows = [*csv.DictReader(StringIO(text))]
    assert [row["credited"] for row in rows] == ["55.00", "120.00", "175.00"]
    assert [row["name"] for row in rows] == ["answered", "mail", ""]
    assert rows[0]["evidence"] == "B; D"


def test_no_cell_of_the_csv_is_a_formula() -> None:
    """Names of tickets come from outside; negative amounts remain numbers."""
    tickets = TICKETS | {"ticket": ["A", "=1+1", "C", "D", "E"]}
    (row, *_) = csv.DictReader(StringIO(_statement(tickets=tickets).to_csv()))
    assert row["evidence"] == "'=1+1; D"


def test_the_page_needs_nothing_but_itself(tmp_path: Path) -> None:
    """It is well-formed, has every amount, and escapes what comes from tables."""
    tickets = TICKETS | {"ticket": ["A", "<script>", "C", "D", "E"]}
    html = _statement(tickets=tickets).to_html(tmp_path / "may.html")
    assert (tmp_path / "may.html").read_text("utf-8") == html
    for text in ("CHF 175.00", "CHF 120.00", "&lt;script&gt;", "Support of Example Ltd"):
        assert text in html
    assert "<script" not in html
    assert "http" not in html.replace("http-equiv", "")
    assert "@media print" in html
    assert "prefers-color-scheme: dark" in html
    tables = re.findall(r"<table.*?</table>", html, re.DOTALL)
    assert len(tables) > 1
    for table in tables:
        assert re.match(r'<table[^>]*>\s*<caption class="unseen">[^<]+</caption>', table)
        headings = re.findall(r"<th\b([^>]*)>", table)
        assert all(re.search(r'scope="(col|row|rowgroup)"', heading) for heading in headings)
    assert "应付客户" in _statement().to_html(language="zh")


def test_the_view_of_notebooks_has_a_language() -> None:
    """English by itself, or the one that is requested; part of a page, not a page."""
    view = _statement()._repr_html_()
    assert view == _statement().to_html(whole_page=False)
    assert "CHF 175.00" in "".join(ET.fromstring(view).itertext())  # noqa: S314 - our own
    chinese = _statement().to_html(language="zh", whole_page=False)
    text = "".join(ET.fromstring(chinese).itertext())  # noqa: S314 - our own
    assert "应付客户：CHF 175.00" in text
    assert "<html" not in chinese


def test_tickets_of_later_months_do_not_exist_yet() -> None:
    """A log, or a table, may go on after the period."""
    later = {"ticket": "Z", "at": "2026-06-02T09:00+02:00", "type": "created", "kind": "real"}
    rows = [dict(zip(TICKETS, row, strict=True)) for row in zip(*TICKETS.values(), strict=True)]
    log = [
        {"ticket": row["ticket"], "at": row[at], "type": type_, "kind": row["kind"]}
        for row in rows
        for at, type_ in (("created", "created"), ("replied", "replied"))
        if row[at]
    ]
    table = [*rows, {"ticket": "Z", "created": later["at"], "replied": None, "kind": "real"}]
    for tickets in ([*log, later], table):
        assert _statement(tickets=tickets).to_dict() == _statement().to_dict()


def test_periods_of_every_kind() -> None:
    """A week ends in May if its Sunday does; 30 rolling days end with May."""
    common = {"metric": "response", "share": "90 %", "credits": [{"amount": "CHF 7"}]}
    periods = {"day": "day", "week": "week", "rolling": "rolling 30 days", "any": ""}
    policy = Policy.from_dict(
        SUPPORT
        | {"objectives": {name: common | {"period": text} for name, text in periods.items()}}
    )
    may = contract.statement(policy, "2026-05", tickets=TICKETS, outages=[])
    of = {name: [line for line in may.lines if line.name == name] for name in periods}
    assert [len(lines) for lines in of.values()] == [31, 5, 1, 1]
    assert [str(line.period) for line in of["week"]] == [f"2026-W{n}" for n in range(18, 23)]
    # B, D and the test E are missed: on three days, in one week, and by all of May.
    assert [
        str(sum(line.amount.amount for line in lines if line.amount)) for lines in of.values()
    ] == [
        "21.00",
        "21.00",
        "21.00",
        "21.00",
    ]
    assert [str(line.period) for line in of["rolling"]] == ["2026-05"]
    part = contract.statement(policy, "2026-05-01..2026-05-09", tickets=TICKETS, outages=[])
    assert [line.name for line in part.lines].count("week") == 1
    assert {one.name for one in part.excluded} == {"mail"}


def test_a_share_of_the_fee_limits_only_if_it_is_known() -> None:
    """A cap that cannot be applied would let amounts pass."""
    answered = SUPPORT["objectives"]["answered"]
    for changes, what in (
        ({"objectives": {"answered": answered | {"cap": "2 %"}}}, "the credit of 'answered'"),
        ({"settlement": {"cap": "2 %"}}, "the contract's cap"),
    ):
        policy = Policy.from_dict(SUPPORT | changes)
        with pytest.raises(ContractError, match=f"^fee: {what}"):
            contract.statement(policy, "2026-05", tickets=TICKETS, outages=[])
        made = contract.statement(policy, "2026-05", tickets=TICKETS, outages=[], fee=1200)
        assert str(made.total) == "CHF 24.00"
    with pytest.raises(ContractError, match="'monthly' is not a kind of period"):
        _statement(fee={"monthly": 1200})


def test_lateness_counts_on_the_calendar_of_the_targets() -> None:
    """In working hours of the desk that the targets name; not of the policy's own calendar."""
    calendars = SUPPORT["calendars"] | {
        "night": {"time_zone": "Europe/Zurich", "week": {"mon-sun": "18-20"}}
    }
    within = {"within": "1 working hour", "calendar": "night"}
    rows = [
        {"when": {"kind": "real"}, "targets": {"response": within}},
        {"targets": {"response": "4 working hours"}},
    ]
    answered = SUPPORT["objectives"]["answered"] | {"when": {"kind": "real"}, "claim": None}
    changes = {
        "calendars": calendars,
        "calendar": "office",
        "tables": {"all": rows},
        "objectives": {"answered": {key: value for key, value in answered.items() if value}},
    }
    policy = Policy.from_dict(SUPPORT | changes)
    # Due on Monday at 19:00; answered on Wednesday at noon: an hour of Monday, two of Tuesday.
    tickets = {
        "created": ["2026-05-04T09:00+02:00"],
        "replied": ["2026-05-06T12:00+02:00"],
        "kind": ["real"],
    }
    made = contract.statement(policy, "2026-05", tickets=tickets, outages=[])
    assert str(made["answered"].amount) == "CHF 15.00"


def test_tables_of_polars_and_arrow() -> None:
    """Also lazy ones."""
    start, end = (datetime.fromisoformat(OUTAGES[0][name]) for name in ("start", "end"))
    table = pl.DataFrame({"start": [start], "end": [end]})
    for outages in (table, table.lazy(), table.to_arrow()):
        assert str(_statement(outages=outages).total) == "CHF 175.00"


def test_what_duties_returned_is_as_good_as_their_log() -> None:
    """Penalties need the log itself."""
    policy = Policy.from_dict(CARE)
    owed = contract.duties(policy, CUSTOMERS, DONE, "2026-06-01T00:00+02:00")
    expected = contract.statement(policy, "2026-05", customers=CUSTOMERS, duties=DONE)
    made = contract.statement(policy, "2026-05", customers=CUSTOMERS, duties=owed, events=DONE)
    assert made.to_dict() == expected.to_dict()
    alone = contract.statement(policy, "2026-05", duties=owed)
    assert alone["call"].to_dict() == expected["call"].to_dict()
    assert alone["complaint"].because == "no table of customers is given"


def test_empty_lists_and_single_years() -> None:
    """They are tables and periods, too."""
    empty: list[dict[str, Any]] = [
        {"tickets": []},
        {"tickets": None, "events": []},
        {"tickets": iter([])},
    ]
    for changes in empty:
        assert str(_statement(**changes).total) == "CHF 120.00"
    year = contract.statement(Policy.from_dict(SUPPORT), 2026, tickets=TICKETS)
    assert len(year.lines) == 12 + 4 + 12


def test_lines_by_name_and_in_order() -> None:
    """An unknown name is an error with a suggestion; so is a previous statement that is none."""
    may = _statement()
    assert [line.name for line in may] == ["answered", "mail"]
    with pytest.raises(KeyError, match="did you mean 'mail'"):
        may["mial"]
    with pytest.raises(ContractError, match="'x' is not a statement"):
        _statement(previous=["x"])
    assert _statement("2026-06", previous=may).to_dict() == _statement("2026-06").to_dict()


def test_versions_in_force() -> None:
    """A promise is that of its own period's first day, the settlement that of the statement's."""
    dearer = SUPPORT["availability"]["mail"] | {"credits": [{"below": "99.9 %", "percent": 20}]}
    later = {
        "effective_from": "2026-05-15",
        "availability": {"mail": dearer},
        "objectives": {
            "calm": {"share": "50 %", "metric": "response", "period": "quarter"},
            "steady": {"share": "40 %", "metric": "response", "period": "quarter"},
        },
        "settlement": {"currency": "CHF", "cap": "15 %"},
    }
    policy = Policy.from_dict(SUPPORT | {"versions": [later]})
    down = [
        {"start": f"2026-{month}-20T00:00+02:00", "end": f"2026-{month}-20T03:00+02:00"}
        for month in ("05", "06", "09")
    ]
    lines = {
        month: contract.statement(policy, f"2026-{month}", tickets=TICKETS, outages=down, fee=1000)
        for month in ("05", "06", "09")
    }
    assert [[line.name for line in made] for made in lines.values()] == [
        ["answered", "mail"],
        ["answered", "steady", "mail"],
        ["answered", "steady", "calm", "mail"],
    ]
    assert [str(made["mail"].amount) for made in lines.values()] == [
        "CHF 100.00",
        "CHF 200.00",
        "CHF 200.00",
    ]
    assert [(one.name, one.because) for one in lines["06"].excluded] == [
        ("calm", "it was not in force when its period began")
    ]
    # The second quarter began under the first version, though June is under the second.
    assert [lines[month]["steady"].target for month in ("06", "09")] == ["95 %", "40 %"]
    assert [str(made["mail"].credited) for made in lines.values()] == [
        "CHF 100.00",
        "CHF 150.00",
        "CHF 150.00",
    ]


def test_a_contract_that_begins_within_the_period() -> None:
    """Its promises count from then on; before it there is no statement."""
    policy = Policy.from_dict(SUPPORT | {"effective_from": "2026-05-06"})
    tables: dict[str, Any] = {"tickets": TICKETS, "outages": OUTAGES, "errors": "column"}
    may = contract.statement(policy, "2026-05", fee=1000, **tables)
    assert may["answered"].figure == "50.00 %"  # of C and D
    assert [error.row for error in may.errors] == [0, 1]
    with pytest.raises(ContractError, match="no version of support is in force in 2026-04"):
        contract.statement(policy, "2026-04", fee=1000, **tables)


def test_a_duty_is_settled_where_it_is_due() -> None:
    """The visit of May may be made on Monday, 1 June, since May ends on a Sunday."""
    visit = CARE["duties"]["visit"] | {"roll": "following", "calendar": "office"}
    policy = Policy.from_dict(CARE | {"duties": {"visit": visit}})
    customers = CUSTOMERS[:1]
    may, june = (
        contract.statement(policy, month, customers=customers, duties=[])
        for month in ("2026-05", "2026-06")
    )
    assert may["visit"].because == "nothing was due"
    assert june["visit"].figure == "0 of 2 done in time"  # that of June is due on Tuesday, the 30th
    assert str(june["visit"].amount) == "CHF 100.00"


# Names that the policy does not have --------------------------------------------------------------

SHOP = Policy(
    "shop",
    availability={"shop": {"target": "99 %", "component": "shop"}},
    duties={"visit": {"every": "month"}},
    penalties={
        "complaint": {"event": {"event": "complaint", "justified": True}, "amount": "CHF 50"}
    },
    settlement={"currency": "CHF"},
)


@pytest.mark.parametrize("name", ["shpo", "Shop", "shop ", "shopp"])
def test_unknown_components_are_listed(name: str) -> None:
    outages = {
        "start": ["2026-05-04T08:00Z", "2026-05-05T08:00Z", "2026-04-05T08:00Z"],
        "end": ["2026-05-04T09:00Z", "2026-05-05T09:00Z", "2026-04-05T09:00Z"],
        "component": [name, name, name],
    }
    windows = {word: column[:1] for word, column in outages.items()}
    report = contract.availability(SHOP, outages, maintenance=windows, period="2026-05")
    assert report.unknown == (
        ("outage", name, 2, "shop"),
        ("maintenance", name, 1, "shop"),
    )
    said = f"2 outages: no availability target has the component {name!r}; did you mean 'shop'?"
    assert said in str(report)
    assert report.to_dicts()[0]["unknown"][0]["suggestion"] == "shop"
    may = contract.statement(SHOP, "2026-05", outages=outages, maintenance=windows)
    assert [(one.what, one.number, one.given) for one in may.excluded] == [
        ("outage", 2, name),
        ("maintenance", 1, name),
    ]
    assert all("did you mean 'shop'?" in one.because for one in may.excluded)
    assert f"2 outages not counted (no availability target has the component {name!r}" in str(may)
    assert "1 maintenance window not counted" in str(may)
    assert "您是否想写 'shop'" in may.to_text(language="zh")


def test_a_target_of_everything_knows_all_components() -> None:
    policy = Policy("all", availability={"mail": {"target": "99 %"}})
    outages = [{**OUTAGES[0], "component": "printer"}]
    assert not contract.availability(policy, outages, period="2026-05").unknown
    assert not contract.statement(policy, "2026-05", outages=outages, fee="CHF 1").excluded


def test_unknown_types_of_events_are_listed() -> None:
    kinds = ["complain", "Complaint", "complain", "zzz", "visit"]
    log = [
        {"customer": "acme", "at": f"2026-05-0{day}T08:00Z", "type": kind, "justified": "true"}
        for day, kind in enumerate(kinds, 1)
    ]
    found = (
        ("event", "complain", 2, "complaint"),
        ("event", "Complaint", 1, "complaint"),
        ("event", "zzz", 1, ""),
    )
    tables = [{"customer": "acme"}], log
    assert contract.penalties(SHOP, *tables, "2026-05").unknown == found
    owed = contract.duties(SHOP, *tables, "2026-06-01T00:00Z")
    assert owed.unknown == found
    assert "2 events: no duty and no penalty has events of the type 'complain'; did" in str(owed)
    for given in (log, owed):
        may = contract.statement(SHOP, "2026-05", customers=tables[0], duties=given)
        excluded = [one for one in may.excluded if one.what == "event"]
        assert [(one.what, one.given, one.number, one.suggestion) for one in excluded] == [
            (what, name, number, like) for what, name, number, like in found
        ]
    june = contract.statement(SHOP, "2026-06", customers=tables[0], duties=log)
    assert not june.excluded


@pytest.mark.parametrize("value", ["TRUE", "True", "true", " true ", True])
def test_truths_of_events_may_be_text(value: object) -> None:
    event = {"customer": "acme", "at": "2026-05-01T08:00Z", "type": "complaint"}
    log = [{**event, "justified": value}, {**event, "justified": "FALSE"}]
    assert len(contract.penalties(SHOP, [{"customer": "acme"}], log, "2026-05")) == 1
    other = {"event": {"event": "complaint", "not": {"justified": False}}, "amount": "CHF 50"}
    policy = Policy("shop", penalties={"complaint": other})
    assert len(contract.penalties(policy, [{"customer": "acme"}], log, "2026-05")) == 1


def test_columns_of_every_table_may_have_other_names() -> None:
    outages = [{"begin": "2026-05-04T08:00Z", "end": "2026-05-04T20:00Z", "component": "shop"}]
    names: dict[str, Any] = {"outages": {"start": "begin"}, "tickets": {"created": "opened"}}
    tickets = {"opened": ["2026-05-04T08:00Z"]}
    may = contract.statement(SHOP, "2026-05", outages=outages, tickets=tickets, columns=names)
    assert may["shop"].verdict == "missed"
    with pytest.raises(ColumnError, match=r"of the table outages .*columns={'outages': {'start'"):
        contract.statement(SHOP, "2026-05", outages=outages)
    with pytest.raises(ColumnError, match="did you mean 'outages'"):
        contract.statement(SHOP, "2026-05", outages=outages, columns={"outage": {"start": "begin"}})
    log = [{"who": "acme", "at": "2026-05-04T08:00Z", "type": "visit"}]
    of_log = {"duties": {"customer": "who"}}
    customers = [{"customer": "acme"}]
    may = contract.statement(SHOP, "2026-05", customers=customers, duties=log, columns=of_log)
    assert may["visit"].verdict == "met"


# What changes between periods ---------------------------------------------------------------------

ALWAYS_UP = {
    "target": "99.9 %",
    "earn_back": 2,
    "credits": [{"below": "99.9 %", "percent": 10}],
}


def francs(**sections: Any) -> Policy:
    return Policy.from_dict({"name": "desk", "settlement": {"currency": "CHF"}, **sections})


@pytest.mark.parametrize("period", ["2026-02", "2026-03", "2026-04", "2026-05", "2027-01"])
def test_nothing_is_earned_back_from_before_a_promise(period: str) -> None:
    """The promise is there from March on, and there was nothing to return in any month."""
    promise = {"effective_from": "2026-03-01", "availability": {"mail": ALWAYS_UP}}
    for policy in (francs(versions=[promise]), francs(**promise)):
        if period >= "2026-03" or policy.effective_from is None:
            made = contract.statement(policy, period, outages=[], fee=1000)
            assert made.total == Money(0, "CHF")
            assert [line.verdict for line in made.lines] == ["met"] * (period >= "2026-03")


def test_nothing_is_earned_back_from_before_the_supported_years() -> None:
    made = contract.statement(
        francs(availability={"mail": ALWAYS_UP}), "1900-01", outages=[], fee=1000
    )
    assert made.total == Money(0, "CHF")


def test_duties_and_penalties_have_the_amounts_of_the_version_in_force() -> None:
    """April: 5 + 1. May and June: 7 + 11 + 3 + 100 each. The quarter has as much: 248."""

    def monthly(amount: int) -> dict[str, Any]:
        return {"every": "month", "from": "calendar", "credits": [{"amount": f"CHF {amount}"}]}

    def bad(amount: int) -> dict[str, str]:
        return {"event": "bad", "amount": f"CHF {amount}"}

    later = {
        "effective_from": "2026-05-01",
        "duties": {"call": monthly(7), "visit": monthly(11)},
        "penalties": {"one": bad(3), "other": bad(100)},
    }
    policy = francs(duties={"call": monthly(5)}, penalties={"one": bad(1)}, versions=[later])
    events = [
        {"customer": "acme", "at": f"2026-0{month}-15T10:00Z", "type": "bad"} for month in (4, 5, 6)
    ]
    customers = [{"customer": "acme", "from": "2026-01-01"}]
    totals = [
        contract.statement(policy, period, customers=customers, duties=events).total
        for period in ("2026-04", "2026-05", "2026-06", "2026-Q2")
    ]
    assert totals == [Money(amount, "CHF") for amount in (6, 121, 121, 248)]


SLOW = [{"created": "2026-05-04T10:00Z", "solved": "2026-05-05T13:00Z"}] * 2


@pytest.mark.parametrize(
    ("terms", "amount"),
    [
        # 27 hours on average: the objective is missed once.
        ({"mean": "2 hours", "credits": [{"percent": 7}]}, 70),
        ({"mean": "30 hours", "credits": [{"percent": 7}]}, 0),
        # Two of two missed where one may be: judged, and 0 % is below 90 %.
        ({"share": "90 %", "if_fewer": "one may miss", "at_least": 5}, 110),
        ({"share": "90 %", "at_least": 5}, 0),
    ],
)
def test_what_is_missed_costs(terms: dict[str, Any], amount: int) -> None:
    scale = {"credits": [{"below": "90 %", "percent": 10}, {"amount": "CHF 5"}]}
    policy = francs(
        metrics={"resolution": {"stop": "solved"}},
        tables={"all": [{"targets": {"resolution": "2 hours"}}]},
        objectives={"quick": {"metric": "resolution", "period": "month", **scale, **terms}},
    )
    made = contract.statement(policy, "2026-05", tickets=SLOW, fee=1000)
    assert made.total == Money(amount, "CHF")
    assert "quick" in made.to_html()


def test_duties_of_another_policy_or_of_too_early_an_instant_are_refused() -> None:
    call = {"every": "month", "credits": [{"amount": "CHF 5"}]}
    policy = francs(duties={"call": call})
    customers = [{"customer": "acme", "from": "2026-01-01"}]
    early = contract.duties(policy, customers, [], "2026-03-01T00:00Z")
    with pytest.raises(ContractError, match="are needed as of 2026-07-01"):
        contract.statement(policy, "2026-06", duties=early)
    with pytest.raises(ContractError, match="evaluated by another policy"):
        contract.statement(francs(duties={"visit": call}), "2026-02", duties=early)
    empty: list[dict[str, Any]] = [{"duties": []}, {"events": []}]
    for nothing in empty:
        made = contract.statement(policy, "2026-06", customers=customers, **nothing)
        assert made.total == Money(5, "CHF")


def test_arguments_of_any_type_are_refused_by_name() -> None:
    with pytest.raises(ContractError, match="previous: 5 is not a statement"):
        _statement(previous=5)
    assert _statement(previous=None).total == _statement().total
