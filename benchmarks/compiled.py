"""The look-ups of `bulk.add` and `bulk.elapsed`, compiled from C: what NumPy is measured against.

`limit.c` is given the table that the calendar itself was compiled to.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from slacalc._calendar.timeline import EdgeTable

    Integers = NDArray[np.int64]

_SOURCE = Path(__file__).with_name("limit.c")
_WIDEST = 45


class _Table(ctypes.Structure):
    """`Table` of the source."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("rows", "by_time", "by_work")),
        *((name, ctypes.c_int64) for name in ("start", "end", "total")),
        *((name, ctypes.c_int64) for name in ("time_shift", "work_shift")),
    )


def compiled(table: EdgeTable) -> dict[str, Callable[[Integers, Integers], Integers]]:
    """Both look-ups on a table, by name; none where no C compiler is installed."""
    compiler = shutil.which("cc")
    if compiler is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        program = str(Path(folder, "limit.so"))
        command = [compiler, "-O3", "-shared", "-fPIC", "-o", program, str(_SOURCE)]
        subprocess.run(command, check=True)  # noqa: S603 - our own source
        library = ctypes.CDLL(program)
    edges, done = np.array(table.edges), np.array(table.done)
    opens, closes = edges[::2], edges[1::2]
    spans = np.column_stack([opens, closes, done - closes, done])
    first, last = [table.start, table.start, -table.start, 0], [table.end, table.end, 0, done[-1]]
    rows = np.vstack([first, spans, last])
    by_time, time_shift = _buckets(opens, table.start, table.end, passed=0)
    by_work, work_shift = _buckets(done + 1, 0, int(done[-1]), passed=1)
    arrays = rows, by_time, by_work
    numbers = table.start, table.end, int(done[-1]), time_shift, work_shift

    def call(name: str, first: Integers, second: Integers) -> Integers:
        out = np.empty(len(first), np.int64)
        given = _Table(*(array.ctypes.data for array in arrays), *numbers)
        columns = [ctypes.c_void_p(array.ctypes.data) for array in (first, second, out)]
        function = getattr(library, name)
        function.restype = ctypes.c_int64
        ended = function(ctypes.byref(given), ctypes.c_int64(len(first)), *columns)
        if ended != len(first):
            msg = f"row {ended} is outside the table"
            raise ValueError(msg)
        return out

    return {name: partial(call, name) for name in ("add", "elapsed")}


def _buckets(
    thresholds: Integers, start: int, end: int, *, passed: int
) -> tuple[NDArray[np.int32], int]:
    """The first row of each bucket, and how wide the buckets are."""
    shift = _WIDEST
    while not np.diff((thresholds - start) >> shift).all():
        shift -= 1
    begins = np.arange(start, end + 1, 1 << shift)
    return (np.searchsorted(thresholds, begins, "right") + passed).astype(np.int32), shift
