//! Packets: what a pushed ruleset does to real traffic between two namespaces joined by a veth pair.

mod peer;
mod reconcile;

use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use libtest_mimic::Failed;
use nft::model::{Ruleset, Stmt};
use nft::netlink::Push;

use peer::Peer;

pub(crate) use peer::serve;

/// What these tests need besides the kernel.
pub(crate) const TESTS: &[crate::Test] = &[
    ("packets: replies pass a drop policy", replies_pass, false),
    ("packets: redirect", redirect, false),
    ("packets: snat", snat, false),
    ("packets: a set decides", set_decides, false),
    ("packets: a stream survives reconciliation", reconcile::stream_survives, false),
    ("packets: moved rules", reconcile::moved_rules, false),
];

/// Whether there is a tool that makes devices.
pub(crate) fn possible() -> bool {
    std::process::Command::new("ip").arg("-V").output().is_ok_and(|output| output.status.success())
}

/// Addresses of the two ends.
const HERE: Ipv4Addr = Ipv4Addr::new(10, 9, 0, 1);
const THERE: Ipv4Addr = Ipv4Addr::new(10, 9, 0, 2);

fn read(text: &str) -> Result<Ruleset, Failed> {
    Ok(nft::syntax::lower::ruleset(text).map_err(|error| format!("{error:?}"))?)
}

fn push(text: &str) -> Result<(), Failed> {
    Ok(crate::open()?.push(&read(text)?, Push::Replace)?)
}

/// Accepts one connection in the background.
fn listen(port: u16) -> Result<TcpListener, Failed> {
    Ok(TcpListener::bind((Ipv4Addr::UNSPECIFIED, port))?)
}

fn replies_pass() -> Result<(), Failed> {
    let mut peer = Peer::new()?;
    peer.ask("listen 7000")?;
    let _listener = listen(7001)?;
    push("table ip t { chain input { type filter hook input priority filter; policy drop; iif lo accept; }; }")?;
    let there = SocketAddr::from((THERE, 7000));
    if TcpStream::connect_timeout(&there, Duration::from_millis(300)).is_ok() {
        return Err("a drop policy lets replies in".into());
    }
    push(
        "table ip t { chain input { type filter hook input priority filter; policy drop; ct state established,related accept; }; }",
    )?;
    let mut stream = TcpStream::connect_timeout(&there, Duration::from_secs(3))?;
    stream.set_read_timeout(Some(Duration::from_secs(3)))?;
    let mut greeting = String::new();
    stream.read_to_string(&mut greeting)?;
    if !greeting.starts_with("hello") {
        return Err(format!("no greeting but {greeting:?}").into());
    }
    expect(&mut peer, &format!("connect {HERE} 7001"), "timeout")?;
    push(
        "table ip t { chain input { type filter hook input priority filter; policy drop; ct state established,related accept
        tcp dport 7001 accept; }; }",
    )?;
    expect(&mut peer, &format!("connect {HERE} 7001"), "connected")
}

fn redirect() -> Result<(), Failed> {
    let mut peer = Peer::new()?;
    let listener = listen(7001)?;
    expect(&mut peer, &format!("connect {HERE} 8000"), "refused")?;
    push("table ip nat { chain pre { type nat hook prerouting priority dstnat; tcp dport 8000 redirect to :7001; }; }")?;
    expect(&mut peer, &format!("connect {HERE} 8000"), "connected")?;
    let (_, from) = listener.accept()?;
    if from.ip() == THERE { Ok(()) } else { Err(format!("the connection came from {from}").into()) }
}

fn snat() -> Result<(), Failed> {
    let mut peer = Peer::new()?;
    peer.ask("listen 7000")?;
    push(
        "table ip nat { chain post { type nat hook postrouting priority srcnat; ip daddr 10.9.0.2 tcp dport 7000 snat to 10.9.0.77:5000-5010; }; }",
    )?;
    peer.ask("arp 10.9.0.77")?;
    let mut stream = TcpStream::connect_timeout(&SocketAddr::from((THERE, 7000)), Duration::from_secs(3))?;
    stream.set_read_timeout(Some(Duration::from_secs(3)))?;
    let mut greeting = String::new();
    stream.read_to_string(&mut greeting)?;
    if greeting.starts_with("hello 10.9.0.77:50") { Ok(()) } else { Err(format!("not translated: {greeting:?}").into()) }
}

fn set_decides() -> Result<(), Failed> {
    let mut peer = Peer::new()?;
    let _listener = listen(7001)?;
    let table = |elements: &str| {
        format!(
            "table ip t {{
                set allowed {{ type ipv4_addr; flags interval; {elements} }}
                chain input {{
                    type filter hook input priority filter; policy drop
                    tcp dport 7001 counter ip saddr @allowed accept
                }}
            }}"
        )
    };
    push(&table("elements = { 10.9.1.0/24, 10.9.0.3-10.9.0.9 }"))?;
    expect(&mut peer, &format!("connect {HERE} 7001"), "timeout")?;
    push(&table("elements = { 10.9.1.0/24, 10.9.0.2-10.9.0.9 }"))?;
    expect(&mut peer, &format!("connect {HERE} 7001"), "connected")?;
    let ruleset = crate::open()?.pull()?;
    let rule = ruleset.tables.iter().flat_map(|table| &table.chains).flat_map(|chain| &chain.rules).next();
    let counted =
        rule.is_some_and(|rule| rule.stmts.iter().any(|stmt| matches!(stmt, Stmt::Counter { packets: 1.., bytes: 1.. })));
    if counted { Ok(()) } else { Err(format!("nothing counted: {rule:?}").into()) }
}

fn expect(peer: &mut Peer, request: &str, expected: &str) -> Result<(), Failed> {
    let answer = peer.ask(request)?;
    if answer == expected { Ok(()) } else { Err(format!("{request}: expected {expected}, found {answer}").into()) }
}
