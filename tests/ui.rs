//! Mistakes in `nft!`, and what the compiler says of them.
//!
//! The recorded messages are those of one compiler, named in `ui/compiler`, and compared exactly under it. Under another one only the
//! lines that are our own are: that each is there, for its case. `NFT_UI=messages` does so under any.
//!
//! `TRYBUILD=overwrite` records them anew.

#![expect(clippy::print_stderr, reason = "says what is not compared")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

#[test]
fn mistakes_are_explained() {
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = Command::new(rustc).arg("--version").output().expect("the compiler that built this runs");
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    let recorded = include_str!("ui/compiler").trim();
    if version == recorded && env::var_os("NFT_UI").is_none() {
        trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
        return;
    }
    eprintln!("only our own messages are compared: the recorded ones are those of {recorded}, this is {version}");
    let cases = cases();
    let said = said(&cases);
    let mut missing = String::new();
    for (name, path) in &cases {
        let recorded = fs::read_to_string(path.with_extension("stderr")).expect("each case has its messages");
        let nothing = BTreeSet::new();
        let said = said.get(name).unwrap_or(&nothing);
        for line in recorded.lines().filter_map(own).filter(|line| !said.contains(*line)) {
            let _ = writeln!(missing, "{name}: {line}");
        }
    }
    assert!(missing.is_empty(), "not said:\n{missing}");
}

/// The cases by name.
fn cases() -> BTreeMap<String, PathBuf> {
    let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui")).expect("the cases are there");
    let paths = files.map(|file| file.expect("a file").path()).filter(|path| path.extension().is_some_and(|end| end == "rs"));
    paths.map(|path| (path.file_stem().expect("a name").to_string_lossy().into_owned(), path)).collect()
}

/// The message of a first line that is ours: an error of the macro itself, or of what a hole's place takes.
fn own(line: &str) -> Option<&str> {
    line.strip_prefix("error: ").or_else(|| {
        line.strip_prefix("error[E0277]: ").filter(|line| line.contains(" expects ") || line.ends_with(" is expected"))
    })
}

/// The first lines of what the compiler says of each case. They are the binaries of one package, so that it runs once.
fn said(cases: &BTreeMap<String, PathBuf>) -> BTreeMap<String, BTreeSet<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ui");
    let mut manifest = format!(
        "[package]\nname = \"ui\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\nnft = {{ path = {root:?} }}\n"
    );
    for (name, path) in cases {
        let _ = write!(manifest, "\n[[bin]]\nname = {name:?}\npath = {path:?}\n");
    }
    fs::create_dir_all(&package).expect("a directory for the package");
    fs::write(package.join("Cargo.toml"), manifest).expect("its manifest");
    fs::copy(root.join("Cargo.lock"), package.join("Cargo.lock")).expect("its lock file");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["check", "--offline", "--keep-going", "--message-format=json", "--target-dir"])
        .arg(package.join("target"))
        .current_dir(&package)
        .output()
        .expect("cargo runs");
    let mut said: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(entry) = serde_json::from_str::<serde_json::Value>(line) else { continue };
        if let (Some(name), Some(message)) = (entry["target"]["name"].as_str(), entry["message"]["message"].as_str()) {
            said.entry(name.to_owned()).or_default().insert(message.lines().next().unwrap_or_default().to_owned());
        }
    }
    assert!(!said.is_empty(), "cargo says nothing: {}", String::from_utf8_lossy(&output.stderr));
    said
}
