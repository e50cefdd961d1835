"""The recipes of the documentation for programs that embed slacalc."""
