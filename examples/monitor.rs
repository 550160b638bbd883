//! What changes in the ruleset, as it happens: one thread changes it, this one hears of it and keeps a copy that is always the same.
//!
//! ```text
//! cargo run --example monitor
//! ```
#![allow(clippy::print_stdout, reason = "a program that prints")]

use std::time::Duration;

use nft::netlink::{Deleted, Entity, Event, Monitor, NetNs, Nfnl, Notice, Push, Subscription};
use nft::syntax::{NoFiles, lower, print};
use nft::{Error, nft};

fn main() -> Result<(), Error> {
    // Before a thread is started.
    NetNs::isolate()?;
    let mut nfnl = Nfnl::open(NetNs::Current)?;
    let mut monitor = Monitor::open(NetNs::Current, &Subscription::default())?;
    // What is told from here on, together with this value, misses nothing and doubles nothing.
    let before = nfnl.pull()?;
    monitor.after(&before)?;

    let writer = std::thread::spawn(change);
    while let Some(notice) = monitor.next_within(Duration::from_secs(1))? {
        match notice {
            Notice::Commit(commit) => {
                let process = commit.process_name.as_deref().unwrap_or("?");
                println!("generation {} by {process} ({:?}):", commit.generation, commit.process_id);
                commit.events.iter().for_each(|event| println!("  {}", line(event)));
            }
            Notice::Resync => {
                println!("something was lost: a new snapshot");
                monitor.after(&nfnl.pull()?)?;
            }
            _ => {}
        }
    }
    writer.join().unwrap_or(Ok(()))
}

/// Somebody who changes the ruleset: a ruleset, a few commands, and away with it.
fn change() -> Result<(), Error> {
    let ruleset = nft! {
        table inet app {
            set blocked { type ipv4_addr; flags timeout; }
            chain input {
                type filter hook input priority filter; policy accept;
                ip saddr @blocked drop
                tcp dport { 22, 443 } accept
            }
        }
    };
    let mut nfnl = Nfnl::open(NetNs::Current)?;
    nfnl.push(&ruleset, Push::Replace)?;
    for number in 1..=3_u8 {
        run(&mut nfnl, &format!("add element inet app blocked {{ 203.0.113.{number} timeout 1h }}"))?;
    }
    run(&mut nfnl, "delete table inet app")
}

fn run(nfnl: &mut Nfnl, text: &str) -> Result<(), Error> {
    let commands = lower::load(text, "", &mut NoFiles, &nfnl.declarations());
    nfnl.apply(&commands?)
}

/// An event in a few words.
fn line(event: &Event) -> String {
    let mut text = String::new();
    let options = print::Options::default();
    // A string takes everything.
    let _ = match event {
        Event::Added(_, Entity::Table(table)) => print::table(&mut text, table, &options).map(|()| text.insert_str(0, "new ")),
        Event::Added(_, Entity::Chain(scope, chain)) => {
            text = format!("new chain {} in {}", chain.name, scope.table);
            Ok(())
        }
        Event::Added(_, Entity::Rule(scope, chain, _, rule)) => {
            text = format!("new rule in {chain}, handle {}: ", rule.handle.unwrap_or_default());
            print::rule(&mut text, rule, scope.family, &options)
        }
        Event::Added(_, Entity::Set(scope, set)) => {
            text = format!("new set {} in {}", set.name, scope.table);
            Ok(())
        }
        Event::Added(_, Entity::Elements(scope, set)) => {
            text = format!("new elements of {}: ", set.name);
            print::elements(&mut text, set, &set.elements, scope.family, &options)
        }
        Event::Deleted(Deleted::Rule(scope, chain, rule)) => {
            text = format!("gone from {chain}: ");
            print::rule(&mut text, rule, scope.family, &options)
        }
        Event::Deleted(Deleted::Table(_, name, _)) => {
            text = format!("gone: table {name}");
            Ok(())
        }
        other => {
            text = format!("{other:?}");
            Ok(())
        }
    };
    text.replace('\n', " ")
}
