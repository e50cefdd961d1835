"""Fuzz all readers for some seconds: ``python -m tests.fuzz 60 [TARGET …]``.

With atheris, which chooses input by the lines that it reaches, it is used; otherwise mutants of the
corpus are tried at random. Input that a reader must not fail on is written to ``build/fuzz``.
"""

from __future__ import annotations

import subprocess
import sys
import time
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from random import SystemRandom

from tests.fuzz.mutate import CORPUS, mutants
from tests.fuzz.targets import TARGETS, run

FOUND = Path("build/fuzz")


def fuzz(target: str, seconds: float) -> int:
    """Try mutants for some seconds of processor time; return how many were tried."""
    seed = SystemRandom().randrange(2**32)
    print(f"{target}: seed {seed}", flush=True)  # noqa: T201 - a program
    source, tried = mutants(target, seed), 0
    began = time.process_time()
    while time.process_time() - began < seconds:
        for text in islice(source, 20):
            tried += 1
            try:
                run(target, text)
            except Exception:
                FOUND.mkdir(parents=True, exist_ok=True)
                path = FOUND / f"{target}-{seed}-{tried}"
                path.write_text(text, "utf-8", errors="surrogatepass")
                print(f"{target}: {path} fails", flush=True)  # noqa: T201 - a program
                raise
    return tried


def fuzz_by_coverage(target: str, seconds: float) -> None:
    """Let atheris choose the input; it ends the process."""
    import atheris

    atheris.instrument_all()
    FOUND.mkdir(parents=True, exist_ok=True)
    options = [f"-max_total_time={round(seconds)}", f"-artifact_prefix={FOUND}/{target}-"]
    atheris.Setup(
        [sys.argv[0], *options, str(CORPUS / target)],
        lambda data: run(target, data.decode("utf-8", "surrogateescape")),
    )
    atheris.Fuzz()


def main() -> None:
    seconds, names = float(sys.argv[1]), sys.argv[2:] or list(TARGETS)
    for name in names:
        if find_spec("atheris") and len(names) > 1:
            each = [sys.executable, "-m", "tests.fuzz", str(seconds / len(names)), name]
            subprocess.run(each, check=True)  # noqa: S603 - this program
        elif find_spec("atheris"):
            fuzz_by_coverage(name, seconds)
        else:
            print(f"{name}: {fuzz(name, seconds / len(names)):,} tried")  # noqa: T201 - a program


if __name__ == "__main__":
    main()
