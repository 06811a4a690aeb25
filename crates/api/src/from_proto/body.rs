//! Which reader reads which kind of event: the one place that lists them all.

use docket_domain::event::{Fact, InspectionStep as Step, MeasureStep as Measured};
use docket_domain::terms::MeasureKind as Kind;
use pb::event::Body as B;

use super::fields::Fields;
use super::{
    authority, calendar, in_depth, inspection, interim, intervention, kind_name, meta, plan, policy,
    provider, regulator,
};
use crate::pb;

/// What happened, read from the body of the event that has these fields.
#[expect(clippy::too_many_lines, reason = "a table with a line for each kind")]
pub(super) fn body_fact(event: &mut Fields<'_>, body: &B) -> Option<Fact> {
    let f = &mut event.within(kind_name(body));
    match body {
        B::AuthorityRegistered(m) => authority::registered(f, m),
        B::AuthorityCodeChanged(m) => authority::code_changed(f, m),
        B::AuthoritySucceeded(m) => authority::succeeded(f, m),
        B::SuccessionReceived(m) => authority::succession_received(f, m),
        B::DeliveryArrangementStarted(m) => authority::delivery_started(f, m),
        B::DeliveryArrangementEnded(m) => authority::delivery_ended(f, m),

        B::InspectionNotified(m) => inspection::notified(f, m),
        B::InspectionDeferred(m) => inspection::deferred(f, m),
        B::InspectionPaused(m) => inspection::paused(f, m),
        B::InspectionResumed(m) => inspection::bare(f, &m.inspection, Step::Resumed),
        B::InspectionDeclaredIncomplete(m) => inspection::incomplete(f, m),
        B::AdditionalEvidenceVisitMade(m) => inspection::additional_evidence(f, m),
        B::FieldworkRecorded(m) => inspection::fieldwork(f, m),
        B::DraftReportIssued(m) => inspection::bare(f, &m.inspection, Step::DraftIssued),
        B::CommentsReceived(m) => inspection::bare(f, &m.inspection, Step::CommentsReceived),
        B::FormalComplaintMade(m) => inspection::complaint_made(f, m),
        B::ComplaintDecided(m) => inspection::complaint_decided(f, m),
        B::ReportReceived(m) => inspection::received(f, m),
        B::ReportPublished(m) => inspection::published(f, m),
        B::JudgementsMade(m) => inspection::judgements_made(f, m),
        B::AreaForImprovementRaised(m) => inspection::area_for_improvement(f, m),
        B::PriorityActionRaised(m) => inspection::priority_action(f, m),
        B::PriorityActionDischarged(m) => inspection::discharged(f, m),
        B::ReportRepublished(m) => inspection::republished(f, m),
        B::JudgementRevised(m) => inspection::judgement_revised(f, m),
        B::ReportWithdrawn(m) => inspection::withdrawn(f, m),
        B::StatementDetermined(m) => inspection::statement_determined(f, m),
        B::ReportPublishedByAuthority(m) => inspection::published_by_authority(f, m),

        B::ObligationOpened(m) => plan::opened(f, m),
        B::DueDateStated(m) => plan::due_stated(f, m),
        B::DueDateRecomputed(m) => plan::due_recomputed(f, m),
        B::DraftPlanSubmitted(m) => plan::draft_submitted(f, m),
        B::PlanSubmitted(m) => plan::submitted(f, m),
        B::PlanPublished(m) => plan::published(f, m),
        B::PlanReviewed(m) => plan::reviewed(f, m),
        B::PlanRevised(m) => plan::revised(f, m),
        B::ObligationWaived(m) => plan::waived(f, m),
        B::ObligationTransferred(m) => plan::transferred(f, m),
        B::ObligationSuperseded(m) => plan::superseded(f, m),
        B::ObligationMet(m) => plan::met(f, m),

        B::ImprovementNoticeIssued(m) => intervention::notice_issued(f, m),
        B::DirectionIssued(m) => intervention::direction_issued(f, m),
        B::InstrumentVaried(m) => intervention::varied(f, m),
        B::InstrumentReplaced(m) => intervention::replaced(f, m),
        B::InstrumentLifted(m) => intervention::lifted(f, m),
        B::InstrumentRevoked(m) => intervention::revoked(f, m),
        B::InstrumentExpired(m) => intervention::expired(f, m),
        B::CommissionerAppointed(m) => intervention::commissioner_appointed(f, m),
        B::CommissionerEnded(m) => intervention::ended(f, ("appointment", &m.appointment), &m.reason),
        B::AdviserAppointed(m) => intervention::adviser_appointed(f, m),
        B::AdviserEnded(m) => intervention::ended(f, ("appointment", &m.appointment), &m.reason),
        B::CommissionerReportDue(m) => intervention::report_due(f, m),
        B::CommissionerReportReceived(m) => intervention::report_received(f, m),
        B::CommissionerReportPublished(m) => intervention::report_published(f, m),
        B::ProgressReviewHeld(m) => intervention::review_held(f, m),
        B::SupervisionStarted(m) => intervention::supervision_started(f, m),
        B::SupervisionEnded(m) => intervention::ended(f, ("instrument", &m.instrument), &m.reason),
        B::FlexibilityLetterIssued(m) => intervention::flexibility_letter(f, m),

        B::BankHolidayDeclared(m) => calendar::declared(f, m),
        B::BankHolidayMoved(m) => calendar::moved(f, m),
        B::CalendarVersionPublished(m) => calendar::published(f, m),

        B::FrameworkSuspended(m) => regulator::suspended(f, m),
        B::FrameworkResumed(m) => regulator::resumed(f, m),

        B::ExemptionUsed(m) => interim::exemption(f, m),
        B::ConcernReceived(m) => interim::concern(f, m),

        B::EventVoided(m) => meta::voided(f, m),
        B::FieldCorrected(m) => meta::corrected(f, m),
        B::EventMerged(m) => meta::merged(f, m),
        B::EventsConfirmed(m) => meta::confirmed(f, m),

        B::ProviderRegistered(m) => provider::registered(f, m),
        B::ProviderChanged(m) => provider::changed(f, m),
        B::ProviderListed(m) => provider::listed(f, m),
        B::RegistrationCancelled(m) => provider::cancelled(f, m),
        B::RegistrationRestored(m) => provider::restored(f, m),
        B::RequirementMade(m) => provider::requirement_made(f, m),
        B::RequirementMet(m) => provider::requirement_met(f, m),
        B::RecommendationMade(m) => provider::recommendation_made(f, m),

        B::ComplianceNoticeServed(m) => provider::notice_served(f, m),
        B::ComplianceStepMet(m) => provider::step_met(f, m),
        B::ComplianceNoticeClosed(m) => provider::notice_closed(f, m),
        B::AccommodationRestricted(m) => provider::restricted(f, m),
        B::RestrictionLifted(m) => provider::lifted(f, Kind::Restriction, &m.measure, &m.basis),
        B::RestrictionReviewed(m) => provider::restriction_reviewed(f, m),
        B::ProposalServed(m) => provider::proposal_served(f, m),
        B::RepresentationsReceived(m) => provider::bare(f, &m.measure, Measured::Representations),
        B::DecisionServed(m) => provider::decision_served(f, m),
        B::AppealLodged(m) => provider::bare(f, &m.measure, Measured::Appealed),
        B::AppealDetermined(m) => provider::appeal_determined(f, m),
        B::SuspensionImposed(m) => provider::suspension_imposed(f, m),
        B::SuspensionExtended(m) => provider::suspension_extended(f, m),
        B::SuspensionLifted(m) => provider::lifted(f, Kind::Suspension, &m.measure, &m.basis),
        B::ConditionImposed(m) => provider::condition_imposed(f, m),
        B::ConditionRemoved(m) => provider::lifted(f, Kind::Condition, &m.measure, &m.basis),
        B::UrgentOrderMade(m) => provider::urgent_order(f, m),
        B::ProsecutionStarted(m) => provider::prosecution_started(f, m),
        B::ProsecutionConcluded(m) => provider::prosecution_concluded(f, m),

        B::PlanActionSet(m) => in_depth::action_set(f, m),
        B::PlanActionChanged(m) => in_depth::action_changed(f, m),
        B::PlanProgressReported(m) => in_depth::progress_reported(f, m),
        B::PlanFindingReviewed(m) => in_depth::finding_reviewed(f, m),
        B::VisitLookedAt(m) => in_depth::looked_at(f, m),
        B::IndicatorReported(m) => in_depth::indicator(f, m),

        B::PolicyAdopted(m) => policy::adopted(f, m),

        B::HeadsRecorded(_) => meta::heads(f),
    }
}
