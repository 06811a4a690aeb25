//! `docket backup` and `docket restore`: whatever happens on the way, what is there is a log, and nothing is overwritten.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use docket_api::pb;
use docket_api::pb::history_service_client::HistoryServiceClient;
use docket_domain::EventId;
use docket_log::{Append, EventLog as _, NewEvent};

use crate::process::Server;
use crate::verify::{copied, docket, samples, small, text, told};

/// The exit code for what is not as it should be.
const WRONG: Option<i32> = Some(8);

fn verified(directory: &Path) -> String {
    let verified = docket(&["verify", text(directory)]);
    assert!(verified.status.success(), "{}", told(&verified));
    told(&verified)
}

fn backed_up(data: &Path, target: &Path) -> serde_json::Value {
    let backup = docket(&["backup", "--data", text(data), "--to", text(target), "--json"]);
    assert!(backup.status.success(), "{}", told(&backup));
    serde_json::from_slice(&backup.stdout).unwrap()
}

fn restored(from: &Path, data: &Path) {
    let restore = docket(&["restore", "--from", text(from), "--data", text(data)]);
    assert!(restore.status.success(), "{}", told(&restore));
}

/// Every file below a directory but the lock, with a checksum of its bytes.
fn files(directory: &Path) -> Vec<(PathBuf, u32)> {
    let mut found = Vec::new();
    let mut folders = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let checksum = crc32fast::hash(&std::fs::read(&path).unwrap());
                found.push((path.strip_prefix(directory).unwrap().to_owned(), checksum));
            }
        }
    }
    found.retain(|(name, _)| name != Path::new("LOCK"));
    found.sort();
    found
}

fn event(number: u64) -> NewEvent {
    NewEvent {
        id: EventId((u128::from(number) << 8 | 0x0b).to_be_bytes()),
        stream: format!("authority/number-{}", number % 17).parse().unwrap(),
        kind: 7,
        body: vec![b'x'; 200],
        meta: Vec::new(),
    }
}

/// Appends events to a log whose chunks are small.
async fn appended(log: &docket_log::ChunkLog, numbers: std::ops::Range<u64>) {
    for number in numbers {
        let events = vec![event(number), event(number + (1 << 40))];
        log.append(Append { events, expected: Vec::new(), now_micros: 1 }).await.unwrap();
    }
}

async fn history(server: &Server) -> Vec<pb::RecordedEvent> {
    let mut client = HistoryServiceClient::new(server.channel().await);
    let mut stream = client.read_history(pb::ReadHistoryRequest::default()).await.unwrap().into_inner();
    let mut events = Vec::new();
    while let Some(answer) = stream.message().await.unwrap() {
        events.extend(answer.event);
    }
    events
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_backed_up_while_it_is_served_is_restored_and_served_with_the_same_history() {
    let directory = tempfile::tempdir().unwrap();
    let [data, backup, copy] = ["data", "backup", "copy"].map(|name| directory.path().join(name));
    let server = Server::start(&data);
    let first = backed_up(&data, &backup);
    assert!(first["lastPosition"].as_u64().unwrap() > 160, "{first}");
    let history_of = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/histories").join(name);
        docket(&["import", "--server", &server.url(), text(&path)])
    };
    assert!(history_of("kingston-upon-hull.jsonl").status.success());
    let before = history(&server).await;
    backed_up(&data, &backup);
    assert!(history_of("leeds.jsonl").status.success());
    verified(&backup);
    let private = backup.join("keys/checkpoint.key");
    assert!(!private.exists() && !backup.join("index").exists() && !backup.join("hashes").exists());
    restored(&backup, &copy);
    let again = Server::start(&copy);
    let after = history(&again).await;
    // What was recorded before the backup began is there; checkpoints of the server that runs on it may have come.
    assert_eq!(after.get(..before.len()).unwrap(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sealed_chunks_are_copied_once_and_the_backup_is_a_log_wherever_it_is_interrupted() {
    let directory = tempfile::tempdir().unwrap();
    let [data, backup] = ["data", "backup"].map(|name| directory.path().join(name));
    let log = small(&data);
    appended(&log, 0..700).await;
    let first = backed_up(&data, &backup);
    let sealed = first["chunksCopied"].as_u64().unwrap() - 1;
    assert!(sealed > 3, "{first}");
    for round in 1..=6_u64 {
        // Killed as early as that: before it began, or with a chunk half written.
        let mut interrupted = Command::new(env!("CARGO_BIN_EXE_docket"))
            .args(["backup", "--data", text(&data), "--to", text(&backup)])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        appended(&log, 700 * round..700 * round + 100 * round).await;
        interrupted.kill().unwrap();
        interrupted.wait().unwrap();
        verified(&backup);
        appended(&log, 700 * round + 100 * round..700 * (round + 1)).await;
        let next = backed_up(&data, &backup);
        assert!(next["chunksThere"].as_u64().unwrap() >= sealed * round, "round {round}: {next}");
        assert_eq!(next["lastPosition"], 1_400 * (round + 1), "round {round}: {next}");
        verified(&backup);
    }
    log.close();
    let copy = directory.path().join("copy");
    restored(&backup, &copy);
    let log = small(&copy);
    assert_eq!(log.head().borrow().0, 9_800);
}

/// Flips a bit in the middle of a sealed chunk.
fn flip(file: PathBuf) {
    rot(&file, 20_000);
}

/// Flips a bit of a file.
fn rot(file: &Path, at: usize) {
    let mode: std::fs::Permissions = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(file, mode).unwrap();
    let mut bytes = std::fs::read(file).unwrap();
    *bytes.get_mut(at).unwrap() ^= 1;
    std::fs::write(file, bytes).unwrap();
}

#[tokio::test]
async fn a_bit_that_rotted_in_the_backup_is_found_where_that_is_asked_for_and_its_chunk_copied_anew() {
    let directory = tempfile::tempdir().unwrap();
    let [data, backup] = ["data", "backup"].map(|name| directory.path().join(name));
    let log = small(&data);
    appended(&log, 0..1_000).await;
    log.close();
    backed_up(&data, &backup);
    let before = files(&backup);
    let chunk = before.iter().filter(|(name, _)| name.starts_with("chunks")).nth(2).unwrap().0.clone();
    flip(backup.join(&chunk));
    backed_up(&data, &backup);
    assert_ne!(files(&backup), before, "length and footer are the same: it is not looked at");
    let check = |mended: u64| {
        let backup = docket(&["backup", "--data", text(&data), "--to", text(&backup), "--check", "--json"]);
        assert!(backup.status.success(), "{}", told(&backup));
        let answer: serde_json::Value = serde_json::from_slice(&backup.stdout).unwrap();
        assert_eq!(answer["chunksMended"], mended, "{answer}");
        assert!(answer["chunksVerifiedAgain"].as_u64().unwrap() > 2, "{answer}");
        told(&backup)
    };
    let said = check(1);
    let name = chunk.file_name().unwrap().to_string_lossy();
    assert!(said.contains(&format!("{name} in the backup is damaged at offset ")), "{said}");
    assert_eq!(files(&backup), before);
    check(0);
    // Where the log's own is damaged too, the backup's stays as it is.
    flip(backup.join(&chunk));
    flip(data.join(&chunk));
    let damaged = files(&backup);
    let failed = docket(&["backup", "--data", text(&data), "--to", text(&backup), "--check"]);
    assert_eq!(failed.status.code(), WRONG, "{}", told(&failed));
    let chunks = |files: Vec<(PathBuf, u32)>| -> Vec<_> {
        files.into_iter().filter(|(name, _)| !name.to_string_lossy().ends_with(".new")).collect()
    };
    assert_eq!(chunks(files(&backup)), chunks(damaged));
}

#[tokio::test]
async fn whatever_byte_of_a_chunk_rotted_in_the_backup_is_copied_anew_and_another_history_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let [data, backup] = ["data", "backup"].map(|name| directory.path().join(name));
    let log = small(&data);
    appended(&log, 0..400).await;
    log.close();
    backed_up(&data, &backup);
    let before = files(&backup);
    let chunks: Vec<_> = before.iter().filter(|(name, _)| name.starts_with("chunks")).collect();
    let (sealed, open) = (backup.join(&chunks[0].0), backup.join(&chunks.last().unwrap().0));
    let length = |file: &Path| usize::try_from(std::fs::metadata(file).unwrap().len()).unwrap();
    let (of_sealed, of_open) = (length(&sealed), length(&open));
    let run = |more: &[&str]| {
        docket(&[["backup", "--data", text(&data), "--to", text(&backup)].as_slice(), more].concat())
    };
    let places = [0, 20, 70, 200, of_sealed / 2, of_sealed - 400, of_sealed - 100, of_sealed - 1];
    let places = places.map(|at| (&sealed, at)).into_iter();
    let places = places.chain([0, 70, 200, of_open / 2, of_open - 1].map(|at| (&open, at)));
    for (file, at) in places {
        rot(file, at);
        let mended = run(&["--check", "--json"]);
        assert!(mended.status.success(), "{} at {at}: {}", file.display(), told(&mended));
        let answer: serde_json::Value = serde_json::from_slice(&mended.stdout).unwrap();
        assert_eq!(answer["chunksMended"], 1, "{} at {at}: {answer}", file.display());
        assert_eq!(files(&backup), before, "{} at {at}", file.display());
    }
    // Where it is not asked for, it is said what to do.
    rot(&sealed, of_sealed - 1);
    let failed = run(&[]);
    assert_eq!(failed.status.code(), WRONG, "{}", told(&failed));
    assert!(told(&failed).contains("`docket backup --check` copies it anew"), "{}", told(&failed));
    assert!(run(&["--check"]).status.success());
    // The log was put back to an older state and written to again: what the backup has is not thrown away, rotten or not.
    let older = directory.path().join("older");
    restored(&backup, &older);
    for (log, numbers) in [(&data, 400..430), (&older, 5_000..5_030)] {
        let log = small(log);
        appended(&log, numbers).await;
        log.close();
    }
    backed_up(&data, &backup);
    rot(&open, 200);
    let refused = docket(&["backup", "--data", text(&older), "--to", text(&backup), "--check"]);
    assert_eq!(refused.status.code(), WRONG, "{}", told(&refused));
    assert!(told(&refused).contains("back up into another directory"), "{}", told(&refused));
    // Nor where it is the log that rotted.
    assert!(run(&["--check"]).status.success());
    let whole = files(&backup);
    rot(&data.join(&chunks[1].0), 20_000);
    rot(&data.join(&chunks[0].0), of_sealed - 1);
    assert_eq!(run(&["--check"]).status.code(), WRONG);
    assert_eq!(files(&backup), whole);
}

#[tokio::test]
async fn a_damaged_chunk_ends_the_backup_before_it_and_what_was_backed_up_before_stays() {
    let directory = tempfile::tempdir().unwrap();
    let [data, backup] = ["data", "backup"].map(|name| directory.path().join(name));
    let log = small(&data);
    appended(&log, 0..1_000).await;
    log.close();
    backed_up(&data, &backup);
    let before = files(&backup);
    let chunk = before.iter().filter(|(name, _)| name.starts_with("chunks")).nth(2).unwrap().0.clone();
    flip(data.join(&chunk));
    let fresh = directory.path().join("fresh");
    let failed = docket(&["backup", "--data", text(&data), "--to", text(&fresh)]);
    assert_eq!(failed.status.code(), WRONG, "{}", told(&failed));
    assert!(told(&failed).contains(&*chunk.file_name().unwrap().to_string_lossy()), "{}", told(&failed));
    assert!(verified(&fresh).contains("in 2 chunks"), "{}", verified(&fresh));
    // A backup that was whole before is not touched: its copy of that chunk is the one to restore.
    backed_up(&data, &backup);
    assert_eq!(files(&backup), before);
    // A backup that is damaged itself is not restored.
    flip(backup.join(&chunk));
    let copy = directory.path().join("copy");
    let refused = docket(&["restore", "--from", text(&backup), "--data", text(&copy)]);
    assert_eq!(refused.status.code(), WRONG, "{}", told(&refused));
    assert!(told(&refused).contains("nothing was restored") && !copy.exists(), "{}", told(&refused));
}

#[tokio::test]
async fn a_tar_holds_the_same_and_one_that_was_cut_anywhere_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let [from_tar, from_folder, backup] = ["tar", "folder", "backup"].map(|name| directory.path().join(name));
    let tar = docket(&["backup", "--data", text(samples()), "--tar"]);
    assert!(tar.status.success(), "{}", String::from_utf8_lossy(&tar.stderr));
    let file = directory.path().join("backup.tar");
    std::fs::write(&file, &tar.stdout).unwrap();
    backed_up(samples(), &backup);
    restored(&file, &from_tar);
    restored(&backup, &from_folder);
    assert_eq!(files(&from_tar), files(&from_folder));
    assert_eq!(files(&from_tar).len(), 3);
    for cut in [0, 100, 512, 50_000, tar.stdout.len() / 512 * 512 - 1_024, tar.stdout.len() - 512] {
        std::fs::write(&file, &tar.stdout[..cut]).unwrap();
        let target = directory.path().join("cut");
        let refused = docket(&["restore", "--from", text(&file), "--data", text(&target)]);
        assert!(!refused.status.success(), "cut at {cut}: {}", told(&refused));
        assert!(
            std::fs::read_dir(directory.path()).unwrap().count() == 4,
            "cut at {cut}: something was left"
        );
    }
}

#[tokio::test]
async fn nothing_is_overwritten_by_a_backup_of_another_log_or_a_restore() {
    let directory = tempfile::tempdir().unwrap();
    let [data, other, backup] = ["data", "other", "backup"].map(|name| directory.path().join(name));
    copied(samples(), &data, &["chunks", "checkpoints", "keys"]);
    let log = small(&other);
    appended(&log, 0..600).await;
    log.close();
    backed_up(&other, &backup);
    let before = files(&backup);
    let refuses = |arguments: &[&str], why: &str| {
        let refused = docket(arguments);
        assert!(!refused.status.success() && told(&refused).contains(why), "{}", told(&refused));
    };
    refuses(&["backup", "--data", text(&data), "--to", text(&backup)], "has no such chunk");
    refuses(&["backup", "--data", text(&data), "--to", text(directory.path())], "there is no backup in it");
    refuses(&["backup", "--data", text(&data), "--to", text(&data)], "is the directory itself");
    refuses(&["restore", "--from", text(&backup), "--data", text(&data)], "nothing is overwritten");
    // The same log, put back to an older state and written to again.
    let older = directory.path().join("older");
    restored(&backup, &older);
    let log = small(&older);
    appended(&log, 5_000..5_010).await;
    log.close();
    let log = small(&other);
    appended(&log, 600..700).await;
    log.close();
    backed_up(&other, &backup);
    refuses(&["backup", "--data", text(&older), "--to", text(&backup)], "back up into another directory");
    let now = files(&backup);
    assert!(before.len() < now.len() && verified(&backup).contains("1,400 events"));
}
