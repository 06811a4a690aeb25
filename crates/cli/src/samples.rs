//! The sample histories of `tests/histories`, as part of the binary.

/// Lists the files; a test compares the list with the folder.
macro_rules! histories {
    ($($name:literal,)+) => {
        /// Name and text of each, in the order in which the demo records them.
        pub(crate) const HISTORIES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../tests/histories/", $name))),)+];
    };
}

histories! {
    "barnsley.jsonl",
    "birmingham.jsonl",
    "bournemouth-christchurch-and-poole.jsonl",
    "bournemouth.jsonl",
    "brent.jsonl",
    "cornwall.jsonl",
    "county-durham.jsonl",
    "croydon.jsonl",
    "cumberland.jsonl",
    "cumbria.jsonl",
    "devon.jsonl",
    "dorset-council.jsonl",
    "dorset-county.jsonl",
    "halton.jsonl",
    "herefordshire.jsonl",
    "kingston-upon-hull.jsonl",
    "kirklees.jsonl",
    "leeds.jsonl",
    "norfolk.jsonl",
    "north-east-lincolnshire.jsonl",
    "north-northamptonshire.jsonl",
    "northamptonshire.jsonl",
    "nottingham.jsonl",
    "ofsted.jsonl",
    "poole.jsonl",
    "slough.jsonl",
    "solihull.jsonl",
    "somerset.jsonl",
    "staffordshire.jsonl",
    "wakefield.jsonl",
    "west-northamptonshire.jsonl",
    "west-sussex.jsonl",
    "westmorland-and-furness.jsonl",
}

/// How many events there are.
pub(crate) fn len() -> u64 {
    HISTORIES.iter().map(|(_, text)| text.lines().count() as u64).sum()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_history_of_the_folder_is_in_the_binary() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/histories");
        let there: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".jsonl"))
            .collect();
        let here: BTreeSet<String> = HISTORIES.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(here, there);
    }

    #[test]
    fn every_line_of_the_histories_is_an_event() {
        for (name, text) in HISTORIES {
            for (line, number) in text.lines().zip(1..) {
                assert!(crate::explain::event(line).is_ok(), "{name}, line {number}");
            }
        }
        assert!(len() > 500, "{}", len());
    }
}
