//! What is heard of changes: commits, each once and in order, or the word that something was lost.

use std::os::fd::AsFd;
use std::time::Duration;

use libtest_mimic::Failed;
use nft::model::{Command, Item, Rule, Scope, Stmt, Table, Verdict};
use nft::name::{ChainName, TableName};
use nft::netlink::{Commits, Heard, NetNs, Subscription};
use nft::schema::Family;
use nft::uapi::nf_tables::{NFT_MSG_NEWCHAIN, NFT_MSG_NEWRULE, NFT_MSG_NEWTABLE};

use super::{Test, open};

pub(crate) const TESTS: &[Test] = &[
    ("monitor_commits", commits, false),
    ("monitor_every_commit_once", every_commit_once, false),
    ("monitor_overflow", overflow, false),
    ("monitor_ends", ends, false),
];

const WAIT: Duration = Duration::from_secs(5);

fn table(name: &str, rules: usize) -> Result<Table, Failed> {
    let mut table = Table::new(Family::Inet, TableName::new(name)?);
    let mut chain = nft::model::Chain::new(ChainName::new("c")?);
    chain.rules = vec![Rule::new(vec![Stmt::Verdict(Verdict::Accept)]); rules];
    table.chains.push(chain);
    Ok(table)
}

fn add(table: Table) -> Command {
    Command::Add(Item::Table(Box::new(table)))
}

fn rule() -> Result<Command, Failed> {
    let scope = Scope::new(Family::Inet, TableName::new("t")?);
    let rule = Rule::new(vec![Stmt::Verdict(Verdict::Accept)]);
    Ok(Command::Add(Item::Rule(scope, ChainName::new("c")?, None, Box::new(rule))))
}

/// How many commits the long tests make: 1,000, or as many as `NFT_RUNS` says.
fn runs() -> u32 {
    std::env::var("NFT_RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(1000)
}

/// What a commit holds and who made it; a batch of many datagrams is one commit.
fn commits() -> Result<(), Failed> {
    let mut commits = Commits::open(NetNs::Current, &Subscription::default())?;
    let mut nfnl = open()?;
    let before = nfnl.generation()?;
    commits.after(before);
    nfnl.apply(&[add(table("t", 2000)?)])?;
    let Some(Heard::Commit(commit)) = commits.next(WAIT)? else { return Err("no commit was heard".into()) };
    let mut kinds = Vec::new();
    for message in &commit.messages {
        kinds.push(message?.header.message());
    }
    let counted = |kind| kinds.iter().filter(|found| **found == kind).count();
    assert_eq!([NFT_MSG_NEWTABLE, NFT_MSG_NEWCHAIN, NFT_MSG_NEWRULE].map(counted), [1, 1, 2000]);
    assert_eq!(commit.generation, before + 1);
    assert_eq!(commit.process_id, Some(std::process::id()));
    let name = std::fs::read_to_string("/proc/thread-self/comm")?;
    assert_eq!(commit.process_name.as_deref(), Some(name.trim_end()));
    // What changes nothing is no commit.
    nfnl.check_commands(&[rule()?])?;
    assert_eq!(commits.try_next()?, None);
    Ok(())
}

fn every_commit_once() -> Result<(), Failed> {
    let mut commits = Commits::open(NetNs::Current, &Subscription::default())?;
    let mut nfnl = open()?;
    nfnl.apply(&[add(table("t", 0)?)])?;
    let first = nfnl.generation()?;
    commits.after(first);
    let writer = std::thread::spawn(move || -> Result<(), String> {
        let command = [rule().map_err(|_| "no rule")?];
        (0..runs()).try_for_each(|_| nfnl.apply(&command).map_err(|error| error.to_string()))
    });
    for number in 1..=runs() {
        match commits.next(WAIT)? {
            Some(Heard::Commit(commit)) if commit.generation == first.wrapping_add(number) => {}
            other => return Err(format!("commit {number}: {other:?}").into()),
        }
    }
    writer.join().map_err(|_| "the writer failed")??;
    assert_eq!(commits.try_next()?, None);
    Ok(())
}

/// A buffer that is too small: one signal, nothing half, and whole commits again behind it.
fn overflow() -> Result<(), Failed> {
    let mut commits = Commits::open(NetNs::Current, &Subscription::default().with_receive_buffer(2048))?;
    let mut nfnl = open()?;
    nfnl.apply(&[add(table("t", 0)?)])?;
    for _ in 0..100 {
        nfnl.apply(&[rule()?])?;
    }
    assert_eq!(commits.try_next()?, Some(Heard::Resync));
    let snapshot = nfnl.pull()?;
    let generation = snapshot.generation.ok_or("no generation")?;
    commits.after(generation);
    assert_eq!(commits.try_next()?, None);
    for number in 1..=100 {
        nfnl.apply(&[rule()?])?;
        match commits.next(WAIT)? {
            Some(Heard::Commit(commit)) => assert_eq!(commit.generation, generation.wrapping_add(number)),
            other => return Err(format!("commit {number}: {other:?}").into()),
        }
    }
    // A commit that alone is more than the buffer.
    nfnl.apply(&[add(table("u", 2000)?)])?;
    assert_eq!(commits.next(WAIT)?, Some(Heard::Resync));
    commits.after(nfnl.generation()?);
    assert_eq!(commits.try_next()?, None);
    Ok(())
}

/// The end of the value ends the subscription.
fn ends() -> Result<(), Failed> {
    let subscribed = || -> Result<bool, Failed> {
        const GROUP: u64 = 1 << (7 - 1);
        let table = std::fs::read_to_string("/proc/thread-self/net/netlink")?;
        let mut rows = table.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
        Ok(rows.any(|row| {
            let groups = row.get(3).and_then(|groups| u64::from_str_radix(groups, 16).ok()).unwrap_or(0);
            row.get(1) == Some(&"12") && groups & GROUP != 0
        }))
    };
    assert!(!subscribed()?);
    let commits = Commits::open(NetNs::Current, &Subscription::default())?;
    assert!(subscribed()?);
    let _ = commits.as_fd();
    drop(commits);
    assert!(!subscribed()?);
    Ok(())
}
