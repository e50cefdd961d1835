"""A statement as HTML: a page that needs nothing but itself, and a view for notebooks.

The page has the style of a report's page, and as that one it runs no script and fetches nothing.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import slacalc
from slacalc._contract.statement_lines import MORE, SECTIONS, due_text, late_text
from slacalc._html.markup import quiet, replace_invalid, table, title, view
from slacalc._i18n import N_, NN_, translator
from slacalc._phrases import in_language
from slacalc._time.durations import to_work
from slacalc.errors import one_line, require_extra

if TYPE_CHECKING:
    from slacalc._contract.statement_lines import Evidence, Statement, StatementLine

_MOST = 100  # pieces of evidence of a line
_COUNTED = NN_("of {count} promise", "of {count} promises")


def statement_page(statement: Statement, language: str) -> str:
    """The page of a statement; see `Statement.to_html`."""
    translate = translator(language)

    def explained(line: StatementLine) -> list[str]:
        sentences = line.explain(language=language).split("\n")
        has_heading = line.section == "objectives" and len(sentences) > 1
        return [text for text in sentences[has_heading:] if not text.startswith("- ")]

    def length(line: StatementLine, piece: Evidence) -> str:
        if line.section == "availability" and piece.length is not None:
            return translate.length(to_work(piece.length), has_days=False)
        return late_text(line, piece, translate) or "–"

    rows = [*zip(statement.lines, statement.rows(translate), strict=True)]
    count = sum(line.credit.returns is None for line in statement.lines)
    total = statement.totals.total
    is_returned = total is not None and total.amount < 0
    owed = N_("To be returned by the customer") if is_returned else N_("Owed to the customer")
    text: str = _template().render(
        statement=statement,
        totals=statement.totals,
        heading=one_line(statement.policy.title or statement.policy.name),
        columns=statement.columns(translate),
        owed=translate(owed),
        total=-total if total is not None and is_returned else total,
        due=lambda line, piece: due_text(line, piece, translate),
        sections=[
            (translate(name), own)
            for section, name in SECTIONS.items()
            if (own := [(line, cells) for line, cells in rows if line.section == section])
        ],
        notes=statement.notes(translate),
        missed=sum(line.verdict == "missed" for line in statement.lines),
        counted=translate.plural(*_COUNTED, count).format(count=count),
        explained=explained,
        length=length,
        first=lambda line: [*islice(line.find_evidence(), _MOST)],
        more=lambda number: translate.plural(*MORE, number).format(count=f"{number:,}"),
        most=_MOST,
        words=translate,
        said=lambda error: in_language(str(error), translate.language),
        language=language.replace("_", "-"),  # as HTML spells it
        version=slacalc.__version__,
    )
    return replace_invalid(text)


def statement_view(statement: Statement, language: str) -> str:
    """A statement as a view for notebooks."""
    translate = translator(language)
    heading = one_line(statement.policy.title or statement.policy.name)
    columns = statement.columns(translate)
    return view(
        title(heading, str(statement.period)),
        table(
            [name for name, _ in columns],
            statement.rows(translate),
            caption=heading,
            is_titled=True,
            classes=[cls for _, cls in columns],
        ),
        *map(quiet, statement.notes(translate)),
        label=translate("Statement"),
    )


@lru_cache(maxsize=1)
def _template() -> Any:
    require_extra("report", "the page of a statement needs", "jinja2")
    import jinja2  # noqa: PLC0415 - an extra

    packages = ("slacalc._contract", "slacalc._report")
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader([*map(jinja2.PackageLoader, packages)]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("statement.html")


# The template translates these by the variable `words`.
_WORDS = (
    N_("Statement"),
    N_("as of {instant}"),
    N_("provisional"),
    N_("Fee of the period: {fee}"),
    N_("Promises missed"),
    N_("How it comes about"),
    N_("evidence"),
    N_("due, or began"),
    N_("done, or ended"),
    N_("late, or down"),
    N_("What does not count since it is faulty"),
)
