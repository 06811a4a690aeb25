//! An entry: one inspection or visit, as one row of a release tells it; and why a row told none.

use std::fmt;

use docket_api::pb::{Grade, InspectionKind, JudgementKind};
use jiff::civil::{Date, date};

use super::heading::Judged;
use super::provider_rows::ProviderTold;
use super::registration::REGISTRATION;

/// The first day on which fieldwork under ILACS could begin.
pub(crate) const ILACS_FIRST_DAY: Date = date(2018, 1, 29);
/// From this first day of fieldwork on, ILACS judges care leavers on their own.
pub(crate) const CARE_LEAVERS_FIRST_DAY: Date = date(2023, 1, 1);

/// A row of the workbook.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    /// The sheet's name.
    pub(crate) sheet: String,
    /// As the spreadsheet counts.
    pub(crate) row: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sheet {}, row {}", self.sheet, self.row)
    }
}

/// Why a row, or one inspection of it, is not recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// "G65"; empty where the whole row is meant.
    pub(crate) cell: String,
    /// What stands there.
    pub(crate) value: String,
    /// What it should be: "publication date".
    pub(crate) field: String,
    /// What is wrong, and what would be right.
    pub(crate) what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.cell.is_empty() {
            write!(f, "cell {} ", self.cell)?;
        }
        if !self.value.is_empty() {
            write!(f, "{:?} ", self.value)?;
        }
        if !self.field.is_empty() {
            write!(f, "({}) ", self.field)?;
        }
        f.write_str(&self.what)
    }
}

/// A value and the cell that states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stated<T> {
    /// What.
    pub(crate) value: T,
    /// Where: "F12".
    pub(crate) cell: String,
}

/// A grade as a row gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StatedGrade {
    /// What is judged.
    pub(crate) judged: Judged,
    /// In the words of the inspection's framework.
    pub(crate) grade: Grade,
    /// As printed in the cell.
    pub(crate) raw: String,
    /// Where.
    pub(crate) cell: String,
}

/// Everything a row says of which authority it means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names {
    /// GSS code.
    pub(crate) gss: Option<String>,
    /// Ofsted's number.
    pub(crate) urn: Option<String>,
    /// DfE's number.
    pub(crate) dfe_number: Option<String>,
    /// The name.
    pub(crate) name: Option<String>,
    /// The number in the address of the authority's page: three digits are DfE's, more are Ofsted's. Links are copied by hand,
    /// so this one is asked last.
    pub(crate) page_number: Option<String>,
}

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [&self.name, &self.gss, &self.urn, &self.dfe_number];
        let given: Vec<&str> = all.into_iter().flatten().map(String::as_str).collect();
        f.write_str(&given.join(", "))
    }
}

/// One inspection or visit, as one row tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The row.
    pub(crate) place: Place,
    /// How much its table is believed: the lower, the more.
    pub(crate) rank: u8,
    /// Whose.
    pub(crate) names: Names,
    /// What Ofsted came to do.
    pub(crate) kind: InspectionKind,
    /// The cell that says so, or the headings' group.
    pub(crate) kind_cell: String,
    /// Of a visit.
    pub(crate) theme: Option<Stated<String>>,
    /// First day of the fieldwork.
    pub(crate) first: Option<Stated<Date>>,
    /// Last day of the fieldwork, where a release gives it.
    pub(crate) last: Option<Stated<Date>>,
    /// Publication of the report.
    pub(crate) published: Option<Stated<Date>>,
    /// In the order of the columns.
    pub(crate) grades: Vec<StatedGrade>,
    /// What the row says of a regulated provider, where it is about one.
    pub(crate) provider: Option<ProviderTold>,
}

impl Entry {
    /// The day at which to ask which authority is meant: of the inspection, or else of its report.
    pub(crate) fn day(&self) -> Option<Date> {
        self.first.as_ref().or(self.published.as_ref()).map(|stated| stated.value)
    }

    /// Whether it tells an inspection: a row of a list of providers may only say that there is one.
    pub(crate) fn tells_inspection(&self) -> bool {
        self.kind != InspectionKind::Unspecified
    }

    /// What the report calls it: "ILACS standard inspection of 2022-11-14".
    pub(crate) fn title(&self) -> String {
        if !self.tells_inspection() {
            return REGISTRATION.to_owned();
        }
        title(
            self.kind,
            self.first.as_ref().map(|day| day.value),
            self.published.as_ref().map(|day| day.value),
        )
    }
}

/// An inspection in words, by whichever day is known.
pub(crate) fn title(kind: InspectionKind, first: Option<Date>, published: Option<Date>) -> String {
    let name = kind_name(kind);
    match (first, published) {
        (Some(first), _) => format!("{name} of {first}"),
        (None, Some(published)) => format!("{name} published {published}"),
        (None, None) => name.to_owned(),
    }
}

/// A kind in words.
pub(crate) fn kind_name(kind: InspectionKind) -> &'static str {
    match kind {
        InspectionKind::Jar => "joint area review",
        InspectionKind::Unannounced => "unannounced inspection",
        InspectionKind::Slac => "safeguarding and looked-after children inspection",
        InspectionKind::ChildProtection => "child protection inspection",
        InspectionKind::TargetedLookedAfter => "targeted looked-after children inspection",
        InspectionKind::Sif => "single inspection",
        InspectionKind::SifReinspection => "single re-inspection",
        InspectionKind::IlacsStandard => "ILACS standard inspection",
        InspectionKind::IlacsShort => "ILACS short inspection",
        InspectionKind::Ilacs => "ILACS inspection",
        InspectionKind::FocusedVisit => "focused visit",
        InspectionKind::MonitoringVisit => "monitoring visit",
        InspectionKind::ActionPlanningVisit => "action planning visit",
        InspectionKind::CovidAssuranceVisit => "assurance visit",
        InspectionKind::Jtai => "joint targeted area inspection",
        InspectionKind::AreaSendFull
        | InspectionKind::AreaSendRevisit
        | InspectionKind::AreaSendMonitoring => "area SEND inspection",
        InspectionKind::ProviderFull => "full inspection",
        InspectionKind::ProviderInterim => "interim inspection",
        InspectionKind::ProviderAssuranceVisit => "assurance visit",
        InspectionKind::ProviderMonitoringVisit => "monitoring visit",
        InspectionKind::ProviderEmergency => "emergency inspection",
        InspectionKind::AnnualEngagementMeeting
        | InspectionKind::SelfEvaluation
        | InspectionKind::SecureTrainingCentre
        | InspectionKind::Cafcass
        | InspectionKind::EarlyYears
        | InspectionKind::School
        | InspectionKind::FurtherEducation
        | InspectionKind::EducationVisit2020
        | InspectionKind::Unspecified => "inspection",
    }
}

/// Kinds between which an inspection may be told by different sources without being another inspection. The word begins its key.
pub(crate) fn family(kind: InspectionKind) -> &'static str {
    match kind {
        InspectionKind::Jar => "jar",
        InspectionKind::Unannounced => "unannounced",
        InspectionKind::Slac => "slac",
        InspectionKind::ChildProtection => "child-protection",
        InspectionKind::TargetedLookedAfter => "targeted-looked-after",
        InspectionKind::Sif | InspectionKind::SifReinspection => "sif",
        InspectionKind::IlacsStandard | InspectionKind::IlacsShort | InspectionKind::Ilacs => "ilacs",
        InspectionKind::FocusedVisit => "focused-visit",
        InspectionKind::MonitoringVisit => "monitoring-visit",
        InspectionKind::ActionPlanningVisit => "action-planning-visit",
        InspectionKind::CovidAssuranceVisit => "covid-assurance-visit",
        InspectionKind::Jtai => "jtai",
        InspectionKind::AreaSendFull
        | InspectionKind::AreaSendRevisit
        | InspectionKind::AreaSendMonitoring => "area-send",
        InspectionKind::AnnualEngagementMeeting => "annual-engagement-meeting",
        InspectionKind::SelfEvaluation => "self-evaluation",
        InspectionKind::ProviderFull => "full",
        InspectionKind::ProviderInterim => "interim",
        InspectionKind::ProviderAssuranceVisit => "assurance-visit",
        InspectionKind::ProviderMonitoringVisit => "monitoring",
        InspectionKind::ProviderEmergency => "emergency",
        InspectionKind::SecureTrainingCentre => "secure-training-centre",
        InspectionKind::Cafcass => "cafcass",
        InspectionKind::EarlyYears => "early-years",
        InspectionKind::School => "school",
        InspectionKind::FurtherEducation => "further-education",
        InspectionKind::EducationVisit2020 => "education-visit-2020",
        InspectionKind::Unspecified => "inspection",
    }
}

/// Whether inspections of this kind are graded.
pub(crate) fn is_graded(kind: InspectionKind) -> bool {
    matches!(family(kind), "slac" | "child-protection" | "targeted-looked-after" | "sif" | "ilacs" | "jar")
}

/// Whether a regulated provider is inspected so.
pub(crate) fn is_of_provider(kind: InspectionKind) -> bool {
    matches!(
        kind,
        InspectionKind::ProviderFull
            | InspectionKind::ProviderInterim
            | InspectionKind::ProviderAssuranceVisit
            | InspectionKind::ProviderMonitoringVisit
            | InspectionKind::ProviderEmergency
            | InspectionKind::SecureTrainingCentre
            | InspectionKind::Cafcass
    )
}

/// Whether the third grade of this kind was called "adequate".
pub(crate) fn has_adequate(kind: InspectionKind) -> bool {
    matches!(family(kind), "slac" | "child-protection" | "targeted-looked-after" | "jar" | "unannounced")
}

/// Which judgement of its framework a column is; `None` where the framework has none such. `separate` says whether care leavers
/// were judged on their own.
pub(crate) fn judgement_kind(kind: InspectionKind, judged: Judged, separate: bool) -> Option<JudgementKind> {
    use JudgementKind as Kind;
    Some(match (family(kind), judged) {
        ("ilacs", Judged::Overall) => Kind::OverallEffectiveness,
        ("ilacs", Judged::Leaders) => Kind::Leaders,
        ("ilacs", Judged::HelpAndProtection) => Kind::HelpAndProtection,
        ("ilacs", Judged::InCare) if separate => Kind::ChildrenInCare,
        ("ilacs", Judged::InCare) => Kind::ChildrenInCareAndCareLeavers,
        ("ilacs", Judged::CareLeavers) if separate => Kind::CareLeavers,
        ("sif", Judged::Overall) => Kind::OverallEffectiveness,
        ("sif", Judged::Leaders) => Kind::SifLeadership,
        ("sif", Judged::HelpAndProtection) => Kind::SifHelpAndProtection,
        ("sif", Judged::InCare) => Kind::SifLookedAfterAndPermanence,
        ("sif", Judged::Adoption) => Kind::SifAdoption,
        ("sif", Judged::CareLeavers) => Kind::SifCareLeavers,
        ("sif", Judged::Lscb) => Kind::LscbEffectiveness,
        ("slac", Judged::Safeguarding) => Kind::Safeguarding,
        ("slac", Judged::LookedAfter) => Kind::LookedAfter,
        ("full" | "secure-training-centre" | "cafcass", Judged::Overall) => {
            Kind::OverallExperiencesAndProgress
        }
        ("full" | "secure-training-centre" | "cafcass", Judged::HelpAndProtection) => {
            Kind::HelpedAndProtected
        }
        ("full" | "secure-training-centre" | "cafcass", Judged::Leaders) => Kind::LeadersAndManagers,
        ("interim", Judged::Overall) => Kind::InterimEffectiveness,
        ("child-protection" | "targeted-looked-after" | "jar", Judged::Overall) => Kind::OverallEffectiveness,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_column_in_care_is_another_judgement_before_care_leavers_were_judged_on_their_own() {
        let of = |separate| judgement_kind(InspectionKind::IlacsShort, Judged::InCare, separate);
        assert_eq!(of(false), Some(JudgementKind::ChildrenInCareAndCareLeavers));
        assert_eq!(of(true), Some(JudgementKind::ChildrenInCare));
        assert_eq!(judgement_kind(InspectionKind::IlacsShort, Judged::CareLeavers, false), None);
        assert_eq!(
            judgement_kind(InspectionKind::Sif, Judged::CareLeavers, false),
            Some(JudgementKind::SifCareLeavers)
        );
    }

    #[test]
    fn a_problem_names_its_cell_and_its_value() {
        let problem = Problem {
            cell: "G7".to_owned(),
            value: "Goood".to_owned(),
            field: "overall effectiveness".to_owned(),
            what: "not a grade".to_owned(),
        };
        assert_eq!(problem.to_string(), "cell G7 \"Goood\" (overall effectiveness) not a grade");
    }
}
