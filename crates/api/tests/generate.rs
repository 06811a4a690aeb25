//! The committed code in `src/generated` is what `proto/` says, and the wire only ever grows.
//!
//! `UPDATE_EXPECT=1 cargo test -p docket-api --test generate` writes the files anew after a change of `proto/`.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

use std::fs;
use std::path::{Path, PathBuf};

use prost_reflect::prost::Message as _;
use prost_reflect::prost_types::FileDescriptorSet;

const FILES: [&str; 16] = [
    "docket/v1/terms.proto",
    "docket/v1/events.proto",
    "docket/v1/status.proto",
    "docket/v1/record_service.proto",
    "docket/v1/provider_service.proto",
    "docket/v1/status_service.proto",
    "docket/v1/history_service.proto",
    "docket/v1/subscription_service.proto",
    "docket/v1/proof_service.proto",
    "docket/v1/replication_service.proto",
    "docket/v1/plan_service.proto",
    "docket/v1/action_plan_service.proto",
    "docket/v1/indicator_service.proto",
    "docket/v1/priority_service.proto",
    "docket/v1/policy_service.proto",
    "docket/v1/export_service.proto",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn descriptors() -> FileDescriptorSet {
    protox::Compiler::new([root().join("proto")])
        .unwrap()
        .include_imports(true)
        .include_source_info(true)
        .open_files(FILES)
        .unwrap()
        .file_descriptor_set()
}

/// Compares, or with `UPDATE_EXPECT=1` writes.
fn expect_file(path: &Path, actual: &[u8]) {
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(path, actual).unwrap();
    }
    let committed = fs::read(path).unwrap_or_default();
    assert!(
        committed == actual,
        "{} is not what proto/ says: run UPDATE_EXPECT=1 cargo test -p docket-api --test generate",
        path.display()
    );
}

#[test]
fn the_generated_code_is_what_the_proto_files_say() {
    let out = tempfile::tempdir().unwrap();
    let mut config = tonic_prost_build::Config::new();
    config.enable_type_names();
    tonic_prost_build::configure()
        .out_dir(out.path())
        .compile_fds_with_config(descriptors(), config)
        .unwrap();
    let generated = root().join("crates/api/src/generated");
    for file in ["docket.v1.rs", "google.r#type.rs"] {
        let written = fs::read(out.path().join(file)).unwrap();
        expect_file(&generated.join(file.replace("r#", "")), &written);
    }
    let mut without_comments = descriptors();
    for file in &mut without_comments.file {
        file.source_code_info = None;
    }
    expect_file(&generated.join("docket.v1.binpb"), &without_comments.encode_to_vec());
}
