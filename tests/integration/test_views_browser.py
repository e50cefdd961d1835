"""The HTML views in a headless Chromium: in light and dark themes, wide and narrow.

One page has every view: nothing on it is fetched, overflows, overlaps or is hard to read. Skipped
if there is no Chromium.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.html import views

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow

THEMES = {"light": ("#ffffff", "#111111"), "dark": ("#111111", "#e6e6e6")}
DESKTOP, PHONE = 1100, 390  # pixels
CONTRAST = 4.5  # required of text by WCAG

# The rules of a notebook for tables, over which the rules of a view take precedence.
NOTEBOOK = """
.page table {table-layout: fixed; font-size: 12px; margin: 0 auto}
.page td, .page th, .page tr {text-align: right; white-space: normal; max-width: none}
.page tbody tr:nth-child(odd) {background: #808080}
.page svg {max-width: 100%; height: auto}
"""


@pytest.fixture(scope="module", params=[*THEMES])
def tab(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page with every view, in English and Chinese; it must not log, fetch or raise anything."""
    ground, ink = THEMES[request.param]
    shown = "".join(
        f'<section data-name="{name} {language}">{view}</section>'
        for language in ("en", "zh")
        for name, view in views.views(language)
        if language == "en" or name.startswith("clock")
    )
    style = f"body {{background: {ground}; color: {ink}; margin: 16px}} {NOTEBOOK}"
    whole = f'<!doctype html><style>{style}</style><body><div class="page">{shown}</div>'
    with browser.new_context(viewport={"width": DESKTOP, "height": 900}) as context:
        page, messages = context.new_page(), list[str]()
        page.on("console", lambda message: messages.append(message.text))
        page.on("pageerror", lambda error: messages.append(str(error)))
        page.on("request", lambda one: messages.append(one.url))
        page.on("dialog", lambda one: messages.append(one.message))
        page.set_content(whole)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        yield page
        assert not messages


# The place of an element: the name of its view, and its text.
WHERE = """
const where = one => one.closest('section').dataset.name + ': ' + one.textContent.slice(0, 60);
"""


def evaluate(page: Page, script: str) -> Any:
    """The result of a script."""
    return page.evaluate(f"() => {{ {WHERE} {script} }}")


def test_nothing_overflows_its_box(tab: Page) -> None:
    """No cell, line or view is wider than its box; texts stay inside their pictures."""
    found = evaluate(
        tab,
        """
        const out = [];
        for (const one of document.querySelectorAll('.slacalc, .slacalc p, td, th, .slacalc .key'))
            if (getComputedStyle(one).display !== 'inline' && one.scrollWidth > one.clientWidth + 1)
                out.push(where(one));
        for (const svg of document.querySelectorAll('.slacalc svg[role=img]')) {
            const frame = svg.getBoundingClientRect();
            for (const one of svg.querySelectorAll('text')) {
                const box = one.getBoundingClientRect();
                if (box.left < frame.left - 1 || box.right > frame.right + 1
                    || box.top < frame.top - 1 || box.bottom > frame.bottom + 1)
                    out.push(where(one));
            }
        }
        return out;
        """,
    )
    assert found == []


def test_no_two_labels_overlap(tab: Page) -> None:
    """In the pictures of clocks, ledgers and calendars."""
    found = evaluate(
        tab,
        """
        const out = [];
        for (const svg of document.querySelectorAll('.slacalc svg[role=img]')) {
            const boxes = [...svg.querySelectorAll('text')].map(
                one => [one, one.getBoundingClientRect()]);
            boxes.forEach(([one, a], place) => boxes.slice(place + 1).forEach(([other, b]) => {
                const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
                const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
                if (wide > 0.5 && high > 1.5) out.push(where(one) + ' / ' + other.textContent);
            }));
        }
        return out;
        """,
    )
    assert found == []


def test_all_text_is_readable(tab: Page) -> None:
    """All text has the contrast that WCAG requires, also where it is faded or tinted."""
    found = evaluate(
        tab,
        """
        const numbers = text => (text.match(/[\\d.]+/g) || []).map(Number);
        const luminance = colour => {
            const [r, g, b] = colour.map(
                c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const over = (above, part, below) => below.map((c, i) => part * above[i] + (1 - part) * c);
        const page = numbers(getComputedStyle(document.body).backgroundColor);
        const least = {};
        for (const one of document.querySelectorAll('.slacalc *')) {
            const own = [...one.childNodes].some(n => n.nodeType === 3 && n.data.trim());
            const style = getComputedStyle(one);
            const unseen = ['STYLE', 'title', 'desc'].includes(one.tagName);
            if (!own || unseen || style.display === 'none') continue;
            let part = 1, ground = page;
            for (let up = one; up; up = up.parentElement)
                part *= Number(getComputedStyle(up).opacity);
            let ink = numbers(style.color);
            if (one.tagName === 'text') {
                ink = numbers(style.fill);
                part *= Number(style.fillOpacity);
                const tint = one.parentElement.querySelector(':scope > title ~ rect');
                if (tint && one.parentElement.tagName === 'g')
                    ground = over(numbers(getComputedStyle(tint).fill),
                                  Number(getComputedStyle(tint).fillOpacity), page);
            }
            if (ink.length === 4) part *= ink.pop();
            const [a, b] = [over(ink, part, ground), ground].map(luminance).sort((x, y) => y - x);
            const contrast = (a + 0.05) / (b + 0.05);
            if (contrast < (least[one.tagName] || [99])[0])
                least[one.tagName] = [contrast, where(one)];
        }
        return least;
        """,
    )
    assert len(found) > 5
    assert {tag: least for tag, least in found.items() if least[0] < CONTRAST} == {}


def test_marks_are_visible(tab: Page) -> None:
    """Dots and bars have the contrast that WCAG requires of graphics."""
    found = evaluate(
        tab,
        """
        const colours = new Set();
        for (const one of document.querySelectorAll('path.counted, .slacalc circle'))
            colours.add(getComputedStyle(one).fill);
        for (const one of document.querySelectorAll('.mark'))
            colours.add(getComputedStyle(one).backgroundColor);
        return [[...colours], getComputedStyle(document.body).backgroundColor];
        """,
    )
    colours, ground = found

    def luminance(colour: str) -> float:
        parts = [int(part) / 255 for part in colour[4:-1].split(",")]
        linear = [
            one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    assert len(colours) >= 5
    for colour in colours:
        low, high = sorted((luminance(colour), luminance(ground)))
        assert (high + 0.05) / (low + 0.05) >= 3, colour


def test_tables_ignore_the_rules_of_the_notebook(tab: Page) -> None:
    """Text is aligned left and rows have no stripes, whatever the rules of the notebook."""
    found = evaluate(
        tab,
        """
        return [...document.querySelectorAll('.slacalc td:not(.number)')].filter(one => {
            const row = getComputedStyle(one.parentElement);
            return getComputedStyle(one).textAlign !== 'left'
                || row.backgroundColor !== 'rgba(0, 0, 0, 0)';
        }).map(where);
        """,
    )
    assert found == []


def test_a_narrow_page_does_not_scroll_sideways(tab: Page) -> None:
    """On a telephone, tables and pictures scroll in their own boxes."""
    tab.set_viewport_size({"width": PHONE, "height": 800})
    wide = tab.evaluate("document.documentElement.scrollWidth")
    tab.set_viewport_size({"width": DESKTOP, "height": 900})
    assert wide <= PHONE
