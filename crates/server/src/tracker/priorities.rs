//! Whom to visit first.

use docket_domain::priorities::{Draw, Ranked, Table, ranked};
use docket_domain::providers::status::ProviderStatus;
use docket_domain::status::{AsOf, AuthorityStatus};

use super::error::TrackerError;
use super::{ProviderFilter, StatusFilter, Tracker};

/// Who is ranked, and by what a sample is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriorityFilter {
    /// Names or codes; empty: all. Of providers: in whose areas they are.
    pub authorities: Vec<String>,
    /// Regions of England; empty: all. Of authorities alone.
    pub regions: Vec<String>,
    /// The sample.
    pub draw: Draw,
}

/// Who comes first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Priorities {
    /// Of authorities.
    Authorities(Ranked<AuthorityStatus>),
    /// Of regulated providers.
    Providers(Ranked<ProviderStatus>),
}

impl Tracker {
    /// Ranks by a table, which says whether it is of providers or of authorities.
    ///
    /// # Errors
    /// Those of looking up the names in the filter and of reading the log.
    pub async fn priorities(
        &self,
        as_of: AsOf,
        table: &Table,
        filter: &PriorityFilter,
    ) -> Result<Priorities, TrackerError> {
        let (day, draw) = (as_of.effective, filter.draw);
        let authorities = filter.authorities.clone();
        if table.of_providers {
            let filter = ProviderFilter { authorities, ..ProviderFilter::default() };
            let (statuses, _) = self.providers(as_of, &filter, None, usize::MAX).await?;
            return Ok(Priorities::Providers(ranked(table, day, draw, statuses)));
        }
        let filter = StatusFilter { authorities, regions: filter.regions.clone(), ..StatusFilter::default() };
        let (statuses, _) = self.statuses(as_of, &filter, None, usize::MAX).await?;
        Ok(Priorities::Authorities(ranked(table, day, draw, statuses)))
    }
}
