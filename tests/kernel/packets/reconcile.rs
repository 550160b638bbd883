//! Reconciliation under traffic: what does not change is not disturbed, and the order that is wanted is the order that packets see.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use libtest_mimic::Failed;
use nft::netlink::{Push, Reconcile};

use super::peer::{Peer, retransmissions};
use super::{HERE, THERE, expect, listen, read};

/// A stream through a drop policy, with 200 reconciliations of other rules meanwhile: no segment is sent twice.
pub(super) fn stream_survives() -> Result<(), Failed> {
    let mut peer = Peer::new()?;
    peer.ask("echo 7002")?;
    let table = |number: usize| {
        let others: String =
            (0..number % 7 + 3).map(|rule| format!("tcp dport {} counter drop; ", 100 + number * 3 + rule)).collect();
        read(&format!(
            "table ip t {{
                set s {{ type inet_service; elements = {{ {}, {} }}; }}
                chain input {{
                    type filter hook input priority filter; policy drop;
                    {others}
                    tcp sport 7002 ct state established counter accept comment \"the stream\"
                    tcp dport @s accept
                }}
            }}",
            8000 + number,
            9000 + number
        ))
    };
    let mut nfnl = crate::open()?;
    nfnl.push(&table(0)?, Push::Replace)?;
    let before = (retransmissions()?, peer.ask("retransmissions")?);
    let mut stream = TcpStream::connect_timeout(&SocketAddr::from((THERE, 7002)), Duration::from_secs(3))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(3)))?;
    let stop = AtomicBool::new(false);
    let echoed = thread::scope(|scope| {
        let traffic = scope.spawn(|| -> std::io::Result<usize> {
            let (mut echoed, mut buffer) = (0, [0; 1000]);
            while !stop.load(Ordering::Relaxed) {
                buffer.fill(u8::try_from(echoed % 251).unwrap_or(0));
                stream.write_all(&buffer)?;
                let sent = buffer;
                stream.read_exact(&mut buffer)?;
                if buffer != sent {
                    return Err(std::io::Error::other("other bytes came back"));
                }
                echoed += 1;
            }
            Ok(echoed)
        });
        let mut run = || -> Result<(), Failed> {
            for number in 1..=200 {
                let outcome = nfnl.reconcile(&table(number)?, &Reconcile::new())?;
                assert!(!outcome.patch.is_empty());
                thread::sleep(Duration::from_millis(1));
            }
            Ok(())
        };
        let result = run();
        stop.store(true, Ordering::Relaxed);
        let echoed = traffic.join().map_err(|_| "the traffic failed")?;
        result.and_then(|()| Ok(echoed?))
    })?;
    assert!(echoed > 200, "{echoed} round trips are no stream");
    assert_eq!(before, (retransmissions()?, peer.ask("retransmissions")?), "segments were lost");
    let counted = nft::to_string(&nfnl.pull()?);
    let stream = counted.lines().find(|line| line.contains("the stream")).ok_or("the stream's rule is gone")?;
    assert!(!stream.contains("packets 0 "), "its counter was kept through it all: {stream}");
    let packets: usize =
        stream.split("packets ").nth(1).and_then(|rest| rest.split(' ').next()).ok_or("no counter")?.parse()?;
    assert!(packets >= echoed, "{packets} packets of {echoed} round trips");
    Ok(())
}

/// A rule moves before another and back.
pub(super) fn moved_rules() -> Result<(), Failed> {
    let mut peer = Peer::new()?;
    let _listener = listen(7001)?;
    let table = |first: &str, last: &str| {
        let between: String = (0..20).map(|rule| format!("tcp dport {} accept; ", 100 + rule)).collect();
        read(&format!(
            "table ip t {{ chain input {{ type filter hook input priority filter; policy accept; {first}; {between} {last}; }}; }}"
        ))
    };
    let (accept, drop) = ("tcp dport 7001 accept", "tcp dport 7001 drop");
    let mut nfnl = crate::open()?;
    nfnl.push(&table(accept, drop)?, Push::Replace)?;
    expect(&mut peer, &format!("connect {HERE} 7001"), "connected")?;
    for _ in 0..3 {
        nfnl.reconcile(&table(drop, accept)?, &Reconcile::new())?;
        expect(&mut peer, &format!("connect {HERE} 7001"), "timeout")?;
        nfnl.reconcile(&table(accept, drop)?, &Reconcile::new())?;
        expect(&mut peer, &format!("connect {HERE} 7001"), "connected")?;
    }
    Ok(())
}
