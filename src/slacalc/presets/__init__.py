"""Policies that come with the library: real service terms, and other examples.

Each is a policy file in this package. Use it as it is, or copy and change it.
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
    """Return the names of all presets.

    Example:
        >>> from slacalc import presets
        >>> presets.names()[0]
        'kingdee-diexun'
    """
    return _NAMES


def text(name: str) -> str:
    """Return the TOML text of a preset, to copy and change.

    Args:
        name: One of `names`.

    Raises:
        PresetError: There is no such preset.
    """
    if name not in _NAMES:
        raise unknown_name(PresetError, "a preset", name, _NAMES)
    return files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")


def load(name: str) -> Policy:
    """Load a preset.

    Args:
        name: One of `names`.

    Raises:
        PresetError: There is no such preset.

    Example:
        >>> from slacalc import presets
        >>> presets.load("unida").title
        'UNIDA IT services in Yunnan'
    """
    return _load(name if isinstance(name, str) else str(name))


@cache
def _load(name: str) -> Policy:
    return Policy.from_toml(text(name))
