"""Views of what the library returns, from calendars to traces, as HTML with inline SVG.

In reading order: `markup` builds HTML elements and tables, and `svg` builds pictures of time. Then
one module for each kind of object: `calendar`, `ledger`, `policy` (with `agreements`), `findings`,
`deadlines`, `status`, `clock` and `trace`. The methods `to_html` of the public classes import these
when they are called.
"""
