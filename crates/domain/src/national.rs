//! What holds for the whole country on a day: which days are worked, which inspections are suspended, and the policy.

use alloc::vec::Vec;

use crate::calendar::Calendar;
use crate::date::{Date, Happened, PartialDate};
use crate::event::{Fact, Recorded, Suspended};
use crate::facts::{Dated, Facts};
use crate::frameworks::{self, Row};
use crate::policy::Adopted;
use crate::status::{RestsOn, Suspension};
use crate::terms::{Framework, InspectionKind, ProviderKind, ServiceDomain};

/// The national facts, as known at a position.
#[derive(Clone, Debug, Default)]
pub struct National {
    /// Which days are worked.
    pub calendar: Calendar,
    /// What is set where no source settles it.
    pub policy: Adopted,
    suspensions: Vec<Span>,
}

#[derive(Clone, Debug)]
struct Span {
    suspended: Suspended,
    begun: Dated,
    resumed: Option<Dated>,
}

impl National {
    /// Folds the events of the streams of the calendar, of the regulator and of the policy, in the order of their positions.
    #[must_use]
    pub fn fold(events: &[Recorded]) -> Self {
        let mut suspensions: Vec<Span> = Vec::new();
        let facts = Facts::of(events).counted;
        for counted in &facts {
            if let Fact::FrameworkSuspended(suspended) = counted.fact {
                let (suspended, begun) = (suspended.clone(), counted.dated());
                suspensions.push(Span { suspended, begun, resumed: None });
            }
        }
        for counted in &facts {
            let Fact::FrameworkResumed { suspension } = counted.fact else { continue };
            let named = suspensions.iter_mut().find(|span| span.suspended.suspension == *suspension);
            if let Some(span) = named {
                span.resumed.get_or_insert(counted.dated());
            }
        }
        Self { calendar: Calendar::fold(events), policy: Adopted::fold(events), suspensions }
    }

    /// The suspensions of inspections of these services that are in force on a day, in the order of their beginnings.
    pub(crate) fn suspensions_of(&self, services: ServiceDomain, day: Date) -> Vec<Suspension> {
        self.that_suspend(|kind| frameworks::domain(kind) == services, day)
    }

    /// Those that are in force on a day of inspections that are made of this kind of provider; where that is not known, of any provider.
    pub(crate) fn suspensions_of_provider(
        &self,
        provider: Option<ProviderKind>,
        day: Date,
    ) -> Vec<Suspension> {
        match provider {
            Some(provider) => self.that_suspend(|kind| frameworks::is_made_of(provider, kind), day),
            None => self.suspensions_of(ServiceDomain::RegulatedProvision, day),
        }
    }

    fn that_suspend(&self, is_made: impl Fn(InspectionKind) -> bool, day: Date) -> Vec<Suspension> {
        let of_those = self.suspensions.iter().filter(|span| suspends(&span.suspended, &is_made));
        of_those.filter_map(|span| span.on(day)).collect()
    }
}

/// When happened what holds for everybody: each fact that counts, with its date as corrected, and the events that say so. A policy counts by when it
/// was recorded, and so is not among them.
#[must_use]
pub fn dates(events: &[Recorded]) -> Vec<(PartialDate, RestsOn)> {
    let counted = Facts::of(events).counted.into_iter();
    let dated = counted.filter(|counted| !matches!(counted.fact, Fact::PolicyAdopted(_)));
    dated.map(|counted| (counted.happened_on, counted.rests_on())).collect()
}

impl From<Calendar> for National {
    /// Nothing is suspended, and no policy set.
    fn from(calendar: Calendar) -> Self {
        Self { calendar, ..Self::default() }
    }
}

impl Span {
    /// As it stands on a day; `None` where it has not begun, or has ended.
    fn on(&self, day: Date) -> Option<Suspension> {
        let begun = self.begun.on.by(day);
        let ended = self.resumed.as_ref().map_or(Happened::Not, |resumed| resumed.on.by(day));
        (begun != Happened::Not && ended != Happened::Surely).then(|| Suspension {
            suspended: self.suspended.clone(),
            from: self.begun.on,
            rests_on: self.begun.rests_on.clone(),
            uncertain: begun == Happened::Maybe || ended == Happened::Maybe,
        })
    }
}

/// Whether it suspends any of these inspections or visits. Of a framework that grades, its graded inspections say to whom it applies: its visits are
/// made of others too.
fn suspends(suspended: &Suspended, is_made: impl Fn(InspectionKind) -> bool) -> bool {
    let of_row = |row: &Row| {
        let grades = row.kinds.iter().any(|kind| frameworks::gives_grades(*kind));
        row.kinds.iter().any(|kind| is_made(*kind) && (!grades || frameworks::gives_grades(*kind)))
    };
    let of_framework =
        |framework: &Framework| frameworks::ROWS.iter().filter(|row| row.framework == *framework).any(of_row);
    suspended.kinds.iter().any(|kind| is_made(*kind)) || suspended.frameworks.iter().any(of_framework)
}
