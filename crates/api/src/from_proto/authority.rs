//! Events of an authority's life: registered, renumbered, succeeded, its services delivered by others.

use docket_domain::event::{CarriedInstrument, CarriedObligation, Fact, Registration, Successor};
use docket_domain::terms::CodeScheme;

use super::fields::Fields;
use crate::pb;

/// Longest Ofsted URN, in digits.
const URN_LEN_MAX: usize = 10;

pub(super) fn registered(f: &mut Fields<'_>, m: &pb::AuthorityRegistered) -> Option<Fact> {
    let name = f.required_name("name", &m.name);
    let official_name = f.name("official_name", &m.official_name);
    let kind = f.term("kind", m.kind);
    let region = f.name("region", &m.region);
    let mut codes = Vec::new();
    for (field, scheme, text) in [
        ("gss_code", CodeScheme::Gss, &m.gss_code),
        ("dfe_number", CodeScheme::DfeNumber, &m.dfe_number),
        ("ofsted_urn", CodeScheme::OfstedUrn, &m.ofsted_urn),
    ] {
        if !text.is_empty() {
            codes.push((scheme, code(f, field, scheme, text)));
        }
    }
    let aliases = f.names("aliases", &m.aliases);
    Some(Fact::AuthorityRegistered(Registration { name, official_name, kind: kind?, region, codes, aliases }))
}

pub(super) fn code_changed(f: &mut Fields<'_>, m: &pb::AuthorityCodeChanged) -> Option<Fact> {
    let scheme = f.term::<CodeScheme>("scheme", m.scheme)?;
    let old = code(f, "old_code", scheme, &m.old_code);
    let new = code(f, "new_code", scheme, &m.new_code);
    Some(Fact::CodeChanged { scheme, old, new })
}

/// A code as its scheme writes it.
fn code(f: &mut Fields<'_>, field: &str, scheme: CodeScheme, text: &str) -> String {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (fits, right) = match scheme {
        CodeScheme::Gss => (
            text.len() == 9 && text.strip_prefix('E').is_some_and(digits),
            "is E and eight digits, as in E06000010",
        ),
        CodeScheme::DfeNumber => (text.len() == 3 && digits(text), "is three digits, as in 810"),
        CodeScheme::OfstedUrn => {
            ((1..=URN_LEN_MAX).contains(&text.len()) && digits(text), "is 1 to 10 digits, as in 80490")
        }
    };
    if !fits {
        f.demand(field, right);
    }
    text.to_owned()
}

pub(super) fn succeeded(f: &mut Fields<'_>, m: &pb::AuthoritySucceeded) -> Option<Fact> {
    f.at_least_one("successors", &m.successors);
    let successors = f.list("successors", &m.successors, |item, successor| {
        let authority = item.key("authority", &successor.authority);
        let obligations = item.keys("carried_obligations", &successor.carried_obligations);
        let instruments = item.keys("carried_instruments", &successor.carried_instruments);
        Some(Successor { authority: authority?, obligations, instruments })
    });
    f.name("order_reference", &m.order_reference);
    Some(Fact::AuthoritySucceeded { successors })
}

pub(super) fn succession_received(f: &mut Fields<'_>, m: &pb::SuccessionReceived) -> Option<Fact> {
    f.at_least_one("predecessors", &m.predecessors);
    let predecessors = f.keys("predecessors", &m.predecessors);
    f.name("order_reference", &m.order_reference);
    let obligations = f.list("obligations", &m.obligations, |item, carried| {
        let obligation = item.key("obligation", &carried.obligation);
        let kind = item.term("kind", carried.kind);
        let from = item.key("from_authority", &carried.from_authority);
        let due = item.date("due_date", carried.due_date.as_ref());
        Some(CarriedObligation { obligation: obligation?, kind: kind?, from: from?, due })
    });
    let instruments = f.list("instruments", &m.instruments, |item, carried| {
        let instrument = item.key("instrument", &carried.instrument);
        let kind = item.term("kind", carried.kind);
        let domain = item.term("domain", carried.domain);
        let from = item.key("from_authority", &carried.from_authority);
        let issued = item.date("issued_date", carried.issued_date.as_ref());
        Some(CarriedInstrument { instrument: instrument?, kind: kind?, domain: domain?, from: from?, issued })
    });
    Some(Fact::SuccessionReceived { predecessors, obligations, instruments })
}

pub(super) fn delivery_started(f: &mut Fields<'_>, m: &pb::DeliveryArrangementStarted) -> Option<Fact> {
    let arrangement = f.key("arrangement", &m.arrangement);
    let body = f.required_name("body", &m.body);
    let kind = f.term("kind", m.kind);
    let basis = f.optional_term("basis", m.basis);
    let also_serves = f.keys("also_serves", &m.also_serves);
    Some(Fact::DeliveryStarted { arrangement: arrangement?, body, kind: kind?, basis, also_serves })
}

pub(super) fn delivery_ended(f: &mut Fields<'_>, m: &pb::DeliveryArrangementEnded) -> Option<Fact> {
    let arrangement = f.key("arrangement", &m.arrangement);
    f.text("reason", &m.reason);
    Some(Fact::DeliveryEnded { arrangement: arrangement? })
}
