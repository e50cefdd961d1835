"""The commands of ``manage.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.management.base import CommandError
from django.db import connections

from slacalc.django.models import SlaNotice, SlaPolicy, record_models

if TYPE_CHECKING:
    from django.db.models import Model


def check_tables(using: str) -> None:
    """Check that a database has the tables of this app and of the records.

    Raises:
        CommandError: It lacks some.
    """
    known = set(connections[using].introspection.table_names())
    models: list[type[Model]] = [SlaPolicy, SlaNotice, *record_models()]
    tables = [model._meta.db_table for model in models]
    missing = [table for table in tables if table not in known]
    if missing:
        msg = f"no table {', '.join(missing)}: run manage.py makemigrations and migrate"
        raise CommandError(msg)
