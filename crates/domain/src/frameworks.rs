//! The frameworks as tables: which inspections were made under which, what they judge, and on what scale.
//!
//! A framework is chosen by the kind of inspection and the first day of its fieldwork, never by publication.
//! A rule that changes is a new row with new dates; the old row stays.

use jiff::civil::date;

use crate::date::{Date, PartialDate};
use crate::terms::{Framework, Grade, InspectionKind, JudgementKind, ServiceDomain};

/// One row: these kinds of inspection, begun in this span, were made under this framework.
struct Row {
    kinds: &'static [InspectionKind],
    /// First day of fieldwork from which it applies; `None`: from the beginning.
    from: Option<Date>,
    /// First day of fieldwork from which it applies no more.
    until: Option<Date>,
    framework: Framework,
}

const ILACS_KINDS: &[InspectionKind] = &[
    InspectionKind::Ilacs,
    InspectionKind::IlacsStandard,
    InspectionKind::IlacsShort,
    InspectionKind::FocusedVisit,
    InspectionKind::ActionPlanningVisit,
];
const AREA_SEND_KINDS: &[InspectionKind] =
    &[InspectionKind::AreaSendFull, InspectionKind::AreaSendRevisit, InspectionKind::AreaSendMonitoring];

const PROVIDER_KINDS: &[InspectionKind] = &[
    InspectionKind::ProviderFull,
    InspectionKind::ProviderMonitoringVisit,
    InspectionKind::ProviderEmergency,
];

/// First standard ILACS inspection: Ofsted, Local authority inspection outcomes as at 31 March 2025.
pub(crate) const ILACS_BEGAN: Date = date(2018, 1, 29);
/// Care leavers judged apart for inspections that start on or after this day: Ofsted, consultation response, 2 December 2022.
const ILACS_CARE_LEAVERS: Date = date(2023, 1, 1);
/// Overall effectiveness ended: Ofsted, 27 November 2025; reports of fieldwork from 27 April 2026 carry none.
const ILACS_NO_OVERALL: Date = date(2026, 4, 1);
/// Area SEND framework with three outcomes and priority action plans: January 2023.
const AREA_SEND_RENEWED: Date = date(2023, 1, 1);
/// Social care common inspection framework: in Ofsted's statistics the last grade of the earlier frameworks ("requires improvement") was
/// given to a provider on 30 March 2017, the first of this one ("requires improvement to be good") on 4 April 2017.
pub(crate) const SCCIF: Date = date(2017, 4, 1);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    Row { kinds: &[InspectionKind::Jar], from: None, until: None, framework: Framework::Jar },
    Row { kinds: &[InspectionKind::Unannounced], from: None, until: None, framework: Framework::Unannounced },
    Row { kinds: &[InspectionKind::Slac], from: None, until: None, framework: Framework::Slac },
    Row { kinds: &[InspectionKind::ChildProtection], from: None, until: None, framework: Framework::ChildProtection },
    Row { kinds: &[InspectionKind::TargetedLookedAfter], from: None, until: None, framework: Framework::TargetedLookedAfter },
    Row { kinds: &[InspectionKind::Sif, InspectionKind::SifReinspection], from: None, until: None, framework: Framework::Sif },
    Row { kinds: ILACS_KINDS, from: None, until: Some(ILACS_CARE_LEAVERS), framework: Framework::Ilacs2018 },
    Row { kinds: ILACS_KINDS, from: Some(ILACS_CARE_LEAVERS), until: Some(ILACS_NO_OVERALL), framework: Framework::Ilacs2023 },
    Row { kinds: ILACS_KINDS, from: Some(ILACS_NO_OVERALL), until: None, framework: Framework::Ilacs2026 },
    // Monitoring of inadequate authorities began in May 2016, under the single inspection framework (Ofsted no. 160035).
    Row { kinds: &[InspectionKind::MonitoringVisit], from: None, until: Some(ILACS_BEGAN), framework: Framework::Sif },
    Row { kinds: &[InspectionKind::MonitoringVisit], from: Some(ILACS_BEGAN), until: Some(ILACS_CARE_LEAVERS), framework: Framework::Ilacs2018 },
    Row { kinds: &[InspectionKind::MonitoringVisit], from: Some(ILACS_CARE_LEAVERS), until: Some(ILACS_NO_OVERALL), framework: Framework::Ilacs2023 },
    Row { kinds: &[InspectionKind::MonitoringVisit], from: Some(ILACS_NO_OVERALL), until: None, framework: Framework::Ilacs2026 },
    Row { kinds: &[InspectionKind::CovidAssuranceVisit], from: None, until: None, framework: Framework::CovidInterim },
    Row { kinds: &[InspectionKind::Jtai], from: None, until: None, framework: Framework::Jtai },
    Row { kinds: AREA_SEND_KINDS, from: None, until: Some(AREA_SEND_RENEWED), framework: Framework::AreaSend2016 },
    Row { kinds: AREA_SEND_KINDS, from: Some(AREA_SEND_RENEWED), until: None, framework: Framework::AreaSend2023 },
    Row { kinds: PROVIDER_KINDS, from: None, until: Some(SCCIF), framework: Framework::ProviderBefore2017 },
    Row { kinds: PROVIDER_KINDS, from: Some(SCCIF), until: None, framework: Framework::Sccif },
    Row { kinds: &[InspectionKind::ProviderInterim], from: None, until: None, framework: Framework::ProviderInterim },
    Row { kinds: &[InspectionKind::ProviderAssuranceVisit, InspectionKind::EducationVisit2020], from: None, until: None, framework: Framework::CovidInterim },
    Row { kinds: &[InspectionKind::SecureTrainingCentre], from: None, until: None, framework: Framework::SecureTrainingCentre },
    Row { kinds: &[InspectionKind::Cafcass], from: None, until: None, framework: Framework::Cafcass },
    Row { kinds: &[InspectionKind::EarlyYears], from: None, until: None, framework: Framework::EarlyYears },
    Row { kinds: &[InspectionKind::School], from: None, until: None, framework: Framework::School },
    Row { kinds: &[InspectionKind::FurtherEducation], from: None, until: None, framework: Framework::FurtherEducation },
    Row { kinds: &[InspectionKind::AnnualEngagementMeeting, InspectionKind::SelfEvaluation], from: None, until: None, framework: Framework::Engagement },
];

impl Row {
    fn applies(&self, kind: InspectionKind, day: Date) -> bool {
        self.kinds.contains(&kind)
            && self.from.is_none_or(|from| from <= day)
            && self.until.is_none_or(|until| day < until)
    }
}

/// The framework of an inspection of this kind whose fieldwork began on this day.
/// `None` where the day is known too roughly to choose between two.
#[must_use]
pub fn framework(kind: InspectionKind, first_day: PartialDate) -> Option<Framework> {
    let earliest = first_day.earliest().unwrap_or(Date::MIN);
    let latest = first_day.latest().unwrap_or(Date::MAX);
    let on = |day| ROWS.iter().find(|row| row.applies(kind, day)).map(|row| row.framework);
    let framework = on(earliest);
    if framework == on(latest) { framework } else { None }
}

/// What inspections of this framework judge, in the order of their reports. Visits under it judge nothing ([`is_graded`]).
#[must_use]
pub fn judgements(framework: Framework) -> &'static [JudgementKind] {
    use JudgementKind as J;
    match framework {
        Framework::Jar | Framework::ChildProtection | Framework::TargetedLookedAfter => {
            &[J::OverallEffectiveness]
        }
        Framework::Slac => &[J::Safeguarding, J::LookedAfter],
        Framework::Sif => &[
            J::OverallEffectiveness,
            J::SifHelpAndProtection,
            J::SifLookedAfterAndPermanence,
            J::SifAdoption,
            J::SifCareLeavers,
            J::SifLeadership,
        ],
        Framework::Ilacs2018 => {
            &[J::OverallEffectiveness, J::Leaders, J::HelpAndProtection, J::ChildrenInCareAndCareLeavers]
        }
        Framework::Ilacs2023 => {
            &[J::OverallEffectiveness, J::Leaders, J::HelpAndProtection, J::ChildrenInCare, J::CareLeavers]
        }
        Framework::Ilacs2026 => &[J::Leaders, J::HelpAndProtection, J::ChildrenInCare, J::CareLeavers],
        Framework::AreaSend2023 => &[J::AreaSendOutcome],
        Framework::ProviderBefore2017 | Framework::Sccif => {
            &[J::OverallExperiencesAndProgress, J::HelpedAndProtected, J::LeadersAndManagers]
        }
        Framework::SecureTrainingCentre | Framework::Cafcass => &[J::OverallExperiencesAndProgress],
        Framework::ProviderInterim => &[J::InterimEffectiveness],
        Framework::EarlyYears | Framework::School | Framework::FurtherEducation => &[J::OverallEffectiveness],
        Framework::Unannounced
        | Framework::CovidInterim
        | Framework::Jtai
        | Framework::AreaSend2016
        | Framework::Engagement => &[],
    }
}

/// What a report of this framework may carry beside its judgements of the authority.
#[must_use]
pub fn also_carries(framework: Framework) -> &'static [JudgementKind] {
    match framework {
        // Until 2017 a SIF report was combined with the review of the local safeguarding children board (Children Act 2004 s.15A).
        Framework::Sif => &[JudgementKind::LscbEffectiveness],
        // Ofsted's statistics give both for some of their reports.
        Framework::SecureTrainingCentre | Framework::Cafcass => {
            &[JudgementKind::HelpedAndProtected, JudgementKind::LeadersAndManagers]
        }
        _ => &[],
    }
}

/// The scale of this framework, best first.
#[must_use]
pub fn grades(framework: Framework) -> &'static [Grade] {
    use Grade as G;
    match framework {
        // The third grade was "adequate"; Ofsted restates it as "requires improvement", so both are read.
        Framework::Jar | Framework::Slac | Framework::ChildProtection | Framework::TargetedLookedAfter => {
            &[G::Outstanding, G::Good, G::Adequate, G::RequiresImprovement, G::Inadequate]
        }
        // The third grade was "satisfactory", then "adequate", then "requires improvement": Ofsted's statistics, 2009 to 2017.
        Framework::ProviderBefore2017
        | Framework::SecureTrainingCentre
        | Framework::Cafcass
        | Framework::EarlyYears
        | Framework::School
        | Framework::FurtherEducation => {
            &[G::Outstanding, G::Good, G::Adequate, G::RequiresImprovement, G::Inadequate]
        }
        Framework::ProviderInterim => {
            &[G::ImprovedEffectiveness, G::SustainedEffectiveness, G::DeclinedEffectiveness]
        }
        Framework::Sif
        | Framework::Ilacs2018
        | Framework::Ilacs2023
        | Framework::Ilacs2026
        | Framework::Sccif => &[G::Outstanding, G::Good, G::RequiresImprovement, G::Inadequate],
        Framework::AreaSend2023 => &[G::TypicallyPositive, G::Inconsistent, G::WidespreadFailings],
        Framework::Unannounced
        | Framework::CovidInterim
        | Framework::Jtai
        | Framework::AreaSend2016
        | Framework::Engagement => &[],
    }
}

/// Whether an inspection of this kind gives grades that stand until the next.
#[must_use]
pub fn is_graded(kind: InspectionKind) -> bool {
    use InspectionKind as K;
    matches!(
        kind,
        K::Jar
            | K::Slac
            | K::ChildProtection
            | K::TargetedLookedAfter
            | K::Sif
            | K::SifReinspection
            | K::Ilacs
            | K::IlacsStandard
            | K::IlacsShort
            | K::AreaSendFull
            | K::ProviderFull
            | K::SecureTrainingCentre
            | K::Cafcass
            | K::EarlyYears
            | K::School
            | K::FurtherEducation
    )
}

/// Whether an inspection of this kind gives grades: an interim inspection says how it went since the last full one, and changes no profile.
#[must_use]
pub fn gives_grades(kind: InspectionKind) -> bool {
    is_graded(kind) || kind == InspectionKind::ProviderInterim
}

/// Whether what is inspected under this framework is a regulated provider, a school or a college, and no authority.
#[must_use]
pub fn is_of_providers(framework: Framework) -> bool {
    use Framework as F;
    matches!(
        framework,
        F::ProviderBefore2017
            | F::Sccif
            | F::ProviderInterim
            | F::SecureTrainingCentre
            | F::Cafcass
            | F::EarlyYears
            | F::School
            | F::FurtherEducation
    )
}

/// Which services an inspection of this kind looks at.
#[must_use]
pub fn domain(kind: InspectionKind) -> ServiceDomain {
    use InspectionKind as K;
    match kind {
        kind if AREA_SEND_KINDS.contains(&kind) => ServiceDomain::Send,
        K::ProviderFull
        | K::ProviderInterim
        | K::ProviderAssuranceVisit
        | K::ProviderMonitoringVisit
        | K::ProviderEmergency
        | K::SecureTrainingCentre
        | K::Cafcass
        | K::EarlyYears
        | K::School
        | K::FurtherEducation
        | K::EducationVisit2020 => ServiceDomain::RegulatedProvision,
        _ => ServiceDomain::ChildrensSocialCare,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_day_of_fieldwork_chooses_the_framework() {
        for (day, expected) in [
            (date(2022, 12, 31), Framework::Ilacs2018),
            (date(2023, 1, 1), Framework::Ilacs2023),
            (date(2026, 3, 31), Framework::Ilacs2023),
            (date(2026, 4, 1), Framework::Ilacs2026),
        ] {
            assert_eq!(framework(InspectionKind::IlacsStandard, day.into()), Some(expected), "{day}");
        }
    }

    #[test]
    fn a_month_on_one_side_of_a_change_chooses_and_an_unknown_day_does_not() {
        assert_eq!(
            framework(InspectionKind::Ilacs, PartialDate::Month(2022, 12)),
            Some(Framework::Ilacs2018)
        );
        assert_eq!(framework(InspectionKind::Ilacs, PartialDate::Year(2026)), None);
        assert_eq!(framework(InspectionKind::Ilacs, PartialDate::Unknown), None);
        assert_eq!(framework(InspectionKind::Slac, PartialDate::Unknown), Some(Framework::Slac));
    }

    #[test]
    fn every_kind_of_inspection_has_one_framework_on_every_day() {
        for kind in InspectionKind::ALL {
            for year in 2005..2030 {
                for day in [date(year, 1, 1), date(year, 1, 29), date(year, 4, 1), date(year, 12, 31)] {
                    assert_eq!(
                        ROWS.iter().filter(|row| row.applies(*kind, day)).count(),
                        1,
                        "{kind:?} {day}"
                    );
                }
            }
        }
    }

    #[test]
    fn only_the_framework_of_2026_is_graded_by_ilacs_without_an_overall() {
        for (framework, has_overall) in
            [(Framework::Ilacs2018, true), (Framework::Ilacs2023, true), (Framework::Ilacs2026, false)]
        {
            assert_eq!(judgements(framework).contains(&JudgementKind::OverallEffectiveness), has_overall);
        }
    }
}
