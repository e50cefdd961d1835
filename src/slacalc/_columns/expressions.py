"""Bulk verbs over single values, and over expressions of Polars.

An expression becomes another expression, which Polars evaluates on columns when the query runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slacalc._columns.input import read_instant
from slacalc._time.instants import to_utc
from slacalc.errors import ColumnError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from slacalc._calendar.calendar import Calendar


def _is_expression(value: Any) -> bool:
    return type(value).__module__.startswith("polars") and type(value).__name__ == "Expr"


def over_expressions(
    verb: Callable[..., Any],
    calendar: Calendar,
    arguments: tuple[Any, ...],
    *,
    naive: str | None,
    errors: str,
    **options: Any,
) -> Any:
    """The result for single values; an expression if an argument is one."""
    places = [place for place, value in enumerate(arguments) if _is_expression(value)]
    if not places:
        if naive is not None:
            instants = 2 if verb.__name__ == "elapsed" else 1
            aware = [to_utc(read_instant(at, "it", naive)) for at in arguments[:instants]]
            arguments = (*aware, *arguments[instants:])
        return getattr(calendar, verb.__name__)(*arguments, **options)
    import polars as pl  # noqa: PLC0415 - only for its own columns

    # Polars wants the type of the result before it knows the columns.
    dtype: Any
    if verb.__name__ == "elapsed":
        dtype = pl.Duration("us")
    elif verb.__name__ == "is_open":
        dtype = pl.Boolean()
    elif places[0] == 0:
        dtype = pl.dtype_of(arguments[0])
    else:
        dtype = pl.Datetime("us", calendar.time_zone)

    def evaluate(columns: Sequence[Any]) -> Any:
        filled = [*arguments]
        for place, column in zip(places, columns, strict=True):
            filled[place] = column
        declared = columns[0].dtype if isinstance(dtype, pl.DataTypeExpr) else dtype
        answer = verb(calendar, *filled, naive=naive, errors=errors, **options)
        return _cast_exactly(answer, declared)

    expressions = [arguments[place] for place in places]
    return pl.map_batches(expressions, evaluate, return_dtype=dtype, is_elementwise=True)


def _cast_exactly(answer: Any, dtype: Any) -> Any:
    """The answer in the type that was declared.

    Raises:
        ColumnError: The answer is finer than that.
    """
    cast = answer.cast(dtype)
    if cast.dtype != answer.dtype and not cast.cast(answer.dtype).equals(answer):
        msg = f"the answers are {answer.dtype}, finer than {dtype}: cast the column to a finer unit"
        raise ColumnError(msg, column=answer.name, given=str(dtype))
    return cast
