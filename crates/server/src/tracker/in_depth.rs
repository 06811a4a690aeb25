//! Questions about what stands beside a status: action plans in depth, and indicators.

use std::collections::BTreeMap;

use docket_api::from_proto::AsOfQuestion;
use docket_api::pb;
use docket_domain::plans::indicators::{Indicator, indicators};
use docket_domain::plans::{ActionPlan, Which, action_plan};
use docket_domain::status::{AsOf, AuthorityRef};
use docket_domain::terms::IndicatorKind;
use docket_domain::{EventId, Position};

use super::error::TrackerError;
use super::{Tracker, stored};

/// The indicators of an authority, and where each was read.
#[derive(Clone, Debug)]
pub struct Indicators {
    /// Whose.
    pub authority: AuthorityRef,
    /// On which day, and as known when.
    pub as_of: AsOf,
    /// By kind, name and unit.
    pub indicators: Vec<Indicator>,
    /// The sources of the events that they rest on.
    pub sources: BTreeMap<EventId, Vec<pb::Source>>,
}

impl Tracker {
    /// A plan in depth.
    ///
    /// # Errors
    /// Those of [`Tracker::status`], and [`TrackerError::UnknownPlan`] if the authority has no such plan on the day.
    pub async fn action_plan(
        &self,
        named: &str,
        which: &Which,
        question: &AsOfQuestion,
    ) -> Result<ActionPlan, TrackerError> {
        let grounds = self.grounds(named, question).await?;
        let as_of = grounds.as_of;
        let authority = grounds.reference.entry(&grounds.who, as_of.effective)?.reference(as_of.effective);
        let name = authority.name.clone();
        let national = &grounds.reference.national;
        let plan = action_plan(authority, grounds.history.as_ref(), national, as_of, which);
        plan.ok_or_else(|| TrackerError::UnknownPlan {
            authority: name,
            plan: match which {
                Which::Last => "of any report".to_owned(),
                Which::Of(inspection) => format!("of {inspection}"),
                Which::Key(key) => key.to_string(),
            },
            on: as_of.effective,
        })
    }

    /// The indicators of an authority, of these kinds or of all; all values of each, or the last.
    ///
    /// # Errors
    /// Those of [`Tracker::status`].
    pub async fn indicators(
        &self,
        named: &str,
        kinds: &[IndicatorKind],
        last_only: bool,
        question: &AsOfQuestion,
    ) -> Result<Indicators, TrackerError> {
        let grounds = self.grounds(named, question).await?;
        let as_of = grounds.as_of;
        let authority = grounds.reference.entry(&grounds.who, as_of.effective)?.reference(as_of.effective);
        let history = grounds.history.as_ref();
        let mut indicators = indicators(history, as_of);
        indicators.retain(|indicator| kinds.is_empty() || kinds.contains(&indicator.kind));
        if last_only {
            indicators.iter_mut().for_each(|indicator| indicator.values.truncate(1));
        }
        let positions: BTreeMap<EventId, Position> =
            history.iter().map(|event| (event.id, event.position)).collect();
        let mut sources = BTreeMap::new();
        let values = indicators.iter().flat_map(|indicator| &indicator.values);
        for id in values.flat_map(|value| &value.rests_on) {
            let Some(position) = positions.get(id) else { continue };
            let event = stored::kept(&self.event_at(*position).await?)?.event.unwrap_or_default();
            sources.insert(*id, event.sources);
        }
        Ok(Indicators { authority, as_of, indicators, sources })
    }
}
