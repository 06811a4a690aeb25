//! What may be recorded of the regulator.

use alloc::format;

use super::{Context, Verdict};
use crate::date::PartialDate;
use crate::event::{Fact, Suspended};
use crate::id::SuspensionKey;

pub(super) fn judge_suspended(context: &Context<'_>, suspended: &Suspended, verdict: &mut Verdict) {
    let Suspended { suspension, .. } = suspended;
    if begun(context, suspension).is_some() {
        let why = format!("{suspension} is recorded already: a suspension has a key of its own");
        verdict.refuse("SUSPENSION_ALREADY_BEGUN", "suspension", why);
    }
}

pub(super) fn judge_resumed(
    context: &Context<'_>,
    happened_on: PartialDate,
    suspension: &SuspensionKey,
    verdict: &mut Verdict,
) {
    let Some(begun) = begun(context, suspension) else {
        let why = format!("there is no suspension {suspension}: record framework_suspended first");
        verdict.refuse("SUSPENSION_UNKNOWN", "suspension", why);
        return;
    };
    let resumed = context.facts.counted.iter().find(
        |counted| matches!(counted.fact, Fact::FrameworkResumed { suspension: other } if other == suspension),
    );
    if let Some(resumed) = resumed {
        let why = format!("{suspension} ended on {} already", resumed.happened_on);
        verdict.refuse("SUSPENSION_ALREADY_ENDED", "suspension", why);
    }
    if happened_on.latest().is_some_and(|end| begun.earliest().is_some_and(|begun| end < begun)) {
        let why = format!("{suspension} begins on {begun}; it cannot end on {happened_on}");
        verdict.refuse("END_BEFORE_START", "happened_on", why);
    }
}

/// When a suspension of this key began, if it did.
fn begun(context: &Context<'_>, suspension: &SuspensionKey) -> Option<PartialDate> {
    context.facts.counted.iter().find_map(|counted| match counted.fact {
        Fact::FrameworkSuspended(suspended) if suspended.suspension == *suspension => {
            Some(counted.happened_on)
        }
        _ => None,
    })
}
