"""All views are well-formed, harmless and small, and the guide shows those of today."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pendulum

import slacalc
from slacalc import Alarm, Calendar, Event, Policy, presets
from slacalc._html.markup import STYLE
from tests.html import views
from tests.html.reading import TAGS, VIEWS, Reader, all_views, rows, text_of, tree

if TYPE_CHECKING:
    from collections.abc import Iterator


@all_views
def test_a_view_is_plain_markup(name: str) -> None:
    """Only known elements; no script, no handler, no URL, no id, nothing fetched."""
    for one in tree(name).iter():
        assert one.tag in TAGS
        for key, value in one.items():
            assert not key.startswith("on")
            assert key not in {"id", "href", "src", "xlink:href"}
            assert "url(" not in value
    assert "url(" not in STYLE
    assert "@import" not in STYLE


@all_views
def test_a_view_reads_the_same_as_html_and_as_xml(name: str) -> None:
    """Both parsers find the same elements and the same text."""
    reader = Reader()
    reader.feed(VIEWS[name])
    reader.close()
    elements = [*tree(name).iter()]
    assert reader.tags == [one.tag.lower() for one in elements]
    assert "".join(reader.text) == "".join(tree(name).itertext())


@all_views
def test_tables_have_headings(name: str) -> None:
    """Each table has a caption, each heading a scope, and all rows the same number of cells."""
    for table in tree(name).iter("table"):
        assert table[0].tag == "caption"
        assert text_of(table[0])
        counts = {len(row) for row in table.iter("tr")}
        assert len(counts) == 1
        for row in table.iter("tr"):
            assert all(one.get("scope") in {"col", "row"} for one in row.iter("th"))
        assert all(text_of(one) for one in table.iter("th") if one.get("scope") == "col")


@all_views
def test_pictures_are_named(name: str) -> None:
    """For screen readers."""
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


def test_text_of_users_is_escaped() -> None:
    """Markup in names, reasons and fields shows as written; invalid characters are replaced."""
    shown = views.HOSTILE.replace("\x00", "\ufffd").replace("\ud800", "\ufffd")
    clock = tree("clock hostile")
    assert shown in "".join(clock.itertext())
    assert f"subject = {shown}" in "".join(clock.itertext())
    assert shown in "".join(tree("calendar nights").itertext())
    assert shown in "".join(tree("deadlines high").itertext())
    assert shown in "".join(tree("ledger hostile").itertext())
    assert shown in "".join(tree("trace hostile").itertext())
    assert shown in "".join(tree("cycle hostile " + "m" * 90).itertext())
    assert f"tier = tier {shown}" in "".join(tree("findings 1").itertext())


def test_notebooks_show_the_defaults() -> None:
    """`_repr_html_` is `to_html` without arguments, for everything that shows itself."""
    clock = views.helpdesk(*views.LIFE)
    policy = presets.load("kingdee-diexun")
    deadlines = policy.deadlines({"channel": "on-site", "tier": "gold"}, views.START)
    things: list[Any] = [clock, policy, deadlines, deadlines["arrival"], clock.ledger()]
    status = clock.status(clock.last_event_at)
    things += [clock.trace(), status, status["response"], policy.calendars["working-hours"]]
    things += [policy.lint(), *(comparison for _, comparison in views.compared())]
    for one in things:
        assert one._repr_html_() == one.to_html()


def test_chinese_views_translate_the_words_of_the_library() -> None:
    """Words of the policy stay as they are."""
    shown = dict(views.views("zh"))
    table = rows(ET.fromstring(shown["clock life"]))  # noqa: S314 - our own
    assert table[0] == ["指标", "状态", "到期", "最后期限", "已用", "挂起", "依据", "备注"]
    assert table[2][:3] == ["resolution", "超时", "2026-05-20 周三 10:00"]


def test_the_views_of_the_guide_are_up_to_date() -> None:
    """Except for names of holidays, which new releases of `holidays` correct."""
    path = Path(__file__).parents[2] / "docs" / "views.py"
    spec = importlib.util.spec_from_file_location("docs_views", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.make_views()
    assert {one.stem for one in module.TARGET.iterdir()} == made.keys()
    for name, view in made.items():
        committed = (module.TARGET / f"{name}.html").read_text("utf-8")
        if name in {"calendar", "ledger"}:
            made_of, holds = Reader(), Reader()
            made_of.feed(view)
            holds.feed(committed)
            assert made_of.tags == holds.tags
        else:
            assert committed == view + "\n"


def values() -> Iterator[object]:
    """Values of every public frozen type."""
    policy = presets.load("kingdee-diexun")
    ticket = {"channel": "on-site", "urgency": "standard", "tier": "gold"}
    deadlines = policy.deadlines(ticket, "2024-09-13T16:00:00+08:00")
    calendar = policy.calendars["working-hours"]
    clock = policy.open(ticket, "2024-09-13T16:00:00+08:00").apply(
        Event("2024-09-14T10:00:00+08:00", "arrived", by="x")
    )
    proof = clock.proof()
    yield from clock.trace()
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


def test_the_repr_of_a_value_makes_it_again() -> None:
    """``eval(repr(x)) == x``, with the public names, dates, and pendulum's datetimes at hand."""
    names: dict[str, Any] = {name: getattr(slacalc, name) for name in slacalc.__all__}
    names |= {"datetime": __import__("datetime"), "date": date, "FrozenMap": dict}
    names |= {"DateTime": pendulum.DateTime, "Timezone": pendulum.Timezone}
    for value in values():
        assert eval(repr(value), names) == value  # noqa: S307 - which is what the test is about
