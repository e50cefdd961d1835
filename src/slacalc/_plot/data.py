"""One metric of what `bulk` answered, column by column, for a picture.

`evaluate` and `replay` name their columns differently, and tell different things: the first does
not say when a metric was stopped, since the table it was given has that in a column of its own.
Here each is asked by one word, and a user's mapping says which column that is where it is called
otherwise.
"""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from slacalc._clock.status import unknown_metric
from slacalc._columns.input import read_lengths
from slacalc._columns.kernel import MISSING
from slacalc._report.answers import CODE, Answers, walls
from slacalc._time.instants import zone
from slacalc.errors import ColumnError, TimeZoneError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.input import Instants

WORDS = ("created", "due", "stopped_at", "breached_at", "elapsed", "remaining")


class Shown:
    """One metric of an answer.

    Args:
        given: What `bulk.evaluate` or `bulk.replay` returned; lazy tables are collected.
        metric: The metric.
        columns: The table's names of columns by the words of `WORDS`, where they differ.
        naive: The zone in which instants without one were read.

    Raises:
        ColumnError: It is no such table, or *columns* names what is not there.
        UnknownMetricError: It has no such metric.
    """

    def __init__(
        self,
        given: Any,
        metric: str,
        columns: Mapping[str, str] | None = None,
        *,
        naive: str | None = "UTC",
    ) -> None:
        if hasattr(given, "collect_schema") and hasattr(given, "collect"):
            given = given.collect()
        self._answers = answers = Answers(given)
        self.metric, self._columns, self._naive = metric, dict(columns or {}), naive
        refuse_unknown(answers, metric)
        self._part = next(one for one in answers.parts() if one.metric in (None, metric))
        names = answers.sheet.names
        for word, name in self._columns.items():
            if word not in WORDS:
                clause, _ = did_you_mean(word, WORDS)
                msg = (
                    f"columns: a picture asks for no {word!r}{clause}; it knows {', '.join(WORDS)}"
                )
                raise ColumnError(msg, column=word, given=name)
            if name not in names:
                clause, _ = did_you_mean(name, names)
                msg = (
                    f"columns: the table has no column {name!r}, which is to be {word}{clause}; "
                    f"it has {', '.join(names)}"
                )
                raise ColumnError(msg, column=name, given=names)

    @cached_property
    def _rows(self) -> Any:
        """The rows of the metric, as something that picks them from an array."""
        metrics = self._part.metrics
        if metrics is None:
            return slice(None)
        known = self._answers.metrics
        kept = metrics.codes == (known.index(self.metric) if self.metric in known else len(known))
        return slice(None) if kept.all() else np.flatnonzero(kept)

    @cached_property
    def state(self) -> NDArray[np.int64]:
        """The places of the states of the rows."""
        states: NDArray[np.int64] = self._part.state[self._rows]
        return states

    def among(self, states: Iterable[str]) -> NDArray[np.bool_]:
        """Which rows have one of some states."""
        return np.isin(self.state, [CODE[one] for one in states])

    def _name(self, word: str) -> str | None:
        """The column that is meant by a word; None where there is none."""
        if word in self._columns:
            return self._columns[word]
        names = self._answers.sheet.names
        known = (word, "start") if word == "created" and self._answers.is_long else (word,)
        wanted = known if self._answers.is_long else (f"{self.metric}_{word}", word)
        return next((name for name in wanted if name in names), None)

    def __contains__(self, word: str) -> bool:
        return self._name(word) is not None

    def _named(self, word: str) -> str:
        name = self._name(word)
        if name is None:
            names = self._answers.sheet.names
            clause, alike = did_you_mean(word, names)
            msg = (
                f"the table has no column for {word}{clause}; say which one tells it, with "
                f'columns={{"{word}": …}}: it has {", ".join(names)}'
            )
            raise ColumnError(msg, column=word, given=names, suggestions=alike)
        return name

    def _read(self, word: str) -> Instants:
        return self._answers.sheet.instants(self._named(word), self._naive, zone("UTC"))

    def instants(self, word: str) -> Integers:
        """A column of instants; `MISSING` where there is none.

        Raises:
            ColumnError, NaiveDatetimeError: There is no such column, or it holds something else.
        """
        found: Integers = np.asarray(self._read(word).values)[self._rows]
        return found

    def zone_name(self, word: str) -> str:
        """The zone in which a column shows its instants; UTC where that has no name."""
        like = self._read(word).like
        if like is None:
            return "UTC"
        if like.library == "list":
            return self._zone_of_list(word)
        return _known(like.naive or like.time_zone)

    def _zone_of_list(self, word: str) -> str:
        column = self._answers.sheet.column(self._named(word))
        told = next((one.tzinfo for one in column if isinstance(one, datetime)), None)
        return _known(str(getattr(told, "key", None) or getattr(told, "name", None)))

    def walls(self, word: str, time_zone: str | None) -> tuple[Integers, str]:
        """What a wall clock shows at the instants of a column, and whose clock that is.

        Args:
            word: The column.
            time_zone: The zone of the clock; left out, that of the column.
        """
        instants = self.instants(word)
        if (instants == MISSING).all():
            return instants, ""  # of lists without a datetime nobody could tell the zone
        shown = walls(self._answers.sheet, self._named(word), time_zone, None)[self._rows]
        if time_zone is not None:
            return shown, time_zone
        like = self._read(word).like
        naive = like is not None and like.naive is not None
        return shown, "" if naive else self.zone_name(word)

    def lengths(self, word: str) -> Integers:
        """A column of durations in microseconds; `MISSING` where there is none."""
        name = self._named(word)
        values = np.asarray(read_lengths(self._answers.sheet.column(name), name).values)
        found: Integers = values[self._rows]
        return found


def refuse_unknown(answers: Answers, metric: str) -> None:
    """Refuse a metric that an answer does not have; an empty log may have any.

    Raises:
        UnknownMetricError: It has others.
    """
    known = dict.fromkeys(answers.metrics)
    if answers.is_long:
        if not answers.size:
            return
        known |= dict.fromkeys(map(str, answers._of_metric.values))
    if metric not in known:
        raise unknown_metric(metric, known, "the table")


def _known(name: str) -> str:
    """A zone that has a name of its own, or UTC."""
    try:
        return zone(name).name
    except TimeZoneError:
        return "UTC"
