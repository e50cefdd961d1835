"""Policies that come with the library: real service terms, and examples of other kinds.

Each is a policy file beside this module, to be used as it is or copied and changed.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from slacalc._policy.policy import Policy
from slacalc.errors import PresetError, unknown_name

__all__ = ["load", "names", "text"]

_NAMES = (
    "kingdee-diexun",
    "unida",
    "seeyon-ekp",
    "mingdun",
    "file-encryption-vip",
    "itil-standard",
    "boston-311",
)


def names() -> tuple[str, ...]:
    """The names of all presets.

    Example:
        >>> from slacalc import presets
        >>> presets.names()[0]
        'kingdee-diexun'
    """
    return _NAMES


def text(name: str) -> str:
    """The TOML text of a preset, to be copied and changed.

    Args:
        name: One of `names`.

    Raises:
        PresetError: There is no such preset.
    """
    if name not in _NAMES:
        raise unknown_name(PresetError, "a preset", name, _NAMES)
    return files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")


@cache
def load(name: str) -> Policy:
    """A policy that comes with the library.

    Args:
        name: One of `names`.

    Raises:
        PresetError: There is no such preset.

    Example:
        >>> from slacalc import presets
        >>> presets.load("unida").title
        'UNIDA IT services in Yunnan'
    """
    return Policy.from_toml(text(name))
