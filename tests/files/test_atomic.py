"""Files that appear whole or not at all."""

from __future__ import annotations

import io
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from slacalc._files.atomic import Outputs, Stopped, stoppable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_on_commit(tmp_path: Path) -> None:
    """Until then only a hidden file has what was written, and the old file is still there."""
    path = tmp_path / "out.csv"
    path.write_text("before", "utf-8")
    with Outputs(str(path)) as outputs:
        file = outputs.open(str(path))
        assert file.write(b"after") == 5
        assert file.tell() == 5
        (hidden,) = tmp_path.glob(".out.csv.*.part")
        assert path.read_text("utf-8") == "before"
        outputs.commit()
        assert not hidden.exists()
        assert path.read_text("utf-8") == "after"
    assert names(tmp_path) == ["out.csv"]


@pytest.mark.skipif(os.name == "nt", reason="hidden files are not locked there")
def test_what_a_killed_job_left_is_removed_by_the_next(tmp_path: Path) -> None:
    """Of the same output, with its errors and temporary files; not what is in use, or others'."""
    path, errors = tmp_path / "out[1].csv", tmp_path / "out[1].csv.errors.csv"
    (tmp_path / ".out[1].csv.0123abcd.part").write_text("left", "utf-8")
    (tmp_path / ".out[1].csv.errors.csv.0123abcd.part").write_text("left", "utf-8")
    (tmp_path / ".out[1].csv.4567abcd.part").mkdir()
    (tmp_path / ".out[1].csv.4567abcd.part" / "0.parquet").write_text("left", "utf-8")
    other = tmp_path / ".other.csv.0123abcd.part"
    other.write_text("left", "utf-8")
    with Outputs(str(path)) as running:
        running.open(str(path)).write(b"first")
        kept = running.temporary_folder()
        with Outputs(str(path)) as outputs:
            outputs.open(str(path)).write(b"second")
            outputs.temporary_folder()
            outputs.remove_on_commit(str(errors))
            assert len(names(tmp_path)) == 5  # two files and two folders in use, and the other's
            outputs.commit()
        assert kept.is_dir()
        assert path.read_text("utf-8") == "second"
        running.commit()
    assert path.read_text("utf-8") == "first"
    assert names(tmp_path) == [other.name, path.name]


def test_every_file_is_forced_to_disk_before_any_is_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a loss of power could leave an empty file under the final name."""
    steps: list[str] = []
    fsync, replace = os.fsync, os.replace

    def recorded_fsync(handle: int) -> None:
        steps.append(f"fsync {os.fstat(handle).st_size}")
        fsync(handle)

    def recorded_replace(source: Path, target: Path) -> None:
        steps.append(f"rename {target.name}")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", recorded_fsync)
    monkeypatch.setattr("pathlib.Path.replace", recorded_replace)
    with Outputs(str(tmp_path / "a")) as outputs:
        for name, data in (("a", b"1"), ("b", b"22")):
            outputs.open(str(tmp_path / name)).write(data)
        outputs.commit()
    assert steps == ["fsync 1", "fsync 2", "rename a", "rename b"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_without_a_commit_nothing_is_left(tmp_path: Path, error: type[BaseException]) -> None:
    """Neither a hidden file nor a temporary folder; obsolete files stay."""
    old = tmp_path / "old.csv"
    old.write_text("before", "utf-8")

    def fail() -> None:
        with Outputs(str(tmp_path / "out.csv")) as outputs:
            outputs.open(str(tmp_path / "out.csv")).write(b"1")
            (outputs.temporary_folder() / "part").write_text("2", "utf-8")
            outputs.remove_on_commit(str(old))
            assert len(names(tmp_path)) == 3
            raise error

    with pytest.raises(error):
        fail()
    assert names(tmp_path) == ["old.csv"]


def test_obsolete_files_are_removed_on_commit(tmp_path: Path) -> None:
    """If they exist."""
    (tmp_path / "old.csv").write_text("before", "utf-8")
    with Outputs(str(tmp_path / "out.csv")) as outputs:
        outputs.remove_on_commit(str(tmp_path / "old.csv"))
        outputs.remove_on_commit(str(tmp_path / "never.csv"))
        outputs.commit()
    assert names(tmp_path) == []


def test_an_error_in_one_file_leaves_all_destinations_untouched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two files are put in place together, or none of them; the error names the path given."""

    def failing(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", failing)
    with Outputs("a") as outputs:
        for name in ("a", "b"):
            outputs.open(str(tmp_path / name)).write(b"1")
        with pytest.raises(OSError, match="No space left") as info:
            outputs.commit()
    assert info.value.filename == str(tmp_path / "a")
    assert names(tmp_path) == []


def test_a_library_may_write_after_the_end(tmp_path: Path) -> None:
    """A writer of Arrow writes its last bytes when it is closed, be it too late."""
    with Outputs(str(tmp_path / "a")) as outputs:
        writer = pq.ParquetWriter(outputs.open(str(tmp_path / "a")), pa.schema([("x", pa.int64())]))
        writer.write_table(pa.table({"x": [1]}))
    writer.close()
    assert names(tmp_path) == []


def test_the_new_file_has_the_permissions_of_the_old_one(tmp_path: Path) -> None:
    """A link stays a link, and what it leads to is replaced."""
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("before", "utf-8")
    real.chmod(0o640)
    link.symlink_to(real)
    with Outputs(str(link)) as outputs:
        outputs.open(str(link)).write(b"after")
        outputs.commit()
    assert link.is_symlink()
    assert real.read_text("utf-8") == "after"
    assert real.stat().st_mode & 0o777 == 0o640


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    """The error names it."""
    with Outputs(str(tmp_path)) as outputs, pytest.raises(IsADirectoryError) as info:
        outputs.open(str(tmp_path))
    assert info.value.filename == str(tmp_path)
    assert names(tmp_path) == []


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    """By the path that the user gave, not by a hidden name."""
    path = str(tmp_path / "no" / "out.csv")
    with Outputs(path) as outputs, pytest.raises(FileNotFoundError) as info:
        outputs.open(path)
    assert info.value.filename == path


@pytest.mark.skipif(os.name == "nt", reason="there are no such files")
def test_devices_are_written_to_directly() -> None:
    """A device cannot be replaced, nor forced onto a disk."""
    with Outputs(os.devnull) as outputs:
        outputs.open(os.devnull).write(b"1")
        outputs.commit()
    assert not os.path.isfile(os.devnull)  # noqa: PTH113 - as the code under test


def test_the_standard_output_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others may print after the job."""
    stream = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdout", stream)
    with Outputs("-") as outputs:
        outputs.open("-").write(b"1")
        outputs.commit()
    assert not stream.closed
    assert stream.buffer.getvalue() == b"1"


def test_temporary_folders_of_the_standard_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Are made in the current folder, and only the user can read them."""
    monkeypatch.chdir(tmp_path)
    with Outputs("-") as outputs:
        folder = outputs.temporary_folder()
        assert folder.parent == tmp_path
        assert folder.stat().st_mode & 0o777 == 0o700
    assert names(tmp_path) == []


@pytest.fixture
def usual_signals() -> Iterator[None]:
    """Python's own handlers, also where the tests run in the background, which ignores signals."""
    usual: dict[signal.Signals, Any] = {
        signal.SIGINT: signal.default_int_handler,
        signal.SIGTERM: signal.SIG_DFL,
    }
    if hasattr(signal, "SIGHUP"):
        usual[signal.SIGHUP] = signal.SIG_DFL
    before = {number: signal.signal(number, handler) for number, handler in usual.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.skipif(os.name == "nt", reason="signals are different there")
@pytest.mark.usefixtures("usual_signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_signals_become_exceptions_in_a_stoppable_job(name: str) -> None:
    """Outside, the handlers are the old ones."""
    number = getattr(signal, name)
    before = signal.getsignal(number)
    with pytest.raises(Stopped) as info, stoppable():
        os.kill(os.getpid(), number)
    assert info.value.number == number
    assert signal.getsignal(number) is before


@pytest.mark.skipif(os.name == "nt", reason="signals are different there")
@pytest.mark.usefixtures("usual_signals")
def test_ignored_signals_stay_ignored() -> None:
    """As SIGHUP is by `nohup`."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stoppable():
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.skipif(os.name == "nt", reason="signals are different there")
@pytest.mark.usefixtures("usual_signals")
def test_signals_are_ignored_from_the_commit_on(tmp_path: Path) -> None:
    """Once files are renamed the job is done, and must not say that nothing was written."""
    with stoppable(), Outputs(str(tmp_path / "a")) as outputs:
        outputs.open(str(tmp_path / "a")).write(b"1")
        outputs.commit()
        for number in (signal.SIGTERM, signal.SIGINT):
            os.kill(os.getpid(), number)
    assert names(tmp_path) == ["a"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.skipif(os.name == "nt", reason="signals are different there")
@pytest.mark.usefixtures("usual_signals")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_signal_counts_even_if_its_exception_gets_lost(tmp_path: Path) -> None:
    """As in a callback of a library, which drops it or raises an error of its own."""

    class Careless:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGINT)

    def commit() -> None:
        with stoppable(), Outputs(str(tmp_path / "a")) as outputs:
            outputs.open(str(tmp_path / "a")).write(b"1")
            Careless()  # Python ignores exceptions there
            outputs.commit()

    def fail() -> None:
        with stoppable():
            try:
                os.kill(os.getpid(), signal.SIGTERM)
            except Stopped:
                raise ValueError from None

    with pytest.raises(Stopped) as info:
        commit()
    assert (info.value.number, names(tmp_path)) == (signal.SIGINT, [])
    with pytest.raises(Stopped):
        fail()
    with pytest.raises(ZeroDivisionError), stoppable():
        raise ZeroDivisionError


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such pipes")
def test_a_pipe_is_written_if_somebody_reads_from_it(tmp_path: Path) -> None:
    """And otherwise not waited for."""
    path = tmp_path / "a"
    os.mkfifo(path)
    with (
        Outputs(str(path)) as outputs,
        pytest.raises(OSError, match="nothing reads from this pipe.*/a'"),
    ):
        outputs.open(str(path))
    with ThreadPoolExecutor() as pool, Outputs(str(path)) as outputs:
        text = pool.submit(path.read_bytes)
        outputs.open(str(path)).write(b"1" * 100_000)
        outputs.commit()
    assert text.result() == b"1" * 100_000
