//! Indicators: dated values about an authority, beside its status and never part of it.

use alloc::string::String;
use alloc::vec::Vec;

use crate::date::PartialDate;
use crate::event::{DateRange, Fact, Recorded};
use crate::facts::Facts;
use crate::seen::seen;
use crate::status::{AsOf, RestsOn};
use crate::terms::IndicatorKind;

/// What is measured in one unit, with its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Indicator {
    /// What.
    pub kind: IndicatorKind,
    /// Which of several; empty where the kind says it.
    pub name: String,
    /// In which unit.
    pub unit: String,
    /// The last one first; never empty.
    pub values: Vec<Value>,
}

/// A value that was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// A decimal number, as printed.
    pub value: String,
    /// The days it is about.
    pub about: DateRange,
    /// When it was published.
    pub published: PartialDate,
    /// Provenance.
    pub rests_on: RestsOn,
}

/// The indicators of an authority as published by a day and as known at a moment, by kind, name and unit. Of values about the same days, the
/// one published later comes first.
#[must_use]
pub fn indicators(history: &[Recorded], as_of: AsOf) -> Vec<Indicator> {
    let mut indicators: Vec<Indicator> = Vec::new();
    for counted in seen(Facts::of(history), as_of.asked()).facts.counted {
        let Fact::Indicator(reported) = counted.fact else { continue };
        let value = Value {
            value: reported.value.clone(),
            about: reported.about,
            published: counted.happened_on,
            rests_on: counted.rests_on(),
        };
        let same = |known: &&mut Indicator| {
            (known.kind, &known.name, &known.unit) == (reported.kind, &reported.name, &reported.unit)
        };
        match indicators.iter_mut().find(same) {
            // Facts come in the order in which they happened: the later one goes before those about the same days.
            Some(known) => known.values.insert(0, value),
            None => indicators.push(Indicator {
                kind: reported.kind,
                name: reported.name.clone(),
                unit: reported.unit.clone(),
                values: alloc::vec![value],
            }),
        }
    }
    for indicator in &mut indicators {
        indicator.values.sort_by_key(|value| core::cmp::Reverse(value.about.last.sort_key()));
    }
    indicators
        .sort_by(|one, other| (one.kind, &one.name, &one.unit).cmp(&(other.kind, &other.name, &other.unit)));
    indicators
}
