//! Events of obligations: plans, statements, dates.

use docket_domain::event::{Fact, ObligationStep as Step};
use docket_domain::id::ObligationKey;
use docket_domain::terms::ObligationKind;

use super::fields::Fields;
use crate::pb;

fn fact(obligation: Option<ObligationKey>, step: Step) -> Option<Fact> {
    let obligation = obligation?;
    Some(Fact::Obligation { obligation, step })
}

/// Which obligation a message is about.
fn named(f: &mut Fields<'_>, text: &str) -> Option<ObligationKey> {
    f.key("obligation", text)
}

/// A step with words that the rules do not read.
fn worded(f: &mut Fields<'_>, obligation: &str, (field, text): (&str, &str), step: Step) -> Option<Fact> {
    f.text(field, text);
    fact(named(f, obligation), step)
}

/// A step with recipients, whom the rules do not read.
fn handed_in(f: &mut Fields<'_>, obligation: &str, recipients: &[String], step: Step) -> Option<Fact> {
    f.names("recipients", recipients);
    fact(named(f, obligation), step)
}

pub(super) fn draft_submitted(f: &mut Fields<'_>, m: &pb::DraftPlanSubmitted) -> Option<Fact> {
    handed_in(f, &m.obligation, &m.recipients, Step::DraftSubmitted)
}

pub(super) fn submitted(f: &mut Fields<'_>, m: &pb::PlanSubmitted) -> Option<Fact> {
    handed_in(f, &m.obligation, &m.recipients, Step::Submitted)
}

pub(super) fn revised(f: &mut Fields<'_>, m: &pb::PlanRevised) -> Option<Fact> {
    worded(f, &m.obligation, ("change", &m.change), Step::Revised)
}

pub(super) fn met(f: &mut Fields<'_>, m: &pb::ObligationMet) -> Option<Fact> {
    worded(f, &m.obligation, ("how", &m.how), Step::Met)
}

pub(super) fn opened(f: &mut Fields<'_>, m: &pb::ObligationOpened) -> Option<Fact> {
    let obligation = named(f, &m.obligation);
    let kind = f.term("kind", m.kind);
    let domain = f.term("domain", m.domain);
    let what = f.text("what", &m.what);
    if kind == Some(ObligationKind::Other) && what.is_empty() {
        f.demand("what", "is required where kind is OBLIGATION_KIND_OTHER");
    }
    let obligor = f.optional_party("obligor", m.obligor.as_ref());
    let due = f.date("due_date", m.due_date.as_ref());
    let legal_basis = f.text("legal_basis", &m.legal_basis);
    fact(obligation, Step::Opened { kind: kind?, domain: domain?, what, obligor, due, legal_basis })
}

pub(super) fn due_stated(f: &mut Fields<'_>, m: &pb::DueDateStated) -> Option<Fact> {
    let obligation = named(f, &m.obligation);
    let due = f.required_date("due_date", m.due_date.as_ref());
    fact(obligation, Step::DueStated { due: due? })
}

pub(super) fn due_recomputed(f: &mut Fields<'_>, m: &pb::DueDateRecomputed) -> Option<Fact> {
    let obligation = named(f, &m.obligation);
    let old = f.date("old_date", m.old_date.as_ref());
    let new = f.required_date("new_date", m.new_date.as_ref());
    f.text("reason", &m.reason);
    fact(obligation, Step::DueRecomputed { old, new: new? })
}

pub(super) fn published(f: &mut Fields<'_>, m: &pb::PlanPublished) -> Option<Fact> {
    f.url("url", &m.url);
    fact(named(f, &m.obligation), Step::Published)
}

pub(super) fn reviewed(f: &mut Fields<'_>, m: &pb::PlanReviewed) -> Option<Fact> {
    let obligation = named(f, &m.obligation);
    let outcome = f.term("outcome", m.outcome);
    fact(obligation, Step::Reviewed { outcome: outcome? })
}

pub(super) fn waived(f: &mut Fields<'_>, m: &pb::ObligationWaived) -> Option<Fact> {
    f.name("by", &m.by);
    worded(f, &m.obligation, ("reason", &m.reason), Step::Waived)
}

pub(super) fn transferred(f: &mut Fields<'_>, m: &pb::ObligationTransferred) -> Option<Fact> {
    let obligation = named(f, &m.obligation);
    f.text("reason", &m.reason);
    let Some(to) = &m.to else {
        f.problem("to", "is required: who has to do it now");
        return None;
    };
    let to = f.party("to", to);
    fact(obligation, Step::Transferred { to: to? })
}

pub(super) fn superseded(f: &mut Fields<'_>, m: &pb::ObligationSuperseded) -> Option<Fact> {
    f.optional_key::<ObligationKey>("by_obligation", &m.by_obligation);
    worded(f, &m.obligation, ("reason", &m.reason), Step::Superseded)
}
