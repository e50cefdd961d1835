"""What all figures share: the canvas, colours, titles, legends, and the fonts for their text.

A figure is a `matplotlib.figure.Figure` made without pyplot: the only global setting that is read
is the font that the user chose, and none is changed. Names come from tickets and may contain
anything; they are printed literally and never parsed as formulas.

Fonts: matplotlib takes each character from the first family of a text that has it. The user's own
family comes first, followed by those families of `CHINESE_FONTS` that are installed and have a
character that is still missing. If none has it, a warning names fonts to install.

Colours are those of Okabe and Ito, which are safe for colour-blind readers. What matters most is
hatched as well, for print without colour.
"""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from io import BytesIO
from itertools import chain
from typing import TYPE_CHECKING, Any

from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.patches import Patch
from matplotlib.text import Annotation, Text
from matplotlib.textpath import TextPath
from matplotlib.ticker import MaxNLocator
from PIL import Image

from slacalc._i18n import width
from slacalc.errors import ColumnError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.artist import Artist
    from matplotlib.axis import Axis

# Colours ------------------------------------------------------------------------------------------

INK, FAINT, PALE, PAPER = "#222222", "#666666", "#e6e6e6", "#ffffff"
BLUE, SKY, ORANGE, VERMILLION, GREEN, PURPLE = (
    "#0072b2",
    "#56b4e9",
    "#e69f00",
    "#d55e00",
    "#009e73",
    "#cc79a7",
)
HATCH = "////"
MINUS = "\N{MINUS SIGN}"
TITLE, MEDIUM, SMALL, TINY = 13.0, 9.5, 8.5, 7.5  # sizes of text, in points

# Fonts --------------------------------------------------------------------------------------------

# The usual fonts of each system, the most common first. Older versions of matplotlib see only the
# first face of a font collection, which for Noto is the Japanese one.
CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Heiti SC",
    "SimHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Noto Sans CJK JP",
    "Noto Sans CJK TC",
    "Source Han Sans",
    "SimSun",
    "STHeiti",
    "Droid Sans Fallback",
    "Arial Unicode MS",
)
_SUGGESTED_FONTS = CHINESE_FONTS[0], CHINESE_FONTS[4], CHINESE_FONTS[9]


@lru_cache(maxsize=64)
def _characters_of_file(path: str) -> frozenset[int]:
    return frozenset(get_font(path).get_charmap())


def _characters_of(family: str) -> frozenset[int]:
    """The characters that a family can print; none if it is not installed."""
    try:
        path = findfont(FontProperties(family=[family]), fallback_to_default=False)
    except ValueError:
        return frozenset()
    return _characters_of_file(path)


def font_families(texts: Iterable[str]) -> tuple[list[str], str]:
    """The font families needed to print texts, and the characters that none of them has."""
    chosen = [*rcParams["font.family"]]
    known = frozenset().union(*map(_characters_of, chosen))
    missing = {
        character
        for character in chain.from_iterable(texts)
        if ord(character) not in known and not character.isspace()
    }
    if missing:
        installed = {*fontManager.get_font_names()} - {*chosen}
        for family in CHINESE_FONTS:
            if family in installed:
                characters = _characters_of(family)
                added = {character for character in missing if ord(character) in characters}
                chosen += [family] if added else []
                missing -= added
    return chosen, "".join(sorted(missing))


def _warn_of_missing(characters: str) -> None:
    shown = "".join(characters[:12]) + ("…" if len(characters) > 12 else "")
    msg = (
        f"no font known to matplotlib can print {shown!r}, which will show as boxes: install "
        f"one such as {', '.join(_SUGGESTED_FONTS[:-1])} or {_SUGGESTED_FONTS[-1]}, or name yours "
        "in matplotlib.rcParams['font.family']"
    )
    warnings.warn(msg, UserWarning, stacklevel=4)  # the caller of the public function


# Text ---------------------------------------------------------------------------------------------

# A line may be broken after a word with the space behind it, or after a Chinese character.
_BREAKABLE = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]|[^\s\u2e80-\u9fff\uff00-\uffef]*\s*")


def to_one_line(name: object, most: int = 40) -> str:
    """A name in one line, without unprintable characters, cut to *most* columns.

    A Chinese character takes two columns.
    """
    text = " ".join(str(name)[: 8 * most].split())
    text = "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )
    if width(text) <= most:
        return text or '""'
    while width(text) >= most:
        text = text[:-1]
    return text.rstrip() + "…"


def wrap(text: str, most: int) -> list[str]:
    """Break a text into lines of at most *most* columns; a Chinese character takes two."""
    lines = [""]
    for piece in _BREAKABLE.findall(text):
        if lines[-1] and width((lines[-1] + piece).rstrip()) > most:
            lines.append("")
        for part in piece if width(piece) > most else (piece,):
            if width(lines[-1] + part) > most + 1:
                lines.append("")
            lines[-1] += part
    return [line.strip() for line in lines]


def text_width(text: str, size: float, families: Sequence[str]) -> float:
    """The width of a text, in points."""
    printable = frozenset().union(*map(_characters_of, families))
    # A dollar sign would start a formula; it is as wide as an S.
    measured = "".join(
        character if ord(character) in printable else "o" for character in text.replace("$", "S")
    )
    if not measured.strip():
        return 0.0
    path = TextPath((0, 0), measured, prop=FontProperties(family=[*families], size=size))
    return float(path.vertices[:, 0].max())  # get_extents would be slow: it follows each curve


# Figures ------------------------------------------------------------------------------------------


class NotebookFigure(Figure):
    """A `matplotlib.figure.Figure` that a notebook displays without pyplot."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """A PNG of twice the resolution, for sharp screens, in 256 colours."""
        full, reduced, dpi = BytesIO(), BytesIO(), self.get_dpi()
        self.savefig(full, format="png", dpi=2 * dpi)
        Image.open(full).convert("RGB").quantize().save(reduced, "png", optimize=True)
        width, height = self.get_size_inches() * dpi
        return reduced.getvalue(), {"width": round(width), "height": round(height)}


def open_figure(figure: Any, size: tuple[float, float]) -> Figure | SubFigure:
    """The figure to draw on: the given one, or a new one.

    Args:
        figure: A figure or a part of one; None for a new one.
        size: Width and height of a new figure, in inches.

    Raises:
        ColumnError: *figure* is something else.
    """
    if figure is None:
        return NotebookFigure(figsize=size, dpi=100, layout="constrained", facecolor=PAPER)
    if not isinstance(figure, (Figure, SubFigure)):
        msg = f"figure is a {type(figure).__name__}: give a matplotlib Figure or SubFigure"
        raise ColumnError(msg, column="figure", given=figure)
    whole = _whole(figure)
    if whole.get_layout_engine() is None:
        whole.set_layout_engine("constrained")
    return figure


def _whole(figure: Figure | SubFigure) -> Figure:
    """The figure that a subfigure belongs to."""
    return figure.canvas.figure


def add_title(figure: Figure | SubFigure, title: str, subtitle: str = "") -> None:
    """Add a title, and a subtitle that says what is counted."""
    # One text cannot have two sizes. So the title ends with empty lines, for which the layout makes
    # room, and a second text is put there.
    lines = subtitle.count("\n") + 1
    heading = figure.suptitle(
        title + "\n" * lines, x=0.01, ha="left", size=TITLE, weight="bold", color=INK
    )
    below = Annotation(
        subtitle,
        xy=(0, 0),
        xycoords=heading,
        xytext=(0, 2),
        textcoords="offset points",
        va="bottom",
        ha="left",
        size=MEDIUM,
        color=FAINT,
        annotation_clip=False,
    )
    below.set_in_layout(False)
    below.set_gid("subtitle")
    figure.add_artist(below)


def style_axes(ax: Axes, *, grid: str = "") -> None:
    """Style axes: thin lines, small text, and grid lines along *grid*, ``"x"`` or ``"y"``."""
    ax.set_facecolor(PAPER)
    for side, spine in ax.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set(color=FAINT, linewidth=0.8)
    ax.tick_params(which="both", labelsize=SMALL, labelcolor=INK, color=FAINT, width=0.8, length=3)
    ax.grid(visible=False)
    if grid:
        ax.grid(visible=True, axis="x" if grid == "x" else "y", color=PALE, linewidth=0.8)
    ax.set_axisbelow(True)


def set_count_ticks(axis: Axis, most: int, *, ticks: int = 6) -> None:
    """Set about *ticks* ticks at whole numbers from 0 to *most*."""
    most = max(most, 1)
    values = MaxNLocator(ticks, integer=True).tick_values(0, most)
    counts = [round(value) for value in values if 0 <= value <= most]
    axis.set_ticks(counts, labels=[f"{count:,}" for count in counts])


def add_legend(
    figure: Figure | SubFigure, handles: Sequence[Artist], labels: Sequence[str]
) -> None:
    """Add a legend below the axes, in as few lines as fit."""
    if not handles:
        return
    families, _ = font_families(labels)
    widths = [text_width(label, SMALL, families) + 36 for label in labels]
    room = figure.bbox.width / _whole(figure).dpi * 72
    columns = len(labels)
    while columns > 1 and sum(max(widths[first::columns]) for first in range(columns)) > room:
        columns -= 1
    # matplotlib fills a legend column by column; the entries are to be read line by line.
    order = [place for column in range(columns) for place in range(column, len(labels), columns)]
    legend = figure.legend(
        [handles[place] for place in order],
        [labels[place] for place in order],
        loc="outside lower left",
        ncols=columns,
        frameon=False,
        fontsize=SMALL,
        labelcolor=INK,
        handlelength=1.6,
        columnspacing=1.6,
    )
    legend.set_gid("legend")


def open_empty_figure(
    figure: Any, size: tuple[float, float], title: str, message: str
) -> Figure | SubFigure:
    """A figure without data: a title, and a message that says what is missing."""
    opened = open_figure(figure, size)
    ax = opened.subplots()
    ax.set_axis_off()
    ax.text(0.5, 0.5, message, transform=ax.transAxes, ha="center", size=MEDIUM, color=FAINT)
    add_title(opened, title)
    return opened


def legend_box(color: Any, *, hatch: str = "", edge: str = "none", width: float = 0.8) -> Patch:
    """A filled box for a legend."""
    return Patch(facecolor=color, hatch=hatch or None, edgecolor=edge, linewidth=width)


def finish_figure(figure: Figure | SubFigure) -> Figure:
    """Set the fonts of all texts, turn formulas off, and return the whole figure."""
    axes: list[Any] = figure.findobj(Axes)
    texts: list[Any] = figure.findobj(Text)
    families, missing = font_families(text.get_text() for text in texts)
    for text in texts:
        text.set_parse_math(False)
        text.set_family(families)
    for ax in axes:
        ax.tick_params(which="both", labelfontfamily=families)
    if missing:
        _warn_of_missing(missing)
    return _whole(figure)
