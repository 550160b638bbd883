//! Packets that rules log, as they pass: the program sends some to itself and hears of them.
//!
//! ```text
//! cargo run --example nflog
//! ```
#![allow(clippy::print_stdout, reason = "a program that prints")]

use std::net::UdpSocket;
use std::time::Duration;

use nft::netlink::{NetNs, Nfnl, Push};
use nft::nflog::{CopyMode, Event, Group, Listener, Options};
use nft::{Error, nft};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A user and network namespace of our own: nothing of the machine's traffic is seen.
    NetNs::isolate()?;

    let group = Group(5);
    push()?;

    // Before the first packet: what is logged to a group without a listener is gone.
    let options = Options::new().with_copy_mode(CopyMode::Snaplen(64));
    let mut listener = Listener::open(NetNs::Current, group, &options)?;

    let receiver = UdpSocket::bind("127.0.0.1:4000")?;
    let sender = UdpSocket::bind("127.0.0.1:0")?;
    for word in ["one", "two", "three"] {
        sender.send_to(word.as_bytes(), receiver.local_addr()?)?;
    }

    // An iterator would wait for the next packet as long as it takes; this waits half a second.
    while let Some(event) = listener.receive(Duration::from_millis(500)) {
        match event? {
            Event::Packet(packet) => {
                let interface = |index: Option<u32>| index.and_then(|index| listener.interface_name(index)).unwrap_or_default();
                println!(
                    "{}{} {} in \"{}\" out \"{}\" user {:?}, {} bytes copied, the last of them \"{}\"",
                    packet.prefix,
                    packet.family().map_or("?", nft::schema::Family::name),
                    packet.hook().map_or("?", nft::schema::Hook::name),
                    interface(packet.iif),
                    interface(packet.oif),
                    packet.uid,
                    packet.payload.len(),
                    packet.payload.get(28..).unwrap_or_default().escape_ascii(),
                );
            }
            Event::Lost(count) => println!("{count} packets were lost"),
            Event::Overrun => println!("the receive buffer was full"),
            _ => {}
        }
    }
    // Dropping does it too, without a word where it fails.
    Ok(listener.close()?)
}

/// Rules that log, and judge nothing.
fn push() -> Result<(), Error> {
    let ruleset = nft! {
        table inet watch {
            chain output {
                type filter hook output priority filter
                udp dport 4000 log prefix "sent: " group 5
            }
            chain input {
                type filter hook input priority filter
                udp dport 4000 log prefix "received: " group 5 snaplen 30
            }
        }
    };
    Nfnl::open(NetNs::Current)?.push(&ruleset, Push::Replace)
}
