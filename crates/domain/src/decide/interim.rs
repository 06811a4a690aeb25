//! What may be recorded of exemptions and concerns.

use alloc::format;

use super::{Context, Verdict};
use crate::date::PartialDate;
use crate::event::{ExemptionUse, Fact};
use crate::interim::relaxed;

pub(super) fn judge(context: &Context<'_>, happened_on: PartialDate, fact: &Fact, verdict: &mut Verdict) {
    let mut known = context.facts.counted.iter().map(|counted| counted.fact);
    match fact {
        Fact::ExemptionUsed(used) => {
            let same =
                |fact: &Fact| matches!(fact, Fact::ExemptionUsed(other) if other.exemption == used.exemption);
            if known.any(same) {
                let why = format!("{} is recorded already: each use has a key of its own", used.exemption);
                verdict.refuse("EXEMPTION_ALREADY_USED", "exemption", why);
            }
            judge_days(happened_on, used, verdict);
        }
        Fact::ConcernReceived(received) => {
            let same = |fact: &Fact| matches!(fact, Fact::ConcernReceived(other) if other.concern == received.concern);
            if known.any(same) {
                let why =
                    format!("{} is recorded already: each concern has a key of its own", received.concern);
                verdict.refuse("CONCERN_ALREADY_RECEIVED", "concern", why);
            }
        }
        _ => {}
    }
}

fn judge_days(happened_on: PartialDate, used: &ExemptionUse, verdict: &mut Verdict) {
    if used.until.latest().zip(happened_on.earliest()).is_some_and(|(until, from)| until < from) {
        let why = format!("{} would end on {}, before it began on {happened_on}", used.exemption, used.until);
        verdict.refuse("END_BEFORE_START", "until_date", why);
    }
    let Some((first, last)) = happened_on.earliest().zip(happened_on.latest()) else { return };
    let was_in_force = relaxed(used.flexibility, last).is_some_and(|row| first < row.until);
    if !was_in_force {
        let why = format!("{} was not in force on {happened_on}", used.flexibility.name().replace('_', " "));
        verdict.warn("EXEMPTION_NOT_IN_FORCE", why);
    }
}
