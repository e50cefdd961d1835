"""What all pictures share: the figure, its colours, its words, and fonts that can print them.

A picture is a `Figure` of matplotlib, made without pyplot: nothing global is read but the fonts
that the user chose, and nothing global is changed. Names come from tickets, and may hold anything;
they are printed as they are, and never read as formulas.

Fonts. matplotlib takes each character from the first of a text's families that has it. The user's
own family comes first; where it lacks characters of a picture, those of the families below follow
that are installed and have them. What none has is told by a warning that names fonts to install.

Colours are those of Okabe and Ito, which people of all kinds of sight tell apart; what matters most
is hatched too, for print without colour.
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
# What a line may be broken after: a word with the space behind it, or a Chinese character.
_PIECES = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]|[^\s\u2e80-\u9fff\uff00-\uffef]*\s*")
TITLE, PLAIN, SMALL, TINY = 13.0, 9.5, 8.5, 7.5  # sizes of text, in points

# Fonts --------------------------------------------------------------------------------------------

# Those that have Chinese characters, the commonest of each system first. A font collection shows
# older matplotlibs only its first face, which for Noto is the Japanese one.
FAMILIES = (
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
_TO_INSTALL = FAMILIES[0], FAMILIES[4], FAMILIES[9]


@lru_cache(maxsize=64)
def _characters(path: str) -> frozenset[int]:
    """The characters that a font has."""
    return frozenset(get_font(path).get_charmap())


def _found(family: str) -> frozenset[int]:
    """The characters of a family; none where it is not installed."""
    try:
        path = findfont(FontProperties(family=[family]), fallback_to_default=False)
    except ValueError:
        return frozenset()
    return _characters(path)


def families(texts: Iterable[str]) -> tuple[list[str], str]:
    """The families of fonts that some texts need, and the characters that none of them has."""
    chosen = [*rcParams["font.family"]]
    known = frozenset().union(*map(_found, chosen))
    lacking = {one for one in chain.from_iterable(texts) if ord(one) not in known}
    lacking = {one for one in lacking if not one.isspace()}
    if lacking:
        installed = {*fontManager.get_font_names()} - {*chosen}
        for family in FAMILIES:
            if family in installed:
                found = {one for one in lacking if ord(one) in _found(family)}
                chosen += [family] if found else []
                lacking -= found
    return chosen, "".join(sorted(lacking))


def _warn_of(lacking: str) -> None:
    shown = "".join(lacking[:12]) + ("…" if len(lacking) > 12 else "")
    msg = (
        f"no font that matplotlib knows can print {shown!r}, which will show as boxes: install "
        f"one such as {', '.join(_TO_INSTALL[:-1])} or {_TO_INSTALL[-1]}, or name yours in "
        "matplotlib.rcParams['font.family']"
    )
    warnings.warn(msg, UserWarning, stacklevel=5)


# Words --------------------------------------------------------------------------------------------


def tidy(name: object, most: int = 40) -> str:
    """A name in one line, without what cannot be printed, cut to so many narrow characters."""
    text = " ".join(str(name)[: 8 * most].split())
    text = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
    if width(text) <= most:
        return text or '""'
    while width(text) >= most:
        text = text[:-1]
    return text.rstrip() + "…"


def wrapped(text: str, most: int) -> list[str]:
    """A text in lines of so many narrow characters at most; wide ones count twice."""
    lines = [""]
    for piece in _PIECES.findall(text):
        if lines[-1] and width((lines[-1] + piece).rstrip()) > most:
            lines.append("")
        for one in piece if width(piece) > most else (piece,):
            if width(lines[-1] + one) > most + 1:
                lines.append("")
            lines[-1] += one
    return [line.strip() for line in lines]


def width_of(text: str, size: float, families: Sequence[str]) -> float:
    """How wide a text is, in points."""
    printable = frozenset().union(*map(_found, families))
    shown = "".join("o" if ord(one) not in printable else one for one in text.replace("$", "S"))
    if not shown.strip():
        return 0.0
    path = TextPath((0, 0), shown, prop=FontProperties(family=[*families], size=size))
    return float(path.vertices[:, 0].max())  # not the extents, which bend each curve


# Figures ------------------------------------------------------------------------------------------


class Picture(Figure):
    """A `matplotlib.figure.Figure` that a notebook shows by itself, without pyplot."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """The picture for a notebook: twice as fine, for sharp screens, in 256 colours."""
        drawn, small, dpi = BytesIO(), BytesIO(), self.get_dpi()
        self.savefig(drawn, format="png", dpi=2 * dpi)
        Image.open(drawn).convert("RGB").quantize().save(small, "png", optimize=True)
        wide, high = self.get_size_inches() * dpi
        return small.getvalue(), {"width": round(wide), "height": round(high)}


def begun(figure: Any, size: tuple[float, float]) -> Figure | SubFigure:
    """The figure to draw on: the one that was given, or a new one.

    Args:
        figure: A figure, or a part of one; None for a new one.
        size: The width and height of a new one, in inches.

    Raises:
        ColumnError: It is something else.
    """
    if figure is None:
        return Picture(figsize=size, dpi=100, layout="constrained", facecolor=PAPER)
    if not isinstance(figure, (Figure, SubFigure)):
        msg = f"figure is a {type(figure).__name__}: give a Figure of matplotlib, or a SubFigure"
        raise ColumnError(msg, column="figure", given=figure)
    whole = _whole(figure)
    if whole.get_layout_engine() is None:
        whole.set_layout_engine("constrained")
    return figure


def _whole(figure: Figure | SubFigure) -> Figure:
    """The figure that a part belongs to."""
    return figure.canvas.figure


def headed(figure: Figure | SubFigure, title: str, below: str) -> None:
    """Give a figure a title, and a line below it that tells what is counted."""
    # The title bears an empty line, for which the layout makes room, and the second text stands
    # there: one text cannot have two sizes.
    lines = below.count("\n") + 1
    head = figure.suptitle(
        title + "\n" * lines, x=0.01, ha="left", size=TITLE, weight="bold", color=INK
    )
    beneath = Annotation(
        below,
        xy=(0, 0),
        xycoords=head,
        xytext=(0, 2),
        textcoords="offset points",
        va="bottom",
        ha="left",
        size=PLAIN,
        color=FAINT,
        annotation_clip=False,
    )
    beneath.set_in_layout(False)
    beneath.set_gid("subtitle")
    figure.add_artist(beneath)


def plain(ax: Axes, *, grid: str = "") -> None:
    """Dress the axes: thin lines, small text, and a grid along an axis."""
    ax.set_facecolor(PAPER)
    for side, spine in ax.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set(color=FAINT, linewidth=0.8)
    ax.tick_params(which="both", labelsize=SMALL, labelcolor=INK, color=FAINT, width=0.8, length=3)
    ax.grid(visible=False)
    if grid:
        ax.grid(visible=True, axis="x" if grid == "x" else "y", color=PALE, linewidth=0.8)
    ax.set_axisbelow(True)


def counted(axis: Axis, most: int, *, ticks: int = 6) -> None:
    """Make an axis one of whole numbers up to so many."""
    marks = MaxNLocator(ticks, integer=True).tick_values(0, max(most, 1))
    shown = [round(one) for one in marks if 0 <= one <= max(most, 1)]
    axis.set_ticks(shown, labels=[f"{one:,}" for one in shown])


def keyed(figure: Figure | SubFigure, handles: Sequence[Artist], labels: Sequence[str]) -> None:
    """Put a legend below the data, in as few lines as fit."""
    if not handles:
        return
    chosen, _ = families(labels)
    widths = [width_of(label, SMALL, chosen) + 36 for label in labels]
    room = figure.bbox.width / _whole(figure).dpi * 72
    columns = len(labels)
    while columns > 1 and sum(max(widths[one::columns]) for one in range(columns)) > room:
        columns -= 1
    order = [one for column in range(columns) for one in range(column, len(labels), columns)]
    legend = figure.legend(
        [handles[one] for one in order],
        [labels[one] for one in order],
        loc="outside lower left",
        ncols=columns,
        frameon=False,
        fontsize=SMALL,
        labelcolor=INK,
        handlelength=1.6,
        columnspacing=1.6,
    )
    legend.set_gid("legend")


def nothing(ax: Axes, words: str) -> None:
    """Say in the place of a picture that there is nothing to show."""
    ax.set_axis_off()
    ax.text(0.5, 0.5, words, transform=ax.transAxes, ha="center", size=PLAIN, color=FAINT)


def swatch(color: Any, *, hatch: str = "", edge: str = "none", width: float = 0.8) -> Patch:
    """A box of a legend."""
    return Patch(facecolor=color, hatch=hatch or None, edgecolor=edge, linewidth=width)


def finished(figure: Figure | SubFigure) -> Figure:
    """The whole figure, with fonts for all words of its part, which are words and no formulas."""
    axes: list[Any] = figure.findobj(Axes)
    texts: list[Any] = figure.findobj(Text)
    chosen, lacking = families(text.get_text() for text in texts)
    for text in texts:
        text.set_parse_math(False)
        text.set_family(chosen)
    for ax in axes:
        ax.tick_params(which="both", labelfontfamily=chosen)
    if lacking:
        _warn_of(lacking)
    return _whole(figure)
