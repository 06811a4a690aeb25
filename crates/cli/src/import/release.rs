//! Which release a workbook is: its title and its day, from its cover.

use docket_api::pb;
use jiff::civil::Date;

use super::cells::day;
use super::heading::normalise;
use super::sheet::{Row, Sheet};

/// The cover is short; its day is looked for in this many rows of a sheet.
const COVER_ROWS_MAX: usize = 40;

/// A release of Ofsted's: what every event read in it gives as its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Release {
    /// As Ofsted names it.
    pub(crate) title: String,
    /// The day it was published.
    pub(crate) day: Date,
    /// SHA-256 of the file, 64 hexadecimal digits.
    pub(crate) sha256: String,
}

/// Why a workbook's release is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum UnknownRelease {
    /// Neither the workbook nor the caller says when it was published.
    #[error(
        "no sheet says when this release was published (a row \"Published on:\" with a date); give the day with --release-date"
    )]
    NoDay,
    /// The workbook says one day, the caller another.
    #[error(
        "the workbook says it was published on {stated} (sheet {sheet}, row {row}), --release-date says {given}"
    )]
    OtherDay {
        /// In the workbook.
        stated: Date,
        /// Where.
        sheet: String,
        /// Where.
        row: u32,
        /// By the caller.
        given: Date,
    },
}

/// Finds the release of a workbook. `given` is used where the workbook does not say.
///
/// # Errors
/// [`UnknownRelease`] where nobody says its day, or two say different days.
pub(crate) fn identify(
    sheets: &[Sheet],
    given: Option<Date>,
    sha256: String,
    file_name: &str,
) -> Result<Release, UnknownRelease> {
    let stated = published_on(sheets);
    let day = match (stated, given) {
        (Some((stated, sheet, row)), Some(given)) if stated != given => {
            return Err(UnknownRelease::OtherDay { stated, sheet: sheet.to_owned(), row, given });
        }
        (Some((day, ..)), _) | (None, Some(day)) => day,
        (None, None) => return Err(UnknownRelease::NoDay),
    };
    Ok(Release { title: title(sheets).unwrap_or(file_name).to_owned(), day, sha256 })
}

fn cover_rows(sheets: &[Sheet]) -> impl Iterator<Item = (&Sheet, &Row)> {
    sheets.iter().flat_map(|sheet| sheet.rows.iter().take(COVER_ROWS_MAX).map(move |row| (sheet, row)))
}

fn published_on(sheets: &[Sheet]) -> Option<(Date, &str, u32)> {
    cover_rows(sheets).find_map(|(sheet, row)| {
        let (label, value) = labelled(row)?;
        let is_day = matches!(
            label.as_str(),
            "published on" | "publication date" | "date of publication" | "published"
        );
        let found = is_day.then(|| day(value).ok().flatten())??;
        Some((found, sheet.name.as_str(), row.number))
    })
}

/// A row of exactly a label and a value.
fn labelled(row: &Row) -> Option<(String, &super::sheet::Value)> {
    let mut filled = row.filled();
    let (_, label) = filled.next()?;
    let (_, value) = filled.next()?;
    filled.next().is_none().then_some(())?;
    Some((normalise(label.text()?), value))
}

fn title(sheets: &[Sheet]) -> Option<&str> {
    let (_, first) = cover_rows(sheets).next()?;
    let mut filled = first.filled();
    let (_, title) = filled.next()?;
    // Comma-separated text begins with its headings: it has no title.
    let title = title.text().filter(|_| filled.next().is_none())?;
    if !normalise(title).starts_with("cover") {
        return Some(title);
    }
    cover_rows(sheets).find_map(|(_, row)| {
        let (label, value) = labelled(row)?;
        (label == "policy area").then(|| value.text())?
    })
}

impl Release {
    /// The release as a source, with a place in it.
    pub(crate) fn source(&self, place: &str) -> pb::Source {
        pb::Source {
            title: self.title.clone(),
            document_date: Some(to_date(self.day)),
            sha256: self.sha256.clone(),
            place: place.to_owned(),
            ..pb::Source::default()
        }
    }
}

/// A day as the wire has it.
pub(crate) fn to_date(day: Date) -> pb::Date {
    pb::Date { year: i32::from(day.year()), month: i32::from(day.month()), day: i32::from(day.day()) }
}

/// A day from the wire; `None` where it is not known to the day.
pub(crate) fn from_date(date: Option<&pb::Date>) -> Option<Date> {
    let date = date?;
    let part = |part: i32| i8::try_from(part).ok();
    Date::new(i16::try_from(date.year).ok()?, part(date.month)?, part(date.day)?).ok()
}

#[cfg(test)]
mod tests {
    use super::super::testing::sheet;
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_cover_names_the_release_and_its_day() {
        let cover = sheet(
            "Cover",
            "Cover sheet - Official statistics\nPolicy area: | Care in 2023\nPublished on: | 2023-07-06",
        );
        let release = identify(&[cover], None, "00".to_owned(), "x.ods").unwrap();
        assert_eq!((release.title.as_str(), release.day), ("Care in 2023", date(2023, 7, 6)));
    }

    #[test]
    fn without_a_day_the_option_is_asked_for_and_against_the_cover_it_is_refused() {
        let plain = sheet("Data", "Outcomes as at 31 March 2020\nLocal authority name | Publication date");
        let error = identify(std::slice::from_ref(&plain), None, String::new(), "x.ods").unwrap_err();
        assert!(error.to_string().contains("--release-date"));
        assert!(identify(&[plain], Some(date(2020, 7, 1)), String::new(), "x.ods").is_ok());
        let cover = sheet("Cover", "T\nPublished on: | 06/07/2023");
        let error = identify(&[cover], Some(date(2020, 7, 1)), String::new(), "x.ods").unwrap_err();
        assert!(error.to_string().contains("sheet Cover, row 2"), "{error}");
    }
}
