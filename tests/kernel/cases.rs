//! The golden cases in the kernel: loaded by the reference and by us, listed by both.

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::Failed;
use nft::NoDeclarations;
use nft::syntax::print::{self, Options};
use nft::syntax::{NoFiles, lower};

use crate::oracle;

/// They need the reference.
pub(crate) const TESTS: &[crate::Test] = &[("cases: loaded and listed as nft does", cases, true)];

fn cases() -> Result<(), Failed> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases"))?.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "nft"));
    paths.sort();
    for path in &paths {
        case(path).map_err(|error| format!("{}: {}", path.display(), error.message().unwrap_or_default()))?;
    }
    Ok(())
}

fn case(path: &Path) -> Result<(), Failed> {
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
    if expected == found { Ok(()) } else { Err(format!("{what}:\n{expected}\nbut:\n{found}").into()) }
}
