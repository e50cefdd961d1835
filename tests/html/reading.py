"""All views of `tests.html.views`, parsed, and functions that read them."""

from __future__ import annotations

from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from tests.html import views

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


def starts(path: ET.Element) -> list[float]:
    """The x at which each bar of a path begins."""
    return [float(bar.split()[0]) for bar in (path.get("d") or "").split("M")[1:]]
