"""The program: ``python -m slacalc``, or the script `slacalc`.

It imports as little as it can itself, so that Ctrl-C has its status from the beginning.
"""

from __future__ import annotations

import os
import signal


def main() -> None:
    """Run the command line. Does not return.

    Ctrl-C ends the program at once, with status 130, wherever an exception could get lost, such as
    in an import. Only jobs, which have files to remove, have a handler of their own. Once the
    answer is given Ctrl-C is ignored, so that the status is that of the answer.
    """

    def end(number: int, _: object) -> None:
        os._exit(128 + number)

    # Whoever started the program may want Ctrl-C to be ignored.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        try:  # noqa: SIM105 - to import contextlib takes long
            signal.signal(signal.SIGINT, end)
        except ValueError:  # not in the main thread
            pass
    try:
        from slacalc import cli  # noqa: PLC0415 - takes long

        cli.main()
    finally:
        if signal.getsignal(signal.SIGINT) is end:
            signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    main()
