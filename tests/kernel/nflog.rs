//! NFLOG: what rules log reaches the listeners, packet by packet.
//!
//! The long form of the many packets: `NFT_RUNS=100000 cargo test --release --test kernel -- "none lost unseen" --nocapture`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::os::fd::AsRawFd;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use libtest_mimic::Failed;
use nft::ErrorKind;
use nft::netlink::{NetNs, Push};
use nft::nflog::{ConntrackInfo, CopyMode, Event, Flags, Group, Listener, Options, Packet};
use nft::schema::{Family, Hook};

use super::{Test, open};

pub(crate) const TESTS: &[Test] = &[
    ("nflog: everything of a packet", everything, false),
    ("nflog: how much is copied", copy_modes, false),
    ("nflog: a group has one listener", one_listener, false),
    ("nflog: options", options, false),
    ("nflog: collected packets come in time", in_time, false),
    ("nflog: a full buffer is reported", full_buffer, false),
    ("nflog: many packets, none lost unseen", many, false),
    ("nflog: after the end", after_the_end, false),
    ("nflog: near a device", near_a_device, false),
    ("packets: nflog on a bridge", on_a_bridge, false),
    #[cfg(feature = "tokio")]
    ("nflog: as a stream", stream, false),
];

const WAIT: Duration = Duration::from_secs(3);
const PORT: u16 = 4000;

fn push(text: &str) -> Result<(), Failed> {
    let ruleset = nft::parse(text).map_err(|error| format!("{error:?}"))?;
    Ok(open()?.push(&ruleset, Push::Replace)?)
}

/// A chain that logs what is sent to the port.
fn push_output(log: &str) -> Result<(), Failed> {
    push(&format!("table inet t {{ chain out {{ type filter hook output priority filter; udp dport {PORT} {log}; }}; }}"))
}

fn listen(group: u16, options: &Options) -> Result<Listener, Failed> {
    Ok(Listener::open(NetNs::Current, group, options)?)
}

/// Two sockets, of which the first sends to the second.
fn sockets(address: impl Into<IpAddr>) -> Result<(UdpSocket, UdpSocket), Failed> {
    let address = address.into();
    let receiver = UdpSocket::bind((address, PORT))?;
    let sender = UdpSocket::bind((address, 0))?;
    sender.connect((address, PORT))?;
    Ok((sender, receiver))
}

fn hear(listener: &mut Listener) -> Result<Packet, Failed> {
    let event = listener.receive(WAIT).ok_or("no packet came")??;
    event.packet().ok_or_else(|| "packets were lost".into())
}

fn silent(listener: &mut Listener) -> Result<(), Failed> {
    match listener.receive(Duration::from_millis(50)) {
        None => Ok(()),
        Some(event) => Err(format!("unexpected: {event:?}").into()),
    }
}

fn everything() -> Result<(), Failed> {
    push(
        "table inet t {
            chain out {
                type filter hook output priority filter
                udp dport 4000 ct state new,established meta mark set 0x2a log prefix \"going out \" group 100
            }
            chain in {
                type filter hook input priority filter
                udp dport 4000 log prefix \"coming in\" group 101 snaplen 20
            }
        }",
    )?;
    let flags = Flags::SEQUENCE | Flags::GLOBAL_SEQUENCE | Flags::CONNTRACK;
    let options = Options::new().with_copy_mode(CopyMode::Packet);
    let (mut out, connections) = match Listener::open(NetNs::Current, 100, &options.clone().with_flags(flags)) {
        Ok(listener) => (listener, true),
        // A kernel without that module says so.
        Err(error) => {
            assert_eq!((error.kind(), error.errno()), (ErrorKind::Kernel, Some(95)), "{error}");
            assert!(error.help().is_some_and(|help| help.contains("nf_conntrack_netlink")), "{error}");
            (listen(100, &options.with_flags(flags - Flags::CONNTRACK))?, false)
        }
    };
    let mut into = listen(101, &Options::new().with_copy_mode(CopyMode::Snaplen(64)))?;
    for (round, address) in [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()].into_iter().enumerate() {
        let (sender, _receiver) = sockets(address)?;
        let before = SystemTime::now();
        sender.send(b"hello")?;
        let (family, ether_type, head) = match address {
            IpAddr::V4(_) => (Family::Ip, 0x0800, 20),
            IpAddr::V6(_) => (Family::Ip6, 0x86dd, 40),
        };

        let packet = hear(&mut out)?;
        assert_eq!((packet.group, &*packet.prefix), (Group(100), "going out "));
        assert_eq!((packet.family(), packet.hook(), packet.ether_type), (Some(family), Some(Hook::Output), ether_type));
        assert_eq!((packet.iif, packet.oif), (None, Some(1)));
        assert_eq!(out.interface_name(1).as_deref(), Some("lo"));
        assert_eq!((packet.uid, packet.gid, packet.mark), (Some(0), Some(0), Some(0x2a)));
        assert_eq!(packet.payload.len(), head + 8 + 5);
        assert!(packet.payload.ends_with(b"hello"));
        assert_eq!(usize::from(packet.sequence.ok_or("no number")? as u8), round);
        assert_eq!(usize::from(packet.global_sequence.ok_or("no global number")? as u8), round + 1);
        let port = sender.local_addr()?.port();
        if connections {
            assert_eq!(packet.conntrack_info, Some(ConntrackInfo::NEW));
            let connection = packet.conntrack.as_ref().ok_or("no connection")?;
            let original = connection.original().ok_or("no direction")?;
            assert_eq!((original.source, original.destination, original.protocol), (address, address, 17));
            assert_eq!((original.source_port, original.destination_port), (Some(port), Some(PORT)));
            assert_eq!(connection.reply().and_then(|reply| reply.destination_port), Some(port));
            assert!(connection.id().is_some() && connection.status().is_some(), "{connection:?}");
        }
        assert!(packet.hardware_header.is_none() && packet.unknown.is_empty(), "{packet:?}");
        #[cfg(feature = "etherparse")]
        {
            let headers = packet.headers();
            let network = headers.network.ok_or("no network header")?;
            assert_eq!((network.source, network.destination, network.protocol), (address, address, 17));
            let expected = nft::nflog::Transport::Udp { source_port: port, destination_port: PORT, length: 13 };
            assert_eq!((headers.transport, headers.payload), (Some(expected), &b"hello"[..]));
        }

        let packet = hear(&mut into)?;
        assert_eq!((packet.group, &*packet.prefix), (Group(101), "coming in"));
        assert_eq!((packet.family(), packet.hook(), packet.ether_type), (Some(family), Some(Hook::Input), ether_type));
        assert_eq!((packet.iif, packet.oif), (Some(1), None));
        // The rule's snaplen is less than the listener's.
        assert_eq!(packet.payload.len(), 20);
        assert_eq!(packet.hardware_address.map(|address| address.to_string()).as_deref(), Some("00:00:00:00:00:00"));
        // ARPHRD_LOOPBACK.
        assert_eq!((packet.hardware_type, packet.hardware_length), (Some(772), Some(14)));
        let [h0, h1] = ether_type.to_be_bytes();
        let header = packet.hardware_header.as_deref().ok_or("no link header")?;
        assert_eq!(header, [&[0; 12][..], &[h0, h1]].concat());
        // Over loopback the mark stays; the number is that of this listener; connections were not asked for.
        assert_eq!((packet.mark, packet.sequence.map(|number| number as usize)), (Some(0x2a), Some(round)));
        assert_eq!((packet.global_sequence, packet.conntrack.is_none()), (None, true));
        if let Some(time) = packet.timestamp {
            let after = SystemTime::now();
            let slack = Duration::from_millis(1);
            assert!(before - slack <= time && time <= after + slack, "{before:?} {time:?} {after:?}");
        }
    }
    Ok(())
}

fn copy_modes() -> Result<(), Failed> {
    push_output("log group 1 log group 2 log group 3 log group 4 log group 5 snaplen 30")?;
    let modes = [CopyMode::None, CopyMode::Meta, CopyMode::Packet, CopyMode::Snaplen(1), CopyMode::Packet];
    let mut listeners = Vec::new();
    for (mode, group) in modes.into_iter().zip(1..) {
        listeners.push(listen(group, &Options::new().with_copy_mode(mode))?);
    }
    let (sender, _receiver) = sockets(Ipv4Addr::LOCALHOST)?;
    // The largest packet that one message must carry.
    sender.send(&vec![7; 65_507])?;
    for (listener, expected) in listeners.iter_mut().zip([0, 0, 65_531, 1, 30]) {
        let packet = hear(listener)?;
        assert_eq!((packet.payload.len(), &*packet.prefix), (expected, ""), "group {}", listener.group());
    }
    Ok(())
}

fn one_listener() -> Result<(), Failed> {
    push_output("log group 7")?;
    let options = Options::new();
    let first = listen(7, &options)?;
    let second = Listener::open(NetNs::Current, 7, &options).err().ok_or("two listeners to one group")?;
    assert_eq!((second.kind(), second.errno()), (ErrorKind::Kernel, Some(16)));
    assert_eq!(second.to_string(), "somebody listens to log group 7 already");
    // The refused one did not take the group from the first, and a dropped one leaves it at once.
    for mut listener in [first, listen(8, &options)?] {
        if listener.group() == Group(7) {
            let (sender, _receiver) = sockets(Ipv4Addr::LOCALHOST)?;
            sender.send(b"x")?;
            hear(&mut listener)?;
        }
        let group = listener.group();
        drop(listener);
        drop(Listener::open(NetNs::Current, group, &options)?);
    }
    Ok(())
}

fn options() -> Result<(), Failed> {
    let error = |options: &Options| Listener::open(NetNs::Current, 9, options).err().ok_or("accepted");
    // The kernel would take these in silence, and do something else.
    for options in [
        Options::new().with_batch_size(100),
        Options::new().with_copy_mode(CopyMode::Snaplen(0)),
        Options::new().with_time_out(Duration::MAX),
    ] {
        assert_eq!(error(&options)?.kind(), ErrorKind::Misuse);
    }
    drop(listen(9, &Options::new().with_batch_size(8192).with_time_out(Duration::from_secs(60)))?);
    // A default logger only where it is asked for.
    let logger = || std::fs::read_to_string("/proc/sys/net/netfilter/nf_log/2");
    if let Ok(before) = logger() {
        drop(listen(9, &Options::new())?);
        assert_eq!(logger()?, before);
        drop(listen(9, &Options::new().with_default_logger(Family::Ip))?);
        assert_eq!(logger()?.trim(), "nfnetlink_log");
    }
    Ok(())
}

/// The kernel's own time-out is a second: what comes after 0.4 is ours, in the right unit.
fn in_time() -> Result<(), Failed> {
    push_output("log group 11")?;
    let options = Options::new().with_queue_threshold(5).with_time_out(Duration::from_millis(400));
    let mut listener = listen(11, &options)?;
    let (sender, _receiver) = sockets(Ipv4Addr::LOCALHOST)?;
    let begin = Instant::now();
    for _ in 0..3 {
        sender.send(b"x")?;
    }
    hear(&mut listener)?;
    let waited = begin.elapsed();
    assert!((300..900).contains(&waited.as_millis()), "{waited:?}");
    hear(&mut listener)?;
    hear(&mut listener)?;
    silent(&mut listener)?;
    let begin = Instant::now();
    for _ in 0..5 {
        sender.send(b"x")?;
    }
    for _ in 0..5 {
        hear(&mut listener)?;
    }
    assert!(begin.elapsed() < Duration::from_millis(300), "a full queue waits");
    Ok(())
}

/// Packets and those reported as lost.
#[derive(Debug, Default, Eq, PartialEq)]
struct Count {
    packets: u32,
    lost: u32,
    overruns: u32,
}

impl Count {
    fn add(&mut self, event: Event) -> Result<(), Failed> {
        match event {
            Event::Packet(_) => self.packets += 1,
            Event::Lost(count) => self.lost += count,
            Event::Overrun => self.overruns += 1,
            _ => return Err("an unknown event".into()),
        }
        Ok(())
    }
}

fn full_buffer() -> Result<(), Failed> {
    push_output("log prefix \"flood\" group 12")?;
    let mut listener = listen(12, &Options::new().with_receive_buffer(8192))?;
    let (sender, _receiver) = sockets(Ipv4Addr::LOCALHOST)?;
    for _ in 0..1_000 {
        sender.send(b"x")?;
    }
    let mut count = Count::default();
    while let Some(event) = listener.receive(Duration::from_millis(50)) {
        count.add(event?)?;
    }
    assert!(count.overruns > 0 && count.packets < 900, "{count:?}");
    // The next packet tells how many there were.
    sender.send(b"x")?;
    while count.packets + count.lost < 1_001 {
        count.add(listener.receive(WAIT).ok_or_else(|| format!("lost unseen: {count:?}"))??)?;
    }
    assert_eq!(count.packets + count.lost, 1_001);
    Ok(())
}

/// At the default settings, as fast as packets can be sent: 2,000, or as many as `NFT_RUNS` says.
#[expect(clippy::print_stderr, reason = "the figures of the long form")]
fn many() -> Result<(), Failed> {
    push_output("log prefix \"one of many \" group 13")?;
    let number = std::env::var("NFT_RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000);
    let mut listener = listen(13, &Options::new())?;
    let (sender, _receiver) = sockets(Ipv4Addr::LOCALHOST)?;
    let begin = Instant::now();
    let sending = std::thread::spawn(move || -> std::io::Result<UdpSocket> {
        for _ in 0..number {
            sender.send(b"x")?;
        }
        Ok(sender)
    });
    let mut count = Count::default();
    while !sending.is_finished() {
        while let Some(event) = listener.receive(Duration::from_millis(20)) {
            count.add(event?)?;
        }
    }
    let sender = sending.join().map_err(|_| "the sender failed")??;
    let seconds = begin.elapsed().as_secs_f64();
    // One more shows what the last of them lost.
    sender.send(b"x")?;
    while count.packets + count.lost <= number {
        count.add(listener.receive(WAIT).ok_or_else(|| format!("lost unseen: {count:?}"))??)?;
    }
    assert_eq!(count.packets + count.lost, number + 1);
    if number > 2_000 {
        eprintln!("{number} packets in {seconds:.2} s, buffer {}: {count:?}", listener.receive_buffer());
    }
    Ok(())
}

fn after_the_end() -> Result<(), Failed> {
    push_output("log group 14")?;
    let mut listener = listen(14, &Options::new().with_queue_threshold(100))?;
    let (sender, _receiver) = sockets(Ipv4Addr::LOCALHOST)?;
    for _ in 0..3 {
        sender.send(b"x")?;
    }
    // What the kernel still collects it sends now.
    listener.close()?;
    sender.send(b"x")?;
    let events: Vec<Event> = listener.by_ref().collect::<Result<_, _>>()?;
    assert_eq!(events.len(), 3, "{events:?}");
    assert!(listener.next().is_none());
    // The group is free although this one still lives.
    drop(listen(14, &Options::new())?);
    listener.close()?;
    Ok(())
}

/// In the families of devices there is the link header.
fn near_a_device() -> Result<(), Failed> {
    push(
        "table netdev t {
            chain in { type filter hook ingress device \"lo\" priority filter; udp dport 4000 log group 15; }
            chain out { type filter hook egress device \"lo\" priority filter; udp dport 4000 log group 16; }
        }",
    )?;
    let options = Options::new().with_copy_mode(CopyMode::Packet);
    let (mut ingress, mut egress) = (listen(15, &options)?, listen(16, &options)?);
    let (sender, _receiver) = sockets(Ipv4Addr::LOCALHOST)?;
    sender.send(b"hello")?;
    for (listener, hook) in [(&mut ingress, Hook::Ingress), (&mut egress, Hook::Egress)] {
        let packet = hear(listener)?;
        assert_eq!((packet.family(), packet.hook()), (Some(Family::Netdev), Some(hook)));
        let header = packet.link_header.as_deref().ok_or("no link header")?;
        assert_eq!(header, [&[0; 12][..], &[8, 0]].concat(), "{hook}");
        assert!(packet.payload.ends_with(b"hello"));
        #[cfg(feature = "etherparse")]
        {
            let headers = packet.headers();
            assert_eq!(headers.network.map(|network| network.protocol), Some(17), "{hook} {:?}", packet.payload);
            assert_eq!(headers.payload, b"hello");
        }
    }
    Ok(())
}

fn tool(program: &str, arguments: &str) -> Result<(), Failed> {
    let output = Command::new(program).args(arguments.split(' ')).output()?;
    if output.status.success() {
        Ok(())
    } else {
        Err(format!("{program} {arguments}: {}", String::from_utf8_lossy(&output.stderr)).into())
    }
}

/// A bridge between two pairs of devices: a frame with a tag goes from one to the other.
fn on_a_bridge() -> Result<(), Failed> {
    push("table bridge t { chain f { type filter hook forward priority filter; ip daddr 10.77.0.255 log group 17; }; }")?;
    let mut listener = listen(17, &Options::new())?;
    let made = bridged(&mut listener);
    for device in ["port0", "port1", "bridge7"] {
        let _ = tool("ip", &format!("link del {device}"));
    }
    made
}

fn bridged(listener: &mut Listener) -> Result<(), Failed> {
    use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, sendto, socket};

    tool("ip", "link add bridge7 type bridge")?;
    for number in [0, 1] {
        tool("ip", &format!("link add port{number} type veth peer name end{number}"))?;
        tool("ip", &format!("link set port{number} master bridge7"))?;
    }
    for device in ["bridge7", "port0", "port1", "end0", "end1"] {
        tool("ip", &format!("link set {device} up"))?;
    }
    let sender = nix::ifaddrs::getifaddrs()?
        .find(|interface| interface.interface_name == "end0")
        .and_then(|interface| interface.address?.as_link_addr().copied())
        .ok_or("no link address")?;
    let raw = socket(AddressFamily::Packet, SockType::Raw, SockFlag::empty(), SockProtocol::EthAll)?;
    // To all, from one of our own, priority 3, network 10.
    let mut frame = vec![0xff; 6];
    frame.extend([0x02, 0, 0, 0, 0, 0x77, 0x81, 0, 0x60, 0x0a, 8, 0]);
    frame.extend([0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 77, 0, 1, 10, 77, 0, 255]);
    frame.extend([0x0f, 0xa0, 0x0f, 0xa0, 0, 8, 0, 0]);
    // A port of a bridge forwards once it has seen that its device is up.
    let mut found = None;
    for _ in 0..100 {
        sendto(raw.as_raw_fd(), &frame, &sender, MsgFlags::empty())?;
        if let Some(event) = listener.receive(Duration::from_millis(100)) {
            found = event?.packet();
            break;
        }
    }
    let packet = found.ok_or("nothing was forwarded")?;
    let name = |index: Option<u32>| index.and_then(|index| listener.interface_name(index)).unwrap_or_default();
    let names = [packet.iif, packet.physical_iif, packet.oif, packet.physical_oif].map(name);
    assert_eq!(names, ["bridge7", "port0", "bridge7", "port1"]);
    assert_eq!((packet.family(), packet.hook()), (Some(Family::Bridge), Some(Hook::Forward)));
    let vlan = packet.vlan.ok_or("no tag")?;
    assert_eq!((vlan.protocol, vlan.id(), vlan.priority(), vlan.drop_eligible()), (0x8100, 10, 3, false));
    assert_eq!(packet.hardware_address.map(|address| address.to_string()).as_deref(), Some("02:00:00:00:00:77"));
    // The tag was taken out of the header.
    let header = [&frame[..12], &[8, 0]].concat();
    assert_eq!(packet.link_header.as_deref(), Some(&header[..]));
    Ok(())
}

#[cfg(feature = "tokio")]
fn stream() -> Result<(), Failed> {
    use std::future::poll_fn;
    use std::pin::Pin;

    push_output("log prefix \"async\" group 18")?;
    let mut listener = listen(18, &Options::new())?;
    let (sender, _receiver) = sockets(Ipv4Addr::LOCALHOST)?;
    // Two before the stream begins, of which one has been read from the socket.
    sender.send(b"x")?;
    sender.send(b"x")?;
    hear(&mut listener)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut stream = listener.into_stream()?;
        let mut next = async || {
            let event = poll_fn(|context| futures_core::Stream::poll_next(Pin::new(&mut stream), context));
            tokio::time::timeout(WAIT, event).await
        };
        for round in 0..100 {
            let event = next().await?.ok_or("the stream ended")??;
            assert_eq!(event.packet().and_then(|packet| packet.sequence), Some(round + 1));
            // The next comes while it waits.
            let sender = sender.try_clone()?;
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(1));
                sender.send(b"x")
            });
        }
        next().await?.ok_or("the stream ended")??;
        let quiet = poll_fn(|context| futures_core::Stream::poll_next(Pin::new(&mut stream), context));
        assert!(tokio::time::timeout(Duration::from_millis(50), quiet).await.is_err(), "too many");
        stream.source_mut().close()?;
        let end = poll_fn(|context| futures_core::Stream::poll_next(Pin::new(&mut stream), context));
        assert!(tokio::time::timeout(WAIT, end).await?.is_none());
        Ok(())
    })
}
