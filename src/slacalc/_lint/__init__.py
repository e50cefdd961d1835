"""Find what is valid in a policy but probably not intended.

In reading order:

- `findings` has the record of one finding.
- `cases` chooses the tickets and instants of receipt to try.
- `due_dates` computes and compares the due dates of rows for these.
- `rows`, `ordering`, `metrics`, `objectives`, `adjustments`, `calendars`, `agreements`, `credits`
  and `duties` are the checks.
- `linter` runs the checks on all versions of a policy.
"""
