//! Pairs of random rulesets: what is pushed is pulled as it is, and one becomes the other. Every second pair has little in common, the others much.
//!
//! 2,000 pairs if nothing is said, `NFT_RUNS` of them if it is. Nearly all of the time would go by in waiting for the kernel, commit by commit; so
//! several pairs, in tables of their own, are one ruleset, and several threads, each in a network namespace of its own, go through them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use libtest_mimic::Failed;
use nft::Ruleset;
use nft::model::{Command, JumpTarget, Rule, Stmt, Verdict};
use nft::netlink::{NetNs, Nfnl, Push, Reconcile};
use nix::sched::{CloneFlags, unshare};

use super::random::{Random, edited, ruleset_of};
use super::reconcile::{check_empty, parsed, sorted};
use super::{Test, oracle};

pub(crate) const TESTS: &[Test] = &[("random pairs", pairs, true)];

/// How many pairs are one ruleset.
const GROUP: u64 = 10;

/// How many threads there are.
const THREADS: usize = 6;

fn pairs() -> Result<(), Failed> {
    let runs = std::env::var("NFT_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(2000);
    let (next, failed, kept) = (AtomicU64::new(0), AtomicBool::new(false), AtomicU64::new(0));
    let work = || -> Result<(), String> {
        unshare(CloneFlags::CLONE_NEWNET).map_err(|errno| errno.to_string())?;
        let mut nfnl = Nfnl::open(NetNs::Current).map_err(|error| error.to_string())?;
        while !failed.load(Ordering::Relaxed) {
            let first = next.fetch_add(GROUP, Ordering::Relaxed);
            if first >= runs {
                break;
            }
            let seeds: Vec<u64> = (first..runs.min(first + GROUP)).collect();
            match group(&mut nfnl, &seeds) {
                Ok(found) => drop(kept.fetch_add(found, Ordering::Relaxed)),
                Err(error) => {
                    failed.store(true, Ordering::Relaxed);
                    return Err(smallest(&mut nfnl, &seeds).unwrap_or_else(|| said(&error)));
                }
            }
        }
        Ok(())
    };
    let errors: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .filter_map(|thread| thread.join().map_err(|_| "a thread failed".to_owned()).and_then(|done| done).err())
            .collect()
    });
    if !errors.is_empty() {
        return Err(errors.join("\n").into());
    }
    let kept = kept.into_inner();
    if kept > runs / 2 { Ok(()) } else { Err(format!("only {kept} rules of {runs} pairs kept their counters").into()) }
}

fn said(error: &Failed) -> String {
    error.message().unwrap_or_default().to_owned()
}

/// The failure of one pair alone, which is easier to read.
fn smallest(nfnl: &mut Nfnl, seeds: &[u64]) -> Option<String> {
    seeds.iter().find_map(|seed| {
        let error = group(nfnl, &[*seed]).err()?;
        let (first, second) = texts(&[*seed]);
        Some(format!("seed {seed}: {}\n--- from\n{first}\n--- to\n{second}", said(&error)))
    })
}

/// The two rulesets of these seeds.
fn texts(seeds: &[u64]) -> (String, String) {
    let (mut first, mut second) = (String::new(), String::new());
    for seed in seeds {
        let (mut random, name) = (Random::new(*seed), format!("t{}", seed % GROUP));
        let from = ruleset_of(&name, &mut random);
        second += &if seed % 2 == 0 { ruleset_of(&name, &mut random) } else { edited(&from, &mut random) };
        first += &from;
    }
    (first, second)
}

/// From the one to the other: the listing is that of a fresh load, nothing differs, and rules that stay keep their counters. Gives how many did.
fn group(nfnl: &mut Nfnl, seeds: &[u64]) -> Result<u64, Failed> {
    let (first, second) = texts(seeds);
    let options = Reconcile::default().with_prune();
    nfnl.apply(&[Command::FlushRuleset(None)])?;
    let mut pushed = parsed(&first)?;
    check_empty("nothing", &nfnl.plan(&Ruleset::new(), &options)?)?;
    count(&mut pushed, &mut 0);
    nfnl.push(&pushed, Push::Replace)?;
    let before = nfnl.pull()?;
    check_empty("pulled", &nfnl.plan(&before, &options)?)?;
    check_empty("pulled, as values", &before.diff(&pushed, nfnl.environment())?)?;
    check_empty("first", &nfnl.plan(&pushed, &options)?)?;
    let wanted = parsed(&second)?;
    let patch = nfnl.plan(&wanted, &options)?;
    let outcome = nfnl.reconcile(&wanted, &options).map_err(|error| format!("{error:?}\n{patch}"))?;
    let listed = oracle::nft(&["-s", "list", "ruleset"])?;
    check_empty(&format!("after\n{}", outcome.patch), &nfnl.plan(&wanted, &options)?)?;
    let kept = kept(&before, &nfnl.pull()?).map_err(|error| format!("{}\n{}", said(&error), outcome.patch))?;
    oracle::load(&format!("flush ruleset\n{second}"))?;
    let expected = oracle::nft(&["-s", "list", "ruleset"])?;
    let (listed, expected) = (sorted(&listed), sorted(&expected));
    if listed == expected {
        return Ok(kept);
    }
    let line = listed.lines().zip(expected.lines()).find(|(listed, expected)| listed != expected);
    Err(format!("{line:?}\n{}\n--- listed\n{listed}\n--- expected\n{expected}", outcome.patch).into())
}

/// Gives each counter in a rule another value.
fn count(ruleset: &mut Ruleset, number: &mut u64) {
    each_counter(rules_mut(ruleset), &mut |packets, bytes| {
        *number += 1;
        (*packets, *bytes) = (*number, 100 * *number);
    });
}

fn rules_mut(ruleset: &mut Ruleset) -> impl Iterator<Item = &mut Rule> {
    ruleset.tables.iter_mut().flat_map(|table| &mut table.chains).flat_map(|chain| &mut chain.rules)
}

fn each_counter<'a>(rules: impl IntoIterator<Item = &'a mut Rule>, each: &mut dyn FnMut(&mut u64, &mut u64)) {
    for stmt in rules.into_iter().flat_map(|rule| &mut rule.stmts) {
        match stmt {
            Stmt::Counter { packets, bytes } => each(packets, bytes),
            Stmt::Verdict(Verdict::Jump(JumpTarget::Block(block)) | Verdict::Goto(JumpTarget::Block(block))) => {
                each_counter(&mut **block, each);
            }
            _ => {}
        }
    }
}

/// How many rules with a counter are as they were, the counter too; an error if one of them lost it. A rule that is replaced keeps its number, but
/// is another.
fn kept(before: &Ruleset, after: &Ruleset) -> Result<u64, Failed> {
    let mut kept = 0;
    for table in &after.tables {
        let Some(old) = before.table(table.family, &table.name).filter(|old| old.handle == table.handle) else { continue };
        let old: HashMap<_, _> = old
            .chains
            .iter()
            .flat_map(|chain| chain.rules.iter().map(move |rule| ((&chain.name, rule.handle), rule)))
            .collect();
        for (chain, rule) in table.chains.iter().flat_map(|chain| chain.rules.iter().map(move |rule| (chain, rule))) {
            let Some(was) = old.get(&(&chain.name, rule.handle)) else { continue };
            let (mut without, mut counters) = ([rule.clone(), (*was).clone()], 0);
            for rule in &mut without {
                each_counter([rule], &mut |packets, bytes| {
                    counters += 1;
                    (*packets, *bytes) = (0, 0);
                });
            }
            let [is_now, has_been] = without;
            if counters == 0 || is_now.stmts != has_been.stmts || is_now.comment != has_been.comment {
                continue;
            }
            if rule.stmts != was.stmts {
                let scope = format!("{} {} {}", table.family, &*table.name, &*chain.name);
                return Err(format!("a rule of {scope} was {:?} and is {:?}", was.stmts, rule.stmts).into());
            }
            kept += 1;
        }
    }
    Ok(kept)
}
