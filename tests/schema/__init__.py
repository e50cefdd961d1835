"""Tests of `slacalc._schema`.

`shapes`, `faults`, `documents` and `toml_writer` are tested with the documents that they serve, in
`tests/policy`: `test_policy`, `test_validation` and `test_json_schema`.
"""
