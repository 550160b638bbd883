//! The golden cases against the reference: what it would send, and what it lists once it or this library has loaded them.

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::Failed;
use nft::NoDeclarations;
use nft::syntax::print::{self, Options};
use nft::syntax::{NoFiles, lower};

use crate::oracle;

/// They need the reference.
pub(crate) const TESTS: &[crate::Test] = &[
    ("cases: loaded and listed as nft does", || every("list", listed), true),
    ("cases: the instructions that nft makes", || every("bytecode", instructions), true),
];

/// Runs a test on every case that has such a golden.
fn every(golden: &str, run: fn(&Path) -> Result<(), Failed>) -> Result<(), Failed> {
    let mut paths = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases"), &mut paths)?;
    paths.sort();
    let mut wrong = Vec::new();
    for path in &paths {
        let text = fs::read_to_string(path)?;
        let asked = text.lines().find_map(|line| line.strip_prefix("# RUN: "));
        if asked.is_none_or(|words| words.split(' ').any(|word| word == golden))
            && let Err(error) = run(path)
        {
            wrong.push(format!("{}: {}", path.display(), error.message().unwrap_or_default()));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

fn walk(directory: &Path, found: &mut Vec<PathBuf>) -> Result<(), Failed> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "nft") {
            found.push(path);
        }
    }
    Ok(())
}

/// The golden was written from this library's output: the reference has the last word.
fn instructions(path: &Path) -> Result<(), Failed> {
    oracle::nft(&["flush", "ruleset"])?;
    let expected = oracle::bytecode(&fs::read_to_string(path)?)?;
    let found = fs::read_to_string(path.with_extension("bytecode")).unwrap_or_default();
    same("instructions of nft", &sorted(&expected), &sorted(&found))
}

/// Elements of a set in no order, as the reference hands them out.
fn sorted(text: &str) -> String {
    let mut lines = String::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let mut elements: Vec<&str> = line.split("\telement ").map(str::trim_end).collect();
        elements.sort_unstable();
        lines.push_str(&elements.join("\telement "));
        lines.push('\n');
    }
    lines
}

fn listed(path: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(path)?;
    oracle::nft(&["flush", "ruleset"])?;
    oracle::load(&text)?;
    let expected = oracle::nft(&["list", "ruleset"])?;
    let golden = path.with_extension("list");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&golden, &expected)?;
    }
    same("golden", &expected, &fs::read_to_string(&golden).unwrap_or_default())?;
    same("what nft loaded, listed by us", &expected, &listing()?)?;
    oracle::nft(&["flush", "ruleset"])?;
    let commands = lower::load(&text, "case", &mut NoFiles, &NoDeclarations).map_err(|errors| format!("{errors:#?}"))?;
    crate::open()?.apply(&commands)?;
    same("what we loaded, listed by nft", &expected, &oracle::nft(&["list", "ruleset"])?)
}

fn listing() -> Result<String, Failed> {
    let mut nfnl = crate::open()?;
    let ruleset = nfnl.pull()?;
    let mut text = String::new();
    print::ruleset(&mut text, &ruleset, &Options::new(nfnl.environment()))?;
    Ok(text)
}

fn same(what: &str, expected: &str, found: &str) -> Result<(), Failed> {
    let line = expected.lines().zip(found.lines()).position(|(expected, found)| expected != found);
    match line {
        None if expected.len() == found.len() => Ok(()),
        _ => {
            let line = line.unwrap_or(expected.lines().count().min(found.lines().count()));
            let at = |text: &str| text.lines().nth(line).unwrap_or("(end)").to_owned();
            Err(format!("{what}, line {}:\n- {}\n+ {}", line + 1, at(expected), at(found)).into())
        }
    }
}
