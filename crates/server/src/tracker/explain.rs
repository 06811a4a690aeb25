//! Why an answer says what it says.

use std::collections::{BTreeMap, BTreeSet};

use docket_api::changes::{fields, touch};
use docket_api::from_proto::AsOfQuestion;
use docket_api::{kinds, pb, to_proto};
use docket_domain::id::ProviderUrn;
use docket_domain::why::Step;
use docket_domain::{EventId, Position};

use super::Tracker;
use super::answers::Grounds;
use super::error::TrackerError;
use super::stored;
use super::who::Who;

/// Most names that are offered in place of one that there is not.
const NAMES_OFFERED_MAX: usize = 8;

/// Why an answer says what it says of the fields asked about.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation<A> {
    /// The answer.
    pub answer: A,
    /// What was asked about, and its values.
    pub fields: Vec<pb::ExplainedField>,
    /// Those about what was asked first, then those from which they follow.
    pub steps: Vec<pb::ExplainedStep>,
    /// Every event that a step names, by position.
    pub events: Vec<pb::ExplainedEvent>,
}

impl Tracker {
    /// Explains a field of an answer about an authority, or all fields whose names begin so.
    ///
    /// # Errors
    /// Those of [`Tracker::status`], and [`TrackerError::UnknownField`] if the answer has nothing that is called so.
    pub async fn explain(
        &self,
        named: &str,
        field: &str,
        question: &AsOfQuestion,
    ) -> Result<Explanation<pb::AuthorityStatus>, TrackerError> {
        self.explanation(self.grounds(named, question).await?, field).await
    }

    /// Explains a field of an answer about a provider, or all fields whose names begin so.
    ///
    /// # Errors
    /// Those of [`Tracker::provider`], and [`TrackerError::UnknownField`] if the answer has nothing that is called so.
    pub async fn explain_provider(
        &self,
        urn: ProviderUrn,
        field: &str,
        question: &AsOfQuestion,
    ) -> Result<Explanation<pb::ProviderStatus>, TrackerError> {
        self.explanation(self.provider_grounds(urn, question).await?, field).await
    }

    async fn explanation<W: Who>(
        &self,
        grounds: Grounds<W>,
        field: &str,
    ) -> Result<Explanation<W::Told>, TrackerError> {
        let status = grounds.status()?;
        let known = grounds.as_of.known_position;
        let national = self.directory.national_at(known);
        let history = grounds.history.as_ref();
        let answer = W::told(&status);
        let all = fields(&answer);
        let asked: Vec<pb::ExplainedField> =
            all.iter().filter(|one| is_within(&one.field, field)).cloned().collect();
        if asked.is_empty() {
            return Err(unknown(field, &all));
        }
        let steps = W::steps(&status, history, &national);
        let inner = W::inner_steps(&status, history, &national).into_iter().find(|step| step.field == field);
        let chosen = inner.into_iter().chain(chain(steps, field));
        let positions: BTreeMap<EventId, Position> =
            history.iter().chain(&national).map(|event| (event.id, event.position)).collect();
        let values: BTreeMap<&str, &str> =
            all.iter().map(|one| (one.field.as_str(), one.value.as_str())).collect();
        let mut named = BTreeSet::new();
        let mut steps = Vec::new();
        for step in chosen {
            named.extend(step.rests_on.iter().filter_map(|id| positions.get(id)).copied());
            let of_holidays = step.holidays.iter().flat_map(|holiday| &holiday.rests_on);
            named.extend(of_holidays.filter_map(|id| positions.get(id)).copied());
            let value = values.get(step.field.as_str()).copied().unwrap_or_default().to_owned();
            steps.push(rendered(step, value));
        }
        let mut events = Vec::with_capacity(named.len());
        for position in named {
            events.push(explained(stored::kept(&self.event_at(position).await?)?));
        }
        Ok(Explanation { answer, fields: asked, steps, events })
    }
}

/// Whether a field is the one that is named, or a part of it.
fn is_within(field: &str, named: &str) -> bool {
    touch(field, named) && named.len() <= field.len()
}

/// The steps about a field, then those from which they follow, each once. A field of which there is none is explained by those of the nearest part
/// that it is of.
fn chain(steps: Vec<Step>, field: &str) -> Vec<Step> {
    let mut about = field;
    while !steps.iter().any(|step| touch(&step.field, about)) {
        match about.rfind(['.', '[']) {
            Some(end) => about = about.get(..end).unwrap_or_default(),
            None => return Vec::new(),
        }
    }
    let mut wanted: Vec<String> = vec![about.to_owned()];
    let mut left: Vec<Option<Step>> = steps.into_iter().map(Some).collect();
    let mut chosen = Vec::new();
    let mut next = 0;
    while let Some(about) = wanted.get(next).cloned() {
        for place in &mut left {
            let taken = place.take_if(|step| touch(&step.field, &about));
            wanted.extend(taken.iter().flat_map(|step| step.follows_from.iter().cloned()));
            chosen.extend(taken);
        }
        next += 1;
    }
    chosen
}

fn rendered(step: Step, value: String) -> pb::ExplainedStep {
    let texts = |ids: &[EventId]| ids.iter().map(ToString::to_string).collect();
    let holidays = step.holidays.iter().map(|holiday| pb::ExplainedHoliday {
        date: Some(to_proto::day(holiday.date)),
        event_ids: texts(&holiday.rests_on),
    });
    pb::ExplainedStep {
        value,
        event_ids: texts(&step.rests_on),
        holidays: holidays.collect(),
        rules: step
            .rules
            .into_iter()
            .map(|rule| pb::ExplainedRule { text: rule.text, source: rule.source })
            .collect(),
        field: step.field,
        because: step.because,
        follows_from: step.follows_from,
        otherwise: step.otherwise,
    }
}

fn explained(recorded: pb::RecordedEvent) -> pb::ExplainedEvent {
    let event = recorded.event.unwrap_or_default();
    pb::ExplainedEvent {
        kind: kinds::number(&event).and_then(kinds::name).unwrap_or_default().to_owned(),
        position: recorded.position,
        event_id: event.event_id,
        happened_on: event.happened_on,
        stream: event.stream,
        sources: event.sources,
    }
}

/// What the answer has that is called almost so.
fn unknown(asked: &str, all: &[pb::ExplainedField]) -> TrackerError {
    let mut names: Vec<&str> = all.iter().map(|one| one.field.as_str()).collect();
    let likeness = |name: &&str| strsim::jaro_winkler(asked, name);
    names.sort_by(|one, other| likeness(other).total_cmp(&likeness(one)));
    names.truncate(NAMES_OFFERED_MAX);
    let nearest = names.into_iter().map(str::to_owned).collect();
    TrackerError::UnknownField { asked: asked.to_owned(), nearest }
}
