"""Verbs over what is no column: single values, and the expressions of Polars.

An expression becomes another one, which Polars evaluates where and when it will, on columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slacalc._columns.input import read_instant
from slacalc._time.instants import to_utc
from slacalc.errors import ColumnError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from slacalc._calendar.calendar import Calendar

_GIVES_LENGTHS = {"elapsed"}
_GIVES_TRUTHS = {"is_open"}


def _is_expression(given: Any) -> bool:
    return type(given).__module__.startswith("polars") and type(given).__name__ == "Expr"


def over_expressions(
    verb: Callable[..., Any],
    calendar: Calendar,
    arguments: tuple[Any, ...],
    *,
    naive: str | None,
    errors: str,
    **options: Any,
) -> Any:
    """The verb of the calendar for single values; for expressions, an expression."""
    places = [place for place, one in enumerate(arguments) if _is_expression(one)]
    if not places:
        if naive is not None:
            instants = 2 if verb.__name__ in _GIVES_LENGTHS else 1
            known = [to_utc(read_instant(one, "it", naive)) for one in arguments[:instants]]
            arguments = (*known, *arguments[instants:])
        return getattr(calendar, verb.__name__)(*arguments, **options)
    import polars as pl  # noqa: PLC0415 - only where the question came from it

    kind: Any = pl.dtype_of(arguments[0]) if places[0] == 0 else None
    if verb.__name__ in _GIVES_LENGTHS:
        kind = pl.Duration("us")
    elif verb.__name__ in _GIVES_TRUTHS:
        kind = pl.Boolean()
    elif places[0] != 0:
        kind = pl.Datetime("us", calendar.time_zone)

    def evaluated(columns: Sequence[Any]) -> Any:
        filled = [*arguments]
        for place, column in zip(places, columns, strict=True):
            filled[place] = column
        declared = columns[0].dtype if isinstance(kind, pl.DataTypeExpr) else kind
        answer = verb(calendar, *filled, naive=naive, errors=errors, **options)
        return _fitted(answer, declared)

    expressions = [arguments[place] for place in places]
    return pl.map_batches(expressions, evaluated, return_dtype=kind, is_elementwise=True)


def _fitted(answer: Any, kind: Any) -> Any:
    """An answer of the type that was declared before anything was known of it.

    Raises:
        ColumnError: It is finer than that.
    """
    fitted = answer.cast(kind)
    if fitted.dtype != answer.dtype and not fitted.cast(answer.dtype).equals(answer):
        msg = f"the answers are {answer.dtype}, finer than {kind}: cast the column to a finer unit"
        raise ColumnError(msg, column=answer.name, given=str(kind))
    return fitted
