//! Docket on published data that is not part of the project: in the folder that DOCKET_SHARED_DATA names.

mod due_dates;
mod intervals;
mod reference;
mod spreadsheets;

use std::path::PathBuf;
use std::process::Command;

use crate::process::Server;

/// A file of the published data.
pub(crate) fn shared(path: &str) -> PathBuf {
    let folder = std::env::var_os("DOCKET_SHARED_DATA").map(PathBuf::from);
    let file = folder
        .unwrap_or_else(|| panic!("DOCKET_SHARED_DATA names the folder of the published data"))
        .join(path);
    assert!(file.exists(), "{} is not there", file.display());
    file
}

/// The rows of a CSV file, by heading.
pub(crate) fn csv(path: &str) -> Vec<std::collections::BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(shared(path)).unwrap();
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// Runs `docket import` on a file; gives its exit code and what it printed.
pub(crate) fn import(server: &Server, file: &std::path::Path, more: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_docket"))
        .args(["import", "--server", &server.url()])
        .args(more)
        .arg(file)
        .output()
        .unwrap();
    let printed =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code().unwrap(), printed)
}
