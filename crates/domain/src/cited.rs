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
    /// General knowledge: computed only where the policy in force says so.
    Recalled,
    /// What Docket does where no source says: see the decision that is named.
    Reading,
}

/// A rule in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cited<T = &'static str> {
    /// What it says.
    pub text: T,
    /// The law, handbook, letter or decision that says so.
    pub source: T,
    /// How surely it is known.
    pub mark: Mark,
}

/// A rule behind a part of one answer. Documents set rules of their own, so it is not always a row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ground {
    /// What it says.
    pub text: String,
    /// Its source.
    pub source: String,
}

impl fmt::Display for Cited {
    /// `No work on a bank holiday (SI 2007/462 reg 1(2)).`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sentence(f, self.text, self.source)
    }
}

impl fmt::Display for Ground {
    /// As a rule of a table.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sentence(f, &self.text, &self.source)
    }
}

fn sentence(f: &mut fmt::Formatter<'_>, text: &str, source: &str) -> fmt::Result {
    write!(f, "{} ({source}).", text.trim_end_matches('.'))
}

impl From<Cited> for Ground {
    fn from(cited: Cited) -> Self {
        Self { text: cited.text.to_string(), source: cited.source.to_string() }
    }
}
