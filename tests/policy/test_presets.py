r"""The policies that come with the library promise what the papers behind them say.

The expectations, of one line each, are in ``conformance/presets.txt``, worked out by hand:

    POLICY  ATTRIBUTE=VALUE … | RECEIVED [since EVENT=INSTANT, …] | METRIC ANSWER, …   # arithmetic

An ANSWER is an instant, and after it, where they are promised or matter, ``limit INSTANT``,
``by TABLE`` and ``provisional``; or ``-`` and the reason in quotes, of which ``…`` stands for any
rest. In place of all answers, ``refused``. Whatever is not written is not so: an instant without
a limit has none, and one without ``provisional`` is certain. The table may go unsaid.

The long breaks are swept through besides, and there the oracle reckons; never the product.
"""

from __future__ import annotations

import re
import shlex
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from slacalc import Policy, SlacalcError, presets
from slacalc.errors import ProvisionalError, TicketError
from tests.oracles.calendar import EPOCH, HOUR, Regime, Walker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAMES = (
    "kingdee-diexun",
    "unida",
    "seeyon-ekp",
    "mingdun",
    "file-encryption-vip",
    "itil-standard",
    "boston-311",
)
ZONES = {"itil-standard": "UTC", "boston-311": "America/New_York"}
FILE = Path(__file__).parents[1] / "calendar" / "conformance" / "presets.txt"
WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")

AT = r"(?:Mo|Tu|We|Th|Fr|Sa|Su) \d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?"
AFTER = rf"(?: limit (?P<limit>{AT}))?(?: by (?P<table>[a-z-]+))?(?P<guess> provisional)?"
DUE = rf"(?P<due>{AT}){AFTER}"
ANSWER = re.compile(rf'(?P<metric>[a-z-]+) (?:{DUE}|- "(?P<reason>[^"]*)")(?:, |$)')

# Lines --------------------------------------------------------------------------------------------


class Line(NamedTuple):
    """One expectation, cut into its parts."""

    place: str
    policy: str
    ticket: dict[str, str]
    received: datetime
    since: dict[str, datetime]
    answers: list[dict[str, str]]  # none for a ticket that is refused


def read_instant(text: str, zone: str) -> datetime:
    """An instant in UTC; refused where its weekday is wrong."""
    weekday, day, clock = text.split(" ")
    at = datetime.fromisoformat(f"{day}T{clock}")
    assert WEEKDAYS[at.weekday()] == weekday, f"{day} is not a {weekday}"
    return at.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def read_answers(text: str) -> list[dict[str, str]]:
    """The answers of a line, each by the names of its parts; all of the text must be read."""
    if text == "refused":
        return []
    found = list(ANSWER.finditer(text))
    assert found, text
    assert "".join(match[0] for match in found) == text, text
    return [match.groupdict() for match in found]


def read_line(place: str, text: str) -> Line:
    """One expectation."""
    head, when, answers = (part.strip() for part in text.split("|"))
    policy, *pairs = shlex.split(head)
    received, _, events = when.partition(" since ")
    zone = ZONES.get(policy, "Asia/Shanghai")
    return Line(
        place,
        policy,
        dict(pair.split("=", 1) for pair in pairs),
        read_instant(received.strip(), zone),
        {
            event: read_instant(at, zone)
            for event, at in (one.split("=") for one in events.split(", ") if one)
        },
        read_answers(answers),
    )


def lines() -> Iterator[Line]:
    """Every expectation of the file."""
    for number, text in enumerate(FILE.read_text("utf-8").splitlines(), 1):
        line = text.partition("#")[0].strip()
        if line:
            yield read_line(f"{FILE.name}:{number}", line)


ALL = list(lines())


def check_due(deadline: Any, expected: dict[str, str], zone: str) -> None:
    """The instant, the limit, the table and the certainty of a deadline are those written."""
    assert deadline.due is not None, f"nothing is due: {deadline.reason}"
    assert deadline.due.astimezone(UTC) == read_instant(expected["due"], zone), str(deadline.due)
    assert deadline.reason == ""
    if expected["limit"]:
        assert deadline.limit is not None
        assert deadline.limit.astimezone(UTC) == read_instant(expected["limit"], zone)
    else:
        assert deadline.limit is None
    if expected["table"]:
        assert deadline.table == expected["table"]
    assert deadline.provisional is bool(expected["guess"])


def check_reason(deadline: Any, reason: str) -> None:
    """Nothing is due, for the reason written."""
    assert deadline.due is None, str(deadline.due)
    assert deadline.limit is None
    assert deadline.reason
    if reason.endswith("…"):
        assert deadline.reason.startswith(reason[:-1])
    else:
        assert deadline.reason == reason


@pytest.mark.parametrize("line", ALL, ids=lambda line: line.place)
def test_a_line_holds(line: Line) -> None:
    """The policy answers what was worked out by hand."""
    policy = presets.load(line.policy)
    if not line.answers:
        with pytest.raises(TicketError):
            policy.deadlines(line.ticket, line.received, since=line.since)
        return
    deadlines = policy.deadlines(line.ticket, line.received, since=line.since)
    for expected in line.answers:
        deadline = deadlines[expected["metric"]]
        assert deadline.metric == expected["metric"]
        if expected["due"]:
            check_due(deadline, expected, ZONES.get(line.policy, "Asia/Shanghai"))
        else:
            check_reason(deadline, expected["reason"])
        assert deadlines.covered is (expected["reason"] != "not covered")


def test_the_file_says_enough() -> None:
    """Every policy, every metric of the five papers and every value of every attribute occurs."""
    assert {line.policy for line in ALL} == set(NAMES)
    said = {(line.policy, one["metric"]) for line in ALL for one in line.answers if one["due"]}
    metrics = {
        "kingdee-diexun": "response arrival resolution",
        "unida": "arrival",
        "seeyon-ekp": "arrival",
        "mingdun": "response arrival resolution acceptance report result pickup callback",
        "file-encryption-vip": "response arrival workaround resolution callback result follow-up",
    }
    assert said >= {(name, metric) for name in metrics for metric in metrics[name].split()}
    values = {(line.policy, *pair) for line in ALL for pair in line.ticket.items()}
    for policy, attribute, known in (
        ("kingdee-diexun", "channel", "electronic hotline remote on-site data-repair"),
        ("kingdee-diexun", "urgency", "standard workday-urgent holiday-urgent"),
        ("kingdee-diexun", "tier", "platinum gold silver bronze"),
        ("kingdee-diexun", "distance", "regular remote-area"),
        ("unida", "zone", "kunming-city kunming-suburb province"),
        ("unida", "special", "true false"),
        ("seeyon-ekp", "channel", "hotline on-site"),
        ("seeyon-ekp", "location", "city outside"),
        ("mingdun", "fault-level", "1 2 3 4"),
        ("mingdun", "kind", "fault hardware-fault complaint"),
        ("file-encryption-vip", "level", "1 2 3"),
        ("file-encryption-vip", "location", "local elsewhere"),
        ("file-encryption-vip", "kind", "request complaint"),
    ):
        assert values >= {(policy, attribute, value) for value in known.split()}, attribute


def test_a_slip_in_the_file_is_refused() -> None:
    """A wrong weekday, or an answer that cannot be read, fails as a slip."""
    with pytest.raises(AssertionError, match="is not a Mo"):
        read_line("-", "unida zone=province | Mo 2024-05-21 10:00 | refused")
    with pytest.raises(AssertionError):
        read_answers("arrival Mo 2024-05-20 10:00, response soon")


# Loading ------------------------------------------------------------------------------------------


def test_the_presets_are_the_seven() -> None:
    """Five papers, one textbook, one city."""
    names = presets.names()
    assert isinstance(names, tuple)
    assert len(names) == len(NAMES)
    assert set(names) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_reads_back_what_it_writes(name: str) -> None:
    """TOML, JSON and plain data say the whole of a policy."""
    policy = presets.load(name)
    assert policy.name == name
    assert Policy.from_toml(policy.to_toml()) == policy
    assert Policy.from_json(policy.to_json()) == policy
    assert Policy.from_dict(policy.to_dict()) == policy


def test_an_unknown_preset_is_refused_with_what_looks_alike() -> None:
    """A slip of the pen finds its name."""
    with pytest.raises(SlacalcError, match="kingdee-diexum") as caught:
        presets.load("kingdee-diexum")
    assert list(caught.value.suggestions) == ["kingdee-diexun"]  # type: ignore[attr-defined] # of SlacalcError
    with pytest.raises(SlacalcError) as caught:
        presets.load("qwertz")
    assert not caught.value.suggestions  # type: ignore[attr-defined] # of SlacalcError


# Tickets ------------------------------------------------------------------------------------------


def shanghai(text: str) -> datetime:
    """An instant, by the clock of Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("name", "ticket", "attribute"),
    [
        ("kingdee-diexun", {"urgency": "standard"}, "channel"),
        ("unida", {"special": True}, "zone"),
        ("seeyon-ekp", {"channel": "on-site"}, "location"),
        ("boston-311", {}, "type"),
    ],
)
def test_a_ticket_without_what_a_row_needs_is_refused(
    name: str, ticket: dict[str, Any], attribute: str
) -> None:
    """The error names the attribute that is missing."""
    with pytest.raises(TicketError, match=attribute) as caught:
        presets.load(name).deadlines(ticket, shanghai("2024-05-20T10:00"))
    assert caught.value.attribute == attribute
    assert caught.value.given is None


@pytest.mark.parametrize(
    ("name", "ticket", "attribute", "known"),
    [
        ("kingdee-diexun", {"channel": "on-sight"}, "channel", "on-site"),
        ("kingdee-diexun", {"channel": "on-site", "tier": "tin"}, "tier", "silver"),
        ("unida", {"zone": "beijing"}, "zone", "province"),
        ("mingdun", {"fault-level": 5}, "fault-level", 4),
        ("file-encryption-vip", {"level": "4"}, "level", 3),
        ("boston-311", {"type": "Graffity Removal"}, "type", "Graffiti Removal"),
    ],
)
def test_a_value_that_the_paper_does_not_know_is_refused(
    name: str, ticket: dict[str, Any], attribute: str, known: object
) -> None:
    """The error lists the values that the policy knows."""
    with pytest.raises(TicketError) as caught:
        presets.load(name).deadlines(ticket, shanghai("2024-05-20T10:00"))
    assert caught.value.attribute == attribute
    assert caught.value.given == ticket[attribute]
    assert known in caught.value.known


def test_a_refusal_says_why() -> None:
    """Holiday urgency on a plain weekend is bad input, and the message mentions holidays."""
    ticket = {"channel": "on-site", "urgency": "holiday-urgent"}
    with pytest.raises(TicketError, match="holiday"):
        presets.load("kingdee-diexun").deadlines(ticket, shanghai("2024-05-18T10:00"))


@pytest.mark.parametrize(
    ("name", "typed", "text"),
    [
        ("mingdun", {"fault-level": 2}, {"fault-level": "2"}),
        ("file-encryption-vip", {"level": 3}, {"level": "3"}),
        ("unida", {"zone": "province", "special": True}, {"zone": "province", "special": "true"}),
        (
            "unida",
            {"zone": "province", "contract-until": date(2024, 5, 20)},
            {"zone": "province", "contract-until": "2024-05-20"},
        ),
        (
            "seeyon-ekp",
            {"channel": "hotline", "purchased": date(2023, 5, 20), "fee-paid": False},
            {"channel": "hotline", "purchased": "2023-05-20", "fee-paid": "false"},
        ),
    ],
)
def test_values_may_come_as_text(name: str, typed: dict[str, Any], text: dict[str, str]) -> None:
    """What a table of text says of a ticket is what typed values say."""
    policy, at = presets.load(name), shanghai("2024-05-20T23:59:59")
    since = {"accepted": at}
    first, second = (policy.deadlines(one, at, since=since) for one in (typed, text))
    assert first.to_dicts() == second.to_dicts()
    assert first.covered is second.covered


def test_dates_are_those_of_the_policy_s_zone() -> None:
    """Where it is still September in Greenwich, China has National Day."""
    kingdee, unida = presets.load("kingdee-diexun"), presets.load("unida")
    urgent = {"channel": "on-site", "urgency": "holiday-urgent"}
    # 15:59:59 UTC is 23:59:59 in Shanghai, and a second later it is the next date there.
    with pytest.raises(TicketError):
        kingdee.deadlines(urgent, "2024-09-30T15:59:59Z")
    deadline = kingdee.deadlines(urgent, "2024-09-30T16:00:00Z")["arrival"]
    assert deadline.due == shanghai("2024-10-01T12:00")

    contract = {"zone": "kunming-city", "contract-until": "2024-12-31"}
    assert unida.deadlines(contract, "2024-12-31T15:59:59Z").covered
    assert not unida.deadlines(contract, "2024-12-31T16:00:00Z").covered

    vip = presets.load("file-encryption-vip")
    deadlines = vip.deadlines(
        {"kind": "complaint"}, "2024-05-20T10:00:00Z", since={"agreed": "2024-05-20T16:30:00Z"}
    )
    assert deadlines["result"].due == shanghai("2024-05-22T00:00")  # agreed at 00:30 on the 21st


def test_a_metric_that_no_paper_knows_is_a_key_error() -> None:
    """Asking for what is not there is an error of both kinds."""
    deadlines = presets.load("unida").deadlines({"zone": "province"}, shanghai("2024-05-20T10:00"))
    with pytest.raises(KeyError):
        deadlines["arival"]
    with pytest.raises(SlacalcError, match="arrival"):
        deadlines["arival"]


# Promises -----------------------------------------------------------------------------------------

Promised = list[tuple[str, "str | None", "datetime | None", str]]


@pytest.mark.parametrize(
    ("name", "ticket", "at", "metric", "expected"),
    [
        pytest.param(
            "kingdee-diexun",
            {"channel": "on-site", "tier": "gold"},
            "2024-09-13T16:00",
            "arrival",
            [  # a working day on is the make-up Saturday; 16 hours are 1.5 Fr, 8 Sa, 6.5 We
                ("tier-promise", "1 working day", shanghai("2024-09-14T16:00"), ""),
                ("service-standard", "16 working hours", shanghai("2024-09-18T16:00"), ""),
            ],
            id="gold",
        ),
        pytest.param(
            "kingdee-diexun",
            {"channel": "on-site", "tier": "platinum", "urgency": "holiday-urgent"},
            "2024-10-01T10:00",
            "response",
            [  # the office, and with it "at once", opens again on Tuesday the 8th
                ("service-standard", "4 hours", shanghai("2024-10-01T14:00"), ""),
                ("tier-promise", "at once", shanghai("2024-10-08T08:30"), ""),
            ],
            id="platinum-on-a-holiday",
        ),
        pytest.param(
            "kingdee-diexun",
            {"channel": "on-site", "tier": "bronze"},
            "2024-05-08T10:00",
            "response",
            [  # a promise without a figure never beats one with
                ("service-standard", "4 working hours", shanghai("2024-05-08T15:00"), ""),
                ("tier-promise", None, None, "dispatched"),
            ],
            id="bronze",
        ),
        pytest.param(
            "file-encryption-vip",
            {"level": 3, "location": "local"},
            "2024-05-20T10:00",
            "arrival",
            [  # the conflict: the graver level promises less than anyone local is promised
                ("general-promise", "4 hours", shanghai("2024-05-20T14:00"), ""),
                ("vip-level", "8 hours", shanghai("2024-05-20T18:00"), ""),
            ],
            id="vip-3",
        ),
        pytest.param(
            "file-encryption-vip",
            {"level": 1, "location": "local"},
            "2024-05-20T10:00",
            "response",
            [
                ("vip-level", "at once", shanghai("2024-05-20T10:00"), ""),
                ("general-promise", "2 hours", shanghai("2024-05-20T12:00"), ""),
            ],
            id="vip-1",
        ),
    ],
)
def test_the_strictest_promise_holds_and_the_others_stay_visible(
    name: str, ticket: dict[str, Any], at: str, metric: str, expected: Promised
) -> None:
    """Across tables the earliest deadline holds; `promises` has the winner first."""
    deadline = presets.load(name).deadlines(ticket, shanghai(at))[metric]
    assert [(one.table, one.within, one.due, one.reason) for one in deadline.promises] == expected
    winner = deadline.promises[0]
    assert (deadline.table, deadline.row) == (winner.table, winner.row)
    assert (deadline.due, deadline.within) == (winner.due, winner.within)
    assert all(isinstance(one.row, int) and one.row >= 0 for one in deadline.promises)
    explanation = deadline.explain()
    assert all(one.table in str(explanation) for one in deadline.promises)


def test_who_misses_a_resolution_replaces_the_unit() -> None:
    """Any fault, of any level, has the consequence; nothing else has one."""
    policy, at = presets.load("mingdun"), shanghai("2024-05-20T10:00")
    for kind in ("fault", "hardware-fault"):
        for level in (1, 2, 3, 4, None):
            ticket = {"kind": kind} | ({"fault-level": level} if level else {})
            deadlines = policy.deadlines(ticket, at)
            assert deadlines["resolution"].consequence == "replace-unit"
            assert deadlines["arrival"].consequence is None
    assert policy.deadlines({"kind": "complaint"}, at)["resolution"].consequence is None


def test_spare_parts_go_with_the_grave_faults() -> None:
    """Levels 1 and 2 are entitled to spare parts, 3 and 4 are not."""
    policy, at = presets.load("mingdun"), shanghai("2024-05-20T10:00")
    for level, entitled in ((1, True), (2, True), (3, False), (4, False)):
        entitlements = policy.deadlines({"fault-level": level}, at).entitlements
        assert ("spare-parts" in entitlements) is entitled, level


def test_what_rests_on_days_off_that_are_not_published_says_so() -> None:
    """China's days off are published for 2026; `strict` refuses what needs those of 2027."""
    policy, ticket = presets.load("kingdee-diexun"), {"channel": "on-site"}
    # 15:30 leaves 2 h of the year's last working day, which 4 working hours are too many for.
    at = shanghai("2026-12-31T15:30")
    deadline = policy.deadlines(ticket, at)["response"]
    assert deadline.provisional
    assert str(deadline.provisional_from)[:10] == "2027-01-01"
    with pytest.raises(ProvisionalError, match="2027-01-01"):
        policy.deadlines(ticket, at, strict=True)
    # A day earlier, 4 working hours fit; 16 need 2 Wednesday, 8 Thursday, and 6 of the next year.
    deadlines = policy.deadlines(ticket, shanghai("2026-12-30T15:30"))
    assert not deadlines["response"].provisional
    assert deadlines["response"].provisional_from is None
    assert deadlines["arrival"].provisional
    # Hours by the clock depend on no holiday, so that they are certain, and not refused.
    faults = presets.load("mingdun").deadlines({"fault-level": 4}, at, strict=True)
    assert faults["arrival"].due == shanghai("2027-01-02T15:30")
    assert not faults["arrival"].provisional


def test_the_matrix_of_itil() -> None:
    """Impact and urgency give the priority, as the textbook has it."""
    policy = presets.load("itil-standard")
    matrix = {"high": (1, 2, 3), "medium": (2, 3, 4), "low": (3, 4, 5)}
    for impact, priorities in matrix.items():
        for urgency, priority in zip(("high", "medium", "low"), priorities, strict=True):
            ticket = {"impact": impact, "urgency": urgency}
            deadlines = policy.deadlines(ticket, "2024-05-20T10:00:00Z")
            assert deadlines.ticket["priority"] == priority, ticket


# Lint ---------------------------------------------------------------------------------------------


def findings(name: str, kind: str, *words: str) -> list[Any]:
    """The findings of a kind whose path and message name all of the words."""
    found = [
        one
        for one in presets.load(name).lint()
        if one.kind == kind and all(word in f"{one.path} {one.message}" for word in words)
    ]
    assert all(one.severity and one.path and one.message for one in found)
    return found


# An ordinary moment, the evening before National Day, New Year's Eve, the clock's midnight.
MOMENTS = ["2024-05-20T10:00", "2024-09-30T18:00", "2026-12-31T16:00", "2024-05-18T00:00"]


@pytest.mark.parametrize("moment", MOMENTS)
def test_lint_finds_that_an_engineer_may_arrive_after_the_resolution(moment: str) -> None:
    """Mingdun solves in 28 h and arrives in 36 or 48: the finding's own ticket shows it."""
    found = findings("mingdun", "metric-order", "arrival", "resolution")
    assert found
    for one in found:
        deadlines = presets.load("mingdun").deadlines(one.example, shanghai(moment))
        assert deadlines.ticket["fault-level"] in (2, 3, 4)
        assert deadlines["resolution"].due == shanghai(moment) + timedelta(hours=28)
        arrival, resolution = deadlines["arrival"].due, deadlines["resolution"].due
        assert arrival is not None
        assert resolution is not None
        assert arrival > resolution


@pytest.mark.parametrize("moment", MOMENTS)
def test_lint_finds_the_level_that_promises_less_than_everyone_has(moment: str) -> None:
    """The VIP's gravest level arrives in 8 h, where anyone local has 4: its ticket shows it."""
    found = findings("file-encryption-vip", "undercut", "vip-level", "general-promise", "arrival")
    assert found
    for one in found:
        deadlines = presets.load("file-encryption-vip").deadlines(one.example, shanghai(moment))
        assert deadlines.ticket["level"] == 3
        assert deadlines.ticket["location"] == "local"
        general, level = deadlines["arrival"].promises
        assert (general.table, level.table) == ("general-promise", "vip-level")
        assert general.due == deadlines["arrival"].due == shanghai(moment) + timedelta(hours=4)
        assert level.due == shanghai(moment) + timedelta(hours=8)


# The oracle ---------------------------------------------------------------------------------------

# Of the State Council's notices (holiday-cn), what the stretches below come near. Off:
OFF = {
    *(date(2024, 9, day) for day in (15, 16, 17)),  # Mid-Autumn
    *(date(2024, 10, day) for day in range(1, 8)),  # National Day
    *(date(2026, 2, day) for day in range(15, 24)),  # Spring Festival
    *(date(2026, 9, day) for day in (25, 26, 27)),  # Mid-Autumn
    *(date(2026, 10, day) for day in range(1, 8)),  # National Day
}
# Weekend days that are worked; all days have the same hours, so whose they are does not matter.
WORKED = [
    date(2024, 9, 14),
    date(2024, 9, 29),
    date(2024, 10, 12),
    date(2026, 2, 14),
    date(2026, 2, 28),
    date(2026, 9, 20),  # for Tuesday 6 October
    date(2026, 10, 10),
]
# Where each stretch begins; it lasts eight days, in steps that meet every part of an hour.
STRETCHES = ["2024-09-11T06:00", "2024-09-27T06:00", "2026-02-12T06:00", "2026-09-27T06:00"]
STEP = timedelta(hours=3, minutes=17, seconds=1)


def walker(*shifts: tuple[float, float]) -> Walker:
    """China's working days with the given hours, read at every half-hour of the clock."""
    day = [(int(opens * 3600), int(closes * 3600)) for opens, closes in shifts]
    week = dict.fromkeys(range(5), day)
    regime = Regime(date(2000, 1, 1), week, OFF, dict.fromkeys(WORKED, 0))
    return Walker("Asia/Shanghai", [regime], step=1800)


OFFICE, NINE_TO_SIX = walker((8.5, 12), (13, 17.5)), walker((9, 18))

ON_SITE = {"channel": "on-site"}
URGENT = {"urgency": "workday-urgent"}
REPAIR, OUTSIDE = {"channel": "data-repair"}, {"channel": "on-site", "location": "outside"}


class Figure(NamedTuple):
    """A figure of a paper: whom to ask for it, and how the oracle reckons it."""

    policy: str
    ticket: dict[str, Any]
    metric: str
    reckon: Callable[[int], int]


def working(hours: int) -> Callable[[int], int]:
    """So many hours of Kingdee's office."""
    return lambda at: OFFICE.add(at, hours * HOUR)


def earliest(*reckonings: Callable[[int], int]) -> Callable[[int], int]:
    """The strictest of several promises."""
    return lambda at: min(reckon(at) for reckon in reckonings)


def a_day(at: int) -> int:
    """24 hours by the clock."""
    return at + 24 * HOUR


def a_working_day(at: int) -> int:
    """One working day of Kingdee's office."""
    return OFFICE.add_working_days(at, 1)


KINGDEE = "kingdee-diexun"
FIGURES = {
    "4-working-hours": Figure(KINGDEE, ON_SITE, "response", working(4)),
    "16-working-hours": Figure(KINGDEE, ON_SITE, "arrival", working(16)),
    "2-working-hours": Figure(KINGDEE, ON_SITE | URGENT, "response", working(2)),
    "8-working-hours": Figure(KINGDEE, REPAIR | URGENT, "resolution", working(8)),
    "at-once": Figure(KINGDEE, ON_SITE | {"tier": "silver"}, "response", OFFICE.next_open),
    "gold": Figure(
        KINGDEE, ON_SITE | {"tier": "gold"}, "arrival", earliest(a_working_day, working(16))
    ),
    "platinum": Figure(
        KINGDEE, ON_SITE | URGENT | {"tier": "platinum"}, "arrival", earliest(a_day, working(4))
    ),
    "3-working-days": Figure(
        "seeyon-ekp", OUTSIDE, "arrival", lambda at: NINE_TO_SIX.add_working_days(at, 3)
    ),
    "second-working-day": Figure(
        "mingdun", {"kind": "complaint"}, "result", lambda at: NINE_TO_SIX.end_of_working_day(at, 1)
    ),
}


@pytest.mark.parametrize("stretch", STRETCHES)
@pytest.mark.parametrize("figure", FIGURES)
def test_the_oracle_agrees(figure: str, stretch: str) -> None:
    """At every hour around the long breaks, a figure is due when the slow walker says."""
    name, ticket, metric, reckon = FIGURES[figure]
    policy, begun = presets.load(name), shanghai(stretch).astimezone(UTC)
    for at in (begun + count * STEP for count in range(60)):
        instant = (at - EPOCH) // timedelta(microseconds=1)
        due = policy.deadlines(ticket, at)[metric].due
        expected = EPOCH + timedelta(microseconds=reckon(instant))
        assert due is not None
        assert due.astimezone(UTC) == expected, f"received {at:%a %F %T} UTC"
