//! What one cell says: a day, a grade, a kind of inspection; or why it does not.

use docket_api::pb::{Grade, InspectionKind};
use jiff::civil::Date;

use super::heading::normalise;
use super::sheet::Value;

/// Why a cell was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}; right would be {right}")]
pub(crate) struct Misread {
    /// What is wrong.
    pub(crate) what: String,
    /// What would be right.
    pub(crate) right: &'static str,
}

const A_DAY: &str = "a date cell, 2025-03-31 or 31/03/2025";
const A_GRADE: &str =
    "Outstanding, Good, Requires improvement to be good or Inadequate (or 1 to 4), or \"-\" for none";
const A_KIND: &str =
    "ILACS Standard Inspection, ILACS Short Inspection, ILACS Focused Visit or LA Monitoring visit";

fn misread(what: impl Into<String>, right: &'static str) -> Misread {
    Misread { what: what.into(), right }
}

/// The day in a cell; `None` where there is none ("-", empty).
///
/// # Errors
/// [`Misread`] where it is neither a date cell nor text that can only be one day.
pub(crate) fn day(value: &Value) -> Result<Option<Date>, Misread> {
    match value {
        Value::Empty => Ok(None),
        Value::Date(day) => Ok(Some(*day)),
        Value::Number(_) => Err(misread("a number, not a date", A_DAY)),
        Value::Other(_) => Err(misread("not a date", A_DAY)),
        Value::Text(text) if is_none(text) => Ok(None),
        Value::Text(text) => written_day(text).map(Some),
    }
}

fn is_none(text: &str) -> bool {
    matches!(text, "-" | "--" | "\u{2013}" | "\u{2014}" | ".." | "..." | ":" | "z" | "[z]" | "[x]")
        || matches!(normalise(text).as_str(), "n a" | "not applicable" | "none")
}

fn written_day(text: &str) -> Result<Date, Misread> {
    // "2019-02-18 00:00:00": the day of a date cell that lost its type.
    let date_part = text.split(['T', ' ']).next().unwrap_or(text);
    let has_time = text.strip_prefix(date_part).is_some_and(|rest| {
        rest.len() > 1 && rest.chars().skip(1).all(|c| c.is_ascii_digit() || ":.Z".contains(c))
    });
    let whole = if has_time { date_part } else { text };
    let parts: Vec<&str> = whole.split(['/', '-', '.', ' ']).filter(|part| !part.is_empty()).collect();
    let [first, second, third] = parts.as_slice() else {
        return Err(misread("not a date", A_DAY));
    };
    let (year, month, day) =
        if first.len() == 4 { (*first, *second, *third) } else { (*third, *second, *first) };
    if year.len() != 4 {
        return Err(misread("a year without its century", A_DAY));
    }
    let (Ok(year), Some(month), Ok(day)) = (year.parse(), month_number(month), day.parse()) else {
        return Err(misread("not a date", A_DAY));
    };
    if month > 12 {
        return Err(misread(format!("there is no month {month}; the day comes first"), A_DAY));
    }
    Date::new(year, month, day).map_err(|_| misread("no such day", A_DAY))
}

fn month_number(text: &str) -> Option<i8> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let start = text.get(..3)?.to_lowercase();
    let index = MONTHS.iter().position(|month| *month == start)?;
    i8::try_from(index + 1).ok()
}

/// What a cell under the heading of a judgement says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Graded {
    /// Nothing in the cell.
    Blank,
    /// "-": Ofsted gave none.
    None,
    /// "No full inspection": nothing in this row was judged.
    NoInspection,
    /// The grade, in today's words: the third is `RequiresImprovement` whatever it was called then.
    Grade(Grade),
}

/// The grade in a cell.
///
/// # Errors
/// [`Misread`] for words and numbers that are no grade.
pub(crate) fn grade(value: &Value) -> Result<Graded, Misread> {
    let text = match value {
        Value::Empty => return Ok(Graded::Blank),
        Value::Text(text) if is_none(text) => return Ok(Graded::None),
        Value::Text(text) => normalise(text),
        Value::Number(number) => number.to_string(),
        Value::Date(_) | Value::Other(_) => return Err(misread("not a grade", A_GRADE)),
    };
    Ok(match text.as_str() {
        "outstanding" | "1" => Graded::Grade(Grade::Outstanding),
        "good" | "2" => Graded::Grade(Grade::Good),
        "requires improvement to be good" | "requires improvement" | "3" => {
            Graded::Grade(Grade::RequiresImprovement)
        }
        "adequate" | "satisfactory" => Graded::Grade(Grade::Adequate),
        "inadequate" | "4" => Graded::Grade(Grade::Inadequate),
        "not judged" | "no judgement" => Graded::None,
        "no full inspection" | "not yet inspected" | "not inspected" | "no inspection" => {
            Graded::NoInspection
        }
        _ => return Err(misread("not a grade", A_GRADE)),
    })
}

/// The kind of inspection or visit in a cell; `None` where it is empty.
///
/// # Errors
/// [`Misread`] for kinds that no release had.
pub(crate) fn kind(value: &Value) -> Result<Option<InspectionKind>, Misread> {
    let text = match value {
        Value::Empty => return Ok(None),
        Value::Text(text) => normalise(text),
        _ => return Err(misread("not a kind of inspection", A_KIND)),
    };
    let words = text.strip_prefix("ilacs ").or_else(|| text.strip_prefix("la ")).unwrap_or(&text);
    Ok(Some(match words {
        "standard inspection" | "standard" => InspectionKind::IlacsStandard,
        "short inspection" | "short" => InspectionKind::IlacsShort,
        "inspection" | "full inspection" => InspectionKind::Ilacs,
        "focused visit" | "focussed visit" => InspectionKind::FocusedVisit,
        "monitoring visit" => InspectionKind::MonitoringVisit,
        "action planning visit" => InspectionKind::ActionPlanningVisit,
        "assurance visit" | "focused assurance visit" | "covid 19 assurance visit" => {
            InspectionKind::CovidAssuranceVisit
        }
        "sif" | "sif inspection" | "single inspection" => InspectionKind::Sif,
        "sif re inspection" => InspectionKind::SifReinspection,
        "jtai" | "joint targeted area inspection" => InspectionKind::Jtai,
        _ => return Err(misread("not a kind of inspection that is known", A_KIND)),
    }))
}

#[cfg(test)]
mod tests {
    use super::super::testing::text;
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_day_is_read_however_a_release_writes_it() {
        let expected = Ok(Some(date(2019, 2, 18)));
        for written in [
            "2019-02-18",
            "2019-02-18 00:00:00",
            "2019-02-18T00:00:00",
            "18/02/2019",
            "18/2/2019",
            "18 February 2019",
            "18-Feb-2019",
        ] {
            assert_eq!(day(&text(written)), expected, "{written}");
        }
        assert_eq!(day(&Value::Date(date(2019, 2, 18))), expected);
        assert_eq!(day(&text("-")), Ok(None));
    }

    #[test]
    fn a_day_that_could_be_two_days_or_none_is_refused_with_what_would_be_right() {
        for written in ["02/18/2019", "18/02/19", "31/02/2019", "March 2019", "soon"] {
            let error = day(&text(written)).unwrap_err();
            assert!(error.to_string().contains("31/03/2025"), "{written}: {error}");
        }
        assert!(day(&Value::Number(43514.0)).is_err());
    }

    #[test]
    fn grades_are_read_as_words_and_as_numbers() {
        assert_eq!(grade(&text("Requires Improvement")), Ok(Graded::Grade(Grade::RequiresImprovement)));
        assert_eq!(grade(&Value::Number(3.0)), Ok(Graded::Grade(Grade::RequiresImprovement)));
        assert_eq!(grade(&text("-")), Ok(Graded::None));
        assert_eq!(grade(&text("No full inspection")), Ok(Graded::NoInspection));
        assert!(grade(&text("Goood")).unwrap_err().to_string().contains("Outstanding, Good"));
    }

    #[test]
    fn kinds_are_read_under_each_of_their_names() {
        assert_eq!(kind(&text("LA Monitoring visit")), Ok(Some(InspectionKind::MonitoringVisit)));
        assert_eq!(kind(&text("ILACS Focused Visit")), Ok(Some(InspectionKind::FocusedVisit)));
        assert!(kind(&text("Ofsted tea")).is_err());
    }
}
