//! A server, a witness and an auditor: each in a process of its own, with what each would have.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::process::{Listening, docket};

/// Runs a client command until it succeeds, a bounded number of times: what it asks for follows a moment later.
pub(crate) fn soon(command: &mut Command, wanted: impl Fn(&str) -> bool) -> String {
    let mut said = String::new();
    for _ in 0..200 {
        let Output { stdout, stderr, .. } = command.output().unwrap();
        let text = String::from_utf8(stdout).unwrap();
        if wanted(&text) {
            return text;
        }
        said = format!("{text}{}", String::from_utf8(stderr).unwrap());
        std::process::Command::new("sleep").arg("0.05").status().unwrap();
    }
    panic!("{command:?} did not answer as expected: {said}")
}

pub(crate) fn client(server: &Listening, arguments: &[&str]) -> Command {
    let mut command = docket();
    command.args(arguments).args(["--server", &server.url()]);
    command
}

fn output(command: &mut Command) -> (bool, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (status.success(), text)
}

pub(crate) fn serve(data: &Path, config: &Path) -> Listening {
    let mut command = docket();
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data).arg("--config").arg(config);
    Listening::start(&mut command)
}

/// A witness of the log with this key, and its own key.
pub(crate) fn witness(state: &Path, log_key: &str) -> (Listening, String) {
    let mut command = docket();
    command.args([
        "witness",
        "--listen",
        "127.0.0.1:0",
        "--name",
        "witness.example",
        "--log-key",
        log_key,
        "--state",
    ]);
    let mut listening = Listening::start(command.arg(state).stdout(Stdio::piped()));
    let mut key = String::new();
    BufReader::new(listening.stdout()).read_line(&mut key).unwrap();
    (listening, key.trim().to_owned())
}

#[test]
fn a_case_is_proved_elsewhere_with_the_cosignature_of_a_witness() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let text = |name: &str| at(name).to_str().unwrap().to_owned();
    std::fs::write(at("none.toml"), "").unwrap();
    let server = serve(&at("data"), &at("none.toml"));
    let log_key =
        soon(&mut client(&server, &["checkpoint", "--keys"]), |key| key.contains('+')).trim().to_owned();
    let kept = soon(&mut client(&server, &["checkpoint"]), |note| note.contains("docket/"));
    std::fs::write(at("kept"), &kept).unwrap();
    assert!(server.stop().success());
    let (asked, witness_key) = witness(&at("witness"), &log_key);
    let config = format!("[[witness]]\nurl = {:?}\nkey = {witness_key:?}\n", asked.url());
    std::fs::write(at("server.toml"), config).unwrap();
    let server = serve(&at("data"), &at("server.toml"));
    let cosigned = |note: &str| note.contains("\u{2014} witness.example ");
    soon(&mut client(&server, &["checkpoint"]), cosigned);
    let held = [
        "verify",
        "--checkpoint",
        &text("kept"),
        "--key",
        &log_key,
        "--witness",
        &witness_key,
        "--require",
        "1",
    ];
    let (proved, said) = output(&mut client(&server, &held));
    assert!(proved && said.starts_with("PROVED."), "{said}");
    let bundle = text("hull.docket");
    let (written, said) = output(&mut client(&server, &["bundle", "E06000010", "-o", &bundle]));
    assert!(written, "{said}");
    assert!(server.stop().success());
    // On another machine, with the two public keys.
    let elsewhere = |witness: &str| {
        output(docket().args(["verify", &bundle, "--key", &log_key, "--witness", witness, "--require", "1"]))
    };
    let (proved, said) = elsewhere(&witness_key);
    assert!(proved && said.contains("cosigned by witness.example"), "{said}");
    let (_, another) = witness(&at("another"), &log_key);
    let (proved, said) = elsewhere(&another);
    assert!(!proved && said.contains("NOT PROVED"), "{said}");
}
