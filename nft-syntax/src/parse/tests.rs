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

/// Feeds a corpus through the reader: `PROBE_RULES` is a file with one JSON string per line.
#[test]
fn probe_rules() {
    let Ok(path) = std::env::var("PROBE_RULES") else { return };
    let text = std::fs::read_to_string(path).unwrap();
    let (mut good, mut bad) = (0, 0);
    for line in text.lines() {
        let (verdict, rule) = line.split_once('\t').unwrap();
        let mut reader = Reader::within(rule, Block::Chain, Mode::Text);
        while reader.step().is_some() {}
        let ok = reader.diagnostics().is_empty();
        if ok == (verdict == "ok") {
            good += 1
        } else {
            bad += 1;
            eprintln!("{verdict} {rule}\n    {:?}", reader.diagnostics().first().map(|d| (d.to_string(), d.span)));
        }
    }
    eprintln!("good {good} bad {bad}");
}

#[test]
fn probe_files() {
    let Ok(path) = std::env::var("PROBE_FILES") else { return };
    let (mut good, mut bad) = (0, 0);
    for entry in std::fs::read_dir(&path).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "nft") {
            continue;
        }
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        let mut reader = Reader::new(&text, Mode::Text);
        while reader.step().is_some() {}
        if reader.diagnostics().is_empty() {
            good += 1
        } else {
            bad += 1;
            let d = &reader.diagnostics()[0];
            let line = text[..d.span.start as usize].lines().count();
            let error = std::fs::read_to_string(format!("{}.error", path.display())).unwrap_or_default();
            eprintln!("{} line {line}: {d}\n     {}", path.display(), error.lines().next().unwrap_or(""));
        }
    }
    eprintln!("good {good} bad {bad}");
}
