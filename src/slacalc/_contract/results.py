"""What was measured of promises, by their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, TypeVar

from slacalc.errors import UnknownMetricError, unknown_name

ResultT = TypeVar("ResultT")


class NamedResults(Mapping[str, ResultT]):
    """Results by the names of their promises.

    Args:
        results: The results.
    """

    _kind: ClassVar[str]
    """What the names are, for the error of an unknown one."""

    def __init__(self, results: Mapping[str, ResultT]) -> None:
        self._results = dict(results)

    def __getitem__(self, name: str) -> ResultT:
        if name not in self._results:
            raise unknown_name(UnknownMetricError, self._kind, name, self._results)
        return self._results[name]

    def __contains__(self, name: object) -> bool:
        return name in self._results

    def __iter__(self) -> Iterator[str]:
        return iter(self._results)

    def __len__(self) -> int:
        return len(self._results)
