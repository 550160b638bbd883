//! Every kind of place where a Rust value may stand in a literal. The compiler checks each against what its place asks for.
#![allow(clippy::print_stdout, reason = "a program that prints")]

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use nft::model::Verdict;
use nft::name::{ChainName, SetName, TableName};
use nft::{Error, nft};

fn main() -> Result<(), Error> {
    // Names are checked when they are made.
    let (table, chain) = (TableName::new("edge")?, ChainName::new("services")?);
    let uplink = "wan0";
    let (port, ports) = (22_u16, [80_u16, 443]);
    let server = Ipv4Addr::new(192, 0, 2, 1);
    let network = (Ipv4Addr::new(10, 0, 0, 0), 8_u8);
    let range = Ipv4Addr::new(172, 16, 0, 1)..=Ipv4Addr::new(172, 16, 0, 9);
    let server6 = Ipv6Addr::LOCALHOST;
    let mark = 0x2a_u32;
    let priority = -5;
    // Names of sets, numbers, times, texts; pairs of key and data for maps.
    let (blocked, group, rate) = (SetName::new("blocked")?, 5_u16, 10_u64);
    let (ban, note) = (Duration::from_secs(600), "until the ban ends");
    let backends = BTreeMap::from([(8080_u16, server), (8443, Ipv4Addr::new(192, 0, 2, 2))]);
    let verdicts = [(server, Verdict::Accept), (Ipv4Addr::new(192, 0, 2, 9), Verdict::Drop)];
    let peers = [(server, 22_u16)];
    let ruleset = nft! {
        table inet #{table} {
            set #{&blocked} { type ipv4_addr; flags dynamic,timeout; timeout #{ban}; size #{4096}; comment #{note}; }
            map backends { type inet_service : ipv4_addr; elements = { #{..&backends} } }
            chain #{chain.clone()} {
                tcp dport #{port} accept
                tcp dport { #{..ports} } accept
            }
            chain input {
                type filter hook input priority #{priority}; policy drop;
                iifname #{uplink} jump #{chain}
                ip saddr #{network} meta mark set #{mark}
                ip saddr { #{range} } ip daddr #{server} accept
                ip6 daddr #{server6} accept
                ip saddr @#{&blocked} log prefix #{"blocked: "} group #{group} drop
                tcp dport 22 limit rate over #{rate}/minute add @#{&blocked} { ip saddr timeout #{ban} }
                ip saddr 10.0.0.0/#{network.1} quota over #{100} mbytes drop
                ip saddr vmap { #{..verdicts} }
                ip saddr . tcp dport { #{..peers} } queue to #{group}
            }
        }
    };
    print!("{}", nft::to_string(&ruleset));
    Ok(())
}
