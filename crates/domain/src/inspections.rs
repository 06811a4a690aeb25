//! Inspections and visits, gathered from their steps, and how each stands on a day.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::date::{Date, Happened, PartialDate};
use crate::event::{DateRange, Fact, Fieldwork, InspectionStep, Judgement, Party};
use crate::facts::{Counted, Dated, joined};
use crate::frameworks;
use crate::id::InspectionKey;
use crate::status::{InspectionSummary, PriorityAction, ProfileGrade, RestsOn};
use crate::terms::{
    Basis, Framework, Grade, InspectionKind, InspectionState, JudgementKind, ServiceDomain, View,
};

/// One inspection or visit, with everything recorded of it.
#[derive(Clone, Debug)]
pub(crate) struct Inspection<'a> {
    pub(crate) key: &'a InspectionKey,
    pub(crate) kind: Option<InspectionKind>,
    pub(crate) fieldwork: Vec<DateRange>,
    pub(crate) theme: &'a str,
    pub(crate) unpublished: bool,
    pub(crate) notified: Option<Dated>,
    pub(crate) deferred: Option<Dated>,
    pub(crate) draft: Option<Dated>,
    pub(crate) comments: Option<Dated>,
    pub(crate) paused: Option<Dated>,
    pub(crate) resumed: Option<Dated>,
    pub(crate) received: Option<Dated>,
    pub(crate) published: Option<Dated>,
    pub(crate) published_by_authority: Option<Dated>,
    /// Withdrawn (true) or published anew (false), in order.
    reissued: Vec<(bool, Dated)>,
    pub(crate) judgements: Option<(&'a [Judgement], RestsOn)>,
    pub(crate) statement: Option<(bool, Option<&'a Party>, Dated)>,
    revisions: Vec<(JudgementKind, Grade, Dated)>,
    raised: Vec<(&'a str, &'a str, ServiceDomain, RestsOn)>,
    discharged: Vec<(Option<&'a str>, Dated)>,
    /// Every step in the order recorded, for the state and the provenance.
    steps: Vec<(&'a InspectionStep, Dated)>,
    fieldwork_rests_on: RestsOn,
}

impl<'a> Inspection<'a> {
    fn new(key: &'a InspectionKey) -> Self {
        Self {
            key,
            kind: None,
            fieldwork: Vec::new(),
            theme: "",
            unpublished: false,
            notified: None,
            deferred: None,
            draft: None,
            comments: None,
            paused: None,
            resumed: None,
            received: None,
            published: None,
            published_by_authority: None,
            reissued: Vec::new(),
            judgements: None,
            statement: None,
            revisions: Vec::new(),
            raised: Vec::new(),
            discharged: Vec::new(),
            steps: Vec::new(),
            fieldwork_rests_on: RestsOn::new(),
        }
    }

    fn apply(&mut self, step: &'a InspectionStep, dated: Dated) {
        self.steps.push((step, dated.clone()));
        match step {
            InspectionStep::Notified { kind, .. } => {
                self.kind.get_or_insert(*kind);
                self.notified = Some(dated);
            }
            InspectionStep::Fieldwork(fieldwork) => self.apply_fieldwork(fieldwork, dated),
            InspectionStep::AdditionalEvidence { ranges } => {
                for range in ranges {
                    self.add_range(*range);
                }
                self.fieldwork_rests_on.extend(dated.rests_on);
            }
            InspectionStep::Paused => (self.paused, self.resumed) = (Some(dated), None),
            InspectionStep::Resumed | InspectionStep::DeclaredIncomplete => self.resumed = Some(dated),
            InspectionStep::DraftIssued => self.draft = Some(dated),
            InspectionStep::CommentsReceived | InspectionStep::ComplaintMade => self.comments = Some(dated),
            InspectionStep::Received => {
                self.received.get_or_insert(dated);
            }
            InspectionStep::Published { kind } => {
                self.kind.get_or_insert(*kind);
                self.published.get_or_insert(dated);
            }
            InspectionStep::JudgementsMade { kind, judgements } => {
                self.kind.get_or_insert(*kind);
                self.judgements = Some((judgements, dated.rests_on));
            }
            InspectionStep::JudgementRevised { kind, new, .. } => self.revisions.push((*kind, *new, dated)),
            InspectionStep::Withdrawn => self.reissued.push((true, dated)),
            InspectionStep::Republished => self.reissued.push((false, dated)),
            InspectionStep::Deferred => self.deferred = Some(dated),
            InspectionStep::PriorityActionRaised { reference, text, domain } => {
                self.raised.push((reference, text, *domain, dated.rests_on));
            }
            InspectionStep::PriorityActionDischarged { reference } => {
                self.discharged.push((reference.as_deref(), dated));
            }
            InspectionStep::StatementDetermined { required, obligor } => {
                self.statement = Some((*required, obligor.as_ref(), dated));
            }
            InspectionStep::PublishedByAuthority => self.published_by_authority = Some(dated),
            InspectionStep::ComplaintDecided
            | InspectionStep::AreaForImprovement { .. }
            | InspectionStep::LookedAt { .. }
            | InspectionStep::RequirementMade { .. }
            | InspectionStep::RequirementMet { .. }
            | InspectionStep::RecommendationMade { .. } => {}
        }
    }

    fn apply_fieldwork(&mut self, fieldwork: &'a Fieldwork, dated: Dated) {
        self.kind = Some(fieldwork.kind);
        if fieldwork.ranges.is_empty() {
            // Only the first day is known.
            self.add_range(DateRange { first: dated.on, last: PartialDate::Unknown });
        }
        for range in &fieldwork.ranges {
            self.add_range(*range);
        }
        self.theme = &fieldwork.theme;
        self.unpublished = fieldwork.unpublished;
        self.fieldwork_rests_on.extend(dated.rests_on);
    }

    /// Adds days on site; of two ranges that begin on one day, the one whose last day is known says more.
    fn add_range(&mut self, range: DateRange) {
        match self.fieldwork.iter_mut().find(|known| known.first == range.first) {
            Some(known) if known.last.latest() < range.last.latest() => *known = range,
            Some(_) => {}
            None => self.fieldwork.push(range),
        }
    }

    /// The first day of fieldwork, as far as it is known.
    pub(crate) fn first_day(&self) -> PartialDate {
        let days = self.fieldwork.iter().map(|range| range.first).filter(|day| *day != PartialDate::Unknown);
        days.min_by_key(|day| day.sort_key()).unwrap_or_default()
    }

    /// The last day of fieldwork, as far as it is known.
    pub(crate) fn last_day(&self) -> PartialDate {
        let days = self.fieldwork.iter().map(|range| range.last).filter(|day| *day != PartialDate::Unknown);
        days.max_by_key(|day| day.latest()).unwrap_or_default()
    }

    pub(crate) fn framework(&self) -> Option<Framework> {
        frameworks::framework(self.kind?, self.first_day())
    }

    /// Whether it judged the authority (a review of the safeguarding board alone does not).
    pub(crate) fn is_graded(&self) -> bool {
        let judged = self.judgements.as_ref().is_some_and(|(judgements, _)| {
            judgements.iter().any(|judgement| judgement.kind != JudgementKind::LscbEffectiveness)
        });
        judged && self.kind.is_some_and(frameworks::is_graded)
    }

    /// When what it found can be seen: publication, or receipt before it for the restricted view.
    pub(crate) fn visible_from(&self, view: View) -> Option<Dated> {
        let received = if view == View::Restricted { self.received.clone() } else { None };
        [self.published.clone(), received].into_iter().flatten().min_by_key(|dated| dated.on.sort_key())
    }

    /// The day from which its judgements count, with its provenance; `None` while nothing says that they do.
    pub(crate) fn counts_from(&self, basis: Basis, view: View) -> Option<Dated> {
        let first_day = self.first_day();
        if basis == Basis::Inspected && first_day != PartialDate::Unknown {
            return Some(Dated { on: first_day, rests_on: self.fieldwork_rests_on.clone() });
        }
        self.visible_from(view)
    }

    /// Whether it was withdrawn by the end of `day`, and not published anew since.
    pub(crate) fn withdrawn_by(&self, day: Date) -> Happened {
        let last = self.reissued.iter().rfind(|(_, dated)| dated.on.by(day) != Happened::Not);
        last.filter(|(withdrawn, _)| *withdrawn).map_or(Happened::Not, |(_, dated)| dated.on.by(day))
    }

    /// The days on which what it says changed after it was published.
    pub(crate) fn changes(&self) -> impl Iterator<Item = &Dated> {
        self.revisions.iter().map(|(.., dated)| dated).chain(self.reissued.iter().map(|(_, dated)| dated))
    }

    /// The events that say which days were spent on site.
    pub(crate) fn fieldwork_rests_on(&self) -> &RestsOn {
        &self.fieldwork_rests_on
    }

    /// The grades that count on `day`: those of the framework in its order, overall effectiveness first, then any others recorded.
    /// The flag says that an uncertain date decides.
    pub(crate) fn grades_on(&self, day: Date) -> (Vec<ProfileGrade>, bool) {
        let (recorded, rests_on) = self.judgements.clone().unwrap_or_default();
        let mut uncertain = false;
        let mut grades: Vec<ProfileGrade> = recorded
            .iter()
            .filter(|judgement| judgement.kind != JudgementKind::LscbEffectiveness)
            .map(|judgement| ProfileGrade {
                kind: judgement.kind,
                grade: judgement.grade,
                raw_text: judgement.raw_text.clone(),
                rests_on: rests_on.clone(),
            })
            .collect();
        for (kind, grade, revised) in &self.revisions {
            let happened = revised.on.by(day);
            uncertain |= happened == Happened::Maybe;
            if let (Some(known), true) =
                (grades.iter_mut().find(|g| g.kind == *kind), happened != Happened::Not)
            {
                known.grade = *grade;
                known.raw_text = String::new();
                known.rests_on = joined([&known.rests_on, &revised.rests_on]);
            }
        }
        if let Some(framework) = self.framework() {
            grades = in_order_of(framework, grades);
        }
        (grades, uncertain)
    }

    /// Areas for priority action that are open on `day`.
    pub(crate) fn open_priority_actions(&self, day: Date, view: View) -> Vec<PriorityAction> {
        let Some(visible) = self.visible_from(view).filter(|visible| visible.on.by(day) != Happened::Not)
        else {
            return Vec::new();
        };
        if self.withdrawn_by(day) == Happened::Surely {
            return Vec::new();
        }
        let is_open = |reference: &str| {
            !self.discharged.iter().any(|(which, on)| {
                which.is_none_or(|which| which == reference) && on.on.by(day) == Happened::Surely
            })
        };
        let raised = self.raised.iter().filter(|(reference, ..)| is_open(reference));
        raised
            .map(|(reference, text, domain, rests_on)| PriorityAction {
                inspection: self.key.clone(),
                reference: (*reference).into(),
                text: (*text).into(),
                domain: *domain,
                since: visible.on,
                rests_on: joined([rests_on, &visible.rests_on]),
            })
            .collect()
    }

    /// Whether it raised any area for priority action, and on which events that rests.
    pub(crate) fn priority_actions_rest_on(&self) -> Option<RestsOn> {
        if self.raised.is_empty() {
            None
        } else {
            Some(joined(self.raised.iter().map(|(.., rests_on)| rests_on)))
        }
    }

    /// How far it has come; `None` where nothing says.
    pub(crate) fn summary(&self) -> Option<InspectionSummary> {
        let states =
            self.steps.iter().filter_map(|(step, dated)| Some((dated.on.sort_key(), state_after(step)?)));
        let (_, state) = states.max_by_key(|(on, state)| (*on, state.number()))?;
        let state = if self.is_out_some_day() && !is_out(state) { InspectionState::Published } else { state };
        Some(InspectionSummary {
            inspection: self.key.clone(),
            kind: self.kind,
            framework: self.framework(),
            state,
            fieldwork: self.fieldwork.clone(),
            received: self.received.as_ref().map(|dated| dated.on),
            published: self.published.as_ref().map(|dated| dated.on),
            theme: self.theme.into(),
            unpublished: self.unpublished,
            rests_on: joined(self.steps.iter().map(|(_, dated)| &dated.rests_on)),
        })
    }

    /// Whether its publication is recorded, on a day of which nothing is known: it counts as published, and not surely.
    fn is_out_some_day(&self) -> bool {
        self.published.as_ref().is_some_and(|published| published.on == PartialDate::Unknown)
    }

    /// For putting inspections in order: by fieldwork, or by publication where the fieldwork is not known.
    pub(crate) fn sort_key(&self) -> (Option<Date>, Option<Date>) {
        let first_day = self.first_day();
        if first_day == PartialDate::Unknown {
            self.published.as_ref().map(|dated| dated.on).unwrap_or_default().sort_key()
        } else {
            first_day.sort_key()
        }
    }
}

/// Puts the framework's judgements first and in its order, and says of each missing one why it is missing.
fn in_order_of(framework: Framework, mut recorded: Vec<ProfileGrade>) -> Vec<ProfileGrade> {
    let absent =
        |kind, grade| ProfileGrade { kind, grade, raw_text: String::new(), rests_on: RestsOn::new() };
    let mut ordered = Vec::new();
    let of_framework = frameworks::judgements(framework);
    let is_recorded = recorded.iter().any(|grade| grade.kind == JudgementKind::OverallEffectiveness);
    let has_overall = of_framework.contains(&JudgementKind::OverallEffectiveness);
    if !has_overall && !is_recorded && !frameworks::is_of_providers(framework) {
        ordered.push(absent(JudgementKind::OverallEffectiveness, Grade::NotApplicable));
    }
    for kind in of_framework {
        let place = recorded.iter().position(|grade| grade.kind == *kind);
        ordered.push(place.map_or_else(|| absent(*kind, Grade::NotRecorded), |place| recorded.remove(place)));
    }
    ordered.extend(recorded);
    ordered
}

/// Whether a report is, or was, out in this state.
fn is_out(state: InspectionState) -> bool {
    use InspectionState as S;
    matches!(state, S::Published | S::Republished | S::Revised | S::Withdrawn)
}

/// The state that a step leaves an inspection in; `None` for steps that leave it where it is.
fn state_after(step: &InspectionStep) -> Option<InspectionState> {
    use InspectionState as S;
    match step {
        InspectionStep::Notified { .. } => Some(S::Notified),
        InspectionStep::Deferred => Some(S::Deferred),
        InspectionStep::Fieldwork(_)
        | InspectionStep::Resumed
        | InspectionStep::AdditionalEvidence { .. } => Some(S::Fieldwork),
        InspectionStep::Paused => Some(S::Paused),
        InspectionStep::DeclaredIncomplete => Some(S::Incomplete),
        InspectionStep::DraftIssued | InspectionStep::CommentsReceived | InspectionStep::ComplaintDecided => {
            Some(S::Draft)
        }
        InspectionStep::ComplaintMade => Some(S::Complaint),
        InspectionStep::Received => Some(S::Received),
        InspectionStep::Published { .. } => Some(S::Published),
        InspectionStep::Republished => Some(S::Republished),
        InspectionStep::JudgementRevised { .. } => Some(S::Revised),
        InspectionStep::Withdrawn => Some(S::Withdrawn),
        InspectionStep::JudgementsMade { .. }
        | InspectionStep::AreaForImprovement { .. }
        | InspectionStep::LookedAt { .. }
        | InspectionStep::PriorityActionRaised { .. }
        | InspectionStep::PriorityActionDischarged { .. }
        | InspectionStep::StatementDetermined { .. }
        | InspectionStep::PublishedByAuthority
        | InspectionStep::RequirementMade { .. }
        | InspectionStep::RequirementMet { .. }
        | InspectionStep::RecommendationMade { .. } => None,
    }
}

/// One inspection of an authority.
pub(crate) fn one<'a>(facts: &[Counted<'a>], key: &str) -> Option<Inspection<'a>> {
    let mut found: Option<Inspection<'a>> = None;
    for counted in facts {
        if let Fact::Inspection { inspection, step } = counted.fact
            && inspection.as_str() == key
        {
            found.get_or_insert_with(|| Inspection::new(inspection)).apply(step, counted.dated());
        }
    }
    found
}

/// Gathers the inspections of an authority, in the order of their fieldwork.
pub(crate) fn gather<'a>(facts: &[Counted<'a>]) -> Vec<Inspection<'a>> {
    let mut by_key: BTreeMap<&InspectionKey, Inspection<'a>> = BTreeMap::new();
    for counted in facts {
        if let Fact::Inspection { inspection, step } = counted.fact {
            let entry = by_key.entry(inspection).or_insert_with(|| Inspection::new(inspection));
            entry.apply(step, counted.dated());
        }
    }
    let mut inspections: Vec<_> = by_key.into_values().collect();
    inspections.sort_by_key(Inspection::sort_key);
    inspections
}
