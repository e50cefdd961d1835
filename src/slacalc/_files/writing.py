"""Tables written to files, a piece at a time: CSV and Parquet.

CSV is written by columns: each becomes text, and is put in quotes where it has to be, as Python's
`csv` does; then the columns are joined to lines. Instants are ISO 8601 with the offset of their
zone; what is missing is nothing at all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from slacalc._columns.kernel import MISSING
from slacalc._files.times import FileError, time_texts
from slacalc._time.instants import SECOND, zone
from slacalc.errors import TimeZoneError

if TYPE_CHECKING:
    from slacalc._files.atomic import File
    from slacalc._files.reading import Form

_GROUP = 1 << 19  # rows of a row group of Parquet
_PER_SECOND = {"s": 1, "ms": 1_000, "us": SECOND, "ns": 1_000 * SECOND}
_PIECE = 1 << 26  # bytes of a column of text that are dealt with at once


class Sink:
    """A file that tables of one schema are written to.

    Args:
        file: The file.
        path: Its name.
        schema: The columns.
    """

    def __init__(self, file: File, path: str, schema: Any) -> None:
        self.file, self.path, self.schema = file, path, schema

    def write(self, table: Any) -> None:
        """Write some rows."""
        raise NotImplementedError

    def finish(self) -> None:
        """Write what belongs at the end."""


def sink(file: File, path: str, form: Form, schema: Any) -> Sink:
    """What writes tables to a file.

    Raises:
        FileError: A file of that kind cannot hold a column.
    """
    if form.kind == "parquet":
        return _Parquet(file, path, schema)
    return Csv(file, path, schema, form.delimiter, is_packed=form.is_packed)


class _Parquet(Sink):
    """A file of Parquet."""

    def __init__(self, file: File, path: str, schema: Any) -> None:
        super().__init__(file, path, schema)
        try:
            self._writer = pq.ParquetWriter(file, schema)
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
            msg = f"{path}: Parquet cannot hold these columns: {error}"
            raise FileError(msg) from None

    def write(self, table: Any) -> None:
        for batch in table.cast(self.schema).to_batches():
            self._writer.write_batch(batch, row_group_size=_GROUP)

    def finish(self) -> None:
        self._writer.close()


class Csv(Sink):
    """A file of CSV.

    Args:
        file: The file.
        path: Its name.
        schema: The columns.
        delimiter: What stands between fields.
        is_packed: Whether it is packed by gzip.
    """

    def __init__(
        self, file: File, path: str, schema: Any, delimiter: str, *, is_packed: bool = False
    ) -> None:
        super().__init__(file, path, schema)
        self._delimiter = delimiter
        self._to: Any = pa.CompressedOutputStream(file, "gzip") if is_packed else file
        for field in schema:
            if not _has_text(field.type):
                msg = (
                    f"{path}: the column {field.name!r} holds {field.type}, which CSV cannot "
                    "hold: write a file that ends with .parquet"
                )
                raise FileError(msg)
        heads = [pa.array([name], pa.string()) for name in schema.names]
        self._to.write(csv_lines(heads, delimiter))

    def write(self, table: Any) -> None:
        rows = max(1, len(table) * _PIECE // max(table.nbytes, 1))
        for batch in table.to_batches(max_chunksize=rows):
            if len(batch):
                texts = [as_text(column) for column in batch.columns]
                self._to.write(csv_lines(texts, self._delimiter))

    def finish(self) -> None:
        if self._to is not self.file:
            self._to.close()


# Text ---------------------------------------------------------------------------------------------


def _has_text(kind: Any) -> bool:
    """Whether CSV can hold values of a kind."""
    if pa.types.is_dictionary(kind):
        return _has_text(kind.value_type)
    return not (pa.types.is_nested(kind) or "binary" in str(kind))


def as_text(column: Any) -> Any:
    """A column as text; nothing where it is missing."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return as_text(column.dictionary_decode())
    if pa.types.is_timestamp(kind):
        return _stamps(column)
    if pa.types.is_duration(kind):
        return as_text(
            pc.divide(column.cast(pa.int64()).cast(pa.float64()), _PER_SECOND[kind.unit])
        )
    if pa.types.is_floating(kind):
        return _floats(column)
    if pa.types.is_nested(kind) or "binary" in str(kind):  # of a row that is told with its error
        return pa.array([None if one is None else str(one) for one in column.to_pylist()])
    return column if pa.types.is_string(kind) else column.cast(pa.string())


def _floats(column: Any) -> Any:
    """Numbers with fractions; whole ones without a point."""
    values = column.cast(pa.float64())
    bounded = pc.less(pc.abs(values), 1e15)
    whole = pc.fill_null(pc.and_(bounded, pc.equal(pc.floor(values), values)), fill_value=False)
    if pc.all(pc.or_kleene(whole, pc.is_null(values))).as_py():
        return values.cast(pa.int64()).cast(pa.string())
    integers = pc.if_else(whole, values, None).cast(pa.int64()).cast(pa.string())
    return pc.coalesce(integers, column.cast(pa.string()))


def _stamps(column: Any) -> Any:
    """Timestamps as ISO 8601, with the offset of their zone if they have one."""
    kind = column.type
    if kind.tz is None or kind.unit == "ns":
        texts = column.cast(pa.timestamp(kind.unit)).cast(pa.string())
        texts = pc.binary_replace_slice(texts, 10, 11, "T")
        return texts if kind.tz is None else pc.binary_join_element_wise(texts, "+00:00", "")
    try:
        shown = zone(kind.tz)
    except TimeZoneError:  # such as +08:00
        shown = zone("UTC")
    missing = pc.is_null(column).to_numpy(zero_copy_only=False)
    values = pc.fill_null(column.cast(pa.int64()), 0).to_numpy() * (
        SECOND // _PER_SECOND[kind.unit]
    )
    return time_texts(np.where(missing, MISSING, values), shown)


def csv_lines(texts: list[Any], delimiter: str) -> Any:
    """Lines of CSV, as bytes, from columns of text of one length."""
    special = f'[{re.escape(delimiter)}"\r\n]'
    fields = []
    for text in texts:
        odd = pc.match_substring_regex(text, special)
        if pc.any(odd).as_py():
            doubled = pc.replace_substring(text, '"', '""')
            quoted = pc.binary_join_element_wise('"', doubled, '"', "")
            text = pc.if_else(odd, quoted, text)  # noqa: PLW2901
        fields.append(pc.fill_null(text, ""))
    if len(fields) == 1:  # an empty line would be no row
        fields = [pc.if_else(pc.equal(fields[0], ""), '""', fields[0])]
    joined = pc.binary_join_element_wise(*fields, delimiter)
    lines = pc.binary_join_element_wise(joined, "", "\n")
    _, offsets, data = lines.buffers()
    bounds = np.frombuffer(offsets, np.int32)[lines.offset : lines.offset + len(lines) + 1]
    return data.slice(int(bounds[0]), int(bounds[-1] - bounds[0]))
