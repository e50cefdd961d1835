"""What ``manage.py check`` says about the policies that the settings name.

About a model of records, `SlaRecord.check` says what it lacks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004 - Django's name

from slacalc._clock.policy_store import PolicyStore
from slacalc.django.models import record_models
from slacalc.django.settings import policy_files
from slacalc.errors import PolicyError, RecordError

if TYPE_CHECKING:
    from collections.abc import Iterator


@register("slacalc")
def check_policies(**_: Any) -> list[CheckMessage]:
    """Read each policy file, and ask the linter what is unusual in it."""
    return [*_messages()]


def _messages() -> Iterator[CheckMessage]:
    try:
        files = policy_files()
    except RecordError as error:
        yield Error(str(error), id="slacalc.E001")
        return
    if not files and record_models():
        hint = "Write SLACALC = {'POLICIES': ['desk.toml']} with the paths of your policy files."
        yield Error("The settings name no SLA policy.", hint=hint, id="slacalc.E001")
    for path in files:
        try:
            policy = PolicyStore().load(path)
        except PolicyError as error:
            yield Error(str(error), obj=path, id="slacalc.E002")
        else:
            for finding in policy.lint():
                if finding.severity != "notice":
                    yield Warning(str(finding), obj=path, id="slacalc.W001")
