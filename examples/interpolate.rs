//! Every kind of place where a Rust value may stand in a literal. The compiler checks each against what its place asks for.
#![allow(clippy::print_stdout, reason = "a program that prints")]

use std::net::{Ipv4Addr, Ipv6Addr};

use nft::name::{ChainName, TableName};
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
    let ruleset = nft! {
        table inet #{table} {
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
            }
        }
    };
    print!("{}", nft::to_string(&ruleset));
    Ok(())
}
