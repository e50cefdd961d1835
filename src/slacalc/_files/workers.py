"""Share the parts of a job among processes.

Each part of a file goes to one process, and the answers come back in the order of the parts, so
that a job writes the same whatever the number of processes. One process has one part at a time, so
memory grows by the parts that are being worked on. Reading and writing stay with the job itself.

A process is a fresh interpreter that takes a function and parts from a pipe. It has a session of
its own, so that Ctrl-C reaches the job alone, which ends its processes; a job that is killed leaves
none behind, since they end with their pipe. A part whose function raises an error is done once more
by the job itself, when its turn has come: there the same error is raised as without processes.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Part = TypeVar("Part")
Answer = TypeVar("Answer")

_NEW_GROUP = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)  # a session, on Windows
_PROTOCOL = 5  # which copies the memory of Arrow and NumPy once
# Started with -P, so that no file of the current folder is taken for a module.
_PROGRAM = """
import sys
sys.path[:] = {path!r}
from slacalc._files import jobs, workers  # which the job needs soon
workers.serve()
"""


def available_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Workers:
    """Processes among which the parts of a job are shared; leaving the `with` block ends them.

    Args:
        count: How many processes work on parts. 1: none is started, and this one does all of it.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        """Start the processes, which import what they need while the job begins."""
        for _ in range(self.count if self.count > 1 else 0):
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and program
                [sys.executable, "-P", "-c", _PROGRAM.format(path=[*map(str, sys.path)])],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
                creationflags=_NEW_GROUP,
            )
            self._processes.append(process)
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
        for process in self._processes:
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):  # what was not sent is not needed
                    pipe.close()  # type: ignore[union-attr]  # both are pipes
            process.wait()

    def map(self, function: Callable[[Part], Answer], parts: Iterable[Part]) -> Iterator[Answer]:
        """Apply a function to parts, and return the answers in the order of the parts.

        An error ends the job, and so these processes: they may still have answers to send.

        Args:
            function: What can be pickled and depends on nothing but its part; a method may be. It
                must not change what an answer is.
            parts: The parts. Beside those in the processes, one is read ahead.

        Raises:
            ChildProcessError: A process has ended.
        """
        if not self._processes:
            yield from map(function, parts)
            return
        idle, busy = deque(self._processes), deque[tuple[subprocess.Popen[bytes], Part]]()
        for process in self._processes:
            _send(process, function)
        coming, failure = iter(parts), None
        while True:
            try:
                part = next(coming)
            except StopIteration:
                break
            except Exception as error:  # noqa: BLE001 - is raised when the parts before it are done
                failure = error
                break
            answers = [] if idle else [_receive(function, *busy.popleft(), idle)]
            process = idle.popleft()
            _send(process, part)
            busy.append((process, part))
            yield from answers
        while busy:
            yield _receive(function, *busy.popleft(), idle)
        if failure is not None:
            raise failure


def _send(process: subprocess.Popen[bytes], content: object) -> None:
    try:
        pickle.dump(content, process.stdin, _PROTOCOL)  # type: ignore[arg-type]  # a pipe
        process.stdin.flush()  # type: ignore[union-attr]  # a pipe
    except OSError:
        raise _ended(process) from None


def _receive(
    function: Callable[[Part], Answer],
    process: subprocess.Popen[bytes],
    part: Part,
    idle: deque[subprocess.Popen[bytes]],
) -> Answer:
    """The answer of a process, which is idle then."""
    try:
        answers: list[Answer] = pickle.load(process.stdout)  # type: ignore[arg-type] # noqa: S301 - a pipe, from our own process
    except (EOFError, OSError, pickle.UnpicklingError):
        raise _ended(process) from None
    idle.append(process)
    return answers[0] if answers else function(part)


def _ended(process: subprocess.Popen[bytes]) -> ChildProcessError:
    process.kill()  # it is of no use without its pipe
    status = process.wait()
    names = {each.value: each.name for each in signal.Signals}  # not those of real time
    how = f"ended with {status}"
    if status < 0:
        how = f"was ended by {names.get(-status, f'signal {-status}')}"
    return ChildProcessError(
        f"one of the processes of --jobs {how}, perhaps for lack of memory: fewer jobs need less"
    )


# In the processes ---------------------------------------------------------------------------------


def serve() -> None:
    """Take functions and parts from the standard input, and write the answers to the output.

    What is printed by mistake goes to the standard error. The end of the input ends the process.
    """
    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with suppress(EOFError, OSError):
        _serve(source, target)
    os._exit(0)  # threads of Arrow would delay an orderly end


def _serve(source: BinaryIO, target: BinaryIO) -> None:
    function: Any = None
    while True:
        content = pickle.load(source)  # noqa: S301 - from the job that started this process
        if callable(content):
            function = content
            continue
        try:
            answers = [function(content)]
        except Exception:  # noqa: BLE001 - the job does the part again, and sees the error itself
            answers = []
        pickle.dump(answers, target, _PROTOCOL)
        target.flush()
