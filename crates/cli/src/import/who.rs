//! Which authority a row means: by code, number, name or another spelling of it, on the day of the inspection.

use docket_api::pb::{AuthorityEntry, CodeScheme};
use jiff::civil::Date;

use super::entry::Names;
use super::release::from_date;

/// Words that one publisher adds to an authority's name and another does not.
const FILLERS: &[&str] = &[
    "the",
    "of",
    "city",
    "council",
    "borough",
    "county",
    "metropolitan",
    "district",
    "royal",
    "unitary",
    "authority",
    "ua",
    "and",
];

/// One authority of the register.
#[derive(Debug, Clone)]
pub(crate) struct Authority {
    /// Docket's id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    from: Option<Date>,
    closed: Option<Date>,
    predecessors: Vec<String>,
    codes: Vec<(CodeScheme, String)>,
    spellings: Vec<String>,
}

impl Authority {
    fn existed_on(&self, day: Option<Date>) -> bool {
        day.is_none_or(|day| {
            self.from.is_none_or(|from| from <= day) && self.closed.is_none_or(|closed| day < closed)
        })
    }

    fn has_code(&self, scheme: CodeScheme, code: &str) -> bool {
        self.codes.iter().any(|(of, known)| *of == scheme && known.eq_ignore_ascii_case(code.trim()))
    }

    fn is_spelled(&self, name: &str) -> bool {
        let name = plain(name);
        self.spellings.iter().any(|known| plain(known) == name)
    }

    fn is_like(&self, name: &str) -> bool {
        let name = core(name);
        !name.is_empty() && self.spellings.iter().any(|known| core(known) == name)
    }
}

/// Lower case, without punctuation.
fn plain(name: &str) -> String {
    let words: String = name
        .replace('&', " and ")
        .chars()
        .filter(|c| !matches!(c, '\'' | '\u{2019}' | '.'))
        .map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { ' ' })
        .collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words that are left without those that come and go, in alphabetical order: "Bristol, City of" and "City of Bristol".
fn core(name: &str) -> Vec<String> {
    let words = plain(name).replace("london borough of", "");
    let mut words: Vec<String> =
        words.split_whitespace().filter(|word| !FILLERS.contains(word)).map(str::to_owned).collect();
    words.sort();
    words
}

/// The authorities that Docket knows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Register {
    authorities: Vec<Authority>,
}

impl Register {
    /// The register as the server lists it, with those that no longer exist.
    pub(crate) fn new(entries: Vec<AuthorityEntry>) -> Self {
        let authorities = entries
            .into_iter()
            .filter_map(|entry| {
                let reference = entry.authority?;
                let existence = entry.existence.unwrap_or_default();
                let codes = entry.codes.iter().map(|code| (code.scheme(), code.code.clone())).chain([
                    (CodeScheme::Gss, reference.gss_code.clone()),
                    (CodeScheme::DfeNumber, reference.dfe_number.clone()),
                    (CodeScheme::OfstedUrn, reference.ofsted_urn.clone()),
                ]);
                Some(Authority {
                    codes: codes.filter(|(_, code)| !code.is_empty()).collect(),
                    from: from_date(existence.from_date.as_ref()),
                    closed: from_date(existence.closed_date.as_ref()),
                    predecessors: existence.predecessors,
                    spellings: [reference.name.clone()].into_iter().chain(entry.aliases).collect(),
                    id: reference.id,
                    name: reference.name,
                })
            })
            .collect();
        Self { authorities }
    }

    /// Whether an authority existed on a day.
    #[cfg(all(test, feature = "shared-data"))]
    pub(crate) fn existed_on(&self, id: &str, day: Date) -> bool {
        self.authorities.iter().any(|authority| authority.id == id && authority.existed_on(Some(day)))
    }

    /// Whether it is empty: then nothing can be imported.
    pub(crate) fn is_empty(&self) -> bool {
        self.authorities.is_empty()
    }

    /// The first day on which an authority existed, where the register has one.
    pub(crate) fn began(&self, id: &str) -> Option<Date> {
        self.authorities.iter().find(|authority| authority.id == id)?.from
    }

    /// The authorities that this one succeeded.
    pub(crate) fn predecessors(&self, id: &str) -> &[String] {
        let found = self.authorities.iter().find(|authority| authority.id == id);
        found.map_or(&[], |authority| &authority.predecessors)
    }

    /// The one authority that succeeded this one, and since when; `None` where several did, or none.
    pub(crate) fn successor(&self, id: &str) -> Option<(&str, Date)> {
        let mut found = self.authorities.iter().filter(|other| other.predecessors.iter().any(|of| of == id));
        let only = found.next().filter(|_| found.next().is_none())?;
        Some((&only.id, only.from?))
    }

    fn matching(&self, matches: impl Fn(&Authority) -> bool) -> Vec<&Authority> {
        self.authorities.iter().filter(|authority| matches(authority)).collect()
    }

    /// The authority that a row means on a day, and a remark where its own words do not all say so.
    ///
    /// # Errors
    /// Why none, or more than one, could be meant; in words for the report.
    pub(crate) fn resolve(
        &self,
        names: &Names,
        on: Option<Date>,
    ) -> Result<(&Authority, Option<String>), String> {
        let by_code = |scheme, code: &Option<String>| {
            code.as_ref().map(|code| (format!("{code:?}"), self.matching(|a| a.has_code(scheme, code))))
        };
        let asked: Vec<(String, Vec<&Authority>)> = [
            by_code(CodeScheme::Gss, &names.gss),
            by_code(CodeScheme::OfstedUrn, &names.urn),
            by_code(CodeScheme::DfeNumber, &names.dfe_number),
            names.name.as_ref().map(|name| (format!("{name:?}"), self.by_name(name))),
        ]
        .into_iter()
        .flatten()
        .collect();
        let on_page = self.by_page(names);
        let mut sets: Vec<Vec<&Authority>> = asked.iter().map(|(_, found)| alive(found, on)).collect();
        sets.retain(|set| !set.is_empty());
        if sets.is_empty() {
            sets.push(alive(&on_page, on));
        }
        let both = sets.iter().skip(1).fold(sets.first().cloned().unwrap_or_default(), |left, right| {
            left.into_iter().filter(|a| right.iter().any(|b| a.id == b.id)).collect()
        });
        let chosen = match both.as_slice() {
            [one] => one,
            [] if sets.iter().all(Vec::is_empty) => return Err(nobody(names, &asked, on)),
            [] => {
                return Err(format!(
                    "the row's own words name different authorities: {}",
                    meanings(&asked, on)
                ));
            }
            several => match several
                .iter()
                .filter(|a| on_page.iter().any(|b| a.id == b.id))
                .collect::<Vec<_>>()
                .as_slice()
            {
                [one] => **one,
                _ => return Err(format!("two authorities could be meant: {}", listed(several))),
            },
        };
        let remark = asked.iter().find(|(_, found)| found.is_empty()).map(|(word, _)| {
            format!("{word} is not in the register; {} was found by the rest of the row", chosen.name)
        });
        Ok((chosen, remark))
    }

    /// By name or spelling; only where that finds none, by what is left without "City of" and the like.
    fn by_name(&self, name: &str) -> Vec<&Authority> {
        let exact = self.matching(|authority| authority.is_spelled(name));
        if exact.is_empty() { self.matching(|authority| authority.is_like(name)) } else { exact }
    }

    fn by_page(&self, names: &Names) -> Vec<&Authority> {
        names.page_number.as_ref().map_or_else(Vec::new, |number| {
            let scheme = if number.len() == 3 { CodeScheme::DfeNumber } else { CodeScheme::OfstedUrn };
            self.matching(|authority| authority.has_code(scheme, number))
        })
    }
}

fn alive<'a>(found: &[&'a Authority], on: Option<Date>) -> Vec<&'a Authority> {
    found.iter().copied().filter(|authority| authority.existed_on(on)).collect()
}

fn listed(found: &[&Authority]) -> String {
    found.iter().map(|a| format!("{} ({})", a.name, a.id)).collect::<Vec<_>>().join(", ")
}

fn meanings(asked: &[(String, Vec<&Authority>)], on: Option<Date>) -> String {
    asked
        .iter()
        .map(|(word, found)| (word, alive(found, on)))
        .filter(|(_, found)| !found.is_empty())
        .map(|(word, found)| format!("{word} is {}", listed(&found)))
        .collect::<Vec<_>>()
        .join("; ")
}

fn nobody(names: &Names, asked: &[(String, Vec<&Authority>)], on: Option<Date>) -> String {
    let ever: Vec<&Authority> = asked.iter().flat_map(|(_, found)| found.iter().copied()).collect();
    match (ever.as_slice(), on) {
        ([first, ..], Some(day)) => format!("{} ({}) did not exist on {day}", first.name, first.id),
        _ => format!(
            "no authority of the register is {names}; record it first (authority_registered), or its other spelling"
        ),
    }
}

#[cfg(test)]
mod tests {
    use docket_api::pb;
    use jiff::civil::date;

    use super::super::release::to_date;
    use super::super::testing::authority;
    use super::*;

    fn register() -> Register {
        let dorset = |id: &str, from, closed: Option<Date>, gss: &str| pb::AuthorityEntry {
            existence: Some(pb::Existence {
                from_date: Some(to_date(from)),
                closed_date: closed.map(to_date),
                ..pb::Existence::default()
            }),
            ..authority(id, "Dorset", gss, &[])
        };
        Register::new(vec![
            dorset("dorset-2009", date(2009, 1, 1), Some(date(2019, 4, 1)), "E10000009"),
            dorset("dorset", date(2019, 4, 1), None, "E06000059"),
            authority("bristol", "Bristol", "E06000023", &["Bristol, City of"]),
            authority("hull", "Kingston upon Hull", "E06000010", &["Hull"]),
        ])
    }

    fn named(name: &str, gss: Option<&str>) -> Names {
        Names { name: Some(name.to_owned()), gss: gss.map(str::to_owned), ..Names::default() }
    }

    #[test]
    fn one_name_means_the_authority_that_existed_on_the_day() {
        let register = register();
        let of = |day| register.resolve(&named("Dorset", None), Some(day)).unwrap().0.id.clone();
        assert_eq!(of(date(2016, 5, 23)), "dorset-2009");
        assert_eq!(of(date(2021, 9, 27)), "dorset");
        let later_code = register.resolve(&named("Dorset", Some("E06000059")), Some(date(2016, 5, 23)));
        assert_eq!(later_code.unwrap().0.id, "dorset-2009");
    }

    #[test]
    fn spellings_are_one_authority() {
        let register = register();
        for name in ["Bristol, City of", "City of Bristol", "Bristol City Council", "BRISTOL"] {
            assert_eq!(register.resolve(&named(name, None), None).unwrap().0.id, "bristol", "{name}");
        }
        let (hull, remark) = register.resolve(&named("Kingston Upon Hull", Some("E99999999")), None).unwrap();
        assert_eq!(hull.id, "hull");
        assert!(remark.unwrap().contains("E99999999"));
    }

    #[test]
    fn a_row_that_names_two_or_none_is_refused_by_name() {
        let register = register();
        let error = register.resolve(&named("Bristol", Some("E06000010")), None).unwrap_err();
        assert!(
            error.contains("Kingston upon Hull (hull)") && error.contains("Bristol (bristol)"),
            "{error}"
        );
        let error = register.resolve(&named("Atlantis", None), None).unwrap_err();
        assert!(error.contains("no authority of the register is Atlantis"), "{error}");
        let error = register.resolve(&named("Dorset", None), None).unwrap_err();
        assert!(error.contains("two authorities could be meant"), "{error}");
        let error =
            register.resolve(&named("Dorset", Some("E06000059")), Some(date(1999, 1, 1))).unwrap_err();
        assert!(error.contains("did not exist on 1999-01-01"), "{error}");
    }
}
