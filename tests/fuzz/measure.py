"""Detonate bombs, each in a process of its own, and measure what it costs.

``python -m tests.fuzz.measure json 'toml: dots'`` detonates those whose names begin so, and prints
a line of JSON for each: its name, its slowest step and the seconds of processor time that an
ordinary, idle machine takes for it, the megabytes by which the process grew, and what came out:
``read``, or the class and the message of an error.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

from slacalc.errors import SlacalcError
from tests.fuzz.bombs import BOMBS, STEPS, Bomb, load_all

_SECONDS, _BYTES = 20, 2_000_000_000  # after which a process is ended: a bomb went off
_TRIES = 3  # the quickest counts
_SAMPLE_SECONDS = 0.01  # of an ordinary machine, for the work of `_sample`


def _peak() -> int:
    """The most memory that this process has had, in megabytes."""
    status = Path("/proc/self/status")
    if status.exists():  # unlike getrusage, it does not count the process that forked this one
        lines = dict(line.partition(":")[::2] for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) // 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // (1024 * 1024 if sys.platform == "darwin" else 1024)


def _sample() -> float:
    """The processor time that some work of the kind that readers do takes here and now."""
    began = time.process_time()
    pairs = [(number, number + 1, str(number)) for number in range(60_000)]
    pairs.sort(reverse=True)
    sum(second - first for first, second, _ in pairs)
    return time.process_time() - began


def _slowness() -> float:
    """How many times as long as an ordinary machine this one takes; at least 1."""
    return max(1, sorted(_sample() for _ in range(5))[2] / _SAMPLE_SECONDS)


def _detonate(bomb: Bomb) -> dict[str, Any]:
    data, end, slowness = bomb.make(), "read", _slowness()
    STEPS.clear()
    STEPS.total = 0
    before = _peak()
    began = time.process_time()
    try:
        bomb.read(data)
    except SlacalcError as error:
        end = f"SlacalcError: {str(error)[:200]}"
    except BaseException as error:  # noqa: BLE001 - which the test shall see
        end = f"{type(error).__name__}: {str(error)[:200]}"
    reading = time.process_time() - began - STEPS.total
    slowness = max(slowness, _slowness())
    slowest = max((seconds, step) for step, seconds in (STEPS | {"read": reading}).items())
    return {
        "name": bomb.name,
        "seconds": round(slowest[0] / slowness, 3),
        "step": slowest[1],
        "megabytes": _peak() - before,
        "end": end,
    }


def _in_child(bomb: Bomb) -> dict[str, Any]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
        if sys.platform == "linux":
            resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))
        try:
            os.write(writing, json.dumps(_detonate(bomb)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    lost = {"name": bomb.name, "seconds": _SECONDS, "step": "", "megabytes": 0, "end": "killed"}
    result: dict[str, Any] = json.loads(text) if text else lost
    return result


def measure(bomb: Bomb) -> dict[str, Any]:
    """What a bomb costs, at best of some tries."""
    results = []
    for _ in range(_TRIES):
        results.append(_in_child(bomb))
        if results[-1]["seconds"] < 0.9 or results[-1]["end"] == "killed":
            break
    return min(results, key=lambda result: result["seconds"])


if __name__ == "__main__":
    load_all()
    gc.freeze()  # what is loaded is not searched for garbage again and again, in each child
    for each in BOMBS:
        if not sys.argv[1:] or each.name.startswith(tuple(sys.argv[1:])):
            print(json.dumps(measure(each), ensure_ascii=False), flush=True)  # noqa: T201 - the answer
