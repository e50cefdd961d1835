"""Draw the figures of the guide on plots by its own code.

``python docs/plots.py`` runs the code blocks of ``docs/guides/plots.md`` in order. If an image
follows a block, the figure that the block made is written to the image's file.
"""

from __future__ import annotations

import re
from doctest import DocTestParser
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from slacalc import plot

DOCS = Path(__file__).parent
GUIDE = DOCS / "guides" / "plots.md"
BLOCK = re.compile(
    r"^```(?:python|text)\n(?P<code>.*?)^```$(?:\s*!\[[^]]*\]\((?P<file>[^)]+)\))?",
    re.MULTILINE | re.DOTALL,
)
DPI, COLOURS = 120, 64  # few, to keep the files small


def draw_figures() -> dict[Path, Any]:
    """The figures by the files in which the guide shows them."""
    names: dict[str, Any] = {"plot": plot}
    figures: dict[Path, Any] = {}
    for block in BLOCK.finditer(GUIDE.read_text("utf-8")):
        examples = DocTestParser().get_examples(block["code"])
        for example in examples:
            exec(example.source, names)  # noqa: S102 - the guide's own code
        if block["file"]:
            figure = names["figure"] if examples else eval(block["code"], names)  # noqa: S307 - of our own pages
            figures[GUIDE.parent / block["file"]] = figure
    return figures


def main() -> None:
    """Write the files."""
    for file, figure in draw_figures().items():
        buffer = BytesIO()
        figure.savefig(buffer, format="png", dpi=DPI)
        file.parent.mkdir(exist_ok=True)
        image = Image.open(buffer).convert("RGB").quantize(COLOURS)
        image.save(file.resolve(), "png", optimize=True)


if __name__ == "__main__":
    main()
