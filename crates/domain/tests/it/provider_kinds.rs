//! Regulated providers: what is published on an unknown day, and what hangs on the kind of provider.

use std::collections::BTreeMap;

use docket_domain::cited::Mark;
use docket_domain::event::{ComplianceStep, Fact, InspectionStep, Measure, MeasureStep};
use docket_domain::national::National;
use docket_domain::providers;
use docket_domain::terms::{
    DecisionOutcome, Framework, InspectionKind, InspectionState, MeasureKind, ObligationState, ProviderKind,
};

use crate::given::*;
use crate::providers::{full, home, measure, on_the_day, owed, provider_of, served, state};

#[test]
fn an_inspection_whose_report_came_out_on_an_unknown_day_is_published_and_not_certain() {
    let mut given = vec![home()];
    given.extend(full("full-2014-05-14", "2014-05-14", "", [Good, Good, Good]));
    let status = on_the_day("2016-01-01", given.clone());
    assert_eq!(status.inspections[0].state, InspectionState::Published);
    assert!(!status.uncertainties.is_empty());
    let history = recorded(given.clone());
    let steps = docket_domain::why::provider_steps(&status, &history, &[]);
    let step = steps.iter().find(|step| step.field == "inspections[full-2014-05-14].state").unwrap();
    assert!(step.because.contains("not known"), "{}", step.because);
    let otherwise = step.otherwise.join("; ");
    assert!(otherwise.contains("if its day were known"), "{otherwise}");
    assert!(!otherwise.contains("report_published"), "{otherwise}");
    given.push(inspection("full-2014-05-14", "2014-09-01", InspectionStep::Withdrawn));
    assert_eq!(on_the_day("2016-01-01", given).inspections[0].state, InspectionState::Withdrawn);
}

#[test]
fn a_national_suspension_concerns_the_kinds_of_provider_that_its_frameworks_are_for() {
    use ProviderKind as P;
    let suspended = |frameworks: Vec<Framework>, kind: P| {
        let (when, mut fact) = suspended();
        if let Fact::FrameworkSuspended(suspended) = &mut fact {
            suspended.frameworks = frameworks;
        }
        let national = National::fold(&recorded(vec![(when, fact)]));
        let history = recorded(vec![provider_of(kind)]);
        let status = providers::status("SC012345".parse().unwrap(), &history, &national, as_of("2020-06-01"));
        status.suspensions.len()
    };
    let social_care = || vec![Framework::Sccif, Framework::ProviderInterim];
    for kind in [P::ChildrensHome, P::IndependentFosteringAgency, P::BoardingSchool] {
        assert_eq!(suspended(social_care(), kind), 1, "{kind:?}");
    }
    for kind in [P::EarlyYearsSetting, P::School, P::College, P::Cafcass, P::SecureTrainingCentre] {
        assert_eq!(suspended(social_care(), kind), 0, "{kind:?}");
    }
    assert_eq!(suspended(vec![Framework::EarlyYears], P::EarlyYearsSetting), 1);
    assert_eq!(suspended(vec![Framework::Ilacs2018], P::ChildrensHome), 0);
}

#[test]
fn an_inspection_that_is_not_made_of_this_kind_of_provider_is_warned_of_once() {
    let warned = |given: Vec<Happening>, when: Happening| {
        let offered = offer_to(BTreeMap::from([("SC012345", given)]), vec![("SC012345", when)]);
        let warnings = offered.unwrap().into_iter().flatten();
        warnings.filter(|warning| warning.reason == "KIND_OF_OTHER_PROVIDER").count()
    };
    let school = || vec![provider_of(ProviderKind::School)];
    let full = || fieldwork("f", InspectionKind::ProviderFull, "2023-05-10");
    assert_eq!(warned(school(), full()), 1);
    let out = published("f", InspectionKind::ProviderFull, "2023-06-10");
    assert_eq!(warned([school(), vec![full()]].concat(), out), 0, "it was said before");
    assert_eq!(warned(school(), fieldwork("s", InspectionKind::School, "2023-05-10")), 0);
    assert_eq!(warned(vec![home()], full()), 0);
}

#[test]
fn what_a_measure_stands_under_hangs_on_what_the_provider_is_registered_for() {
    use MeasureKind as M;
    use ProviderKind as P;
    let basis = |provider: P, kind: M, urgent: bool, when: &str| {
        let served = MeasureStep::Served(Measure { urgent, end: on("2024-06-30"), ..served(kind) });
        let status = on_the_day("2024-05-01", vec![provider_of(provider), measure("m", when, served)]);
        let step = format!("measures[{}].standing", status.measures[0].measure);
        let steps = docket_domain::why::provider_steps(&status, &[], &[]);
        assert!(steps.iter().flat_map(|step| &step.rules).all(|rule| !rule.source.is_empty()), "{steps:?}");
        let step = steps.into_iter().find(|one| one.field == step).unwrap();
        let source = status.measures[0].legal_basis;
        assert_eq!(step.rules.iter().any(|rule| rule.source == source), !source.is_empty(), "{step:?}");
        source
    };
    let day = "2024-04-02";
    assert_eq!(basis(P::ChildrensHome, M::Suspension, false, day), "Care Standards Act 2000 s.14A");
    assert_eq!(basis(P::SupportedAccommodation, M::Suspension, true, day), "Care Standards Act 2000 s.20B");
    let early = |kind, urgent| basis(P::EarlyYearsSetting, kind, urgent, day);
    assert_eq!(early(M::Suspension, false), "Childcare Act 2006 s.69; SI 2008/976 regs 8 to 10");
    assert_eq!(early(M::Suspension, true), early(M::Suspension, false));
    assert_eq!(early(M::Proposal, false), "Childcare Act 2006 s.73");
    assert_eq!(early(M::UrgentOrder, false), "Childcare Act 2006 s.72");
    assert!(early(M::Condition, false).contains("not read"));
    // What nobody read is not said: notices of early years, what was served before the registers, and whoever is registered under neither Act.
    assert_eq!(early(M::ComplianceNotice, false), "");
    assert_eq!(basis(P::EarlyYearsSetting, M::Suspension, false, "2008-08-31"), "");
    assert_eq!(basis(P::EarlyYearsSetting, M::Suspension, false, ""), early(M::Suspension, false));
    assert_eq!(basis(P::School, M::Suspension, false, day), "");
    assert_eq!(basis(P::BoardingSchool, M::Restriction, false, day), "");
}

#[test]
fn a_restriction_may_be_appealed_for_28_days_while_it_stands() {
    let notice = MeasureStep::Served(Measure { end: on("2024-04-30"), ..served(MeasureKind::Restriction) });
    let mut given = vec![home(), measure("r", "2024-02-12", notice)];
    let open = on_the_day("2024-03-11", given.clone());
    let right = owed(&open, "r/appeal");
    assert_eq!((right.state, right.due_computed), (ObligationState::Open, Some(day("2024-03-11"))));
    assert_eq!((right.mark, right.days_overdue), (Some(Mark::Secondary), 0));
    let history = recorded(given.clone());
    let steps = docket_domain::why::provider_steps(&open, &history, &[]);
    let trigger = steps.iter().find(|step| step.field == "obligations[r/appeal].trigger_date").unwrap();
    assert_eq!(trigger.because, "day 0 is the day of service of the notice restricting accommodation");
    assert_eq!(state(&given, "2024-03-12", "r/appeal"), ObligationState::Lapsed);
    assert_eq!(on_the_day("2024-05-01", given.clone()).obligations, []);
    given.push(measure("r", "2024-03-04", MeasureStep::Appealed));
    assert_eq!(state(&given, "2024-03-12", "r/appeal"), ObligationState::Met);
}

#[test]
fn an_early_years_setting_objects_within_14_days_and_appeals_by_its_own_periods() {
    let early = || (on("2003-01-06"), provider_of(ProviderKind::EarlyYearsSetting).1);
    let imposed = |kind, when: &str| measure("m", when, MeasureStep::Served(served(kind)));
    let proposed = vec![early(), imposed(MeasureKind::Proposal, "2024-04-02")];
    // The fourteenth day, the day of the notice being the first.
    let right = on_the_day("2024-04-02", proposed.clone());
    let right = owed(&right, "m/representations");
    assert_eq!((right.due_computed, right.mark), (Some(day("2024-04-15")), Some(Mark::Reading)));
    let mut decided = proposed;
    decided.push(measure("m", "2024-05-01", MeasureStep::Decided { outcome: DecisionOutcome::Adopted }));
    let right = on_the_day("2024-05-01", decided);
    assert_eq!(owed(&right, "m/appeal").due_computed, Some(day("2024-05-29")));

    // Ten working days in the text that was read; of the one since no period was.
    let suspended = |when: &str| vec![early(), imposed(MeasureKind::Suspension, when)];
    let of = |when: &str| {
        let status = on_the_day(when, suspended(when));
        let right = owed(&status, "m/appeal").clone();
        (right.due_computed, right.mark, right.state)
    };
    assert_eq!(of("2009-08-21"), (Some(day("2009-09-04")), Some(Mark::Verified), ObligationState::Open));
    assert_eq!(of("2024-04-02"), (None, Some(Mark::Recalled), ObligationState::Open));
    // That a suspension goes on may be appealed too.
    let mut extended = suspended("2009-07-01");
    extended.push(measure("m", "2009-08-12", MeasureStep::Extended { end: on("2009-09-22") }));
    assert_eq!(state(&extended, "2009-07-31", "m/appeal"), ObligationState::Lapsed);
    let on_that_day = on_the_day("2009-08-12", extended.clone());
    let right = owed(&on_that_day, "m/appeal");
    assert_eq!((right.state, right.rests_on.len()), (ObligationState::Open, 2));
    // An appeal against what came before is none against that; one that comes after it is.
    extended.insert(2, measure("m", "2009-07-08", MeasureStep::Appealed));
    assert_eq!(state(&extended, "2009-07-10", "m/appeal"), ObligationState::Met);
    assert_eq!(state(&extended, "2009-08-12", "m/appeal"), ObligationState::Open);
    extended.push(measure("m", "2009-08-14", MeasureStep::Appealed));
    assert_eq!(state(&extended, "2009-08-14", "m/appeal"), ObligationState::Met);
}

#[test]
fn no_period_of_social_care_is_computed_for_whoever_is_registered_under_another_law_or_none() {
    use MeasureKind as M;
    for provider in [ProviderKind::EarlyYearsSetting, ProviderKind::School] {
        let step = ComplianceStep { reference: "1".into(), text: String::new(), due: on("2024-03-11") };
        let notice = Measure { steps: vec![step], ..served(M::ComplianceNotice) };
        let given = vec![provider_of(provider), measure("n", "2024-02-12", MeasureStep::Served(notice))];
        let status = on_the_day("2024-03-12", given);
        let told: Vec<_> = status
            .obligations
            .iter()
            .map(|one| (one.obligation.as_str(), one.legal_basis.as_str()))
            .collect();
        assert_eq!(told, [("n/1/compliance-step", "the notice, as stated")]);
    }
    let proposed = measure("m", "2024-04-02", MeasureStep::Served(served(M::Proposal)));
    let school = on_the_day("2024-04-03", vec![provider_of(ProviderKind::School), proposed]);
    assert_eq!(school.obligations, []);
    // A suspension of a home follows a decision, which is what is appealed; of one that takes effect at once no period was read.
    for urgent in [false, true] {
        let suspended = MeasureStep::Served(Measure { urgent, ..served(M::Suspension) });
        assert_eq!(
            on_the_day("2024-04-03", vec![home(), measure("m", "2024-04-02", suspended)]).obligations,
            []
        );
    }
}
