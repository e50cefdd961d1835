"""The policies that the settings name, and instants as Django has them.

``SLACALC = {"POLICIES": [paths]}``. The files are read once in a process, when the first of them is
needed; a changed file counts from the next start of the process on.
"""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.signals import setting_changed
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from slacalc._clock.policy_store import PolicyStore
from slacalc._records.lengths import wall_length
from slacalc._time.instants import to_instant, to_instant_in_zone, to_utc, zone
from slacalc.errors import InstantError, NaiveDatetimeError, RecordError, WorkError

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from slacalc._policy.policy import Policy


def policy_files() -> list[str]:
    """The paths of the policy files that the settings name.

    Raises:
        RecordError: They are not a list.
    """
    own = getattr(settings, "SLACALC", {})
    paths = own.get("POLICIES", ()) if isinstance(own, dict) else own
    if not isinstance(paths, list | tuple):
        msg = f"SLACALC = {own!r} does not name files: write {{'POLICIES': ['desk.toml']}}"
        raise RecordError(msg)
    return [str(path) for path in paths]


@cache
def _load() -> tuple[PolicyStore, list[Policy]]:
    store = PolicyStore()
    return store, [store.load(path) for path in policy_files()]


def policy_store() -> PolicyStore:
    """The policies of this process: those of the files, and former ones that clocks are under.

    Raises:
        PolicyError: A file cannot be read, or has faults.
    """
    return _load()[0]


def policies() -> list[Policy]:
    """The policies of the files."""
    return [*_load()[1]]


def only_policy() -> Policy:
    """The policy of the settings, if they name one file.

    Raises:
        RecordError: They name none, or several.
    """
    known = policies()
    if len(known) != 1:
        msg = f"SLACALC['POLICIES'] names {len(known)} files: override policy_of to choose one"
        raise RecordError(msg)
    return known[0]


def forget_policies(*, setting: str = "SLACALC", **_: Any) -> None:
    """Read the files again when they are needed next, as the tests of Django ask for."""
    if setting == "SLACALC":
        _load.cache_clear()


setting_changed.connect(forget_policies)


def aware(at: datetime | str | None) -> datetime:
    """An instant in UTC; with ``USE_TZ = False`` a naive one is read in ``TIME_ZONE``.

    Args:
        at: The instant; None for now.
    """
    if at is None:
        # A host that sets Django's time sets ours. Without time zones, that is ambiguous in autumn.
        return timezone.now() if settings.USE_TZ else datetime.now(UTC)
    if settings.USE_TZ:
        return to_utc(to_instant(at))
    return to_utc(to_instant_in_zone(at, zone(settings.TIME_ZONE)))


def stored(at: datetime | None) -> datetime | None:
    """An aware instant as Django stores it: with ``USE_TZ = False`` naive in ``TIME_ZONE``."""
    if at is None:
        return None
    at = to_utc(to_instant(at))  # a plain datetime, which all drivers of databases know
    return at if settings.USE_TZ else timezone.make_naive(at, timezone.get_default_timezone())


def local_text(at: datetime | None) -> str:
    """An instant in the current time zone of Django, for people."""
    return "none" if at is None else f"{timezone.localtime(aware(at)):%Y-%m-%d %H:%M}"


def add_common_arguments(parser: ArgumentParser) -> None:
    """Add what all commands have: ``--database`` and ``--now``."""
    parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="the database (default)")
    parser.add_argument(
        "--now",
        type=_instant,
        help="the instant up to which things have come due, in ISO 8601; default: now",
    )


def _instant(text: str) -> datetime:
    try:
        return aware(text)
    except NaiveDatetimeError:
        msg = f"{text!r} has no time zone: write 2026-05-18T09:00Z or 2026-05-18T11:00+02:00"
        raise ArgumentTypeError(msg) from None
    except InstantError as error:
        raise ArgumentTypeError(str(error)) from None


def length_argument(text: str) -> timedelta:
    """The type of an argument such as ``30s``, of at least a second."""
    try:
        return wall_length(text, timedelta(seconds=1))
    except WorkError as error:
        raise ArgumentTypeError(str(error)) from None


def count_argument(text: str) -> int:
    """The type of an argument that is a number of at least 1."""
    if not (text.isdecimal() and int(text)):
        raise ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)
