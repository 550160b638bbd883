//! Sets and maps, changed by commands while rules use them.
#![allow(clippy::print_stdout, reason = "a program that prints")]

use nft::netlink::{NetNs, Nfnl, Push};
use nft::schema::Family;
use nft::syntax::print::{Options, display};
use nft::syntax::{NoFiles, lower};
use nft::{Error, nft};

fn main() -> Result<(), Error> {
    NetNs::isolate()?;
    let ruleset = nft! {
        table inet app {
            set blocked {
                type ipv4_addr
                flags interval
                auto-merge
                elements = { 192.0.2.0/24, 198.51.100.7 }
            }
            map services {
                type inet_service : verdict
                elements = { 22 : jump ssh, 80 : accept, 443 : accept }
            }
            chain ssh {
                ip saddr 10.0.0.0/8 accept
            }
            chain input {
                type filter hook input priority filter; policy drop;
                ip saddr @blocked drop
                tcp dport vmap @services
            }
        }
    };
    let mut nfnl = Nfnl::open(NetNs::Current)?;
    nfnl.push(&ruleset, Push::Replace)?;

    // Commands are what `nft` takes in files and as arguments. All of them are one batch.
    let text = "
        add element inet app blocked { 203.0.113.0/25, 203.0.113.128/25 }
        delete element inet app services { 80 }
        add element inet app services { 8080 : accept }
    ";
    let commands = lower::load(text, "changes", &mut NoFiles, &nfnl.declarations())?;
    nfnl.apply(&commands)?;
    let pulled = nfnl.pull()?;
    // The two halves were merged; 80 made room for 8080.
    let table = pulled.table(Family::Inet, "app").expect("it was pushed");
    let elements = |name: &str| table.set(name).map(|set| set.elements.len());
    assert_eq!((elements("blocked"), elements("services")), (Some(3), Some(3)));
    print!("{}", display(&pulled, Options::new(nfnl.environment())));
    Ok(())
}
