//! `docket verify` as an auditor uses it: a bundle and a public key on another machine, a server and the checkpoint that he kept.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;

use docket_proof::{Role, SigningKey};

use crate::process::{Listening, docket};
use crate::witnessed::{client, serve, soon, witness};

const LOG: &str = "docket.example/log";
const NOT_PROVED: i32 = 8;

/// A folder with all that the operator and the auditor have.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        let config = format!("[checkpoints]\norigin = {LOG:?}\n");
        std::fs::write(desk.at("docket.toml"), config).unwrap();
        desk
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.at(name).to_str().unwrap().to_owned()
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.at(name)).unwrap()
    }

    /// A server on a data directory here, once it signed something.
    fn serve(&self, data: &str) -> Listening {
        let server = serve(&self.at(data), &self.at("docket.toml"));
        soon(&mut client(&server, &["checkpoint"]), |note| note.starts_with("docket"));
        server
    }

    /// Keeps the checkpoint of a server, and its keys.
    fn keep(&self, server: &Listening) {
        for (name, asked) in [("kept", &["checkpoint"][..]), ("log.key", &["checkpoint", "--keys"])] {
            std::fs::write(self.at(name), soon(&mut client(server, asked), |text| !text.is_empty())).unwrap();
        }
    }

    /// `docket verify` with these arguments; a name of a file is one of this folder. Tells with which code it ended, and what it said.
    fn verify(&self, arguments: &[&str]) -> (i32, String) {
        let mut command = docket();
        command.arg("verify").current_dir(self.0.path()).args(arguments).env_remove("DOCKET_SERVER");
        let Output { status, stdout, stderr } = command.output().unwrap();
        let said = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        (status.code().unwrap(), said)
    }

    fn hold(&self, server: &Listening, arguments: &[&str]) -> (i32, String) {
        let url = server.url();
        self.verify(&[&["--checkpoint", "kept", "--server", &url], arguments].concat())
    }

    /// It ends with this code, and says each of these.
    fn says(&self, arguments: &[&str], code: i32, expected: &[&str]) {
        let (ended, said) = self.verify(arguments);
        assert!(
            ended == code && expected.iter().all(|part| said.contains(part)),
            "{arguments:?}: {ended}: {said}"
        );
    }
}

/// Records an improvement notice, and waits until it is covered.
fn record(server: &Listening, instrument: &str) {
    let line = format!(
        r#"{{"eventId":"{}","stream":"authority/E06000010","happenedOn":{{"year":2022,"month":8,"day":5}},"sources":[{{"title":"A letter"}}],"improvementNoticeIssued":{{"instrument":"{instrument}","domain":"SERVICE_DOMAIN_CHILDRENS_SOCIAL_CARE"}}}}"#,
        uuid::Uuid::new_v4()
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("event.jsonl");
    std::fs::write(&file, line).unwrap();
    let size = |server| soon(&mut client(server, &["checkpoint"]), |note| note.starts_with("docket"));
    let before = size(server);
    soon(client(server, &["record"]).arg(&file), |said| !said.is_empty());
    soon(&mut client(server, &["checkpoint"]), |note| !note.is_empty() && note != before);
}

fn verifier(role: Role, name: &str, secret: u8) -> String {
    SigningKey::new(role, name, &[secret; 32]).unwrap().verifier().to_string()
}

/// A desk on which nothing is but a bundle, the log's key and a checkpoint: the server is gone.
fn bundled() -> Desk {
    static MADE: OnceLock<Vec<(&str, Vec<u8>)>> = OnceLock::new();
    let files = MADE.get_or_init(|| {
        let desk = Desk::new();
        let server = desk.serve("data");
        record(&server, "notice-1");
        desk.keep(&server);
        let bundle = ["bundle", "E06000010", "-o", &desk.text("hull.docket")];
        let written = soon(&mut client(&server, &bundle), |said| !said.is_empty());
        assert!(written.contains("events and their proofs, in a checkpoint of "), "{written}");
        assert!(server.stop().success());
        ["hull.docket", "log.key", "kept"].map(|name| (name, desk.read(name))).into()
    });
    let desk = Desk::new();
    files.iter().for_each(|(name, bytes)| std::fs::write(desk.at(name), bytes).unwrap());
    desk
}

#[test]
fn a_bundle_is_proved_with_nothing_but_the_key_after_the_server_is_gone() {
    let desk = bundled();
    let key = String::from_utf8(desk.read("log.key")).unwrap();
    for key in ["log.key", key.trim()] {
        let expected = [
            "PROVED. The log docket.example/log of ",
            "No witness that you named vouches for it",
            "  authority/kingston-upon-hull: 2 events from the first to the last\n",
            "The answer below was computed again from them",
            "notice-1",
        ];
        desk.says(&["hull.docket", "--key", key], 0, &expected);
    }
    let the_day_before = [
        "the one below is that of 2022-08-04",
        "authority/kingston-upon-hull: 2 events",
        "Instruments  0 in force",
    ];
    desk.says(&["hull.docket", "--key", "log.key", "--effective", "2022-08-04"], 0, &the_day_before);
    let (code, said) = desk.verify(&["hull.docket", "--key", "log.key", "--json"]);
    assert!(code == 0 && said.starts_with("{\"status\":{") && said.contains("\"notice-1\""), "{said}");
}

#[test]
fn a_bundle_is_not_proved_with_somebody_else_s_key_nor_with_none() {
    let desk = bundled();
    let with = |more: &[&str], code, expected: &[&str]| {
        desk.says(&[&["hull.docket"], more].concat(), code, expected)
    };
    let (other, witness) = (verifier(Role::Log, LOG, 9), verifier(Role::Witness, "witness.example", 9));
    let elsewhere = verifier(Role::Log, "docket.example/elsewhere", 9);
    let secret = SigningKey::new(Role::Log, LOG, &[9; 32]).unwrap().to_text().to_string();
    with(&[], 1, &["whose signature is to be believed?", "--key NAME+ID+DATA"]);
    with(
        &["--key", &other],
        NOT_PROVED,
        &["NOT PROVED: hull.docket: ", "signed by no key that was given", "hint: is it the right key?"],
    );
    with(
        &["--key", &elsewhere],
        NOT_PROVED,
        &["is of the log \"docket.example/log\"", "docket.example/elsewhere", "hint: is it the right file"],
    );
    with(&["--key", &witness], 1, &["is the key of a witness; that of a log is wanted here"]);
    with(&["--key", "no-such-file"], 1, &["`no-such-file` is neither a file nor a public key"]);
    with(&["--key", "hull.docket"], 1, &["hull.docket is no text"]);
    with(&["--key", "kept"], 1, &["kept: this is no public key"]);
    let (code, said) = desk.verify(&["hull.docket", "--key", &secret]);
    assert!(code == 1 && said.contains("and secret") && !said.contains("PRIVATE+KEY+docket"), "{said}");
}

#[test]
fn a_witness_that_is_named_has_to_have_cosigned_unless_it_is_said_otherwise() {
    let desk = bundled();
    let with = |more: &[&str], code, expected: &[&str]| {
        desk.says(&[&["hull.docket"], more].concat(), code, expected)
    };
    let witness = verifier(Role::Witness, "witness.example", 9);
    with(
        &["--key", "log.key", "--witness", &witness],
        NOT_PROVED,
        &["1 cosignatures are required and 0 verified"],
    );
    with(&["--key", "log.key", "--witness", &witness, "--require", "0"], 0, &["PROVED."]);
    with(
        &["--key", "log.key", "--witness", &witness, "--require", "2"],
        1,
        &["--require 2 cannot be met: --witness names 1 key"],
    );
    with(
        &["--key", "log.key", "--witness", "log.key"],
        1,
        &["is the key of a log; that of a witness is wanted here"],
    );
}

#[test]
fn what_is_no_bundle_or_was_altered_is_told_apart_and_what_to_do_is_said() {
    let desk = bundled();
    let bundle = desk.read("hull.docket");
    let file = |name: &str, bytes: &[u8], code, expected: &[&str]| {
        std::fs::write(desk.at(name), bytes).unwrap();
        desk.says(&[name, "--key", "log.key"], code, expected);
    };
    file("empty", b"", 1, &["empty: is no case bundle\n", "docket bundle AUTHORITY -o FILE"]);
    file("text", b"Dear auditor,\n", 1, &["text: is no case bundle"]);
    file(
        "note",
        &desk.read("kept"),
        1,
        &["is no case bundle", "this is a checkpoint: docket verify --checkpoint FILE"],
    );
    file("cut", &bundle[..bundle.len() / 2], 1, &["or not all of one", "if it was cut off on the way"]);
    file("newer", &[&[8, 2], &bundle[2..]].concat(), 1, &["is a bundle of format 2", "a newer docket can"]);
    desk.says(&["nowhere", "--key", "log.key"], 1, &["nowhere: No such file"]);
    let holiday = bundle.windows(10).position(|window| window == b"Boxing Day").unwrap();
    let mut altered = bundle.clone();
    altered[holiday] ^= 1;
    file(
        "altered",
        &altered,
        NOT_PROVED,
        &["NOT PROVED: altered: streams[1].events[", "hint: the file is not as a server writes it"],
    );
    let at = bundle.windows(8).rposition(|window| window == b"notice-1").unwrap();
    let mut answer = bundle.clone();
    answer[at + 7] = b'2';
    file(
        "answer",
        &answer,
        NOT_PROVED,
        &["NOT PROVED: answer: status: ", "notice-2", "hint: the events themselves are proved"],
    );
}

#[test]
fn a_server_is_held_against_the_checkpoint_that_was_kept() {
    let desk = Desk::new();
    let server = desk.serve("data");
    desk.keep(&server);
    let (code, said) = desk.hold(&server, &["--key", "log.key"]);
    assert!(code == 0 && said.starts_with("PROVED. The log docket.example/log has "), "{said}");
    assert!(said.contains("It is as it was when you kept the checkpoint"), "{said}");
    record(&server, "notice-1");
    let (code, said) = desk.hold(&server, &["--key", "log.key"]);
    assert!(
        code == 0 && said.contains("that you kept, with 2 more: nothing up to there was changed"),
        "{said}"
    );
    let (code, said) = desk.hold(&server, &[]);
    assert!(code == 0 && said.contains("no --key was given"), "{said}");
    assert!(said.contains("PROVED, if the key that the server itself names is the log's."), "{said}");
    let (code, said) = desk.verify(&["--server", &server.url(), "--key", "log.key"]);
    assert!(code == 0 && said.contains("This shows who signed, not that the log only grew"), "{said}");

    // A checkpoint that was altered on the auditor's own disk.
    let kept = desk.read("kept");
    let altered = String::from_utf8(kept.clone()).unwrap().replacen("\n3", "\n2", 1);
    std::fs::write(desk.at("kept"), altered).unwrap();
    let (code, said) = desk.hold(&server, &["--key", "log.key"]);
    assert!(code == NOT_PROVED && said.contains("NOT PROVED: kept: the signature of the key"), "{said}");
    std::fs::write(desk.at("kept"), desk.read("log.key")).unwrap();
    let (code, said) = desk.hold(&server, &["--key", "log.key"]);
    assert!(code == NOT_PROVED && said.contains("kept: this is no signed checkpoint"), "{said}");
    std::fs::write(desk.at("kept"), &kept).unwrap();

    // After a rotation both keys are needed, for the checkpoint that was kept is of the old one; once there is a newer one, no more.
    assert!(server.stop().success());
    std::fs::remove_file(desk.at("data/keys/checkpoint.key")).unwrap();
    let server = desk.serve("data");
    record(&server, "notice-2");
    let keys = soon(&mut client(&server, &["checkpoint", "--keys"]), |keys| keys.lines().count() == 2);
    let (old, new) = keys.trim().split_once('\n').unwrap();
    let (code, said) = desk.hold(&server, &["--key", old]);
    assert!(code == NOT_PROVED && said.contains("NOT PROVED: the server's checkpoint: "), "{said}");
    assert!(said.contains("give both: --key OLD --key NEW"), "{said}");
    let (code, said) = desk.hold(&server, &["--key", new, "--save", "kept"]);
    assert!(
        code == NOT_PROVED && said.contains("NOT PROVED: kept: the checkpoint is signed by no key"),
        "{said}"
    );
    assert_eq!(desk.read("kept"), kept, "what was kept is only replaced by what was proved");
    let (code, said) = desk.hold(&server, &["--key", old, "--key", new, "--save", "kept"]);
    assert!(code == 0 && said.contains("PROVED."), "{said}");
    assert_ne!(desk.read("kept"), kept);
    let (code, said) = desk.hold(&server, &["--key", new]);
    assert!(code == 0 && said.contains("It is as it was when you kept the checkpoint"), "{said}");
    let (code, said) = output_of(&server, &["checkpoint", "--size", "7"]);
    assert!(code == 3 && said.contains("docket checkpoint --list"), "{said}");
}

#[test]
fn a_log_that_was_replaced_is_found_out() {
    let desk = Desk::new();
    let server = desk.serve("data");
    copied(&desk.at("data"), &desk.at("backup"));
    record(&server, "notice-1");
    desk.keep(&server);
    let not_proved = |server: &Listening, arguments: &[&str], expected: &[&str]| {
        let (code, said) = desk.hold(server, arguments);
        assert!(code == NOT_PROVED && expected.iter().all(|part| said.contains(part)), "{code}: {said}");
    };
    assert!(server.stop().success());

    // An older copy of it, without the checkpoints that were signed since: it is shorter, and is so until more is recorded.
    let server = desk.serve("backup");
    not_proved(
        &server,
        &["--key", "log.key"],
        &["events are gone", "the server's checkpoint is:", "keep this and the checkpoint that you kept"],
    );
    for number in 1..4 {
        record(&server, &format!("other-{number}"));
    }
    not_proved(
        &server,
        &["--key", "log.key"],
        &["does not go on from the checkpoint that you kept", "history was rewritten"],
    );
    assert!(server.stop().success());

    // A new one with the same name and the same key.
    std::fs::create_dir_all(desk.at("new/keys")).unwrap();
    std::fs::copy(desk.at("data/keys/checkpoint.key"), desk.at("new/keys/checkpoint.key")).unwrap();
    let server = desk.serve("new");
    record(&server, "notice-1");
    record(&server, "notice-2");
    not_proved(&server, &["--key", "log.key"], &["does not go on from the checkpoint that you kept"]);
    assert!(server.stop().success());

    // A new one with the same name, and one with another; also where the auditor believes the key that the server names.
    let server = desk.serve("stranger");
    not_proved(
        &server,
        &["--key", "log.key"],
        &["the server's checkpoint: the checkpoint is signed by no key that was given"],
    );
    not_proved(&server, &[], &["kept: the checkpoint is signed by no key"]);
    assert!(server.stop().success());
    std::fs::write(desk.at("docket.toml"), "").unwrap();
    let server = desk.serve("nameless");
    not_proved(
        &server,
        &["--key", "log.key"],
        &["the server's checkpoint: the checkpoint is of the log \"docket/"],
    );
    not_proved(
        &server,
        &[],
        &[
            "kept: the checkpoint is of the log \"docket.example/log\"",
            "is it the right file, the right server",
        ],
    );
}

#[test]
fn the_cosignature_of_a_witness_is_waited_for_a_little() {
    let desk = Desk::new();
    let server = desk.serve("data");
    desk.keep(&server);
    assert!(server.stop().success());
    let log_key = String::from_utf8(desk.read("log.key")).unwrap();
    let (running, witness_key) = witness(&desk.at("witness"), log_key.trim());
    let config = format!(
        "[checkpoints]\norigin = {LOG:?}\n[[witness]]\nurl = {:?}\nkey = {witness_key:?}\n",
        running.url()
    );
    std::fs::write(desk.at("docket.toml"), config).unwrap();
    let server = desk.serve("data");
    for number in 0..3 {
        record(&server, &format!("notice-{number}"));
        // At once: it may not have been cosigned yet.
        let (code, said) = desk.hold(&server, &["--key", "log.key", "--witness", &witness_key]);
        assert!(code == 0 && said.contains("and cosigned by witness.example ("), "{said}");
        let bundle = ["bundle", "hull", "--force", "-o", &desk.text("hull.docket")];
        soon(&mut client(&server, &bundle), |said| !said.is_empty());
        let expected = ["PROVED.", "and cosigned by witness.example ("];
        desk.says(&["hull.docket", "--key", "log.key", "--witness", &witness_key], 0, &expected);
    }
    drop(running);
    record(&server, "notice-last");
    let (code, said) = desk.hold(&server, &["--key", "log.key", "--witness", &witness_key]);
    assert!(
        code == NOT_PROVED && said.contains("the server's checkpoint: 1 cosignatures are required"),
        "{said}"
    );
    let (code, said) = output_of(&server, &["bundle", "hull", "--force", "-o", &desk.text("hull.docket")]);
    assert!(code == 0 && said.contains("its checkpoint is not cosigned by witness.example"), "{said}");
}

fn output_of(server: &Listening, arguments: &[&str]) -> (i32, String) {
    let Output { status, stdout, stderr } = client(server, arguments).output().unwrap();
    let said = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (status.code().unwrap(), said)
}

/// Copies a folder and all that is in it.
fn copied(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let there = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copied(&path, &there);
        } else {
            std::fs::copy(&path, &there).unwrap();
        }
    }
}
