//! The register: which authorities there are, under which names and codes, and which one is meant.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::date::{Date, Happened, PartialDate};
use crate::event::{Fact, Recorded, Registration};
use crate::existence;
use crate::facts::Facts;
use crate::id::AuthorityId;
use crate::status::{AuthorityRef, Existence};
use crate::terms::CodeScheme;

/// Every authority, by id.
#[derive(Clone, Debug, Default)]
pub struct Register {
    /// By name.
    entries: Vec<Entry>,
    /// Which entry has an id.
    by_id: BTreeMap<AuthorityId, usize>,
}

/// One authority.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Docket's own id.
    pub id: AuthorityId,
    /// As registered.
    pub registration: Registration,
    /// Every code it ever had.
    pub codes: Vec<DatedCode>,
    /// Its stream, as far as it concerns the register.
    history: Vec<Recorded>,
}

/// A code with its dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatedCode {
    /// Whose numbering.
    pub scheme: CodeScheme,
    /// The code.
    pub code: String,
    /// Since when.
    pub from: PartialDate,
    /// The first day on which it was no longer valid; `None` while it is.
    pub to: Option<PartialDate>,
}

/// Which authority a text means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// This one.
    One(AuthorityId),
    /// Any of these.
    Several(Vec<AuthorityRef>),
    /// None.
    Nothing,
}

/// Whether a fact belongs in the register.
#[must_use]
pub fn concerns(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::AuthorityRegistered(_)
            | Fact::CodeChanged { .. }
            | Fact::AuthoritySucceeded { .. }
            | Fact::SuccessionReceived { .. }
            | Fact::DeliveryStarted { .. }
            | Fact::DeliveryEnded { .. }
            | Fact::Voided { .. }
            | Fact::Corrected { .. }
            | Fact::Merged { .. }
    )
}

impl DatedCode {
    fn is_valid(&self, day: Date) -> bool {
        self.from.by(day) != Happened::Not && self.to.is_none_or(|to| to.by(day) == Happened::Not)
    }
}

impl Entry {
    fn of(id: AuthorityId, history: Vec<Recorded>) -> Option<Self> {
        let mut codes: Vec<DatedCode> = Vec::new();
        let mut registration = None;
        for counted in Facts::of(&history).counted {
            match counted.fact {
                Fact::AuthorityRegistered(registered) => {
                    registration = Some(registered.clone());
                    codes.extend(registered.codes.iter().map(|(scheme, code)| DatedCode {
                        scheme: *scheme,
                        code: code.clone(),
                        from: counted.happened_on,
                        to: None,
                    }));
                }
                Fact::CodeChanged { scheme, old, new } => {
                    let current = codes.iter_mut().find(|code| code.scheme == *scheme && code.code == *old);
                    if let Some(current) = current {
                        current.to = Some(counted.happened_on);
                    }
                    let from = counted.happened_on;
                    codes.push(DatedCode { scheme: *scheme, code: new.clone(), from, to: None });
                }
                Fact::AuthoritySucceeded { .. } => {
                    for code in codes.iter_mut().filter(|code| code.to.is_none()) {
                        code.to = Some(counted.happened_on);
                    }
                }
                _ => {}
            }
        }
        Some(Self { id, registration: registration?, codes, history })
    }

    /// The authority, with its codes as valid on a day; with the nearest ones where none is valid.
    #[must_use]
    pub fn reference(&self, day: Date) -> AuthorityRef {
        let mut codes: Vec<(CodeScheme, String)> = Vec::new();
        for scheme in CodeScheme::ALL {
            let of_scheme = || self.codes.iter().filter(|code| code.scheme == *scheme);
            let mut begun = of_scheme().filter(|code| code.from.by(day) != Happened::Not);
            let code = of_scheme()
                .find(|code| code.is_valid(day))
                .or_else(|| begun.next_back())
                .or_else(|| of_scheme().next());
            codes.extend(code.map(|code| (*scheme, code.code.clone())));
        }
        AuthorityRef {
            id: self.id.clone(),
            name: self.registration.name.clone(),
            kind: Some(self.registration.kind),
            region: self.registration.region.clone(),
            codes,
        }
    }

    /// Legal existence on a day.
    #[must_use]
    pub fn existence(&self, day: Date) -> Existence {
        existence::existence(&Facts::of(&self.history).counted, day)
    }

    /// Other spellings of its name.
    #[must_use]
    pub fn aliases(&self) -> &[String] {
        &self.registration.aliases
    }

    fn names(&self) -> impl Iterator<Item = String> {
        let registered = [&self.registration.name, &self.registration.official_name];
        registered.into_iter().chain(&self.registration.aliases).map(|name| normalised(name))
    }
}

impl Register {
    /// Folds the events of all authorities' streams for which [`concerns`] holds; each stream in order.
    #[must_use]
    pub fn fold(events: impl IntoIterator<Item = (AuthorityId, Recorded)>) -> Self {
        let mut streams: BTreeMap<AuthorityId, Vec<Recorded>> = BTreeMap::new();
        for (authority, recorded) in events {
            streams.entry(authority).or_default().push(recorded);
        }
        let mut entries: Vec<_> =
            streams.into_iter().filter_map(|(id, history)| Entry::of(id, history)).collect();
        entries.sort_by(|a, b| (&a.registration.name, &a.id).cmp(&(&b.registration.name, &b.id)));
        let by_id = entries.iter().enumerate().map(|(place, entry)| (entry.id.clone(), place)).collect();
        Self { entries, by_id }
    }

    /// Every authority, by name.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// The authority of this id.
    #[must_use]
    pub fn get(&self, id: &AuthorityId) -> Option<&Entry> {
        self.by_id.get(id).and_then(|place| self.entries.get(*place))
    }

    /// Whether an authority has this id.
    #[must_use]
    pub fn knows(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    /// Which authority a text means on a day: Docket's id, then a code valid that day (or, where none is, one that ever was), then a
    /// name or alias, upper and lower case, punctuation and "council" aside.
    ///
    /// A name that several bear is answered with all of them.
    #[must_use]
    pub fn find(&self, text: &str, day: Date) -> Found {
        let text = text.trim();
        if let Some(entry) = text.parse().ok().and_then(|id| self.get(&id)) {
            return Found::One(entry.id.clone());
        }
        let coded = |valid: bool| -> Vec<&Entry> {
            let is_match =
                |code: &DatedCode| code.code.eq_ignore_ascii_case(text) && (!valid || code.is_valid(day));
            self.entries.iter().filter(|entry| entry.codes.iter().any(is_match)).collect()
        };
        for found in [coded(true), coded(false), self.named(text)] {
            match found.as_slice() {
                [] => {}
                [entry] => return Found::One(entry.id.clone()),
                _ => return Found::Several(references(found, day)),
            }
        }
        Found::Nothing
    }

    /// Authorities whose id, code, name or alias contains the text.
    #[must_use]
    pub fn search(&self, text: &str) -> Vec<&Entry> {
        let wanted = normalised(text);
        let lower = text.trim().to_lowercase();
        let is_match = |entry: &&Entry| {
            entry.id.as_str().contains(&lower)
                || entry.codes.iter().any(|code| code.code.eq_ignore_ascii_case(&lower))
                || entry.names().any(|name| name.contains(&wanted))
        };
        self.entries.iter().filter(is_match).collect()
    }

    fn named(&self, text: &str) -> Vec<&Entry> {
        let wanted = normalised(text);
        self.entries.iter().filter(|entry| entry.names().any(|name| name == wanted)).collect()
    }
}

fn references(entries: Vec<&Entry>, day: Date) -> Vec<AuthorityRef> {
    entries.into_iter().map(|entry| entry.reference(day)).collect()
}

/// A name for comparing: lower case, words only, in the order of the alphabet, without the words that say what kind of council it is.
fn normalised(name: &str) -> String {
    const LEFT_OUT: [&str; 10] =
        ["council", "borough", "county", "city", "of", "the", "royal", "metropolitan", "london", "and"];
    let lower = name.to_lowercase().replace('&', " and ");
    let all: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let kept: Vec<&str> = all.iter().copied().filter(|word| !LEFT_OUT.contains(word)).collect();
    let mut words = if kept.is_empty() { all } else { kept };
    words.sort_unstable();
    words.join(" ")
}
