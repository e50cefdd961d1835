"""The app: its name, and what is set up when all models are there."""

from django.apps import AppConfig


class SlacalcConfig(AppConfig):
    """``slacalc.django`` in ``INSTALLED_APPS``; the label of its tables is ``slacalc``."""

    name = "slacalc.django"
    label = "slacalc"
    verbose_name = "SLA"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, and what becomes of the notices of a deleted record."""
        from django.db.models.signals import post_delete  # noqa: PLC0415 - models are loaded now

        from slacalc.django import checks  # noqa: F401, PLC0415 - registers itself
        from slacalc.django.models import delete_notices, record_models  # noqa: PLC0415 - models load after apps

        for model in record_models():
            post_delete.connect(delete_notices, sender=model)
