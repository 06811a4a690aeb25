//! The enumerations of the wire in plain words.

use docket_api::pb;

/// An enumeration of the wire.
pub(crate) trait Term: Copy + Into<i32> + TryFrom<i32> + Send + Sync + 'static {
    /// What the name of every member begins with.
    const PREFIX: &'static str;
    /// The name in the wire's JSON.
    fn wire_name(self) -> &'static str;
}

macro_rules! terms {
    ($($name:ident $prefix:literal;)+) => {
        $(impl Term for pb::$name {
            const PREFIX: &'static str = $prefix;
            fn wire_name(self) -> &'static str { self.as_str_name() }
        })+

        /// The prefixes of all enumerations, longest first.
        fn prefixes() -> Vec<&'static str> {
            let mut prefixes = vec![$($prefix),+];
            prefixes.sort_by_key(|prefix| std::cmp::Reverse(prefix.len()));
            prefixes
        }
    };
}

terms! {
    ActionState "ACTION_STATE_";
    AppealOutcome "APPEAL_OUTCOME_";
    AuthorityKind "AUTHORITY_KIND_";
    Basis "BASIS_";
    ChangeReason "CHANGE_REASON_";
    CodeScheme "CODE_SCHEME_";
    ComplaintOutcome "COMPLAINT_OUTCOME_";
    ComplianceOutcome "COMPLIANCE_OUTCOME_";
    Confidence "CONFIDENCE_";
    DecisionOutcome "DECISION_OUTCOME_";
    DeliveryBasis "DELIVERY_BASIS_";
    DeliveryKind "DELIVERY_KIND_";
    DirectionPower "DIRECTION_POWER_";
    EndedHow "ENDED_HOW_";
    ExistenceState "EXISTENCE_STATE_";
    FindingKind "FINDING_KIND_";
    Flexibility "FLEXIBILITY_";
    Framework "FRAMEWORK_";
    Grade "GRADE_";
    IndicatorKind "INDICATOR_KIND_";
    InspectionKind "INSPECTION_KIND_";
    InspectionState "INSPECTION_STATE_";
    InstrumentKind "INSTRUMENT_KIND_";
    IntervalGrouping "INTERVAL_GROUPING_";
    IntervalMeasure "INTERVAL_MEASURE_";
    JudgementKind "JUDGEMENT_KIND_";
    MeasureKind "MEASURE_KIND_";
    MeasureStage "MEASURE_STAGE_";
    ObligationKind "OBLIGATION_KIND_";
    ObligationNature "OBLIGATION_NATURE_";
    ObligationState "OBLIGATION_STATE_";
    PathwayState "PATHWAY_STATE_";
    PeriodUnit "PERIOD_UNIT_";
    PlanDateBasis "PLAN_DATE_BASIS_";
    PlanReviewOutcome "PLAN_REVIEW_OUTCOME_";
    PriorityCriterion "PRIORITY_CRITERION_";
    ProposalKind "PROPOSAL_KIND_";
    ProsecutionOutcome "PROSECUTION_OUTCOME_";
    ProviderKind "PROVIDER_KIND_";
    ProviderSector "PROVIDER_SECTOR_";
    ReceiptBasis "RECEIPT_BASIS_";
    RegistrationEnd "REGISTRATION_END_";
    RegistrationState "REGISTRATION_STATE_";
    RuleMark "RULE_MARK_";
    ServiceDomain "SERVICE_DOMAIN_";
    SubjectKind "SUBJECT_KIND_";
    Table "TABLE_";
    TableFormat "TABLE_FORMAT_";
    Standing "STANDING_";
    View "VIEW_";
    VoidReason "VOID_REASON_";
}

/// A number of the wire in words; a number that this program does not know yet stays a number.
pub(crate) fn words<T: Term>(number: i32) -> String {
    T::try_from(number)
        .map_or_else(|_| format!("unknown ({number})"), |term| plain(T::PREFIX, term.wire_name()))
}

/// The word by which a command line names a member: `children-in-care`.
pub(crate) fn slug<T: Term>(term: T) -> String {
    term.wire_name().trim_start_matches(T::PREFIX).to_lowercase().replace('_', "-")
}

/// A name of the wire's JSON in words, whichever enumeration it belongs to; `None` if to none.
pub(crate) fn wire_words(name: &str) -> Option<String> {
    let prefix = prefixes().into_iter().find(|prefix| name.starts_with(prefix))?;
    Some(plain(prefix, name))
}

fn plain(prefix: &str, name: &str) -> String {
    let words: Vec<_> = name.trim_start_matches(prefix).split('_').map(word).collect();
    words.join(" ")
}

/// One word of a name: lower case, but for the abbreviations of the field.
fn word(upper: &str) -> String {
    match upper {
        "ILACS" | "SIF" | "SLAC" | "JAR" | "JTAI" | "SEND" | "COVID" | "LSCB" | "GSS" | "URN" => {
            upper.to_owned()
        }
        "CHILDRENS" => "children's".to_owned(),
        "DFE" => "DfE".to_owned(),
        "OFSTED" => "Ofsted".to_owned(),
        "497A" => "s.497A".to_owned(),
        _ => upper.to_lowercase(),
    }
}

/// The name of a field or kind in words: `improvement_notice_issued` as `improvement notice issued`.
pub(crate) fn field_words(name: &str) -> String {
    plain("", &name.to_uppercase())
}

/// A number with the thing counted: `1 event`, `12 events`, `153 authorities`.
pub(crate) fn count(number: usize, one: &str) -> String {
    if number == 1 {
        return format!("1 {one}");
    }
    let many = one
        .strip_suffix('y')
        .filter(|stem| !stem.ends_with('a'))
        .map_or_else(|| format!("{one}s"), |stem| format!("{stem}ies"));
    format!("{} {many}", thousands(number))
}

/// A number with commas between thousands.
pub(crate) fn thousands(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().map_or_else(|_| "?".to_owned(), |number: u64| number.to_string());
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// The first letter as a capital.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_wire_become_words_of_the_field() {
        assert_eq!(words::<pb::InspectionKind>(8), "ILACS standard");
        assert_eq!(words::<pb::InspectionKind>(16), "area SEND revisit");
        assert_eq!(words::<pb::ServiceDomain>(1), "children's social care");
        assert_eq!(words::<pb::DirectionPower>(2), "s.497A 4a");
        assert_eq!(words::<pb::Grade>(99), "unknown (99)");
        assert_eq!(slug(pb::InstrumentKind::ImprovementNotice), "improvement-notice");
    }

    #[test]
    fn a_name_is_read_whichever_enumeration_it_is_of() {
        assert_eq!(wire_words("GRADE_REQUIRES_IMPROVEMENT").as_deref(), Some("requires improvement"));
        assert_eq!(wire_words("OBLIGATION_STATE_MET_LATE").as_deref(), Some("met late"));
        assert_eq!(wire_words("Leeds"), None);
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!((thousands(7u64), thousands(1_234_567u64)), ("7".into(), "1,234,567".into()));
        assert_eq!((count(1, "event"), count(1_200, "event")), ("1 event".into(), "1,200 events".into()));
        assert_eq!((count(153, "authority"), count(2, "day")), ("153 authorities".into(), "2 days".into()));
        assert_eq!(capital("every day"), "Every day");
    }
}
