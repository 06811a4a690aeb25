//! The shape of the project: who may depend on whom, and how long a file may be.

use std::fs;
use std::path::{Path, PathBuf};

/// Most lines of a source file that somebody reads in one sitting.
const FILE_LINES_MAX: usize = 480;

/// Which of our crates each may depend on (DESIGN: domain is known by all and knows none; proof knows none; log and api do not know each other).
const LAYERS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("proof", &[]),
    ("log", &["domain", "proof"]),
    ("api", &["domain"]),
    ("server", &["domain", "log", "api", "proof"]),
    ("cli", &["domain", "log", "api", "server", "proof"]),
];

/// Crates from outside that are one crate's own.
const OWNED: &[(&str, &str)] = &[
    ("sled", "log"),
    ("bincode", "log"),
    ("calamine", "cli"),
    ("tonic-reflection", "server"),
    ("tlog_tiles", "proof"),
    ("signed_note", "proof"),
    ("ed25519-dalek", "proof"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("crates"), root().join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && path.file_name().is_none_or(|name| name != "generated" && name != "target") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(50 < found.len(), "found {} source files", found.len());
    found
}

/// The names in the `[dependencies]` table of a crate's manifest.
fn dependencies(krate: &str) -> Vec<String> {
    let manifest = fs::read_to_string(root().join("crates").join(krate).join("Cargo.toml")).unwrap();
    let table = manifest.split("[dependencies]").nth(1).unwrap();
    let lines = table.lines().take_while(|line| !line.starts_with('['));
    lines
        .filter_map(|line| line.split(['.', '=', ' ']).next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn each_crate_depends_only_on_the_layers_below_it() {
    for (krate, allowed) in LAYERS {
        let ours = dependencies(krate);
        let ours = ours.iter().filter_map(|name| name.strip_prefix("docket-"));
        let stray: Vec<_> = ours.filter(|name| !allowed.contains(name)).collect();
        assert!(stray.is_empty(), "{krate} may not depend on {stray:?}");
    }
    let crates: Vec<_> =
        fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(crates.len(), LAYERS.len(), "every crate has its row: {crates:?}");
}

#[test]
fn what_is_one_crate_s_own_is_named_by_no_other() {
    for (outside, owner) in OWNED {
        let users: Vec<_> = LAYERS
            .iter()
            .map(|(krate, _)| *krate)
            .filter(|krate| dependencies(krate).iter().any(|d| d == outside))
            .collect();
        assert_eq!(users, [*owner], "{outside}");
    }
}

#[test]
fn the_tracker_knows_nothing_of_grpc_and_grpc_nothing_of_the_log() {
    for (path, text) in sources() {
        let path = path.to_string_lossy();
        assert!(!path.contains("/server/src/tracker/") || !text.contains("tonic"), "{path} names tonic");
        assert!(!path.contains("/server/src/grpc/") || !text.contains("docket_log"), "{path} names the log");
        assert!(!path.contains("/domain/src/") || !text.contains("std::"), "{path} names std");
    }
}

#[test]
fn every_source_file_says_what_it_is_for_and_is_read_in_one_sitting() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let lines = text.lines().count();
        if !text.starts_with("//!") {
            faults.push(format!("{} does not open with what it is for", path.display()));
        }
        if FILE_LINES_MAX < lines {
            faults.push(format!("{} has {lines} lines", path.display()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_test_is_left_out_or_waits_for_the_clock() {
    // Put together so that this file does not contain them.
    let banned = [["#[ig", "nore"].concat(), ["#[should_", "panic"].concat(), ["thread::", "sleep"].concat()];
    for (path, text) in sources() {
        for word in &banned {
            assert!(!text.contains(word.as_str()), "{} contains {word}", path.display());
        }
    }
}

#[test]
fn the_links_of_the_documents_lead_somewhere() {
    let mut documents =
        vec![root().join("README.md"), root().join("ARCHITECTURE.md"), root().join("deploy/README.md")];
    documents.extend(fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path()));
    let mut links = 0;
    for document in
        documents.iter().filter(|path| path.extension().is_some_and(|extension| extension == "md"))
    {
        let text = fs::read_to_string(document).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap();
            if file.is_empty() || file.contains("://") {
                continue;
            }
            links += 1;
            assert!(document.parent().unwrap().join(file).exists(), "{}: {target}", document.display());
        }
    }
    assert!(5 < links, "found {links} links");
}
