"""What shows itself as HTML: well-formed, true, harmless and small."""

from __future__ import annotations

import importlib.util
from datetime import date
from html.parser import HTMLParser
from itertools import combinations, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import holidays
import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

import slacalc
from slacalc import Alarm, Calendar, Event, Policy, presets
from slacalc._html.markup import STYLE
from slacalc._html.svg import LANE, PictureLabel, TimeAxis, place_labels, shorten, text_width
from slacalc._i18n import translator
from slacalc._time.instants import to_instant, zone
from slacalc.errors import ClockError, HorizonError
from tests.html import views

if TYPE_CHECKING:
    from collections.abc import Iterator

VIEWS = dict(views.views())
all_views = pytest.mark.parametrize("name", VIEWS)
TAGS = {
    *("div", "span", "p", "style", "details", "summary"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td"),
    *("svg", "title", "desc", "g", "path", "rect", "circle", "text"),
}


def tree(name: str) -> ET.Element:
    return ET.fromstring(VIEWS[name])  # noqa: S314 - our own


def text_of(element: ET.Element) -> str:
    return " ".join(" ".join(element.itertext()).split())


def rows(element: ET.Element, caption: str = "") -> list[list[str]]:
    """The rows of the first table, or of the one of a caption, its head among them."""
    for one in element.iter("table"):
        head = one.find("caption")
        if not caption or (head is not None and head.text == caption):
            return [[text_of(cell) for cell in row] for row in one.iter("tr")]
    raise AssertionError(caption)


def paths(element: ET.Element, cls: str) -> list[ET.Element]:
    return [one for one in element.iter("path") if one.get("class") == cls]


# What holds for every view -----------------------------------------------------------------------


@all_views
def test_a_view_is_plain_markup(name: str) -> None:
    """Known elements alone; no script, no handler, no address, no id, nothing fetched."""
    for one in tree(name).iter():
        assert one.tag in TAGS
        for key, value in one.items():
            assert not key.startswith("on")
            assert key not in {"id", "href", "src", "xlink:href"}
            assert "url(" not in value
    assert "url(" not in STYLE
    assert "@import" not in STYLE


class Reader(HTMLParser):
    """The tags and the text, as a reader of HTML has them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the base's
        """Note a tag."""
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.text.append(data)


@all_views
def test_a_view_reads_the_same_as_html_and_as_xml(name: str) -> None:
    """Both find the same elements and the same text, so nothing depends on who reads it."""
    reader = Reader()
    reader.feed(VIEWS[name])
    reader.close()
    elements = [*tree(name).iter()]
    assert reader.tags == [one.tag.lower() for one in elements]
    assert "".join(reader.text) == "".join(tree(name).itertext())


@all_views
def test_tables_have_heads(name: str) -> None:
    """Each head says which way it goes, and every row has as many cells as there are heads."""
    for table in tree(name).iter("table"):
        counts = {len(row) for row in table.iter("tr")}
        assert len(counts) == 1
        for row in table.iter("tr"):
            assert all(one.get("scope") in {"col", "row"} for one in row.iter("th"))


@all_views
def test_pictures_are_named(name: str) -> None:
    """Whoever cannot see a picture is told what it shows."""
    for svg in tree(name).iter("svg"):
        hidden = svg.get("aria-hidden") == "true"
        assert hidden or (svg[0].tag == "title" and svg[0].text == svg.get("aria-label"))


@all_views
def test_a_view_is_small(name: str) -> None:
    """However long a life and however large a policy, a view stays within bounds."""
    assert len(VIEWS[name].encode()) < 100_000
    assert sum(1 for _ in tree(name).iter("svg")) < 40
    drawn = [one for svg in tree(name).iter("svg") for one in svg.iter()]
    assert len(drawn) < 900


def test_what_users_write_is_text() -> None:
    """Markup in names, reasons and fields shows as written; what XML cannot hold does not."""
    shown = views.HOSTILE.replace("\x00", "\ufffd").replace("\ud800", "\ufffd")
    clock = tree("clock hostile")
    assert shown in "".join(clock.itertext())
    assert f"subject = {shown}" in "".join(clock.itertext())
    assert shown in "".join(tree("calendar nights").itertext())
    assert shown in "".join(tree("deadlines high").itertext())
    assert shown in "".join(tree("ledger hostile").itertext())


def test_the_style_reaches_nothing_outside() -> None:
    """Every rule begins with the class of the frame."""
    selectors = [rule.partition("{")[0] for rule in STYLE.split("}") if rule.strip()]
    for selector in selectors:
        assert all(one.strip().startswith(".slacalc.slacalc") for one in selector.split(","))


def test_dollars_are_no_formula() -> None:
    """Notebooks leave the text of a view to itself."""
    assert {"tex2jax_ignore", "mathjax_ignore"} <= set(
        (tree("clock life").get("class") or "").split()
    )


def test_notebooks_ask_for_the_defaults() -> None:
    """`_repr_html_` is `to_html` without arguments, for everything that shows itself."""
    clock = views.helpdesk(*views.LIFE)
    policy = presets.load("kingdee-diexun")
    deadlines = policy.deadlines({"channel": "on-site", "tier": "gold"}, views.START)
    things: list[Any] = [clock, policy, deadlines, deadlines["arrival"], clock.ledger()]
    things += [clock.status(clock.last_event_at), policy.calendars["working-hours"]]
    for one in things:
        assert one._repr_html_() == one.to_html()


# Clocks, by hand ---------------------------------------------------------------------------------
#
# Open 9-12 and 13-17 in Paris. From Monday 14:00: two hours, a pause until Tuesday 11:00, one hour,
# four, and one on Wednesday till 10:00, when the eight are over; a pause until 16:00, one hour, and
# on Thursday three and four: the sixteen are over at 17:00. Solved on Friday at 11:00.


def test_the_bounds_of_a_life() -> None:
    """The table tells due, limit, what was used and why it rested."""
    (head, response, resolution) = rows(tree("clock life"))
    told = dict(zip(head, resolution, strict=True))
    assert told["state"] == "breached"
    assert told["due"] == "Wed 2026-05-20 10:00"
    assert told["limit"] == "Thu 2026-05-21 17:00"
    assert told["used"] == "18h of 8h"
    assert told["paused"] == "3h: status is waiting; 5h: status is vendor"
    assert told["notes"] == "stopped Fri 2026-05-22 11:00"
    assert response[1:3] == ["met", "Mon 2026-05-18 16:00"]


def starts(path: ET.Element) -> list[float]:
    """Where the bars of a path begin."""
    return [float(bar.split()[0]) for bar in (path.get("d") or "").split("M")[1:]]


def test_the_bars_of_a_life() -> None:
    """So many stretches are open, counted and paused, and they stand where their time is."""
    life = tree("clock life")
    response, resolution = paths(life, "open")
    assert len(starts(response)) == 1  # plain hours run day and night
    # Monday afternoon, both halves of three days, and Friday morning.
    assert len(starts(resolution)) == 8
    counted = paths(life, "counted")[1:]  # the first is that of the response
    assert [len(starts(one)) for one in counted] == [4, 3, 1]  # in time, late, breached
    (pauses,) = paths(life, "pauses")
    assert len(starts(pauses)) == 2
    # 93 hours with a fiftieth on either side; the first pause begins after 2 hours, the second
    # after 44.
    left, right = starts(pauses)
    scale = (right - left) / 42
    assert left - starts(counted[0])[0] == pytest.approx(2 * scale, abs=0.2)
    assert starts(resolution)[1] - left == pytest.approx(17 * scale, abs=0.2)  # Tuesday at nine


def test_labels_name_what_they_stand_by() -> None:
    """Due, limit, breach, stop, pauses and events have their words in the picture."""
    told = [one.text for one in tree("clock life").iter("text")]
    for words_ in (
        "due Wed 20 May 10:00",
        "limit Thu 21 May 17:00",
        "breached",
        "stopped Fri 22 May 11:00",
        "pause, 19h: status is waiting",
        "assigned group=second line",
    ):
        assert words_ in told


def test_labels_are_in_the_zone_of_the_axis() -> None:
    """A target of another zone is due on the wall clock that the ticks show."""
    # Eight hours from 14:00 in Paris (12:00 UTC), the calendar that counts being one of UTC; the
    # metric begins an hour later, so it is due at 23:00 there and 21:00 here.
    policy = Policy(
        "zones",
        calendar="paris",
        calendars={
            "paris": {"time_zone": "Europe/Paris", "week": "always"},
            "utc": {"time_zone": "UTC", "week": "always"},
        },
        metrics={"work": {"start": "begun", "stop": "done"}},
        tables={"all": [{"targets": {"work": {"within": "8 working hours", "calendar": "utc"}}}]},
    )
    clock = policy.open({}, views.START).apply(views.after(1, "begun"))
    shown = ET.fromstring(clock.to_html())  # noqa: S314 - our own
    labels = [one.text for one in shown.iter("text")]
    assert {"due Mon 18 May 23:00", "starts Mon 18 May 15:00"} <= set(labels)
    assert (
        rows(shown)[1][2] == "Mon 2026-05-18 21:00 +0000"
    )  # its own zone, which is not that above


def test_a_pause_tells_what_would_be() -> None:
    """Paused on Monday at 16:00 with six hours left: one until 17:00, three, and two by 15:00."""
    (head, _, resolution) = rows(tree("clock paused"))
    told = dict(zip(head, resolution, strict=True))
    assert told["due"] == "Tue 2026-05-19 15:00 if resumed"


def test_a_clock_is_shown_as_of_any_instant() -> None:
    """What had not happened yet is not shown; before the opening there is nothing to show."""
    clock = views.helpdesk(*views.LIFE)
    early = clock.to_html("2026-05-18T15:30:00+02:00")
    assert "responded" in early
    assert "waiting" not in early
    assert "as of Mon 2026-05-18 15:30" in early
    with pytest.raises(ClockError):
        clock.to_html("2026-05-18T13:00:00+02:00")


def test_what_is_left_out_is_said() -> None:
    """Cycles, bars, labels and events beyond the caps are counted."""
    again, busy = text_of(tree("clock again")), text_of(tree("clock busy"))
    assert "4 earlier cycles of resolution are not shown" in again
    assert "4 more bars are not drawn" in busy  # of 28
    assert "299 events; the last 200 are listed" in busy
    assert "labels did not fit" in busy
    assert "closer together than a pixel" in text_of(tree("clock year"))


# The other views, by hand ------------------------------------------------------------------------


def test_a_table_of_the_policy_reads_as_it_is_printed() -> None:
    """A column for each attribute asked for and for each metric promised, in the policy's order."""
    table = rows(tree("kingdee-diexun"), "service-standard")
    assert table[0] == ["channel", "distance", "urgency", "response", "arrival", "resolution"]
    assert table[4] == ["on-site", "any", "standard", "4 working hours", "16 working hours", ""]
    assert table[2] == ["hotline or remote", "any", "any", "served in working hours", "", ""]
    tiers = rows(tree("kingdee-diexun"), "tier-promise")
    assert tiers[1] == ["on-site", "≥ silver", "remote-area", "", "negotiated"]


def test_a_matrix_is_a_square() -> None:
    """Impact down, urgency across."""
    assert rows(tree("itil-standard"), "priority") == [
        ["impact ↓ urgency →", "high", "medium", "low"],
        ["high", "1", "2", "3"],
        ["medium", "2", "3", "4"],
        ["low", "3", "4", "5"],
    ]


def test_a_limit_a_coverage_and_a_version_are_told() -> None:
    """What stands beside the tables of a contract stands there as well."""
    assert rows(tree("unida"), "arrival-by-zone")[2][2] == "2 hours breached after 4 hours"
    contract = text_of(tree("contract"))
    for told in (
        "from bought on, for 1 year, where impact is high the warranty is over",
        "8 working hours on both",
        "From 2028-01-01 on, replacing the sections above",
        "2 working hours",
        "warning at 80 %: the lead",
        "99 % of tickets",
        "paused while: paused or status is waiting",
    ):
        assert told in contract


def test_the_deadlines_of_a_gold_customer() -> None:
    """One working day from Friday 16:00 is the Saturday made up for; sixteen hours come later."""
    (head, response, arrival, resolution) = rows(tree("deadlines"))
    assert head[:2] == ["metric", "due"]
    assert (
        response[:3] == ["response", "Fri 2046-09-14 16:00", "at once"] or response[2] == "at once"
    )
    assert resolution[1] == "nothing is promised"
    shown = ET.fromstring(  # noqa: S314 - our own
        presets.load("kingdee-diexun")
        .deadlines(
            {"channel": "on-site", "urgency": "standard", "tier": "gold"},
            "2024-09-13T16:00:00+08:00",
        )
        .to_html()
    )
    arrival = rows(shown)[2]
    assert arrival[:3] == ["arrival", "Sat 2024-09-14 16:00", "1 working day"]
    assert "service-standard[3]: 16 working hours, due Wed 2024-09-18 16:00" in arrival[4]


def test_a_ledger_adds_up() -> None:
    """Two hundred hours, every other one open: a hundred are; some rows are counted, not listed."""
    shown = tree("ledger long")
    assert rows(shown, "Totals")[1:] == [
        ["open", "100h", "50 %"],
        ["closed", "4d 4h", "50 %"],
        ["break", "4d 4h", "50 %"],
        ["total", "8d 8h", "100 %"],
    ]
    assert "120 more rows" in text_of(shown)
    assert len(rows(shown)) == 1 + 80 + 1


def test_a_year_of_china_by_its_notice() -> None:
    """The State Council's notice for 2026 has six make-up days, and the days off stand by name."""
    china = tree("calendar china")
    cells = [one.get("class") for one in china.iter("g")]
    assert cells.count("make-up-day") == 6
    named = rows(china.findall("div")[-1])
    assert ["Sat 2026-02-14", "make-up working day", "for 2026-02-20",
            "08:30–12:00, 13:00–17:30"] in named  # fmt: skip
    assert ["Thu 2026-12-24", "exception", "Christmas Eve", "08:30–12:00"] in named
    assert "holidays from 2026-07-01 on are not published yet" in text_of(china)


def test_a_night_shift_is_drawn_on_both_its_days() -> None:
    """From Monday 22:00 to 24:00, and from 0:00 to 6:00 on Tuesday; on Saturday from the night."""
    week = next(tree("calendar nights").iter("svg"))
    assert [len(starts(one)) for one in paths(week, "open")] == [1, 2, 2, 2, 2, 2]


@pytest.mark.parametrize(
    ("calendar", "year"),
    [
        (Calendar("Asia/Shanghai", "always", holidays="CN", horizon=2020), 2020),
        (Calendar("UTC", "always", holidays=["2019-05-04", {"2021-05-04": "x"}]), 2021),
        (Calendar("UTC", "always", exceptions={"2022-12-30..2023-01-02": "closed"}), 2023),
        (Calendar("UTC", "always"), None),
    ],
)
def test_the_year_that_is_shown_follows_from_the_data(calendar: Calendar, year: int | None) -> None:
    """The last published one; or the last that own dates mention; or none."""
    headings = [one.text for one in ET.fromstring(calendar.to_html()).iter("span")]  # noqa: S314
    assert (str(year) in headings) is (year is not None)


def test_a_law_for_decades_does_not_show_the_last_of_them() -> None:
    """France fixes its days until 2100; shown is the year that some government announced last."""
    announced = max(
        year for code in ("BY", "CN", "HU", "RU")
        for year in getattr(holidays, code)().special_public_holidays
    )  # fmt: skip
    shown = Calendar("Europe/Paris", {"mon-fri": "9-17"}, holidays="FR").to_html()
    assert f'<span class="name">{announced}</span>' in shown


def test_a_year_out_of_range_is_refused() -> None:
    """As everywhere."""
    with pytest.raises(HorizonError):
        Calendar("UTC", "always").to_html(2300)


# Pictures ----------------------------------------------------------------------------------------


@given(
    st.lists(
        st.builds(
            PictureLabel,
            st.floats(0, 700).map(lambda x: round(x, 1)),
            st.text("abc 中M", min_size=1, max_size=40),
            st.booleans(),
            st.integers(0, 3),
        ),
        max_size=30,
    ),
    st.integers(1, 7),
)
def test_labels_stand_apart(marks: list[PictureLabel], most: int) -> None:
    """No label overlaps another, no leader crosses a label, and none is lost uncounted."""
    lanes = place_labels(marks, most)
    assert len(lanes.placed) + lanes.left_out == len(marks)
    assert lanes.depth <= most
    for (one, low), (other, high) in combinations(lanes.placed, 2):
        if low == high:
            left, right = sorted((one, other), key=lambda mark: mark.x)
            assert left.x + 5 + text_width(left.text) <= right.x
    for one, lane in lanes.placed:
        for other, above in lanes.placed:
            if above < lane:
                assert not other.x + 5 <= one.x <= other.x + 5 + text_width(other.text)
    assert LANE > 11.5


@pytest.mark.parametrize("hours", [0.02, 0.3, 1, 5, 26, 100, 400, 2000, 9000, 90_000, 1_500_000])
def test_ticks_are_round_wall_times(hours: float) -> None:
    """In order, neither too few nor too many, at times a person would choose, also over changes."""
    start = to_instant("2024-03-30T13:07:11+01:00")
    paris = zone("Europe/Paris")
    axis = TimeAxis(paris, start, start + int(hours * 3_600_000_000), 0, 600)
    ticks = axis.ticks(translator())
    assert 2 <= len(ticks) <= 10 or hours > 500_000
    assert all(one.at < other.at for one, other in pairwise(ticks))
    for tick in ticks:
        shown = paris.datetime(tick.at)
        assert shown.microsecond == 0
        if hours >= 1:
            assert shown.second == 0
        if hours >= 100:
            assert (shown.hour, shown.minute) == (0, 0)
        if hours >= 9000:
            assert shown.day == 1


def test_a_text_is_cut_to_its_room() -> None:
    """Where it does not fit, it ends with an ellipsis; it never takes more room than there is."""
    assert shorten("short", 100) == "short"
    cut = shorten("a reason that goes on and on", 60)
    assert cut.endswith("…")
    assert text_width(cut) <= 60


def test_chinese_views_are_chinese() -> None:
    """Words of the library are translated, words of the policy are not."""
    shown = dict(views.views("zh"))
    table = rows(ET.fromstring(shown["clock life"]))  # noqa: S314 - our own
    assert table[0] == ["指标", "状态", "到期", "最后期限", "已用", "暂停", "依据", "备注"]
    assert table[2][:3] == ["resolution", "违约", "2026-05-20 周三 10:00"]


def test_the_guide_shows_what_the_library_makes() -> None:
    """The committed views are today's, save for the names of holidays, which releases correct."""
    path = Path(__file__).parents[2] / "docs" / "views.py"
    spec = importlib.util.spec_from_file_location("docs_views", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.pictures()
    assert {one.stem for one in module.TARGET.iterdir()} == made.keys()
    for name, picture in made.items():
        committed = (module.TARGET / f"{name}.html").read_text("utf-8")
        if name in {"calendar", "ledger"}:
            made_of, holds = Reader(), Reader()
            made_of.feed(picture)
            holds.feed(committed)
            assert made_of.tags == holds.tags
        else:
            assert committed == picture + "\n"


# Evaluable ---------------------------------------------------------------------------------------


def values() -> Iterator[object]:
    """Values of every frozen type of the public face."""
    policy = presets.load("kingdee-diexun")
    ticket = {"channel": "on-site", "urgency": "standard", "tier": "gold"}
    deadlines = policy.deadlines(ticket, "2024-09-13T16:00:00+08:00")
    calendar = policy.calendars["working-hours"]
    clock = policy.open(ticket, "2024-09-13T16:00:00+08:00").apply(
        Event("2024-09-14T10:00:00+08:00", "arrived", by="x")
    )
    proof = clock.proof()
    yield from (deadlines, deadlines["arrival"], *deadlines["arrival"].promises)
    yield from (deadlines.explain(), deadlines["arrival"].explain(), clock.ledger(), proof)
    yield from (calendar, calendar | slacalc.ALWAYS, *calendar.days("2024-09-13", "2024-09-15"))
    yield from (
        Calendar.dates("2024-01-01"),
        *calendar.holidays,
        *clock.events,
        clock.verify(proof),
    )
    yield from clock.changes("2024-09-13T16:00:00+08:00", "2024-09-24T16:00:00+08:00")
    yield from (presets.load(name) for name in presets.names())
    yield Policy.from_toml(views.CONTRACT)
    yield Alarm(at=deadlines.received_at, threshold="80 %")
    for name in presets.names():
        yield from presets.load(name).lint()


def test_values_print_as_the_code_that_makes_them() -> None:
    """``eval(repr(x)) == x``, with the public names, dates, and pendulum's datetimes at hand."""
    names: dict[str, Any] = {name: getattr(slacalc, name) for name in slacalc.__all__}
    names |= {"datetime": __import__("datetime"), "date": date, "FrozenMap": dict}
    names |= {"DateTime": pendulum.DateTime, "Timezone": pendulum.Timezone}
    for value in values():
        assert eval(repr(value), names) == value  # noqa: S307 - which is what the test is about
