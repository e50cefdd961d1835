"""Write files that appear whole or not at all.

A file is written under a hidden name in the folder of its destination, and so on the same disk.
When everything is written, it is forced onto the disk and renamed to its destination in one step.
If the job ends in any other way, by an error, a full disk or a signal, the hidden file is removed
and the destination stays untouched. What a killed job left behind is removed by the next one that
writes the same file; the hidden files of jobs that are still running are locked. A destination that
is not a regular file, such as a pipe, is written to directly.

`stoppable` turns Ctrl-C, SIGTERM and SIGHUP into an exception, so that a job that is stopped cleans
up; even if a library loses the exception, nothing is committed.
"""

from __future__ import annotations

import errno
import io
import os
import secrets
import shutil
import signal
import sys
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment] # Windows has no such module

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

STANDARD_OUTPUT = "-"
_STOPPING = [name for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
_SHORT_WAIT = 0.2  # seconds
_OLD = 60  # seconds after which a file that can be removed on Windows is a leftover
_received: list[int] = []  # the signals since `stoppable` was entered


class Stopped(BaseException):
    """The job was ended by a signal.

    Args:
        number: The number of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def stoppable() -> Iterator[None]:
    """A context in which the signals that end a process raise `Stopped`.

    Whatever else the exception becomes on its way, such as an error of a library that called back,
    leaves the context as `Stopped`.
    """

    def stop(number: int, _: FrameType | None) -> None:
        _received.append(number)
        raise Stopped(number)

    _received.clear()
    with _signals_handled(_STOPPING, stop):
        try:
            yield
        except Exception:
            _raise_if_stopped()
            raise


def _raise_if_stopped() -> None:
    if _received:
        raise Stopped(_received[0]) from None


def _signals_ignored() -> Any:
    return _signals_handled(_STOPPING, signal.SIG_IGN)


@contextmanager
def _signals_handled(names: list[str], handler: Any) -> Iterator[None]:
    """Replace the handlers of some signals; a signal that is ignored stays ignored."""
    previous: dict[int, Any] = {}
    try:
        if threading.current_thread() is threading.main_thread():  # no other may set handlers
            for name in names:
                number = getattr(signal, name)
                if (known := signal.getsignal(number)) not in (signal.SIG_IGN, None):
                    previous[number] = known
                    signal.signal(number, handler)
        yield
    finally:
        for number, known in previous.items():
            signal.signal(number, known)


@contextmanager
def _errors_about(path: str) -> Iterator[None]:
    """Let errors of the system name the path that the user gave, and not a hidden one."""
    try:
        yield
    except OSError as error:
        name = "the standard output" if path == STANDARD_OUTPUT else path
        # OSError picks its subclass by errno.
        raise OSError(error.errno, error.strerror, name) from None


def _lock(descriptor: int) -> bool:
    """Lock a hidden file or folder; false if another job has locked it, or nothing can be."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _remove_leftovers(destination: Path) -> None:
    """Remove what killed jobs left beside a destination; what cannot be locked is in use."""
    for path in destination.parent.glob(f".{escape(destination.name)}.????????.part"):
        with suppress(OSError):
            if fcntl is None:  # Windows, where a file that is in use cannot be removed
                if path.is_file() and time.time() - path.stat().st_mtime > _OLD:
                    path.unlink()
                continue
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                if not _lock(descriptor):
                    continue
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()
            finally:
                os.close(descriptor)


def _open_device(path: Path) -> Any:
    """Open a device such as /dev/null, or a pipe that somebody reads from.

    Raises:
        OSError: It cannot be written, or nobody reads from it.
    """
    if not path.is_fifo():
        return path.open("wb")
    for wait in (_SHORT_WAIT, 0):
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            time.sleep(wait)  # for who reads to open the other end
            continue
        os.set_blocking(descriptor, True)
        return os.fdopen(descriptor, "wb")
    raise OSError(errno.ENXIO, "nothing reads from this pipe")


class Outputs:
    """The files that a job writes. Leaving the `with` block removes whatever was not committed.

    Args:
        path: The main output; temporary files are made in its folder.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._files: list[OutputFile] = []
        self._temporary: list[Path] = []
        self._obsolete: list[Path] = []
        self._signals_off = ExitStack()
        self._locks: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._signals_off, _signals_ignored():
            for file in self._files:
                with suppress(OSError):  # what is not written yet is not needed
                    file.end()
            for path in self._temporary:
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)
            for lock in self._locks:
                os.close(lock)

    def open(self, path: str) -> OutputFile:
        """Open a file for writing; it appears at its destination on `commit`.

        Raises:
            OSError: It cannot be written.
        """
        destination, hidden = Path(path), None
        with _errors_about(path):
            if path == STANDARD_OUTPUT:
                if sys.stdout is None:  # it was closed by whoever started the program
                    raise OSError(errno.EBADF, os.strerror(errno.EBADF))
                sys.stdout.flush()
                handle: Any = sys.stdout.buffer
            elif destination.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            elif destination.exists() and not destination.is_file():
                handle = _open_device(destination)
            else:
                # A link stays, and what it leads to is replaced.
                destination = Path(os.path.realpath(destination))
                if destination.is_symlink():  # a loop of links
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
                hidden, handle = self._open_hidden(destination)
                if destination.exists():
                    hidden.chmod(destination.stat().st_mode & 0o777)
        self._files.append(OutputFile(path, handle, hidden, destination))
        return self._files[-1]

    def temporary_folder(self) -> Path:
        """Make a folder beside the main output that is removed in the end."""
        is_file = self._path != STANDARD_OUTPUT
        parent = Path(os.path.realpath(self._path)).parent if is_file else Path.cwd()
        name = Path(self._path).name if is_file else "slacalc"
        _remove_leftovers(parent / name)
        folder = self._hidden_name(parent / name)
        folder.mkdir(mode=0o700)
        if fcntl is not None:
            self._locks.append(os.open(folder, os.O_RDONLY))
            _lock(self._locks[-1])
        return folder

    def _open_hidden(self, destination: Path) -> tuple[Path, Any]:
        _remove_leftovers(destination)
        while True:
            hidden = self._hidden_name(destination)
            handle = hidden.open("xb")
            if _lock(handle.fileno()):  # until the end, though the file is closed before
                self._locks.append(os.dup(handle.fileno()))
            if hidden.exists():  # else another job removed it before it was locked
                return hidden, handle
            handle.close()

    def _hidden_name(self, path: Path) -> Path:
        hidden = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        self._temporary.append(hidden)  # before it exists, since a signal may come in between
        return hidden

    def remove_on_commit(self, path: str) -> None:
        """Remove a file of an earlier job, on `commit`; what it left behind, at once."""
        _remove_leftovers(Path(path))
        self._obsolete.append(Path(path))

    def commit(self) -> None:
        """Put all files at their destinations, in the order in which they were opened.

        From then on until the `with` block ends signals are ignored: the job is done.

        Raises:
            OSError: A file cannot be written to the end; then no destination is touched.
            Stopped: A signal came before, though the exception got lost.
        """
        for file in self._files:
            file.finish()
        self._signals_off.enter_context(_signals_ignored())
        _raise_if_stopped()
        for file in self._files:
            file.put_in_place()
        for path in self._obsolete:
            path.unlink(missing_ok=True)


class OutputFile(io.RawIOBase):
    """A file that is being written.

    Args:
        path: The path that the user gave.
        handle: The open file. It is buffered, so that each write writes all of its bytes.
        hidden: Where it is until it is complete; None for what is no regular file.
        destination: Where it goes.

    Attributes:
        when_ended: Is called after the end, also if the job failed; what it writes is forgotten.
    """

    when_ended: Callable[[], None] | None = None

    def __init__(self, path: str, handle: Any, hidden: Path | None, destination: Path) -> None:
        super().__init__()
        self._path, self._handle, self._size, self._is_ended = path, handle, 0, False
        self.hidden, self.destination = hidden, destination

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        """Write all bytes, and return their number.

        After the end nothing is written: when a job has failed, the writers of Arrow still write
        the rest of their data as they are deleted.
        """
        if not self._is_ended:
            with _errors_about(self._path):
                self._handle.write(data)
        size = memoryview(data).nbytes
        self._size += size
        return size

    def tell(self) -> int:
        """How many bytes were written. Parquet writers need it; pipes do not report it."""
        return self._size

    def finish(self) -> None:
        """Force everything onto the disk, and close the file."""
        with _errors_about(self._path):
            self._handle.flush()
            if self.hidden is not None:
                os.fsync(self._handle.fileno())
            self.end()

    def put_in_place(self) -> None:
        """Rename the file to its destination."""
        if self.hidden is not None:
            with _errors_about(self._path):
                self.hidden.replace(self.destination)

    def end(self) -> None:
        """Close the file; the standard output stays open."""
        self._is_ended = True
        if self.when_ended is not None:
            self.when_ended()
        if self._path != STANDARD_OUTPUT:
            self._handle.close()
