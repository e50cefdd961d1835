"""A calendar as a table of a database, and its arithmetic as SQL.

In reading order:

- `pieces`: the rows of the table
- `dialects`: what databases write differently
- `query`: look-ups of rows, as an expression or as a query with joins
- `promises`: what a policy promises, as rows
- `policy_query`: the query of its due dates
"""
