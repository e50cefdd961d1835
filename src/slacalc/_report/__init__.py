"""Reports about the answers of `bulk`: attainment, comparison of two policies, and an HTML page.

In reading order:

- `answers`: reads tables made by `bulk`: the state of each row.
- `periods`: days, weeks, months, quarters and years as numbers.
- `objectives`: confidence intervals of shares, and objectives.
- `counting`: counts rows by metric, group and period.
- `ticket_attributes`: attributes of tickets, to group by.
- `attainment`: `attainment`, made of the five before.
- `breach_times`: `breaches`, where the time of missed targets went.
- `evaluated_table`: evaluates a table of tickets, or a log, under one policy.
- `comparison`: `compare`, which pairs two evaluated tables.

The page is made in five steps, each of which knows only those before it:

- `page_data`: an evaluated table, and which metrics and groups of it the page covers.
- `page_content`: every count, share and breach of these, as plain data (with `breaches`).
- `page_charts`: the positions of shares on lines and in charts, as numbers.
- `page_layout`: which rows and columns the page shows of the content, and of a comparison.
- `page`: `page`, which fills in the template.

`comparison_view` shows a comparison in a notebook, with the tables of `page_layout`.
"""
