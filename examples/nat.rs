//! Address translation: a gateway for a network behind it, with services that are reached from outside.
#![allow(clippy::print_stdout, reason = "a program that prints")]

use std::net::Ipv4Addr;

use nft::netlink::{NetNs, Nfnl, Push};
use nft::syntax::print::{Options, display};
use nft::{Error, nft};

fn main() -> Result<(), Error> {
    NetNs::isolate()?;
    let web = Ipv4Addr::new(192, 168, 1, 10);
    let ruleset = nft! {
        table ip nat {
            map services {
                type inet_service : ipv4_addr . inet_service
                elements = { 2222 : 192.168.1.20 . 22, 8443 : 192.168.1.30 . 443 }
            }
            chain prerouting {
                type nat hook prerouting priority dstnat; policy accept;
                tcp dport 80 dnat to #{web}:8080
                dnat ip to tcp dport map @services
            }
            chain postrouting {
                type nat hook postrouting priority srcnat; policy accept;
                ip saddr 192.168.1.0/24 oifname != "lan0" masquerade
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
