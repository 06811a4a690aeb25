//! The one clock, and the civil day that it is in London.

use std::sync::{LazyLock, Mutex, PoisonError};

use docket_domain::date::Date;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The zone of every civil date in Docket, from the data that jiff carries, so that no answer hangs on the machine.
static LONDON: LazyLock<TimeZone> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the zone data is part of the binary; a test asks for it")]
    TimeZone::get("Europe/London").expect("the bundled zone data has London")
});

/// Says what time it is.
pub trait Clock: Send + Sync + 'static {
    /// The instant.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that stands still until it is set, for tests and demonstrations.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// A clock that stands at `now`.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    /// Sets it, forwards or back.
    pub fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The civil day in London at an instant.
#[must_use]
pub fn day_in_london(at: Timestamp) -> Date {
    at.to_zoned(LONDON.clone()).date()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn in_summer_the_day_in_london_begins_an_hour_before_that_of_utc() {
        for (instant, day) in [
            ("2025-04-22T22:30:00Z", date(2025, 4, 22)),
            ("2025-04-22T23:30:00Z", date(2025, 4, 23)),
            ("2025-01-22T23:30:00Z", date(2025, 1, 22)),
        ] {
            assert_eq!(day_in_london(instant.parse().unwrap()), day, "{instant}");
        }
    }
}
