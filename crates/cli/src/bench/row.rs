//! A row of the comparison: ours, the limit, the target; and how the two are measured by turns.

use std::time::Duration;

use crate::exit::Failure;

/// How often ours and the limit take turns where the time is shared out, beside a first time that is not counted.
pub(crate) const TURNS: u32 = 11;
/// How often they do where each takes as long as it takes.
pub(crate) const LONG_TURNS: u32 = 5;

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Events a second.
    Events,
    /// Calls a second.
    Calls,
    /// Seconds.
    Seconds,
    /// Millions of bytes.
    Megabytes,
    /// Bytes for each event.
    BytesPerEvent,
}

/// When a row is as it should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    /// There is none; the row is for looking at.
    None,
    /// Ours is at least this part of the limit.
    Ratio(f64),
    /// Ours is at least this much.
    AtLeast(f64),
    /// Ours is at most this much.
    AtMost(f64),
}

/// What was measured.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// The work.
    pub(crate) work: String,
    /// What the figures count.
    pub(crate) unit: Unit,
    /// Ours.
    pub(crate) ours: f64,
    /// What it is held against, where there is such a thing.
    pub(crate) limit: Option<Limit>,
    /// What is to be reached.
    pub(crate) target: Target,
    /// What one has to know to read it.
    pub(crate) note: String,
}

/// What ours is held against.
#[derive(Clone, Debug)]
pub(crate) struct Limit {
    /// What it is.
    pub(crate) what: String,
    /// Its figure.
    pub(crate) figure: f64,
    /// Ours over it, turn by turn.
    pub(crate) ratio: f64,
}

/// The medians over all turns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Figures {
    /// Ours.
    pub(crate) ours: f64,
    /// The limit.
    pub(crate) limit: f64,
    /// Ours over the limit, turn by turn.
    pub(crate) ratio: f64,
}

impl Figures {
    /// The row of these figures.
    pub(crate) fn row(self, work: impl Into<String>, unit: Unit, against: impl Into<String>) -> Row {
        let limit = Limit { what: against.into(), figure: self.limit, ratio: self.ratio };
        Row {
            work: work.into(),
            unit,
            ours: self.ours,
            limit: Some(limit),
            target: Target::None,
            note: String::new(),
        }
    }
}

impl Row {
    /// A row that is held against nothing.
    pub(crate) fn alone(work: impl Into<String>, unit: Unit, ours: f64) -> Self {
        Self { work: work.into(), unit, ours, limit: None, target: Target::None, note: String::new() }
    }

    /// The same, with a target.
    pub(crate) fn target(self, target: Target) -> Self {
        Self { target, ..self }
    }

    /// The same, with a word about it.
    pub(crate) fn note(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    /// Whether the target was met; `None` where there is none.
    pub(crate) fn met(&self) -> Option<bool> {
        match self.target {
            Target::None => None,
            Target::Ratio(least) => self.limit.as_ref().map(|limit| least <= limit.ratio),
            Target::AtLeast(least) => Some(least <= self.ours),
            Target::AtMost(most) => Some(self.ours <= most),
        }
    }
}

/// How long one turn of one side lasts, so that a row takes `time`.
pub(crate) fn turn_of(time: Duration) -> Duration {
    time / (2 * (TURNS + 1))
}

/// Measures both by turns, so that what else the machine does meets both alike. Each measurement gives a rate.
///
/// # Errors
/// That of a measurement.
pub(crate) async fn by_turns(
    turns: u32,
    mut ours: impl AsyncFnMut() -> Result<f64, Failure>,
    mut limit: impl AsyncFnMut() -> Result<f64, Failure>,
) -> Result<Figures, Failure> {
    ours().await?;
    limit().await?;
    let (mut of_ours, mut of_limit, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for turn in 0..turns {
        // Whoever comes second finds the machine as the first left it: that is shared too.
        let (one, other) = if turn % 2 == 0 {
            let one = ours().await?;
            (one, limit().await?)
        } else {
            let other = limit().await?;
            (ours().await?, other)
        };
        of_ours.push(one);
        of_limit.push(other);
        ratios.push(one / other);
    }
    Ok(Figures { ours: median(of_ours), limit: median(of_limit), ratio: median(ratios) })
}

/// The middle one.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_ratio_is_that_of_neighbours_in_time() {
        // A machine that grows slower all the while, for both alike.
        let speed = std::cell::Cell::new(1_000.0);
        let measure = async |part: f64| {
            speed.set(speed.get() - 1.0);
            Ok(speed.get() * part)
        };
        let figures = by_turns(5, async || measure(0.5).await, async || measure(1.0).await).await.unwrap();
        assert!((figures.ratio - 0.5).abs() < 0.01, "{figures:?}");
    }

    #[test]
    fn a_target_is_met_from_its_ratio_on() {
        let row =
            |ratio, target| Figures { ours: 2.0, limit: 1.0, ratio }.row("", Unit::Calls, "").target(target);
        assert_eq!(row(0.7, Target::Ratio(0.7)).met(), Some(true));
        assert_eq!(row(0.69, Target::Ratio(0.7)).met(), Some(false));
        assert_eq!(row(0.1, Target::None).met(), None);
        assert_eq!(row(0.1, Target::AtLeast(2.0)).met(), Some(true));
        assert_eq!(row(0.1, Target::AtMost(1.9)).met(), Some(false));
        assert_eq!(Row::alone("", Unit::Calls, 1.0).target(Target::Ratio(0.1)).met(), None);
    }
}
