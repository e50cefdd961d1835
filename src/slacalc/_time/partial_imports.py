"""Import a module without what the packages above it import.

A package such as pendulum imports all its modules, and what these need, while an answer takes one
of them. A package that is *postponed* is in `sys.modules`, with its path, as soon as a module of it
is imported; its own code runs when somebody first uses a name that only this code makes. Nobody
else notices: ``import pendulum`` gives the same module, with all its names.

The module stands beside `importlib.util.LazyLoader`, which runs a package as soon as a module of it
is imported.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from slacalc._threads import forks_wait

if TYPE_CHECKING:
    from collections.abc import Iterator


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
        """Leave out the modules of the package: its own code may give their names to others."""
        is_module = sys.modules.get(f"{self.__name__}.{name}") is value
        if not is_module or self.__spec__.loader_state:  # type: ignore[union-attr]  # it has one
            super().__setattr__(name, value)

    def __dir__(self) -> Any:
        self._run()
        return ModuleType.__dir__(self)

    def _run(self) -> None:
        spec: Any = self.__spec__
        with forks_wait:  # other threads that miss a name wait here
            if spec.loader_state is None:
                spec.loader_state = "run"
                for name, module in [*sys.modules.items()]:
                    package, _, child = name.rpartition(".")
                    if package == self.__name__:
                        setattr(self, child, module)
                spec.loader.exec_module(self)
                self.__class__ = ModuleType  # type: ignore[assignment]  # what it is from now on
