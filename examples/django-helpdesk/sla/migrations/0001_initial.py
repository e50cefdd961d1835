"""Made by ``manage.py makemigrations sla``; the dependency is put back to the first migration."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The records."""

    initial = True
    dependencies: ClassVar = [("helpdesk", "0001_initial")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="TicketSla",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("stored_clock", models.JSONField(editable=False)),
                ("policy", models.CharField(editable=False, max_length=64)),
                ("due", models.DateTimeField(db_index=True, editable=False, null=True)),
                ("metric", models.CharField(blank=True, editable=False, max_length=100)),
                ("is_breached", models.BooleanField(default=False, editable=False)),
                ("ever_breached", models.BooleanField(default=False, editable=False)),
                ("next_look", models.DateTimeField(db_index=True, editable=False, null=True)),
                ("looked_at", models.DateTimeField(editable=False, null=True)),
                ("version", models.PositiveBigIntegerField(default=0, editable=False)),
                (
                    "ticket",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sla",
                        to="helpdesk.ticket",
                    ),
                ),
            ],
            options={"abstract": False},
        )
    ]
