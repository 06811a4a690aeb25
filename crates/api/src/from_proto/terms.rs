//! Enumerations of the wire that an event or a question may hold.

use docket_domain::terms as domain;

use crate::{json, pb};

/// An enumeration that has a name on the wire.
pub(crate) trait Term: Copy + Sized {
    /// As in the proto: `ServiceDomain`.
    const NAME: &'static str;

    /// The member of this number; `None` for 0 and for numbers that do not exist.
    fn read(number: i32) -> Option<Self>;
}

/// The names that a field of this enumeration may hold, separated by commas.
pub(crate) fn choices<T: Term>() -> String {
    let full_name = format!("docket.v1.{}", T::NAME);
    let names: Vec<String> = json::descriptors()
        .get_enum_by_name(&full_name)
        .into_iter()
        .flat_map(|descriptor| descriptor.values().collect::<Vec<_>>())
        .filter(|value| T::read(value.number()).is_some())
        .map(|value| value.name().to_owned())
        .collect();
    names.join(", ")
}

macro_rules! domain_terms {
    ($($name:ident),+) => {$(
        impl Term for domain::$name {
            const NAME: &'static str = stringify!($name);

            fn read(number: i32) -> Option<Self> {
                Self::from_number(number)
            }
        }
    )+};
}

macro_rules! wire_terms {
    ($($name:ident),+) => {$(
        impl Term for pb::$name {
            const NAME: &'static str = stringify!($name);

            fn read(number: i32) -> Option<Self> {
                Self::try_from(number).ok().filter(|member| *member != Self::Unspecified)
            }
        }
    )+};
}

domain_terms!(
    ActionState,
    AppealOutcome,
    AuthorityKind,
    Basis,
    CodeScheme,
    ComplianceOutcome,
    Confidence,
    DecisionOutcome,
    DeliveryBasis,
    DeliveryKind,
    DirectionPower,
    Flexibility,
    Framework,
    IndicatorKind,
    InspectionKind,
    InstrumentKind,
    JudgementKind,
    ObligationKind,
    PeriodUnit,
    PlanReviewOutcome,
    PriorityCriterion,
    ProposalKind,
    ProsecutionOutcome,
    ProviderKind,
    ProviderSector,
    RegistrationEnd,
    ServiceDomain,
    View
);
wire_terms!(ComplaintOutcome, ReceiptBasis, RuleMark, SubjectKind, VoidReason);

/// A grade as a report can hold it: not one of the two that only answers have.
#[derive(Clone, Copy)]
pub(crate) struct PrintedGrade(pub(crate) domain::Grade);

impl Term for PrintedGrade {
    const NAME: &'static str = "Grade";

    fn read(number: i32) -> Option<Self> {
        domain::Grade::from_number(number)
            .filter(|grade| !matches!(grade, domain::Grade::NotApplicable | domain::Grade::NotRecorded))
            .map(Self)
    }
}
