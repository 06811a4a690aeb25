//! The law under which a provider is registered, and what is enforced against it stands.

use jiff::civil::date;

use crate::cited::Mark;
use crate::date::{Date, PartialDate};
use crate::terms::{MeasureKind as M, ProviderKind};

/// The Act under which a provider is registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// The Care Standards Act 2000: social care.
    CareStandards,
    /// The Childcare Act 2006: early years.
    Childcare,
}

impl Act {
    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CareStandards => "social care",
            Self::Childcare => "early years",
        }
    }

    /// That of a kind of provider; `None` where it is registered under neither.
    #[must_use]
    pub const fn of(kind: ProviderKind) -> Option<Self> {
        use ProviderKind as K;
        match kind {
            K::ChildrensHome
            | K::SecureChildrensHome
            | K::IndependentFosteringAgency
            | K::VoluntaryAdoptionAgency
            | K::AdoptionSupportAgency
            | K::ResidentialFamilyCentre
            | K::ResidentialHolidayScheme
            | K::ResidentialSpecialSchoolAsHome
            | K::SupportedAccommodation => Some(Self::CareStandards),
            K::EarlyYearsSetting => Some(Self::Childcare),
            K::SecureTrainingCentre
            | K::BoardingSchool
            | K::ResidentialSpecialSchool
            | K::FurtherEducationWithResidence
            | K::Cafcass
            | K::School
            | K::College => None,
        }
    }
}

/// Under what a kind of measure stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Basis {
    /// Of whom.
    pub act: Act,
    /// Which.
    pub measure: M,
    /// Only where it took effect at once, or only where it did not; `None` for both.
    pub urgent: Option<bool>,
    /// Measures from this day on; `None` from the beginning.
    pub from: Option<Date>,
    /// The law.
    pub source: &'static str,
    /// How surely it is known.
    pub mark: Mark,
}

const fn care(measure: M, urgent: Option<bool>, source: &'static str) -> Basis {
    Basis { act: Act::CareStandards, measure, urgent, from: None, source, mark: Mark::Verified }
}

const fn childcare(measure: M, urgent: Option<bool>, source: &'static str) -> Basis {
    Basis { act: Act::Childcare, from: Some(REGISTERS), ..care(measure, urgent, source) }
}

/// SI 2008/976 came into force: suspension of those registered under chapters 2, 3 and 4 of Part 3.
const REGISTERS: Date = date(2008, 9, 1);

/// Every basis. What a notice to an early years setting to put something right stands under was not read in any source: there is no row.
#[rustfmt::skip]
pub const BASES: &[Basis] = &[
    care(M::ComplianceNotice, None, "Care Standards Act 2000 s.22A"),
    care(M::Restriction, None, "Care Standards Act 2000 s.22B"),
    care(M::Proposal, None, "Care Standards Act 2000 ss.17 to 19"),
    care(M::Suspension, Some(false), "Care Standards Act 2000 s.14A"),
    care(M::Suspension, Some(true), "Care Standards Act 2000 s.20B"),
    care(M::Condition, Some(false), "Care Standards Act 2000 s.13"),
    care(M::Condition, Some(true), "Care Standards Act 2000 s.20B"),
    care(M::UrgentOrder, None, "Care Standards Act 2000 ss.20, 20A"),
    care(M::Prosecution, None, "Care Standards Act 2000 ss.24 to 27"),
    childcare(M::Proposal, None, "Childcare Act 2006 s.73"),
    childcare(M::Suspension, None, "Childcare Act 2006 s.69; SI 2008/976 regs 8 to 10"),
    // s.58 is that of later years; s.38, that of early years, was not read.
    Basis { mark: Mark::Recalled, ..childcare(M::Condition, Some(false), "Childcare Act 2006 ss.38, 58, 66 (by the register; s.38 was not read), 73") },
    childcare(M::Condition, Some(true), "Childcare Act 2006 s.72"),
    childcare(M::UrgentOrder, None, "Childcare Act 2006 s.72"),
    childcare(M::Prosecution, None, "Childcare Act 2006 Part 3"),
];

/// Under what a measure stands, by the kind of provider; `None` where no source that was read says.
pub(super) fn basis(
    kind: Option<ProviderKind>,
    measure: M,
    urgent: bool,
    served: PartialDate,
) -> Option<&'static Basis> {
    let act = kind.and_then(Act::of)?;
    BASES.iter().find(|one| {
        one.act == act
            && one.measure == measure
            && one.urgent.is_none_or(|of| of == urgent)
            // Of a day that is not known the law as it is now.
            && one.from.is_none_or(|from| served.latest().is_none_or(|served| from <= served))
    })
}
