"""What the commands are made of, beside click: their help and errors in other languages.

The texts of the help are English in `slacalc.cli`, and translated paragraph by paragraph, as errors
are. This imports click, an extra, so it is imported when the commands are built.
"""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from functools import partial
from io import StringIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import click

from slacalc._cli.output import printable, said, typed_language
from slacalc._i18n import width

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_JOBS = 64  # processes, which are many more than one can read for
_OTHER_NAMES = {"lint": "check", "validate": "check", "verify": "check"}  # of commands
_PREFORMATTED = "\b\n"  # before a paragraph that click does not wrap
# A Chinese character, with the punctuation that no line begins with; or a word.
_PIECE = re.compile(r" *(?:[“（[]*[\u4e00-\u9fff][”，。；：、）]*|[^\s\u4e00-\u9fff“（[]+|\S)")


class _Formatter(click.HelpFormatter):
    """Writes help; paragraphs that are translated are wrapped by the width of their characters."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how a command is called."""
        head, _, _ = said("Usage: …").partition("…")
        super().write_usage(prog, args, prefix or head)

    def write_heading(self, heading: str) -> None:
        """Write the heading of a section."""
        super().write_heading(said(heading))

    def write_text(self, text: str) -> None:
        """Write paragraphs."""
        cells = self.width - self.current_indent
        parts = (_wrapped(_paragraph(part), cells) for part in text.split("\n\n"))
        super().write_text("\n\n".join(parts))

    def write_dl(self, rows: Any, col_max: int = 30, col_spacing: int = 2) -> None:
        """Write options or commands, each with its help."""
        rows = list(rows)
        first = min(max((len(term) for term, _ in rows), default=0), col_max) + col_spacing
        cells = max(self.width - first - 2, 10)
        super().write_dl(
            [(term, _wrapped(_with_notes(text), cells)) for term, text in rows],
            col_max,
            col_spacing,
        )


class Context(click.Context):
    """The context of a command, which writes help in other languages too."""

    formatter_class = _Formatter


class Command(click.Command):
    """A command with help in other languages."""

    context_class = Context


class Group(click.Group):
    """Commands with help in other languages."""

    context_class = Context


class Program(Group):
    """The commands; what click says of arguments is as fit to print as what we say."""

    def main(self, *args: Any, **more: Any) -> Any:
        """Run a command, in the language that is typed."""
        token = typed_language.set("")
        try:
            return super().main(*args, **more)
        finally:
            typed_language.reset(token)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name.

        Raises:
            click.UsageError: Other tools give this name to a command that has another one here.
        """
        if cmd_name in _OTHER_NAMES:
            msg = f"No such command {cmd_name!r}: use `slacalc {_OTHER_NAMES[cmd_name]}`."
            raise click.UsageError(msg, ctx)
        return super().get_command(ctx, cmd_name)

    def make_context(
        self, info_name: str | None, args: list[str], *rest: Any, **more: Any
    ) -> click.Context:
        """Read the arguments of the program."""
        typed_language.set(_language_in(args))  # for the help and the errors of any of them
        with _printable_errors():
            return super().make_context(info_name, args, *rest, **more)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _printable_errors():
            return super().invoke(ctx)


class Jobs(click.IntRange):
    """A number of processes; the word ``auto`` stands for that of cores."""

    def __init__(self) -> None:
        super().__init__(1, _MOST_JOBS)

    def convert(self, value: Any, *more: Any) -> Any:
        """The number that was typed."""
        from slacalc._files.workers import available_cores  # noqa: PLC0415 - takes long

        if value == "auto":
            return min(available_cores(), _MOST_JOBS)
        return super().convert(value, *more)


def _language_in(words: list[str]) -> str:
    """What is typed for ``--language``; empty string for nothing."""
    typed = ""
    for word, after in pairwise([*words, ""]):
        option, equals, value = word.partition("=")
        if option == "--language":
            typed = value if equals else after
    return typed


@contextmanager
def _printable_errors() -> Iterator[None]:
    """Make what click says of arguments fit to print, in the language of whoever typed them."""
    try:
        yield
    except click.ClickException as error:
        vars(error)["message"] = printable(error.message)
        message = f"Error: {error.format_message()}"
        if said(message) != message:
            shown = StringIO()
            error.show(shown)
            vars(error)["show"] = partial(_show, said(shown.getvalue()))
        raise


def _show(text: str, file: Any = None) -> None:
    (sys.stderr if file is None else file).write(text)


def _with_notes(text: str) -> str:
    """The help of an option, and what click notes behind it: ``[default: 1; required]``."""
    text, bracket, notes = text.partition("  [")
    if not bracket:
        return said(text)
    return f"{said(text)}  [{'; '.join(map(said, notes.removesuffix(']').split('; ')))}]"


def _paragraph(text: str) -> str:
    """A paragraph, of which each line counts if it is preformatted."""
    return said(text if text.startswith(_PREFORMATTED) else " ".join(text.split()))


def _wrapped(text: str, cells: int) -> str:
    """A paragraph that is wrapped already, if it is in Chinese; click wraps the others."""
    if text.isascii() or text.startswith(_PREFORMATTED):
        return text
    return _PREFORMATTED + "\n".join(_lines(text, cells))


def _lines(text: str, cells: int) -> list[str]:
    """The lines of a text in which a line may end between Chinese characters."""
    lines = [""]
    for piece in _PIECE.findall(text):
        if lines[-1] and width(lines[-1] + piece) > cells:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return lines
