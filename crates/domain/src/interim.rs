//! Exemptions under the regulations of 2020, and concerns: what stands beside the rest of an answer.

use alloc::vec::Vec;

use jiff::civil::date;

use crate::cited::Mark;
use crate::date::{Date, PartialDate};
use crate::event::Fact;
use crate::facts::Counted;
use crate::status::{Concern, Exemption};
use crate::terms::{Flexibility, Standing};

/// A row of the table of relaxations: these were in force between these days.
#[derive(Clone, Copy, Debug)]
pub struct Relaxed {
    /// Which.
    pub flexibilities: &'static [Flexibility],
    /// First day.
    pub from: Date,
    /// The day on which they cease to have effect.
    pub until: Date,
    /// The regulations that say so.
    pub source: &'static str,
    /// How surely it is known.
    pub mark: Mark,
}

const CARRIED: &[Flexibility] = &[
    Flexibility::VirtualVisits,
    Flexibility::MedicalReports,
    Flexibility::InspectionFrequency,
    Flexibility::OtherCarried,
];
const BEGAN: Date = date(2020, 4, 24);
const MOST_LAPSED: Date = date(2020, 9, 25);
const CARRIED_UNTIL: Date = date(2021, 3, 31);
const EXTENDED_UNTIL: Date = date(2021, 9, 30);

/// Every row, in the order of the days.
#[rustfmt::skip]
pub const RELAXED: &[Relaxed] = &[
    Relaxed { flexibilities: Flexibility::ALL, from: BEGAN, until: MOST_LAPSED, source: "Adoption and Children (Coronavirus) (Amendment) Regulations 2020, SI 2020/445: in force from 24 April 2020, ceasing on 25 September 2020 with savings", mark: Mark::Verified },
    Relaxed { flexibilities: CARRIED, from: MOST_LAPSED, until: CARRIED_UNTIL, source: "Adoption and Children (Coronavirus) (Amendment) (No. 2) Regulations 2020: five of the relaxations of SI 2020/445 carried to 31 March 2021", mark: Mark::Secondary },
    Relaxed { flexibilities: CARRIED, from: CARRIED_UNTIL, until: EXTENDED_UNTIL, source: "amending regulations of 2021: the five relaxations carried from SI 2020/445 extended to 30 September 2021, without savings", mark: Mark::Secondary },
];

/// The row of a relaxation that is in force on a day, or was the last one in force before it; `None` before the first.
pub(crate) fn relaxed(flexibility: Flexibility, day: Date) -> Option<&'static Relaxed> {
    RELAXED.iter().rfind(|row| row.flexibilities.contains(&flexibility) && row.from <= day)
}

/// The exemptions used by the day, in the order in which they began.
pub(crate) fn exemptions(facts: &[Counted<'_>], day: Date) -> Vec<Exemption> {
    let used = facts.iter().filter_map(|counted| match counted.fact {
        Fact::ExemptionUsed(used) => Some((counted, used)),
        _ => None,
    });
    used.map(|(counted, used)| {
        let row = relaxed(used.flexibility, day);
        let lapse = row.map(|row| row.until);
        Exemption {
            used: used.clone(),
            from: counted.happened_on,
            lapse,
            standing: standing(counted.is_rough(day), used.until, lapse, day),
            legal_basis: row.map_or("", |row| row.source),
            rests_on: counted.rests_on(),
        }
    })
    .collect()
}

fn standing(is_rough: bool, until: PartialDate, lapse: Option<Date>, day: Date) -> Standing {
    let over = |last: Option<Date>| last.is_some_and(|last| last < day);
    let lapsed = lapse.is_none_or(|lapse| lapse <= day);
    if lapsed || over(until.latest()) {
        Standing::Ended
    } else if over(until.earliest()) || is_rough {
        Standing::Uncertain
    } else {
        Standing::InForce
    }
}

/// The concerns received by the day, the last one first.
pub(crate) fn concerns(facts: &[Counted<'_>]) -> Vec<Concern> {
    let received = facts.iter().rev().filter_map(|counted| match counted.fact {
        Fact::ConcernReceived(concern) => Some(Concern {
            received: counted.happened_on,
            concern: concern.clone(),
            rests_on: counted.rests_on(),
        }),
        _ => None,
    });
    received.collect()
}
