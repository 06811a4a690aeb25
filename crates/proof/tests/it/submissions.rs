//! What a log sends to a witness.

use docket_proof::*;
use proptest::prelude::*;

use crate::given::leaves;

/// The example of C2SP `tlog-witness`.
const EXAMPLE: &str = "\
old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
";

#[test]
fn the_example_of_the_specification_is_read_and_written_as_it_is() {
    let read = Submission::parse(EXAMPLE.as_bytes()).unwrap();
    assert_eq!((read.old_size, read.proof.len()), (20_852_014, 4));
    assert!(read.note.starts_with("example.com/behind-the-sofa\n20852163\n"));
    assert_eq!(read.to_string(), EXAMPLE);
    let checkpoint = Checkpoint::unverified(read.note.as_bytes()).unwrap();
    assert_eq!((checkpoint.origin.as_str(), checkpoint.size), ("example.com/behind-the-sofa", 20_852_163));
}

#[test]
fn what_is_no_submission_is_refused_with_what_is_wrong() {
    let said = |body: &str| Submission::parse(body.as_bytes()).unwrap_err().to_string();
    assert!(said("").starts_with("a submission is the line"));
    assert!(said("old 0\n").starts_with("a submission is the line"));
    for first in [
        "",
        "old",
        "old ",
        "old  1",
        "old 01",
        "old +1",
        "old -1",
        "old 1 ",
        "new 1",
        "old 18446744073709551616",
    ] {
        let expected = format!(
            "the first line of a submission is \"old\", a space, and a size in digits; this is {first:?}"
        );
        assert_eq!(said(&EXAMPLE.replace("old 20852014", first)), expected);
    }
    assert!(said(&EXAMPLE.replace("jrJZ", "jr!Z")).starts_with("line 3 is no hash"));
    assert!(said(&EXAMPLE.replace("PlRNCrwH", "")).starts_with("line 2 is no hash"));
    let line = "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n";
    assert_eq!(
        said(&EXAMPLE.replacen(line, &line.repeat(61), 1)),
        "the proof has more than 63 hashes; none has"
    );
    Submission::parse(EXAMPLE.replacen(line, &line.repeat(60), 1).as_bytes()).unwrap();
    assert!(said(&EXAMPLE.repeat(200)).starts_with("a submission has at most 68435 bytes"));
}

proptest! {
    #[test]
    fn every_submission_is_read_as_it_was_written(old_size in any::<u64>(), count in 0_usize..=63, note in "[ -~\n]{0,200}") {
        let submission = Submission { old_size, proof: leaves(count), note };
        let read = Submission::parse(submission.to_string().as_bytes());
        prop_assert_eq!(read, Ok(submission));
    }

    #[test]
    fn any_bytes_are_read_or_refused(body in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(read) = Submission::parse(&body) {
            prop_assert_eq!(read.to_string().into_bytes(), body);
        }
    }
}
