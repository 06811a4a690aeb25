//! A workbook as sheets of typed cells, each with its address: what a person would see, before anybody asks what it means.

use std::collections::HashMap;
use std::fmt;
use std::io::{Cursor, Read as _};

use calamine::{Data, Ods, Range, Reader, Xlsx};
use flate2::read::GzDecoder;
use jiff::civil::{Date, date};

/// A file larger than this is not one of Ofsted's.
const FILE_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Why a file could not be read as a workbook.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum UnreadableWorkbook {
    /// Neither kind of spreadsheet that we read.
    #[error(
        "the file is neither an OpenDocument spreadsheet (.ods) nor an Excel workbook (.xlsx) nor comma-separated text (.csv): it begins with {0}"
    )]
    NotASpreadsheet(String),
    /// More bytes than any release has.
    #[error("the file has {0} bytes; more than {FILE_BYTES_MAX} are not read")]
    TooLarge(usize),
    /// The library could not make sense of the file.
    #[error("the spreadsheet is damaged or protected")]
    Damaged(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// One cell's value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// Nothing in it, or only blanks.
    Empty,
    /// Text, trimmed.
    Text(String),
    /// A number that is no date.
    Number(f64),
    /// A cell whose type is a date; its time of day is dropped.
    Date(Date),
    /// Anything else (a truth value, a duration, an error), as shown.
    Other(String),
}

impl Value {
    /// Whether nothing is in it.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::Empty
    }

    /// The text, where it is text.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => Ok(()),
            Self::Text(text) | Self::Other(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
            Self::Date(day) => write!(f, "{day}"),
        }
    }
}

static EMPTY: Value = Value::Empty;

/// One row that has something in it.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// As the spreadsheet counts: the first is 1.
    pub(crate) number: u32,
    cells: Vec<Value>,
}

impl Row {
    /// A row for tests and for [`read`]; column A first.
    pub(crate) fn new(number: u32, cells: Vec<Value>) -> Self {
        Self { number, cells }
    }

    /// The cell of a column; column A is 0. Beyond the last one all are empty.
    pub(crate) fn cell(&self, column: usize) -> &Value {
        self.cells.get(column).unwrap_or(&EMPTY)
    }

    /// The cells with something in them, with their columns.
    pub(crate) fn filled(&self) -> impl Iterator<Item = (usize, &Value)> {
        self.cells.iter().enumerate().filter(|(_, value)| !value.is_empty())
    }
}

/// One sheet: its rows with something in them, in order.
#[derive(Debug, Clone)]
pub(crate) struct Sheet {
    /// As on its tab.
    pub(crate) name: String,
    /// Empty rows are left out.
    pub(crate) rows: Vec<Row>,
    links: HashMap<(u32, usize), String>,
}

impl Sheet {
    /// A sheet of these rows, without links.
    pub(crate) fn new(name: &str, rows: Vec<Row>) -> Self {
        Self { name: name.to_owned(), rows, links: HashMap::new() }
    }

    /// Where the link of a cell leads; row as counted by the spreadsheet, column A is 0.
    pub(crate) fn link(&self, row: u32, column: usize) -> Option<&str> {
        self.links.get(&(row, column)).map(String::as_str)
    }

    /// The same sheet with a link in one cell.
    #[cfg(test)]
    pub(crate) fn with_link(mut self, row: u32, column: usize, url: &str) -> Self {
        self.links.insert((row, column), url.to_owned());
        self
    }
}

/// The name of a cell as spreadsheets give it: column 6, row 3 is "G3".
pub(crate) fn address(column: usize, row: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        letters.push(char::from(b'A' + u8::try_from((rest - 1) % 26).unwrap_or(0)));
        rest = (rest - 1) / 26;
    }
    let letters: String = letters.iter().rev().collect();
    format!("{letters}{row}")
}

/// Reads a workbook: OpenDocument or Excel, told apart by content.
///
/// # Errors
/// [`UnreadableWorkbook`], which says which of the three it is.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Sheet>, UnreadableWorkbook> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(UnreadableWorkbook::TooLarge(bytes.len()));
    }
    let start = bytes.get(..bytes.len().min(120)).unwrap_or(bytes);
    if start.windows(18).any(|part| part == b"oasis.opendocument") {
        sheets(Ods::new(Cursor::new(bytes)))
    } else if start.starts_with(b"PK") {
        sheets(Xlsx::new(Cursor::new(bytes)))
    } else if start.starts_with(GZIP) {
        let mut text = Vec::new();
        let limit = u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX);
        let unpacked = GzDecoder::new(bytes).take(limit).read_to_end(&mut text);
        unpacked.map_err(|error| UnreadableWorkbook::Damaged(Box::new(error)))?;
        if text.len() == FILE_BYTES_MAX {
            return Err(UnreadableWorkbook::TooLarge(text.len()));
        }
        separated(&text)
    } else if looks_separated(start) {
        separated(bytes)
    } else {
        let seen: String = String::from_utf8_lossy(start).chars().take(20).collect();
        Err(UnreadableWorkbook::NotASpreadsheet(if seen.is_empty() {
            "nothing: it is empty".to_owned()
        } else {
            format!("{seen:?}")
        }))
    }
}

/// What a file that gzip packed begins with.
const GZIP: &[u8] = &[0x1f, 0x8b];

/// Text whose first line has commas in it.
fn looks_separated(start: &[u8]) -> bool {
    let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    // What is looked at may end in the middle of a character.
    let text = String::from_utf8_lossy(line);
    line.contains(&b',') && !text.chars().any(char::is_control)
}

/// The line of a record: the reader gives the place after the record before it, and empty lines may come first.
fn line_of(bytes: &[u8], at: &csv::Position) -> u32 {
    let from = usize::try_from(at.byte()).unwrap_or(usize::MAX);
    let empty = bytes.get(from..).unwrap_or_default().iter().take_while(|byte| matches!(byte, b'\n' | b'\r'));
    let empty = empty.filter(|byte| **byte == b'\n').count();
    u32::try_from(at.line()).unwrap_or(u32::MAX).saturating_add(u32::try_from(empty).unwrap_or(u32::MAX))
}

/// Comma-separated values, as one sheet. A row is numbered by its line.
fn separated(bytes: &[u8]) -> Result<Vec<Sheet>, UnreadableWorkbook> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| UnreadableWorkbook::Damaged(Box::new(error)))?;
        let number = record.position().map_or(0, |at| line_of(bytes, at));
        let cells: Vec<Value> = record
            .iter()
            .map(|cell| match cell.trim() {
                "" => Value::Empty,
                text => Value::Text(text.to_owned()),
            })
            .collect();
        if !cells.iter().all(Value::is_empty) {
            rows.push(Row::new(number, cells));
        }
    }
    Ok(vec![Sheet::new("the file", rows)])
}

fn sheets<'a, R>(workbook: Result<R, R::Error>) -> Result<Vec<Sheet>, UnreadableWorkbook>
where
    R: Reader<Cursor<&'a [u8]>>,
    R::Error: std::error::Error + Send + Sync + 'static,
{
    let damaged = |error: R::Error| UnreadableWorkbook::Damaged(Box::new(error));
    let mut workbook = workbook.map_err(damaged)?;
    let mut found = Vec::new();
    for name in workbook.sheet_names() {
        let values = workbook.worksheet_range(&name).map_err(damaged)?;
        let rows = rows_of(&values);
        let mut sheet = Sheet::new(&name, rows);
        // Links are a help, not a fact: a workbook without readable formulas is read without them.
        if let Ok(formulas) = workbook.worksheet_formula(&name) {
            sheet.links = links_of(&formulas);
        }
        found.push(sheet);
    }
    Ok(found)
}

fn rows_of(values: &Range<Data>) -> Vec<Row> {
    let Some((first_row, first_column)) = values.start() else {
        return Vec::new();
    };
    let skipped = usize::try_from(first_column).unwrap_or(0);
    let mut rows = Vec::new();
    for (number, cells) in (first_row + 1..).zip(values.rows()) {
        let read: Vec<Value> = cells.iter().map(value_of).collect();
        if read.iter().all(Value::is_empty) {
            continue;
        }
        let mut all = vec![Value::Empty; skipped];
        all.extend(read);
        rows.push(Row::new(number, all));
    }
    rows
}

fn value_of(data: &Data) -> Value {
    match data {
        Data::Empty => Value::Empty,
        Data::Int(number) => number.to_string().parse().map_or(Value::Empty, Value::Number),
        Data::Float(number) => Value::Number(*number),
        Data::String(text) => match text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}') {
            "" => Value::Empty,
            trimmed => Value::Text(trimmed.to_owned()),
        },
        Data::Bool(truth) => Value::Other(truth.to_string()),
        Data::DateTime(when) if when.is_datetime() => {
            let (year, month, day, ..) = when.to_ymd_hms_milli();
            civil(year, month, day).map_or_else(|| Value::Other(when.as_f64().to_string()), Value::Date)
        }
        Data::DateTime(when) => Value::Other(when.as_f64().to_string()),
        Data::DateTimeIso(text) => text
            .get(..10)
            .and_then(|day| day.parse().ok())
            .map_or_else(|| Value::Other(text.clone()), Value::Date),
        Data::DurationIso(text) => Value::Other(text.clone()),
        Data::Error(error) => Value::Other(error.to_string()),
    }
}

fn civil(year: u16, month: u8, day: u8) -> Option<Date> {
    let year = i16::try_from(year).ok()?;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?)
        .ok()
        .filter(|&day| day > date(1900, 1, 1))
}

fn links_of(formulas: &Range<String>) -> HashMap<(u32, usize), String> {
    let Some((first_row, first_column)) = formulas.start() else {
        return HashMap::new();
    };
    let mut links = HashMap::new();
    for (number, cells) in (first_row + 1..).zip(formulas.rows()) {
        for (column, formula) in (usize::try_from(first_column).unwrap_or(0)..).zip(cells) {
            if let Some(url) = link_in(formula) {
                links.insert((number, column), url.to_owned());
            }
        }
    }
    links
}

/// The address in `HYPERLINK("…"; "…")`, wherever in the formula it stands.
fn link_in(formula: &str) -> Option<&str> {
    let (_, after) = formula.split_once("HYPERLINK(\"")?;
    let (url, _) = after.split_once('"')?;
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_named_as_spreadsheets_name_it() {
        assert_eq!(address(0, 1), "A1");
        assert_eq!(address(25, 7), "Z7");
        assert_eq!(address(26, 7), "AA7");
        assert_eq!(address(44, 165), "AS165");
        assert_eq!(address(702, 2), "AAA2");
    }

    #[test]
    fn a_file_of_another_kind_is_named_by_how_it_begins() {
        let error = read(b"A letter.\nHull is good.\n").unwrap_err();
        assert!(error.to_string().contains("A letter."), "{error}");
        assert!(read(b"").unwrap_err().to_string().contains("it is empty"));
        assert!(matches!(read(b"PK\x03\x04rest"), Err(UnreadableWorkbook::Damaged(_))));
    }

    #[test]
    fn comma_separated_text_is_one_sheet_packed_or_not() {
        let text = b"\xef\xbb\xbfName,Grade\n\"Hull, City of\",Good\n\nYork,\n";
        let cells = |sheets: Vec<Sheet>| -> Vec<(u32, String, String)> {
            let rows = sheets.into_iter().flat_map(|sheet| sheet.rows);
            rows.map(|row| (row.number, row.cell(0).to_string(), row.cell(1).to_string())).collect()
        };
        let row = |number, one: &str, other: &str| (number, one.to_owned(), other.to_owned());
        let expected = [row(1, "Name", "Grade"), row(2, "Hull, City of", "Good"), row(4, "York", "")];
        assert_eq!(cells(read(text).unwrap()), expected);
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, text).unwrap();
        let mut packed = packed.finish().unwrap();
        assert_eq!(cells(read(&packed).unwrap()), expected);
        packed.truncate(packed.len() - 9);
        assert!(matches!(read(&packed), Err(UnreadableWorkbook::Damaged(_))));
    }

    #[test]
    fn a_date_cell_loses_its_time_and_blank_text_is_empty() {
        let iso = Data::DateTimeIso("2019-02-18T00:00:00".to_owned());
        assert_eq!(value_of(&iso), Value::Date(date(2019, 2, 18)));
        assert_eq!(value_of(&Data::String(" \u{a0} ".to_owned())), Value::Empty);
        assert_eq!(value_of(&Data::Int(3)), Value::Number(3.0));
    }

    #[test]
    fn a_link_is_found_inside_a_condition() {
        let formula = r#"of:=IF([.B6]="";"";HYPERLINK("http://example.org/44/80426";"page"))"#;
        assert_eq!(link_in(formula), Some("http://example.org/44/80426"));
        assert_eq!(link_in("of:=SUM([.B6])"), None);
    }
}
