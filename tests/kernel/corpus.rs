//! Every ruleset of the corpus that the reference loads: pulled, pushed again, listed by the reference as before.
//!
//! `NFT_CORPUS=DIR` names the corpus; without it the test is skipped.

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::Failed;
use nft::netlink::{Nfnl, Push};

use super::{Test, flush, open, oracle};

pub(crate) const TESTS: &[Test] = &[("corpus_reloads", reloads, true)];

/// Rulesets that do not come back as they were, and why: one that does is a failure too.
const KNOWN: &[(&str, &str)] = &[];

/// The corpus, if there is one.
pub(crate) fn path() -> Option<PathBuf> {
    std::env::var_os("NFT_CORPUS").map(PathBuf::from).filter(|path| path.is_dir())
}

fn files(directory: &Path, found: &mut Vec<PathBuf>) -> Result<(), Failed> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            files(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "nft") {
            found.push(path);
        }
    }
    Ok(())
}

/// Why a ruleset did not come back as it was; nothing if it did.
fn reload(nfnl: &mut Nfnl) -> Result<Option<String>, Failed> {
    let before = oracle::nft(&["list", "ruleset"])?;
    let pulled = match nfnl.pull() {
        Ok(pulled) => pulled,
        Err(error) => return Ok(Some(format!("pull: {error}"))),
    };
    flush()?;
    if let Err(error) = nfnl.push(&pulled, Push::Replace) {
        return Ok(Some(format!("push: {error}")));
    }
    let after = oracle::nft(&["list", "ruleset"])?;
    let again = nfnl.pull()?;
    match again.diff(&pulled, nfnl.environment()) {
        Ok(patch) if patch.is_empty() => {}
        Ok(patch) => return Ok(Some(format!("differs: {patch}"))),
        Err(error) => return Ok(Some(format!("diff: {error}"))),
    }
    let changed = before.lines().zip(after.lines()).find(|(before, after)| before != after);
    Ok(match changed {
        Some((before, after)) => Some(format!("was\n{before}\nis\n{after}")),
        None if before.len() != after.len() => Some("lines are missing".to_owned()),
        None => None,
    })
}

/// All rulesets of the corpus, those that are to be refused too.
pub(crate) fn rulesets() -> Result<Vec<PathBuf>, Failed> {
    let mut paths = Vec::new();
    files(&path().ok_or("no corpus")?.join("rulesets"), &mut paths)?;
    paths.sort();
    Ok(paths)
}

fn reloads() -> Result<(), Failed> {
    let paths = rulesets()?;
    let mut nfnl = open()?;
    let (mut loaded, mut failed) = (0, Vec::new());
    for path in paths {
        flush()?;
        if oracle::load_file(&path)? {
            loaded += 1;
            let known = KNOWN.iter().find(|(name, _)| path.file_name().is_some_and(|file| file == *name));
            match (reload(&mut nfnl)?, known) {
                (None, None) | (Some(_), Some(_)) => {}
                (Some(reason), None) => failed.push(format!("{}: {reason}", path.display())),
                (None, Some(_)) => failed.push(format!("{}: comes back, so it is not to be listed", path.display())),
            }
        }
    }
    let came_back = loaded - failed.len();
    if failed.is_empty() { Ok(()) } else { Err(format!("{came_back}/{loaded}\n{}", failed.join("\n")).into()) }
}
