"""Figures are dark on dark backgrounds, and everything on them stands out for everybody."""

from __future__ import annotations

from io import BytesIO
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import matplotlib.style
import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb, to_rgba
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from slacalc import plot
from slacalc._plot.palette import DARK, LIGHT, Palette
from tests.plot.figures import FIGURES, OFFICE, at, clock, in_pandas

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DRAW: dict[str, Callable[..., Any]] = {
    **{name: lambda draw=draw, **more: draw(in_pandas(), **more) for name, draw in FIGURES.items()},
    "calendar": lambda **more: plot.calendar(OFFICE, 2024, **more),
    "ticket": lambda **more: plot.ticket(clock(), at("16 11:00"), **more),
    "empty": lambda **more: plot.breaches(in_pandas().iloc[:0], "call", **more),
}


# An independent reckoning -------------------------------------------------------------------------


def linear(color: Any) -> np.ndarray[Any, Any]:
    """The linear red, green and blue of a colour, by IEC 61966-2-1."""
    parts = np.array(to_rgb(color))
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def luminance(color: Any) -> float:
    return float(linear(color) @ [0.2126, 0.7152, 0.0722])


def contrast(one: Any, other: Any) -> float:
    """The contrast of two colours, by WCAG 2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


# What people with no, and with each kind of, colour blindness see (Machado, Oliveira and Fernandes
# 2009, severity 1), as matrices on linear red, green and blue.
EYES = {
    "most people": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
) / [[0.95047], [1.0], [1.08883]]


def lab(color: Any, eyes: str) -> np.ndarray[Any, Any]:
    """A colour as eyes see it, in the CIE's L*a*b*."""
    xyz = TO_XYZ @ np.clip(EYES[eyes] @ linear(color), 0, 1)
    x, y, z = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_the_reckoning_is_that_of_the_standards() -> None:
    """Black on white has 21 to 1, #767676 just 4.54 to 1; pure red is (53.2, 80.1, 67.2)."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
    assert lab("#ff0000", "most people") == pytest.approx([53.2, 80.1, 67.2], abs=0.1)


# The palettes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_stand_out_and_apart_for_colour_blind_readers(palette: Palette) -> None:
    """Text 4.5 to 1, also on filled cells; shapes 3 to 1; what stands side by side 15 apart."""
    surfaces = [palette.paper, palette.quiet, palette.pale, palette.uncertain, palette.open_hours]
    for surface in [*surfaces, *palette.hours, palette.holiday]:
        assert contrast(palette.ink, surface) >= 4.5, surface
    for surface in (palette.paper, palette.quiet):
        assert contrast(palette.faint, surface) >= 4.5, surface
    shapes = [
        palette.holiday,
        palette.blue,
        palette.orange,
        palette.vermillion,
        palette.green,
        palette.purple,
    ]
    for shape in [*shapes, palette.line, palette.before]:
        assert contrast(shape, palette.paper) >= 3, shape
    states = [palette.blue, palette.orange, palette.vermillion, palette.line]
    bands = [palette.vermillion, *palette.bands]
    pairs = [*combinations(states, 2), *pairwise(bands)]
    for eyes in EYES:
        for one, other in pairs:
            assert np.linalg.norm(lab(one, eyes) - lab(other, eyes)) >= 15, (eyes, one, other)


# Figures ------------------------------------------------------------------------------------------


def surface_of(text: Any, pixels: np.ndarray[Any, Any]) -> Any:
    """The most frequent colour in the box of a text: what it is printed on."""
    x0, y0, x1, y1 = text.get_window_extent().extents
    height, width, _ = pixels.shape
    rows = slice(max(int(height - y1) - 1, 0), int(height - y0) + 2)
    box = pixels[rows, max(int(x0) - 1, 0) : min(int(x1) + 2, width)].reshape(-1, 3)
    values, counts = np.unique(box, axis=0, return_counts=True)
    return values[counts.argmax()] / 255


def check_texts(figure: Any) -> None:
    """Each text has a contrast of at least 4.5 to 1 with what is printed behind it."""
    figure.savefig(buffer := BytesIO(), format="png")
    pixels = np.asarray(Image.open(buffer).convert("RGB"))
    texts: list[Any] = figure.findobj(Text)
    for text in texts:
        if text.get_visible() and text.get_text().strip() not in ("", "■"):  # which is a shape
            behind = surface_of(text, pixels)
            assert contrast(text.get_color(), behind) >= 4.5, (text.get_text(), to_hex(behind))


STYLES: dict[str, Any] = {
    "light": {},
    "dark": mpl.style.library["dark_background"],
    "night": {"figure.facecolor": "#002b36", "axes.facecolor": "#073642", "text.color": "#93a1a1"},
    "hostile": {"text.color": "white", "axes.facecolor": "black", "axes.labelcolor": "white"},
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", DRAW)
def test_every_text_is_readable_in_every_style(name: str, style: str) -> None:
    """A style whose background is dark makes figures dark; another one leaves them light."""
    with mpl.rc_context(STYLES[style]):
        figure = DRAW[name]()
        paper = mpl.rcParams["figure.facecolor"] if style in ("dark", "night") else "white"
        assert to_rgba(figure.get_facecolor()) == to_rgba(paper)
        check_texts(figure)


@pytest.mark.parametrize("style", ["light", "dark"])
@pytest.mark.parametrize("name", DRAW)
def test_dark_overrides_the_style(name: str, style: str) -> None:
    """In both directions, on new figures and on given ones."""
    dark = style == "light"
    with mpl.rc_context(STYLES[style]):
        for given in (None, Figure(figsize=(12, 9))):
            figure = DRAW[name](dark=dark, figure=given)
            assert (luminance(figure.get_facecolor()) < 0.1) is dark
            check_texts(figure)


def test_a_part_of_a_dark_figure_is_dark() -> None:
    """The colours are those for what is behind them."""
    board = Figure(figsize=(18, 5), facecolor="black")
    left, right = board.subfigures(1, 2)  # type: ignore[misc]  # two of them
    plot.margin(in_pandas(), "call", figure=left)
    plot.margin(in_pandas(), "call", figure=right, dark=False)
    check_texts(board)
    assert to_hex(left.get_suptitle() and left.axes[0].yaxis.label.get_color()) == DARK.ink
    assert to_hex(right.axes[0].yaxis.label.get_color()) == LIGHT.ink


def test_a_file_has_the_background_of_its_figure(tmp_path: Path) -> None:
    """The style `dark_background` has one of its own for files, which would hide dark ink."""
    with mpl.rc_context(STYLES["dark"]):
        figure = DRAW["margin"](dark=False)
        figure.savefig(tmp_path / "light.png")
        figure.savefig(tmp_path / "clear.png", transparent=True)
    corners = [Image.open(tmp_path / name).getpixel((0, 0)) for name in ("light.png", "clear.png")]
    assert corners[0] == (255, 255, 255, 255)
    assert corners[1][3] == 0  # type: ignore[index]  # a tuple
