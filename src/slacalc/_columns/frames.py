"""A table of any library, by columns: read by name, and given back with more of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import narwhals as nw

from slacalc._columns.input import columns_of, read_instants
from slacalc.errors import ColumnError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slacalc._columns.input import Instants
    from slacalc._time.instants import Zone


class Sheet:
    """A table, of which the columns go by the words of a policy.

    Args:
        tickets: A data frame, or a mapping of names to columns.
        columns: The table's names of columns that it calls otherwise than the policy does; None
            for what it does not have, whatever its columns are called.
        known: The policy's words.

    Raises:
        ColumnError: It is no table, or *columns* names what is not there.
    """

    def __init__(
        self, tickets: Any, columns: Mapping[str, str | None] | None, known: Iterable[str]
    ) -> None:
        self._frame: Any = None
        self._given: dict[str, Any] = {}
        if isinstance(tickets, Mapping):
            self._given = columns_of(tickets)
            names = [*self._given]
        else:
            frame = nw.from_native(tickets, eager_only=True, pass_through=True)
            if not isinstance(frame, nw.DataFrame):
                msg = (
                    f"{type(tickets).__name__} is no table: give a data frame of pandas or Polars, "
                    "a table of PyArrow, or a mapping of names to columns"
                )
                raise ColumnError(msg, column="", given=type(tickets).__name__)
            self._frame, names = frame, frame.columns
        self.names = names
        self._called = {name: name for name in names}
        for word, name in (columns or {}).items():
            if word not in known:
                clause, _ = did_you_mean(word, known)
                msg = f"columns: the policy asks for no {word!r}{clause}"
                raise ColumnError(msg, column=word, given=name)
            if name is not None and name not in names:
                clause, _ = did_you_mean(name, names)
                msg = f"columns: the table has no column {name!r}, which is to be {word}{clause}"
                raise ColumnError(msg, column=name, given=name)
            self._called[word] = name  # type: ignore[assignment] # None for what is not there

    @property
    def native(self) -> Any:
        """The table as its library has it, or as a mapping of columns."""
        return self._given if self._frame is None else self._frame.to_native()

    def __contains__(self, word: str) -> bool:
        return self._called.get(word) is not None

    def name(self, word: str) -> str:
        """What the table calls something."""
        return self._called.get(word) or word

    def ordered(self, words: Iterable[str]) -> list[str]:
        """Those of some columns that are there, in the order of the table."""
        there = [word for word in words if word in self]
        return sorted(there, key=lambda word: self.names.index(self.name(word)))

    def column(self, word: str) -> Any:
        """A column as its library has it.

        Raises:
            ColumnError: There is none.
        """
        if word not in self:
            clause, _ = did_you_mean(word, self.names)
            msg = f"the table has no column {word!r}{clause}; where it is called otherwise, "
            msg += f"say so: columns={{{word!r}: ...}}"
            raise ColumnError(msg, column=word, given=self.names)
        name = self._called[word]
        if self._frame is None:
            return self._given[name]
        return self._frame[name].to_native()

    def instants(self, word: str, naive: str | None, shown_in: Zone) -> Instants:
        """A column of instants.

        Raises:
            ColumnError, NaiveDatetimeError: It holds something else, or they have no zone.
        """
        name = self.name(word)
        try:
            return read_instants(self.column(word), name, naive, shown_in)
        except ColumnError as error:
            if word == "created":
                raise
            msg = f"{error.args[0]}; or say columns={{{word!r}: None}} if it is something else"
            raise ColumnError(msg, column=name, given=error.given) from None

    def with_columns(self, more: Mapping[str, Any]) -> Any:
        """The table with more columns, of its own library; those of the same names are replaced."""
        if self._frame is None:
            return {**self._given, **more}
        series = [
            nw.from_native(column, series_only=True).alias(name) for name, column in more.items()
        ]
        return self._frame.with_columns(*series).to_native()
