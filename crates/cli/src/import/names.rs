//! The names of inspections that one document tells of by its report alone, and another by its first day (`names.csv`): the name by the
//! first day, whichever comes first.

/// The list: who, the name by the report, the name by the first day, what tells the first day.
const NAMES: &str = include_str!("names.csv");

/// The name of an inspection that is not on record: by its first day, where the list has one for its name by the report.
pub(crate) fn named(stream: &str, key: String) -> String {
    if !key.contains("-published-") {
        return key;
    }
    let listed = rows().find(|[authority, by_report, ..]| {
        *by_report == key && stream.strip_prefix("authority/") == Some(authority)
    });
    listed.map_or(key, |[_, _, by_first_day, _]| by_first_day.to_owned())
}

fn rows() -> impl Iterator<Item = [&'static str; 4]> {
    let lines = NAMES.lines().filter(|line| !line.starts_with('#')).skip(1);
    lines.filter_map(|line| line.split(',').collect::<Vec<_>>().try_into().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inspection_told_of_by_its_report_bears_the_name_by_its_first_day_where_the_list_has_it() {
        let name = |key: &str| named("authority/barnsley", key.to_owned());
        assert_eq!(name("sif-published-2014-08-08"), "sif-2014-06-02");
        assert_eq!(name("sif-published-2014-08-09"), "sif-published-2014-08-09");
        assert_eq!(named("authority/leeds", "sif-published-2014-08-08".into()), "sif-published-2014-08-08");
    }

    #[test]
    fn each_row_of_the_list_gives_one_name_by_the_report_another_by_the_first_day_of_the_same_kind() {
        let lines = NAMES.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(rows().count(), lines - 1, "a line has not four fields");
        let mut before = ["", ""];
        for [authority, by_report, by_first_day, told_by] in rows() {
            let (kind, published) = by_report.split_once("-published-").unwrap();
            let first = by_first_day.strip_prefix(kind).and_then(|rest| rest.strip_prefix('-')).unwrap();
            assert!(first < published && first.len() == "2014-06-02".len(), "{by_first_day}");
            assert!(["release", "history"].contains(&told_by), "{told_by}");
            assert!(
                before < [authority, by_report],
                "{authority}, {by_report}: the rows are in order, each once"
            );
            before = [authority, by_report];
        }
    }
}
