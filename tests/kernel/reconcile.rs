//! Reconciliation: what it comes down to on the real kernel.

use std::path::Path;

use libtest_mimic::Failed;
use nft::model::{Rule, Ruleset};
use nft::netlink::{Nfnl, Push, Reconcile};

use super::random::{Random, ruleset};
use super::{Test, corpus, flush, open, oracle};

pub(crate) const TESTS: &[Test] =
    &[("corpus_reconciles", corpus_reconciles, true), ("reconcile: random pairs", random_pairs, true)];

/// Rulesets with rules that are other instructions once they are listed and read again, with the same effect: which of two tests of the packet
/// comes first is not to be seen in the listing. (What is pulled and not changed is compared by what the kernel gave.)
const REORDERED: &[&str] = &[
    "sets__typeof_sets_0.nft",
    "MikeHorn-git_dotfiles__dot_etc_nftables.conf.tmpl.nft",
    "QubesOS_qubes-core-agent-linux__network_qubes-ipv6.nft",
    "embetrix_meta-raspberrypi-secure__recipes-filter_nftables_files_firewall.nft",
];

/// The same ruleset as a program would have made it: nothing in it comes from the kernel.
fn handmade(ruleset: &Ruleset) -> Ruleset {
    let mut ruleset = ruleset.clone();
    for table in &mut ruleset.tables {
        for rule in table.chains.iter_mut().flat_map(|chain| &mut chain.rules) {
            if rule.opaque.is_some() {
                continue;
            }
            let mut made = Rule::new(rule.stmts.clone());
            made.comment.clone_from(&rule.comment);
            made.tag.clone_from(&rule.tag);
            *rule = made;
        }
    }
    ruleset
}

fn settled(nfnl: &mut Nfnl, ruleset: &Ruleset, what: &str) -> Result<Option<String>, Failed> {
    Ok(match nfnl.plan(ruleset, &Reconcile::default()) {
        Ok(patch) if patch.is_empty() => None,
        Ok(patch) => Some(format!("{what}: {patch}")),
        Err(error) => Some(format!("{what}: {error}")),
    })
}

/// Why a ruleset does not settle; nothing if it does.
fn settles(nfnl: &mut Nfnl, path: &Path) -> Result<Option<String>, Failed> {
    let listed = oracle::nft(&["-s", "list", "ruleset"])?;
    let pulled = match nfnl.pull() {
        Ok(pulled) => pulled,
        Err(error) => return Ok(Some(format!("pull: {error}"))),
    };
    let made = handmade(&pulled);
    // What is written, if it is declarations only.
    let written = std::fs::read_to_string(path).ok().and_then(|text| nft::parse(&text).ok());
    let written = written.filter(|written| !written.tables.is_empty());
    let reordered = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| REORDERED.contains(&name));
    let mut rulesets = vec![("loaded by nft, pulled", &pulled)];
    rulesets.extend((!reordered).then_some(("loaded by nft, compiled", &made)));
    rulesets.extend(written.as_ref().filter(|_| !reordered).map(|written| ("loaded by nft, written", written)));
    for (what, ruleset) in rulesets {
        if let Some(reason) = settled(nfnl, ruleset, what)? {
            return Ok(Some(reason));
        }
    }
    flush()?;
    if let Err(error) = nfnl.push(&pulled, Push::Replace) {
        return Ok(Some(format!("push: {error}")));
    }
    for (what, ruleset) in [("pushed, pulled", &pulled), ("pushed, compiled", &made)] {
        if let Some(reason) = settled(nfnl, ruleset, what)? {
            return Ok(Some(reason));
        }
    }
    flush()?;
    if let Err(error) = nfnl.push(&made, Push::Reconcile) {
        return Ok(Some(format!("reconcile: {error}")));
    }
    let after = oracle::nft(&["-s", "list", "ruleset"])?;
    let changed = listed.lines().zip(after.lines()).find(|(before, after)| before != after);
    Ok(changed.map(|(before, after)| format!("was\n{before}\nis\n{after}")))
}

fn corpus_reconciles() -> Result<(), Failed> {
    let mut nfnl = open()?;
    let (mut loaded, mut failed) = (0, Vec::new());
    for path in corpus::rulesets()? {
        flush()?;
        if oracle::load_file(&path)? {
            loaded += 1;
            if let Some(reason) = settles(&mut nfnl, &path)? {
                failed.push(format!("{}: {reason}", path.display()));
            }
        }
    }
    let settled = loaded - failed.len();
    if failed.is_empty() { Ok(()) } else { Err(format!("{settled}/{loaded}\n{}", failed.join("\n")).into()) }
}

/// How many random rulesets: `NFT_RUNS`, or as many as a quick run takes.
fn runs() -> u64 {
    std::env::var("NFT_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(200)
}

fn parsed(text: &str) -> Result<Ruleset, Failed> {
    nft::parse(text).map_err(|errors| format!("{errors:#?}\n{text}").into())
}

/// A listing with the blocks of each table sorted: what was there before comes before what is new, whatever the order in the text.
fn sorted(listing: &str) -> String {
    let mut tables: Vec<String> = Vec::new();
    for table in listing.split("\n}\n").filter(|table| !table.is_empty()) {
        let mut blocks: Vec<&str> = table.split("\n\n").collect();
        let head = blocks.first().copied().unwrap_or_default().split_once('\n').map(|(head, rest)| {
            if let Some(first) = blocks.first_mut() {
                *first = rest;
            }
            head.to_owned()
        });
        blocks.sort_unstable();
        tables.push(format!("{}\n{}", head.unwrap_or_default(), blocks.join("\n\n")));
    }
    tables.sort_unstable();
    tables.join("\n}\n")
}

/// From one ruleset to the other, both random: the listing is that of a fresh load, and nothing differs.
fn random_pairs() -> Result<(), Failed> {
    let mut nfnl = open()?;
    for seed in 0..runs() {
        let mut random = Random::new(seed);
        let (first, second) = (ruleset(&mut random), ruleset(&mut random));
        let text = |what: &str| format!("seed {seed}: {what}\n--- from\n{first}\n--- to\n{second}");
        pair(&mut nfnl, &first, &second).map_err(|error| text(error.message().unwrap_or_default()))?;
    }
    Ok(())
}

fn pair(nfnl: &mut Nfnl, first: &str, second: &str) -> Result<(), Failed> {
    let options = Reconcile::default().with_prune();
    flush()?;
    nfnl.push(&parsed(first)?, Push::Replace)?;
    let pulled = nfnl.pull()?;
    check_empty("pulled", &nfnl.plan(&pulled, &options)?)?;
    check_empty("first", &nfnl.plan(&parsed(first)?, &options)?)?;
    let wanted = parsed(second)?;
    let patch = nfnl.plan(&wanted, &options)?;
    let outcome = nfnl.reconcile(&wanted, &options).map_err(|error| format!("{error:?}\n{patch}"))?;
    let listed = oracle::nft(&["-s", "list", "ruleset"])?;
    check_empty(&format!("after\n{}", outcome.patch), &nfnl.plan(&wanted, &options)?)?;
    flush()?;
    oracle::load(second)?;
    let expected = oracle::nft(&["-s", "list", "ruleset"])?;
    let (listed, expected) = (sorted(&listed), sorted(&expected));
    if listed == expected {
        return Ok(());
    }
    let line = listed.lines().zip(expected.lines()).find(|(listed, expected)| listed != expected);
    Err(format!("{line:?}\n{}\n--- listed\n{listed}\n--- expected\n{expected}", outcome.patch).into())
}

fn check_empty(what: &str, patch: &nft::diff::Patch) -> Result<(), Failed> {
    if patch.is_empty() { Ok(()) } else { Err(format!("{what}: still differs: {patch}").into()) }
}
