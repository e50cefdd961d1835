"""Instants, intervals, dates and lengths; no knowledge of calendars.

In reading order:

- `instants` converts datetimes to integers of UTC microseconds and back, and has `Zone`.
- `zone_data` chooses the time zone database.
- `intervals` has half-open intervals and set operations on lists of them.
- `dates` parses dates and ranges of dates.
- `durations` parses and formats lengths of work.
- `partial_imports` imports pendulum, and countries, without what they do not need.
- `missing` recognises values that are missing.
"""
