//! Reading the data files that are part of the binary.

use docket_api::pb;

use super::GenesisError;

/// A data file.
pub(super) struct Rows {
    file: &'static str,
    columns: Vec<String>,
    rows: Vec<csv::StringRecord>,
}

/// A row of a data file.
pub(super) struct Row<'a> {
    rows: &'a Rows,
    record: &'a csv::StringRecord,
}

impl Rows {
    /// Reads a file; lines that begin with `#` are comments.
    pub(super) fn read(file: &'static str, text: &str) -> Result<Self, GenesisError> {
        let wrong = |error: csv::Error| GenesisError::Data {
            file,
            line: error.position().map_or(0, csv::Position::line),
            why: error.to_string(),
        };
        let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
        let columns = reader.headers().map_err(wrong)?;
        Ok(Self {
            file,
            columns: columns.iter().map(str::to_owned).collect(),
            rows: reader.records().collect::<Result<_, _>>().map_err(wrong)?,
        })
    }

    /// The rows, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|record| Row { rows: self, record })
    }
}

impl Row<'_> {
    /// What stands in a column; nothing, where there is no such column.
    pub(super) fn text(&self, column: &str) -> String {
        let place = self.rows.columns.iter().position(|name| name == column);
        let text = place.and_then(|place| self.record.get(place));
        text.unwrap_or_default().trim().to_owned()
    }

    /// The parts of a list, between semicolons.
    pub(super) fn list(&self, column: &str) -> Vec<String> {
        let text = self.text(column);
        let parts = text.split(';').map(str::trim);
        parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    /// A day; `None` where nothing stands there.
    pub(super) fn day(&self, column: &str) -> Result<Option<pb::Date>, GenesisError> {
        let text = self.text(column);
        if text.is_empty() {
            return Ok(None);
        }
        self.parse_day(&text).map(Some)
    }

    /// A day that has to be there.
    pub(super) fn required_day(&self, column: &str) -> Result<pb::Date, GenesisError> {
        self.parse_day(&self.text(column))
    }

    /// Reads a day as `YYYY-MM-DD`.
    pub(super) fn parse_day(&self, text: &str) -> Result<pb::Date, GenesisError> {
        let day: docket_domain::date::Date =
            text.parse().map_err(|error| self.wrong(format!("{text:?} is not a day: {error}")))?;
        Ok(docket_api::to_proto::day(day))
    }

    /// An error about this row.
    pub(super) fn wrong(&self, why: String) -> GenesisError {
        GenesisError::Data {
            file: self.rows.file,
            line: self.record.position().map_or(0, csv::Position::line),
            why,
        }
    }
}
