"""``python -m slacalc`` is the command line."""

from slacalc.cli import main

if __name__ == "__main__":
    main()
