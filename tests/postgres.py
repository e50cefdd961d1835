"""A real PostgreSQL server for the tests of databases, on a loopback port of its own.

It is stopped when the tests end, and even when they are killed. Without the programs of PostgreSQL
such tests are skipped; `.ci/run` installs them.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

# Nothing that is stored here outlives the tests.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")
CLUSTER = ("--auth", "trust", "--encoding", "UTF8", "--no-locale", "--no-sync")
SECONDS_TO_START = 60


class PostgreSQL:
    """A server that runs; each test takes databases of its own.

    Args:
        programs: The folder of the programs.
        port: The port on 127.0.0.1.
    """

    def __init__(self, programs: Path, port: int) -> None:
        self._programs = programs
        self.port = port
        self._numbers = count(1)

    def new_database(self) -> str:
        """Create an empty database.

        Returns:
            Its address, such as ``postgresql://postgres@127.0.0.1:5432/test1``.
        """
        name = f"test{next(self._numbers)}"
        self.run("createdb", "--username", "postgres", name)
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def run(self, program: str, *arguments: str) -> None:
        """Run a program of PostgreSQL against the server."""
        server = ("--host", "127.0.0.1", "--port", str(self.port))
        subprocess.run(  # noqa: S603 - programs of this machine, words of these tests
            [self._programs / program, *server, *arguments],
            check=True,
            capture_output=True,
            timeout=60,
        )


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgreSQL]:
    """A PostgreSQL server with a new cluster in a temporary folder."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    # Root may not run a server; and no server outlives the tests, however they end.
    root = ("--reuid=postgres", "--regid=postgres", "--clear-groups") if os.getuid() == 0 else ()
    settings = ["setpriv", *root, "--pdeathsig", "QUIT"]
    folder = Path(tempfile.mkdtemp(prefix="slacalc-postgres-"))
    try:
        if root:
            shutil.chown(folder, "postgres")
        data = folder / "data"
        subprocess.run(  # noqa: S603 - our own
            [*settings, programs / "initdb", "--pgdata", data, "--username", "postgres", *CLUSTER],
            check=True,
            capture_output=True,
            cwd=folder,
            timeout=120,
        )
        port = _free_port()
        options = ["-h", "127.0.0.1", "-p", str(port)]
        options += [word for setting in FAST for word in ("-c", setting)]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(  # noqa: S603 - our own
                [*settings, programs / "postgres", "-D", data, "-k", folder, *options],
                stdout=log,
                stderr=log,
                cwd=folder,
            )
        try:
            running = PostgreSQL(programs, port)
            _wait_for(running, server, folder / "log")
            yield running
        finally:
            server.send_signal(signal.SIGQUIT)  # at once, whoever is connected
            server.wait(60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path | None:
    """The folder of the programs of PostgreSQL: of the newest version, or of the one on PATH."""
    installed = sorted(
        (path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")),
        key=lambda folder: int(folder.parent.name.partition(".")[0]),
    )
    on_path = shutil.which("initdb")
    if on_path:
        installed.append(Path(on_path).resolve().parent)
    return installed[-1] if installed and shutil.which("setpriv") else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(running: PostgreSQL, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end:
        assert server.poll() is None, log.read_text("utf-8")
        try:
            running.run("pg_isready")
        except subprocess.CalledProcessError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"PostgreSQL does not start: {log.read_text('utf-8')}")
