"""Files that appear whole or not at all.

What a job writes goes into a hidden file beside the one that was asked for, in the same folder and
so on the same disk. At the end it is forced onto the disk and takes the other's place in one move.
If the job ends in any other way, by an error, a full disk or a signal, the hidden file is removed,
and what had been there is untouched. What is no plain file, such as a pipe, is written to directly.

SIGTERM and SIGHUP end a job as Ctrl-C does: by an exception, so that everything is put away.
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
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

STANDARD_OUTPUT = "-"
_ENDINGS = [one for one in ("SIGTERM", "SIGHUP") if hasattr(signal, one)]


class Stopped(BaseException):
    """A signal asked the job to end.

    Args:
        number: The signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def stoppable() -> Iterator[None]:
    """Let the signals that end a process raise `Stopped` meanwhile."""

    def stop(number: int, _: FrameType | None) -> None:
        raise Stopped(number)

    with _handled(dict.fromkeys(_ENDINGS, stop)):
        yield


@contextmanager
def _unstoppable() -> Iterator[None]:
    """Let no signal come between what belongs together."""
    with _handled(dict.fromkeys([*_ENDINGS, "SIGINT"], signal.SIG_IGN)):
        yield


@contextmanager
def _handled(handlers: dict[str, Any]) -> Iterator[None]:
    """Handle signals otherwise for a while; a signal that was ignored stays so."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread hears signals
        return
    before: dict[int, Any] = {}
    try:
        for name, handler in handlers.items():
            number = getattr(signal, name)
            known = signal.getsignal(number)
            if known is not signal.SIG_IGN and known is not None:
                before[number] = known
                signal.signal(number, handler)
        yield
    finally:
        for number, known in before.items():
            signal.signal(number, known)


class File(io.RawIOBase):
    """A file that is being written, whose errors name the one that was asked for.

    Args:
        path: What was asked for.
        handle: The file that is open.
        is_plain: Whether it is a file on a disk.
    """

    def __init__(self, path: str, handle: Any, *, is_plain: bool) -> None:
        super().__init__()
        self._path, self._handle, self._is_plain = path, handle, is_plain
        self._is_dead = False
        self._size = 0

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: Any) -> int:
        """Write all of some bytes."""
        left = memoryview(data).cast("B")
        size = left.nbytes
        self._size += size
        while left.nbytes and not self._is_dead:
            try:
                written = self._handle.write(left)
            except OSError as error:
                raise self._named(error) from None
            left = left[written or 0 :]
        return size

    def tell(self) -> int:
        """How much was written."""
        return self._size

    def settle(self) -> None:
        """Force it onto the disk, and close it."""
        try:
            self._handle.flush()
            if self._is_plain:
                os.fsync(self._handle.fileno())
            self._close()
        except OSError as error:
            raise self._named(error) from None

    def abandon(self) -> None:
        """Close it; what is still written to it, by whom it may concern, goes nowhere."""
        self._is_dead = True
        with suppress(OSError):
            self._close()

    def _close(self) -> None:
        if self._path != STANDARD_OUTPUT:
            self._handle.close()

    def _named(self, error: OSError) -> OSError:
        name = "the standard output" if self._path == STANDARD_OUTPUT else self._path
        kind = type(error) if isinstance(error, BrokenPipeError) else OSError
        return kind(error.errno, error.strerror, name)


class Outputs:
    """The files that a job writes; used in a `with`, at whose end nothing stays that is not whole.

    Args:
        beside: The file beside which there is room for what is needed only meanwhile.
    """

    def __init__(self, beside: str) -> None:
        self._beside = beside
        self._files: list[tuple[File, Path | None, Path]] = []
        self._passing: list[Path] = []  # noted before they are there: a signal may come between
        self._stale: list[Path] = []
        self._deaf = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._deaf, _unstoppable():
            for file, _hidden, _place in self._files:
                file.abandon()
            for path in self._passing:
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)
            self._files, self._passing = [], []

    def file(self, path: str) -> File:
        """A file to write to, which takes its place when all is done.

        Raises:
            OSError: It cannot be written.
        """
        place = Path(path)
        if path == STANDARD_OUTPUT:
            sys.stdout.flush()
            file, hidden = File(path, sys.stdout.buffer, is_plain=False), None
        elif place.exists() and not place.is_file() and not place.is_dir():  # such as /dev/null
            file, hidden = File(path, place.open("wb", buffering=0), is_plain=False), None
        else:
            place = place.resolve()  # of a link, what it leads to
            hidden = self._hidden(place)
            file = File(path, _created(hidden, path, place), is_plain=True)
        self._files.append((file, hidden, place))
        return file

    def folder(self) -> Path:
        """A folder for what is needed only meanwhile."""
        is_file = self._beside != STANDARD_OUTPUT
        place = Path(self._beside).resolve().parent if is_file else Path.cwd()
        folder = self._hidden(place / "slacalc")
        folder.mkdir(mode=0o700)
        return folder

    def _hidden(self, place: Path) -> Path:
        """A name beside another one, for what is not finished."""
        hidden = place.with_name(f".{place.name}.{secrets.token_hex(4)}.part")
        self._passing.append(hidden)
        return hidden

    def remove(self, path: str) -> None:
        """Remove a file of an earlier job when all is done."""
        self._stale.append(Path(path))

    def commit(self) -> None:
        """Let the files take their places, in the order in which they were opened.

        Raises:
            OSError: One cannot be written to the end.
        """
        for file, _, _ in self._files:
            file.settle()
        self._deaf.enter_context(_unstoppable())  # to the end: from here on it is written
        for _, hidden, place in self._files:
            if hidden is not None:
                hidden.replace(place)
        for stale in self._stale:
            stale.unlink(missing_ok=True)
        for folder in {place.parent for _, hidden, place in self._files if hidden}:
            _settle_folder(folder)
        self._files = []


def _created(hidden: Path, path: str, place: Path) -> io.FileIO:
    """A new file, with the rights of the one whose place it takes."""
    try:
        if place.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        file = io.FileIO(hidden, "xb")
        if place.exists():
            hidden.chmod(place.stat().st_mode & 0o777)
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from None
    return file


def _settle_folder(folder: Path) -> None:
    """Force the names of a folder onto the disk, where the system can."""
    if os.name == "posix":
        with suppress(OSError):  # some file systems cannot, and the files are safe already
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
