//! Which streams hold which kinds of events.

use docket_domain::StreamId;
use pb::event::Body as B;

use super::meta;
use crate::pb;

/// A kind of stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// The stream of an authority.
    Authority,
    /// The stream of a regulated provider.
    Provider,
    /// The one stream of the calendar.
    Calendar,
    /// The one stream of the regulator.
    Regulator,
    /// The one stream of the policy.
    Policy,
}

/// Every kind of stream that users record in.
pub(super) const ANY: &[Home] =
    &[Home::Authority, Home::Provider, Home::Calendar, Home::Regulator, Home::Policy];

impl Home {
    /// Whether this stream is one of the kind.
    pub(super) fn holds(self, stream: &StreamId) -> bool {
        match self {
            Self::Authority => stream.category() == StreamId::AUTHORITY,
            Self::Provider => stream.category() == StreamId::PROVIDER,
            Self::Calendar => stream.as_str() == StreamId::CALENDAR,
            Self::Regulator => stream.as_str() == StreamId::REGULATOR,
            Self::Policy => stream.as_str() == StreamId::POLICY,
        }
    }

    /// The names of streams of these kinds.
    pub(super) fn list(homes: &[Self]) -> String {
        let names: Vec<&str> = homes
            .iter()
            .map(|home| match home {
                Self::Authority => "authority/ID",
                Self::Provider => "provider/URN",
                Self::Calendar => StreamId::CALENDAR,
                Self::Regulator => StreamId::REGULATOR,
                Self::Policy => StreamId::POLICY,
            })
            .collect();
        names.join(" or ")
    }
}

/// The kinds of streams that hold this kind of event.
pub(super) fn homes(body: &B) -> &'static [Home] {
    match body {
        B::BankHolidayDeclared(_) | B::BankHolidayMoved(_) | B::CalendarVersionPublished(_) => {
            &[Home::Calendar]
        }
        B::FrameworkSuspended(_) | B::FrameworkResumed(_) => &[Home::Regulator],
        B::PolicyAdopted(_) => &[Home::Policy],
        B::FieldCorrected(m) => {
            let replacement = m.replacement.as_ref().and_then(|event| event.body.as_ref());
            replacement.filter(|body| !meta::is_meta(body)).map_or(ANY, homes)
        }
        body if meta::is_meta(body) => ANY,
        B::ExemptionUsed(_)
        | B::ConcernReceived(_)
        | B::InspectionNotified(_)
        | B::InspectionDeferred(_)
        | B::InspectionPaused(_)
        | B::InspectionResumed(_)
        | B::InspectionDeclaredIncomplete(_)
        | B::AdditionalEvidenceVisitMade(_)
        | B::FieldworkRecorded(_)
        | B::DraftReportIssued(_)
        | B::CommentsReceived(_)
        | B::FormalComplaintMade(_)
        | B::ComplaintDecided(_)
        | B::ReportReceived(_)
        | B::ReportPublished(_)
        | B::JudgementsMade(_)
        | B::ReportRepublished(_)
        | B::JudgementRevised(_)
        | B::ReportWithdrawn(_) => &[Home::Authority, Home::Provider],
        B::ProviderRegistered(_)
        | B::ProviderChanged(_)
        | B::ProviderListed(_)
        | B::RegistrationCancelled(_)
        | B::RegistrationRestored(_)
        | B::RequirementMade(_)
        | B::RequirementMet(_)
        | B::RecommendationMade(_)
        | B::ComplianceNoticeServed(_)
        | B::ComplianceStepMet(_)
        | B::ComplianceNoticeClosed(_)
        | B::AccommodationRestricted(_)
        | B::RestrictionLifted(_)
        | B::ProposalServed(_)
        | B::RepresentationsReceived(_)
        | B::DecisionServed(_)
        | B::AppealLodged(_)
        | B::AppealDetermined(_)
        | B::SuspensionImposed(_)
        | B::SuspensionExtended(_)
        | B::SuspensionLifted(_)
        | B::ConditionImposed(_)
        | B::ConditionRemoved(_)
        | B::UrgentOrderMade(_)
        | B::ProsecutionStarted(_)
        | B::ProsecutionConcluded(_)
        | B::RestrictionReviewed(_) => &[Home::Provider],
        _ => &[Home::Authority],
    }
}
