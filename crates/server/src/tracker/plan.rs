//! Questions about the days to come, and about how long things took.

use docket_domain::ahead::{self, PlanEntry};
use docket_domain::date::Date;
use docket_domain::intervals::intervals;
use docket_domain::intervals::table::{Group, Measured, Wanted as WantedIntervals, table};
use docket_domain::status::{AsOf, AuthorityRef};
use docket_domain::terms::IntervalGrouping;

use super::Tracker;
use super::error::TrackerError;
use super::questions::{among, let_others};

/// Which part of the plan is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanFilter {
    /// Names or codes; empty: all.
    pub authorities: Vec<String>,
    /// Regions of England; empty: all.
    pub regions: Vec<String>,
    /// Nothing that ends before this day, unless it is overdue.
    pub from: Date,
    /// Nothing that begins after this day.
    pub to: Option<Date>,
}

/// Which intervals are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntervalFilter {
    /// Names or codes; empty: all.
    pub authorities: Vec<String>,
    /// Regions of England; empty: all.
    pub regions: Vec<String>,
    /// Which of them.
    pub wanted: WantedIntervals,
    /// By what they are put together; by nothing: all of a measure.
    pub by: Vec<IntervalGrouping>,
}

/// Something that comes, and for which authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// For whom.
    pub authority: AuthorityRef,
    /// What.
    pub entry: PlanEntry,
}

impl Tracker {
    /// What comes next, by first day and then by authority; what has no day comes last.
    ///
    /// # Errors
    /// Those of looking up the names in the filter and of reading the log.
    pub async fn plan(&self, as_of: AsOf, filter: &PlanFilter) -> Result<Vec<Planned>, TrackerError> {
        let reference = self.reference_at(as_of.known_position).await?;
        let mut planned = Vec::new();
        for authority in among(&reference, &filter.authorities, &filter.regions, as_of.effective)? {
            let_others().await;
            let status = self.grounds_of(authority, as_of, &reference).await?.status()?;
            let entries = ahead::plan(&status, &reference.national).into_iter();
            let entries = entries.filter(|entry| entry.is_within(filter.from, filter.to));
            planned.extend(entries.map(|entry| Planned { authority: status.authority.clone(), entry }));
        }
        // The sort is stable: authorities are in order of name, and each one's entries in theirs.
        planned
            .sort_by_key(|planned| (planned.entry.days.is_none(), planned.entry.days.map(|days| days.first)));
        Ok(planned)
    }

    /// How long things took, also for authorities that are closed.
    ///
    /// # Errors
    /// Those of looking up the names in the filter and of reading the log.
    pub async fn intervals(&self, as_of: AsOf, filter: &IntervalFilter) -> Result<Vec<Group>, TrackerError> {
        let reference = self.reference_at(as_of.known_position).await?;
        let mut all = Vec::new();
        for id in among(&reference, &filter.authorities, &filter.regions, as_of.effective)? {
            let_others().await;
            let authority = reference.entry(&id, as_of.effective)?.reference(as_of.effective);
            let (_, history) = self.history_of(&id, as_of.known_position).await?;
            let found = intervals(history.as_ref(), &reference.national.calendar, as_of).into_iter();
            let found = found.filter(|interval| filter.wanted.lets_through(interval));
            all.extend(found.map(|interval| Measured { authority: authority.clone(), interval }));
        }
        Ok(table(all, &filter.by))
    }
}
