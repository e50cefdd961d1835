"""Jobs that evaluate whole files, a part at a time.

In reading order: `sniffing` (how CSV is written), `reading` (rows of CSV and Parquet files, with
their numbers), `row_files` (those of JSON and workbooks), `opening` (the reader of a file),
`numbers` (numbers as people write them), `time_forms` (the forms of times), `times` (columns of
times), `writing` (tables back to files), `atomic` (files that appear whole or not at all),
`summary` (what is counted meanwhile), `workers` (processes that share the parts), `columns` (what
the columns of a file are to a policy), `results` (answers, and rows in error), `partitions` (logs
divided by ticket), `jobs` (all of it together: tickets evaluated, logs replayed).
"""
