"""Locks and cached properties that survive a fork of the process.

A child of `os.fork` consists of the one thread that forked. A lock that another thread held at
that moment is never released there, and whoever asks for it waits for ever. So each `Lock` is
replaced by a new one in the child, what a lock protects is replaced as a whole or discarded with
`after_fork`, and what other packages must complete, such as an import, is done with `forks_wait`.

The module stands beside the packages, not in one: `slacalc` itself imports it before all others,
since its own import is done with `forks_wait`, and every package may use it.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

if TYPE_CHECKING:
    from collections.abc import Callable


class Lock:
    """A lock, to be used in ``with``, that is free in a child process."""

    __slots__ = ("__weakref__", "_lock")

    def __init__(self) -> None:
        self.renew()
        _locks.add(self)

    def renew(self) -> None:
        """Replace the lock by a free one."""
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


_locks: WeakSet[Lock] = WeakSet()
forks_wait = threading.RLock()
"""To be held during what no child could go on with, such as the late import of a module.

Whoever holds it waits for no other lock of this library, so that a fork is never delayed for long.
"""


def after_fork(action: Callable[[], object]) -> None:
    """Have an action carried out in every child process, where processes can fork."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=action)


def _renew_locks() -> None:
    for lock in _locks:
        lock.renew()


after_fork(_renew_locks)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=forks_wait.acquire,
        after_in_parent=forks_wait.release,
        after_in_child=forks_wait.release,
    )

if TYPE_CHECKING or sys.version_info >= (3, 12):
    from functools import cached_property
else:

    class cached_property(functools.cached_property):  # noqa: N801 - as its base
        """That of Python 3.12: without the lock that all objects of a class share before."""

        def __get__(self, instance: Any, owner: type[Any] | None = None) -> Any:
            """Compute the value if it is not known yet; two threads may do so at once."""
            if instance is None:
                return self
            values = instance.__dict__
            if self.attrname not in values:
                values[self.attrname] = self.func(instance)
            return values[self.attrname]


__all__ = ["Lock", "after_fork", "cached_property", "forks_wait"]
