"""The doors of the packages: what others may import from the modules of each.

`test_architecture` compares the list with the code. A name that is added here is a decision: the
owner of the package keeps it stable for others. ``*`` stands for the module itself.
"""

DOORS = {
    "_threads": "after_fork cached_property forks_wait Lock",
    "_time.dates": "DateRange merge_ranges parse_date",
    "_time.durations": "length_parts length_text to_work",
    "_time.instants": """
        DAY EARLIEST EPOCH_DAY FIRST_YEAR horizon_error HOUR LAST_YEAR LATEST MICROSECOND
        MINUTE parse_iso SECOND to_duration to_instant to_instant_in_zone to_utc unbounded_instant
        year_of year_start Zone zone
    """,
    "_time.intervals": "* clip intersect normalise Span SpanList subtract union",
    "_time.missing": "is_missing",
    "_time.partial_imports": "postponed",
    "_time.zone_data": "iana_name zone_data",
    "_phrases": "in_language",
    "_i18n": """
        ENGLISH language_code languages LOCALES MONTHS N_ NN_ pad
        Translator translator WEEKDAY_INITIALS width
    """,
    "_schema.documents": "* read_bytes read_text to_canonical_json",
    "_schema.faults": "DocumentPath Faults INVALID TooManyFaultsError",
    "_schema.limits": """
        MAX_ATTRIBUTES MAX_CALENDARS MAX_CLOSURES MAX_DATES MAX_DEPTH MAX_INSIDE MAX_LISTS
        MAX_MATRIX MAX_METRICS MAX_NAMED MAX_RANKED MAX_ROWS MAX_SPANS MAX_STRETCHES MAX_TABLES
        MAX_VALUES MAX_VERSIONS MAX_WARNINGS
    """,
    "_schema.shapes": """
        bind Choice construct Count DayShape Description Flag FrozenMap key_of ListOf MapOf
        NAME_PATTERN NAME_SHAPE NumberShape
        OneOf read_by_shape Record Scalar Shape shaped Short Text
    """,
    "_schema.toml_positions": "key_positions Position",
    "_schema.toml_writer": "to_toml",
    "_calendar.arguments": """
        CalendarChange CONVENTIONS DatedHours INCLUSIVE is_date parse_changes parse_closures
        parse_exceptions parse_holidays parse_horizon parse_week parse_zone to_ordinal
        unknown_convention unknown_edge unknown_inclusive whole_days
    """,
    "_calendar.calendar": """
        ALWAYS Calendar check_calendar Day FloatingDates OpenSpan refuse_provisional
    """,
    "_calendar.date_keys": "parse_recurring_dates",
    "_calendar.compilation": """
        disagreements hours_of_dates kind_of_day number_of_dates terms_of unpublished_from zone_of
    """,
    "_calendar.holidays": "Holidays names_translator",
    "_calendar.hours": "parse_time parse_weekdays time_text WEEKDAYS WeekHours",
    "_calendar.ledger": "Ledger LedgerRow length_of reason_text sides_of total_text totals_of",
    "_calendar.recurring_dates": "RecurringDates",
    "_calendar.timeline": "DateTable EdgeTable RollConvention Timeline",
    "_calendar.year": """
        CLOSED_BY_CLOSURE CLOSED_BY_EXCEPTION collect_year DayMark default_year HOLIDAY
        hours_text MAKE_UP_DAY mark_of special_dates SPECIAL_HOURS SPECIAL_MARKS WEEKEND
    """,
    "_policy.agreement_checks": "currency_of",
    "_policy.agreements": """
        Availability Claim Credit describe_exclusion Duty END_OF_PERIOD Exclusion
        exclusion_reason IfFewer maintenance_calendar Objective Penalty ROLLING
        Settlement share_of
    """,
    "_policy.attribute_tests": """
        ANY AnyOf AttributeTest compile_when CompiledGroup CompiledTest CompiledTests
        describe_when leaves NOT
        NotAll single_tests SingleTest TagsTest Test When
    """,
    "_policy.attributes": "Attribute key_of_value plain_value restricted Value value_text",
    "_policy.calendars": "CalendarByField",
    "_policy.conditions": "Clause Condition OWN_FIELDS",
    "_policy.coverage": "Coverage NOT_COVERED read_bound supported",
    "_policy.data": "meaning_of PolicyData",
    "_policy.deadlines": """
        Alarm Deadline Deadlines DeadlineTexts describe_coverage describe_reason
        describe_threshold Explanation NOT_BEGUN NOTHING Promise
    """,
    "_policy.duty_dates": "add_months DutyDates NO_ANCHOR",
    "_policy.matching": "FieldNames MatchedRow Matcher one_slip plain_name",
    "_policy.money": "half_up Money percent percent_text percent_texts",
    "_policy.policy": "check_policy Policy",
    "_policy.receipts": "CutOffs DAY_KINDS RECEIVED receipt_unpublished_from",
    "_policy.records": """
        Adjustment CappedPause field_of_date Metric Precondition Refusal Row Target
    """,
    "_policy.representatives": "OTHER representatives",
    "_policy.semantics": "Semantics",
    "_policy.target_time": "Combined describe_time PATTERN Roll Within",
    "_policy.tickets": "MatchedTicket Receipt",
    "_policy.value_sets": """
        is_pattern Number NumberSet read_number read_range read_tags TagSet TextSet
    """,
    "_policy.warnings": "Warning_",
    "_clock.audit": "Proof release Verification",
    "_clock.clauses": """
        CompiledClause field_text FieldGroup FieldSet FieldTests FieldText names_range text_of
    """,
    "_clock.clock": "check_clock Clock open_clock progress_of replay",
    "_clock.compiled_metrics": "CompiledMetrics has_capped_pauses is_default START STOP",
    "_clock.cycles": "Cycle Move Pause pauses_until Phase Signal TargetPeriod",
    "_clock.declared_fields": "DeclaredFields",
    "_clock.evaluation": "Evaluator TargetClock",
    "_clock.events": "CHANGED CREATED Event instant_of OVERRIDDEN thawed VOCABULARY",
    "_clock.ledger": """
        ClockLedger cycle_stretches split_by_state stretches time_spent TimeSpent
    """,
    "_clock.policy_diff": "describe_differences difference_sentences diff PolicyDiff",
    "_clock.policy_store": "DueMove Effect effect_of PolicyStore",
    "_clock.state_machine": "describe_pause Machine MetricState Moves TicketState",
    "_clock.states": "NO_FIGURE NOT_COVERED PAST_DUE PAST_LIMIT PHASE_BITS STATE_TABLE STATES",
    "_clock.trace": "changes_text event_text held_text result_text Trace TraceRow",
    "_clock.status": """
        Change ClockSummary cycle_of CycleStatus DueOverride evaluator_of
        result_of Status
    """,
    "_clock.vocabulary": "Vocabulary VocabularyEntry vocabulary_of",
    "_records.lengths": "check_lease LEASE PUT_OFF retry_after wall_length",
    "_records.policies": "open_stored",
    "_records.recording": "Recording",
    "_records.rows": "columns_of outbox_of",
    "_lint.findings": "counts_text Finding",
    "_lint.linter": "Findings lint tried_text",
    "_html.calendar": "calendar_html",
    "_html.clock": "clock_html",
    "_html.deadlines": "deadlines_html",
    "_html.findings": "findings_html",
    "_html.ledger": "ledger_html",
    "_html.markup": "Cell el quiet replace_invalid table title view",
    "_html.policy": "policy_html",
    "_html.status": "cycle_html status_html",
    "_html.trace": "trace_html",
    "_columns.arithmetic": "Arrays Integers Work",
    "_columns.calls": "Errors VerbCall",
    "_columns.categories": "Codes decode encode EncodedColumn",
    "_columns.expressions": "over_expressions",
    "_columns.frames": "Advice columns_advice concat Frame resize take to_list value_order",
    "_columns.input": """
        check_choice holds_dates Instants read_dates read_instant read_instants read_lengths
        read_names UNREADABLE
    """,
    "_columns.kernel": "BEYOND chunks MISSING",
    "_columns.native": "is_column TimeUnit",
    "_columns.output": "finest_unit OutputType",
    "_columns.zones": "first_readings readings",
    "_bulk.evaluation": "FIELDS",
    "_bulk.event_logs": """
        Answer answer_table AT CodedColumn codes_of first_met has_types is_name read_log
        TICKET tickets_in TYPE
    """,
    "_bulk.event_orders": "ColumnMachine ENDS",
    "_bulk.groups": "CodeCombiner RowErrors",
    "_bulk.log_cycles": "Openings",
    "_bulk.replay": "plan replay ticket_events",
    "_bulk.tickets": "deadlines deadlines_with evaluate evaluate_with TicketColumns",
    "_bulk.time_by": "OWN_COLUMNS time_by TIMES",
    "_bulk.versions": "versions_of",
    "_sql.dialects": "Dialect",
    "_sql.policy_query": "PolicyQuery",
    "_sql.promises": "promises_of",
    "_sql.pieces": "Piece pieces WorkingDate working_dates",
    "_sql.query": """
        after_work after_working_days before_work constant DAYS dialect_of Query table_names
        type_name work_until
    """,
    "_report.answers": "Answers DECIDED EXCLUDED OPEN STATE_CODES wall_readings WITHOUT_STATE",
    "_report.attainment": """
        attainment COUNT_COLUMNS metrics_of OBJECTIVE OBJECTIVE_NAME SHARE_COLUMNS
    """,
    "_report.breach_times": "breaches PARTS TimeParts",
    "_report.comparison": "compare Comparison",
    "_report.counting": "add_codes Counter",
    "_report.objectives": "kept_with_few share_text",
    "_report.page": "goal_text page render",
    "_report.periods": "first_day Period period_numbers",
    "_report.row_errors": "ErrorKinds MOST_SHOWN",
    "_report.ticket_attributes": """
        all_attributes read_attributes ReadOptions with_attributes
    """,
    "_plot.attainment": "attainment",
    "_plot.backlog": "backlog",
    "_plot.breaches": "breaches",
    "_plot.calendar": "calendar",
    "_plot.margin": "margin",
    "_plot.ticket": "ticket",
    "_plot.times": "time_by",
    "_files.atomic": "Outputs stoppable Stopped",
    "_files.columns": "columns_option JobOptions",
    "_files.jobs": "* read_columns read_table WholeFile",
    "_files.opening": "open_input",
    "_files.reading": "FOR_EXCEL FileFormat InputFile",
    "_files.results": "Outcome ResultFiles",
    "_files.summary": "usual_groups",
    "_files.time_forms": """
        check_pattern describe_proposal FileError LENGTH_UNITS parse_time propose_forms
        WHOLE_DAY
    """,
    "_files.workers": "available_cores Workers",
    "_cli.init_command": "*",
    "_cli.output": "JobStopped printable said UsageError",
    "_cli.policy_commands": "fault_line",
    "_cli.program": "Command Group Jobs Program",
    "_report.evaluated_table": "EvaluatedTable kind_of",
    "_report.objective_tickets": "COUNTS ObjectiveMatcher TimedPolicy",
    "_contract.duties": "Duties duties DutyPeriod",
    "_contract.penalties": "Penalties penalties PenaltyEvent",
    "_contract.costs": "compare_costs CostLine Costs",
    "_contract.credits": "CreditItem CreditLine Miss Reduction SettledCredits",
    "_contract.statement": "statement",
    "_contract.statement_lines": "Evidence Excluded Statement StatementLine",
    "_contract.objectives": "ObjectiveMiss ObjectiveReport ObjectiveResult objectives",
    "_contract.availability": "availability AvailabilityReport AvailabilityResult Outage",
    "_contract.tables": "FaultyRow UnknownName",
    "_report.page_content": "Share",
    "_report.page_data": "PageOptions",
    "_contract.objective_counts": "FaultyTicket",
    "_adapters.checking": "* Unmet",
    "_adapters.comparison": "compare Difference ProductCycle",
    "_adapters.labels": "first follow_labels follow_member last Membership OWN_FIELDS",
    "_adapters.log_builder": "LogBuilder",
    "_adapters.payloads": "in_order Node rank",
    "_adapters.sources": """
        AGENT Agents as_they_are CANCELLED CLOSED CUSTOMER MESSAGE_FIELDS Names OPEN Reader RESOLVED
        Source stage_by_status SYSTEM UNKNOWN unread_field Values
    """,
    "_adapters.ticket_logs": "read_many TicketLog",
}
