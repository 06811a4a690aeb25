//! Which inspections and visits are made of which kind of provider.

use crate::terms::{InspectionKind as I, ProviderKind};

/// Between inspections.
const VISITS: &[I] = &[I::ProviderMonitoringVisit, I::ProviderEmergency, I::ProviderAssuranceVisit];
/// Under the social care common inspection framework, and before it.
const FULL: &[I] = &[I::ProviderFull];
/// Homes have these too.
const INTERIM: &[I] = &[I::ProviderInterim];
const SCHOOLS: &[I] = &[I::School, I::EducationVisit2020];
const COLLEGES: &[I] = &[I::FurtherEducation, I::EducationVisit2020];

/// Whether inspections or visits of a kind are made of a kind of provider.
#[must_use]
pub fn is_made_of(provider: ProviderKind, inspection: I) -> bool {
    use ProviderKind as P;
    let made: &[&[I]] = match provider {
        P::ChildrensHome | P::SecureChildrensHome => &[FULL, VISITS, INTERIM],
        // As a home, and as a school.
        P::ResidentialSpecialSchoolAsHome => &[FULL, VISITS, INTERIM, SCHOOLS],
        // Of its residence, and of the school or the college itself.
        P::BoardingSchool | P::ResidentialSpecialSchool | P::FurtherEducationWithResidence => {
            &[FULL, VISITS, INTERIM, SCHOOLS, COLLEGES]
        }
        P::SecureTrainingCentre => &[&[I::SecureTrainingCentre], VISITS],
        P::Cafcass => &[&[I::Cafcass]],
        P::EarlyYearsSetting => &[&[I::EarlyYears, I::EducationVisit2020]],
        P::School => &[SCHOOLS],
        P::College => &[COLLEGES],
        P::IndependentFosteringAgency
        | P::VoluntaryAdoptionAgency
        | P::AdoptionSupportAgency
        | P::ResidentialFamilyCentre
        | P::ResidentialHolidayScheme
        | P::SupportedAccommodation => &[FULL, VISITS],
    };
    made.iter().any(|kinds| kinds.contains(&inspection))
}
