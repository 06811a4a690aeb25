//! `docket verify` on data directories: what a server wrote is right, and what somebody altered is named.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use docket_domain::Position;
use docket_log::{Append, ChunkLog, EventLog as _, From, Options, Selection, StoredEvent};

use crate::process::Server;

/// The exit code for what is not as it should be.
const WRONG: Option<i32> = Some(8);

pub(crate) fn docket(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_docket")).args(arguments).env_remove("DOCKET_SERVER").output().unwrap()
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

pub(crate) fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A data directory with the sample histories and some checkpoints, made once. It is copied, never altered.
pub(crate) fn samples() -> &'static Path {
    static MADE: OnceLock<tempfile::TempDir> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        let demo = docket(&["demo", "--once", "--data", text(&directory.path().join("data"))]);
        assert!(demo.status.success(), "{}", told(&demo));
        directory
    });
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| made.path().join("data"))
}

/// A copy of some of the folders of a directory.
pub(crate) fn copied(from: &Path, to: &Path, folders: &[&str]) {
    for folder in folders {
        std::fs::create_dir_all(to.join(folder)).unwrap();
        for entry in std::fs::read_dir(from.join(folder)).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), to.join(folder).join(entry.file_name())).unwrap();
        }
    }
}

/// Opens a log with chunks so small that the samples fill many.
pub(crate) fn small(directory: &Path) -> ChunkLog {
    let options = Options { chunk_bytes: 64 << 10, ..Options::new("a test") };
    ChunkLog::open(directory, options).unwrap().0
}

pub(crate) async fn events(directory: &Path) -> Vec<StoredEvent> {
    let log = small(directory);
    let mut events: Vec<StoredEvent> = Vec::new();
    loop {
        let after = events.last().map_or(Position::START, |event| event.position);
        let more = log.read(&Selection::All, From::After(after), 1_000).await.unwrap();
        if more.is_empty() {
            log.close();
            return events;
        }
        events.extend(more);
    }
}

/// A log of these events, with times as they were, as somebody makes it who can write to the directory and has our program.
pub(crate) async fn forged(directory: &Path, events: Vec<StoredEvent>) {
    let log = small(directory);
    for event in events {
        let (events, now_micros) = (vec![event.offered()], event.recorded_at_micros);
        let append = Append { events, expected: Vec::new(), now_micros };
        log.append(append).await.unwrap();
    }
    log.close();
}

#[test]
fn a_directory_is_verified_while_its_server_runs_and_after_it_was_killed() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let mut server = Server::start(&data);
    let running = docket(&["verify", text(&data)]);
    assert!(running.status.success(), "{}", told(&running));
    assert!(told(&running).contains(&format!("docket serve, process {}", server.id())), "{}", told(&running));
    server.kill();
    let killed = docket(&["verify", text(&data), "--json"]);
    assert!(killed.status.success(), "{}", told(&killed));
    let stdout = String::from_utf8(killed.stdout).unwrap();
    let summary: serde_json::Value = serde_json::from_str(stdout.lines().last().unwrap()).unwrap();
    assert_eq!((&summary["type"], &summary["problems"]), (&"summary".into(), &0.into()), "{summary}");
    assert!(summary["events"].as_u64().unwrap() > 160, "{summary}");
}

#[test]
fn checkpoints_and_heads_are_compared_with_the_events_and_believed_by_the_auditor_s_key() {
    let data = samples();
    let verified = docket(&["verify", text(data)]);
    assert!(verified.status.success(), "{}", told(&verified));
    let said = told(&verified);
    assert!(said.contains("Nothing is wrong.") && said.contains("the keys in keys/checkpoint.pub"), "{said}");
    assert!(said.contains("  index         not read: "), "{said}");
    let public = data.join("keys/checkpoint.pub");
    let own = docket(&["verify", text(data), "--key", text(&public)]);
    assert!(own.status.success() && !told(&own).contains("are believed"), "{}", told(&own));
    let other = "docket.example/log+7ab1b3a2+AQ3hXHDfIz0xNsyBiRmPwZbpMplsl3AyWXFzwDw6zAbj";
    let other = docket(&["verify", text(data), "--key", other]);
    assert!(!other.status.success(), "{}", told(&other));
}

#[tokio::test]
async fn damage_of_each_kind_is_named_with_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    forged(&data, events_of_samples().await).await;
    copied(samples(), &data, &["checkpoints", "keys"]);
    let whole = docket(&["verify", text(&data)]);
    assert!(whole.status.success(), "{}", told(&whole));
    let mut chunks: Vec<_> =
        std::fs::read_dir(data.join("chunks")).unwrap().map(|entry| entry.unwrap().path()).collect();
    chunks.sort();
    assert!(chunks.len() > 3, "{chunks:?}");
    let (second, name) = (&chunks[1], chunks[1].file_name().unwrap().to_string_lossy().into_owned());
    let checkpoints = std::fs::read_to_string(data.join("checkpoints/log")).unwrap();
    // The last record, which a start would otherwise take for one that was not written to its end: its note, and the line before it.
    let last = checkpoints.rfind("checkpoint ").unwrap() as u64;
    let named = format!("WRONG: checkpoints/log, offset {last}");
    let cases: [(&Path, u64, String); 6] = [
        (second, 30_000, format!("WRONG: chunks/{name}, offset ")),
        (&data.join("hashes/0"), 32 * 150 + 3, "WRONG: hashes/0, offset 4800, position 151".to_owned()),
        (&data.join("checkpoints/log"), 60, "WRONG: checkpoints/log, offset 0".to_owned()),
        (&data.join("checkpoints/log"), last + 60, named.clone()),
        (&data.join("checkpoints/log"), last + 12, named),
        (&data.join("keys/checkpoint.pub"), 50, "keys/checkpoint.pub".to_owned()),
    ];
    for (file, offset, expected) in cases {
        let bytes = std::fs::read(file).unwrap();
        let mut flipped = bytes.clone();
        flipped[usize::try_from(offset).unwrap()] ^= 4;
        let mode: std::fs::Permissions = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        std::fs::set_permissions(file, mode).unwrap();
        std::fs::write(file, flipped).unwrap();
        let verified = docket(&["verify", text(&data)]);
        let said = told(&verified);
        assert_eq!(verified.status.code(), WRONG, "{}: {said}", file.display());
        assert!(said.contains(&expected), "{}: {said}", file.display());
        std::fs::write(file, bytes).unwrap();
    }
    std::fs::remove_file(second).unwrap();
    let verified = docket(&["verify", text(&data)]);
    assert_eq!(verified.status.code(), WRONG);
    assert!(
        told(&verified).contains("the chunk that held these positions is missing"),
        "{}",
        told(&verified)
    );
}

async fn events_of_samples() -> Vec<StoredEvent> {
    let directory = tempfile::tempdir().unwrap();
    copied(samples(), directory.path(), &["chunks"]);
    events(directory.path()).await
}

#[tokio::test]
async fn an_event_taken_out_with_every_sum_computed_again_is_noticed_by_the_checkpoints_alone() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let mut events = events_of_samples().await;
    // Not among the heads events, which would have to be forged with it.
    let heads: Vec<_> = events.iter().filter(|event| event.kind == 110).map(|event| event.position).collect();
    let last_heads = heads.last().unwrap().0;
    events.retain(|event| event.kind != 110);
    events.remove(500);
    forged(&data, events).await;
    let alone = docket(&["verify", text(&data)]);
    assert!(alone.status.success(), "{}", told(&alone));
    assert!(told(&alone).contains("none: who can write these files can also compute every sum again"));
    copied(samples(), &data, &["checkpoints", "keys"]);
    let signed = docket(&["verify", text(&data)]);
    let said = told(&signed);
    assert_eq!(signed.status.code(), WRONG, "{said}");
    assert!(said.contains("are not those that the checkpoint was signed for"), "{said}");
    assert!(
        said.contains(&format!("{last_heads} where there are")) && said.contains("events are gone"),
        "{said}"
    );
    // The operator removes the checkpoints too; the auditor kept one.
    std::fs::remove_dir_all(data.join("checkpoints")).unwrap();
    let checkpoints = std::fs::read_to_string(samples().join("checkpoints/log")).unwrap();
    let (_, note) = checkpoints.split_once('\n').unwrap();
    let note = note.split("checkpoint ").next().unwrap();
    let kept = directory.path().join("kept");
    std::fs::write(&kept, note).unwrap();
    let key = samples().join("keys/checkpoint.pub");
    let arguments = ["--checkpoint", text(&kept), "--key", text(&key)];
    let held = docket(&[&["verify", text(&data)], &arguments[..]].concat());
    assert_eq!(held.status.code(), WRONG, "{}", told(&held));
    assert!(told(&held).contains(&format!("WRONG: {}", kept.display())), "{}", told(&held));
    let held = docket(&[&["verify", text(samples())], &arguments[..]].concat());
    assert!(held.status.success(), "{}", told(&held));
}
