"""Columns of few distinct values: to integer codes and the list of values, and back.

A million tickets have a dozen severities between them. Whatever has to be worked out for a value is
worked out once for each distinct value, and the rows follow by their codes. Every library has its
own fast way to such codes, and its own type for columns made of them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._columns.native import categories_of, has_missing, library_of, to_series
from slacalc._time.missing import is_missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from slacalc._columns.output import OutputType

    Codes = NDArray[np.intp]

_SURROGATE = re.compile("[\ud800-\udfff]")
_WIDEST = 1 << 20  # between whole numbers that are their own codes
_MOST_KEPT, _LONGEST_KEPT = 1_000, 20_000  # texts of a type that is kept, and their characters


class EncodedColumn(NamedTuple):
    """A column as codes and distinct values.

    Args:
        codes: For each row the index of its value in *values*; -1: missing.
        values: The distinct values, as Python objects.
    """

    codes: Codes
    values: list[Any]


def encode(column: Any) -> EncodedColumn:
    """Encode a native column: of any library, a NumPy array or a list."""
    library = library_of(column)
    if library in ("numpy", "masked", "list"):
        return _one_by_one(column) if library == "list" else _of_array(column)
    if library == "pandas" and (categories := categories_of(column)) is not None:
        return EncodedColumn(categories.codes.astype(np.intp), categories.categories.tolist())
    if library not in ("arrow", "polars"):
        series = to_series(column)
        if not series.implementation.is_pandas():
            return _one_by_one(series.to_list())
        column, library = series.to_native(), "pandas"
    encode_all, is_known, drop_missing = _WAYS[library]
    rows = None
    if has_missing(column):
        rows = np.flatnonzero(np.asarray(getattr(column, is_known)()))
    if rows is None or len(rows) * 2 >= len(column):
        return encode_all(column)
    codes = np.full(len(column), -1, np.intp)  # such as fields that few events of a log have
    if not len(rows):
        return EncodedColumn(codes, [])
    known = encode_all(getattr(column, drop_missing)())
    codes[rows] = known.codes
    return EncodedColumn(codes, known.values)


def _one_by_one(values: Iterable[Any]) -> EncodedColumn:
    """Encode Python objects; True and 1 are different values."""
    seen: dict[Any, int] = {}
    known: list[Any] = []

    def place(value: Any) -> int:
        if isinstance(value, np.ndarray):
            value = value.tolist()
        if is_missing(value):
            return -1
        try:
            key: Any = (value.__class__, value)
            if value.__class__ is list:  # such as one of tags
                key = (list, *map(type, value), *value)
            at = seen.setdefault(key, len(known))
        except TypeError:  # not hashable: the policy will refuse it as a value
            at = len(known)
        if at == len(known):
            known.append(value)
        return at

    codes = np.fromiter(map(place, values), np.intp)
    return EncodedColumn(codes, known)


def _of_array(column: NDArray[Any]) -> EncodedColumn:
    if isinstance(column, np.ma.MaskedArray):
        bare = _of_array(column.data)
        bare.codes[np.ma.getmaskarray(column)] = -1
        return bare
    kind = column.dtype.kind
    if kind in "iub":
        return _of_numbers(column, None)
    if kind == "M":
        codes, values = _sorted(column.view(np.int64), np.isnat(column))
        unit = "D" if np.datetime_data(column.dtype)[0] == "D" else "us"
        return EncodedColumn(
            codes, values.view(column.dtype).astype(f"datetime64[{unit}]").tolist()
        )
    if kind == "f":
        codes, values = _sorted(column, np.isnan(column))
        values = values[~np.isnan(values)]  # which come last
        if column.dtype.itemsize < np.dtype(float).itemsize:
            # A narrow float is the decimal that it shows, not the double nearest to its bits.
            return EncodedColumn(codes, [float(str(value)) for value in values])
        return EncodedColumn(codes, values.tolist())
    return _one_by_one(column.tolist())


def _of_numbers(column: NDArray[Any], missing: NDArray[np.bool_] | None) -> EncodedColumn:
    """Encode whole numbers or Boolean values; numbers in a narrow range serve as codes."""
    is_flag = column.dtype.kind == "b"
    numbers = column.view(np.uint8) if is_flag else column
    if not len(numbers):
        return EncodedColumn(np.empty(0, np.intp), [])
    least, most = int(numbers.min()), int(numbers.max())
    if most - least >= _WIDEST:
        codes, values = _sorted(numbers, missing)
        return EncodedColumn(codes, values.tolist())
    codes = numbers.astype(np.intp)
    codes -= least
    if missing is not None:
        codes[missing] = -1
    span = range(least, most + 1)
    return EncodedColumn(codes, [bool(number) for number in span] if is_flag else list(span))


def _sorted(column: NDArray[Any], missing: NDArray[np.bool_] | None) -> tuple[Codes, NDArray[Any]]:
    values, codes = np.unique(column, return_inverse=True)
    if missing is not None:
        codes[missing] = -1
    return codes, values


def _of_polars(column: Any) -> EncodedColumn:
    import polars as pl  # noqa: PLC0415 - only for its own columns

    kind = column.dtype
    if kind == pl.Object or kind.is_nested():  # which it cannot encode
        return _one_by_one(column.to_list())
    if kind.is_float():
        return _of_array(column.to_numpy())  # where NaN is missing as well
    if kind == pl.String:
        column = column.cast(pl.Categorical)
    elif kind == pl.Boolean or (kind.is_integer() and "128" not in str(kind)):  # as NumPy has them
        gaps = column.is_null().to_numpy() if column.null_count() else None
        filled = column if gaps is None else column.fill_null(column.min() or kind.to_python()(0))
        return _of_numbers(filled.to_numpy(), gaps)
    if kind == pl.Null:
        return EncodedColumn(np.full(len(column), -1, np.intp), [])
    if column.dtype in (pl.Categorical, pl.Enum):
        # Other columns may have added categories; only those that occur in this one count.
        places = column.to_physical()
        return _occurring(places, column)
    values = column.unique(maintain_order=True).drop_nulls()
    places = column.replace_strict(values, range(len(values)), default=None, return_dtype=pl.Int64)
    return EncodedColumn(_filled(places), values.to_list())


def _occurring(places: Any, column: Any) -> EncodedColumn:
    """Encode a categorical column of Polars with codes from 0 on without gaps."""
    codes = _filled(places)
    if not len(codes):
        return EncodedColumn(codes, [])
    rows = np.full(int(codes.max()) + 2, -1, np.intp)
    rows[codes] = np.arange(len(codes))
    rows[-1] = -1
    used = np.flatnonzero(rows >= 0)
    values = column.gather(rows[used]).to_list()
    if len(used) < len(rows) - 1:
        dense = np.full(len(rows), -1, np.intp)
        dense[used] = np.arange(len(used))
        codes = dense.take(codes, mode="wrap")
    return EncodedColumn(codes, values)


def _filled(places: Any) -> Codes:
    """Codes of Polars as an array; -1: missing."""
    import polars as pl  # noqa: PLC0415 - only for its own columns

    codes: Codes
    if not places.null_count():  # each step of Polars costs as much as a thousand rows
        codes = places.to_numpy().astype(np.intp)
        return codes
    codes = places.cast(pl.Int64).fill_null(-1).to_numpy()
    return codes


def _of_arrow(column: Any) -> EncodedColumn:
    import pyarrow as pa  # noqa: PLC0415 - only for its own columns

    if pa.types.is_nested(column.type):  # which it cannot encode
        return _one_by_one(column.to_pylist())
    if pa.types.is_floating(column.type):
        return _of_array(column.to_numpy(zero_copy_only=False))  # where NaN is missing as well
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):  # of no chunk at all
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    if pa.types.is_null(array.type):
        return EncodedColumn(np.full(len(array), -1, np.intp), [])
    if not pa.types.is_dictionary(array.type):
        try:
            array = array.dictionary_encode()
        except pa.ArrowNotImplementedError:  # such as views of lists
            return _one_by_one(array.to_pylist())
    indices = array.indices
    if indices.null_count:
        indices = (
            indices.fill_null(-1)
            if pa.types.is_signed_integer(indices.type)
            else (indices.cast(pa.int64()).fill_null(-1))
        )
    return EncodedColumn(indices.to_numpy().astype(np.intp), array.dictionary.to_pylist())


def _of_pandas(column: Any) -> EncodedColumn:
    import pandas as pd  # noqa: PLC0415 - only for its own columns

    categories = categories_of(column)
    if categories is not None:  # of an index
        return EncodedColumn(categories.codes.astype(np.intp), categories.categories.tolist())
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iubf":
        return _of_array(column.to_numpy())
    if pd.api.types.is_float_dtype(column.dtype):  # of pandas itself or of Arrow, with NA
        return _of_array(column.to_numpy(column.dtype.numpy_dtype, na_value=np.nan))
    if _is_nested(column.dtype):
        return _one_by_one(column.tolist())
    if column.dtype == object and pd.api.types.infer_dtype(column, skipna=True) != "string":
        return _one_by_one(column.tolist())
    codes, values = pd.factorize(column)
    return EncodedColumn(codes, values.tolist())


def _is_nested(dtype: Any) -> bool:
    """Whether a type of pandas is one of Arrow that it cannot encode."""
    if not hasattr(dtype, "pyarrow_dtype"):
        return False
    import pyarrow as pa  # noqa: PLC0415 - only for its own types

    return bool(pa.types.is_nested(dtype.pyarrow_dtype))


_WAYS = {
    "arrow": (_of_arrow, "is_valid", "drop_null"),
    "polars": (_of_polars, "is_not_null", "drop_nulls"),
    "pandas": (_of_pandas, "notna", "dropna"),
}
"""By library: a function that encodes a column, and the methods that find what is not missing."""


# Back ---------------------------------------------------------------------------------------------


def decode(
    like: OutputType,
    codes: NDArray[Any],
    texts: Sequence[str],
    *,
    as_text: bool = False,
    is_open: bool = False,
) -> Any:
    """Make a column of text or categories, of the same library as another column.

    Args:
        like: The type of the other column.
        codes: For each row the index of its text in *texts*; -1: missing.
        texts: The texts.
        as_text: Make a column of text rather than of categories.
        is_open: Whether the same column of another table may have other texts: then Polars gets a
            ``Categorical`` rather than an ``Enum``.
    """
    if like.library == "list":
        choices = [*texts, None]
        return [choices[code] for code in codes.tolist()]
    if like.library == "polars":
        return _in_polars(codes, texts, as_text=as_text, is_open=is_open)
    if like.library == "arrow":
        return _in_arrow(codes, texts, as_text=as_text)
    if like.library in ("pandas", "index"):
        return _in_pandas(like, codes, texts, as_text=as_text)
    return np.array([*texts, None], object).take(codes, mode="wrap")


def _made(make: Any, texts: Sequence[str]) -> Any:
    """What a cached function makes of texts; many or long ones, as tables have, are not kept."""
    is_kept = len(texts) <= _MOST_KEPT and sum(map(len, texts)) <= _LONGEST_KEPT
    return (make if is_kept else make.__wrapped__)(tuple(texts))


def _in_polars(codes: NDArray[Any], texts: Sequence[str], *, as_text: bool, is_open: bool) -> Any:
    import polars as pl  # noqa: PLC0415 - only for its own columns

    if as_text or is_open:
        choices = pl.Series([*texts, None], dtype=pl.String if as_text else pl.Categorical)
    else:
        choices = _made(_polars_choices, texts)
    return choices.gather(np.where(codes < 0, len(texts), codes).astype(np.uint32))


@lru_cache(maxsize=64)
def _polars_choices(texts: tuple[str, ...]) -> Any:
    """The texts as a column of a type of their own, and a missing one."""
    import polars as pl  # noqa: PLC0415 - only for its own columns

    return pl.Series([*texts, None], dtype=pl.Enum(texts))


def _in_arrow(codes: NDArray[Any], texts: Sequence[str], *, as_text: bool) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - only for its own columns

    short = codes.astype(np.int32)
    indices = pa.array(short, mask=short < 0) if (short < 0).any() else pa.array(short)
    array = pa.DictionaryArray.from_arrays(indices, pa.array(list(texts), pa.string()))
    return pa.chunked_array([array.cast(pa.string()) if as_text else array])


def _in_pandas(
    like: OutputType, codes: NDArray[Any], texts: Sequence[str], *, as_text: bool
) -> Any:
    import pandas as pd  # noqa: PLC0415 - only for its own columns

    index = like.sample if like.library == "index" else like.sample.index
    if as_text:
        choices = np.array([*texts, None], object)
        return pd.Series(choices.take(codes, mode="wrap"), index=index)
    made: Any = pd.Categorical.from_codes(codes, dtype=_made(_pandas_dtype, texts))
    return pd.Series(made, index=index)


@lru_cache(maxsize=64)
def _pandas_dtype(texts: tuple[str, ...]) -> Any:
    """The type of a column of these categories."""
    import pandas as pd  # noqa: PLC0415 - only for its own columns

    categories: Any = list(texts)
    if any(map(_SURROGATE.search, texts)):  # which pandas's own type of text cannot hold
        categories = pd.Index(categories, dtype=object)
    return pd.CategoricalDtype(categories)
