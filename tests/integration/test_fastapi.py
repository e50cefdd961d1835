"""The service in `examples/fastapi`: a real server and real workers on a real PostgreSQL.

Sixty writers at once lose nothing, and nothing is sent twice; a worker that is killed leaves
nothing unsent. The page is opened in a headless Chromium.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import jsonschema
import pytest

from slacalc import Clock, Event, SlacalcError, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.postgres import PostgreSQL

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SERVICE = ROOT / "examples" / "fastapi"
WRITERS = 60


class Desk:
    """A running service.

    Args:
        address: The address of the database.
        url: The address of the service.
    """

    def __init__(self, address: str, url: str) -> None:
        self.address = address
        self.http = httpx.Client(base_url=url, timeout=60)

    def post(self, ticket: object, kind: str, ago: float = 0, key: str = "", **fields: Any) -> Any:
        """Send an event that happened so many minutes ago; the answer."""
        at = (datetime.now(UTC) - timedelta(minutes=ago)).isoformat()
        data = {"type": kind, "at": at, "key": key, "fields": fields}
        return self.http.post(f"/tickets/{ticket}/events", json=data)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database answers."""
        import psycopg

        with psycopg.connect(self.address) as connection:
            return connection.execute(query.encode()).fetchall()

    @contextmanager
    def worker(self, output: Path, program: str = "service.work(0.05)") -> Iterator[Any]:
        """A worker in a process of its own, which is killed at the end."""
        with output.open("w") as file:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter
                [sys.executable, "-c", f"import service\n{program}"],
                cwd=SERVICE,
                env=environment(self.address),
                stdout=file,
                stderr=subprocess.STDOUT,
            )
            try:
                yield process
            finally:
                process.send_signal(signal.SIGKILL)
                process.wait(60)


def environment(address: str) -> dict[str, str]:
    path = os.pathsep.join([str(ROOT / "src"), str(SERVICE)])
    return os.environ | {"DATABASE_URL": address, "PYTHONPATH": path}


@contextmanager
def running(address: str, log: Path) -> Iterator[Desk]:
    """The service on a port of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log.open("w") as file:
        server = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, *f"-m uvicorn service:app --port {port} --log-level warning".split()],
            cwd=SERVICE,
            env=environment(address),
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    desk = Desk(address, f"http://127.0.0.1:{port}")
    try:
        wait_until(lambda: answers(desk), log)
        yield desk
    finally:
        desk.http.close()
        server.terminate()
        server.wait(60)
    assert "Traceback" not in log.read_text("utf-8"), log.read_text("utf-8")


def answers(desk: Desk) -> bool:
    try:
        return desk.http.get("/tickets").status_code == 200
    except httpx.TransportError:
        return False


def wait_until(is_done: Any, log: Path | None = None, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not is_done():
        assert time.monotonic() < end, log and log.read_text("utf-8")
        time.sleep(0.05)


@pytest.fixture
def desk(postgres: PostgreSQL, tmp_path: Path) -> Iterator[Desk]:
    with running(postgres.new_database(), tmp_path / "server.log") as desk:
        yield desk


def sent_by(*outputs: Path) -> Counter[str]:
    """How often each notice was sent."""
    lines = [line for output in outputs for line in output.read_text("utf-8").splitlines()]
    assert all(" ticket " in line for line in lines), lines
    return Counter(line.partition(" ticket ")[2] for line in lines)


@pytest.mark.parametrize("tickets", [2, 60])
def test_sixty_writers_and_two_workers(desk: Desk, tmp_path: Path, tickets: int) -> None:
    """Each message is sent twice, by two writers; tickets come in late for their first promise."""
    messages, events = 5, list[tuple[int, str]]()
    for ticket in range(1, tickets + 1):
        assert desk.post(ticket, "created", ago=30, priority="urgent").status_code == 200
    for number in range(WRITERS * messages // 2):
        events += [(number % tickets + 1, f"mail-{number}")] * 2

    def write(writer: int) -> None:
        with httpx.Client(base_url=desk.http.base_url, timeout=60) as http:
            for ticket, key in events[writer::WRITERS]:
                minutes = 20 + int(key[5:]) % 10
                at = started - timedelta(minutes=minutes)
                data = {"type": "note", "at": at.isoformat(), "key": key}
                answer = http.post(f"/tickets/{ticket}/events", json=data)
                assert answer.status_code == 200, answer.text

    outputs = tmp_path / "one", tmp_path / "two"
    started = datetime.now(UTC)
    with desk.worker(outputs[0]), desk.worker(outputs[1]):
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(write, range(WRITERS)))
        waiting = "SELECT count(*) FROM sla_notices WHERE sent_at IS NULL"
        wait_until(lambda: desk.rows(waiting) == [(0,)])

    stored = desk.rows("SELECT clock FROM ticket_sla")
    keys = [event["key"] for (clock,) in stored for event in clock["events"]]
    assert sorted(keys) == sorted({key for _, key in events})
    expected = {
        f"{ticket}: reply.1.{kind}"
        for ticket in range(1, tickets + 1)
        for kind in ("due", "breached")
    }
    assert sent_by(*outputs) == dict.fromkeys(expected, 1)


def test_a_message_that_comes_twice_counts_once(desk: Desk) -> None:
    desk.post(7, "created", ago=30)
    for _ in range(2):
        data = {"type": "note", "at": "2026-01-05T10:00:00+01:00", "key": "mail-1"}
        desk.http.post("/tickets/8/events", json=data | {"type": "created"})
        answer = desk.http.post("/tickets/8/events", json=data)
        assert answer.status_code == 200
    other = desk.http.post("/tickets/8/events", json=data | {"at": "2026-01-05T11:00:00+01:00"})
    assert (other.status_code, other.json()["error"]) == (409, "DuplicateEventError")
    [(clock,)] = desk.rows("SELECT clock FROM ticket_sla WHERE ticket_id = 8")
    assert [event["key"] for event in clock["events"]] == ["mail-1"]


def test_a_worker_that_is_killed_between_claim_and_mark(desk: Desk, tmp_path: Path) -> None:
    """Its notice is sent by another worker when the lease is over, and so at least once."""
    desk.post(7, "created", ago=20, priority="urgent")
    hang = """
import time
from datetime import UTC, datetime, timedelta

def send(notice):
    print("claimed", notice.key, flush=True)
    time.sleep(SECONDS)

while True:
    with service.Session() as session:
        service.sla.tick(session, datetime.now(UTC), send, lease=timedelta(seconds=4))
    time.sleep(0.05)
"""
    first, second = tmp_path / "first", tmp_path / "second"
    with desk.worker(first, hang.replace("SECONDS", "3600")) as process:
        wait_until(lambda: "claimed" in first.read_text("utf-8"))
        process.send_signal(signal.SIGKILL)
        process.wait(60)
    claimed = first.read_text("utf-8").split()
    assert claimed == ["claimed", "reply.1.due"]
    state = "SELECT key, sent_at IS NOT NULL, attempts FROM sla_notices ORDER BY at"
    assert desk.rows(state)[0] == ("reply.1.due", False, 1)

    with desk.worker(second, hang.replace("SECONDS", "0")):
        wait_until(lambda: len(second.read_text("utf-8").splitlines()) == 2)
        wait_until(lambda: all(is_sent for _, is_sent, _ in desk.rows(state)))
    assert desk.rows(state) == [("reply.1.due", True, 2), ("reply.1.breached", True, 1)]
    # The other notice of the ticket did not wait for the lease.
    assert [line.split()[1] for line in second.read_text("utf-8").splitlines()] == [
        "reply.1.breached",
        "reply.1.due",
    ]


TITLES: list[Any] = [{"a": [1]}, [], 5, True]
BAD: list[tuple[Any, str]] = [
    ({}, "EventError"),
    ({"type": "note"}, "EventError"),
    ({"type": "note", "at": "yesterday"}, "InstantError"),
    ({"type": "note", "at": "2026-01-05T10:00:00"}, "NaiveDatetimeError"),
    ({"type": "note", "at": "2026-01-05T10:00:00Z", "fields": {"status": "Solved"}}, "EventError"),
    ({"type": "note", "at": "2026-01-05T10:00:00Z", "fields": {"state": "open"}}, "EventError"),
    ({"type": "note", "at": "2026-01-05T10:00:00Z", "fields": {"title": "a\0b"}}, "EventError"),
    ({"type": "note", "at": "2026-01-05T10:00:00Z", "fields": {"title": "\ud800"}}, "EventError"),
    *(
        ({"type": "note", "at": "2026-01-05T10:00:00Z", "fields": {"title": title}}, "EventError")
        for title in TITLES
    ),
    ({"type": "note", "at": "2026-01-05T10:00:00Z", "key": "x" * 201}, "EventError"),
    ({"type": "note", "at": "2025-01-05T10:00:00Z"}, "LateEventError"),
    ({"type": "note", "at": "2200-01-05T10:00:00Z"}, "EventError"),
    ({"type": 3, "at": "2026-01-05T10:00:00Z"}, "EventError"),
    ({"type": "note", "at": "2026-01-05T10:00:00Z", "fields": [1]}, "EventError"),
    ([], "SlacalcError"),
    (None, "SlacalcError"),
]


OTHER = {"type": "created", "at": "2026-01-05T09:00:00Z", "fields": {"priority": "urgent"}}


def test_bad_input_is_answered_with_facts(desk: Desk) -> None:
    created = {"type": "created", "at": "2026-01-05T09:00:00Z"}
    assert desk.http.post("/tickets/7/events", json=created).status_code == 200
    for data, error in BAD:
        answer = desk.http.post(
            "/tickets/7/events",
            content=json.dumps(data),
            headers={"Content-Type": "application/json"},
        )
        assert (answer.status_code, answer.json()["error"]) == (422, error), answer.text
        jsonschema.validate(answer.json(), SlacalcError.json_schema())
    for body in (b"", b"{", b"\xff", b'{"a":' * 5000, b'{"type": NaN}'):
        answer = desk.http.post("/tickets/7/events", content=body)
        assert 400 <= answer.status_code < 500, (body[:10], answer.text)
        jsonschema.validate(answer.json(), SlacalcError.json_schema())
    for content in (b'"' + b"x" * 2**16, iter([b"x" * 2**15] * 3)):  # the second without a length
        answer = desk.http.post("/tickets/7/events", content=content)
        assert (answer.status_code, "65536 bytes" in answer.text) == (413, True), answer.text
        jsonschema.validate(answer.json(), SlacalcError.json_schema())
    assert "its first event is `created`" in desk.http.get("/tickets/8/sla").text
    for path in ("/tickets/8/sla", "/nowhere"):
        answer = desk.http.get(path)
        assert answer.status_code == 404
        jsonschema.validate(answer.json(), SlacalcError.json_schema())
    for ticket in ("0", "-1", "x", "3000000000", "1.5"):
        for answer in (desk.http.get(f"/tickets/{ticket}/sla"), desk.post(ticket, "created")):
            assert answer.status_code == 422, ticket
            jsonschema.validate(answer.json(), SlacalcError.json_schema())
    assert desk.http.post("/tickets/7/events", json=created).status_code == 200
    for other in (desk.post(7, "created"), desk.http.post("/tickets/7/events", json=OTHER)):
        assert (other.status_code, other.json()["error"]) == (409, "DuplicateEventError")
    assert desk.post(8, "note").status_code == 404
    assert desk.rows("SELECT version FROM ticket_sla") == [(1,)]


def test_answers_are_what_the_document_says(desk: Desk) -> None:
    answer = desk.post(7, "created", ago=1, priority="urgent", title="No printer")
    jsonschema.validate(answer.json(), Status.json_schema())
    assert desk.http.get("/tickets/7/sla").json()["cycles"][0]["state"] == "running"
    document = desk.http.get("/openapi.json").json()
    post = document["paths"]["/tickets/{ticket}/events"]["post"]
    body = post["requestBody"]["content"]["application/json"]["schema"]
    assert body["properties"] == Event.json_schema()["properties"]
    tickets = document["components"]["schemas"]["OpenTickets"]
    listed = desk.http.get("/tickets").json()
    jsonschema.validate(listed, {**tickets, "components": document["components"]})
    assert listed["tickets"][0]["title"] == "No printer"
    shown = post["responses"]["200"]["content"]["application/json"]["schema"]
    assert shown == Status.json_schema()
    refused = post["responses"]["422"]["content"]["application/json"]["schema"]
    assert refused == SlacalcError.json_schema()
    [(stored,)] = desk.rows("SELECT clock FROM ticket_sla")
    jsonschema.validate(stored, Clock.json_schema())


def test_the_page_counts_down_by_itself(desk: Desk, browser: Browser, tmp_path: Path) -> None:
    desk.post(1, "created", ago=205, priority="urgent", title="Cash desks are down")
    desk.post(1, "replied", ago=200, by="agent")
    desk.post(2, "created", ago=300, priority="urgent", title="No mail on the second floor")
    desk.post(3, "created", ago=30, priority="urgent", title="Scanner & printer <3rd floor>")
    desk.post(4, "created", ago=60, priority="urgent", title="New badge")
    desk.post(4, "replied", ago=55, by="agent")
    desk.post(4, "changed", ago=50, status="waiting")
    desk.post(5, "created", ago=60, title="Solved")
    desk.post(5, "replied", ago=55, by="agent")
    desk.post(5, "changed", ago=50, status="solved")
    desk.post(7, "created", ago=1, status="solved", priority="urgent", title="Not replied to")
    desk.post(8, "created", ago=2, priority="urgent", title="x" * 400)
    desk.post(6, "created", ago=3, priority="urgent", title="The door of the archive is open")
    messages = list[str]()
    with browser.new_context(viewport={"width": 900, "height": 340}) as context:
        page = context.new_page()
        page.on("console", lambda message: messages.append(message.text))
        page.on("pageerror", lambda error: messages.append(str(error)))
        page.goto(str(desk.http.base_url))
        page.wait_for_selector("tbody tr")
        cells = page.eval_on_selector_all(
            "tbody tr", "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
        )
        titles = {row[1]: row for row in cells}
        assert "Solved" not in titles
        assert titles["Not replied to"][2::3] == ["reply", "running"]
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        late = titles["Scanner & printer <3rd floor>"]
        assert (late[2], late[4][:7], late[5]) == ("reply", "−00:15:", "breached")
        assert titles["Cash desks are down"][2::3] == ["solution", "running"]
        assert titles["Cash desks are down"][4].startswith("00:3")
        assert titles["New badge"][2:] == ["–", "–", "–", "waiting"]
        left = page.text_content("tr:has-text('archive') .left")
        page.wait_for_function(
            "old => [...document.querySelectorAll('.left')].every(one => one.textContent !== old)",
            arg=left,
        )
        page.screenshot(path=os.environ.get("SCREENSHOT", str(tmp_path / "page.png")))
        desk.post(9, "created", ago=1, priority="urgent", title="Nobody loads the page for this")
        page.wait_for_selector("tr:has-text('Nobody loads')")
        desk.post(9, "replied", by="agent")
        desk.post(9, "changed", status="solved")
        page.wait_for_selector("tr:has-text('Nobody loads')", state="detached")
        assert messages == []
        page.route("**/tickets", lambda route: route.abort())
        page.wait_for_selector("#note:has-text('the times below')")
        note, table = (page.locator(name).bounding_box() for name in ("#note", "table"))
        assert note is not None
        assert table is not None
        assert note["y"] + note["height"] <= table["y"]


def test_the_readme_names_the_commands() -> None:
    """The service runs on SQLite without a database server, as the page says."""
    text = (SERVICE / "README.md").read_text("utf-8")
    assert "python -m uvicorn service:app" in text
    assert "python service.py" in text
