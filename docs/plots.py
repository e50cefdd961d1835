"""Draw the pictures of the guide by the guide's own code.

``python docs/plots.py`` runs the blocks of ``docs/guides/plots.md`` one after another, and writes
the figure that a block left to the file that the text below the block shows.
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
FINENESS, COLOURS = 120, 64  # dots in an inch, and different colours, to keep the files small


def drawn() -> dict[Path, Any]:
    """The figures by the files that the guide shows them from."""
    names: dict[str, Any] = {"plot": plot}
    figures: dict[Path, Any] = {}
    for block in BLOCK.finditer(GUIDE.read_text("utf-8")):
        examples = DocTestParser().get_examples(block["code"])
        for example in examples:
            exec(example.source, names)  # noqa: S102 - the guide's own code
        if block["file"]:
            shown = names["figure"] if examples else eval(block["code"], names)  # noqa: S307
            figures[GUIDE.parent / block["file"]] = shown
    return figures


def main() -> None:
    """Write the pictures."""
    for file, figure in drawn().items():
        buffer = BytesIO()
        figure.savefig(buffer, format="png", dpi=FINENESS)
        file.parent.mkdir(exist_ok=True)
        picture = Image.open(buffer).convert("RGB").quantize(COLOURS)
        picture.save(file.resolve(), "png", optimize=True)


if __name__ == "__main__":
    main()
