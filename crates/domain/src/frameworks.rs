//! The frameworks as tables: which inspections were made under which, what they judge, and on what scale.
//!
//! A framework is chosen by the kind of inspection and the first day of its fieldwork, never by publication.
//! A framework is a member of [`Framework`], a row of [`ROWS`] and a row of [`FRAMEWORKS`] (ARCHITECTURE.md, How to add).
//! A rule that changes is a new row with new dates; the old row stays.

#[cfg(test)]
mod made_up;
mod providers;

pub use providers::is_made_of;

use jiff::civil::date;

use crate::cited::Mark;
use crate::date::{Date, PartialDate};
use crate::terms::{Framework, Grade, InspectionKind, JudgementKind, ServiceDomain};

/// One row: these kinds of inspection, begun in this span, were made under this framework.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Which inspections and visits.
    pub kinds: &'static [InspectionKind],
    /// First day of fieldwork from which it applies; `None`: from the beginning.
    pub from: Option<Date>,
    /// First day of fieldwork from which it applies no more.
    pub until: Option<Date>,
    /// Under which rules.
    pub framework: Framework,
    /// Who says so.
    pub source: &'static str,
    /// How surely.
    pub mark: Mark,
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
/// Ofsted announced another framework for 2027, and nothing of what it says: no row follows yet.
#[cfg(not(test))]
const ILACS_ENDS: Option<Date> = None;
/// How a framework is added is shown by one that is made up, too far off to meet other tests.
#[cfg(test)]
const ILACS_ENDS: Option<Date> = made_up::ROW.from;
/// Area SEND framework with three outcomes and priority action plans: January 2023.
const AREA_SEND_RENEWED: Date = date(2023, 1, 1);

/// The social care common inspection framework (SCCIF) began: see its source.
pub(crate) const SCCIF: Date = date(2017, 4, 1);

const SCCIF_SOURCE: &str = "Ofsted's statistics: the last \"requires improvement\" of the earlier frameworks was given to a provider on 30 March 2017, the first \"requires improvement to be good\" on 4 April 2017";
const STATISTICS_OF_PROVIDERS: &str =
    "Ofsted, statistics of inspections of social care providers, 2015 to 2025";
const EDUCATION_SOURCE: &str = "that Ofsted inspects and grades them overall is general knowledge; nothing more was read in any source (docs/decisions/0020)";

const ILACS_2018_SOURCE: &str = "Ofsted, Local authority inspection outcomes as at 31 March 2025: first standard ILACS inspection on 29 January 2018";
const ILACS_2023_SOURCE: &str = "Ofsted, consultation response, 2 December 2022: care leavers judged apart for inspections that start on or after 1 January 2023";
const ILACS_2026_SOURCE: &str = "Ofsted, 27 November 2025: overall effectiveness ended; reports of fieldwork from 27 April 2026 carry none";

/// Every row.
#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    Row { kinds: &[InspectionKind::Jar], from: None, until: None, framework: Framework::Jar, source: "SI 2005/1973: joint area reviews", mark: Mark::Verified },
    Row { kinds: &[InspectionKind::Unannounced], from: None, until: None, framework: Framework::Unannounced, source: "Ofsted no. 090027, October 2010: alongside unannounced inspections of contact, referral and assessment", mark: Mark::Verified },
    Row { kinds: &[InspectionKind::Slac], from: None, until: None, framework: Framework::Slac, source: "Ofsted no. 090027, October 2010: safeguarding and looked after children", mark: Mark::Verified },
    Row { kinds: &[InspectionKind::ChildProtection], from: None, until: None, framework: Framework::ChildProtection, source: "Ofsted, Children's social care data in England 2023: underlying data", mark: Mark::Verified },
    Row { kinds: &[InspectionKind::TargetedLookedAfter], from: None, until: None, framework: Framework::TargetedLookedAfter, source: "Ofsted, Children's social care data in England 2023: underlying data", mark: Mark::Verified },
    Row { kinds: &[InspectionKind::Sif, InspectionKind::SifReinspection], from: None, until: None, framework: Framework::Sif, source: "Ofsted, single inspection framework, in force from November 2013", mark: Mark::Verified },
    Row { kinds: ILACS_KINDS, from: None, until: Some(ILACS_CARE_LEAVERS), framework: Framework::Ilacs2018, source: ILACS_2018_SOURCE, mark: Mark::Verified },
    Row { kinds: ILACS_KINDS, from: Some(ILACS_CARE_LEAVERS), until: Some(ILACS_NO_OVERALL), framework: Framework::Ilacs2023, source: ILACS_2023_SOURCE, mark: Mark::Verified },
    Row { kinds: ILACS_KINDS, from: Some(ILACS_NO_OVERALL), until: ILACS_ENDS, framework: Framework::Ilacs2026, source: ILACS_2026_SOURCE, mark: Mark::Verified },
    Row { kinds: &[InspectionKind::MonitoringVisit], from: None, until: Some(ILACS_BEGAN), framework: Framework::Sif, source: "Ofsted no. 160035, May 2016: monitoring of inadequate authorities under the single inspection framework", mark: Mark::Verified },
    Row { kinds: &[InspectionKind::MonitoringVisit], from: Some(ILACS_BEGAN), until: Some(ILACS_CARE_LEAVERS), framework: Framework::Ilacs2018, source: ILACS_2018_SOURCE, mark: Mark::Verified },
    Row { kinds: &[InspectionKind::MonitoringVisit], from: Some(ILACS_CARE_LEAVERS), until: Some(ILACS_NO_OVERALL), framework: Framework::Ilacs2023, source: ILACS_2023_SOURCE, mark: Mark::Verified },
    Row { kinds: &[InspectionKind::MonitoringVisit], from: Some(ILACS_NO_OVERALL), until: ILACS_ENDS, framework: Framework::Ilacs2026, source: ILACS_2026_SOURCE, mark: Mark::Verified },
    Row { kinds: &[InspectionKind::CovidAssuranceVisit], from: None, until: None, framework: Framework::CovidInterim, source: "Ofsted, focused and assurance visits from September 2020", mark: Mark::Verified },
    Row { kinds: &[InspectionKind::Jtai], from: None, until: None, framework: Framework::Jtai, source: "SI 2015/1792: reviews under Children Act 2004 s.20", mark: Mark::Verified },
    Row { kinds: AREA_SEND_KINDS, from: None, until: Some(AREA_SEND_RENEWED), framework: Framework::AreaSend2016, source: "area SEND framework of May 2016", mark: Mark::Verified },
    Row { kinds: AREA_SEND_KINDS, from: Some(AREA_SEND_RENEWED), until: None, framework: Framework::AreaSend2023, source: "area SEND framework of January 2023", mark: Mark::Verified },
    Row { kinds: &[InspectionKind::AnnualEngagementMeeting, InspectionKind::SelfEvaluation], from: None, until: None, framework: Framework::Engagement, source: "ILACS: annual engagement meeting and self-evaluation, ungraded and unpublished", mark: Mark::Verified },
    Row { kinds: PROVIDER_KINDS, from: None, until: Some(SCCIF), framework: Framework::ProviderBefore2017, source: SCCIF_SOURCE, mark: Mark::Verified },
    Row { kinds: PROVIDER_KINDS, from: Some(SCCIF), until: None, framework: Framework::Sccif, source: SCCIF_SOURCE, mark: Mark::Verified },
    Row { kinds: &[InspectionKind::ProviderInterim], from: None, until: None, framework: Framework::ProviderInterim, source: "Ofsted, social care common inspection framework, children's homes: interim inspections", mark: Mark::Verified },
    Row { kinds: &[InspectionKind::ProviderAssuranceVisit], from: None, until: None, framework: Framework::CovidInterim, source: "Ofsted, 6 July 2020: assurance visits to providers from September 2020", mark: Mark::Verified },
    Row { kinds: &[InspectionKind::EducationVisit2020], from: None, until: None, framework: Framework::CovidInterim, source: "Ofsted, 6 July 2020: visits of the autumn of 2020, ungraded, with a brief letter", mark: Mark::Secondary },
    Row { kinds: &[InspectionKind::SecureTrainingCentre], from: None, until: None, framework: Framework::SecureTrainingCentre, source: "a joint framework of its own: general knowledge (docs/decisions/0020)", mark: Mark::Recalled },
    Row { kinds: &[InspectionKind::Cafcass], from: None, until: None, framework: Framework::Cafcass, source: STATISTICS_OF_PROVIDERS, mark: Mark::Verified },
    Row { kinds: &[InspectionKind::EarlyYears], from: None, until: None, framework: Framework::EarlyYears, source: EDUCATION_SOURCE, mark: Mark::Recalled },
    Row { kinds: &[InspectionKind::School], from: None, until: None, framework: Framework::School, source: EDUCATION_SOURCE, mark: Mark::Recalled },
    Row { kinds: &[InspectionKind::FurtherEducation], from: None, until: None, framework: Framework::FurtherEducation, source: EDUCATION_SOURCE, mark: Mark::Recalled },
    #[cfg(test)]
    made_up::ROW,
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

/// The row that says under which framework an inspection of this kind was made whose fieldwork began on this day; `None` where the day
/// chooses none.
#[must_use]
pub fn row(kind: InspectionKind, first_day: PartialDate) -> Option<&'static Row> {
    framework(kind, first_day)?;
    let earliest = first_day.earliest().unwrap_or(Date::MIN);
    ROWS.iter().find(|row| row.applies(kind, earliest))
}

/// What inspections made under one framework judge, on what scale, and what follows.
#[derive(Clone, Copy, Debug)]
pub struct Judged {
    /// Which rules.
    pub framework: Framework,
    /// What inspections judge, in the order of their reports. Visits judge nothing ([`is_graded`]).
    pub judgements: &'static [JudgementKind],
    /// What a report may carry beside its judgements of the authority.
    pub also_carries: &'static [JudgementKind],
    /// The scale, best first.
    pub grades: &'static [Grade],
    /// What an inadequate judgement leaves of the overall one. Reports are known that say otherwise, so a breach is recorded with a warning.
    pub limiting: &'static [Limit],
    /// How the pathway follows.
    pub pathway: Follows,
    /// Who says so.
    pub source: &'static str,
    /// How surely.
    pub mark: Mark,
}

/// An inadequate judgement, and the best that the overall one can be beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Which judgement.
    pub judgement: JudgementKind,
    /// The best overall grade.
    pub at_most: Grade,
    /// How surely. `Secondary`: no official inspection was otherwise, the text of the rule was not read.
    pub mark: Mark,
}

/// By Ofsted's statistics from 2013 to 2025.
const fn inadequate_too(judgement: JudgementKind) -> Limit {
    Limit { judgement, at_most: Grade::Inadequate, mark: Mark::Secondary }
}

/// How a pathway follows from judgements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follows {
    /// From overall effectiveness.
    Overall,
    /// From leaders and the judgements of practice, where nothing is judged overall.
    LeadersAndPractice,
    /// A full inspection follows, whatever the grades; or nothing is graded.
    FullInspection,
}

/// A framework under which nothing is graded.
const fn ungraded(framework: Framework, source: &'static str, mark: Mark) -> Judged {
    graded(framework, &[], &[], Follows::FullInspection, (source, mark))
}

const fn graded(
    framework: Framework,
    judgements: &'static [JudgementKind],
    grades: &'static [Grade],
    pathway: Follows,
    (source, mark): (&'static str, Mark),
) -> Judged {
    Judged { framework, judgements, also_carries: &[], grades, limiting: &[], pathway, source, mark }
}

use Grade as G;
use JudgementKind as J;

const FOUR_GRADES: &[Grade] = &[G::Outstanding, G::Good, G::RequiresImprovement, G::Inadequate];
/// The third grade was "adequate"; Ofsted restates it as "requires improvement", so both are read.
const WITH_ADEQUATE: &[Grade] =
    &[G::Outstanding, G::Good, G::Adequate, G::RequiresImprovement, G::Inadequate];

/// Every framework.
#[rustfmt::skip]
pub const FRAMEWORKS: &[Judged] = &[
    graded(Framework::Jar, &[J::OverallEffectiveness], WITH_ADEQUATE, Follows::FullInspection, (
        "SI 2005/1973: joint area reviews; their scale was not read in any source", Mark::Recalled)),
    ungraded(Framework::Unannounced,
        "Ofsted no. 090027, October 2010; that they were not graded was not read in any source", Mark::Recalled),
    graded(Framework::Slac, &[J::Safeguarding, J::LookedAfter], WITH_ADEQUATE, Follows::FullInspection, (
        "Ofsted no. 090027, October 2010: two overall judgements; the scale was not read in any source", Mark::Recalled)),
    graded(Framework::ChildProtection, &[J::OverallEffectiveness], WITH_ADEQUATE, Follows::FullInspection, (
        "Ofsted, Children's social care data in England 2023: underlying data", Mark::Verified)),
    graded(Framework::TargetedLookedAfter, &[J::OverallEffectiveness], WITH_ADEQUATE, Follows::FullInspection, (
        "Ofsted, Children's social care data in England 2023: underlying data", Mark::Verified)),
    Judged {
        // Until 2017 a report was combined with the review of the local safeguarding children board.
        also_carries: &[J::LscbEffectiveness],
        limiting: &[inadequate_too(J::SifHelpAndProtection), inadequate_too(J::SifLookedAfterAndPermanence),
            inadequate_too(J::SifLeadership)],
        ..graded(Framework::Sif, &[J::OverallEffectiveness, J::SifHelpAndProtection, J::SifLookedAfterAndPermanence, J::SifAdoption,
            J::SifCareLeavers, J::SifLeadership], FOUR_GRADES, Follows::Overall, (
            "Ofsted, single inspection framework, November 2013; the review of the board: Children Act 2004 s.15A", Mark::Verified))
    },
    Judged {
        limiting: &[inadequate_too(J::HelpAndProtection), inadequate_too(J::ChildrenInCareAndCareLeavers)],
        ..graded(Framework::Ilacs2018, &[J::OverallEffectiveness, J::Leaders, J::HelpAndProtection, J::ChildrenInCareAndCareLeavers],
            FOUR_GRADES, Follows::Overall, (
            "Ofsted, Local authority inspection outcomes as at 31 March 2025", Mark::Verified))
    },
    Judged {
        limiting: &[inadequate_too(J::HelpAndProtection), inadequate_too(J::ChildrenInCare), inadequate_too(J::CareLeavers)],
        ..graded(Framework::Ilacs2023, &[J::OverallEffectiveness, J::Leaders, J::HelpAndProtection, J::ChildrenInCare, J::CareLeavers],
            FOUR_GRADES, Follows::Overall, (ILACS_2023_SOURCE, Mark::Verified))
    },
    graded(Framework::Ilacs2026, &[J::Leaders, J::HelpAndProtection, J::ChildrenInCare, J::CareLeavers], FOUR_GRADES,
        Follows::LeadersAndPractice, (ILACS_2026_SOURCE, Mark::Verified)),
    ungraded(Framework::CovidInterim, "Ofsted, focused and assurance visits from September 2020: a letter without grades", Mark::Verified),
    ungraded(Framework::Jtai, "SI 2015/1792, and the letters: a narrative without grades", Mark::Verified),
    ungraded(Framework::AreaSend2016, "area SEND framework of May 2016: a letter without grades", Mark::Verified),
    graded(Framework::AreaSend2023, &[J::AreaSendOutcome], &[G::TypicallyPositive, G::Inconsistent, G::WidespreadFailings],
        Follows::FullInspection, ("area SEND framework of January 2023: three outcomes", Mark::Verified)),
    ungraded(Framework::Engagement, "ILACS: annual engagement meeting and self-evaluation, ungraded and unpublished", Mark::Verified),
    graded(Framework::ProviderBefore2017, &[J::OverallExperiencesAndProgress, J::HelpedAndProtected, J::LeadersAndManagers], WITH_ADEQUATE,
        Follows::FullInspection, (STATISTICS_OF_PROVIDERS, Mark::Verified)),
    Judged {
        limiting: &[
            Limit { judgement: J::HelpedAndProtected, at_most: G::Inadequate, mark: Mark::Verified },
            Limit { judgement: J::LeadersAndManagers, at_most: G::RequiresImprovement, mark: Mark::Verified },
        ],
        ..graded(Framework::Sccif, &[J::OverallExperiencesAndProgress, J::HelpedAndProtected, J::LeadersAndManagers], FOUR_GRADES,
            Follows::FullInspection, ("Ofsted, social care common inspection framework, 2017 to 2019", Mark::Verified))
    },
    graded(Framework::ProviderInterim, &[J::InterimEffectiveness],
        &[G::ImprovedEffectiveness, G::SustainedEffectiveness, G::DeclinedEffectiveness], Follows::FullInspection, (
        "Ofsted, social care common inspection framework, children's homes: interim inspections", Mark::Verified)),
    Judged {
        also_carries: &[J::HelpedAndProtected, J::LeadersAndManagers],
        ..graded(Framework::SecureTrainingCentre, &[J::OverallExperiencesAndProgress], WITH_ADEQUATE, Follows::FullInspection, (
            STATISTICS_OF_PROVIDERS, Mark::Verified))
    },
    Judged {
        also_carries: &[J::HelpedAndProtected, J::LeadersAndManagers],
        ..graded(Framework::Cafcass, &[J::OverallExperiencesAndProgress], WITH_ADEQUATE, Follows::FullInspection, (
            STATISTICS_OF_PROVIDERS, Mark::Verified))
    },
    graded(Framework::EarlyYears, &[J::OverallEffectiveness], WITH_ADEQUATE, Follows::FullInspection, (EDUCATION_SOURCE, Mark::Recalled)),
    graded(Framework::School, &[J::OverallEffectiveness], WITH_ADEQUATE, Follows::FullInspection, (EDUCATION_SOURCE, Mark::Recalled)),
    graded(Framework::FurtherEducation, &[J::OverallEffectiveness], WITH_ADEQUATE, Follows::FullInspection, (EDUCATION_SOURCE, Mark::Recalled)),
    #[cfg(test)]
    made_up::JUDGED,
];

/// The row of a framework.
fn judged(framework: Framework) -> Option<&'static Judged> {
    FRAMEWORKS.iter().find(|judged| judged.framework == framework)
}

/// What inspections of this framework judge, in the order of their reports. Visits under it judge nothing ([`is_graded`]).
#[must_use]
pub fn judgements(framework: Framework) -> &'static [JudgementKind] {
    judged(framework).map_or(&[], |judged| judged.judgements)
}

/// What a report of this framework may carry beside its judgements of the authority.
#[must_use]
pub fn also_carries(framework: Framework) -> &'static [JudgementKind] {
    judged(framework).map_or(&[], |judged| judged.also_carries)
}

/// The scale of this framework, best first.
#[must_use]
pub fn grades(framework: Framework) -> &'static [Grade] {
    judged(framework).map_or(&[], |judged| judged.grades)
}

/// The judgements that are overall ones, and limited by others.
pub const OVERALL: [JudgementKind; 2] =
    [JudgementKind::OverallEffectiveness, JudgementKind::OverallExperiencesAndProgress];

/// What inadequate judgements leave of the overall one, where it is better than that. `grade` is that of a judgement.
pub fn breached(
    framework: Framework,
    overall: Grade,
    grade: impl Fn(JudgementKind) -> Option<Grade>,
) -> impl Iterator<Item = &'static Limit> {
    // Best first.
    let place = move |grade| grades(framework).iter().position(|one| *one == grade);
    let limiting = judged(framework).map_or(&[] as &[Limit], |judged| judged.limiting).iter();
    limiting.filter(move |limit| {
        grade(limit.judgement) == Some(Grade::Inadequate)
            && place(overall).is_some_and(|overall| Some(overall) < place(limit.at_most))
    })
}

/// Who says what inspections of this framework judge, and on what scale.
#[must_use]
pub fn source(framework: Framework) -> &'static str {
    judged(framework).map_or("", |judged| judged.source)
}

/// How the pathway follows from judgements of this framework.
#[must_use]
pub fn pathway(framework: Framework) -> Follows {
    judged(framework).map_or(Follows::FullInspection, |judged| judged.pathway)
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
    let mut rows = ROWS.iter().filter(|row| row.framework == framework).flat_map(|row| row.kinds);
    framework != Framework::CovidInterim
        && rows.any(|kind| domain(*kind) == ServiceDomain::RegulatedProvision)
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
    fn every_framework_has_its_row_and_kinds_of_inspection_that_are_made_under_it() {
        for framework in Framework::ALL {
            let rows = FRAMEWORKS.iter().filter(|judged| judged.framework == *framework).count();
            assert_eq!(rows, 1, "{framework:?}");
            assert!(ROWS.iter().any(|row| row.framework == *framework), "{framework:?}");
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
