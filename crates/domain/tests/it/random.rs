//! Histories that nobody would think of: folding never fails, and what happens later changes no earlier day.

use std::collections::BTreeSet;

use docket_domain::ahead::{PlanEntry, plan};
use docket_domain::date::PartialDate;
use docket_domain::event::{
    ActionProgress, Fact, InspectionStep, InstrumentStep, Issue, LookedAt, ObligationStep, Party, PlanAction,
    PlanStep, Recorded,
};
use docket_domain::id::InspectionKey;
use docket_domain::intervals::intervals;
use docket_domain::plans::{Which, action_plan};
use docket_domain::status::AsOf;
use docket_domain::terms::{
    ActionState, Basis, EndedHow, ExistenceState, Grade, IndicatorKind, InspectionKind, InstrumentKind,
    JudgementKind, PlanReviewOutcome, ServiceDomain, View,
};

use docket_domain::{answer, why};

use crate::given::*;
use crate::plans;

const HISTORIES: u64 = 400;
const EVENTS: u64 = 44;

/// A sequence that its seed decides.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        let place = usize::try_from(self.roll(of.len() as u64)).unwrap();
        of.get(place).unwrap().clone()
    }

    fn date(&mut self) -> PartialDate {
        let (year, month, day) = (2017 + self.roll(9), 1 + self.roll(12), 1 + self.roll(28));
        match self.roll(12) {
            0 => on(""),
            1 => on(&format!("{year}")),
            2 => on(&format!("{year}-{month}")),
            _ => on(&format!("{year}-{month}-{day}")),
        }
    }

    fn inspection_step(&mut self) -> InspectionStep {
        let kind = self.one(InspectionKind::ALL);
        let text = String::from("1");
        match self.roll(20) {
            0 => InspectionStep::Notified { kind, planned: self.date() },
            1 => InspectionStep::Deferred,
            2 => InspectionStep::Paused,
            3 => InspectionStep::Resumed,
            4 => InspectionStep::DraftIssued,
            5 => InspectionStep::ComplaintMade,
            6 | 7 => InspectionStep::Received,
            8 | 9 => InspectionStep::Published { kind },
            10 => InspectionStep::Withdrawn,
            11 => InspectionStep::Republished,
            12 => InspectionStep::PriorityActionRaised {
                reference: text,
                text: String::new(),
                domain: ServiceDomain::Send,
            },
            13 => InspectionStep::PriorityActionDischarged { reference: None },
            14 => InspectionStep::StatementDetermined { required: self.roll(2) == 0, obligor: None },
            15 => InspectionStep::PublishedByAuthority,
            16 => InspectionStep::JudgementRevised {
                kind: self.one(JudgementKind::ALL),
                old: self.one(Grade::ALL),
                new: self.one(Grade::ALL),
            },
            17 => InspectionStep::AreaForImprovement { reference: text, text: String::new() },
            18 => InspectionStep::LookedAt {
                plan: format!("inspection-{}/written-statement", self.roll(5)).parse().unwrap(),
                looked_at: LookedAt {
                    findings: vec![text.clone()],
                    actions: vec![text],
                    progress_seen: String::new(),
                },
            },
            _ => InspectionStep::AdditionalEvidence { ranges: vec![] },
        }
    }

    fn obligation_step(&mut self) -> ObligationStep {
        match self.roll(12) {
            9.. => ObligationStep::Plan(self.plan_step()),
            0 => ObligationStep::DueStated { due: self.date() },
            1 => ObligationStep::DraftSubmitted,
            2 => ObligationStep::Submitted,
            3 => ObligationStep::Published,
            4 => ObligationStep::Reviewed { outcome: self.one(PlanReviewOutcome::ALL) },
            5 => ObligationStep::Waived,
            6 => ObligationStep::Transferred { to: Party { name: "x".into(), authority: None } },
            7 => ObligationStep::Superseded,
            _ => ObligationStep::Met,
        }
    }

    fn plan_step(&mut self) -> PlanStep {
        let reference = String::from("1");
        let action = PlanAction {
            reference: reference.clone(),
            text: String::new(),
            answers: vec![self.roll(3).to_string()],
            owner_role: String::new(),
            measure: String::new(),
            milestones: vec![],
            due: self.date(),
        };
        match self.roll(4) {
            0 => PlanStep::ActionSet(action),
            1 => PlanStep::ActionChanged(action),
            2 => PlanStep::ProgressReported(vec![ActionProgress {
                reference,
                state: self.one(ActionState::ALL),
                text: String::new(),
                evidence: vec![],
                milestones_met: vec![],
            }]),
            _ => PlanStep::FindingReviewed {
                reference,
                outcome: self.one(PlanReviewOutcome::ALL),
                text: String::new(),
            },
        }
    }

    fn instrument_step(&mut self) -> InstrumentStep {
        let key = |number: u64| format!("instrument-{number}").parse().ok();
        match self.roll(8) {
            0..4 => InstrumentStep::Issued(Issue {
                domain: self.one(ServiceDomain::ALL),
                term_end: self.date(),
                report_due: self.date(),
                triggers: vec![format!("inspection-{}", self.roll(5)).parse().unwrap()],
                replaces: key(self.roll(6)),
                under: key(self.roll(6)),
                ..issue(self.one(InstrumentKind::ALL))
            }),
            4 => InstrumentStep::Ended(self.one(EndedHow::ALL)),
            5 => InstrumentStep::Replaced { by: key(self.roll(6)).unwrap() },
            6 => InstrumentStep::ReviewHeld { next_due: self.date() },
            _ => InstrumentStep::ReportReceived { report: "first".into() },
        }
    }

    fn fact(&mut self, recorded_before: u64) -> Fact {
        let inspection = format!("inspection-{}", self.roll(5));
        match self.roll(14) {
            13 => Fact::Confirmed { events: vec![id(1 + self.roll(recorded_before.max(1)))] },
            12 => plans::indicator(IndicatorKind::Caseload, "1", "2019", "2019").1,
            0 => Fact::Voided { event: id(1 + self.roll(recorded_before.max(1))) },
            1 => Fact::AuthoritySucceeded { successors: vec![] },
            2 | 3 => {
                let kind = self.one(&[
                    InspectionKind::IlacsStandard,
                    InspectionKind::Sif,
                    InspectionKind::MonitoringVisit,
                ]);
                let grades = [(OverallEffectiveness, self.one(Grade::ALL)), (Leaders, self.one(Grade::ALL))];
                judged(&inspection, kind, "2020-01-01", &grades).1
            }
            4 => fieldwork(&inspection, self.one(InspectionKind::ALL), "2019-05-05").1,
            5 => {
                let word = self.one(&["written-statement", "jtai-statement", "other"]);
                Fact::Obligation {
                    obligation: format!("{inspection}/{word}").parse().unwrap(),
                    step: self.obligation_step(),
                }
            }
            6..9 => Fact::Instrument {
                instrument: format!("instrument-{}", self.roll(6)).parse().unwrap(),
                step: self.instrument_step(),
            },
            _ => Fact::Inspection { inspection: inspection.parse().unwrap(), step: self.inspection_step() },
        }
    }

    fn history(&mut self) -> Vec<Recorded> {
        let mut happenings = vec![registered()];
        for recorded_before in 0..EVENTS {
            happenings.push((self.date(), self.fact(recorded_before)));
        }
        let mut history = recorded(happenings);
        for event in &mut history {
            let is_of_instrument = matches!(event.fact, Fact::Instrument { .. });
            let named = is_of_instrument && self.roll(3) == 0;
            event.published = named.then(|| self.date()).filter(|day| *day != PartialDate::Unknown);
        }
        history
    }
}

fn questions(dice: &mut Dice) -> AsOf {
    let day = format!("{}-{:02}-{:02}", 2017 + dice.roll(10), 1 + dice.roll(12), 1 + dice.roll(28));
    AsOf { view: dice.one(View::ALL), ..as_of(&day) }
}

#[test]
fn folding_never_fails_and_the_same_question_has_the_same_answer() {
    for seed in 0..HISTORIES {
        let mut dice = Dice(seed);
        let history = dice.history();
        for basis in Basis::ALL {
            let question = AsOf { basis: *basis, ..questions(&mut dice) };
            let answer = ask(&history, question);
            assert_eq!(answer, ask(&history, question), "seed {seed}");
            let numbers: Vec<u32> = answer.cases.iter().map(|case| case.number).collect();
            assert!(numbers.iter().copied().eq(1..=u32::try_from(numbers.len()).unwrap()), "seed {seed}");
        }
    }
}

fn published_on_an_unknown_day(event: &Recorded) -> Option<&InspectionKey> {
    match &event.fact {
        Fact::Inspection { inspection, step: InspectionStep::Published { .. } } => {
            (event.happened_on == PartialDate::Unknown).then_some(inspection)
        }
        _ => None,
    }
}

#[test]
fn what_surely_happened_later_changes_no_earlier_answer() {
    for seed in 0..HISTORIES {
        let mut dice = Dice(seed);
        let history = dice.history();
        let question = questions(&mut dice);
        // Voids and judgements count by other dates than their own; that an inspection begins, or a report is received, says of a publication
        // of an unknown day that it comes after.
        let undated: BTreeSet<&InspectionKey> =
            history.iter().filter_map(published_on_an_unknown_day).collect();
        let is_later = |event: &Recorded| {
            let by_own_date = match &event.fact {
                Fact::Voided { .. }
                | Fact::Inspection { step: InspectionStep::JudgementsMade { .. }, .. } => false,
                Fact::Inspection {
                    inspection,
                    step: InspectionStep::Fieldwork(_) | InspectionStep::Received,
                } => !undated.contains(inspection),
                _ => true,
            };
            by_own_date && event.happened_on.earliest().is_some_and(|day| question.effective < day)
        };
        let without_later: Vec<Recorded> = history.iter().filter(|event| !is_later(event)).cloned().collect();
        assert_eq!(ask(&history, question), ask(&without_later, question), "seed {seed}, {question:?}");
        let calendar = calendar(vec![]);
        let [all, without] =
            [&history, &without_later].map(|history| intervals(history, &calendar, question));
        assert_eq!(all, without, "seed {seed}, {question:?}");
    }
}

#[test]
fn that_another_document_agrees_changes_no_answer() {
    let mut confirmed = 0;
    for (seed, history, question) in asked_often() {
        let is_confirmation = |event: &&Recorded| matches!(event.fact, Fact::Confirmed { .. });
        confirmed += history.iter().filter(is_confirmation).count();
        let without: Vec<Recorded> =
            history.iter().filter(|event| !is_confirmation(event)).cloned().collect();
        assert_eq!(ask(&history, question), ask(&without, question), "seed {seed}, {question:?}");
    }
    assert!(1_000 < confirmed, "{confirmed}");
}

/// Each history with several questions.
fn asked_often() -> impl Iterator<Item = (u64, Vec<Recorded>, AsOf)> {
    (0..HISTORIES).flat_map(|seed| {
        let mut dice = Dice(seed);
        let history = dice.history();
        (0..8).map(move |_| (seed, history.clone(), questions(&mut dice)))
    })
}

#[test]
fn a_plan_has_everything_that_the_status_says_comes_next_in_order_of_its_days() {
    let mut entries = 0;
    for (seed, history, question) in asked_often() {
        let status = ask(&history, question);
        let plan = plan(&status, &calendar(vec![]).into());
        entries += plan.len();
        assert!(plan.is_sorted_by_key(|entry| (entry.days.is_none(), entry.days)), "seed {seed}");
        if status.existence.state != ExistenceState::Exists {
            assert_eq!(plan, [], "seed {seed}");
            continue;
        }
        for next in &status.next_due {
            let is_it = |entry: &&PlanEntry| {
                (&entry.obligation, &entry.instrument) == (&next.obligation, &next.instrument)
            };
            let [entry] = plan.iter().filter(is_it).collect::<Vec<_>>()[..] else {
                panic!("seed {seed}: {next:?} stands in the plan once")
            };
            let last = if entry.middle.is_some() { entry.middle } else { entry.days.map(|days| days.last) };
            assert_eq!(last, Some(next.due), "seed {seed}, {}", next.what);
            // Which inspection it is rests on the pathway, too.
            let is_inspection = entry.kind == Some(docket_domain::terms::ObligationKind::NextInspection);
            let of_pathway = status.pathway.rests_on.iter().filter(|_| is_inspection);
            let mut rests_on = next.rests_on.clone();
            rests_on.extend(of_pathway.filter(|id| !next.rests_on.contains(id)));
            assert_eq!((&entry.rests_on, entry.nature), (&rests_on, next.nature), "seed {seed}");
        }
    }
    assert!(1_000 < entries, "{entries}");
}

#[test]
fn intervals_are_as_long_as_from_one_day_to_the_other_and_rest_on_events() {
    let mut counted = 0;
    for (seed, history, question) in asked_often() {
        for interval in intervals(&history, &calendar(vec![]), question) {
            assert!(interval.rests_on.iter().all(|id| history.iter().any(|event| event.id == *id)));
            let (from, to) = (interval.begins.on.day(), interval.ends.on.day());
            let Ok(length) = interval.length else { continue };
            counted += 1;
            assert!(!interval.rests_on.is_empty(), "seed {seed}: {interval:?}");
            assert_eq!(length.days, (to.unwrap() - from.unwrap()).get_days(), "seed {seed}");
            // Whatever the measure, nothing ends after the day asked.
            assert!(to.unwrap() <= question.effective, "seed {seed}: {interval:?}");
        }
    }
    assert!(1_000 < counted, "{counted}");
}

#[test]
fn what_is_withheld_changes_no_answer_and_is_behind_none() {
    let mut withheld_events = 0;
    for seed in 0..HISTORIES {
        let mut dice = Dice(seed);
        let history = dice.history();
        // By the other basis an answer looks back, and tells of a publication that was to come.
        for _ in 0..2 {
            let question = AsOf { basis: Basis::Published, ..questions(&mut dice) };
            let withheld = answer::withheld(&history, question.asked());
            let shown: Vec<Recorded> =
                history.iter().filter(|event| !withheld.contains(&event.id)).cloned().collect();
            let at = format!("seed {seed}, {question:?}");
            let answer = ask(&history, question);
            assert_eq!(answer, ask(&shown, question), "{at}");
            for step in why::steps(&answer, &history, &[]) {
                assert!(step.rests_on.iter().all(|id| !withheld.contains(id)), "{at}: {step:?}");
            }
            withheld_events += withheld.len();
        }
    }
    assert!(1_000 < withheld_events, "{withheld_events}");
}

#[test]
fn what_stands_in_a_plan_and_indicators_change_no_status() {
    let mut left_out = 0;
    for (seed, history, question) in asked_often() {
        let is_beside = |event: &&Recorded| {
            matches!(event.fact, Fact::Obligation { step: ObligationStep::Plan(_), .. } | Fact::Indicator(_))
        };
        let without: Vec<Recorded> = history.iter().filter(|event| !is_beside(event)).cloned().collect();
        left_out += history.len() - without.len();
        assert_eq!(ask(&history, question), ask(&without, question), "seed {seed}, {question:?}");
    }
    assert!(1_000 < left_out, "{left_out}");
}

#[test]
fn a_plan_rests_on_events_that_are_not_withheld_and_says_the_same_without_those_that_are() {
    let mut told = 0;
    for (seed, history, question) in asked_often() {
        let question = AsOf { basis: Basis::Published, ..question };
        let withheld = answer::withheld(&history, question.asked());
        let shown: Vec<Recorded> =
            history.iter().filter(|event| !withheld.contains(&event.id)).cloned().collect();
        let plan = |history: &[Recorded]| {
            let authority = ask(history, question).authority;
            action_plan(authority, history, &calendar(vec![]).into(), question, &Which::Last)
        };
        let answer = plan(&history);
        assert_eq!(answer, plan(&shown), "seed {seed}, {question:?}");
        let Some(answer) = answer else { continue };
        let findings = answer.findings.iter().map(|finding| &finding.rests_on);
        let actions = answer.actions.iter().map(|action| &action.rests_on);
        for rests_on in findings.chain(actions) {
            told += 1;
            assert!(!rests_on.is_empty() && rests_on.iter().all(|id| !withheld.contains(id)), "seed {seed}");
        }
    }
    assert!(100 < told, "{told}");
}
