//! What is refused and what is only warned of: every reason is reached here.

use std::collections::{BTreeMap, BTreeSet};

use docket_domain::decide::{REASONS, WARNINGS};
use docket_domain::event::{Fact, InspectionStep, InstrumentStep, Issue, ObligationStep, Successor};
use docket_domain::terms::{CodeScheme, DeliveryKind, EndedHow, Grade, InspectionKind, InstrumentKind};

use crate::given::*;
use crate::{plans, providers};

const STANDARD: InspectionKind = InspectionKind::IlacsStandard;
const NOTICE: InstrumentKind = InstrumentKind::ImprovementNotice;

/// The reason for which it is refused, given, when.
type Refused = (&'static str, Vec<Happening>, Happening);

const KEY: &str = "ilacs-2019-01-14";

fn inspected(grade: Grade) -> Vec<Happening> {
    let mut given = vec![registered()];
    given.extend(ilacs(KEY, "2019-01-14", "2019-05-17", grade));
    given
}

fn under_notice() -> Vec<Happening> {
    vec![registered(), issued("notice-1", NOTICE, "2022-08-05")]
}

fn refused_of_authorities() -> Vec<Refused> {
    let delivery = || Fact::DeliveryStarted {
        arrangement: "trust".parse().unwrap(),
        body: "Trust".into(),
        kind: DeliveryKind::Trust,
        basis: None,
        also_serves: vec![],
    };
    let trust_ended = Fact::DeliveryEnded { arrangement: "trust".parse().unwrap() };
    let code = Fact::CodeChanged { scheme: CodeScheme::Gss, old: "E1".into(), new: "E2".into() };
    vec![
        ("AUTHORITY_NOT_REGISTERED", vec![], issued("notice-1", NOTICE, "2022-08-05")),
        ("AUTHORITY_ALREADY_REGISTERED", vec![registered()], registered()),
        ("CODE_NOT_HELD", vec![registered()], (on("2020-01-01"), code)),
        (
            "ARRANGEMENT_ALREADY_STARTED",
            vec![registered(), (on("2020-01-01"), delivery())],
            (on("2021-01-01"), delivery()),
        ),
        ("ARRANGEMENT_UNKNOWN", vec![registered()], (on("2021-01-01"), trust_ended)),
    ]
}

fn refused_of_inspections() -> Vec<Refused> {
    let revised = |kind, old, new| InspectionStep::JudgementRevised { kind, old, new };
    let overall = [(OverallEffectiveness, Good)];
    let visit = InspectionKind::FocusedVisit;
    let begun = |first| vec![registered(), fieldwork("i", STANDARD, first)];
    let adequate = [(OverallEffectiveness, Grade::Adequate)];
    let never_made = revised(docket_domain::terms::JudgementKind::Safeguarding, Good, Good);
    let discharged = InspectionStep::PriorityActionDischarged { reference: None };
    vec![
        ("KIND_CONTRADICTED", inspected(Inadequate), published(KEY, InspectionKind::Sif, "2019-06-01")),
        ("UNGRADED_KIND", vec![registered()], judged("v", visit, "2019-06-01", &overall)),
        ("JUDGEMENT_OUTSIDE_FRAMEWORK", begun("2026-04-27"), judged("i", STANDARD, "2026-06-17", &overall)),
        ("GRADE_OUTSIDE_FRAMEWORK", begun("2023-04-27"), judged("i", STANDARD, "2023-06-17", &adequate)),
        ("JUDGEMENTS_ALREADY_MADE", inspected(Inadequate), judged(KEY, STANDARD, "2019-06-01", &overall)),
        ("JUDGEMENT_NEVER_MADE", inspected(Inadequate), inspection(KEY, "2020-01-01", never_made)),
        (
            "OLD_GRADE_DIFFERS",
            inspected(Inadequate),
            inspection(KEY, "2020-01-01", revised(OverallEffectiveness, Good, Outstanding)),
        ),
        (
            "REPORT_NOT_PUBLISHED",
            vec![registered()],
            inspection("i", "2020-01-01", InspectionStep::Withdrawn),
        ),
        ("PRIORITY_ACTION_NEVER_RAISED", inspected(Inadequate), inspection(KEY, "2020-01-01", discharged)),
    ]
}

fn refused_of_instruments_and_plans() -> Vec<Refused> {
    let mut ended_notice = under_notice();
    ended_notice.push(ended("notice-1", EndedHow::Lifted, "2023-01-01"));
    let under_itself = Issue { under: Some("c".parse().unwrap()), ..issue(InstrumentKind::Commissioner) };
    let opened = || ObligationStep::Opened {
        kind: docket_domain::terms::ObligationKind::Other,
        domain: docket_domain::terms::ServiceDomain::Send,
        what: String::new(),
        obligor: None,
        due: on("2022-01-05"),
        legal_basis: String::new(),
    };
    vec![
        ("END_BEFORE_START", under_notice(), ended("notice-1", EndedHow::Lifted, "2022-08-04")),
        ("INSTRUMENT_ALREADY_ISSUED", under_notice(), issued("notice-1", NOTICE, "2023-08-05")),
        ("INSTRUMENT_NEVER_ISSUED", vec![registered()], ended("notice-1", EndedHow::Lifted, "2022-08-04")),
        ("INSTRUMENT_ALREADY_ENDED", ended_notice, ended("notice-1", EndedHow::Revoked, "2023-02-01")),
        (
            "REPLACES_ITSELF",
            vec![registered()],
            instrument("c", "2022-08-05", InstrumentStep::Issued(under_itself)),
        ),
        ("WRONG_WAY_TO_END", under_notice(), ended("notice-1", EndedHow::Ended, "2023-02-01")),
        (
            "OBLIGATION_ALREADY_OPENED",
            vec![registered(), obligation("plan", "2022-01-01", opened())],
            obligation("plan", "2022-01-02", opened()),
        ),
        (
            "OBLIGATION_UNKNOWN",
            vec![registered()],
            obligation("plan", "2022-01-02", ObligationStep::Submitted),
        ),
    ]
}

fn confirmed(event: u64) -> Happening {
    (on("2022-10-01"), Fact::Confirmed { events: vec![id(event)] })
}

fn refused_of_corrections() -> Vec<Refused> {
    let mut voided_notice = under_notice();
    voided_notice.push(voided(2, "2022-09-01"));
    let lifted = ended("notice-1", EndedHow::Lifted, "2023-01-01");
    let as_it_is = issued("notice-1", NOTICE, "2022-08-05");
    vec![
        ("EVENT_UNKNOWN", vec![registered()], voided(77, "2022-01-01")),
        ("EVENT_ALREADY_VOIDED", voided_notice.clone(), voided(2, "2022-10-01")),
        ("META_OF_META", voided_notice.clone(), corrected(3, "2022-10-01", as_it_is.clone())),
        ("EVENT_UNKNOWN", vec![registered()], confirmed(77)),
        ("EVENT_ALREADY_VOIDED", voided_notice.clone(), confirmed(2)),
        ("META_OF_META", voided_notice.clone(), confirmed(3)),
        ("CORRECTION_CHANGES_KIND", under_notice(), corrected(2, "2023-01-01", lifted)),
        (
            "MERGE_OF_DIFFERENT_KINDS",
            under_notice(),
            (on("2023-01-01"), Fact::Merged { event: id(2), duplicate_of: id(1) }),
        ),
    ]
}

fn refusals() -> Vec<Refused> {
    [
        refused_of_authorities(),
        refused_of_inspections(),
        refused_of_instruments_and_plans(),
        plans::refused(),
        refused_of_corrections(),
    ]
    .concat()
}

/// Refusals that need more than the stream of one authority.
fn refusals_across_streams() -> Vec<(&'static str, Vec<(&'static str, Happening)>)> {
    let holiday =
        || (on("2022-01-01"), Fact::HolidayDeclared { date: day("2022-09-19"), title: String::new() });
    let succeeded = |to: &str| {
        let successors =
            vec![Successor { authority: to.parse().unwrap(), obligations: vec![], instruments: vec![] }];
        (on("2021-04-01"), Fact::AuthoritySucceeded { successors })
    };
    let received = (
        on("2021-04-01"),
        Fact::SuccessionReceived {
            predecessors: vec!["hull".parse().unwrap()],
            obligations: vec![],
            instruments: vec![],
        },
    );
    vec![
        ("CODE_TAKEN", vec![("west", registered_as("E06000010"))]),
        ("HOLIDAY_ALREADY_DECLARED", vec![("calendar", holiday()), ("calendar", holiday())]),
        ("SUSPENSION_ALREADY_BEGUN", vec![("ofsted", suspended()), ("ofsted", suspended())]),
        ("SUSPENSION_UNKNOWN", vec![("ofsted", resumed("2021-06-28"))]),
        (
            "SUSPENSION_ALREADY_ENDED",
            vec![
                ("ofsted", suspended()),
                ("ofsted", resumed("2021-06-28")),
                ("ofsted", resumed("2021-06-29")),
            ],
        ),
        ("EXEMPTION_ALREADY_USED", vec![("hull", exempted("2020-05-01")), ("hull", exempted("2020-06-01"))]),
        ("CONCERN_ALREADY_RECEIVED", vec![("hull", concern("2020-05-01")), ("hull", concern("2020-06-01"))]),
        ("END_BEFORE_START", vec![("ofsted", suspended()), ("ofsted", resumed("2020-03-16"))]),
        ("SUCCESSION_INCOMPLETE", vec![("hull", succeeded("nowhere"))]),
        (
            "ALREADY_SUCCEEDED",
            vec![
                ("east", registered_as("E2")),
                ("hull", succeeded("east")),
                ("east", received),
                ("hull", succeeded("east")),
            ],
        ),
    ]
}

fn is_in(all: &[(&str, &str)], reason: &str) -> bool {
    all.iter().any(|(known, _)| *known == reason)
}

#[test]
fn every_reason_to_refuse_is_reached() {
    let mut reached = BTreeSet::new();
    for (reason, given, when) in refusals() {
        let refused = offer(given, vec![when]).expect_err(reason);
        assert!(refused.iter().any(|refusal| refusal.reason == reason), "{reason}: {refused:?}");
        reached.insert(reason);
    }
    for (reason, when) in refusals_across_streams() {
        let refused = offer_to(BTreeMap::from([("hull", vec![registered()])]), when).expect_err(reason);
        assert!(refused.iter().any(|refusal| refusal.reason == reason), "{reason}: {refused:?}");
        reached.insert(reason);
    }
    reached.extend(providers::reached().into_iter().filter(|reached| is_in(REASONS, reached)));
    let all: BTreeSet<&str> = REASONS.iter().map(|(reason, _)| *reason).collect();
    assert_eq!(reached, all);
}

#[test]
fn every_reason_to_warn_is_reached_and_none_of_them_blocks() {
    let closed = || {
        let successors = vec![];
        vec![registered(), (on("2021-04-01"), Fact::AuthoritySucceeded { successors })]
    };
    let due = |due: &str| ObligationStep::DueStated { due: on(due) };
    let limited = [(OverallEffectiveness, RequiresImprovement), (HelpAndProtection, Inadequate)];
    let commissioner = || issued("c", InstrumentKind::Commissioner, "2022-01-01");
    let report = InstrumentStep::ReportReceived { report: "first".into() };
    let mut cases: Vec<Refused> = vec![
        ("DATE_UNKNOWN", vec![registered()], issued("n", NOTICE, "")),
        ("EXEMPTION_NOT_IN_FORCE", vec![registered()], exempted("2020-09-25")),
        ("BEFORE_REGISTRATION", vec![registered()], issued("n", NOTICE, "2008-06-01")),
        ("AFTER_CLOSURE", closed(), issued("n", NOTICE, "2022-06-01")),
        (
            "FRAMEWORK_UNDETERMINED",
            vec![registered()],
            judged("i", STANDARD, "2023-01-05", &[(OverallEffectiveness, Good)]),
        ),
        (
            "JUDGEMENTS_INCOMPLETE",
            vec![registered(), fieldwork("i", STANDARD, "2019-01-14")],
            judged("i", STANDARD, "2019-03-05", &[(OverallEffectiveness, Good)]),
        ),
        (
            "OVERALL_NOT_LIMITED",
            vec![registered(), fieldwork("i", STANDARD, "2019-01-14")],
            judged("i", STANDARD, "2019-03-05", &limited),
        ),
        (
            "MONITORING_WITHOUT_INADEQUATE",
            inspected(Good),
            fieldwork("m", InspectionKind::MonitoringVisit, "2020-01-05"),
        ),
        (
            "OTHER_INSTRUMENT_IN_FORCE",
            vec![registered(), issued("a", NOTICE, "2022-01-01")],
            issued("b", NOTICE, "2022-05-01"),
        ),
        ("REPORT_NOT_ASKED_FOR", vec![registered(), commissioner()], instrument("c", "2022-04-01", report)),
        (
            "PLAN_BEFORE_TRIGGER",
            vec![registered()],
            obligation("ilacs-2022-01-01/written-statement", "2022-04-01", ObligationStep::Submitted),
        ),
        (
            "DUE_ON_WEEKEND",
            vec![registered()],
            obligation("jtai-1/jtai-statement", "2022-04-01", due("2024-03-09")),
        ),
    ];
    let kinds = [OverallEffectiveness, Leaders, HelpAndProtection, ChildrenInCareAndCareLeavers]
        .map(|kind| (kind, Good));
    cases.push(("JUDGEMENTS_REPEATED", inspected(Good), judged(KEY, STANDARD, "2019-05-17", &kinds)));
    cases.push(("POSSIBLE_DUPLICATE", inspected(Good), published("ilacs-2", STANDARD, "2019-05-17")));
    let as_it_is = issued("notice-1", NOTICE, "2022-08-05");
    cases.push(("CORRECTION_CHANGES_NO_ANSWER", under_notice(), corrected(2, "2023-01-01", as_it_is)));
    cases.extend(plans::warned());
    let mut reached = BTreeSet::new();
    for (reason, given, when) in cases {
        let warnings = offer(given, vec![when]).expect(reason);
        assert!(warnings[0].iter().any(|warning| warning.reason == reason), "{reason}: {warnings:?}");
        reached.insert(reason);
    }
    reached.extend(providers::reached().into_iter().filter(|reached| is_in(WARNINGS, reached)));
    let all: BTreeSet<&str> = WARNINGS.iter().map(|(reason, _)| *reason).collect();
    assert_eq!(reached, all);
}

#[test]
fn a_monitoring_visit_after_an_inadequate_inspection_is_not_unusual() {
    let mut given = vec![registered()];
    given.extend(ilacs("ilacs-2019-01-14", "2019-01-14", "2019-05-17", Inadequate));
    let visit = fieldwork("m", InspectionKind::MonitoringVisit, "2019-11-05");
    assert_eq!(offer(given, vec![visit]).unwrap(), [vec![]]);
}

#[test]
fn a_request_is_decided_as_a_whole_with_its_earlier_events_in_place() {
    let when = vec![
        issued("notice-1", NOTICE, "2022-08-05"),
        ended("notice-1", EndedHow::Lifted, "2023-08-05"),
        ended("notice-2", EndedHow::Lifted, "2023-08-05"),
        issued("notice-1", NOTICE, "2024-08-05"),
    ];
    let refused = offer(vec![registered()], when).unwrap_err();
    let at: Vec<_> = refused.iter().map(|refusal| (refusal.index, refusal.reason)).collect();
    assert_eq!(at, [(2, "INSTRUMENT_NEVER_ISSUED"), (3, "INSTRUMENT_ALREADY_ISSUED")]);
}

#[test]
fn a_direction_that_is_revoked_on_the_day_a_notice_replaces_it_is_accepted() {
    let given = vec![registered(), issued("direction-1", InstrumentKind::Direction, "2020-03-16")];
    let when = vec![
        replacing("notice-1", NOTICE, "2022-08-05", "direction-1"),
        ended("direction-1", EndedHow::Revoked, "2022-08-05"),
        instrument("direction-1", "2022-08-05", InstrumentStep::Replaced { by: "notice-1".parse().unwrap() }),
    ];
    assert_eq!(offer(given, when).unwrap(), [vec![], vec![], vec![]]);
}

#[test]
fn a_correction_is_judged_as_if_the_error_had_never_been_recorded() {
    let mut given = vec![registered()];
    given.extend(ilacs("ilacs-2023-11-06", "2023-11-06", "2023-12-15", Good));
    let kind = InspectionKind::IlacsStandard;
    let right = judged("ilacs-2023-11-06", kind, "2023-12-15", &[(CareLeavers, RequiresImprovement)]);
    assert!(offer(given.clone(), vec![corrected(4, "2025-09-25", right)]).is_ok());
    let impossible = judged("ilacs-2023-11-06", kind, "2023-12-15", &[(CareLeavers, Grade::Adequate)]);
    let refused = offer(given, vec![corrected(4, "2025-09-25", impossible)]).unwrap_err();
    assert_eq!(refused[0].reason, "GRADE_OUTSIDE_FRAMEWORK");
}

#[test]
fn corrections_that_are_right_only_together_are_accepted_together() {
    let given = inspected(Good);
    let short = InspectionKind::IlacsShort;
    let grades = [(OverallEffectiveness, Good)];
    let when = vec![
        corrected(2, "2025-09-25", fieldwork(KEY, short, "2019-01-14")),
        corrected(3, "2025-09-25", published(KEY, short, "2019-05-17")),
        corrected(4, "2025-09-25", judged(KEY, short, "2019-05-17", &grades)),
    ];
    assert!(offer(given.clone(), when.clone()).is_ok());
    let alone = offer(given, vec![when[0].clone()]).unwrap_err();
    assert_eq!(alone[0].reason, "KIND_CONTRADICTED");
}

#[test]
fn what_passes_on_is_listed_alike_on_both_sides() {
    let key = || "notice-1".parse().unwrap();
    let sides = |listed: bool| {
        let carried = docket_domain::event::CarriedInstrument {
            instrument: key(),
            kind: NOTICE,
            domain: docket_domain::terms::ServiceDomain::ChildrensSocialCare,
            from: "hull".parse().unwrap(),
            issued: on("2022-08-05"),
        };
        let instruments = if listed { vec![key()] } else { vec![] };
        let successors =
            vec![Successor { authority: "east".parse().unwrap(), obligations: vec![], instruments }];
        let received = Fact::SuccessionReceived {
            predecessors: vec!["hull".parse().unwrap()],
            obligations: vec![],
            instruments: vec![carried],
        };
        vec![
            ("hull", (on("2023-04-01"), Fact::AuthoritySucceeded { successors })),
            ("east", (on("2023-04-01"), received)),
        ]
    };
    let given = || BTreeMap::from([("hull", under_notice()), ("east", vec![registered_as("E2")])]);
    assert!(offer_to(given(), sides(true)).is_ok());
    assert_eq!(offer_to(given(), sides(false)).unwrap_err()[0].reason, "SUCCESSION_INCOMPLETE");
}
