//! A framework that is made up, added as ARCHITECTURE.md says: a member of the enumeration, a row for its days, a row for what it judges. No
//! other line of the rules knows of it, and here is its scenario.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use jiff::Timestamp;
use jiff::civil::date;

use super::{Follows, ILACS_KINDS, Judged, Row, WITH_ADEQUATE};
use crate::cited::Mark;
use crate::date::{Date, PartialDate};
use crate::decide::{Refusal, decide};
use crate::event::{DateRange, Fact, Fieldwork, InspectionStep, Judgement, Proposal, Recorded, Registration};
use crate::national::National;
use crate::register::Register;
use crate::status::{AsOf, AuthorityStatus};
use crate::terms::{
    AuthorityKind, Basis, CodeScheme, Framework, Grade, InspectionKind, JudgementKind, PathwayState, View,
};
use crate::{EventId, Position, Revision, StreamId, answer, why};

pub(super) const ROW: Row = Row {
    kinds: ILACS_KINDS,
    from: Some(date(2090, 1, 1)),
    until: None,
    framework: Framework::MadeUp,
    source: "made up for this test",
    mark: Mark::Recalled,
};

pub(super) const JUDGED: Judged = Judged {
    framework: Framework::MadeUp,
    judgements: &[
        JudgementKind::Leaders,
        JudgementKind::HelpAndProtection,
        JudgementKind::ChildrenInCare,
        JudgementKind::CareLeavers,
        JudgementKind::Safeguarding,
    ],
    also_carries: &[],
    grades: WITH_ADEQUATE,
    limiting: &[],
    pathway: Follows::LeadersAndPractice,
    source: "made up for this test",
    mark: Mark::Recalled,
};

const KEY: &str = "ilacs-2090-02-06";
const KIND: InspectionKind = InspectionKind::IlacsStandard;
const ALL_GOOD: [(JudgementKind, Grade); 5] = [
    (JudgementKind::Leaders, Grade::Good),
    (JudgementKind::HelpAndProtection, Grade::Good),
    (JudgementKind::ChildrenInCare, Grade::Good),
    (JudgementKind::CareLeavers, Grade::Adequate),
    (JudgementKind::Safeguarding, Grade::Outstanding),
];

fn step(day: Date, step: InspectionStep) -> (Date, Fact) {
    (day, Fact::Inspection { inspection: KEY.parse().unwrap(), step })
}

fn judged(grades: &[(JudgementKind, Grade)]) -> (Date, Fact) {
    let one = |&(kind, grade): &(JudgementKind, Grade)| Judgement { kind, grade, raw_text: String::new() };
    let judgements = grades.iter().map(one).collect();
    step(date(2090, 3, 10), InspectionStep::JudgementsMade { kind: KIND, judgements })
}

/// An authority, and an inspection whose fieldwork began under the made-up framework.
fn history(first_day: Date, more: Vec<(Date, Fact)>) -> Vec<Recorded> {
    let registration = Registration {
        name: "Hull".into(),
        official_name: "Hull City Council".into(),
        kind: AuthorityKind::Unitary,
        region: String::new(),
        codes: vec![(CodeScheme::Gss, "E06000010".into())],
        aliases: vec![],
    };
    let ranges = vec![DateRange { first: first_day.into(), last: first_day.into() }];
    let fieldwork =
        Fieldwork { kind: KIND, ranges, theme: String::new(), sequence_number: 0, unpublished: false };
    let begun = [
        (date(2009, 1, 1), Fact::AuthorityRegistered(registration)),
        step(first_day, InspectionStep::Fieldwork(fieldwork)),
    ];
    let numbered = begun.into_iter().chain(more).zip(1_u64..);
    let recorded = numbered.map(|((day, fact), number)| Recorded {
        position: Position(number),
        revision: Revision(number),
        recorded_at: Timestamp::UNIX_EPOCH,
        id: EventId(u128::from(number).to_be_bytes()),
        happened_on: PartialDate::Day(day),
        published: None,
        fact,
    });
    recorded.collect()
}

fn ask(history: &[Recorded]) -> AuthorityStatus {
    let as_of = AsOf {
        effective: date(2090, 5, 1),
        today: date(2090, 5, 1),
        known_position: Position(100),
        known_at: "2090-05-01T12:00:00Z".parse().unwrap(),
        basis: Basis::Published,
        view: View::Public,
    };
    let events = history.iter().map(|event| ("hull".parse().unwrap(), event.clone()));
    let register = Register::fold(events);
    let authority = register.get(&"hull".parse().unwrap()).unwrap().reference(as_of.effective);
    answer::status(authority, history, &National::default(), as_of)
}

fn offer(first_day: Date, fact: (Date, Fact)) -> Result<(), Vec<Refusal>> {
    let stream: StreamId = "authority/hull".parse().unwrap();
    let history = history(first_day, vec![]);
    let register = Register::fold(history.iter().map(|event| ("hull".parse().unwrap(), event.clone())));
    let (happened_on, fact) = (PartialDate::Day(fact.0), fact.1);
    let offered = [(stream.clone(), Proposal { id: EventId([9; 16]), happened_on, published: None, fact })];
    decide(&offered, &BTreeMap::from([(stream, history)]), &register).map(|_| ())
}

#[test]
fn an_inspection_under_a_new_framework_is_judged_by_its_own_table() {
    let under = date(2090, 2, 6);
    assert_eq!(offer(under, judged(&ALL_GOOD)), Ok(()));
    let reasons = |fact, first_day| -> Vec<&str> {
        offer(first_day, fact).unwrap_err().iter().map(|refusal| refusal.reason).collect()
    };
    let overall = [(JudgementKind::OverallEffectiveness, Grade::Good)];
    assert_eq!(reasons(judged(&overall), under), ["JUDGEMENT_OUTSIDE_FRAMEWORK"]);
    // A day earlier it would have been inspected by the framework before, which has neither this judgement nor this grade.
    let before = reasons(judged(&ALL_GOOD), date(2089, 12, 31));
    assert_eq!(before, ["GRADE_OUTSIDE_FRAMEWORK", "JUDGEMENT_OUTSIDE_FRAMEWORK"]);
}

#[test]
fn an_answer_under_a_new_framework_has_its_judgements_its_pathway_and_its_source() {
    let published = step(date(2090, 3, 10), InspectionStep::Published { kind: KIND });
    let history = history(date(2090, 2, 6), vec![judged(&ALL_GOOD), published]);
    let answer = ask(&history);
    let profile = answer.profile.as_ref().unwrap();
    assert_eq!(profile.framework, Some(Framework::MadeUp));
    let grades: Vec<_> = profile.grades.iter().map(|grade| (grade.kind, grade.grade)).collect();
    // Overall effectiveness stands first in every profile, and is not applicable here.
    assert_eq!(grades[0], (JudgementKind::OverallEffectiveness, Grade::NotApplicable));
    assert_eq!(grades[1..], ALL_GOOD);
    assert_eq!(answer.pathway.state, PathwayState::Short);
    let steps = why::steps(&answer, &history, &[]);
    let of = |field: &str| steps.iter().find(|step| step.field == field).unwrap();
    let framework = of("inspections[ilacs-2090-02-06].framework");
    assert!(framework.rules.iter().any(|rule| rule.source == ROW.source), "{framework:?}");
    assert_eq!(
        framework.otherwise.last().unwrap(),
        "ilacs_2026, if its fieldwork had begun on or after 2026-04-01 and before 2090-01-01"
    );
    let pathway = of("pathway.state").otherwise.join("; ");
    assert!(pathway.contains("standard, if leaders were adequate"), "{pathway}");
}
