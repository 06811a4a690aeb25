//! Tables of regulated providers: found by their headings, each row read as what it says of a provider and of one inspection of it.

use docket_api::pb::{Grade, InspectionKind, ProviderKind, ProviderSector, RegistrationEnd, Source};
use docket_domain::id::ProviderUrn;
use jiff::civil::Date;

use super::cells::{self, Graded};
use super::entry::{Entry, Names, Place, Problem, Stated, StatedGrade};
use super::heading::{Judged, normalise};
use super::sheet::{Row, Sheet, Value, address};

/// What a row says of a provider itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ProviderTold {
    /// Ofsted's number.
    pub(crate) urn: String,
    /// What it is registered as.
    pub(crate) kind: ProviderKind,
    /// Where it is, as the row says.
    pub(crate) authority: String,
    /// Who runs it.
    pub(crate) sector: ProviderSector,
    /// Empty where it is withheld.
    pub(crate) name: String,
    /// Who owns it.
    pub(crate) owner: String,
    /// For how many children; 0 where the row does not say.
    pub(crate) places: u32,
    /// Of the school that it also is.
    pub(crate) education_urn: String,
    /// Registered since.
    pub(crate) registered: Option<Date>,
    /// No longer registered since, and how that came.
    pub(crate) cancelled: Option<(Date, RegistrationEnd)>,
    /// The day of which it tells: that of the list, or of the inspection.
    pub(crate) day: Option<Date>,
    /// Where it is a row of a list: the day as at which that has it. Without an inspection that is the day of the release.
    pub(crate) listed: Option<Date>,
}

/// The day as at which a sheet lists providers, as its name says: "…_at_31_Mar_2023".
pub(crate) fn as_at(sheet: &str) -> Option<Date> {
    let words: Vec<&str> = sheet.split(['_', ' ']).collect();
    let mut days = words.windows(3).filter_map(|words| match words {
        [day, month, year] => cells::day(&Value::Text(format!("{day} {month} {year}"))).ok().flatten(),
        _ => None,
    });
    days.next_back()
}

/// Whether a source is, or has among its places, a row that tells where a provider was on the day of its inspection: one of a list tells of
/// the day of the list.
pub(crate) fn tells_of_inspection_day(source: &Source) -> bool {
    let mut rows = source.place.split("; ").filter_map(|place| place.strip_prefix("sheet "));
    rows.any(|row| as_at(row.rsplit_once(", row ").map_or(row, |(sheet, _)| sheet)).is_none())
}

/// What a column of such a table tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Urn,
    EducationUrn,
    Kind,
    Registered,
    Status,
    Name,
    Authority,
    Sector,
    Places,
    Owner,
    InspectionKind,
    FirstDay,
    Published,
    Overall,
    Protected,
    Leaders,
    Resigned,
    Closed,
    Cancelled,
    /// Understood, and not recorded: addresses, constituencies, the history of the file itself.
    PassedOver,
}

/// The columns by the words of their headings; what was never met is listed as not understood.
fn column(heading: &str) -> Option<Column> {
    use Column as C;
    let raw = heading.to_lowercase();
    if raw.starts_with("first effective date") {
        return ["active", "resigned", "closed", "cancelled"].iter().find(|word| raw.contains(**word)).map(
            |word| match *word {
                "active" => C::Registered,
                "resigned" => C::Resigned,
                "closed" => C::Closed,
                _ => C::Cancelled,
            },
        );
    }
    Some(match normalise(&heading.replace('_', " ")).as_str() {
        "urn" => C::Urn,
        "linked education urn" => C::EducationUrn,
        "provision type" => C::Kind,
        "registration date" => C::Registered,
        "registration status" => C::Status,
        "name" | "provider name" => C::Name,
        "local authority" => C::Authority,
        "sector" => C::Sector,
        "places" => C::Places,
        "organisation which owns the provider" | "organisation name" => C::Owner,
        "latest full inspection event type" | "inspection event type" | "event type" => C::InspectionKind,
        "latest full inspection date" | "inspection date" => C::FirstDay,
        "latest full inspection publication date" | "inspection publication date" | "publication date" => {
            C::Published
        }
        "overall experiences and progress of children and young people" | "overall raw" => C::Overall,
        "how well children and young people are helped and protected" | "safeguarding raw" => C::Protected,
        "effectiveness of leaders and managers" | "leaders raw" => C::Leaders,
        "web link"
        | "address 1"
        | "address 2"
        | "town"
        | "county"
        | "postcode"
        | "ofsted region"
        | "government office region"
        | "parliamentary constituency"
        | "short break only childrens home"
        | "multi building childrens home"
        | "latest full inspection event number"
        | "inspection event number"
        | "event number"
        | "outcomes in education and related learning activities"
        | "health services"
        | "joiner status"
        | "leaver status"
        | "inspectorate"
        | "reason"
        | "first seen in"
        | "last seen in"
        | "seen" => C::PassedOver,
        _ => return None,
    })
}

/// A table of providers.
#[derive(Debug)]
pub(crate) struct ProviderTable<'a> {
    sheet: &'a Sheet,
    /// The row of its headings.
    pub(crate) heading_row: u32,
    columns: Vec<(usize, Column)>,
    /// Columns not understood: cell and heading.
    pub(crate) unknown: Vec<(String, String)>,
    /// The rows under the headings.
    pub(crate) rows: &'a [Row],
}

/// The table whose headings stand in this row of a sheet; `after` are the rows below it. It needs the URN and what the provider is.
pub(crate) fn table<'a>(sheet: &'a Sheet, row: &'a Row, after: &'a [Row]) -> Option<ProviderTable<'a>> {
    let mut columns = Vec::new();
    let mut unknown = Vec::new();
    for (place, value) in row.filled() {
        let heading = value.to_string();
        match column(&heading) {
            Some(column) => columns.push((place, column)),
            None => unknown.push((address(place, row.number), heading)),
        }
    }
    let has = |wanted| columns.iter().any(|(_, column)| *column == wanted);
    let is_one = has(Column::Urn) && has(Column::Kind);
    is_one.then_some(ProviderTable { sheet, heading_row: row.number, columns, unknown, rows: after })
}

/// What a row came to.
#[derive(Debug)]
pub(crate) struct Reading {
    /// Where.
    pub(crate) place: Place,
    /// What it tells, or why it cannot be recorded.
    pub(crate) told: Result<Entry, Vec<Problem>>,
    /// Whose, as the row says.
    pub(crate) urn: String,
    /// Remarks.
    pub(crate) notes: Vec<String>,
}

impl ProviderTable<'_> {
    /// How many columns were understood.
    pub(crate) fn columns(&self) -> usize {
        self.columns.len()
    }

    fn cell<'r>(&self, row: &'r Row, wanted: Column) -> Option<(&'r Value, String)> {
        let (place, _) = self.columns.iter().find(|(_, column)| *column == wanted)?;
        Some((row.cell(*place), address(*place, row.number)))
    }

    fn words(&self, row: &Row, wanted: Column) -> String {
        let text = self.cell(row, wanted).map(|(value, _)| value.to_string()).unwrap_or_default();
        if matches!(text.as_str(), "REDACTED" | "-" | "NULL") { String::new() } else { text }
    }

    /// The last of several columns that tell the same: of two days, that of the later.
    fn last_words(&self, row: &Row, wanted: Column) -> String {
        let last = self.columns.iter().rfind(|(_, column)| *column == wanted);
        last.map(|(place, _)| row.cell(*place).to_string()).unwrap_or_default()
    }

    /// Reads a row.
    pub(crate) fn read(&self, row: &Row, release_day: Date) -> Reading {
        let place = Place { sheet: self.sheet.name.clone(), row: row.number };
        let mut reader = Reader { table: self, row, problems: Vec::new(), notes: Vec::new() };
        let urn = self.words(row, Column::Urn);
        let entry = reader.entry(place.clone(), urn.clone(), release_day);
        let Reader { problems, notes, .. } = reader;
        Reading { place, told: if problems.is_empty() { Ok(entry) } else { Err(problems) }, urn, notes }
    }
}

/// A row that is being read.
struct Reader<'a> {
    table: &'a ProviderTable<'a>,
    row: &'a Row,
    problems: Vec<Problem>,
    notes: Vec<String>,
}

impl Reader<'_> {
    fn problem(&mut self, wanted: Column, field: &str, what: String) {
        let (value, cell) = self
            .table
            .cell(self.row, wanted)
            .map_or_else(|| (String::new(), String::new()), |(value, cell)| (value.to_string(), cell));
        self.problems.push(Problem { cell, value, field: field.to_owned(), what });
    }

    fn day(&mut self, wanted: Column, field: &str) -> Option<Stated<Date>> {
        let (value, cell) = self.table.cell(self.row, wanted)?;
        match cells::day(value) {
            Ok(day) => day.map(|value| Stated { value, cell }),
            Err(misread) => {
                self.problem(wanted, field, misread.to_string());
                None
            }
        }
    }

    fn entry(&mut self, place: Place, urn: String, release_day: Date) -> Entry {
        if let Err(error) = urn.parse::<ProviderUrn>() {
            self.problem(Column::Urn, "URN", error.to_string());
        }
        let kind = self.provision();
        let first = self.day(Column::FirstDay, "inspection date");
        let published = self.day(Column::Published, "publication date");
        let came_to = if first.is_some() { self.inspection_kind(kind) } else { InspectionKind::Unspecified };
        let grades = self.grades(came_to);
        if first.is_none() && (published.is_some() || !grades.is_empty()) {
            let what =
                "is empty, and the row tells of a report: right would be the first day of the inspection";
            self.problem(Column::FirstDay, "inspection date", what.to_owned());
        }
        let cancelled = self.cancelled();
        let registered = self.day(Column::Registered, "registration date").map(|day| day.value);
        if self.table.last_words(self.row, Column::Status) == "Suspended" {
            self.notes.push("says that the provider is suspended, not since when: not recorded".to_owned());
        }
        let first_day = first.as_ref().map(|first| first.value);
        let listed =
            self.listed(release_day).filter(|_| first_day.is_none() || as_at(&place.sheet).is_some());
        let words = |column| self.table.words(self.row, column);
        let places = words(Column::Places);
        if !places.is_empty() && places.parse::<u32>().is_err() {
            self.notes.push(format!("places are {places:?}: no number, not recorded"));
        }
        let places = places.parse().unwrap_or(0);
        let told = ProviderTold {
            urn,
            kind,
            authority: words(Column::Authority),
            sector: sector(&words(Column::Sector)),
            name: words(Column::Name),
            owner: words(Column::Owner),
            places,
            education_urn: words(Column::EducationUrn),
            registered,
            cancelled,
            day: listed.or(first_day).or(Some(release_day)),
            listed,
        };
        Entry {
            place,
            // Of two rows that tell one inspection the one that knows its report is believed.
            rank: u8::from(published.is_none()),
            names: Names::default(),
            kind: came_to,
            kind_cell: String::new(),
            theme: None,
            first,
            last: None,
            published,
            grades,
            provider: Some(told),
        }
    }

    /// The day as at which the row lists the provider: none where it says that it had left.
    fn listed(&self, release_day: Date) -> Option<Date> {
        let has_left = matches!(
            self.table.last_words(self.row, Column::Status).as_str(),
            "Cancelled" | "Resigned" | "Closed"
        );
        (!has_left).then(|| as_at(&self.table.sheet.name).unwrap_or(release_day))
    }

    fn provision(&mut self) -> ProviderKind {
        let words = self.table.words(self.row, Column::Kind);
        let kind = provision(&words);
        if kind == ProviderKind::Unspecified {
            let what = "is no kind of provider that is known; right would be Children's home, Independent Fostering Agency and the like";
            self.problem(Column::Kind, "provision type", what.to_owned());
        }
        kind
    }

    fn inspection_kind(&mut self, provider: ProviderKind) -> InspectionKind {
        let words = normalise(&self.table.words(self.row, Column::InspectionKind));
        let kind = match words.as_str() {
            "full inspection" => match provider {
                ProviderKind::SecureTrainingCentre => InspectionKind::SecureTrainingCentre,
                ProviderKind::Cafcass => InspectionKind::Cafcass,
                _ => InspectionKind::ProviderFull,
            },
            "interim inspection" => InspectionKind::ProviderInterim,
            "assurance visit" => InspectionKind::ProviderAssuranceVisit,
            "monitoring inspection" | "monitoring visit" => InspectionKind::ProviderMonitoringVisit,
            "emergency inspection" | "sc emergency inspection" => InspectionKind::ProviderEmergency,
            _ => InspectionKind::Unspecified,
        };
        if kind == InspectionKind::Unspecified {
            let what = "is no kind of inspection that is known; right would be Full inspection, Interim inspection, Monitoring \
                        inspection, Assurance visit or Emergency inspection";
            self.problem(Column::InspectionKind, "inspection event type", what.to_owned());
        }
        kind
    }

    fn grades(&mut self, kind: InspectionKind) -> Vec<StatedGrade> {
        let columns = [
            (Column::Overall, Judged::Overall),
            (Column::Protected, Judged::HelpAndProtection),
            (Column::Leaders, Judged::Leaders),
        ];
        let stated: Vec<StatedGrade> =
            columns.into_iter().filter_map(|(column, judged)| self.grade(column, judged)).collect();
        let ungraded = matches!(
            kind,
            InspectionKind::ProviderMonitoringVisit
                | InspectionKind::ProviderEmergency
                | InspectionKind::ProviderAssuranceVisit
        );
        if ungraded && !stated.is_empty() {
            self.notes.push("gives grades to a visit that has none: they are left out".to_owned());
            return Vec::new();
        }
        stated
    }

    fn grade(&mut self, wanted: Column, judged: Judged) -> Option<StatedGrade> {
        let (value, cell) = self.table.cell(self.row, wanted)?;
        let interim = match normalise(&value.to_string()).as_str() {
            "improved effectiveness" => Some(Grade::ImprovedEffectiveness),
            "sustained effectiveness" => Some(Grade::SustainedEffectiveness),
            "declined effectiveness" | "declined in effectiveness" => Some(Grade::DeclinedEffectiveness),
            _ => None,
        };
        let raw = value.to_string();
        match interim.map_or_else(|| cells::grade(value), |grade| Ok(Graded::Grade(grade))) {
            Ok(Graded::Grade(grade)) => Some(StatedGrade { judged, grade, raw, cell }),
            Ok(Graded::None | Graded::NoInspection) => {
                self.notes.push(format!("{} is {raw:?}: no grade", judged.name()));
                None
            }
            Ok(Graded::Blank) => None,
            Err(misread) => {
                self.problem(wanted, judged.name(), misread.to_string());
                None
            }
        }
    }

    /// The end of the registration, as the status of the release says: the day of a status that it had before is not that.
    fn cancelled(&mut self) -> Option<(Date, RegistrationEnd)> {
        let cancelled = self.day(Column::Cancelled, "date of cancellation").map(|day| day.value);
        let resigned = self.day(Column::Resigned, "date of resignation").map(|day| day.value);
        let closed = self.day(Column::Closed, "date of closure").map(|day| day.value);
        let (how, day) = match self.table.last_words(self.row, Column::Status).as_str() {
            "Cancelled" => (RegistrationEnd::ByNotice, cancelled.or(resigned).or(closed)),
            "Resigned" | "Closed" => (RegistrationEnd::Voluntary, resigned.or(closed).or(cancelled)),
            status => {
                if cancelled.or(resigned).or(closed).is_some() {
                    let what =
                        "was not registered for a time, and is again: only the last registration is recorded";
                    self.notes.push(format!("{what} ({status})"));
                }
                return None;
            }
        };
        if day.is_none() {
            self.notes.push(
                "says that the provider is no longer registered, not since when: not recorded".to_owned(),
            );
        }
        day.map(|day| (day, how))
    }
}

fn provision(words: &str) -> ProviderKind {
    use ProviderKind as K;
    // What stands in brackets tells two of them apart.
    match words.to_lowercase().replace('\u{2019}', "'").as_str() {
        "children's home" => K::ChildrensHome,
        "secure children's home" => K::SecureChildrensHome,
        "secure training centre" => K::SecureTrainingCentre,
        "independent fostering agency" => K::IndependentFosteringAgency,
        "voluntary adoption agency" => K::VoluntaryAdoptionAgency,
        "adoption support agency" => K::AdoptionSupportAgency,
        "residential family centre" => K::ResidentialFamilyCentre,
        "residential holiday scheme for disabled children" => K::ResidentialHolidayScheme,
        "boarding school" => K::BoardingSchool,
        "residential special school" => K::ResidentialSpecialSchool,
        "residential special school (registered as a children's home)"
        | "residential special school (>295 days/year)" => K::ResidentialSpecialSchoolAsHome,
        "further education college with residential accommodation" => K::FurtherEducationWithResidence,
        "supported accommodation" => K::SupportedAccommodation,
        "cafcass" => K::Cafcass,
        _ => K::Unspecified,
    }
}

fn sector(words: &str) -> ProviderSector {
    use ProviderSector as S;
    match normalise(words).as_str() {
        "private" => S::Private,
        "local authority" => S::LocalAuthority,
        "voluntary" => S::Voluntary,
        "health authority" => S::HealthAuthority,
        "academy" => S::Academy,
        "public sector" => S::Public,
        _ => S::Unspecified,
    }
}

#[cfg(test)]
#[path = "provider_rows_tests.rs"]
mod tests;
