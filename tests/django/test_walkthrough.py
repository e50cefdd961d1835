"""The page about Django: its blocks make a project, in which its commands are run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from tests.django import settings

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (settings.HERE.parents[1] / "docs" / "embedding" / "django.md").read_text("utf-8")
BLOCK = re.compile(r"(?ms)^```\{code-block\} python\n:caption: (\S+)\n\n(.*?)^```$")
# What a project has before it takes slacalc in.
SETTINGS = """
from pathlib import Path
BASE_DIR = Path(__file__).parent
SECRET_KEY = "not secret"
INSTALLED_APPS = ["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
    "django.contrib.messages", "django.contrib.sessions", "desk"]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS":
    {"context_processors": ["django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages"]}}]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "desk.db"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
TIME_ZONE = "Europe/London"
"""
MANAGE = """
import os, sys
from django.core.management import execute_from_command_line
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
execute_from_command_line(sys.argv)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project that the page describes, as files."""
    texts = defaultdict(str, {"settings.py": SETTINGS, "manage.py": MANAGE})
    for name, text in BLOCK.findall(PAGE):
        texts[name] += text
    [texts["sla/policy.toml"]] = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for app in ("desk", "sla"):
        texts[f"{app}/migrations/__init__.py"] = texts[f"{app}/__init__.py"] = ""
    for name, text in texts.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path


def manage(project: Path, command: str, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "manage.py", *command.split(), *arguments],
        cwd=project,
        env={name: value for name, value in os.environ.items() if "DJANGO" not in name},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


OLD_TICKETS = """
from datetime import timedelta
from django.utils import timezone
from desk.models import Comment, Ticket
created = timezone.now() - timedelta(days=30)
rows = [Ticket(title=f"old {number}", created=created) for number in range(3)]
Ticket.objects.bulk_create(rows)
Comment.objects.bulk_create([Comment(ticket=rows[0], by_agent=True, created=created)])
"""
NEW_TICKETS = """
from datetime import timedelta
from django.utils import timezone
from desk.models import Comment, Ticket
from sla.imports import take_over
from sla.models import TicketSla
refused = Ticket.objects.create(title="refused", priority="?")
assert not hasattr(refused, "sla")
ticket = Ticket.objects.create(title="new", created=timezone.now() - timedelta(days=30))
comment = Comment.objects.create(ticket=ticket, text="Try again", by_agent=True)
Comment.objects.create(ticket=ticket, text="No", by_agent=False)
ticket.status, ticket.title = "resolved", "gone"
ticket.save(update_fields=["status"])
print([(event.type, dict(event.fields)) for event in ticket.sla.clock.events])
take_over(ticket, [], timezone.now())
open_ones = TicketSla.objects.breached().exclude(ticket__status="resolved")
print(len(TicketSla.objects.breached()), len(open_ones), len(TicketSla.objects.overdue()))
"""


@pytest.mark.slow
def test_the_page_is_a_project_that_works(project: Path) -> None:
    manage(project, "makemigrations desk")
    manage(project, "migrate", "desk")
    manage(project, "shell", "--command", OLD_TICKETS)
    printed = [
        manage(project, command)
        for command in re.findall(r"^\$ python manage\.py (.*)$", PAGE, re.MULTILINE)
        if "--every" not in command
    ]
    assert "3 of 3 tickets without a record got one" in "".join(printed)
    assert "0 silenced" in manage(project, "check")
    assert "Subject" not in "".join(printed)  # notices of the past

    printed_now = manage(project, "shell", "--command", NEW_TICKETS)
    assert "desk.Ticket 4 is not recorded" in printed_now
    assert "[('replied', {'by': 'agent'}), ('changed', {'status': 'resolved'})]" in printed_now
    assert "4 3 3" in printed_now
    mails = re.findall(r"^Subject: (.*)$", manage(project, "sla_tick"), re.MULTILINE)
    late = ("response 75 %", "response breached", "resolution 75 %", "resolution breached")
    assert mails == [f"new: {what}" for what in late]
