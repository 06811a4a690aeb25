//! The one writer of standard output: it notices a closed pipe, and knows whether a person reads.

use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use comfy_table::Table;
use docket_api::json;
use prost::{Message, Name};

use crate::exit::{Exit, Failure};
use crate::render::Style;

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Also into a pipe or a file.
    Always,
    /// Nowhere.
    Never,
}

/// Where a command writes its answer.
pub(crate) struct Out {
    writer: Box<dyn Write + Send>,
    json: bool,
    style: Style,
}

impl Out {
    /// Standard output, as asked for on the command line.
    pub(crate) fn stdout(json: bool, colour: Colour) -> Self {
        let terminal = io::stdout().is_terminal();
        let colour = match colour {
            Colour::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
            Colour::Always => true,
            Colour::Never => false,
        };
        let width = if terminal { Table::new().width() } else { None };
        Self {
            writer: Box::new(io::BufWriter::new(io::stdout())),
            json,
            style: Style { colour, width, why: false },
        }
    }

    /// Whether canonical JSON was asked for.
    pub(crate) fn json(&self) -> bool {
        self.json
    }

    /// Width and colour of whatever reads the output.
    pub(crate) fn style(&self) -> Style {
        self.style
    }

    /// Writes text as it is.
    ///
    /// # Errors
    /// If standard output cannot be written to; quietly if its reader went away.
    pub(crate) fn text(&mut self, text: &str) -> Result<(), Failure> {
        self.writer.write_all(text.as_bytes()).map_err(|error| failed(&error))
    }

    /// Writes bytes as they are.
    ///
    /// # Errors
    /// As [`Out::text`].
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.writer.write_all(bytes).map_err(|error| failed(&error))
    }

    /// Writes a line.
    ///
    /// # Errors
    /// As [`Out::text`].
    pub(crate) fn line(&mut self, line: &str) -> Result<(), Failure> {
        self.text(line)?;
        self.text("\n")
    }

    /// Writes a message as one line of canonical JSON.
    ///
    /// # Errors
    /// As [`Out::text`].
    pub(crate) fn message<M: Message + Name>(&mut self, message: &M) -> Result<(), Failure> {
        self.line(&json::to_line(message))
    }

    /// Hands everything written so far to whoever reads.
    ///
    /// # Errors
    /// As [`Out::text`].
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        self.writer.flush().map_err(|error| failed(&error))
    }
}

/// Says something beside the answer, to standard error. Nothing can be done where that fails.
pub(crate) fn note(text: &str) {
    let mut stderr = io::stderr().lock();
    let _unheard = stderr.write_all(text.as_bytes()).and_then(|()| stderr.write_all(b"\n"));
}

fn failed(error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::BrokenPipe {
        Failure::closed_pipe()
    } else {
        Failure::new(Exit::Failed, format!("cannot write the answer: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_went_away_is_no_error() {
        let mut out = Out { writer: Box::new(Closed), json: false, style: Style::plain() };
        let failure = out.line("text").unwrap_err();
        assert_eq!((failure.exit, failure.text().as_str()), (Exit::Done, ""));
    }
}
