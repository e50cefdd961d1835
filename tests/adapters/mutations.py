"""Payloads with another JSON value at one place."""

from __future__ import annotations

import contextlib
import copy
from typing import TYPE_CHECKING, Any

import pytest

from slacalc.errors import PayloadError, SlacalcError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from slacalc import Policy
    from slacalc.adapters import ProductCycle, TicketLog

_DEEP: Any = []
for _ in range(600):
    _DEEP = [_DEEP]
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    10**30,
    10**400,
    1.5,
    float("inf"),
    float("nan"),
    "",
    " ",
    "x" * 300,
    "9" * 5000,
    "null",
    "2026-13-45T99:00:00Z",
    "1850-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z",
    "2026-05-18T09:00:00",
    10**17,
    _DEEP,
    [],
    [None],
    [[]],
    [{}],
    {},
    {"name": []},
    {"id": {}},
)
_MISSING = object()


def mutations(payload: Any) -> Iterator[Any]:
    """Copies of a payload in which the value at one place is another, or missing."""
    for path in _paths(payload):
        for value in (*VALUES, _MISSING):
            changed = copy.deepcopy({"": payload})
            *way, last = ("", *path)
            place: Any = changed
            for key in way:
                place = place[key]
            if value is _MISSING:
                del place[last]
            else:
                place[last] = value
            yield changed.get("")


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, item in items:
        yield from _paths(item, (*path, key))


def check_reader(policy: Policy, read: Callable[..., TicketLog], *payloads: Any) -> None:
    """Check that whatever stands in one of the payloads, only errors of the package come out.

    Those of reading have a path.
    """
    read(*payloads).replay(policy)
    for number in range(len(payloads)):
        for log in _results(read, payloads, number):
            with contextlib.suppress(SlacalcError):
                log.replay(policy)


def check_cycles(cycles: Callable[[Any], list[ProductCycle]], payload: Any) -> None:
    """Check the same for what reads the clocks of a product."""
    assert cycles(payload)
    for read_cycles in _results(cycles, (payload,), 0):
        assert isinstance(read_cycles, list)


def _results(read: Callable[..., Any], payloads: tuple[Any, ...], number: int) -> Iterator[Any]:
    """What comes out for each mutation of one of the payloads, if it is no error."""
    errors = 0
    for changed in mutations(payloads[number]):
        try:
            yield read(*payloads[:number], changed, *payloads[number + 1 :])
        except PayloadError as error:
            errors += 1
            if not error.where and isinstance(changed, type(payloads[number])):
                pytest.fail(f"no path for {str(changed)[:2000]}")
        except Exception as error:  # noqa: BLE001 - any other is the fault that is looked for
            pytest.fail(f"{error!r} for {str(changed)[:2000]}")
    assert errors
