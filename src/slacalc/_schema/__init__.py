"""Documents such as policies: read with all faults, write, and describe as JSON Schema.

Nothing here knows about SLAs. In reading order:

- `limits` says how much a document may contain, and what it may expand to.
- `faults` collects the faults of a document, with their paths.
- `shapes` declares the form of a document once, to read, write and describe it.
- `documents` parses TOML and JSON texts, and adds line and column to faults.
- `toml_positions` finds the line and column of each key of a TOML text.
- `toml_writer` writes readable TOML.
"""
