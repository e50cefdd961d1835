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
    from slacalc.adapters import TicketLog

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
    errors = 0
    for number, payload in enumerate(payloads):
        for changed in mutations(payload):
            try:
                log = read(*payloads[:number], changed, *payloads[number + 1 :])
            except PayloadError as error:
                if not error.where and isinstance(changed, type(payload)):
                    pytest.fail(f"no path for {str(changed)[:2000]}")
                errors += 1
                continue
            except Exception as error:  # noqa: BLE001 - any other is the fault that is looked for
                pytest.fail(f"{error!r} for {str(changed)[:2000]}")
            with contextlib.suppress(SlacalcError):
                log.replay(policy)
    assert errors
