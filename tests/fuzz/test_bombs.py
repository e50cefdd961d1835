"""No small input costs more than a second of processor time, or makes a process of 200 MB.

A process that has only imported the library has some 50 MB, so that a bomb may add 150.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.fuzz.bombs import BOMBS

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="bombs are detonated in forks")
READERS = sorted({bomb.name.partition(":")[0] for bomb in BOMBS})


@pytest.mark.parametrize("reader", READERS)
def test_no_input_stalls_a_reader_or_what_is_asked_first(reader: str) -> None:
    """It is read, or refused with an error of ours, soon and in little memory."""
    command = [sys.executable, "-m", "tests.fuzz.measure", f"{reader}:"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    results = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(results) == sum(bomb.name.startswith(f"{reader}:") for bomb in BOMBS)
    too_costly = [
        result
        for result in results
        if result["seconds"] >= 1
        or result["megabytes"] >= 150
        or not result["end"].startswith(("read", "SlacalcError"))
    ]
    assert not too_costly
