//! Which inspections and visits are made of which kind of provider.

use crate::terms::{InspectionKind, ProviderKind};

/// Under the social care common inspection framework, and before it.
const SOCIAL_CARE: &[InspectionKind] = &[
    InspectionKind::ProviderFull,
    InspectionKind::ProviderMonitoringVisit,
    InspectionKind::ProviderEmergency,
    InspectionKind::ProviderAssuranceVisit,
];
/// Homes have interim inspections too.
const HOMES: &[InspectionKind] = &[
    InspectionKind::ProviderFull,
    InspectionKind::ProviderInterim,
    InspectionKind::ProviderMonitoringVisit,
    InspectionKind::ProviderEmergency,
    InspectionKind::ProviderAssuranceVisit,
];
/// Of a residential school as a home, and as a school.
const SCHOOL_AS_HOME: &[InspectionKind] = &[
    InspectionKind::ProviderFull,
    InspectionKind::ProviderInterim,
    InspectionKind::ProviderMonitoringVisit,
    InspectionKind::ProviderEmergency,
    InspectionKind::ProviderAssuranceVisit,
    InspectionKind::School,
    InspectionKind::EducationVisit2020,
];
/// Of its residence, and of the school or the college itself.
const WITH_RESIDENCE: &[InspectionKind] = &[
    InspectionKind::ProviderFull,
    InspectionKind::ProviderInterim,
    InspectionKind::ProviderMonitoringVisit,
    InspectionKind::ProviderEmergency,
    InspectionKind::ProviderAssuranceVisit,
    InspectionKind::School,
    InspectionKind::FurtherEducation,
    InspectionKind::EducationVisit2020,
];
const TRAINING_CENTRES: &[InspectionKind] = &[
    InspectionKind::SecureTrainingCentre,
    InspectionKind::ProviderMonitoringVisit,
    InspectionKind::ProviderEmergency,
    InspectionKind::ProviderAssuranceVisit,
];
const EARLY_YEARS: &[InspectionKind] = &[InspectionKind::EarlyYears, InspectionKind::EducationVisit2020];
const SCHOOLS: &[InspectionKind] = &[InspectionKind::School, InspectionKind::EducationVisit2020];
const COLLEGES: &[InspectionKind] = &[InspectionKind::FurtherEducation, InspectionKind::EducationVisit2020];

/// The inspections and visits that are made of a kind of provider.
#[must_use]
pub fn made_of(provider: ProviderKind) -> &'static [InspectionKind] {
    use ProviderKind as P;
    match provider {
        P::ChildrensHome | P::SecureChildrensHome => HOMES,
        P::ResidentialSpecialSchoolAsHome => SCHOOL_AS_HOME,
        P::BoardingSchool | P::ResidentialSpecialSchool | P::FurtherEducationWithResidence => WITH_RESIDENCE,
        P::SecureTrainingCentre => TRAINING_CENTRES,
        P::Cafcass => &[InspectionKind::Cafcass],
        P::EarlyYearsSetting => EARLY_YEARS,
        P::School => SCHOOLS,
        P::College => COLLEGES,
        P::IndependentFosteringAgency
        | P::VoluntaryAdoptionAgency
        | P::AdoptionSupportAgency
        | P::ResidentialFamilyCentre
        | P::ResidentialHolidayScheme
        | P::SupportedAccommodation => SOCIAL_CARE,
    }
}
