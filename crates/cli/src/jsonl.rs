//! JSON Lines: one event a line, each line judged by itself.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

use docket_api::pb;

use crate::exit::{Exit, Failure};
use crate::explain;

/// Longest line, in bytes; the server accepts no longer event.
pub(crate) const LINE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// One line that is not blank.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// 1, 2, 3 … blank lines counted too.
    pub(crate) number: u64,
    /// The event, or what is wrong with the line.
    pub(crate) event: Result<pb::Event, Vec<pb::FieldProblem>>,
}

/// The lines of a file, of standard input, or of text.
pub(crate) struct Lines {
    reader: Box<dyn BufRead + Send>,
    name: String,
    number: u64,
}

impl Lines {
    /// Opens a file; `-` is standard input.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let name = name_of(path);
        let reader: Box<dyn BufRead + Send> = if is_stdin(path) {
            Box::new(BufReader::new(io::stdin()))
        } else {
            let file = File::open(path)
                .map_err(|error| Failure::new(Exit::Failed, format!("cannot open {name}: {error}")))?;
            Box::new(BufReader::new(file))
        };
        Ok(Self { reader, name, number: 0 })
    }

    /// The lines of text that is part of the program.
    pub(crate) fn of(name: &str, text: &'static str) -> Self {
        Self::from_reader(name, Box::new(text.as_bytes()))
    }

    fn from_reader(name: &str, reader: Box<dyn BufRead + Send>) -> Self {
        Self { reader, name: name.to_owned(), number: 0 }
    }

    /// How the file is called in messages.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The next line that is not blank.
    ///
    /// # Errors
    /// If the file cannot be read on. A line that is not UTF-8, or over [`LINE_BYTES_MAX`], is only wrong itself.
    pub(crate) fn next(&mut self) -> Result<Option<Line>, Failure> {
        loop {
            let mut bytes = Vec::new();
            let read = self.reader.by_ref().take(LINE_BYTES_MAX + 1).read_until(b'\n', &mut bytes);
            self.number += 1;
            if read.map_err(|error| self.unreadable(&error))? == 0 {
                return Ok(None);
            }
            if bytes.len() as u64 > LINE_BYTES_MAX {
                if !bytes.ends_with(b"\n") {
                    self.skip_line().map_err(|error| self.unreadable(&error))?;
                }
                return Ok(Some(self.wrong(format!("is longer than {LINE_BYTES_MAX} bytes"))));
            }
            let text = match String::from_utf8(bytes) {
                Ok(text) => text,
                Err(error) => {
                    let at = error.utf8_error().valid_up_to() + 1;
                    return Ok(Some(self.wrong(format!("is not UTF-8 at byte {at}"))));
                }
            };
            let text = text.trim_start_matches('\u{feff}').trim();
            if !text.is_empty() {
                return Ok(Some(Line { number: self.number, event: explain::event(text) }));
            }
        }
    }

    /// Reads to the end of a line without keeping it.
    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.reader.fill_buf()?;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let read = end.map_or(buffer.len(), |end| end + 1);
            self.reader.consume(read);
            if end.is_some() || read == 0 {
                return Ok(());
            }
        }
    }

    fn wrong(&self, description: String) -> Line {
        let problem = pb::FieldProblem { description, ..pb::FieldProblem::default() };
        Line { number: self.number, event: Err(vec![problem]) }
    }

    fn unreadable(&self, why: &io::Error) -> Failure {
        Failure::new(Exit::Failed, format!("cannot read line {} of {}: {why}", self.number, self.name))
    }
}

/// Whether a path means standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// How a file is called in messages.
pub(crate) fn name_of(path: &Path) -> String {
    if is_stdin(path) { "standard input".to_owned() } else { path.display().to_string() }
}

/// How many lines a file has, for a progress bar; `None` where that cannot be known.
pub(crate) fn count(path: &Path) -> Option<u64> {
    // What is no file can be read only once, and that is not for counting.
    if is_stdin(path) || !path.is_file() {
        return None;
    }
    let mut reader = BufReader::new(File::open(path).ok()?);
    let mut lines = 0;
    loop {
        let buffer = reader.fill_buf().ok()?;
        if buffer.is_empty() {
            return Some(lines);
        }
        lines += buffer.iter().filter(|byte| **byte == b'\n').count() as u64;
        let read = buffer.len();
        reader.consume(read);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_count_but_are_not_events() {
        let mut lines = Lines::of("test", "\u{feff}{\"note\":\"a\"}\r\n\n  \n{\"note\":1}\n");
        let first = lines.next().unwrap().unwrap();
        assert_eq!((first.number, first.event.unwrap().note.as_str()), (1, "a"));
        let second = lines.next().unwrap().unwrap();
        assert_eq!((second.number, second.event.unwrap_err()[0].field.as_str()), (4, "note"));
        assert!(lines.next().unwrap().is_none());
    }

    #[test]
    fn a_line_that_is_not_utf8_or_too_long_is_wrong_itself_and_the_next_is_read() {
        let longest = usize::try_from(LINE_BYTES_MAX).unwrap();
        for more in [0, 1, 100_000] {
            let mut bytes = b"{\"note\":\"\xff\"}\n".to_vec();
            bytes.extend(vec![b'x'; longest + more]);
            bytes.extend(b"\n{\"note\":\"a\"}\n");
            let mut lines = Lines::from_reader("test", Box::new(io::Cursor::new(bytes)));
            let mut problem = || {
                let line = lines.next().unwrap().unwrap();
                (line.number, line.event.unwrap_err()[0].description.clone())
            };
            assert_eq!(problem(), (1, "is not UTF-8 at byte 10".to_owned()));
            assert_eq!(problem(), (2, "is longer than 4194304 bytes".to_owned()));
            let last = lines.next().unwrap().unwrap();
            assert_eq!((last.number, last.event.unwrap().note.as_str()), (3, "a"));
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let Err(failure) = Lines::open(Path::new("no/such.jsonl")) else { panic!("opened") };
        assert!(failure.message.contains("no/such.jsonl"), "{}", failure.message);
    }
}
