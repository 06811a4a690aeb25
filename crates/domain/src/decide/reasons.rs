//! Every reason to refuse and every reason to warn, with what it means; docs/errors.md lists them too, held by a test.

/// Reasons to refuse.
pub const REASONS: &[(&str, &str)] = &[
    ("AUTHORITY_NOT_REGISTERED", "The stream's authority is not registered."),
    ("AUTHORITY_ALREADY_REGISTERED", "The stream's authority is registered already."),
    ("CODE_NOT_HELD", "The old code was never a code of this authority."),
    ("CODE_TAKEN", "The code is in use for another authority."),
    ("ALREADY_SUCCEEDED", "The authority was succeeded already."),
    (
        "SUCCESSION_INCOMPLETE",
        "A succession is recorded on both sides in one request, between registered authorities.",
    ),
    ("ARRANGEMENT_ALREADY_STARTED", "A delivery arrangement of this key is recorded already."),
    ("ARRANGEMENT_UNKNOWN", "No delivery arrangement of this key ever started."),
    ("KIND_CONTRADICTED", "The inspection is recorded as one of another kind."),
    ("UNGRADED_KIND", "An inspection of this kind gives no grades."),
    ("JUDGEMENT_OUTSIDE_FRAMEWORK", "The framework of the inspection has no such judgement."),
    ("GRADE_OUTSIDE_FRAMEWORK", "The framework of the inspection has no such grade."),
    ("JUDGEMENTS_ALREADY_MADE", "The judgements of the inspection are recorded already."),
    ("JUDGEMENT_NEVER_MADE", "The inspection made no such judgement."),
    ("OLD_GRADE_DIFFERS", "The judgement stands at another grade than the one said to be revised."),
    ("REPORT_NOT_PUBLISHED", "No report of the inspection was published."),
    ("PRIORITY_ACTION_NEVER_RAISED", "The inspection raised no such area for priority action."),
    ("END_BEFORE_START", "Something would end, or be published, before it began."),
    ("INSTRUMENT_ALREADY_ISSUED", "An instrument or appointment of this key is recorded already."),
    ("INSTRUMENT_NEVER_ISSUED", "No instrument or appointment of this key was ever issued to the authority."),
    ("INSTRUMENT_ALREADY_ENDED", "The instrument ended already."),
    ("REPLACES_ITSELF", "An instrument names itself as the one it replaces or stands under."),
    ("WRONG_WAY_TO_END", "This kind of instrument does not end in this way."),
    ("OBLIGATION_ALREADY_OPENED", "An obligation of this key is recorded already."),
    ("OBLIGATION_UNKNOWN", "No rule and no document opens an obligation of this key."),
    ("HOLIDAY_ALREADY_DECLARED", "The day is declared a bank holiday already."),
    ("EVENT_UNKNOWN", "The event named is not in this stream."),
    ("EVENT_ALREADY_VOIDED", "The event named counts no more already."),
    ("META_OF_META", "Voids, merges and corrections are voided, not corrected."),
    ("CORRECTION_CHANGES_KIND", "The replacement is of another kind of event."),
    ("MERGE_OF_DIFFERENT_KINDS", "The event merged and the one it repeats are of different kinds."),
];

/// Reasons to warn.
pub const WARNINGS: &[(&str, &str)] = &[
    ("DATE_UNKNOWN", "Nothing is known of the day on which it happened."),
    ("BEFORE_REGISTRATION", "It happened before the authority existed, as far as the register knows."),
    ("AFTER_CLOSURE", "It happened after the authority was abolished."),
    ("FRAMEWORK_UNDETERMINED", "The first day of fieldwork is not known, so the framework is not."),
    ("JUDGEMENTS_INCOMPLETE", "The framework has judgements that were not given."),
    ("OVERALL_NOT_LIMITED", "A practice or key judgement is inadequate and overall effectiveness is not."),
    ("JUDGEMENTS_REPEATED", "The same judgements of the inspection are recorded already."),
    ("POSSIBLE_DUPLICATE", "Another inspection of the same family was published on the same day."),
    (
        "MONITORING_WITHOUT_INADEQUATE",
        "A monitoring visit where the last graded inspection was not inadequate.",
    ),
    (
        "OTHER_INSTRUMENT_IN_FORCE",
        "Another notice or direction over the same services is in force and not replaced.",
    ),
    ("REPORT_NOT_ASKED_FOR", "A commissioner's report that nothing recorded says was due."),
    ("PLAN_BEFORE_TRIGGER", "A step of a plan before the report that asks for it."),
    ("DUE_ON_WEEKEND", "A due date that is no weekday."),
    ("CORRECTION_CHANGES_NO_ANSWER", "A correction of something that no answer rests on."),
];
