"""Jobs that evaluate whole files, a part at a time.

In reading order: `reading` (rows of CSV and Parquet files, with their numbers), `times` (their
columns of times), `writing` (tables back to files), `atomic` (files that appear whole or not at
all), `summary` (what is counted meanwhile), `jobs` (all of it together: tickets evaluated, logs
replayed).
"""
