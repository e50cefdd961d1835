"""SQL that looks rows of a calendar's table up, as an expression or as a query with joins.

A `Query` collects look-ups, each of which finds one row, or none, and is written in two ways. As an
expression it is a subquery, which stands wherever an expression may stand. With a source, it is a
query that joins the tables to it, which every database can do.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from slacalc._sql.dialects import DIALECTS, Dialect
from slacalc._sql.pieces import BUCKET, ORIGIN, WORK_BUCKET, Piece, WorkingDate
from slacalc._time.instants import DAY, EPOCH_DAY, to_instant
from slacalc.errors import SqlError, located, unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ROW = "sla_row"
"""The alias of the source."""
_OURS = frozenset({*Piece._fields, *WorkingDate._fields})
_QUERY = re.compile(r"\s*(\(|select\b|with\b|from\b|values\b)", re.IGNORECASE)
# In SQLite the function at the beginning of a text is read as the statement of that name.
_REPLACE = re.compile(r"\s*replace\s*\(", re.IGNORECASE)
DAYS = "_days"
"""The end of the name of the table of dates."""


def dialect_of(name: str) -> Dialect:
    """What a database writes differently, by sqlglot's name of it.

    Raises:
        SqlError: It is unknown.
    """
    if name not in DIALECTS:
        raise unknown_name(SqlError, "a dialect", name, DIALECTS, where="dialect")
    return DIALECTS[name]


class Query:
    """Rows that are looked up, and what is made of them.

    Args:
        table: The name of the calendar's table.
        dialect: The database, by sqlglot's name of it.
        source: A table, or a query, whose columns are meant. Default: an expression is written,
            for a query that has them.
    """

    def __init__(self, table: str, dialect: str, source: str | None) -> None:
        self.syntax = dialect_of(dialect)
        self._dialect = dialect
        self._tables = table_names(table, dialect)
        self._source_name = ""
        self._source_columns: frozenset[str] = frozenset()
        self._source = None if source is None else self._read_source(source)
        self._look_ups: list[tuple[str, str, str]] = []
        if source is None and not self.syntax.takes_subqueries:
            msg = (
                f"{dialect} does not compare by < in a subquery of an expression: name the table "
                'that has the columns, as in source="tickets"'
            )
            raise SqlError(msg, given=None, where="source")

    # What the user writes ------------------------------------------------------------------------

    def value(self, text: str, where: str) -> str:
        """A column or an expression of the user, as it is written here.

        Args:
            text: The text.
            where: The argument.

        Raises:
            SqlError: It is not an expression of one row.
        """
        with located(where):
            tree = self._parse(text, exp.Condition, "a column, or an expression of columns")
            if tree.find(exp.Star, exp.Query, exp.AggFunc, exp.Window):
                msg = f"{text!r} is not of one row: give a column, or an expression of columns"
                raise SqlError(msg, given=text)
            if tree.find(exp.Parameter, exp.Placeholder):
                msg = f"{text!r} has a parameter, which would stand in several places: give a value"
                raise SqlError(msg, given=text)
            for column in tree.find_all(exp.Column):
                if self._source is not None and column.table.lower() in ("", self._source_name):
                    column.set("table", exp.to_identifier(ROW))
                    column.set("db", None)
                    column.set("catalog", None)
                elif not column.table and column.name.lower() in _OURS:
                    name = column.name
                    msg = (
                        f"{text!r} could mean a column of {self._tables['']}, which has {name} "
                        f"too: write its table before it, as in tickets.{name}"
                    )
                    raise SqlError(msg, given=text)
        written: str = tree.sql(dialect=self._dialect)
        return written if isinstance(tree, exp.Column | exp.Literal) else f"({written})"

    def instant(self, text: str | datetime, where: str) -> str:
        """The microseconds of an instant: of a column or an expression, or of a datetime."""
        if isinstance(text, datetime):
            with located(where):
                return constant(to_instant(text))
        return self.syntax.microseconds.format(self.value(text, where))

    def day(self, text: str | date, where: str) -> str:
        """The days from 1970 of a date: of a column or an expression, or of a date."""
        if isinstance(text, date) and not isinstance(text, datetime):
            return constant(text.toordinal() - EPOCH_DAY)
        return self.syntax.day.format(self.value(text, where))  # type: ignore[arg-type]  # a datetime is refused as text

    def _parse(self, text: str, kind: Any, wanted: str) -> Any:
        """Text as one tree of a kind.

        Raises:
            SqlError: It is something else.
        """
        tree = parse(text, self._dialect, kind)
        if tree is None and kind is exp.Condition and _REPLACE.match(str(text)):
            inner = parse(f"({text}\n)", self._dialect, kind)
            tree = inner.this if isinstance(inner, exp.Paren) else None
            tree = tree if isinstance(tree, exp.Condition) else None
        if tree is None:
            msg = f"{text!r} is not {wanted}, in the SQL of {self._dialect}"
            raise SqlError(msg, given=text)
        return tree

    def _read_source(self, text: str) -> str:
        with located("source"):
            tree = parse(text, self._dialect) if _QUERY.match(str(text)) else None
            tree = tree.unnest() if isinstance(tree, exp.Subquery) else tree
            if isinstance(tree, exp.Query):
                self._source_columns = frozenset(_named_columns(tree))
                return f"({tree.sql(dialect=self._dialect)})"
            table = self._parse(text, exp.Table, "a table or a query")
            if not isinstance(table.this, exp.Identifier | exp.Func):
                msg = f"{text!r} is not a table or a query, in the SQL of {self._dialect}"
                raise SqlError(msg, given=text)
            self._source_name = table.name.lower()
            return str(table.sql(dialect=self._dialect))

    def column(self, name: str) -> str:
        """A column of the source, by its plain name."""
        return exp.column(exp.to_identifier(name), table=ROW).sql(dialect=self._dialect)

    def name(self, name: str) -> str:
        """A name as it is written, in quotes if it needs them."""
        return exp.to_identifier(name).sql(dialect=self._dialect)

    def literal(self, text: str) -> str:
        """A text as it is written."""
        return exp.Literal.string(text).sql(dialect=self._dialect)

    # Look-ups ------------------------------------------------------------------------------------

    def use(self, table: str) -> None:
        """Look up what follows in the table of another calendar."""
        self._tables = table_names(table, self._dialect)

    def join(self, rows: str, names: Sequence[str], on: Mapping[str, str]) -> str:
        """Look up the row of a relation.

        Args:
            rows: The relation.
            names: The names of its columns.
            on: By the name of a column, what it must be equal to.

        Returns:
            The alias of the row.
        """
        row = f"sla_{len(self._look_ups) + 1}"
        condition = " AND ".join(f"{row}.{name} = {value}" for name, value in on.items())
        name_list = f"({', '.join(names)})" if self.syntax.names_values else ""
        self._look_ups.append((rows, row + name_list, condition or "1 = 1"))
        return row

    def at(self, instant: str) -> str:
        """Look up the row of an instant.

        Returns:
            The alias of the row.
        """
        bucket = self.syntax.divide.format(f"({instant} + {ORIGIN})", BUCKET)
        return self._look_up(
            "",
            lambda row: (
                f"{row}.bucket = {bucket} AND {row}.begins <= {instant} AND {instant} < {row}.ends"
            ),
        )

    def when_done(self, goal: str) -> str:
        """Look up the open row at whose beginning so much work is done, and at whose end more."""
        bucket = self.syntax.divide.format(goal, WORK_BUCKET)
        return self._look_up(
            "",
            lambda row: (
                f"{row}.work_bucket = {bucket} AND {row}.work <= {goal} "
                f"AND {goal} < {row}.work + ({row}.ends - {row}.begins)"
            ),
        )

    def on(self, day: str) -> str:
        """Look up the row of a date."""
        return self._look_up(DAYS, lambda row: f"{row}.day = {day}")

    def working_day(self, number: str) -> str:
        """Look up the row of the working day before which there are so many others."""
        return self._look_up(
            DAYS, lambda row: f"{row}.working_days = {number} AND {row}.is_working = 1"
        )

    def _look_up(self, suffix: str, condition: Callable[[str], str]) -> str:
        row = f"sla_{len(self._look_ups) + 1}"
        self._look_ups.append((self._tables[suffix], row, condition(row)))
        return row

    # The whole -----------------------------------------------------------------------------------

    def write(self, result: str, into: str) -> str:
        """The expression, or the query that adds a column.

        Args:
            result: What is made of the rows.
            into: The name of the column.
        """
        if self._source is None:
            (table, first, condition), *others = self._look_ups
            joins = "".join(f" JOIN {table} AS {row} ON {on}" for table, row, on in others)
            return f"(SELECT {result} FROM {table} AS {first}{joins} WHERE {condition})"  # noqa: S608 - text that was parsed
        return self.write_columns({into: result})

    def write_columns(self, results: Mapping[str, str]) -> str:
        """The query that adds columns.

        Args:
            results: By the name of a column, what is made of the rows.
        """
        columns = ""
        for name, result in results.items():
            with located("into"):
                column = self._parse(name, exp.Column, "the name of a column")
                if not isinstance(column, exp.Column) or len(column.parts) > 1:
                    msg = f"{name!r} is not the name of a column"
                    raise SqlError(msg, given=name)
                if column.name.lower() in self._source_columns:
                    msg = f"the source has a column {column.name} already: give another name"
                    raise SqlError(msg, given=name)
            columns += f", {result} AS {column.sql(dialect=self._dialect)}"
        return self._selected(columns)

    def write_unknown(self, is_known: str) -> str:
        """The query of the rows of the source without a row here, where something is known."""
        row = self._look_ups[0][1]
        return f"{self._selected('')} WHERE {row}.day IS NULL AND {is_known} IS NOT NULL"

    def _selected(self, more: str) -> str:
        """All columns of the source, and more, with the rows that are looked up beside it.

        Raises:
            SqlError: There is no source.
        """
        if self._source is None:
            msg = f"None is not a table or a query, in the SQL of {self._dialect}"
            raise SqlError(msg, given=None, where="source")
        parts = [f"SELECT {ROW}.*{more} FROM {self._source} AS {ROW}"]  # noqa: S608 - text that was parsed
        parts += [f"LEFT JOIN {table} AS {row} ON {on}" for table, row, on in self._look_ups]
        return " ".join(parts)


def parse(text: str, dialect: str, kind: Any = None) -> Any:
    """The tree of a text, of some kind; None if it is not one, or more than one statement."""
    if not isinstance(text, str):
        return None
    try:
        tokens = sqlglot.tokenize(text, read=dialect)
        if any(token.token_type is sqlglot.TokenType.SEMICOLON for token in tokens):
            return None
        return sqlglot.parse_one(text, into=kind, dialect=dialect)
    except (SqlglotError, RecursionError):
        return None


def _named_columns(query: Any) -> Iterator[str]:
    """The names of the columns that a query is known to have, those behind a star included."""
    yield from (name.lower() for name in query.named_selects)
    source = query.find(exp.From)
    if source is None or not isinstance(source.this, exp.Subquery):
        return
    tables = {one.text("table").lower() for one in query.selects if one.is_star}
    leaves_out = any(any(star.args.values()) for star in query.find_all(exp.Star))
    if not leaves_out and not tables.isdisjoint({"", source.this.alias.lower()}):
        yield from _named_columns(source.this.unnest())


def work_until(row: str, instant: str) -> str:
    """W: the work done by an instant, in its row."""
    return f"({row}.work + {row}.is_open * ({instant} - {row}.begins))"


def after_work(query: Query, at: str, work: str, *, to_next_open: bool) -> str:
    """The instant at which work after another instant is done, as for `Timeline.add`.

    Args:
        query: The query, to which look-ups are added.
        at: The microseconds of the start.
        work: The work.
        to_next_open: Whether work that ends at a closing ends at the next opening instead.
    """
    goal = f"({work_until(query.at(at), at)} + {work})"
    return _when_done(query, goal, f"{work} < 0" if to_next_open else f"{work} > 0")


def before_work(query: Query, at: str, work: str, *, to_previous_close: bool) -> str:
    """The instant from which work is done by another instant, as for `Timeline.subtract`.

    Args:
        query: The query, to which look-ups are added.
        at: The microseconds of the end.
        work: The work.
        to_previous_close: Whether work that begins at an opening begins at the closing before it.
    """
    row = query.at(at)
    goal = f"({work_until(row, at)} - {work})"
    is_end = f"{work} > 0" if to_previous_close else f"{work} < 0"
    return _when_done(query, goal, f"({is_end} OR {work} = 0 AND {row}.is_open = 0)")


def _when_done(query: Query, goal: str, is_end: str) -> str:
    """The instant at which so much work is done: the end of a stretch, or else a beginning."""
    done = query.when_done(f"({goal} - CASE WHEN {is_end} THEN 1 ELSE 0 END)")
    return f"({done}.begins + ({goal} - {done}.work))"


def after_working_days(query: Query, at: str, days: str) -> str:
    """The instant a number of working days after another, as for `Timeline.add_working_days`."""
    row = query.at(at)
    work = work_until(row, at)
    # Counting back from closed time begins at the previous closing, which ends its stretch.
    is_back = f"CASE WHEN {days} < 0 AND {row}.is_open = 0 THEN 1 ELSE 0 END"
    origin = query.when_done(f"({work} - {is_back})")
    begins = f"({origin}.begins + ({work} - {origin}.work))"
    target = query.working_day(f"{origin}.shift_number + {days}")
    reading = f"({begins} + {query.at(begins)}.clock + ({target}.day - {origin}.shift_day) * {DAY})"
    moved = first_reading(query, reading)
    return (
        f"CASE WHEN {days} = 0 THEN {begins} WHEN {moved} < {target}.opens THEN {target}.opens "
        f"WHEN {moved} > {target}.closes THEN {target}.closes ELSE {moved} END"
    )


def after_days(query: Query, at: str, days: str) -> str:
    """The same wall time a number of dates later, as for `Zone.add_days`."""
    moved = first_reading(query, f"({at} + {query.at(at)}.clock + {days} * {DAY})")
    return f"CASE WHEN {days} = 0 THEN {at} ELSE {moved} END"


def first_reading(query: Query, reading: str) -> str:
    """The first instant at which the clock shows a reading, as for `Zone.first_reading`."""
    day = query.syntax.divide.format(f"({reading} + {ORIGIN})", DAY)
    row = query.on(f"{day} - {ORIGIN // DAY}")
    before, after = f"{reading} - {row}.clock", f"{reading} - {row}.next_clock"
    return (
        f"CASE WHEN {row}.change IS NULL OR {before} < {row}.change THEN {before} "
        f"WHEN {after} < {row}.change THEN {row}.change ELSE {after} END"
    )


def relation(rows: Sequence[Sequence[str | int | None]], names: Sequence[str], dialect: str) -> str:
    """Rows as a relation of a query, with names where the dialect does not want them outside."""

    def literal(value: str | int | None) -> str:
        if value is None:
            return "NULL"
        return str(value) if isinstance(value, int) else exp.Literal.string(value).sql(dialect)

    texts = [[literal(value) for value in row] for row in rows]
    values = "VALUES " + ", ".join(f"({', '.join(row)})" for row in texts)
    if DIALECTS[dialect].names_values:
        return f"({values})"
    if dialect == "sqlite":
        columns = ", ".join(f"column{place} AS {name}" for place, name in enumerate(names, 1))
        return f"(SELECT {columns} FROM ({values}))"  # noqa: S608 - literals of our own
    selects = (
        "SELECT " + ", ".join(f"{value} AS {name}" for value, name in zip(row, names, strict=True))
        for row in texts
    )
    return f"({' UNION ALL '.join(selects)})"


def constant(number: int) -> str:
    """A number as it is written."""
    return str(number) if number >= 0 else f"({number})"


def table_names(name: str, dialect: str) -> dict[str, str]:
    """The names of the two tables, by the ends that are added to the name of the first.

    Raises:
        SqlError: It is not the name of a table.
    """
    table = parse(name, dialect, exp.Table)
    if not isinstance(table, exp.Table) or not isinstance(table.this, exp.Identifier):
        msg = f"{name!r} is not the name of a table, such as desk or analytics.desk"
        raise SqlError(msg, given=name, where="name")
    names = {}
    for suffix in ("", DAYS):
        named = table.copy()
        named.set("this", exp.to_identifier(table.name + suffix, quoted=table.this.quoted))
        names[suffix] = named.sql(dialect=dialect)
    return names


def type_name(name: str, dialect: str) -> str:
    """The name of a type in a dialect, by that of DuckDB."""
    return exp.DataType.build(name).sql(dialect=dialect)
