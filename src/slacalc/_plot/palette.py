"""The colours of figures: one palette on light backgrounds, one on dark ones.

A figure is dark if its background is; `palette_of` reads that from the figure, so whatever is drawn
on it finds the right colours. The hues are those of Okabe and Ito, which are safe for colour-blind
readers, shifted until each stands out from its background: text at least 4.5 to 1 and shapes at
least 3 to 1, by the contrast of WCAG 2. What matters most is hatched as well, for print without
colour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgba

if TYPE_CHECKING:
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure, SubFigure

_DARKEST_LIGHT = 0.1  # the luminance of a background from which on ink is dark


class Palette(NamedTuple):
    """The colours of a figure.

    Args:
        paper: The background.
        ink, faint: Text and lines, of first and second importance.
        pale: Grid lines, and boxes behind which nothing happens.
        quiet: Cells without anything to show.
        blue, orange, vermillion: In time, past due, breached.
        green, purple: Borders of days.
        uncertain: Inside of bars that prove nothing.
        holiday: Cells of holidays.
        open_hours: Open hours, behind other things.
        line, before: Stretches of a ticket in which nothing counts.
        hours: The ends of the scale of working hours.
        heat: The ends of the scale of counts.
        bands: Times until due, from the nearest to the farthest.
    """

    paper: str
    ink: str
    faint: str
    pale: str
    quiet: str
    blue: str
    orange: str
    vermillion: str
    green: str
    purple: str
    uncertain: str
    holiday: str
    open_hours: str
    line: str
    before: str
    hours: tuple[str, str]
    heat: tuple[str, ...]
    bands: tuple[str, ...]

    @property
    def alarm(self) -> dict[str, Any]:
        """The look of what was breached or missed."""
        return {
            "facecolor": self.vermillion,
            "hatch": "\\\\\\",
            "edgecolor": to_rgba(self.paper, 0.5),
            "linewidth": 0,
        }


LIGHT = Palette(
    paper="#ffffff",
    ink="#222222",
    faint="#666666",
    pale="#e6e6e6",
    quiet="#f3f3f3",
    blue="#0072b2",
    orange="#c98500",
    vermillion="#b03e04",
    green="#00875f",
    purple="#b0588a",
    uncertain="#e8eef3",
    holiday="#d37f2e",
    open_hours="#e9eff6",
    line="#6f6f6f",
    before="#949494",
    hours=("#e3eef9", "#74b3d8"),
    heat=("#fff1e2", "#fdae6b", "#b03e04", "#7f2704"),
    bands=("#e69f00", "#f3cf73", "#9ed0ee", "#56b4e9", "#2b83ba", "#0b4f7d", "#08304f"),
)
DARK = Palette(
    paper="#131416",
    ink="#e8eaed",
    faint="#bcc1c8",
    pale="#34383e",
    quiet="#1d2024",
    blue="#56a8e0",
    orange="#f5c04a",
    vermillion="#e8590c",
    green="#2fbf8f",
    purple="#d98cb8",
    uncertain="#222c36",
    holiday="#9a521a",
    open_hours="#20293a",
    line="#8a8f98",
    before="#666b73",
    hours=("#1c2f42", "#2a6299"),
    heat=("#33210f", "#7a3a10", "#e8590c", "#ffd0a3"),
    bands=("#f0b429", "#f7dc9a", "#c4e2f5", "#7ac2f0", "#388cc4", "#24547f", "#8fa1b5"),
)


def palette_of(part: Axes | Figure | SubFigure) -> Palette:
    """The colours for what is drawn on axes or a figure."""
    figure: Any = part.get_figure() if isinstance(part, Axes) else part
    # A subfigure is transparent unless it was given a colour.
    backgrounds = figure.get_facecolor(), figure.canvas.figure.get_facecolor()
    shown = (color for color in backgrounds if to_rgba(color)[3])
    return DARK if is_dark(next(shown, rcParams["figure.facecolor"])) else LIGHT


def is_dark(background: Any) -> bool:
    """Whether a background needs light ink."""
    red, green, blue, alpha = to_rgba(background)
    return bool(alpha) and _luminance((red, green, blue)) < _DARKEST_LIGHT


def contrast(front: Any, back: Any) -> float:
    """The contrast of two colours by WCAG 2, from 1 to 21."""
    darker, lighter = sorted(_luminance(to_rgba(color)) for color in (front, back))
    return (lighter + 0.05) / (darker + 0.05)


def readable_on(color: Any) -> str:
    """The colour of a text on a filled cell: black or white, whichever has more contrast."""
    return max("#000000", "#ffffff", key=lambda text: contrast(text, color))


def scale(ends: tuple[str, ...]) -> Colormap:
    """A scale of colours between the given ones."""
    return LinearSegmentedColormap.from_list("scale", ends)


def _luminance(color: tuple[float, ...]) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color[:3]
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
