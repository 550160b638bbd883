//! The ruleset of this network namespace, as a value and as text. Needs the right to read it: run it as root, or behind
//! `unshare -rn`.
#![allow(clippy::print_stdout, reason = "a program that prints")]

use nft::Error;
use nft::netlink::{NetNs, Nfnl};
use nft::syntax::print::{Options, display};

fn main() -> Result<(), Error> {
    let mut nfnl = Nfnl::open(NetNs::Current)?;
    let ruleset = nfnl.pull()?;
    // The kernel numbers what it holds.
    assert!(ruleset.tables.iter().all(|table| table.handle.is_some()));
    let rules = ruleset.rules().count();
    let elements: usize = ruleset.tables.iter().flat_map(|table| &table.sets).map(|set| set.elements.len()).sum();
    println!("# {} tables, {rules} rules, {elements} elements", ruleset.tables.len());
    // With the names of this machine, as `nft -a list ruleset`.
    print!("{}", display(&ruleset, Options::new(nfnl.environment()).with_handles()));
    Ok(())
}
