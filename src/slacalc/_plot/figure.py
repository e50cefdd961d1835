"""What all figures share: the canvas, colours, titles, legends, and the fonts for their text.

A figure is a `matplotlib.figure.Figure` made without pyplot: the only global setting that is read
is the font that the user chose, and none is changed but the list of installed fonts, which grows.
Names come from tickets and may contain anything; they are printed literally and never parsed as
formulas.

Fonts: matplotlib takes each character from the first family of a text that has it. The user's own
family comes first, followed by those families of `CHINESE_FONTS` that are installed and have a
character that is still missing. If none has it, fonts that matplotlib has not listed yet are looked
for, and then a warning names fonts to install.

The colours are those of `palette`.
"""

from __future__ import annotations

import re
import warnings
from contextlib import suppress
from functools import cache, lru_cache
from io import BytesIO
from itertools import chain
from os.path import commonprefix
from typing import TYPE_CHECKING, Any

from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.font_manager import FontProperties, findfont, findSystemFonts, fontManager, get_font
from matplotlib.patches import Patch
from matplotlib.text import Annotation, Text
from matplotlib.textpath import TextPath
from matplotlib.ticker import FixedFormatter, MaxNLocator
from PIL import Image

from slacalc._i18n import width
from slacalc._plot.palette import DARK, LIGHT, is_dark, palette_of
from slacalc.errors import ColumnError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.artist import Artist
    from matplotlib.axis import Axis

# Looks --------------------------------------------------------------------------------------------

HATCH = "////"
MINUS = "\N{MINUS SIGN}"
_MARGIN = 7.0  # points
_HINTED = 1.1  # how much wider small text is where its letters begin at whole pixels
_BOLD = 1.15  # how much wider than other text
WIDTH = 9.0  # inches of a figure; the text column of a page is about as wide
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
        missing = _add_families(chosen, missing)
    if missing:
        # matplotlib lists the fonts once and keeps the list in a file; some may be newer.
        _list_new_fonts()
        missing = _add_families(chosen, missing)
    return chosen, "".join(sorted(missing))


def _add_families(chosen: list[str], missing: set[str]) -> set[str]:
    """Add the Chinese families that have missing characters; return those that none has."""
    installed = {*fontManager.get_font_names()} - {*chosen}
    for family in CHINESE_FONTS:
        if family in installed:
            characters = _characters_of(family)
            added = {character for character in missing if ord(character) in characters}
            chosen += [family] if added else []
            missing = missing - added
    return missing


@cache
def _list_new_fonts() -> None:
    """Let matplotlib know the fonts that were installed after it listed them; once in a process."""
    known = {font.fname for font in fontManager.ttflist}
    for path in sorted({*findSystemFonts()} - known):
        with suppress(OSError, RuntimeError):  # of files that are broken, or something else
            fontManager.addfont(path)


def _warn_of_missing(characters: str) -> None:
    shown = "".join(characters[:12]) + ("…" if len(characters) > 12 else "")
    msg = (
        f"no font known to matplotlib can print {shown!r}, which will show as boxes: install "
        f"one such as {', '.join(_SUGGESTED_FONTS[:-1])} or {_SUGGESTED_FONTS[-1]}, or name yours "
        "in matplotlib.rcParams['font.family']"
    )
    warnings.warn(msg, UserWarning, stacklevel=4)  # the caller of the public function


# Text ---------------------------------------------------------------------------------------------

# A line may be broken after a word with the space behind it, or after a Chinese character; but not
# after an opening bracket, nor before a closing one or another mark.
_CHINESE, _OPENING, _CLOSING = (
    r"\u2e80-\u9fff\uff00-\uffef",
    "（［｛〈《「『【〔〖“‘",
    "）］｝〉》」』】〕〗，。、；：！？",
)
_BREAKABLE = re.compile(
    rf"[{_OPENING}]*(?:[{_CHINESE}]|[^\s{_CHINESE}{_OPENING}]*)[{_CLOSING}]*\s*"
)


def to_one_line(name: object, most: int = 40) -> str:
    """A name in one line, without unprintable characters, cut to *most* columns.

    A Chinese character takes two columns.
    """
    return _cut(_line_of(str(name)), most)


def to_labels(names: Iterable[object], most: int) -> list[str]:
    """Names as `to_one_line` returns them, but different names get different labels.

    Names with the same beginning are shortened in the middle, up to where they differ.
    """
    lines = [_line_of(str(name)) for name in names]
    labels: dict[str, str] = {}
    _add_labels(labels, dict.fromkeys(lines), most, 0)
    return [labels[line] for line in lines]


def _add_labels(labels: dict[str, str], lines: Iterable[str], most: int, shared: int) -> None:
    """Add the labels of lines whose first *shared* characters are the same."""
    by_label: dict[str, list[str]] = {}
    for line in lines:
        by_label.setdefault(_cut(line, most, shared), []).append(line)
    for label, same in by_label.items():
        if len(same) > 1 and (shared == 0 or len(by_label) > 1):
            _add_labels(labels, same, most, len(commonprefix(same)))  # noqa: RUF071 - of texts, not of paths
        else:
            labels |= dict.fromkeys(same, label)


def _line_of(text: str) -> str:
    """A text in one line, without unprintable characters."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for character in " ".join(text.split())
    )


def _cut(line: str, most: int, shared: int = 0) -> str:
    """Cut a line to *most* columns; its end, or all behind *shared* characters, in the middle."""
    if width(line) <= most:
        return line or '""'
    if shared:
        beginning = _cut(line, most // 2)
        room, first = most - width(beginning), len(line)
        while width(line[first - 1 :]) <= room:
            first -= 1
        return beginning + _cut(line[min(first, shared) :], room)
    line = line[: 8 * most]
    while width(line) >= most:
        line = line[:-1]
    return line.rstrip() + "…"


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


def widest(texts: Iterable[str], size: float) -> float:
    """The width of the widest line of some texts, in points, on any screen."""
    lines = [line for text in texts for line in text.split("\n")]
    families, _ = font_families(lines)
    return _HINTED * max((text_width(line, size, families) for line in lines), default=0.0)


def wrap_to(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """Break a text into lines of about *room* points."""
    needed = widest([text], size) * (_BOLD if bold else 1)
    return text if needed <= room else "\n".join(wrap(text, int(width(text) * room / needed)))


def fit_size(texts: Iterable[str], size: float, room: float) -> float:
    """The size, at most *size*, in which the widest of some texts fits *room* points."""
    return size * min(room / (widest(texts, size) + 3), 1)


def fit_text(texts: Iterable[str], size: float, room: float) -> dict[str, Any]:
    """The size and the rotation with which the widest of some texts fits *room* points."""
    fitting = fit_size(texts, size, room)
    if fitting >= 0.8 * size:
        return {"size": fitting}
    return {"size": min(size, room * 0.8), "rotation": 90}


# Figures ------------------------------------------------------------------------------------------


class NotebookFigure(Figure):
    """A `matplotlib.figure.Figure` that a notebook displays without pyplot."""

    def savefig(self, fname: Any, *, transparent: bool | None = None, **kwargs: Any) -> None:
        """Save the figure on its own background, also where a style has another one for files."""
        if transparent is None:
            transparent = rcParams["savefig.transparent"]
        if not transparent:
            kwargs.setdefault("facecolor", self.get_facecolor())
        super().savefig(fname, transparent=transparent, **kwargs)

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """A PNG of twice the resolution, for sharp screens, in 256 colours."""
        full, reduced, dpi = BytesIO(), BytesIO(), self.get_dpi()
        self.savefig(full, format="png", dpi=2 * dpi)
        Image.open(full).convert("RGB").quantize().save(reduced, "png", optimize=True)
        width, height = self.get_size_inches() * dpi
        return reduced.getvalue(), {"width": round(width), "height": round(height)}


def open_figure(
    figure: Any,
    size: tuple[float, float],
    dark: bool | None,  # noqa: FBT001 - passed on by every function
) -> Figure | SubFigure:
    """The figure to draw on: the given one, or a new one.

    Args:
        figure: A figure or a part of one; None for a new one.
        size: Width and height of a new figure, in inches.
        dark: Whether its background is dark; None for a new figure as matplotlib's style has it,
            and for a given one as it is.

    Raises:
        ColumnError: *figure* is something else.
    """
    if figure is None:
        style = rcParams["figure.facecolor"]
        if dark is None:
            dark = is_dark(style)
        paper = (style if is_dark(style) else DARK.paper) if dark else LIGHT.paper
        return NotebookFigure(figsize=size, dpi=100, layout="constrained", facecolor=paper)
    canvas = _checked(figure)
    if dark is not None and palette_of(canvas) is not (palette := DARK if dark else LIGHT):
        canvas.set_facecolor(palette.paper)
    whole = _whole(canvas)
    if whole.get_layout_engine() is None:
        whole.set_layout_engine("constrained")
    return canvas


def room_of(figure: Any, width: float) -> float:
    """The width of a given figure, in inches; *width* for a new one."""
    return size_of(figure, (width, 0))[0]


def size_of(figure: Any, size: tuple[float, float]) -> tuple[float, float]:
    """The width and height of a given figure, in inches; *size* for a new one."""
    if figure is None:
        return size
    canvas = _checked(figure)
    dpi = _whole(canvas).dpi
    return float(canvas.bbox.width / dpi), float(canvas.bbox.height / dpi)


def _room(figure: Figure | SubFigure) -> float:
    """The width of a figure, in points."""
    return 72 * room_of(figure, 0)


def _checked(figure: Any) -> Figure | SubFigure:
    if isinstance(figure, (Figure, SubFigure)):
        return figure
    msg = f"figure is a {type(figure).__name__}: give a matplotlib Figure or SubFigure"
    raise ColumnError(msg, column="figure", given=figure)


def _whole(figure: Figure | SubFigure) -> Figure:
    """The figure that a subfigure belongs to."""
    return figure.canvas.figure


def add_title(figure: Figure | SubFigure, title: str, subtitle: str = "") -> None:
    """Add a title, and a subtitle that says what is counted."""
    # One text cannot have two sizes. So the title ends with empty lines, for which the layout makes
    # room, and a second text is put there.
    room = _room(figure) - 2 * _MARGIN
    title, subtitle = wrap_to(title, TITLE, room, bold=True), wrap_to(subtitle, MEDIUM, room)
    lines = subtitle.count("\n") + 1
    colors = palette_of(figure)
    heading = figure.suptitle(
        title + "\n" * lines, x=0.01, ha="left", size=TITLE, weight="bold", color=colors.ink
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
        color=colors.faint,
        annotation_clip=False,
    )
    below.set_in_layout(False)
    below.set_gid("subtitle")
    figure.add_artist(below)


def style_axes(ax: Axes, *, grid: str = "") -> None:
    """Style axes: thin lines, small text, and grid lines along *grid*, ``"x"`` or ``"y"``."""
    colors = palette_of(ax)
    ax.set_facecolor("none")
    for side, spine in ax.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set(color=colors.faint, linewidth=0.8)
    ax.tick_params(
        which="both",
        labelsize=SMALL,
        labelcolor=colors.ink,
        color=colors.faint,
        width=0.8,
        length=3,
    )
    ax.grid(visible=False)
    if grid:
        ax.grid(visible=True, axis="x" if grid == "x" else "y", color=colors.pale, linewidth=0.8)
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
    room = _room(figure) - 2 * _MARGIN
    labels = [wrap_to(label, SMALL, room - 36) for label in labels]
    widths = [widest([label], SMALL) + 36 for label in labels]
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
        labelcolor=palette_of(figure).ink,
        handlelength=1.6,
        columnspacing=1.6,
    )
    legend.set_gid("legend")


def open_empty_figure(
    figure: Any,
    size: tuple[float, float],
    title: str,
    message: str,
    dark: bool | None,  # noqa: FBT001 - passed on by every function
) -> Figure | SubFigure:
    """A figure without data: a title, and a message that says what is missing."""
    opened = open_figure(figure, size, dark)
    ax = opened.subplots()
    ax.set_axis_off()
    color = palette_of(opened).faint
    message = wrap_to(message, MEDIUM, _room(opened) - 2 * _MARGIN)
    ax.text(0.5, 0.5, message, transform=ax.transAxes, ha="center", size=MEDIUM, color=color)
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
        _print_boxes(missing, texts, axes)
    return _whole(figure)


def _print_boxes(missing: str, texts: Iterable[Any], axes: Iterable[Any]) -> None:
    """Print a box for each missing character, of which matplotlib would warn one by one."""
    boxes = str.maketrans(dict.fromkeys(missing, "\N{WHITE SQUARE}"))
    for text in texts:
        text.set_text(text.get_text().translate(boxes))
    for axis in chain.from_iterable((ax.xaxis, ax.yaxis) for ax in axes):
        for formatter in (axis.get_major_formatter(), axis.get_minor_formatter()):
            if isinstance(formatter, FixedFormatter):  # which writes the texts again
                formatter.seq = [text.translate(boxes) for text in formatter.seq]
