//! Measures of enforcement, gathered from their steps, and how each stands on a day.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::law;
use super::status::{Measure, MeasureStep as Step};
use crate::date::{Date, Happened, PartialDate, days_after};
use crate::event::{self, Fact, MeasureStep};
use crate::facts::{Counted, Dated, joined};
use crate::id::MeasureKey;
use crate::terms::{AppealOutcome, DecisionOutcome, MeasureKind, MeasureStage, ProviderKind, Standing};

/// One measure, with everything recorded of it.
#[derive(Clone, Debug)]
pub(crate) struct Kept<'a> {
    pub(crate) key: &'a MeasureKey,
    /// As it began; `None` where only later steps are recorded.
    pub(crate) served: Option<(&'a event::Measure, Dated)>,
    pub(crate) steps_met: Vec<(Option<&'a str>, Dated)>,
    pub(crate) representations: Option<Dated>,
    pub(crate) decided: Option<(DecisionOutcome, Dated)>,
    /// Every appeal, in the order in which they came.
    pub(crate) appeals: Vec<Dated>,
    pub(crate) determined: Option<(AppealOutcome, Dated)>,
    pub(crate) extended: Vec<(PartialDate, Dated)>,
    /// The first review that kept it.
    pub(crate) reviewed: Option<Dated>,
    /// The days on which its beginning and what may end it were published, where that decides.
    published: Vec<PartialDate>,
    /// Lifted, removed, closed or concluded, and in which words.
    pub(crate) ended: Option<(&'static str, Dated)>,
}

/// Every measure against a provider, by key, whatever the day.
pub(crate) fn gather<'a>(facts: &[Counted<'a>]) -> Vec<Kept<'a>> {
    let mut measures: BTreeMap<&MeasureKey, Kept<'a>> = BTreeMap::new();
    for counted in facts {
        if let Fact::Measure { measure, step } = counted.fact {
            measures.entry(measure).or_insert_with(|| Kept::new(measure)).apply(step, counted);
        }
    }
    measures.into_values().collect()
}

impl<'a> Kept<'a> {
    fn new(key: &'a MeasureKey) -> Self {
        Self {
            key,
            served: None,
            steps_met: Vec::new(),
            representations: None,
            decided: None,
            appeals: Vec::new(),
            determined: None,
            extended: Vec::new(),
            reviewed: None,
            published: Vec::new(),
            ended: None,
        }
    }

    fn apply(&mut self, step: &'a MeasureStep, counted: &Counted<'_>) {
        let dated = counted.dated();
        let stands = matches!(
            step,
            MeasureStep::StepMet { .. }
                | MeasureStep::Representations
                | MeasureStep::Appealed
                | MeasureStep::Reviewed
        );
        self.published.extend(counted.published.filter(|_| !stands));
        match step {
            MeasureStep::Served(measure) => {
                self.served.get_or_insert((measure, dated));
            }
            MeasureStep::StepMet { reference } => self.steps_met.push((reference.as_deref(), dated)),
            MeasureStep::Closed { outcome } => {
                self.ended.get_or_insert((outcome.name(), dated));
            }
            MeasureStep::Representations => {
                self.representations.get_or_insert(dated);
            }
            MeasureStep::Decided { outcome } => self.decided = Some((*outcome, dated)),
            MeasureStep::Appealed => self.appeals.push(dated),
            MeasureStep::Determined { outcome } => self.determined = Some((*outcome, dated)),
            MeasureStep::Extended { end } => self.extended.push((*end, dated)),
            MeasureStep::Reviewed => {
                self.reviewed.get_or_insert(dated);
            }
            MeasureStep::Lifted { .. } => {
                self.ended.get_or_insert(("lifted", dated));
            }
            MeasureStep::Concluded { outcome } => {
                self.ended.get_or_insert((outcome.name(), dated));
            }
        }
    }

    pub(crate) fn kind(&self) -> Option<MeasureKind> {
        self.served.as_ref().map(|(measure, _)| measure.kind)
    }

    /// Its last day as the notice, or the last extension of it, says.
    fn end(&self) -> PartialDate {
        let first = self.served.as_ref().map_or(PartialDate::Unknown, |(measure, _)| measure.end);
        self.extended.last().map_or(first, |(end, _)| *end)
    }

    /// What ended it: a step, a decision against it, an appeal that was allowed.
    pub(crate) fn ended_by(&self) -> Option<(String, Dated)> {
        let step = self.ended.as_ref().map(|(how, dated)| ((*how).to_string(), dated.clone()));
        let decision = self.decided.as_ref().filter(|(outcome, _)| *outcome == DecisionOutcome::NotAdopted);
        let decision = decision.map(|(outcome, dated)| (decision_text(*outcome), dated.clone()));
        let appeal = self.determined.as_ref().filter(|(outcome, _)| *outcome == AppealOutcome::Allowed);
        let appeal = appeal.map(|(outcome, dated)| (appeal_text(*outcome), dated.clone()));
        [step, decision, appeal].into_iter().flatten().min_by_key(|(_, dated)| dated.on.sort_key())
    }

    /// When a step of a compliance notice was done.
    pub(crate) fn step_met(&self, reference: &str) -> Option<&Dated> {
        let about = |which: &Option<&str>| which.is_none_or(|which| which == reference);
        self.steps_met.iter().find(|(which, _)| about(which)).map(|(_, dated)| dated)
    }

    /// All that ends it, with how: a step, its last day, the end of the registration (unless that was surely before).
    fn ends(&self, closed: Option<&Dated>) -> Vec<(String, Dated)> {
        let Some((_, served)) = &self.served else { return Vec::new() };
        let end = self.end();
        let first_day_after =
            |day: Option<Date>| day.and_then(|day| days_after(day, 1)).map(PartialDate::Day);
        let run_out = match end.day() {
            Some(_) => first_day_after(end.latest()),
            // Known to the month: it ends in it or on its last day.
            None => end.latest().and_then(|_| end.earliest()).map(|_| end),
        };
        let run_out =
            run_out.map(|on| (String::from("expired"), Dated { on, rests_on: served.rests_on.clone() }));
        let before = |closed: &Dated| matches!((closed.on.latest(), served.on.earliest()), (Some(closed), Some(served)) if closed < served);
        let closed = closed.filter(|closed| !before(closed));
        let closed = closed.map(|closed| (String::from("registration_cancelled"), closed.clone()));
        [self.ended_by(), run_out, closed].into_iter().flatten().collect()
    }

    /// From when on it is over, as far as is known.
    pub(crate) fn over(&self, closed: Option<&Dated>) -> Option<Dated> {
        self.ends(closed)
            .into_iter()
            .map(|(_, dated)| dated)
            .min_by_key(|dated| dated.on.latest().unwrap_or(Date::MAX))
    }

    /// How it stands at the end of `day`; `closed` is when the provider, of this kind, was no longer registered.
    pub(crate) fn on(
        &self,
        day: Date,
        provider: Option<ProviderKind>,
        closed: Option<&Dated>,
    ) -> Option<Measure> {
        let (measure, served) = self.served.as_ref()?;
        let ends = self.ends(closed);
        let surely = ends.iter().any(|(_, dated)| dated.on.by(day) == Happened::Surely);
        let maybe = ends.iter().any(|(_, dated)| dated.on.by(day) == Happened::Maybe);
        // Of several ends that which surely comes first.
        let first = ends.into_iter().min_by_key(|(_, dated)| dated.on.latest().unwrap_or(Date::MAX));
        let (how, ended) = first.unzip();
        let to = ended.as_ref().map(|ended| ended.on);
        let is_rough = self.published.iter().any(|on| on.by(day) == Happened::Maybe);
        let standing = if is_rough {
            Standing::Uncertain
        } else if surely {
            Standing::Ended
        } else if maybe || served.on.by(day) == Happened::Maybe {
            Standing::Uncertain
        } else {
            Standing::InForce
        };
        let is_over = standing == Standing::Ended;
        let steps = measure.steps.iter().map(|step| Step {
            reference: step.reference.clone(),
            text: step.text.clone(),
            due: step.due,
            met: self.step_met(&step.reference).map(|dated| dated.on),
        });
        Some(Measure {
            measure: self.key.clone(),
            kind: measure.kind,
            standing,
            stage: self.stage(is_over),
            from: served.on,
            to,
            end: self.end(),
            text: measure.text.clone(),
            proposal: measure.proposal,
            outcome: self.outcome(how.filter(|_| is_over)),
            steps: steps.collect(),
            urgent: measure.urgent,
            under: measure.under.clone(),
            legal_basis: law::basis(provider, measure.kind, measure.urgent, served.on)
                .map_or("", |basis| basis.source),
            rests_on: self.rests_on(ended.as_ref().filter(|_| is_over)),
        })
    }

    fn stage(&self, is_over: bool) -> MeasureStage {
        if is_over {
            MeasureStage::Ended
        } else if self.determined.is_some() {
            MeasureStage::Determined
        } else if !self.appeals.is_empty() {
            MeasureStage::Appealed
        } else if self.decided.is_some() {
            MeasureStage::Decided
        } else if self.representations.is_some() {
            MeasureStage::Representations
        } else {
            MeasureStage::Served
        }
    }

    /// How it was ended, or else what was said of it, or else what else ended it.
    fn outcome(&self, ended: Option<String>) -> String {
        let determined = self.determined.as_ref().map(|(outcome, _)| appeal_text(*outcome));
        let decided = self.decided.as_ref().map(|(outcome, _)| decision_text(*outcome));
        let step = self.ended.as_ref().map(|(how, _)| String::from(*how));
        step.or(determined).or(decided).or(ended).unwrap_or_default()
    }

    fn rests_on(&self, ended: Option<&Dated>) -> Vec<crate::EventId> {
        let single = [
            self.served.as_ref().map(|(_, dated)| dated),
            self.representations.as_ref(),
            self.decided.as_ref().map(|(_, dated)| dated),
            self.appeals.first(),
            self.determined.as_ref().map(|(_, dated)| dated),
            self.reviewed.as_ref(),
            self.ended.as_ref().map(|(_, dated)| dated),
            ended,
        ];
        let many = self.steps_met.iter().map(|(_, dated)| dated);
        let extended = self.extended.iter().map(|(_, dated)| dated);
        joined(single.into_iter().flatten().chain(many).chain(extended).map(|dated| &dated.rests_on))
    }
}

fn decision_text(outcome: DecisionOutcome) -> String {
    alloc::format!("decision_{}", outcome.name())
}

fn appeal_text(outcome: AppealOutcome) -> String {
    alloc::format!("appeal_{}", outcome.name())
}

/// Whether a step can happen to a measure of this kind.
pub(crate) fn fits(kind: MeasureKind, step: &MeasureStep) -> bool {
    use MeasureKind as K;
    match step {
        MeasureStep::Served(measure) => measure.kind == kind,
        MeasureStep::StepMet { .. } | MeasureStep::Closed { .. } => kind == K::ComplianceNotice,
        MeasureStep::Representations | MeasureStep::Decided { .. } => kind == K::Proposal,
        MeasureStep::Appealed | MeasureStep::Determined { .. } => kind != K::Prosecution,
        MeasureStep::Extended { .. } => kind == K::Suspension,
        MeasureStep::Reviewed => kind == K::Restriction,
        MeasureStep::Lifted { kind: lifted } => *lifted == kind,
        MeasureStep::Concluded { .. } => kind == K::Prosecution,
    }
}
