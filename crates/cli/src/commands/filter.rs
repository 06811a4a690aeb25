//! Which events a command is about: the same options wherever events are read or followed.

use clap::builder::{PossibleValuesParser, ValueParser};
use clap::{Args, ValueEnum as _};
use docket_api::{json, pb};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::args::{View, event_kind};
use crate::render::words::{Term, slug};
use crate::when;

/// Which events.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct FilterArgs {
    /// Only of these authorities: GSS code, Ofsted URN, DfE number or name [default: everything]
    #[arg(value_name = "AUTHORITY")]
    authorities: Vec<String>,

    /// Only of this stream, such as calendar/england-and-wales; may be given again
    #[arg(long)]
    stream: Vec<String>,

    /// Only of this kind, such as direction_issued; may be given again
    #[arg(long, value_parser = event_kind(), hide_possible_values = true)]
    kind: Vec<String>,

    /// Only of these subjects; may be given again
    #[arg(long, value_parser = any_of::<pb::SubjectKind>())]
    subject: Vec<String>,

    /// Only of authorities in this region, and of providers there; may be given again
    #[arg(long)]
    region: Vec<String>,

    /// Only of inspections under this framework, such as sif; may be given again
    #[arg(long, value_parser = any_of::<pb::Framework>(), hide_possible_values = true)]
    framework: Vec<String>,

    /// Only about these services; may be given again
    #[arg(long, value_name = "SERVICES", value_parser = any_of::<pb::ServiceDomain>())]
    services: Vec<String>,

    /// Only what was recorded at this instant or later: RFC 3339, or the beginning of a day in London
    #[arg(long, value_name = "TIME", value_parser = when::parse_beginning)]
    pub(super) recorded_since: Option<Timestamp>,

    /// Only what happened on this day or later: YYYY-MM-DD
    #[arg(long, value_name = "DATE", value_parser = when::parse_day)]
    effective_since: Option<Date>,

    /// A filter in canonical JSON (docket.v1.EventFilter), for any, all and none of several
    #[arg(long = "where", value_name = "JSON", value_parser = written)]
    written: Option<Written>,

    /// What this view does not show is withheld: only its place and hashes are told [default: every event as recorded]
    #[arg(long, value_enum)]
    view: Option<View>,

    /// The day of the view in London: YYYY-MM-DD [default: that of --known-at, or today]
    #[arg(long, value_name = "DATE", value_parser = when::parse_day, requires = "view")]
    effective: Option<Date>,
}

/// A filter, and how it was written.
#[derive(Clone, Debug)]
struct Written {
    text: String,
    filter: pb::EventFilter,
}

fn written(text: &str) -> Result<Written, String> {
    let filter = json::from_str(text).map_err(|error| {
        format!("{error}; right would be for example {{\"anyOf\":[{{\"regions\":[\"London\"]}},{{\"kinds\":[\"direction_issued\"]}}]}}")
    })?;
    Ok(Written { text: text.to_owned(), filter })
}

/// Accepts the words of any member of an enumeration.
fn any_of<T: Term>() -> ValueParser {
    ValueParser::new(PossibleValuesParser::new(all::<T>().map(slug)))
}

fn all<T: Term>() -> impl Iterator<Item = T> {
    (1..).map_while(|number| T::try_from(number).ok())
}

/// The numbers of words that were read as such.
fn numbers<T: Term>(wanted: &[String]) -> Vec<i32> {
    all::<T>().filter(|member| wanted.contains(&slug(*member))).map(Into::into).collect()
}

impl FilterArgs {
    /// The same filter as words of a command line.
    pub(crate) fn words(&self) -> Vec<String> {
        let options = |name: &'static str, values: &[String]| -> Vec<String> {
            values.iter().flat_map(|value| [name.to_owned(), value.clone()]).collect()
        };
        let view = self.view.and_then(|view| view.to_possible_value()).map(|view| view.get_name().to_owned());
        let recorded = self.recorded_since.map(|since| since.to_string());
        [
            self.authorities.clone(),
            options("--stream", &self.stream),
            options("--kind", &self.kind),
            options("--subject", &self.subject),
            options("--region", &self.region),
            options("--framework", &self.framework),
            options("--services", &self.services),
            options("--recorded-since", recorded.as_slice()),
            options("--effective-since", self.effective_since.map(|day| day.to_string()).as_slice()),
            options("--where", self.written.as_ref().map(|written| written.text.clone()).as_slice()),
            options("--view", view.as_slice()),
            options("--effective", self.effective.map(|day| day.to_string()).as_slice()),
        ]
        .concat()
    }

    /// The filter as the wire has it.
    pub(crate) fn to_pb(&self) -> pb::EventFilter {
        pb::EventFilter {
            streams: self.stream.clone(),
            authorities: self.authorities.clone(),
            kinds: self.kind.clone(),
            subject_kinds: numbers::<pb::SubjectKind>(&self.subject),
            regions: self.region.clone(),
            frameworks: numbers::<pb::Framework>(&self.framework),
            service_domains: numbers::<pb::ServiceDomain>(&self.services),
            recorded_since: self.recorded_since.map(when::time_to_pb),
            effective_since: self.effective_since.map(when::to_pb),
            all_of: self.written.iter().map(|written| written.filter.clone()).collect(),
            view: self.view.map_or(pb::View::Unspecified, View::to_pb).into(),
            effective_date: self.effective.map(when::to_pb),
            ..pb::EventFilter::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        filter: FilterArgs,
    }

    #[test]
    fn a_filter_written_again_is_the_same_filter() {
        let words = [
            "hull",
            "--stream",
            "regulator/ofsted",
            "--kind",
            "direction_issued",
            "--subject",
            "provider",
            "--region",
            "London",
            "--framework",
            "ilacs-2018",
            "--services",
            "send",
            "--recorded-since",
            "2026-01-01",
            "--effective-since",
            "2025-01-01",
            "--where",
            r#"{"noneOf":[{"kinds":["report_published"]}]}"#,
            "--view",
            "public",
            "--effective",
            "2026-01-02",
        ];
        let read =
            |words: &[String]| Line::try_parse_from(["x".to_owned()].iter().chain(words)).unwrap().filter;
        let filter = read(&words.map(str::to_owned));
        assert_eq!(read(&filter.words()).to_pb(), filter.to_pb());
        assert_eq!(filter.to_pb().frameworks, [i32::from(pb::Framework::Ilacs2018)]);
        assert_eq!(filter.to_pb().all_of[0].none_of[0].kinds, ["report_published"]);
    }

    #[test]
    fn a_filter_that_cannot_be_read_says_what_would_be_right() {
        let refused = Line::try_parse_from(["x", "--where", r#"{"kind":"x"}"#]).err().unwrap().to_string();
        assert!(refused.contains("anyOf"), "{refused}");
    }
}
