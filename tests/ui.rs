//! Mistakes in `nft!`, and what the compiler says of them.
//!
//! The recorded messages are those of one compiler, named in `ui/compiler`; under another one the cases are not compared.
//! `TRYBUILD=overwrite` records them anew.

#![expect(clippy::print_stderr, reason = "says what is skipped")]

#[test]
fn mistakes_are_explained() {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = std::process::Command::new(rustc).arg("--version").output().expect("the compiler that built this runs");
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    let recorded = include_str!("ui/compiler").trim();
    if version != recorded {
        eprintln!("skipped: the messages are those of {recorded}, this is {version}");
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
