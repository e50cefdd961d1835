"""Read the tables that the functions of `slacalc.contract` take, and list their faulty rows.

A table is a data frame of any library, a mapping of names to columns, or a list of dictionaries.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np

from slacalc._columns.frames import Frame, columns_advice
from slacalc._i18n import ENGLISH, N_, NN_
from slacalc.errors import ColumnError, SlacalcError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slacalc._bulk.groups import RowErrors
    from slacalc._columns.frames import Advice
    from slacalc._i18n import Translator

TableErrors: TypeAlias = Literal["raise", "column"]


class FaultyRow(NamedTuple):
    """A row of a table that is skipped, since it is faulty.

    Args:
        table: The table, such as ``outages``.
        row: The row, from 0.
        message: What is wrong with it.
    """

    table: str
    row: int
    message: str

    def __str__(self) -> str:
        return f"{self.table}, row {self.row}: {self.message}"


class UnknownName(NamedTuple):
    """A name in a table that no promise of the policy has, so that its rows do not count.

    Args:
        what: What the rows are: ``"outage"``, ``"maintenance"`` or ``"event"``.
        name: The component, or the type of the events.
        number: How many rows have it.
        suggestion: A similar name that the policy has; empty string if there is none.
    """

    what: str
    name: str
    number: int
    suggestion: str = ""

    @classmethod
    def of(cls, what: str, name: str, number: int, known: Iterable[str]) -> UnknownName:
        """With the most similar name of those that are known."""
        suggestions = did_you_mean(name, known)[1]
        return cls(what, name, number, suggestions[0] if suggestions else "")

    def reason(self, translate: Translator) -> str:
        """Why the rows do not count, in words."""
        form = translate(_NO_EVENT if self.what == "event" else _NO_COMPONENT)
        reason = form.format(name=repr(self.name))
        if self.suggestion:
            form = translate(N_("{reason}; did you mean {name}?"))
            reason = form.format(reason=reason, name=repr(self.suggestion))
        return reason

    def text(self, translate: Translator) -> str:
        """How many rows do not count, and why."""
        counted = translate.plural(*COUNTED[self.what], self.number)
        return f"{counted.format(count=f'{self.number:,}')}: {self.reason(translate)}"

    def __str__(self) -> str:
        return self.reason(ENGLISH)


COUNTED = {
    "ticket": NN_("{count} ticket", "{count} tickets"),
    "outage": NN_("{count} outage", "{count} outages"),
    "maintenance": NN_("{count} maintenance window", "{count} maintenance windows"),
    "event": NN_("{count} event", "{count} events"),
    "duty": NN_("{count} duty", "{count} duties"),
}
_NO_COMPONENT = N_("no availability target has the component {name}")
_NO_EVENT = N_("no duty and no penalty has events of the type {name}")

FaultyRow.__module__ = UnknownName.__module__ = "slacalc.contract"


def plain_table(table: Any) -> Any:
    """A table as columns: rows of a list become columns, lazy frames and Spark's are collected."""
    if isinstance(table, list | tuple) and all(isinstance(row, Mapping) for row in table):
        names = dict.fromkeys(name for row in table for name in row)
        return {name: [row.get(name) for row in table] for name in names}
    module = type(table).__module__
    if (
        module.startswith("polars")
        and hasattr(table, "collect_schema")
        and hasattr(table, "collect")
    ):
        return table.collect()
    if module.startswith("pyspark"):
        from slacalc import spark  # noqa: PLC0415 - an extra

        return spark.collected(table)
    return table


def frame_of(
    table: Any,
    what: str,
    columns: Mapping[str, str | None] | None,
    known: Iterable[str],
    advise: Advice = columns_advice,
) -> Frame:
    """A table as a frame.

    Args:
        table: The table; a frame is returned as it is.
        what: Its name in errors.
        columns: The names of its columns where they differ.
        known: The names that *columns* may use; of an empty list, the columns.
        advise: How a user names a column, as for `Frame`.

    Raises:
        ColumnError: It is not a table, or *columns* has an unknown name.
    """
    if isinstance(table, Frame):
        return table
    names = list(known)
    if isinstance(table, list | tuple):
        for row, values in enumerate(table):
            if not isinstance(values, Mapping):
                msg = f"{what}, row {row}: {values!r} is not a mapping of columns to values"
                raise ColumnError(msg, column=what, given=values, row=row)
        table = plain_table(table) or {name: [] for name in names}
    return Frame(table, columns, names, owner=f"the table {what}", advise=advise)


def faulty_rows(errors: RowErrors, table: str, choice: TableErrors) -> tuple[FaultyRow, ...]:
    """The faulty rows of a table; with ``raise``, raise the error of the first."""
    if errors.rows is None:
        return ()
    if choice == "raise":
        try:
            errors.raise_first()
        except SlacalcError as error:
            error.where = f"{table}, {error.where}"
            raise
    codes, texts = errors.texts()
    rows = np.flatnonzero(codes >= 0).tolist()
    return tuple(FaultyRow(table, row, texts[codes[row]]) for row in rows)
