//! The reader against the corpora, where they are.

use super::{Block, Mode, Reader};
use std::path::Path;

/// Every item of a text, as tree; or the errors.
fn read(text: &str) -> Result<String, String> {
    let mut reader = Reader::new(text, Mode::Text);
    let mut out = String::new();
    while let Some(step) = reader.step() {
        out.push_str(&format!("{step:?}\n"));
        if let Some(node) = reader.node() {
            out.push_str(&format!("{node:?}"));
        }
    }
    match reader.diagnostics() {
        [] => Ok(out),
        errors => Err(errors.iter().map(|error| format!("{} at {:?}\n", error, error.span)).collect()),
    }
}

#[test]
fn probe() {
    let Ok(path) = std::env::var("PROBE") else { return };
    println!(
        "{:?}",
        read(&std::fs::read_to_string(Path::new(&path)).unwrap()).map(|t| eprintln!("{t}")).map_err(|t| eprintln!("{t}"))
    );
    let _ = Block::Top;
}
