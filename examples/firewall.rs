//! A host firewall as a literal.
#![allow(clippy::print_stdout, reason = "a program that prints")]

use nft::netlink::{NetNs, Nfnl, Push};
use nft::syntax::print::{Options, display};
use nft::{Error, nft};

fn main() -> Result<(), Error> {
    NetNs::isolate()?;
    let ruleset = nft! {
        table inet filter {
            // Who sent too much is left alone for a while.
            set banned {
                type ipv4_addr
                flags dynamic,timeout
                timeout 10m
                size 65536
            }
            counter dropped {
                packets 0 bytes 0
            }
            chain input {
                type filter hook input priority filter; policy drop;
                ct state vmap { invalid : drop, established : accept, related : accept }
                iif "lo" accept
                ip saddr @banned counter name "dropped" drop
                meta l4proto { icmp, ipv6-icmp } limit rate 20/second accept
                tcp dport 22 ct state new limit rate over 10/minute add @banned { ip saddr } drop
                tcp dport { 22, 80, 443 } ct state new accept
                log prefix "refused: " limit rate 5/minute
            }
            chain forward {
                type filter hook forward priority filter; policy drop;
            }
        }
    };
    let mut nfnl = Nfnl::open(NetNs::Current)?;
    nfnl.push(&ruleset, Push::Replace)?;
    let pulled = nfnl.pull()?;
    assert!(pulled.diff(&ruleset, nfnl.environment())?.is_empty(), "what was pushed is what is there");
    print!("{}", display(&pulled, Options::new(nfnl.environment())));
    Ok(())
}
