"""Django, configured once for the process, and databases for its tests."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import django
from django.conf import settings

from tests.django import settings as project_settings

if TYPE_CHECKING:
    from pathlib import Path


def configure() -> None:
    """Set Django up; `configure` instead of a module of settings leaves the zone of the process."""
    if not settings.configured:
        names = [name for name in vars(project_settings) if name.isupper()]
        settings.configure(**{name: getattr(project_settings, name) for name in names})
        django.setup()


def sqlite(path: Path) -> dict[str, Any]:
    """The settings of a database in a file."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {"timeout": 60, "init_command": "PRAGMA synchronous=OFF"},
    }


def postgresql(address: str) -> dict[str, Any]:
    """The settings of a database on a server."""
    parts = urlsplit(address)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path[1:],
        "USER": parts.username,
        "HOST": parts.hostname,
        "PORT": str(parts.port),
    }


def connect(database: dict[str, Any], **others: dict[str, Any]) -> None:
    """Make a database the default one of this process, and others those of their names."""
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()
        del connections[connection.alias]
    connections.settings = connections.configure_settings({"default": database, **others})


def environment(database: dict[str, Any], **more: str) -> dict[str, str]:
    """The environment of a process that works on the same database."""
    import json

    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.django.settings",
        "DESK_DATABASES": json.dumps({"default": database}),
        **more,
    }
