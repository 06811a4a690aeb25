//! Regulated providers: what a history of one says on a day, and what of it is refused.

use std::collections::BTreeMap;

use docket_domain::event::{ComplianceStep, Fact, InspectionStep, Measure, MeasureStep, ProviderDetails};
use docket_domain::providers::{self, status::ProviderStatus};
use docket_domain::status::Obligation;
use docket_domain::terms::{
    AppealOutcome, Basis, ComplianceOutcome, DecisionOutcome, Grade, InspectionKind, JudgementKind,
    MeasureKind, MeasureStage, ObligationState, ProposalKind, ProviderKind, RegistrationEnd,
    RegistrationState, Standing, View,
};

use crate::given::*;

const HOME: &str = "SC012345";
const FULL: InspectionKind = InspectionKind::ProviderFull;

/// A children's home, registered in 2018.
pub(crate) fn home() -> Happening {
    provider_of(ProviderKind::ChildrensHome)
}

pub(crate) fn provider_of(kind: ProviderKind) -> Happening {
    let details =
        ProviderDetails { kind: Some(kind), owner: "Care Ltd".into(), ..ProviderDetails::default() };
    (on("2018-03-01"), Fact::ProviderRegistered(details))
}

pub(crate) fn full(key: &str, first: &str, out: &str, grades: [Grade; 3]) -> Vec<Happening> {
    use JudgementKind as J;
    let kinds = [J::OverallExperiencesAndProgress, J::HelpedAndProtected, J::LeadersAndManagers];
    let grades: Vec<_> = kinds.into_iter().zip(grades).collect();
    vec![fieldwork(key, FULL, first), published(key, FULL, out), judged(key, FULL, out, &grades)]
}

pub(crate) fn measure(key: &str, when: &str, step: MeasureStep) -> Happening {
    (on(when), Fact::Measure { measure: key.parse().unwrap(), step })
}

pub(crate) fn served(kind: MeasureKind) -> Measure {
    Measure {
        kind,
        text: String::new(),
        steps: vec![],
        end: on(""),
        proposal: (kind == MeasureKind::Proposal).then_some(ProposalKind::Cancel),
        urgent: false,
        under: None,
    }
}

fn imposed(key: &str, kind: MeasureKind, when: &str) -> Happening {
    measure(key, when, MeasureStep::Served(served(kind)))
}

fn notice(when: &str, due: &str) -> Happening {
    let step = ComplianceStep { reference: "1".into(), text: String::new(), due: on(due) };
    measure(
        "n",
        when,
        MeasureStep::Served(Measure { steps: vec![step], ..served(MeasureKind::ComplianceNotice) }),
    )
}

fn requirement(key: &str, when: &str, due: &str) -> Happening {
    let made = InspectionStep::RequirementMade {
        reference: "1".into(),
        text: "Keep children safe.".into(),
        regulation: "Regulation 12".into(),
        due: on(due),
    };
    inspection(key, when, made)
}

pub(crate) fn on_the_day(effective: &str, happenings: Vec<Happening>) -> ProviderStatus {
    let history = recorded(happenings);
    let calendar = calendar(vec![]);
    providers::status(HOME.parse().unwrap(), &history, &calendar.into(), as_of(effective))
}

pub(crate) fn owed<'s>(status: &'s ProviderStatus, key: &str) -> &'s Obligation {
    let found = status.obligations.iter().find(|obligation| obligation.obligation.as_str() == key);
    found.unwrap_or_else(|| panic!("{key} is none of {:?}", status.obligations))
}

pub(crate) fn state(happenings: &[Happening], effective: &str, key: &str) -> ObligationState {
    owed(&on_the_day(effective, happenings.to_vec()), key).state
}

#[test]
fn a_profile_is_that_of_the_last_full_inspection_and_an_interim_one_stands_beside_it() {
    let mut given = vec![home()];
    given.extend(full("full-2019-05-14", "2019-05-14", "2019-06-20", [Good, Good, Good]));
    let interim = InspectionKind::ProviderInterim;
    let declined = [(JudgementKind::InterimEffectiveness, Grade::DeclinedEffectiveness)];
    given.push(fieldwork("interim-2020-01-07", interim, "2020-01-07"));
    given.push(published("interim-2020-01-07", interim, "2020-02-01"));
    given.push(judged("interim-2020-01-07", interim, "2020-02-01", &declined));

    let before = on_the_day("2020-01-31", given.clone());
    assert_eq!((before.interim, before.profile.unwrap().grades[0].grade), (None, Good));
    let after = on_the_day("2020-02-01", given.clone());
    assert_eq!(after.profile.unwrap().inspection.as_str(), "full-2019-05-14");
    assert_eq!(after.interim.unwrap().grades[0].grade, Grade::DeclinedEffectiveness);

    given.extend(full("full-2021-06-08", "2021-06-08", "2021-07-01", [Inadequate, Inadequate, Inadequate]));
    let later = on_the_day("2021-07-01", given);
    assert_eq!((later.interim, later.profile.unwrap().grades.len()), (None, 3));
}

#[test]
fn grades_and_requirements_are_under_embargo_until_the_report_is_published() {
    let mut given = vec![home()];
    given.extend(full("full-2024-02-06", "2024-02-06", "2024-03-20", [Inadequate, Inadequate, Inadequate]));
    given.push(received("full-2024-02-06", "2024-02-28"));
    given.push(requirement("full-2024-02-06", "2024-02-07", "2024-03-15"));
    let public = on_the_day("2024-03-01", given.clone());
    assert_eq!((public.profile, public.requirements, public.obligations), (None, vec![], vec![]));
    let asked = docket_domain::status::AsOf {
        view: View::Restricted,
        basis: Basis::Published,
        ..as_of("2024-03-01")
    };
    let restricted =
        providers::status(HOME.parse().unwrap(), &recorded(given.clone()), &calendar(vec![]).into(), asked);
    assert_eq!((restricted.profile.unwrap().grades[0].grade, restricted.requirements.len()), (Inadequate, 1));
    let out = on_the_day("2024-03-20", given);
    assert_eq!(owed(&out, "full-2024-02-06/1/requirement").state, ObligationState::Overdue);
}

#[test]
fn a_requirement_is_met_on_its_day_or_late() {
    let mut given = vec![home()];
    given.extend(full("full-2024-02-06", "2024-02-06", "2024-03-01", [RequiresImprovement, Good, Good]));
    given.push(requirement("full-2024-02-06", "2024-02-07", "2024-03-15"));
    let met = InspectionStep::RequirementMet { reference: "1".into() };
    let key = "full-2024-02-06/1/requirement";
    assert_eq!(state(&given, "2024-03-15", key), ObligationState::Open);
    assert_eq!(state(&given, "2024-03-16", key), ObligationState::Overdue);
    given.push(inspection("full-2024-02-06", "2024-03-18", met));
    assert_eq!(state(&given, "2024-03-18", key), ObligationState::MetLate);
    assert_eq!(on_the_day("2024-03-18", given).requirements[0].met, Some(on("2024-03-18")));
}

#[test]
fn representations_may_be_made_for_28_days_and_an_appeal_for_28_days_after_the_decision() {
    let mut given = vec![home(), imposed("p", MeasureKind::Proposal, "2024-04-02")];
    assert_eq!(state(&given, "2024-04-30", "p/representations"), ObligationState::Open);
    assert_eq!(state(&given, "2024-05-01", "p/representations"), ObligationState::Lapsed);
    given.push(measure("p", "2024-04-25", MeasureStep::Representations));
    assert_eq!(state(&given, "2024-05-01", "p/representations"), ObligationState::Met);
    let adopted = MeasureStep::Decided { outcome: DecisionOutcome::Adopted };
    given.push(measure("p", "2024-05-20", adopted));
    assert_eq!(state(&given, "2024-06-17", "p/appeal"), ObligationState::Open);
    assert_eq!(state(&given, "2024-06-18", "p/appeal"), ObligationState::Lapsed);
    given.push(measure("p", "2024-06-10", MeasureStep::Appealed));
    let appealed = on_the_day("2024-06-18", given.clone());
    assert_eq!(owed(&appealed, "p/appeal").state, ObligationState::Met);
    assert_eq!(
        (appealed.measures[0].stage, appealed.measures[0].standing),
        (MeasureStage::Appealed, Standing::InForce)
    );
    let allowed = MeasureStep::Determined { outcome: AppealOutcome::Allowed };
    given.push(measure("p", "2024-09-02", allowed));
    let determined = &on_the_day("2024-09-02", given).measures[0];
    assert_eq!((determined.standing, determined.outcome.as_str()), (Standing::Ended, "appeal_allowed"));
}

#[test]
fn the_periods_of_a_provider_are_calendar_days_whatever_holidays_there_are() {
    let given = recorded(vec![home(), imposed("p", MeasureKind::Proposal, "2024-12-20")]);
    let holidays = calendar(vec![(
        on(""),
        Fact::HolidayDeclared { date: day("2024-12-25"), title: "Christmas Day".into() },
    )]);
    let status = providers::status(HOME.parse().unwrap(), &given, &holidays.into(), as_of("2025-01-01"));
    assert_eq!(owed(&status, "p/representations").due_computed, Some(day("2025-01-17")));
}

#[test]
fn a_decision_not_to_go_on_ends_a_proposal_and_opens_no_appeal() {
    let refused = MeasureStep::Decided { outcome: DecisionOutcome::NotAdopted };
    let given =
        vec![home(), imposed("p", MeasureKind::Proposal, "2024-04-02"), measure("p", "2024-04-20", refused)];
    let status = on_the_day("2024-04-20", given);
    assert_eq!(
        (status.measures[0].standing, status.measures[0].outcome.as_str()),
        (Standing::Ended, "decision_not_adopted")
    );
    assert_eq!(status.obligations, vec![]);
}

#[test]
fn a_compliance_notice_is_due_by_its_steps_and_a_visit_follows() {
    let mut given = vec![home(), notice("2024-02-12", "2024-03-11")];
    assert_eq!(state(&given, "2024-03-11", "n/1/compliance-step"), ObligationState::Open);
    assert_eq!(state(&given, "2024-03-12", "n/1/compliance-step"), ObligationState::Overdue);
    let status = on_the_day("2024-03-12", given.clone());
    // Five working days after Monday 11 March 2024.
    assert_eq!(owed(&status, "n/compliance-visit").due_computed, Some(day("2024-03-18")));
    given.push(measure("n", "2024-03-08", MeasureStep::StepMet { reference: None }));
    given.push(fieldwork("monitoring-2024-03-12", InspectionKind::ProviderMonitoringVisit, "2024-03-12"));
    let complied = MeasureStep::Closed { outcome: ComplianceOutcome::Complied };
    given.push(measure("n", "2024-03-12", complied));
    let closed = on_the_day("2024-03-12", given);
    assert_eq!(owed(&closed, "n/1/compliance-step").state, ObligationState::Met);
    assert_eq!(closed.measures[0].steps[0].met, Some(on("2024-03-08")));
    assert_eq!(
        (closed.measures[0].standing, closed.measures[0].outcome.as_str()),
        (Standing::Ended, "complied")
    );
}

#[test]
fn a_restriction_stands_through_its_last_day_or_until_it_is_lifted() {
    let restricted = |end: &str| {
        let restriction = Measure { end: on(end), ..served(MeasureKind::Restriction) };
        vec![home(), measure("r", "2024-02-12", MeasureStep::Served(restriction))]
    };
    let standing = |given: Vec<Happening>, day| on_the_day(day, given).measures[0].standing;
    assert_eq!(standing(restricted("2024-05-06"), "2024-05-06"), Standing::InForce);
    assert_eq!(standing(restricted("2024-05-06"), "2024-05-07"), Standing::Ended);
    assert_eq!(standing(restricted(""), "2026-01-01"), Standing::InForce);
    let mut lifted = restricted("2024-05-06");
    lifted.push(measure("r", "2024-03-14", MeasureStep::Lifted { kind: MeasureKind::Restriction }));
    assert_eq!(standing(lifted.clone(), "2024-03-13"), Standing::InForce);
    assert_eq!(standing(lifted, "2024-03-14"), Standing::Ended);
    let open = on_the_day("2024-03-01", restricted(""));
    assert_eq!(owed(&open, "r/restriction-review").due_computed, Some(day("2024-05-06")));
    let run_out = on_the_day("2025-01-01", restricted("2024-03-31"));
    assert_eq!((run_out.obligations, run_out.next_due), (vec![], vec![]));
}

#[test]
fn a_review_that_keeps_a_restriction_meets_the_one_expected_and_no_other_is_expected() {
    let mut given = vec![home(), imposed("r", MeasureKind::Restriction, "2024-02-12")];
    assert_eq!(state(&given, "2024-05-07", "r/restriction-review"), ObligationState::Overdue);
    given.push(measure("r", "2024-04-29", MeasureStep::Reviewed));
    let later = on_the_day("2025-02-12", given);
    let keys: Vec<&str> = later.obligations.iter().map(|owed| owed.obligation.as_str()).collect();
    assert_eq!((later.measures[0].standing, keys), (Standing::InForce, vec!["r/appeal"]));
}

#[test]
fn a_suspended_provider_is_registered_again_when_the_suspension_ends() {
    let suspension = Measure { end: on("2024-06-12"), ..served(MeasureKind::Suspension) };
    let mut given = vec![home(), measure("s", "2024-03-20", MeasureStep::Served(suspension))];
    let state = |given: &[Happening], day| on_the_day(day, given.to_vec()).registration.state;
    assert_eq!(state(&given, "2024-03-19"), RegistrationState::Registered);
    assert_eq!(state(&given, "2024-06-12"), RegistrationState::Suspended);
    assert_eq!(state(&given, "2024-06-13"), RegistrationState::Registered);
    given.push(measure("s", "2024-06-10", MeasureStep::Extended { end: on("2024-09-04") }));
    assert_eq!(state(&given, "2024-06-13"), RegistrationState::Suspended);
    assert_eq!(state(&given, "2024-09-05"), RegistrationState::Registered);
}

#[test]
fn a_cancelled_registration_ends_what_was_enforced_and_may_be_restored() {
    let cancelled = Fact::RegistrationCancelled { how: Some(RegistrationEnd::ByNotice) };
    let mut given =
        vec![home(), imposed("c", MeasureKind::Condition, "2024-05-20"), (on("2024-07-01"), cancelled)];
    let status = on_the_day("2024-07-01", given.clone());
    assert_eq!(status.registration.state, RegistrationState::Cancelled);
    assert_eq!(status.registration.how, Some(RegistrationEnd::ByNotice));
    assert_eq!(status.measures[0].standing, Standing::Ended);
    assert_eq!(on_the_day("2024-06-30", given.clone()).registration.state, RegistrationState::Registered);
    given.push((on("2024-09-02"), Fact::RegistrationRestored));
    assert_eq!(on_the_day("2024-09-02", given).registration.state, RegistrationState::Registered);
}

#[test]
fn inspectors_return_within_eight_weeks_to_a_home_judged_inadequate_and_not_to_an_agency() {
    let bad = full("full-2024-02-06", "2024-02-06", "2024-03-01", [Inadequate, Inadequate, Inadequate]);
    let given = |kind| [vec![provider_of(kind)], bad.clone()].concat();
    let key = "full-2024-02-06/return-after-inadequate";
    let at_home = on_the_day("2024-03-01", given(ProviderKind::ChildrensHome));
    assert_eq!(owed(&at_home, key).due_computed, Some(day("2024-04-02")));
    let agency = on_the_day("2024-03-01", given(ProviderKind::IndependentFosteringAgency));
    assert_eq!(agency.obligations, vec![]);
    let mut visited = given(ProviderKind::ChildrensHome);
    visited.push(fieldwork("monitoring-2024-03-19", InspectionKind::ProviderMonitoringVisit, "2024-03-19"));
    assert_eq!(on_the_day("2024-03-19", visited).obligations, vec![]);
}

#[test]
fn an_end_known_to_the_month_is_uncertain_in_it_and_sure_after_it() {
    let restriction = Measure { end: on("2024-03"), ..served(MeasureKind::Restriction) };
    let given = || vec![home(), measure("r", "2024-02-12", MeasureStep::Served(restriction.clone()))];
    let standing = |given: Vec<Happening>, day| on_the_day(day, given).measures[0].standing;
    assert_eq!(standing(given(), "2024-02-29"), Standing::InForce);
    assert_eq!(standing(given(), "2024-03-15"), Standing::Uncertain);
    assert_eq!(standing(given(), "2024-04-01"), Standing::Ended);
    // Lifted some day in 2024, and surely over by its own last day.
    let mut lifted = given();
    lifted.push(measure("r", "2024", MeasureStep::Lifted { kind: MeasureKind::Restriction }));
    assert_eq!(standing(lifted, "2024-04-01"), Standing::Ended);
    let mut cancelled = given();
    cancelled.push((on("2024-02"), Fact::RegistrationCancelled { how: None }));
    assert_eq!(standing(cancelled, "2024-03-01"), Standing::Ended);
}

#[test]
fn a_requirement_met_before_its_report_or_on_an_unknown_day_is_met_and_ends_with_the_report() {
    for when in ["2024-02-20", ""] {
        let mut given = vec![home()];
        given.extend(full("full-2024-02-06", "2024-02-06", "2024-03-01", [RequiresImprovement, Good, Good]));
        given.push(requirement("full-2024-02-06", "2024-02-21", "2024-03-15"));
        let met = InspectionStep::RequirementMet { reference: "1".into() };
        given.push(inspection("full-2024-02-06", when, met));
        assert_eq!(
            state(&given, "2024-03-20", "full-2024-02-06/1/requirement"),
            ObligationState::Met,
            "{when}"
        );
        given.push(inspection("full-2024-02-06", "2024-04-01", InspectionStep::Withdrawn));
        assert_eq!(on_the_day("2024-04-01", given).requirements, vec![]);
    }
}

#[test]
fn a_report_published_on_an_unknown_day_counts_from_its_inspection_on_as_uncertain() {
    let mut given = vec![home()];
    given.extend(full("full-2014-05-14", "2014-05-14", "", [Good, Good, Good]));
    assert_eq!(on_the_day("2014-05-13", given.clone()).profile, None);
    let profile = on_the_day("2014-05-14", given.clone()).profile.unwrap();
    assert_eq!((profile.grades[0].grade, profile.uncertain), (Good, true));
    given.extend(full("full-2013-02-06", "2013-02-06", "2013-03-01", [Inadequate, Inadequate, Inadequate]));
    let last = on_the_day("2016-01-01", given).profile.unwrap();
    assert_eq!(last.inspection.as_str(), "full-2014-05-14");
}

#[test]
fn a_provider_registered_on_an_unknown_day_is_not_registered_before_the_first_trace_of_it() {
    let registered = (on(""), home().1);
    let given = vec![registered, fieldwork("f", FULL, "2014-05-10")];
    let on_day = |day| on_the_day(day, given.clone()).registration;
    assert_eq!(
        (on_day("1990-01-01").state, on_day("1990-01-01").uncertain),
        (RegistrationState::NotYet, true)
    );
    assert_eq!(
        (on_day("2014-05-10").state, on_day("2014-05-10").uncertain),
        (RegistrationState::Registered, true)
    );
}

#[test]
fn a_return_is_expected_by_the_grades_that_stand() {
    let key = "full-2024-02-06/return-after-inadequate";
    let mut given = vec![home()];
    given.extend(full("full-2024-02-06", "2024-02-06", "2024-03-01", [RequiresImprovement, Good, Good]));
    let overall = JudgementKind::OverallExperiencesAndProgress;
    let revised = |old, new| InspectionStep::JudgementRevised { kind: overall, old, new };
    given.push(inspection("full-2024-02-06", "2024-03-10", revised(RequiresImprovement, Inadequate)));
    assert_eq!(on_the_day("2024-03-09", given.clone()).obligations, vec![]);
    assert_eq!(state(&given, "2024-03-10", key), ObligationState::Open);
    given.push(inspection("full-2024-02-06", "2024-03-20", InspectionStep::Withdrawn));
    assert_eq!(on_the_day("2024-03-20", given).obligations, vec![]);
}

#[test]
fn an_extension_may_be_recorded_after_the_suspension_was_lifted() {
    let given = || {
        vec![
            home(),
            imposed("s", MeasureKind::Suspension, "2024-01-10"),
            measure("s", "2024-05-01", MeasureStep::Lifted { kind: MeasureKind::Suspension }),
        ]
    };
    let extended = |when| measure("s", when, MeasureStep::Extended { end: on("2024-06-30") });
    assert!(offer_to(BTreeMap::from([(HOME, given())]), vec![(HOME, extended("2024-02-19"))]).is_ok());
    assert!(offer_to(BTreeMap::from([(HOME, given())]), vec![(HOME, extended("2024-05-02"))]).is_err());
}

type Case = (&'static str, &'static str, Vec<Happening>, Happening);

/// What is refused of a provider: the reason, the stream, what was recorded there, what is offered.
fn refusals() -> Vec<Case> {
    let lifted = |kind| measure("r", "2024-03-14", MeasureStep::Lifted { kind });
    let restriction = || vec![home(), imposed("r", MeasureKind::Restriction, "2024-02-12")];
    let met = |key| inspection(key, "2024-03-14", InspectionStep::RequirementMet { reference: "9".into() });
    let made = || requirement("full-2024-02-06", "2024-02-07", "2024-03-15");
    let unknown_step = MeasureStep::StepMet { reference: Some("9".into()) };
    let ended = [restriction(), vec![lifted(MeasureKind::Restriction)]].concat();
    let elsewhere =
        ProviderDetails { authority: Some("nowhere".parse().unwrap()), ..ProviderDetails::default() };
    vec![
        ("PROVIDER_NOT_REGISTERED", HOME, vec![], imposed("r", MeasureKind::Restriction, "2024-02-12")),
        ("PROVIDER_ALREADY_REGISTERED", HOME, vec![home()], home()),
        ("AUTHORITY_NOT_REGISTERED", HOME, vec![], (on("2018-03-01"), Fact::ProviderRegistered(elsewhere))),
        ("KIND_OF_OTHER_SUBJECT", HOME, vec![home()], fieldwork("i", InspectionKind::Ilacs, "2024-02-12")),
        ("KIND_OF_OTHER_SUBJECT", "hull", vec![registered()], fieldwork("i", FULL, "2024-02-12")),
        ("REGISTRATION_NOT_CANCELLED", HOME, vec![home()], (on("2024-02-12"), Fact::RegistrationRestored)),
        ("REQUIREMENT_ALREADY_MADE", HOME, vec![home(), made()], made()),
        ("REQUIREMENT_NEVER_MADE", HOME, vec![home(), made()], met("full-2024-02-06")),
        ("MEASURE_ALREADY_SERVED", HOME, restriction(), imposed("r", MeasureKind::Restriction, "2024-05-01")),
        ("MEASURE_NEVER_SERVED", HOME, vec![home()], lifted(MeasureKind::Restriction)),
        ("WRONG_STEP_OF_MEASURE", HOME, restriction(), lifted(MeasureKind::Suspension)),
        ("MEASURE_ALREADY_ENDED", HOME, ended.clone(), lifted(MeasureKind::Restriction)),
        ("MEASURE_ALREADY_ENDED", HOME, ended, measure("r", "2024-04-29", MeasureStep::Reviewed)),
        ("END_BEFORE_START", HOME, restriction(), measure("r", "2024-02-01", MeasureStep::Appealed)),
        (
            "MEASURE_STEP_UNKNOWN",
            HOME,
            vec![home(), notice("2024-02-12", "2024-03-11")],
            measure("n", "2024-03-14", unknown_step),
        ),
    ]
}

fn warnings() -> Vec<Case> {
    let agency = vec![provider_of(ProviderKind::IndependentFosteringAgency)];
    let school = vec![provider_of(ProviderKind::School)];
    let limited = [
        (JudgementKind::OverallExperiencesAndProgress, Good),
        (JudgementKind::HelpedAndProtected, Good),
        (JudgementKind::LeadersAndManagers, Inadequate),
    ];
    let begun = vec![home(), fieldwork("f", FULL, "2023-05-10")];
    vec![
        ("RESTRICTION_OF_OTHER_KIND", HOME, agency, imposed("r", MeasureKind::Restriction, "2024-02-12")),
        ("OVERALL_NOT_LIMITED", HOME, begun, judged("f", FULL, "2023-06-10", &limited)),
        ("KIND_OF_OTHER_PROVIDER", HOME, school, fieldwork("f", FULL, "2023-05-10")),
        ("BEFORE_REGISTRATION", HOME, vec![home()], fieldwork("f", FULL, "2017-05-10")),
    ]
}

/// The reasons for which these are refused, and those for which they are warned of; none where they are accepted as they are.
fn reasons_of((_, stream, given, when): Case) -> Vec<&'static str> {
    match offer_to(BTreeMap::from([(stream, given)]), vec![(stream, when)]) {
        Ok(warnings) => warnings.into_iter().flatten().map(|warning| warning.reason).collect(),
        Err(refusals) => refusals.into_iter().map(|refusal| refusal.reason).collect(),
    }
}

/// Every reason of the rules that is reached in a provider's stream.
pub(crate) fn reached() -> Vec<&'static str> {
    refusals().into_iter().chain(warnings()).flat_map(reasons_of).collect()
}

#[test]
fn what_cannot_be_of_a_provider_is_refused_for_its_own_reason_and_what_is_unusual_is_recorded() {
    for case in refusals() {
        let (reason, stream, given, when) = case.clone();
        assert!(reasons_of(case).contains(&reason), "{reason}");
        assert!(offer_to(BTreeMap::from([(stream, given)]), vec![(stream, when)]).is_err(), "{reason}");
    }
    for case in warnings() {
        let (reason, stream, given, when) = case.clone();
        assert!(reasons_of(case).contains(&reason), "{reason}");
        assert!(offer_to(BTreeMap::from([(stream, given)]), vec![(stream, when)]).is_ok(), "{reason}");
    }
}

#[test]
fn what_ofsted_published_against_its_own_limiting_rule_is_recorded_with_a_warning_and_before_april_2017_without()
 {
    let grades = [
        (JudgementKind::OverallExperiencesAndProgress, Grade::Adequate),
        (JudgementKind::HelpedAndProtected, Inadequate),
        (JudgementKind::LeadersAndManagers, Inadequate),
    ];
    let given = BTreeMap::from([(HOME, vec![home(), fieldwork("f", FULL, "2014-05-10")])]);
    let warned = offer_to(given, vec![(HOME, judged("f", FULL, "2014-06-10", &grades))]).unwrap();
    assert!(warned[0].iter().all(|warning| warning.reason != "OVERALL_NOT_LIMITED"), "{warned:?}");
}
