//! How a command ends: the exit codes, and a failure told for people.

use std::process::ExitCode;

/// What the number that the shell sees means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything asked was done.
    Done = 0,
    /// Refused, or failed for a reason of its own.
    Failed = 1,
    /// No authority of that name, or several; no such event.
    NotFound = 3,
    /// Some of it was done, the rest was not; both are listed.
    Partly = 4,
    /// The server cannot be reached, or cannot answer now; nothing was recorded.
    Unreachable = 5,
    /// A stream is not at the revision that was expected.
    Conflict = 6,
    /// The connection was lost, or the server stopped, before the last answer: part or all may have been recorded.
    Unknown = 7,
    /// What was verified is not as it should be.
    Wrong = 8,
}

/// The last part of `docket --help`. 2 is clap's own.
pub(crate) const HELP: &str = "\
Exit codes:
  0  done
  1  refused, or failed
  2  the command line was not understood
  3  no such authority or event, or several of that name
  4  partly done: what was not is listed
  5  the server cannot be reached, or is too busy to answer; nothing was recorded
  6  a stream is not at the revision named with --expect
  7  interrupted, or not known whether all was recorded: run the same command again; event ids make that safe
  8  verified, and something is wrong: it is named

Authorities are named by GSS code (E06000010), Ofsted URN, DfE number (810) or name (\"Kingston upon Hull\").
Times are those of London for people, and RFC 3339 with --json.";

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    /// How to end.
    pub(crate) exit: Exit,
    /// What went wrong, in a sentence without a full stop. Empty: say nothing more.
    pub(crate) message: String,
    /// Each field, line or event concerned.
    pub(crate) details: Vec<String>,
    /// What to do about it.
    pub(crate) hint: String,
}

impl Failure {
    /// A failure with nothing more to say than `message`.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), details: Vec::new(), hint: String::new() }
    }

    /// The same, with what to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// The same, with the fields, lines or events concerned.
    pub(crate) fn details(mut self, details: Vec<String>) -> Self {
        self.details = details;
        self
    }

    /// Ends with this code and no further word: everything was said on the way.
    pub(crate) fn silent(exit: Exit) -> Self {
        Self::new(exit, String::new())
    }

    /// The reader of our output went away (`docket … | head`); nobody is left to tell, and nothing is wrong.
    pub(crate) fn closed_pipe() -> Self {
        Self::silent(Exit::Done)
    }

    /// All of it, as it goes to standard error.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        if !self.message.is_empty() {
            text = format!("error: {}\n", self.message);
            for detail in &self.details {
                text.push_str(&format!("  {detail}\n"));
            }
            if !self.hint.is_empty() {
                text.push_str(&format!("hint: {}\n", self.hint));
            }
        }
        text
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_lists_every_exit_code() {
        for exit in [
            Exit::Done,
            Exit::Failed,
            Exit::NotFound,
            Exit::Partly,
            Exit::Unreachable,
            Exit::Conflict,
            Exit::Unknown,
            Exit::Wrong,
        ] {
            let line = format!("\n  {}  ", exit as u8);
            assert!(HELP.contains(&line), "{exit:?} is missing in the help");
        }
    }

    #[test]
    fn a_failure_tells_what_where_and_what_to_do() {
        let failure = Failure::new(Exit::Failed, "the file was refused")
            .details(vec!["line 3: no field `foo`".into()])
            .hint("see --example");
        assert_eq!(
            failure.text(),
            "error: the file was refused\n  line 3: no field `foo`\nhint: see --example\n"
        );
        assert_eq!(Failure::closed_pipe().text(), "");
    }
}
