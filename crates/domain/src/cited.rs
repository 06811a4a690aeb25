//! Rules in words, each with the source that says so and how surely it is known.

use alloc::string::{String, ToString};
use core::fmt;

/// How surely a rule is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Read in the law, handbook or letters, or computed from official data.
    Verified,
    /// Read only in what somebody else wrote about it.
    Secondary,
    /// General knowledge: not computed; only a stated date counts.
    Recalled,
    /// What Docket does where no source says: see the decision that is named.
    Reading,
}

/// A rule in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cited {
    /// What it says.
    pub text: &'static str,
    /// The law, handbook, letter or decision that says so.
    pub source: &'static str,
    /// How surely it is known.
    pub mark: Mark,
}

impl fmt::Display for Cited {
    /// `No work on a bank holiday (SI 2007/462 reg 1(2)).`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}).", self.text.trim_end_matches('.'), self.source)
    }
}

/// A rule behind a part of one answer. Documents set rules of their own, so it is not always a row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ground {
    /// What it says.
    pub text: String,
    /// Its source.
    pub source: String,
}

impl From<Cited> for Ground {
    fn from(cited: Cited) -> Self {
        Self { text: cited.text.to_string(), source: cited.source.to_string() }
    }
}
