"""Divide a log into parts that have whole tickets, whatever its size.

The events of a ticket may be anywhere in a log. One of up to a million rows is a single part; a
longer one is distributed to temporary files by a hash of the ticket, and each of these is a part.

Read next: `jobs`, which replays the parts.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from slacalc._columns.categories import encode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from slacalc._files.atomic import Outputs
    from slacalc._files.reading import InputFile

AT_ONCE = 1_000_000  # rows of a log that are replayed together
_MOST_PARTITIONS = 256
ROW = "__row__"  # in tables that have the numbers of their rows


class LogPart(NamedTuple):
    """Some rows of a log.

    Args:
        original: The rows as they are in the file, to be shown with errors.
        events: The same rows with instants.
        numbers: The number of each row in the file.
        lost: How many events of their tickets are in error.
    """

    original: Any
    events: Any
    numbers: Any
    lost: Mapping[Any, int] = {}

    @classmethod
    def joined(cls, parts: Sequence[LogPart]) -> LogPart:
        return cls(
            pa.concat_tables([part.original for part in parts]),
            pa.concat_tables([part.events for part in parts]),
            np.concatenate([part.numbers for part in parts]),
        )

    def pieces(self, ticket: str, count: int) -> Iterator[LogPart]:
        """The rows divided by ticket; the tickets are in their order over all pieces.

        Args:
            ticket: The column of tickets.
            count: How many pieces there are at most.
        """
        if count == 1:
            yield self
            return
        codes = encode(self.events[ticket]).codes
        _, first, places = np.unique(codes, return_index=True, return_inverse=True)
        numbers = np.empty(len(first), np.int64)
        numbers[np.argsort(first)] = np.arange(len(first)) * count // len(first)
        piece = numbers[places]
        for number in range(count):
            rows = np.flatnonzero(piece == number)
            if len(rows):
                yield LogPart(self.original.take(rows), self.events.take(rows), self.numbers[rows])


def with_whole_tickets(
    parts: Iterator[LogPart], ticket: str, file: InputFile, outputs: Outputs
) -> Iterator[LogPart]:
    """The rows of a log in parts that have whole tickets, and not too many rows each."""
    first: list[LogPart] = []
    for part in parts:
        first.append(part)
        if sum(len(part.numbers) for part in first) > AT_ONCE:
            break
    else:
        if first:
            yield LogPart.joined(first)
        return
    done = max(file.done / file.total, 1e-6) if file.total else 1
    estimate = sum(len(part.numbers) for part in first) / done
    count = min(_MOST_PARTITIONS, max(2, round(2 * estimate / AT_ONCE)))
    partitions = _Partitions(outputs.temporary_folder(), count, ticket)
    for part in first:
        partitions.add(part)
    first.clear()
    for part in parts:
        partitions.add(part)
    yield from partitions.parts()


class _Partitions:
    """Temporary files that the rows of a log are distributed to, by a hash of the ticket.

    Args:
        folder: The folder of the files.
        count: How many files there may be.
        ticket: The column of tickets.
    """

    def __init__(self, folder: Path, count: int, ticket: str) -> None:
        self._paths = [folder / f"{number}.parquet" for number in range(count)]
        self._writers: list[Any] = [None] * count
        self._ticket = ticket

    def add(self, part: LogPart) -> None:
        """Distribute rows. The columns of a file are the original ones, the events, the numbers."""
        codes, values = encode(part.events[self._ticket])
        hashes = np.array([zlib.crc32(repr(value).encode()) for value in values], np.int64)
        partition = (hashes % len(self._paths))[codes] if len(values) else codes
        self._names = part.original.schema.names
        table = pa.Table.from_arrays(
            [*part.original.columns, *part.events.columns, pa.array(part.numbers)],
            [*(f"original{n}" for n in range(len(self._names))), *part.events.schema.names, ROW],
        )
        for number in np.unique(partition).tolist():
            rows = table.filter(pa.array(partition == number))
            if self._writers[number] is None:
                self._writers[number] = pq.ParquetWriter(
                    self._paths[number], table.schema, compression="lz4"
                )
            self._writers[number].write_table(rows)

    def parts(self) -> Iterator[LogPart]:
        """Read the files back one by one, and remove them."""
        for writer in self._writers:
            if writer is not None:
                writer.close()
        for path, writer in zip(self._paths, self._writers, strict=True):
            if writer is None:
                continue
            table, width = pq.read_table(path), len(self._names)
            original = table.select(range(width)).rename_columns(self._names)
            events = table.select(range(width, table.num_columns - 1))
            yield LogPart(original, events, table[ROW].to_numpy())
            path.unlink()
