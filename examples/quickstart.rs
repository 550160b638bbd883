//! A ruleset with Rust values in it goes into a real kernel, comes back, and is what it was.
//!
//! ```text
//! cargo run --release --example quickstart
//! ```
#![allow(clippy::print_stdout, reason = "a program that prints")]

use std::net::Ipv4Addr;

use nft::netlink::{NetNs, Nfnl, Push};
use nft::syntax::print::{Options, display};
use nft::{Error, nft};

fn main() -> Result<(), Error> {
    // A user and network namespace of our own: the rules are real, but only this process sees them.
    NetNs::isolate()?;

    let ssh_port = 22_u16;
    let admins = [Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2)];
    let ruleset = nft! {
        table inet app {
            set admins {
                type ipv4_addr
                elements = { #{..admins} }
            }
            chain input {
                type filter hook input priority filter; policy drop;
                iif "lo" accept
                ct state established,related accept
                ip saddr @admins tcp dport #{ssh_port} accept
            }
        }
    };

    println!("pushing one atomic batch");
    let mut nfnl = Nfnl::open(NetNs::Current)?;
    nfnl.push(&ruleset, Push::Replace)?;

    println!("pulling it back\n");
    let pulled = nfnl.pull()?;
    print!("{}", display(&pulled, Options::new(nfnl.environment())));

    let differences = pulled.diff(&ruleset, nfnl.environment())?;
    println!("\ndifferences between what was pushed and what was pulled: {}", differences.len());
    assert!(differences.is_empty(), "what was pushed is what is there");
    Ok(())
}
