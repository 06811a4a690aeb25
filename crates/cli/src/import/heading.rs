//! What a column heading means: Ofsted's headings of every release met so far, as a table of synonyms.

/// Which inspection of a row a column belongs to. Most tables tell one inspection a row; the history of all frameworks tells many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Group {
    /// The one inspection of the row, or the authority itself.
    Row,
    /// Safeguarding and looked-after children, 2009-2013.
    Slac,
    /// Its re-inspection of safeguarding only.
    SlacAgainSafeguarding,
    /// Its re-inspection of services for looked-after children only.
    SlacAgainLookedAfter,
    /// Child protection, 2012-2013.
    ChildProtection,
    /// Its re-inspection.
    ChildProtectionAgain,
    /// Targeted inspection of services for looked-after children, 2013.
    TargetedLookedAfter,
    /// First inspection under the single framework.
    Sif,
    /// Re-inspection under the single framework.
    SifAgain,
    /// The first, second … under ILACS.
    Ilacs(u8),
}

/// What a judgement column judges, before the framework says which judgement that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Judged {
    /// Overall effectiveness.
    Overall,
    /// Leaders; leadership, management and governance.
    Leaders,
    /// Children who need help and protection.
    HelpAndProtection,
    /// Children in care, with or without care leavers; children looked after and achieving permanence.
    InCare,
    /// Care leavers.
    CareLeavers,
    /// Adoption performance.
    Adoption,
    /// The local safeguarding children board.
    Lscb,
    /// Safeguarding.
    Safeguarding,
    /// Looked-after children.
    LookedAfter,
}

impl Judged {
    /// As the report calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Overall => "overall effectiveness",
            Self::Leaders => "leaders",
            Self::HelpAndProtection => "help and protection",
            Self::InCare => "children in care",
            Self::CareLeavers => "care leavers",
            Self::Adoption => "adoption",
            Self::Lscb => "local safeguarding children board",
            Self::Safeguarding => "safeguarding",
            Self::LookedAfter => "looked-after children",
        }
    }
}

/// What a column tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Field {
    /// Link to the authority's page.
    Link,
    /// GSS code.
    Gss,
    /// Ofsted's number of the authority.
    Urn,
    /// DfE's three-digit number.
    DfeNumber,
    /// Name of the authority.
    Name,
    /// "Current" or "No longer exists".
    Status,
    /// Known, and not needed: the register has it.
    Known,
    /// First day of the fieldwork.
    FirstDay,
    /// Last day of the fieldwork.
    LastDay,
    /// Publication of the report.
    Published,
    /// Kind of inspection or visit.
    Kind,
    /// Theme of a visit.
    Theme,
    /// A grade.
    Grade(Judged),
}

/// The meaning of a heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Heading {
    /// Whose.
    pub(crate) group: Group,
    /// What.
    pub(crate) field: Field,
}

/// A heading in lower case, without brackets, punctuation, line breaks and a leading "the".
pub(crate) fn normalise(heading: &str) -> String {
    let mut words = String::with_capacity(heading.len());
    let mut depth = 0_u32;
    for c in heading.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            '&' => words.push_str(" and "),
            '\'' | '\u{2019}' | '\u{2018}' | '.' => {}
            _ if c.is_alphanumeric() => words.extend(c.to_lowercase()),
            _ => words.push(' '),
        }
    }
    let words: Vec<&str> = words.split_whitespace().collect();
    words.join(" ").trim_start_matches("the ").to_owned()
}

/// Columns of tables that tell one inspection a row.
const PLAIN: &[(&str, Field)] = &[
    ("web link", Field::Link),
    ("link", Field::Link),
    ("local authority area code", Field::Gss),
    ("local authority code", Field::Gss),
    ("area code", Field::Gss),
    ("gss code", Field::Gss),
    ("ons code", Field::Gss),
    ("ons local authority code", Field::Gss),
    ("county and unitary authority area code", Field::Gss),
    ("urn", Field::Urn),
    ("ofsted urn", Field::Urn),
    ("local authority urn", Field::Urn),
    ("la number", Field::DfeNumber),
    ("dfe number", Field::DfeNumber),
    ("local authority number", Field::DfeNumber),
    ("local authority name", Field::Name),
    ("local authority", Field::Name),
    ("name of local authority", Field::Name),
    ("la name", Field::Name),
    ("authority", Field::Name),
    ("local authority status", Field::Status),
    ("la status", Field::Status),
    ("ofsted region", Field::Known),
    ("region", Field::Known),
    ("la region", Field::Known),
    ("government office region", Field::Known),
    ("la authority type", Field::Known),
    ("local authority type", Field::Known),
    ("inspection date", Field::FirstDay),
    ("inspection start date", Field::FirstDay),
    ("inspection visit date", Field::FirstDay),
    ("visit date", Field::FirstDay),
    ("start date", Field::FirstDay),
    ("latest inspection date", Field::FirstDay),
    ("inspection end date", Field::LastDay),
    ("inspection visit end date", Field::LastDay),
    ("end date", Field::LastDay),
    ("publication date", Field::Published),
    ("report publication date", Field::Published),
    ("date published", Field::Published),
    ("inspection type", Field::Kind),
    ("inspection visit type", Field::Kind),
    ("visit type", Field::Kind),
    ("latest inspection type", Field::Kind),
    ("visit theme", Field::Theme),
    ("theme", Field::Theme),
    ("focused visit theme", Field::Theme),
    ("lscb overall effectiveness", Field::Grade(Judged::Lscb)),
];

/// Columns that stand alone or after the words for a group.
const IN_GROUP: &[(&str, Field)] = &[
    ("publication date", Field::Published),
    ("inspection date", Field::FirstDay),
    ("inspection start date", Field::FirstDay),
    ("inspection type", Field::Kind),
    ("oe", Field::Grade(Judged::Overall)),
    ("overall effectiveness", Field::Grade(Judged::Overall)),
    ("overall judgement", Field::Grade(Judged::Overall)),
    ("safeguarding overall effectiveness", Field::Grade(Judged::Safeguarding)),
    ("safeguarding oe", Field::Grade(Judged::Safeguarding)),
    ("looked after children overall effectiveness", Field::Grade(Judged::LookedAfter)),
    ("looked after children oe", Field::Grade(Judged::LookedAfter)),
    ("impact of leaders", Field::Grade(Judged::Leaders)),
    ("impact of leaders on social work practice with children and families", Field::Grade(Judged::Leaders)),
    ("impact of leaders on practice with children and families", Field::Grade(Judged::Leaders)),
    ("leadership management and governance", Field::Grade(Judged::Leaders)),
    (
        "experiences and progress of children who need help and protection",
        Field::Grade(Judged::HelpAndProtection),
    ),
    ("children who need help and protection", Field::Grade(Judged::HelpAndProtection)),
    ("experiences and progress of children in care", Field::Grade(Judged::InCare)),
    ("experiences and progress of children in care and care leavers", Field::Grade(Judged::InCare)),
    ("children in care", Field::Grade(Judged::InCare)),
    ("children in care and care leavers", Field::Grade(Judged::InCare)),
    ("children looked after and achieving permanence", Field::Grade(Judged::InCare)),
    ("experiences and progress of care leavers", Field::Grade(Judged::CareLeavers)),
    ("cla sub experiences and progress of care leavers", Field::Grade(Judged::CareLeavers)),
    ("care leavers", Field::Grade(Judged::CareLeavers)),
    ("cla sub adoption performance", Field::Grade(Judged::Adoption)),
    ("adoption performance", Field::Grade(Judged::Adoption)),
    ("lscb overall effectiveness", Field::Grade(Judged::Lscb)),
];

/// The words before a column's own that say whose it is. The first that fits and leaves a known column is taken.
const GROUPS: &[(&str, Group)] = &[
    ("slac re inspection of safeguarding", Group::SlacAgainSafeguarding),
    ("slac re inspection safeguarding", Group::SlacAgainSafeguarding),
    ("slac re inspection of services for children looked after", Group::SlacAgainLookedAfter),
    ("slac re inspection of services children looked after", Group::SlacAgainLookedAfter),
    ("slac re inspection services for children looked after", Group::SlacAgainLookedAfter),
    ("safeguarding and looked after children inspection", Group::Slac),
    ("slac inspection", Group::Slac),
    ("slac", Group::Slac),
    ("child protection re inspection", Group::ChildProtectionAgain),
    ("cpri", Group::ChildProtectionAgain),
    ("child protection inspections", Group::ChildProtection),
    ("child protection inspection", Group::ChildProtection),
    ("cpi", Group::ChildProtection),
    ("targeted looked after children inspection", Group::TargetedLookedAfter),
    ("tlac", Group::TargetedLookedAfter),
    ("single inspection of la childrens services first sif", Group::Sif),
    ("single inspection of la childrens services sif re inspection", Group::SifAgain),
    ("single inspection of la childrens services re inspection", Group::SifAgain),
    ("single inspection of la childrens services", Group::Sif),
    ("first sif", Group::Sif),
    ("sif re inspection", Group::SifAgain),
    ("sif", Group::Sif),
    ("first ilacs framework", Group::Ilacs(1)),
    ("second ilacs framework", Group::Ilacs(2)),
    ("third ilacs framework", Group::Ilacs(3)),
    ("fourth ilacs framework", Group::Ilacs(4)),
    ("first ilacs", Group::Ilacs(1)),
    ("second ilacs", Group::Ilacs(2)),
    ("third ilacs", Group::Ilacs(3)),
    ("fourth ilacs", Group::Ilacs(4)),
    ("ilacs framework", Group::Ilacs(1)),
    ("ilacs", Group::Ilacs(1)),
];

/// The headings by which a table of regulated providers (not of authorities) is known, normalised.
pub(crate) const OF_PROVIDERS: &[&str] =
    &["provision type", "registration status", "provider type", "urn of provider"];

fn lookup(table: &[(&str, Field)], words: &str) -> Option<Field> {
    table.iter().find(|(known, _)| *known == words).map(|&(_, field)| field)
}

/// The group that a heading, already normalised, begins with the words of.
pub(crate) fn group_of(words: &str) -> Option<Group> {
    GROUPS.iter().find(|(prefix, _)| words.starts_with(prefix)).map(|&(_, group)| group)
}

/// What a heading, already normalised, means; `None` where no release had it.
pub(crate) fn meaning(words: &str) -> Option<Heading> {
    if let Some(field) = lookup(PLAIN, words).or_else(|| lookup(IN_GROUP, words)) {
        let group = if field == Field::Grade(Judged::Lscb) { Group::Sif } else { Group::Row };
        return Some(Heading { group, field });
    }
    GROUPS.iter().find_map(|&(prefix, group)| {
        let own = words.strip_prefix(prefix)?.trim_start();
        let field = match (group, lookup(IN_GROUP, own)?) {
            (Group::SlacAgainSafeguarding, Field::Grade(Judged::Overall)) => {
                Field::Grade(Judged::Safeguarding)
            }
            (Group::SlacAgainLookedAfter, Field::Grade(Judged::Overall)) => Field::Grade(Judged::LookedAfter),
            (_, field) => field,
        };
        Some(Heading { group, field })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(heading: &str, group: Group, field: Field) {
        assert_eq!(meaning(&normalise(heading)), Some(Heading { group, field }), "{heading}");
    }

    #[test]
    fn the_same_judgement_is_found_under_the_headings_of_each_release() {
        let leaders = Field::Grade(Judged::Leaders);
        check("Impact of leaders", Group::Row, leaders);
        check(
            "The impact of leaders on social work\npractice with children and families",
            Group::Row,
            leaders,
        );
        check("First SIF leadership, management and governance", Group::Sif, leaders);
        check("Second ILACS framework impact of leaders", Group::Ilacs(2), leaders);
    }

    #[test]
    fn a_heading_over_several_lines_with_notes_in_brackets_is_understood() {
        check("First SIF Overall Judgement\n(OE)", Group::Sif, Field::Grade(Judged::Overall));
        check("Inspection date [Note 4]", Group::Row, Field::FirstDay);
        check("Inspection/Visit date", Group::Row, Field::FirstDay);
        check(
            "Safeguarding & Looked After Children (SLAC) Inspection publication date",
            Group::Slac,
            Field::Published,
        );
        check(
            "SLAC re-inspection Safeguarding OE",
            Group::SlacAgainSafeguarding,
            Field::Grade(Judged::Safeguarding),
        );
        check(
            "SLAC re-inspection of services Children Looked After OE",
            Group::SlacAgainLookedAfter,
            Field::Grade(Judged::LookedAfter),
        );
        check("LSCB Overall Effectiveness", Group::Sif, Field::Grade(Judged::Lscb));
    }

    #[test]
    fn a_heading_that_no_release_had_means_nothing() {
        assert_eq!(meaning(&normalise("Parliamentary constituency")), None);
        assert_eq!(meaning(&normalise("First ILACS framework colour")), None);
    }
}
