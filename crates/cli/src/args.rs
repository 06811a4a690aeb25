//! Options that several commands share.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser, ValueParser};
use clap::{Args, ValueEnum};
use docket_api::{kinds, pb};
use jiff::civil::Date;

use crate::render::words::{Term, slug};
use crate::when::{self, KnownAt};

/// What comes before the URN where a provider is named in place of an authority.
pub(crate) const PROVIDER: &str = "provider/";

/// Where the server is.
#[derive(Args, Clone, Debug)]
pub(crate) struct ServerArgs {
    /// Address of the server
    #[arg(long, env = "DOCKET_SERVER", value_name = "URL", default_value_t = usual_server())]
    pub(crate) server: String,
}

/// Where a server listens if nobody says otherwise.
pub(crate) fn usual_server() -> String {
    format!("http://{}", docket_server::config::LISTEN_DEFAULT)
}

/// Which answer is meant.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct AsOfArgs {
    /// The day in London whose state of the world is asked: YYYY-MM-DD [default: the day of --known-at, or today]
    #[arg(long, value_name = "DATE", value_parser = when::parse_day)]
    pub(crate) effective: Option<Date>,

    /// Only what was recorded by then: an instant (RFC 3339), a day in London (to its end), or a position (@1234)
    #[arg(long, value_name = "WHEN")]
    pub(crate) known_at: Option<KnownAt>,

    #[command(flatten)]
    pub(crate) counting: CountingArgs,
}

/// How judgements are counted, and whether those under embargo show.
#[derive(Args, Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct CountingArgs {
    /// Whether a judgement counts from its publication, or from the first day of its inspection as in Ofsted's
    /// statistics
    #[arg(long, value_enum, default_value_t)]
    pub(crate) basis: Basis,

    /// Whether what is under embargo shows
    #[arg(long, value_enum, default_value_t)]
    pub(crate) view: View,
}

/// When a judgement counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Basis {
    /// From the day its report was published.
    #[default]
    Published,
    /// From the first day of its inspection.
    Inspected,
}

/// What may be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum View {
    /// What is published.
    #[default]
    Public,
    /// Also what was received and is not published yet.
    Restricted,
}

impl View {
    /// The view as the wire has it.
    pub(crate) fn to_pb(self) -> pb::View {
        match self {
            Self::Public => pb::View::Public,
            Self::Restricted => pb::View::Restricted,
        }
    }
}

impl AsOfArgs {
    /// The question as the wire has it.
    pub(crate) fn to_pb(&self) -> pb::AsOf {
        as_of(self.effective, self.known_at, self.counting)
    }

    /// The day that is asked; the server would choose the same.
    pub(crate) fn effective_day(&self) -> Date {
        match (self.effective, self.known_at) {
            (Some(day), _) => day,
            (None, Some(KnownAt::Time(time))) => when::day_of(time),
            (None, Some(KnownAt::Position(_) | KnownAt::Today) | None) => when::today(),
        }
    }
}

/// A question as the wire has it.
pub(crate) fn as_of(effective: Option<Date>, known_at: Option<KnownAt>, counting: CountingArgs) -> pb::AsOf {
    let basis = match counting.basis {
        Basis::Published => pb::Basis::Published,
        Basis::Inspected => pb::Basis::Inspected,
    };
    let view = counting.view.to_pb();
    let (known_time, known_position) = match known_at {
        Some(KnownAt::Time(time)) => (Some(when::time_to_pb(time)), 0),
        Some(KnownAt::Position(position)) => (None, position),
        Some(KnownAt::Today) | None => (None, 0),
    };
    pb::AsOf {
        effective_date: effective.map(when::to_pb),
        known_time,
        known_position,
        basis: basis.into(),
        view: view.into(),
    }
}

/// Accepts the words of an enumeration of the wire, and gives its number.
pub(crate) fn term<T: Term>(members: &'static [T]) -> ValueParser {
    let values = members.iter().map(|member| PossibleValue::new(slug(*member)));
    ValueParser::new(PossibleValuesParser::new(values).map(move |text| {
        members.iter().find(|member| slug(**member) == text).map_or(0, |member| (*member).into())
    }))
}

/// Accepts the kinds of event, with underscores or hyphens.
pub(crate) fn event_kind() -> ValueParser {
    let values =
        kinds::all().iter().map(|(_, kind)| PossibleValue::new(kind.as_str()).alias(kind.replace('_', "-")));
    ValueParser::new(PossibleValuesParser::new(values).map(|text| text.replace('-', "_")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_without_a_day_means_the_day_of_the_known_time() {
        let args =
            AsOfArgs { known_at: Some("2024-07-15T23:30:00Z".parse().unwrap()), ..AsOfArgs::default() };
        assert_eq!(args.effective_day(), jiff::civil::date(2024, 7, 16));
    }
}
