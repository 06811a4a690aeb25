//! The law under which a provider is registered, and what is enforced against it stands.

use jiff::civil::date;

use crate::cited::Mark;
use crate::date::{Date, PartialDate};
use crate::rules::{self, Rule};
use crate::terms::{MeasureKind as M, ObligationKind as K, ObligationNature, PeriodUnit, ProviderKind};

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
    Basis { mark: Mark::Recalled, ..care(M::Prosecution, None, "Care Standards Act 2000 ss.24 to 27") },
    childcare(M::Proposal, None, "Childcare Act 2006 s.73"),
    // Of s.69 the explanatory notes were read, and the regulations made under it.
    Basis { mark: Mark::Secondary, ..childcare(M::Suspension, None, "Childcare Act 2006 s.69; SI 2008/976 regs 8 to 10") },
    // s.58 is that of later years; s.38, that of early years, was not read.
    Basis { mark: Mark::Recalled, ..childcare(M::Condition, Some(false), "Childcare Act 2006 ss.38, 58, 66 (by the register; s.38 was not read), 73") },
    childcare(M::Condition, Some(true), "Childcare Act 2006 s.72"),
    childcare(M::UrgentOrder, None, "Childcare Act 2006 s.72"),
    Basis { mark: Mark::Recalled, ..childcare(M::Prosecution, None, "Childcare Act 2006 Part 3") },
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

/// A right that a step of a measure opens, where the rows of [`rules::RULES`], which are those of a proposal in social care, do not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Right {
    /// Of whom.
    pub act: Act,
    /// Against which measure.
    pub against: M,
    /// How long, and by what.
    pub rule: Rule<'static>,
}

const fn right(
    act: Act,
    against: M,
    kind: K,
    period: Option<(u32, PeriodUnit)>,
    trigger: &'static str,
    basis: &'static str,
    mark: Mark,
) -> Right {
    let nature = ObligationNature::Right;
    Right { act, against, rule: Rule { kind, period, from: None, until: None, nature, trigger, basis, mark } }
}

const fn within(right: Right, from: Date, until: Option<Date>) -> Right {
    Right { rule: Rule { from: Some(from), until, ..right.rule }, ..right }
}

/// The text of SI 2008/2699 that was read is that of its first day, 3 November 2008, and was replaced on 1 September 2009.
const TRIBUNAL_RULES: Date = date(2008, 11, 3);
const TRIBUNAL_RULES_REVISED: Date = date(2009, 9, 1);

/// Every such right. The period against an urgent notice (Care Standards Act s.20B) or an order of a court was not read: there is no row.
#[rustfmt::skip]
pub const RIGHTS: &[Right] = &[
    right(Act::CareStandards, M::Restriction, K::Appeal, Some((28, PeriodUnit::CalendarDays)), "service of the notice restricting accommodation",
        "Care Standards Act 2000 s.22B(3)(d), s.21(2): 28 days from service; s.21 was read as it stood before s.22B, and that its days hold for such a notice only in a secondary source",
        Mark::Secondary),
    within(right(Act::Childcare, M::Proposal, K::Representations, Some((13, PeriodUnit::CalendarDays)), "the notice of intention (early years)",
        "Childcare Act 2006 s.73(4), (5): no step within 14 days that begin with the day of the notice; that an objection comes within them is Docket's reading (docs/decisions/0020)",
        Mark::Reading), REGISTERS, None),
    within(right(Act::Childcare, M::Proposal, K::Appeal, Some((28, PeriodUnit::CalendarDays)), "service of the notice of decision (early years)",
        "Childcare Act 2006 ss.73(7), (8), 74; 28 days by the tribunal's guidance on gov.uk (cancelled registration) and Ofsted's enforcement policy, as others repeat it",
        Mark::Secondary), REGISTERS, None),
    within(right(Act::Childcare, M::Suspension, K::Appeal, Some((10, PeriodUnit::WorkingDays)), "the written notice of suspension, or of its going on",
        "SI 2008/2699, schedule, as made: 10 working days after the written notice was sent",
        Mark::Verified), TRIBUNAL_RULES, Some(TRIBUNAL_RULES_REVISED)),
    within(right(Act::Childcare, M::Suspension, K::Appeal, None, "the written notice of suspension, or of its going on",
        "Ofsted, How to appeal: guidance for childcare providers, 23 November 2021; that it is 10 working days still is remembered and was not read",
        Mark::Recalled), TRIBUNAL_RULES_REVISED, None),
];

/// The row for a right against a measure, where day 0 is this; of what has no day the last one.
pub(super) fn right_against(
    act: Act,
    measure: M,
    kind: K,
    day_0: PartialDate,
) -> Option<&'static Rule<'static>> {
    let holds = |rule: &Rule<'_>| {
        day_0.latest().is_none_or(|day| {
            rule.from.is_none_or(|from| from <= day) && rule.until.is_none_or(|until| day < until)
        })
    };
    let of = |right: &&Right| right.act == act && right.against == measure && right.rule.kind == kind;
    RIGHTS.iter().filter(of).map(|right| &right.rule).rfind(|rule| holds(rule))
}

/// The row that an obligation of this kind stands by, told by its basis.
pub(crate) fn row(kind: K, basis: &str) -> Option<&'static Rule<'static>> {
    let own = RIGHTS.iter().map(|right| &right.rule);
    own.into_iter().find(|rule| rule.kind == kind && rule.basis == basis).or_else(|| rules::any_rule(kind))
}
