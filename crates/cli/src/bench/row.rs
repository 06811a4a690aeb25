//! A row of the comparison: ours, the limit, the target; and how the two are measured by turns.

use std::time::Duration;

use crate::exit::Failure;

/// How often ours and the limit take turns, beside a first time that is not counted.
const TURNS: u32 = 11;

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Events a second.
    Events,
    /// Calls a second.
    Calls,
}

/// When a row is as it should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    /// There is none; the row is for looking at.
    None,
    /// Ours is at least this part of the limit.
    Ratio(f64),
}

/// What was measured.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// The work.
    pub(crate) work: String,
    /// What the figures count.
    pub(crate) unit: Unit,
    /// What the limit is, where there is one.
    pub(crate) against: String,
    /// The figures.
    pub(crate) figures: Figures,
    /// What is to be reached.
    pub(crate) target: Target,
    /// What one has to know to read it.
    pub(crate) note: String,
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

impl Row {
    /// Whether the target was met; `None` where there is none.
    pub(crate) fn met(&self) -> Option<bool> {
        match self.target {
            Target::None => None,
            Target::Ratio(least) => Some(least <= self.figures.ratio),
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
    mut ours: impl AsyncFnMut() -> Result<f64, Failure>,
    mut limit: impl AsyncFnMut() -> Result<f64, Failure>,
) -> Result<Figures, Failure> {
    ours().await?;
    limit().await?;
    let (mut of_ours, mut of_limit, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for turn in 0..TURNS {
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
        let figures = by_turns(async || measure(0.5).await, async || measure(1.0).await).await.unwrap();
        assert!((figures.ratio - 0.5).abs() < 0.01, "{figures:?}");
    }

    #[test]
    fn a_target_is_met_from_its_ratio_on() {
        let row = |ratio, target| Row {
            work: String::new(),
            unit: Unit::Calls,
            against: String::new(),
            figures: Figures { ours: 1.0, limit: 1.0, ratio },
            target,
            note: String::new(),
        };
        assert_eq!(row(0.7, Target::Ratio(0.7)).met(), Some(true));
        assert_eq!(row(0.69, Target::Ratio(0.7)).met(), Some(false));
        assert_eq!(row(0.1, Target::None).met(), None);
    }
}
