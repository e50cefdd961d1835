"""Sessions with other libraries, which the documentation shows, and whether they still go so.

A page holds them as blocks of the language ``pycon``; each is run from its first line to its last,
and every answer is compared with the one that is shown.
"""

from __future__ import annotations

import doctest
import re

import pages

_SESSION = re.compile(
    r"^### ([^\n]+)\n\n```\{code-block\} pycon\n(.*?)^```$", re.MULTILINE | re.DOTALL
)


def changed(page: str) -> list[str]:
    """The sessions of a page, by their headings, that do not go as they are shown."""
    text = (pages.DOCS / page).read_text(encoding="utf-8")
    found = _SESSION.findall(text)
    if not found:
        msg = f"docs/{page} holds no session"
        raise ValueError(msg)
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(verbose=False)
    return [
        title
        for title, session in found
        if runner.run(parser.get_doctest(session, {}, title, page, 0)).failed
    ]
