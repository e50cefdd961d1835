"""The built site: no link is dead, every page opens without an error, and the search finds.

The site is built once, as ``make docs`` builds it, which executes its notebooks. What can be read
off the files is read off the files; the rest is seen with a headless Chromium, and skipped without.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import threading
from datetime import datetime, timedelta
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit
from zoneinfo import ZoneInfo

import attrs
import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from slacalc import Ledger

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parents[2] / "docs"
DESKTOP, PHONE = 1400, 390  # pixels
WIDTH = "async one => { await one.decode().catch(() => 0); return one.naturalWidth }"
HOST = "http://docs.test"  # stands for wherever the site is served, while links are resolved


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built with warnings as errors."""
    out = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    places = ["-d", str(out / "doctrees"), str(DOCS), str(out / "html")]
    done = subprocess.run([*build, *places], capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    assert done.returncode == 0, done.stdout + done.stderr
    return out / "html"


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and does not talk about it."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


@pytest.fixture(scope="module")
def url(site: Path) -> Iterator[str]:
    """Where the site is served."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """An empty page of a desktop's width."""
    with browser.new_context(viewport={"width": DESKTOP, "height": 900}) as context:
        yield context.new_page()


@attrs.define
class Document(HTMLParser):
    """What a page links to, and what it can be linked by."""

    links: list[str] = attrs.field(factory=list)
    anchors: set[str] = attrs.field(factory=set)

    def __attrs_pre_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where a tag leads, and by what it is found."""
        for name, value in attrs:
            if name in {"href", "src"}:
                self.links.append(value or "")
            elif name == "id" or (tag, name) == ("a", "name"):
                self.anchors.add(value or "")


def pages_of(site: Path) -> list[str]:
    """The pages, by their paths within the site."""
    return sorted(page.relative_to(site).as_posix() for page in site.rglob("*.html"))


def read(site: Path) -> dict[str, Document]:
    """Every page, read."""
    documents = {}
    for name in pages_of(site):
        documents[name] = Document()
        documents[name].feed((site / name).read_text("utf-8"))
    return documents


def fault_of(link: str, page: str, site: Path, documents: dict[str, Document]) -> str | None:
    """What is wrong with a link of a page."""
    try:
        parts = urlsplit(urljoin(f"{HOST}/{page}", link))
    except ValueError as error:
        return str(error)
    if parts.scheme == "data":
        return None
    if f"{parts.scheme}://{parts.netloc}" != HOST:
        well_formed = parts.scheme == "https" and "." in parts.netloc and " " not in link
        return None if well_formed else "is no https address"
    path = unquote(parts.path).removeprefix("/")
    if not (site / path).is_file():
        return "leads to no file"
    if parts.fragment and unquote(parts.fragment) not in documents[path].anchors:
        return "leads to no such place of the page"
    return None


def test_no_link_is_dead(site: Path) -> None:
    """Each link leads to a place of the site, or is a well-formed address outside."""
    documents = read(site)
    links = [(page, link) for page, one in documents.items() for link in one.links]
    dead = [
        f"{page}: {link!r} {fault}"
        for page, link in links
        if (fault := fault_of(link, page, site, documents))
    ]
    assert len(links) > len(documents) > 50
    assert not dead, "\n".join(dead)


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ("missing.html", "leads to no file"),
        ("tutorial/index.html#nowhere", "leads to no such place of the page"),
        ("http://example.org/", "is no https address"),
        ("https://localhost", "is no https address"),
        ("https://example.org/a b", "is no https address"),
        ("mailto:someone", "is no https address"),
    ],
)
def test_a_dead_link_would_be_told(site: Path, link: str, told: str) -> None:
    """The check of links finds each kind of dead one."""
    documents = {name: Document() for name in pages_of(site)}
    assert fault_of(link, "index.html", site, documents) == told
    assert fault_of("tutorial/index.html", "index.html", site, documents) is None


def test_every_notebook_ran_and_can_be_had(site: Path) -> None:
    """Each notebook is offered with all of its cells run, in order, and without an error."""
    offered = {file.stem: json.loads(file.read_text("utf-8")) for file in site.rglob("*.ipynb")}
    sources = [page for page in DOCS.rglob("*.md") if "\nkernelspec:\n" in page.read_text("utf-8")]
    assert {page.stem for page in sources} == set(offered)
    for page in sources:
        cells = [cell for cell in offered[page.stem]["cells"] if cell["cell_type"] == "code"]
        written = re.findall(r"^```\{code-cell\}", page.read_text("utf-8"), re.MULTILINE)
        assert [cell["execution_count"] for cell in cells] == [*range(1, len(written) + 1)]
        kinds = {output["output_type"] for cell in cells for output in cell["outputs"]}
        assert kinds <= {"stream", "execute_result", "display_data"}


def test_every_source_is_a_page(site: Path) -> None:
    """Each page of docs is in the site."""
    sources = [page.relative_to(DOCS) for page in DOCS.rglob("*.md")]
    wanted = {
        page.with_suffix(".html").as_posix() for page in sources if "_build" not in page.parts
    }
    assert wanted <= set(pages_of(site))


def test_every_page_opens_without_an_error(site: Path, url: str, tab: Page) -> None:
    """No page logs anything, misses a file, asks another host, or overflows a phone."""
    faults: list[str] = []
    tab.on("console", lambda said: faults.append(f"{tab.url}: {said.type}: {said.text}"))
    tab.on("pageerror", lambda error: faults.append(f"{tab.url}: {error}"))
    tab.on(
        "requestfailed",
        lambda request: (
            None
            if request.failure == "net::ERR_ABORTED"  # by going on to the next page
            else faults.append(f"{tab.url}: {request.failure}: {request.url}")
        ),
    )
    tab.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((url, "data:"))
            else faults.append(f"{tab.url}: asks {request.url}")
        ),
    )
    for name in pages_of(site):
        for width in (DESKTOP, PHONE):
            tab.set_viewport_size({"width": width, "height": 900})
            if width == DESKTOP:
                answer = tab.goto(f"{url}/{name}")
                assert answer is not None
                assert answer.ok, name
            taken = tab.evaluate("document.documentElement.scrollWidth")
            if taken > width:
                faults.append(f"{name}: is {taken} pixels wide where there are {width}")
    assert not faults, "\n".join(faults)


def test_every_picture_is_drawn(site: Path, url: str, tab: Page) -> None:
    """No page has a picture that the browser cannot draw."""
    broken, count = [], 0
    for name, document in read(site).items():
        if not any("/_images/" in f"/{link}" for link in document.links):
            continue
        tab.goto(f"{url}/{name}")
        for picture in tab.locator("article img").all():
            count += 1
            if not picture.evaluate(WIDTH):
                broken.append(f"{name}: {picture.get_attribute('src')}")
    assert count > 3
    assert not broken, "\n".join(broken)


def test_an_error_on_a_page_would_be_told(url: str, tab: Page) -> None:
    """The browser reports what a page logs and what it cannot load."""
    told: list[str] = []
    tab.on("console", lambda said: told.append(said.text))
    tab.goto(f"{url}/index.html")
    tab.evaluate("console.error('one'); fetch('missing.json')")
    tab.wait_for_load_state("networkidle")
    assert told[0] == "one"
    assert "404" in told[1]


@pytest.mark.parametrize(
    ("query", "found", "shown"),
    [
        ("make-up day", "Semantics > Make-up day", "make-up"),
        ("naive datetime", "Naive times", "naive"),
        ("超时", "Glossary", "超时"),
        ("法定节假日", "从纸质合同到经过检查的文件", "法定节假日"),
    ],
)
def test_the_search_finds(url: str, tab: Page, query: str, found: str, shown: str) -> None:
    """Who searches, in English or Chinese, gets the page about it, and the page opens."""
    tab.goto(f"{url}/index.html")
    field = tab.get_by_placeholder("Search")
    field.fill(query)
    field.press("Enter")
    tab.locator("#search-results li a").get_by_text(found, exact=True).click()
    tab.wait_for_url(lambda shown: "search.html" not in shown)
    expect(tab.locator("article")).to_contain_text(shown, ignore_case=True)


def test_a_chinese_page_says_so(url: str, tab: Page) -> None:
    """The language of a page is the one that it is written in."""
    for page, language in (("tutorial/index", "en"), ("tutorial/zh/index", "zh-CN")):
        tab.goto(f"{url}/{page}.html")
        assert tab.locator("html").get_attribute("lang") == language


TRY = "tutorial/try.html"
SKIPPED = {
    ("Europe/Paris", "2026-03-29T02"): "2026-03-29T03:00+02:00",
    ("Europe/Berlin", "2026-03-29T02"): "2026-03-29T03:00+02:00",
    ("Europe/London", "2026-03-29T01"): "2026-03-29T02:00+01:00",
}
UNKNOWN = re.compile("This page has the year 2026 alone, ")
# Sets the fields of the page, and reads what it answers.
ANSWERS = """
starts => starts.map(start => {
    const find = selector => document.querySelector(`.due-date ${selector}`);
    const field = find('[name=start]');
    field.value = start;
    field.dispatchEvent(new Event('input'));
    return {
        due: find('output').textContent,
        rows: [...find('tbody').rows].map(row => [...row.cells].map(cell => cell.textContent)),
        total: find('.total').textContent,
        code: find('pre').textContent,
    };
})
"""


def ledger_of(code: str) -> Ledger:
    """What the code of the page prints."""
    printed: list[Ledger] = []
    exec(code, {"print": printed.append})  # noqa: S102 - of our own page
    [ledger] = printed
    return ledger


def some_starts() -> list[str]:
    """Minutes of the page's year: at random, at its edges, and where the clocks change."""
    chance, first = random.Random(19), datetime(2026, 1, 1)  # noqa: S311 - of a test
    minutes = [chance.randrange(365 * 24 * 60) for _ in range(200)]
    at_random = [(first + timedelta(minutes=minute)).isoformat()[:16] for minute in minutes]
    nights = ("2026-03-29T0", "2026-10-25T0")
    changes = [
        f"{day}{hour}:{minute}" for day in nights for hour in range(4) for minute in (10, 59)
    ]
    return [*at_random, *changes, "2026-01-01T00:00", "2026-12-31T23:59"]


@pytest.mark.parametrize(
    ("calendar", "zone", "page"),
    [
        ("office", "Europe/Paris", TRY),
        ("make-up", "Asia/Shanghai", TRY),
        ("night", "Europe/Berlin", TRY),
        ("sun", "Europe/London", TRY),
        ("always", "UTC", TRY),
        ("make-up", "Asia/Shanghai", "tutorial/zh/try.html"),
    ],
)
def test_a_dragged_ticket_is_due_when_the_library_says(
    url: str, tab: Page, page: str, calendar: str, zone: str
) -> None:
    """Rows and total are those of the code beside them, which has the start of the field.

    Of two equal readings of a clock it is the first; for a skipped one it is the change.
    """
    tab.goto(f"{url}/{page}")
    tab.locator("[name=calendar]").select_option(calendar)
    for number, target in enumerate(("30m", "8h", "40h")):
        tab.locator("[name=target]").select_option(target)
        starts = some_starts()[number::3]
        for start, shown in zip(starts, tab.evaluate(ANSWERS, starts), strict=True):
            local = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone))
            received = SKIPPED.get((zone, start[:13])) or local.isoformat(timespec="minutes")
            assert f"'{received}', work='{target}'" in shown["code"]
            ledger = ledger_of(shown["code"])
            end = ledger.rows[-1].end
            if end > end.replace(year=2027, month=1, day=1, hour=0, minute=0):
                assert "2026" in shown["due"]
                assert not shown["rows"]
                continue
            *rows, total = (" ".join(line.split()) for line in str(ledger).splitlines())
            cells = ((f"{first} → {last}", *others) for first, last, *others in shown["rows"])
            assert [" ".join(row).strip() for row in cells] == rows
            assert shown["total"] == re.sub(r" \(.*?\)|（.*?）", "", total)  # without the kinds
            assert re.sub(r" [+-]\d{4}$", "", shown["rows"][-1][1]) in shown["due"]


@pytest.mark.parametrize(
    ("start", "key", "due"),
    [
        ("2025-12-31T23:59", "ArrowRight", "Due Fri 2026-01-02 14:00"),  # from 9, with a break
        ("2026-01-01T00:00", "ArrowLeft", "Due Fri 2026-01-02 14:00"),
        ("2026-12-31T16:00", "ArrowUp", "Due Thu 2026-12-31 12:00"),
        ("2026-12-31T23:59", "ArrowRight", UNKNOWN),
        ("2027-02-01T10:00", "ArrowLeft", UNKNOWN),
    ],
)
def test_the_page_knows_one_year(
    url: str, tab: Page, start: str, key: str, due: str | re.Pattern[str]
) -> None:
    """It says so where a ticket begins or ends outside, and keys do not leave the year."""
    tab.goto(f"{url}/{TRY}")
    tab.locator("[name=start]").fill(start)
    if start != "2026-01-01T00:00":
        expect(tab.get_by_role("status")).to_have_text(UNKNOWN)
        expect(tab.locator(".due-date tbody tr")).to_have_count(0)
    tab.get_by_role("slider").press(key)
    expect(tab.get_by_role("status")).to_have_text(due)
    assert tab.locator("[name=start]").input_value().startswith("2026-")


def test_a_ticket_is_moved_by_keys(url: str, tab: Page) -> None:
    """By minutes, days and weeks, through the hour that occurs twice; and it is read aloud."""
    tab.goto(f"{url}/{TRY}")
    slider, due = tab.get_by_role("slider", name="Start of the ticket"), tab.get_by_role("status")
    for key, start, answer in (
        ("ArrowRight", "Thu 2026-04-30 16:15 +0200", "Due Mon 2026-05-04 13:15"),
        ("Shift+ArrowLeft", "Thu 2026-04-30 16:14 +0200", "Due Mon 2026-05-04 13:14"),
        ("ArrowLeft", "Thu 2026-04-30 16:00 +0200", "Due Mon 2026-05-04 12:00"),
        ("ArrowUp", "Wed 2026-04-29 16:00 +0200", "Due Thu 2026-04-30 12:00"),
        ("PageDown", "Wed 2026-05-06 16:00 +0200", "Due Thu 2026-05-07 12:00"),
        ("ArrowDown", "Thu 2026-05-07 16:00 +0200", "Due Mon 2026-05-11 12:00"),
        ("PageUp", "Thu 2026-04-30 16:00 +0200", "Due Mon 2026-05-04 12:00"),
    ):
        slider.press(key)
        assert slider.get_attribute("aria-valuetext") == start
        assert due.text_content() == answer
    tab.get_by_role("button", name="Clocks go back").click()
    tab.locator("[name=start]").fill("2026-10-25T01:45")
    expect(due).to_have_text("Due Mon 2026-10-26 00:45")  # 5 h 15 min until 06:00, then from 22:00
    for _ in range(5):  # 02:00, 02:15, 02:30 and 02:45, and 02:00 again
        slider.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "Sun 2026-10-25 02:00 +0100"
    expect(due).to_have_text("Due Mon 2026-10-26 02:00")


def test_a_ticket_is_dragged_by_mouse_and_by_touch(url: str, browser: Browser) -> None:
    """To another hour of another day; and a click moves it."""
    with browser.new_context(viewport={"width": PHONE, "height": 1600}, has_touch=True) as context:
        tab = context.new_page()
        tab.goto(f"{url}/{TRY}")
        field, due = tab.locator("[name=start]"), tab.get_by_role("status")

        def place(row: int, hour: float) -> tuple[float, float]:
            box = tab.locator(".days > div > div").nth(row).bounding_box()
            assert box
            return box["x"] + box["width"] * hour / 24, box["y"] + box["height"] / 2

        tab.mouse.move(*place(3, 16))
        tab.mouse.down()
        tab.mouse.move(*place(5, 20), steps=3)
        tab.mouse.move(*place(8, 10), steps=3)
        tab.mouse.up()
        tab.mouse.move(*place(9, 11))  # no longer dragged
        expect(field).to_have_value("2026-05-05T10:00")
        expect(due).to_have_text("Due Tue 2026-05-05 15:00")

        touch = context.new_cdp_session(tab)
        for kind, spots in (
            ("touchStart", [place(8, 10)]),
            ("touchMove", [place(7, 12)]),
            ("touchMove", [place(4, 12)]),
            ("touchEnd", []),
        ):
            points = [{"x": x, "y": y} for x, y in spots]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        expect(field).to_have_value("2026-05-01T12:00")  # a holiday
        expect(due).to_have_text("Due Mon 2026-05-04 14:00")

        tab.mouse.click(*place(1, 9))
        expect(field).to_have_value("2026-04-28T09:00")
        expect(due).to_have_text("Due Tue 2026-04-28 14:00")
        assert tab.get_by_role("slider").evaluate("one => one === document.activeElement")


def test_a_ticket_is_dragged_without_a_server(site: Path, tab: Page) -> None:
    """The page works from a folder on disk."""
    tab.goto((site / TRY).as_uri())
    expect(tab.get_by_role("status")).to_have_text("Due Mon 2026-05-04 12:00")
