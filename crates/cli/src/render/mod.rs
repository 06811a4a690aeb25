//! Answers as people read them.

pub(crate) mod action_plan;
pub(crate) mod change;
pub(crate) mod event;
pub(crate) mod explanation;
pub(crate) mod history;
pub(crate) mod indicators;
pub(crate) mod interim;
pub(crate) mod intervals;
pub(crate) mod lists;
pub(crate) mod obligation;
pub(crate) mod overview;
pub(crate) mod plan;
pub(crate) mod priorities;
pub(crate) mod provider;
pub(crate) mod status;
pub(crate) mod table;
#[cfg(test)]
mod tests;
pub(crate) mod words;

/// Who reads: how wide, in colour or not, how curious.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    /// Whether escape codes for colour are understood.
    pub(crate) colour: bool,
    /// Columns of the terminal; `None` where nothing has to be wrapped.
    pub(crate) width: Option<u16>,
    /// Whether whole ids and legal bases were asked for.
    pub(crate) why: bool,
}

impl Style {
    /// For a pipe.
    #[cfg(test)]
    pub(crate) const fn plain() -> Self {
        Self { colour: false, width: None, why: false }
    }

    /// For somebody who asks why, or does not.
    pub(crate) const fn why(self, why: bool) -> Self {
        Self { why, ..self }
    }

    /// Text that stands out.
    pub(crate) fn bold(self, text: &str) -> String {
        self.escape("1", text)
    }

    /// Text that stands back.
    pub(crate) fn dim(self, text: &str) -> String {
        self.escape("2", text)
    }

    fn escape(self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
