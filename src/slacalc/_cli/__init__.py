"""What the commands of the command line do; `slacalc.cli` defines how they are called.

In reading order: `output` (printing, and errors of usage), `program` (what commands are made of),
`policy_commands` (check, deadline, explain, calendar, presets, schema), `year` (how a year is
printed), `init_command` (init, with the examples in `desks`), `file_commands` (evaluate, replay,
report), `statement_command` (statement), `sql_commands` (sql, dbt), `dbt_package` (the files of a
package of dbt).
"""
