"""The example with django-helpdesk: a scripted day, its due dates and mails, and the pages.

The day is played in a process of its own on a fresh database, which then serves the pages to a
headless Chromium. The expected instants were counted by hand: office hours are 9 to 17 from Monday
to Friday, and Monday 25 May 2026 is a holiday.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.files.test_jobs import interruptible
from tests.postgres import PostgreSQL, postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

__all__ = ["postgres"]
pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "django-helpdesk"

# title → due, in London time, and whether a promise was ever breached
DUE = {
    "Order confirmations arrive twice": ("2026-05-27 15:20", False),  # 2:20 used, and 13:40 left
    "The web shop is down": (None, True),  # resolved, 20 minutes too late
    "The nightly backup failed": (None, True),  # became critical when 5 of 4 hours were used
    "The printer on the third floor": (None, False),  # on hold
    "Please change my surname": ("2026-05-26 10:15", True),  # 6:45 on Friday, 1:15 on Tuesday
    "Invoice 4711 has the wrong tax": (
        "2026-05-26 11:10",
        False,
    ),  # 5:50 on Friday, 2:10 on Tuesday
    "A larger screen, when one is free": ("2026-05-27 12:00", False),  # 5 + 8 + 3
    "The VPN wants my password every hour": ("2026-05-26 15:30", True),  # 1:30 + 6:30
    "VPN again": (None, False),  # merged
}
# tick → to whom, of which ticket, what
MAILS = {
    "Fri 22 08:30": [],
    "Fri 22 11:15": [("ada", 2, "resolution: 75 %")],
    "Fri 22 14:05": [
        ("ada", 2, "resolution: breached"),
        ("ben", 3, "resolution: 75 %"),
        ("ben", 3, "resolution: breached"),
    ],
    "Fri 22 16:20": [("desk", 6, "response: 75 %"), ("desk", 9, "response: 75 %")],
    "Fri 22 17:00": [("desk", 9, "response: breached")],
    "Tue 26 09:00": [],
    "Tue 26 09:30": [("ada", 7, "resolution: 75 %")],
    "Tue 26 10:30": [("desk", 6, "response: breached")],
}

# What is in the outbox: a breach of a promise without a limit comes with its due date.
NOTICES = [what for mails in MAILS.values() for *_, what in mails]
NOTICES += [what for what in NOTICES if "breached" in what]
SECONDS_TO_START = 90
WIDTH, HEIGHT = 1240, 800  # pixels


class Desk(NamedTuple):
    """A desk that is served.

    Args:
        url: The address of its pages.
        printed: What the day has printed.
        environment: The environment of its processes.
    """

    url: str
    printed: str
    environment: dict[str, str]

    def manage(self, *arguments: str) -> str:
        """Run a command of Django, and return what it prints."""
        return subprocess.run(  # noqa: S603 - commands of these tests
            [sys.executable, EXAMPLE / "manage.py", *arguments],
            env=self.environment,
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
        ).stdout


def environment_of(folder: Path, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "day.settings",
        "HELPDESK_BUILD": str(folder),
        "PYTHONPATH": os.pathsep.join([str(EXAMPLE), *sys.path]),
        **more,
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("helpdesk") / "build"


@pytest.fixture(scope="module")
def desk(folder: Path) -> Iterator[Desk]:
    """The desk after the day, served until the tests have ended."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment, printed = environment_of(folder), folder.with_name("printed")
    with printed.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own
            [sys.executable, "-u", "-m", "day", str(port)],
            env=environment,
            stdout=log,
            stderr=log,
            preexec_fn=interruptible,  # noqa: PLW1509 - it only sets a signal
        )
    try:
        end = time.monotonic() + SECONDS_TO_START
        while "Quit the server" not in printed.read_text("utf-8"):
            if process.poll() is not None or time.monotonic() > end:
                pytest.fail(printed.read_text("utf-8"))
            time.sleep(0.1)
        yield Desk(f"http://127.0.0.1:{port}", printed.read_text("utf-8"), environment)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
    assert process.returncode == 0
    assert "Traceback" not in printed.read_text("utf-8")


def mails_of(printed: str) -> dict[str, list[tuple[str, int, str]]]:
    """The mails of each tick, as the day prints them."""
    mail = re.compile(r"^To: (\w+)@example.com\nSubject: \[desk-(\d+)\] SLA (.*)$", re.MULTILINE)
    return {
        tick[:12]: sorted((to, int(number), what) for to, number, what in mail.findall(tick))
        for tick in printed.split("\n## ")[1:]
    }


def query(folder: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "desk.sqlite3")) as database:
        return database.execute(statement).fetchall()


def test_due_dates_are_those_counted_by_hand(desk: Desk, folder: Path) -> None:
    """Through a long weekend, a pause, a hold, a reopening, and two changes of priority."""
    rows = query(
        folder,
        "select title, datetime(due, '+1 hour'), ever_breached"
        " from sla_ticketsla join helpdesk_ticket on helpdesk_ticket.id = ticket_id",
    )
    due = {title: (due and due[:16], bool(breached)) for title, due, breached in rows}
    assert due == DUE  # and nothing is left of the deleted ticket
    assert desk.printed.count("\n## ") == len(MAILS)


def test_the_migration_is_that_of_the_model(desk: Desk) -> None:
    """Django finds nothing to add, and its system checks find no fault."""
    assert "No changes" in desk.manage("makemigrations", "sla", "--check", "--dry-run")
    assert "no issues" in desk.manage("check")


def test_each_notice_is_sent_once(desk: Desk, folder: Path) -> None:
    """At the first tick after its instant, to the owner or to the desk; and never again."""
    assert mails_of(desk.printed) == MAILS
    waiting = "select count(*) from slacalc_slanotice where sent_at is null"
    assert query(folder, waiting) == [(0,)]
    sent = query(folder, "select record_id, key, sent_at from slacalc_slanotice order by id")
    assert "Subject" not in desk.manage("sla_tick", "--now", "2026-05-26T10:30+01:00")
    assert (
        query(folder, "select record_id, key, sent_at from slacalc_slanotice order by id") == sent
    )


def test_the_records_are_backfilled(desk: Desk, folder: Path, tmp_path: Path) -> None:
    """Without records, as before slacalc was installed, the follow-ups lead to the same ones."""
    copy = tmp_path / "build"
    shutil.copytree(folder, copy)
    with closing(sqlite3.connect(copy / "desk.sqlite3")) as database, database:
        database.execute("delete from slacalc_slanotice")
        database.execute("delete from sla_ticketsla")
    later = desk._replace(environment=environment_of(copy))
    later.manage("sla_backfill")
    columns = "ticket_id, due, metric, is_breached, ever_breached"
    statement = f"select {columns} from sla_ticketsla order by ticket_id"  # noqa: S608 - ours
    assert query(copy, statement) == query(folder, statement)
    assert "Subject" not in later.manage("sla_tick")


def test_another_policy_moves_due_dates(desk: Desk, folder: Path, tmp_path: Path) -> None:
    """Of twelve hours instead of sixteen, 2:20 are used on Friday, and 7:20 on Tuesday."""
    copy, policy = tmp_path / "build", tmp_path / "policy.toml"
    shutil.copytree(folder, copy)
    text = (EXAMPLE / "sla" / "policy.toml").read_text("utf-8")
    old, new = ('resolution = "16 working hours"', 'resolution = "12 working hours"')
    assert text.count(old) == 1
    policy.write_text(text.replace(old, new), "utf-8")
    (tmp_path / "stricter.py").write_text(
        f"from day.settings import *\nSLACALC = {{'POLICIES': [{str(policy)!r}]}}\n", "utf-8"
    )
    environment = environment_of(copy, DJANGO_SETTINGS_MODULE="stricter")
    environment["PYTHONPATH"] += f"{os.pathsep}{tmp_path}"
    later = desk._replace(environment=environment)
    moved = "helpdesk.Ticket 1: resolution due 2026-05-27 15:20 → 2026-05-27 11:20\n"
    due = "select datetime(due, '+1 hour') from sla_ticketsla where ticket_id = 1"
    assert moved in later.manage("sla_rejudge", "--dry-run")
    assert query(copy, due) == [("2026-05-27 15:20:00",)]
    assert moved in later.manage("sla_rejudge")
    assert query(copy, due) == [("2026-05-27 11:20:00",)]
    assert moved not in later.manage("sla_rejudge")


def test_what_the_policy_refuses_is_logged(desk: Desk, folder: Path, tmp_path: Path) -> None:
    """A priority that the policy does not know does not keep a ticket from being saved."""
    copy = tmp_path / "build"
    shutil.copytree(folder, copy)
    later = desk._replace(environment=environment_of(copy))
    program = """
from helpdesk.models import Ticket
from sla.models import TicketSla
print([*TicketSla.objects.due_within("1h").values_list("ticket", flat=True)])
Ticket.objects.get(pk=6).delete()
ticket = Ticket.objects.get(pk=7)
ticket.priority = 7
ticket.save()
"""
    printed = later.manage("shell", "--command", program)
    assert "[7]" in printed
    assert "7 is not a value of priority" in printed
    left = "select count(*) from slacalc_slanotice where record_id = '6'"
    assert query(folder, left) == [(3,)]
    assert query(copy, left) == [(0,)]  # the notices of the ticket that was deleted
    assert query(copy, "select priority from helpdesk_ticket where id = 7") == [(7,)]
    record = "select version, due from sla_ticketsla where ticket_id = 7"
    assert query(copy, record) == query(folder, record)


@pytest.fixture(scope="module")
def page(browser: Browser, desk: Desk) -> Iterator[Page]:
    """A page of an agent who has logged in."""
    with browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB"
    ) as context:
        page, messages = context.new_page(), list[str]()
        page.clock.set_fixed_time("2026-05-26T10:30:00+01:00")
        page.goto(f"{desk.url}/tickets/")
        page.get_by_label("Username").fill("ada")
        page.get_by_label("Password").fill("demo")
        page.locator("[type=submit]").click()
        page.wait_for_url("**/tickets/")
        page.on("pageerror", lambda error: messages.append(str(error)))
        page.on("dialog", lambda dialog: messages.append(dialog.message))
        yield page
        assert not messages


def picture(page: Page, name: str, height: int) -> None:
    """Take the picture of the documentation, if ``SLACALC_PICTURES`` names a folder."""
    if folder := os.environ.get("SLACALC_PICTURES"):
        page.screenshot(
            path=Path(folder) / f"helpdesk-{name}.png",
            full_page=True,
            clip={"x": 0, "y": 0, "width": WIDTH, "height": height},
        )


def test_the_ticket_list_has_a_column(page: Page, desk: Desk) -> None:
    """What is due, late, paused or done; it can be sorted."""
    page.goto(f"{desk.url}/tickets/")
    cells = page.locator("#ticketTable tbody tr td:nth-child(5)")
    cells.first.wait_for()
    texts = [text.replace("\N{NON-BREAKING HYPHEN}", "-") for text in cells.all_inner_texts()]
    shown = [re.sub(r"\d+ min", "… min", text) for text in texts]
    assert shown == [
        "due in 1 d 4 h … min (resolution)",
        "paused: on_hold is true",
        "breached since 2026-05-26 10:15 (response)",
        "due in … min (resolution)",
        "due in 1 d 1 h … min (response)",
        "due in 4 h … min (resolution)",
    ]
    page.locator("#sidebarToggle").click()
    picture(page, "list", 710)
    page.get_by_role("columnheader", name="SLA").click()
    page.locator("#ticketTable tbody tr td:nth-child(2) >> nth=1").get_by_text("surname").wait_for()
    titles = page.locator("#ticketTable tbody tr td:nth-child(2)").all_inner_texts()
    assert [int(title.split(".")[0]) for title in titles] == [5, 6, 7, 9, 8, 1]  # by due date


def test_the_ticket_page_explains_a_breach(page: Page, desk: Desk) -> None:
    """When it was due, how long it took, when it was paused, and where the time went."""
    page.goto(f"{desk.url}/tickets/2/")
    panel = page.locator("#sla")
    assert panel.locator(".card-header").inner_text() == "SLA: breached earlier"
    resolution = panel.locator("table tr", has_text="resolution").first.inner_text()
    for text in ("Fri 2026-05-22 13:30", "4h 20m of 4h", "1h 20m: stopped", "Fri 2026-05-22 13:50"):
        assert text in resolution
    page.locator("#sidebarToggle").click()
    box = panel.bounding_box()
    assert box
    picture(page, "ticket", int(box["y"] + box["height"]) + 12)
    panel.get_by_text("Where the time of the resolution went").click()
    ledger = panel.locator("details[open]").inner_text()
    for text in ("3h 30m", "1h 20m", "50m"):
        assert text in ledger


def test_the_admin_has_a_column_and_a_filter(page: Page, desk: Desk) -> None:
    """The tickets that are breached, with what is up with each."""
    page.goto(f"{desk.url}/admin/helpdesk/ticket/")
    page.get_by_role("link", name="breached", exact=True).click()
    page.wait_for_url("**/?sla=breached")
    rows = page.locator("#result_list tbody tr")
    titles = set(rows.locator(".field-title").all_inner_texts())
    assert titles == {title for title, (_, breached) in DUE.items() if breached}
    row = rows.filter(has_text="surname").locator(".field-sla_status")
    assert row.inner_text() == "breached since 2026-05-26 10:15 (response)"
    page.get_by_role("button", name="Toggle navigation").click()
    picture(page, "admin", 500)
    page.goto(f"{desk.url}/admin/slacalc/slanotice/")
    assert page.locator("#result_list tbody tr").count() == len(NOTICES)


def test_postgresql_has_the_same_day(postgres: PostgreSQL, tmp_path: Path) -> None:
    """The same mails at the same ticks."""
    environment = environment_of(tmp_path / "build", HELPDESK_POSTGRESQL=postgres.new_database())
    day = subprocess.run(
        [sys.executable, "-m", "day"],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=SECONDS_TO_START,
    )
    assert mails_of(day.stdout) == MAILS
