"""Figures print every text without collisions or missing glyphs, and change nothing global."""

from __future__ import annotations

import importlib
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib import font_manager
from matplotlib.figure import Figure

from slacalc import Calendar, plot
from slacalc._plot import figure as figures
from slacalc.errors import (
    ColumnError,
    MissingExtraError,
)
from tests.plot.figures import (
    FIGURES,
    REALISTIC,
    collisions,
    content_of,
    in_pandas,
    needs_chinese,
    texts_of,
    tickets,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


HOSTILE = ["$\\frac{a}{b", "_hidden", "a\nb\tc", "x" * 300, "<b>&amp;", "\x00\x1b[31m", "", "$1$"]


def test_names_are_printed_literally() -> None:
    """No formulas, no markup, no hidden labels; long names are cut, and line breaks removed."""
    rows = [one for name in HOSTILE for one in tickets(1, 1, 1, team=name)]
    periods: list[Any] = ["month", None]
    for period in periods:
        figure = plot.attainment(pd.DataFrame(rows), "call", by="team", period=period)
        figure.draw_without_rendering()
        texts = texts_of(figure)
        assert {"$\\frac{a}{b", "_hidden", "a b c", "<b>&amp;", "$1$", '""'} <= {*texts}
        assert "\N{REPLACEMENT CHARACTER}" * 2 + "[31m" in texts
        assert max(map(len, texts)) < 60


# Names of policies and tickets, of zones, and of a statistician, which are not translated.
NAMED = {"arrival", "response", "resolution", "tier", "platinum", "gold", "silver", "bronze"}
NAMED |= {"Asia", "Shanghai", "Wilson", "helpdesk", "status", "waiting", "open", "is", "replied"}


@pytest.mark.parametrize("language", ["en", pytest.param("zh", marks=needs_chinese)])
@pytest.mark.parametrize("name", REALISTIC)
def test_texts_have_room_glyphs_and_the_right_language(name: str, language: str) -> None:
    """No text covers another; none shows as boxes, which would warn; in Chinese all is Chinese."""
    figure = REALISTIC[name](language)
    assert collisions(figure) == []
    if language == "zh":
        assert not {*latin(" ".join(texts_of(figure)))} - NAMED


def latin(text: str) -> Iterator[str]:
    """The words of a text in Latin letters, except units of one letter."""
    word = ""
    for character in text + " ":
        if character.isascii() and character.isalpha():
            word += character
        else:
            if len(word) > 1:
                yield word
            word = ""


def test_a_missing_font_is_warned_of_with_fonts_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The warning points to the caller and names the characters; it is the only one."""

    def year() -> Any:
        return plot.calendar(Calendar("UTC", "closed"), 2024, language="zh")

    def shares() -> Any:
        return plot.attainment(in_pandas(), "call", by="tier", at="opened", language="zh")

    monkeypatch.setattr(figures, "CHINESE_FONTS", ())
    with pytest.warns(UserWarning, match="'[信一].*install one such as Noto Sans CJK SC") as caught:
        drawn = [draw() for draw in (year, shares)]
    assert [one.filename for one in caught] == [__file__] * 2
    for figure in drawn:
        figure.canvas.draw()
    assert "2024 \N{WHITE SQUARE}" in drawn[0].get_suptitle()


@needs_chinese
def test_fonts_that_matplotlib_has_not_listed_are_looked_for_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its list is as old as the file in which it keeps it."""
    looks: list[int] = []

    def look() -> list[str]:
        looks.append(1)
        return find()

    find = font_manager.findSystemFonts
    fonts = font_manager.fontManager
    files = {font.fname for font in fonts.ttflist if font.name in figures.CHINESE_FONTS}
    old = [font for font in fonts.ttflist if font.fname not in files]
    monkeypatch.setattr(fonts, "ttflist", old)
    monkeypatch.setattr(figures, "findSystemFonts", look)
    figures._list_new_fonts.cache_clear()
    for _ in range(2):
        figure = plot.calendar(Calendar("UTC", "closed"), 2024, language="zh")
        figure.canvas.draw()

    assert looks == [1]


def test_latin_text_keeps_the_users_own_font() -> None:
    """Chinese fonts are used only for Chinese text."""
    assert figures.font_families(["Mon 16 Sep – ≥ 3"]) == (mpl.rcParams["font.family"], "")


def test_no_setting_changes_and_pyplot_is_not_loaded() -> None:
    """Pyplot would keep every figure alive."""
    code = (
        "import sys, matplotlib as mpl; before = list(dict.items(mpl.rcParams));"
        "from slacalc import Calendar, plot;"
        "plot.calendar(Calendar('UTC', 'closed'), 2024, language='zh');"
        "print(before == list(dict.items(mpl.rcParams)), 'matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "True False\n"


def test_a_notebook_displays_the_figure() -> None:
    """As a PNG that has twice as many pixels as its display size, here 3 by 2 inches."""
    figure = plot.breaches(in_pandas(), "call", time_zone="UTC")
    assert isinstance(figure, figures.NotebookFigure)
    figure.set_size_inches(3, 2)
    figure.set_layout_engine("none")
    data, size = figure._repr_png_()
    assert data.startswith(b"\x89PNG")
    assert (int.from_bytes(data[16:20]), int.from_bytes(data[20:24])) == (600, 400)
    assert size == {"width": 300, "height": 200}


def test_a_missing_matplotlib_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "slacalc.plot")
    with pytest.raises(MissingExtraError, match=r'pip install "slacalc\[plot\]"') as caught:
        importlib.import_module("slacalc.plot")
    assert caught.value.extra == "plot"


def test_figures_travel_between_processes() -> None:
    """A figure survives pickling."""
    for name in ("attainment", "backlog"):
        figure = FIGURES[name](in_pandas())
        restored = pickle.loads(pickle.dumps(figure))  # noqa: S301 - our own
        assert content_of(restored) == content_of(figure)


def test_a_figure_or_subfigure_can_be_drawn_on() -> None:
    """The whole figure is returned."""
    board = Figure(figsize=(18, 6))
    parts: Any = board.subfigures(1, 2)
    left, right = parts
    assert plot.margin(in_pandas(), "call", figure=left) is board
    assert plot.breaches(in_pandas(), "call", title="Mine", figure=right) is board
    assert len(left.axes) == 1
    assert len(right.axes) == 4
    assert right.get_suptitle().strip() == "Mine"
    assert collisions(board) == []
    with pytest.raises(ColumnError, match="figure is a list"):
        plot.margin(in_pandas(), "call", figure=[])  # type: ignore[arg-type] # wrong on purpose


LONG = "Very long department name of the company in the "


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["desk", "network"], ["desk", "network"]),
        ([LONG + "north", LONG + "south"], ["Very lo…the north", "Very lo…the south"]),
        (
            [LONG + "north" + LONG, LONG + "south" + LONG],
            ["Very lo…northVer…", "Very lo…southVer…"],
        ),
        ([LONG + "north", LONG + "north"], ["Very long depart…"] * 2),
        ([LONG, "Another long name of a department"], ["Very long depart…", "Another long nam…"]),
        (
            ["信息技术服务与运行维护支持一部", "信息技术服务与运行维护支持二部"],
            ["信息技…护支持一部", "信息技…护支持二部"],
        ),
        (["x" * 40, "x" * 41], ["xxxxxxx…xxxxxxxxx"] * 2),  # nothing tells them apart
    ],
)
def test_labels_of_different_names_differ(names: list[str], expected: list[str]) -> None:
    """The end of names with the same beginning is kept, or what follows on the beginning."""
    assert figures.to_labels(names, 17) == expected


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("周二 17:00（Asia/Macau）", ["周二 17:00", "（Asia/Macau）"]),
        ("达标、超时、挂起", ["达标、超时、挂", "起"]),
        ("一二三四五六七，八", ["一二三四五六", "七，八"]),
        ("一二三四五六七（八）", ["一二三四五六七", "（八）"]),
        ("（一）（二）（三）", ["（一）（二）", "（三）"]),
        ("of the “year” ends", ["of the “year”", "ends"]),
    ],
)
def test_brackets_stay_with_what_they_enclose(text: str, lines: list[str]) -> None:
    """A line of fourteen columns, one more at most, ends with no opening bracket."""
    assert figures.wrap(text, 15) == lines
