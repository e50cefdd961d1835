"""Import a module without what it never needs of the packages around it.

``holidays.countries`` imports the modules of all countries, while a calendar takes one of them; and
pendulum imports the parser of `dateutil`, which reads texts in no standard form. A package that is
*postponed* is in `sys.modules`, with its path, but has run nothing: its own code runs when somebody
first uses a name that only this code makes. Nobody else notices: ``import holidays`` gives the same
module, with all its names.

It stands beside `importlib.util.LazyLoader`, which runs a package as soon as a module of it is
imported.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from functools import cache
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from slacalc._threads import forks_wait

if TYPE_CHECKING:
    from collections.abc import Iterator


@cache
def load_pendulum() -> ModuleType:
    """`pendulum`, which is loaded when the first datetime is returned; no parser comes with it."""
    with postponed("dateutil.parser"):
        import pendulum  # noqa: PLC0415 - half of this library's import time, seldom needed

    return pendulum


@contextmanager
def postponed(*packages: str) -> Iterator[None]:
    """Postpone packages during imports of their modules, unless they are imported already.

    Args:
        *packages: The names of the packages; a package comes before those in it.
    """
    with forks_wait:
        for name in packages:
            if name not in sys.modules:
                _postpone(name)
        yield


def _postpone(name: str) -> None:
    spec = None
    with suppress(ModuleNotFoundError):  # of what it is part of
        spec = find_spec(name)
    if spec is None:
        return  # the import that follows says so
    package = module_from_spec(spec)
    package.__class__ = PostponedPackage
    if sys.modules.setdefault(name, package) is package:  # no other thread was faster
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, package)


class PostponedPackage(ModuleType):
    """A package whose own code runs when a name is missing."""

    def __getattr__(self, name: str) -> Any:
        self._run()
        return ModuleType.__getattribute__(self, name)  # no longer of this class

    def __setattr__(self, name: str, value: Any) -> None:
        """Leave out what an import adds: its own code may give the name to something else."""
        spec: Any = self.__spec__
        if spec.loader_state is not None or not isinstance(value, ModuleType):
            ModuleType.__setattr__(self, name, value)

    def __dir__(self) -> Any:
        self._run()
        return ModuleType.__dir__(self)

    def _run(self) -> None:
        spec: Any = self.__spec__
        with forks_wait:  # other threads that miss a name wait here
            if spec.loader_state is None:
                spec.loader_state = "run"
                try:
                    self._add_modules()
                    spec.loader.exec_module(self)
                except BaseException:  # such as Ctrl-C; the next name tries again
                    spec.loader_state = None
                    raise
                self.__class__ = ModuleType  # type: ignore[assignment]  # what it is from now on

    def _add_modules(self) -> None:
        """The modules in it that are imported already, as if its own code had come first."""
        for name, module in [*sys.modules.items()]:
            package, _, child = name.rpartition(".")
            if package == self.__name__:
                setattr(self, child, module)
