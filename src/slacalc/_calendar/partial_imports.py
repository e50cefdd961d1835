"""Import a module without what the packages above it import.

``holidays.countries`` imports the modules of all countries, while a calendar takes one of them. A
package that is *postponed* is in `sys.modules`, with its path, as soon as a module of it is
imported; its own code runs when somebody first uses a name that only this code makes. Nobody else
notices: ``import holidays`` gives the same module, with all its names.

It stands beside `importlib.util.LazyLoader`, which runs a package as soon as a module of it is
imported. It is not for packages in which a function has the name of a module.
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

    def __dir__(self) -> Any:
        self._run()
        return ModuleType.__dir__(self)

    def _run(self) -> None:
        spec: Any = self.__spec__
        with forks_wait:  # other threads that miss a name wait here
            if spec.loader_state is None:
                spec.loader_state = "run"
                try:
                    spec.loader.exec_module(self)
                except BaseException:  # such as Ctrl-C; the next name tries again
                    spec.loader_state = None
                    raise
                self.__class__ = ModuleType  # type: ignore[assignment]  # what it is from now on
