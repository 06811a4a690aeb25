//! The wire only grows: every field and every enumeration member that ever landed is still there, and the words of the
//! domain are the words of the wire.
//!
//! `UPDATE_EXPECT=1 cargo test -p docket-api --test descriptor` adds what is new to the golden file, and removes nothing.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use docket_api::json::descriptors;
use docket_domain::terms;
use prost_reflect::{Cardinality, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};

fn field_line(message: &MessageDescriptor, field: &FieldDescriptor) -> String {
    let kind = match field.kind() {
        Kind::Message(inner) => inner.full_name().to_owned(),
        Kind::Enum(inner) => inner.full_name().to_owned(),
        scalar => format!("{scalar:?}").to_lowercase(),
    };
    let repeated = if field.cardinality() == Cardinality::Repeated { "repeated " } else { "" };
    let oneof = field.containing_oneof().map_or(String::new(), |oneof| format!(" in {}", oneof.name()));
    let (message, name, number) = (message.full_name(), field.name(), field.number());
    format!("{message}.{name} = {number} {repeated}{kind}{oneof}")
}

/// One line for every field, member and method of the package, in order.
fn lines() -> Vec<String> {
    let ours = |package: &str| package == "docket.v1";
    let pool = descriptors();
    let mut lines: Vec<String> = Vec::new();
    for message in pool.all_messages().filter(|m| ours(m.package_name())) {
        lines.extend(message.fields().map(|field| field_line(&message, &field)));
    }
    for members in pool.all_enums().filter(|e| ours(e.package_name())) {
        let member = |name: &str, number: i32| format!("{}.{name} = {number}", members.full_name());
        lines.extend(members.values().map(|value| member(value.name(), value.number())));
    }
    for method in pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
        let stream = |streaming| if streaming { "stream " } else { "" };
        lines.push(format!(
            "{}({}{}) returns ({}{})",
            method.full_name(),
            stream(method.is_client_streaming()),
            method.input().full_name(),
            stream(method.is_server_streaming()),
            method.output().full_name()
        ));
    }
    lines
}

#[test]
fn whatever_landed_on_the_wire_is_still_there() {
    let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/docket.v1.txt");
    let landed = fs::read_to_string(&golden).unwrap_or_default();
    let current = lines();
    let now: BTreeSet<&str> = current.iter().map(String::as_str).collect();
    let gone: Vec<&str> = landed.lines().filter(|line| !now.contains(line)).collect();
    assert!(gone.is_empty(), "removed or changed, which no wire survives:\n{}", gone.join("\n"));

    let known: BTreeSet<&str> = landed.lines().collect();
    let new: String = current
        .iter()
        .filter(|line| !known.contains(line.as_str()))
        .map(|line| format!("{line}\n"))
        .collect();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&golden, format!("{landed}{new}")).unwrap();
    } else {
        assert!(
            new.is_empty(),
            "new, and to be added with UPDATE_EXPECT=1 cargo test -p docket-api --test descriptor:\n{new}"
        );
    }
}

#[test]
fn an_event_says_everything_that_a_golden_file_needs() {
    let all = lines();
    for line in [
        "docket.v1.Event.event_id = 1 string",
        "docket.v1.Event.sources = 4 repeated docket.v1.Source",
        "docket.v1.Event.direction_issued = 71 docket.v1.DirectionIssued in body",
        "docket.v1.ServiceDomain.SERVICE_DOMAIN_SEND = 2",
        "docket.v1.RecordService.RecordStream(stream docket.v1.RecordStreamRequest) returns (stream docket.v1.RecordStreamResponse)",
    ] {
        assert!(all.iter().any(|known| known == line), "{line}");
    }
}

/// The members of an enumeration of the wire but the unspecified one, as the domain spells them.
fn members(descriptor: &EnumDescriptor) -> Vec<(i32, String)> {
    let zero = descriptor.get_value(0).unwrap().name().to_owned();
    let prefix = zero.strip_suffix("UNSPECIFIED").unwrap();
    descriptor
        .values()
        .filter(|value| value.number() != 0)
        .map(|value| {
            let name = value.name().strip_prefix(prefix).unwrap();
            (value.number(), name.to_lowercase())
        })
        .collect()
}

macro_rules! same_words {
    ($($name:ident),+ $(,)?) => {$({
        let full_name = concat!("docket.v1.", stringify!($name));
        let mut wire = members(&descriptors().get_enum_by_name(full_name).unwrap());
        wire.sort();
        let domain: Vec<(i32, String)> =
            terms::$name::ALL.iter().map(|term| (term.number(), term.name().to_owned())).collect();
        assert_eq!(wire, domain, "{full_name}");
        for term in terms::$name::ALL {
            assert_eq!(terms::$name::from_number(term.number()), Some(*term));
        }
    })+};
}

#[test]
fn the_words_of_the_domain_are_the_words_of_the_wire() {
    same_words!(
        AuthorityKind,
        Basis,
        CodeScheme,
        Confidence,
        DeliveryBasis,
        DeliveryKind,
        DirectionPower,
        EndedHow,
        ExistenceState,
        Flexibility,
        Framework,
        Grade,
        InspectionKind,
        InspectionState,
        InstrumentKind,
        IntervalGrouping,
        IntervalMeasure,
        JudgementKind,
        ObligationKind,
        ObligationNature,
        ObligationState,
        PathwayState,
        PeriodUnit,
        PlanReviewOutcome,
        PriorityCriterion,
        ServiceDomain,
        Standing,
        View,
    );
}
