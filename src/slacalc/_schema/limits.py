"""The most that a document may contain: each bound is stated here, and nowhere else.

They bound the size of the answer, not only that of the text: a range of dates counts for each of
its dates, and a version for everything that it inherits. No real policy comes near them, and within
them each reader, and the first use of what it has read, takes less than a second of processor time.
`docs/reference/policy-file.md` lists them for users.
"""

from __future__ import annotations

MAX_BYTES = 512 * 1024
"""The size of a policy's text; real ones have at most some 20,000 bytes."""

MAX_NESTING = 40
"""How deep tables and lists may lie in each other."""

MAX_FAULTS = 200
"""Reading stops after this many faults: further ones help nobody, and could be millions."""

MAX_MATRIX = 10_000
"""Combinations of values in a matrix."""

MAX_RANKED = 100
"""Values of an attribute that rows compare by rank."""

MAX_METRICS = 1_000
"""Metrics of a policy."""

MAX_ATTRIBUTES = 1_000
"""Attributes of a policy."""

MAX_TABLES = 200
"""Tables of a policy."""

MAX_ROWS = 10_000
"""Rows of a table."""

MAX_NAMED = 1_000
"""Preconditions, consequences and objectives of a policy, each."""

MAX_WARNINGS = 50
"""Warnings of a policy, a metric or a target."""

MAX_INSIDE = 20
"""How many metrics may lie inside each other."""

MAX_VERSIONS = 500
"""Versions of a policy."""

MAX_VALUES = 400_000
"""Values of all versions of a policy together, each version with all that it inherits."""

MAX_CALENDARS = 500
"""Calendars of a policy, those of its versions included."""

MAX_DATES = 120_000
"""Dates in the lists of holidays of a calendar, or of all in a policy; and in its closures."""

MAX_CLOSURES = 2_000
"""Closures of a calendar."""

MAX_LISTS = 1_000
"""Lists of holidays of a calendar, those of its changes included."""

MAX_STRETCHES = 200
"""Stretches of hours in a day; of combined calendars, those of all of them together."""

MAX_DEPTH = 5
"""How many calendars may be combined inside each other, as in ``a | (b - (c | d))``."""

MAX_SPANS = 320_000
"""Open stretches that a calendar is compiled to; a usual one has half of it in 300 years."""
