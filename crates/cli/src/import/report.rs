//! What an import did, or would do: every row accounted for, every correction, every disagreement.

use std::collections::BTreeMap;

use docket_api::pb;

use super::entry::{Place, Problem};
use super::merge::Disagreement;
use super::plan::{Change, Outcome};
use super::release::Release;
use super::workbook::SheetRead;

/// What became of one inspection as one row tells it, or of a row that tells none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// The row.
    pub(crate) place: Place,
    /// Name of the authority, as the register has it, or as the row has it where it could not be found.
    pub(crate) authority: String,
    /// Which inspection.
    pub(crate) inspection: String,
    /// What became of it.
    pub(crate) fate: Fate,
}

/// The last word on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// As planned, and recorded (or only planned, in a dry run).
    Planned(Outcome),
    /// Planned, and the connection was lost before the answer.
    Unanswered,
    /// The row says that there is no inspection.
    Nothing(String),
}

/// How rows and inspections ended. A row that tells several inspections counts by the worst of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Told something new.
    pub(crate) new: usize,
    /// Were on record.
    pub(crate) known: usize,
    /// Corrected what was on record.
    pub(crate) corrected: usize,
    /// Contradict a newer source.
    pub(crate) contradicted: usize,
    /// Were refused.
    pub(crate) refused: usize,
    /// Not known whether recorded.
    pub(crate) unanswered: usize,
    /// Say that there is nothing.
    pub(crate) nothing: usize,
}

impl Counts {
    fn add(&mut self, fate: &Fate) {
        *match fate {
            Fate::Planned(Outcome::New) => &mut self.new,
            Fate::Planned(Outcome::Known) => &mut self.known,
            Fate::Planned(Outcome::Corrected) => &mut self.corrected,
            Fate::Planned(Outcome::Contradicted) => &mut self.contradicted,
            Fate::Planned(Outcome::Refused(_)) => &mut self.refused,
            Fate::Unanswered => &mut self.unanswered,
            Fate::Nothing(_) => &mut self.nothing,
        } += 1;
    }

    /// All of them.
    pub(crate) fn sum(&self) -> usize {
        self.new
            + self.known
            + self.corrected
            + self.contradicted
            + self.refused
            + self.unanswered
            + self.nothing
    }

    /// With their names, those that are not zero.
    pub(crate) fn named(&self) -> Vec<(&'static str, usize)> {
        let all = [
            ("new", self.new),
            ("on record already", self.known),
            ("corrected what is on record", self.corrected),
            ("contradict a newer source, not recorded", self.contradicted),
            ("refused", self.refused),
            ("without an answer", self.unanswered),
            ("without an inspection", self.nothing),
        ];
        all.into_iter().filter(|(_, count)| *count > 0).collect()
    }
}

/// What an import did, or would do.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    /// The file.
    pub(crate) file: String,
    /// Which release it is.
    pub(crate) release: Release,
    /// Nothing was recorded, only tried.
    pub(crate) dry_run: bool,
    /// Every sheet.
    pub(crate) sheets: Vec<SheetRead>,
    /// Every row, in order.
    pub(crate) rows: Vec<Place>,
    /// At least one for every row, in order.
    pub(crate) lines: Vec<Line>,
    /// Remarks on rows: cells that say that there is nothing, codes that the register does not have.
    pub(crate) notes: Vec<(Place, String)>,
    /// What the release says otherwise than Docket had it.
    pub(crate) changes: Vec<(String, Change)>,
    /// What rows of the release say otherwise than other rows of it.
    pub(crate) disagreements: Vec<(String, Disagreement)>,
    /// Warnings with which events were recorded: authority and inspection, and the warning.
    pub(crate) warnings: Vec<(String, pb::Warning)>,
    /// How many inspections and visits of known authorities the rows tell of: most are told by several rows.
    pub(crate) told_of: usize,
    /// Those of them of which nothing was on record, recorded or to be recorded.
    pub(crate) new_inspections: usize,
    /// Events recorded, or that would be.
    pub(crate) events: usize,
    /// The file's events, by the kind of event.
    pub(crate) events_by_kind: BTreeMap<&'static str, usize>,
    /// Why it ended early, where it did.
    pub(crate) interrupted: Option<String>,
}

impl Report {
    /// How each telling of an inspection ended.
    pub(crate) fn inspections(&self) -> Counts {
        let mut counts = Counts::default();
        self.lines.iter().for_each(|line| counts.add(&line.fate));
        counts
    }

    /// How the rows ended: of all sheets, or of one.
    pub(crate) fn rows(&self, sheet: Option<&str>) -> Counts {
        let mut worst: BTreeMap<&Place, &Fate> = BTreeMap::new();
        for line in self.lines.iter().filter(|line| sheet.is_none_or(|sheet| line.place.sheet == sheet)) {
            let entry = worst.entry(&line.place).or_insert(&line.fate);
            if weight(&line.fate) > weight(entry) {
                *entry = &line.fate;
            }
        }
        let mut counts = Counts::default();
        worst.values().for_each(|fate| counts.add(fate));
        counts
    }

    /// Whether every row read is accounted for, and nothing else is.
    pub(crate) fn accounts_for_every_row(&self) -> bool {
        let mut of_lines: Vec<&Place> = self.lines.iter().map(|line| &line.place).collect();
        of_lines.sort();
        of_lines.dedup();
        let mut of_rows: Vec<&Place> = self.rows.iter().collect();
        of_rows.sort();
        of_rows.dedup();
        of_lines == of_rows
    }

    /// Whether something in it asks for a person: refused, unanswered, interrupted.
    pub(crate) fn is_complete(&self) -> bool {
        let counts = self.inspections();
        counts.refused == 0 && counts.unanswered == 0 && self.interrupted.is_none()
    }

    /// Whether nothing of it could be imported.
    pub(crate) fn is_nothing(&self) -> bool {
        let counts = self.inspections();
        0 < counts.refused && counts.refused + counts.nothing == counts.sum()
    }

    /// The problems of a line, if it was refused.
    pub(crate) fn problems(line: &Line) -> &[Problem] {
        match &line.fate {
            Fate::Planned(Outcome::Refused(problems)) => problems,
            _ => &[],
        }
    }
}

/// Which of two fates of one row is worth telling.
fn weight(fate: &Fate) -> u8 {
    match fate {
        Fate::Nothing(_) => 0,
        Fate::Planned(Outcome::Known) => 1,
        Fate::Planned(Outcome::New) => 2,
        Fate::Planned(Outcome::Corrected) => 3,
        Fate::Planned(Outcome::Contradicted) => 4,
        Fate::Planned(Outcome::Refused(_)) => 5,
        Fate::Unanswered => 6,
    }
}

/// One word for a fate, as the JSON lines have it.
pub(crate) fn word(fate: &Fate) -> &'static str {
    match fate {
        Fate::Nothing(_) => "nothing",
        Fate::Planned(Outcome::Known) => "known",
        Fate::Planned(Outcome::New) => "new",
        Fate::Planned(Outcome::Corrected) => "corrected",
        Fate::Planned(Outcome::Contradicted) => "contradicted",
        Fate::Planned(Outcome::Refused(_)) => "refused",
        Fate::Unanswered => "unanswered",
    }
}
