//! The policy as a file: read, checked, written, and recorded where it says something else than the policy that counts.
//!
//! Keys are those of the event `PolicyAdopted` in the proto, with `from`, `until`, `source` and `mark` beside what they belong to, days as TOML
//! has them, and the words of docs/rules.md for what has a name.

mod file;

use std::path::{Path, PathBuf};

use docket_api::{from_proto, pb};
use docket_domain::event::Fact;
use docket_domain::terms::Confidence;
use docket_domain::{StreamId, policy::Policy};

use crate::tracker::{Tracker, TrackerError};
use file::{File, Reader};

/// The policy that a new log begins with.
pub const DEFAULT: &str = include_str!("../../register/policy.toml");
/// Longest file, in bytes.
pub const FILE_LEN_MAX: u64 = 256 * 1024;

/// Why a policy cannot be read, or was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The file cannot be read.
    #[error("reading {}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is longer than [`FILE_LEN_MAX`].
    #[error("{} is longer than {FILE_LEN_MAX} bytes: is it a policy?", .path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// It is not TOML, or has other keys.
    #[error("it is not a policy")]
    Parse(#[source] toml::de::Error),
    /// Something in it cannot be.
    #[error("it is not a policy: {}", .problems.join("; "))]
    Wrong {
        /// Each field, and what would be right.
        problems: Vec<String>,
    },
    /// The tracker did not record it.
    #[error("recording it")]
    Record(#[source] TrackerError),
}

/// Reads a file, up to [`FILE_LEN_MAX`].
///
/// # Errors
/// [`PolicyError`].
pub fn read_file(path: &Path) -> Result<pb::PolicyAdopted, PolicyError> {
    let unread = |source| PolicyError::Read { path: path.to_owned(), source };
    if std::fs::metadata(path).map_err(unread)?.len() > FILE_LEN_MAX {
        return Err(PolicyError::TooLong { path: path.to_owned() });
    }
    read(&std::fs::read_to_string(path).map_err(unread)?)
}

/// Reads a policy, and looks at all of it.
///
/// # Errors
/// [`PolicyError::Parse`], [`PolicyError::Wrong`].
pub fn read(text: &str) -> Result<pb::PolicyAdopted, PolicyError> {
    let file: File = toml::from_str(text).map_err(PolicyError::Parse)?;
    let mut reader = Reader::default();
    let policy = reader.policy(file);
    let mut problems = reader.problems;
    let field = |told: &str| told.split(" is ").next().map(str::to_owned);
    let told: Vec<_> = problems.iter().map(|one| field(one)).collect();
    // A word that is not known was told already, with the words that are.
    let more = facts(&policy).err().unwrap_or_default();
    problems.extend(more.into_iter().filter(|one| !told.contains(&field(one))));
    if problems.is_empty() { Ok(policy) } else { Err(PolicyError::Wrong { problems }) }
}

/// The policy as the rules see it.
///
/// # Errors
/// What is wrong with each field.
pub fn facts(policy: &pb::PolicyAdopted) -> Result<Policy, Vec<String>> {
    let event = event(
        policy,
        String::from("00000000-0000-0000-0000-000000000000"),
        (String::from("a file"), Confidence::Official),
    );
    let proposal = from_proto::proposal(&event, "").map_err(|problems| -> Vec<String> {
        let told = |problem: from_proto::FieldProblem| {
            let field = problem
                .field
                .trim_start_matches("policy_adopted.")
                .replace(".basis.", ".")
                .replace("_date", "");
            format!("{field} {}", problem.description)
        };
        problems.into_iter().map(told).collect()
    })?;
    match proposal.fact {
        Fact::PolicyAdopted(policy) => Ok(*policy),
        fact => unreachable!("the event of a policy is read as {fact:?}"),
    }
}

/// The event that adopts a policy. It has no day in the world: what decides which policy counts is when it was recorded.
pub(crate) fn event(
    policy: &pb::PolicyAdopted,
    event_id: String,
    (source, confidence): (String, Confidence),
) -> pb::Event {
    pb::Event {
        event_id,
        stream: StreamId::POLICY.to_owned(),
        sources: vec![pb::Source { title: source, ..pb::Source::default() }],
        confidence: confidence.number(),
        body: Some(pb::event::Body::PolicyAdopted(policy.clone())),
        ..pb::Event::default()
    }
}

/// Records a policy, where it says something else than the one that counts; tells whether it did.
///
/// # Errors
/// [`PolicyError::Wrong`], [`PolicyError::Record`].
pub async fn adopt(tracker: &Tracker, policy: &pb::PolicyAdopted, source: &str) -> Result<bool, PolicyError> {
    let wanted = facts(policy).map_err(|problems| PolicyError::Wrong { problems })?;
    if tracker.policy().await.map_err(PolicyError::Record)?.policy == wanted {
        return Ok(false);
    }
    let id = uuid::Uuid::new_v4().to_string();
    let events = vec![event(policy, id, (source.to_owned(), Confidence::Official))];
    let request =
        pb::RecordRequest { events, recorded_by: "docket serve".to_owned(), ..pb::RecordRequest::default() };
    let request = from_proto::record(request).map_err(|problems| PolicyError::Wrong {
        problems: problems
            .into_iter()
            .map(|problem| format!("{} {}", problem.field, problem.description))
            .collect(),
    })?;
    tracker.record(&request).await.map_err(PolicyError::Record).map(|_| true)
}

/// A policy as a file.
#[must_use]
pub fn write(policy: &pb::PolicyAdopted) -> String {
    toml::to_string_pretty(&File::from(policy))
        .unwrap_or_else(|error| unreachable!("a policy is TOML: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn the_default_is_a_policy_and_is_read_again_from_what_it_is_written_as() {
        let default = read(DEFAULT).unwrap();
        assert_eq!(read(&write(&default)).unwrap(), default);
        let set = facts(&default).unwrap();
        assert!(!set.periods.is_empty() && !set.monitoring_visits.is_empty());
        assert!(!set.inadequate.is_empty() && set.priorities.len() == 2);
    }

    #[test]
    fn what_is_settled_is_not_a_policys_to_set() {
        let written = "name = \"x\"\n[[periods]]\nobligation = \"written_statement\"\nlength = 60\nunit = \"working_days\"\nsource = \"s\"\nmark = \"recalled\"\n";
        let told = wrong(written);
        assert!(told.contains("periods[0].obligation is written_statement, whose rule is settled"), "{told}");
        assert!(told.contains("send_priority_action_plan") && told.contains("draft_comments"), "{told}");
    }

    #[test]
    fn each_thing_that_is_wrong_is_named_with_what_would_be_right() {
        let row = |more: &str| format!("name = \"x\"\n[[monitoring_visits]]\nusual = 6\n{more}");
        for (text, part) in [
            (row("source = \"\"\nmark = \"recalled\""), "monitoring_visits[0].source is required"),
            (
                row("source = \"s\"\nmark = \"sure\""),
                "monitoring_visits[0].mark is \"sure\"; it is one of verified, secondary, recalled, reading",
            ),
            (
                row("source = \"s\"\nmark = \"recalled\"\nfrom = 2026-04-01T10:00:00"),
                "monitoring_visits[0].from is 2026-04-01T10:00:00; it is a day",
            ),
            (
                row("source = \"s\"\nmark = \"recalled\"\nfrom = 2026-04-01\nuntil = 2026-03-01"),
                "monitoring_visits[0] ends before it begins",
            ),
            (
                row(
                    "source = \"s\"\nmark = \"recalled\"\n[[monitoring_visits]]\nusual = 4\nfrom = 2026-04-01\nsource = \"s\"\nmark = \"recalled\"",
                ),
                "monitoring_visits[1] is in force on days on which monitoring_visits[0] is",
            ),
            ("name = \"\"".to_owned(), "name is required"),
        ] {
            let told = wrong(&text);
            assert!(told.contains(part), "{told}");
        }
        let period = "name = \"x\"\n[[periods]]\nobligation = \"draft_comments\"\nlength = 10\nsource = \"s\"\nmark = \"recalled\"\n";
        let told = wrong(period);
        assert!(told.contains("periods[0].unit is \"\"; it is one of working_days"), "{told}");
        // A row that is not understood keeps the others' places.
        let settled = "[[periods]]\nobligation = \"appeal\"\nlength = 10\nunit = \"weeks\"\nsource = \"s\"\nmark = \"recalled\"\n";
        let told = wrong(&format!("{}{settled}", period.replace("draft_comments", "comments")));
        assert!(
            told.contains("periods[0].obligation is \"comments\"")
                && !told.contains("periods[0].obligation is appeal"),
            "{told}"
        );
        let told = wrong(&format!("{}unit = \"weeks\"\n{settled}", period));
        assert!(told.contains("periods[1].obligation is appeal, whose rule is settled"), "{told}");
        let both = wrong(&row("source = \"\"\nmark = \"sure\""));
        assert_eq!(both.matches("monitoring_visits[0].").count(), 2, "{both}");
        let unknown = wrong("name = \"x\"\nperiod = 3");
        assert_eq!(unknown, "it is not a policy");
    }
}
