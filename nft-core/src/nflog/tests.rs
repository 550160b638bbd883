//! Decoding, offline, and a listener whose kernel answers as it should, or does not.

use std::time::{Duration, UNIX_EPOCH};

use super::*;
use crate::schema::{Family, Hook};
use crate::uapi::nfnetlink::NFNL_SUBSYS_ULOG;
use crate::uapi::nfnetlink_conntrack::*;
use crate::uapi::nfnetlink_log::*;
use crate::wire::{Header, Messages, Writer};

fn header(kind: u8, group: u16) -> Header {
    let kind = u16::from_be_bytes([NFNL_SUBSYS_ULOG, kind]);
    Header { kind, flags: 0, sequence: 0, port: 0, family: 2, resource: group }
}

/// A message of a packet of group 5 with these attributes.
fn packet_message(attributes: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::new();
    let mark = writer.begin_message(&header(NFULNL_MSG_PACKET, 5));
    attributes(&mut writer);
    writer.end_message(mark);
    writer.finish().unwrap()
}

fn decode(bytes: &[u8]) -> Result<Option<Packet>, crate::wire::Error> {
    Packet::decode(&Messages::new(bytes).next().unwrap()?)
}

#[test]
fn every_attribute() {
    let bytes = packet_message(|writer| {
        writer.bytes(NFULA_PACKET_HDR, &[0x08, 0x00, 3, 0]);
        writer.bytes(NFULA_MARK, &[0, 0, 0, 42]);
        writer.slices(NFULA_TIMESTAMP, [&7_u64.to_be_bytes(), &5_u64.to_be_bytes()]);
        writer.u32(NFULA_IFINDEX_INDEV, 1);
        writer.u32(NFULA_IFINDEX_OUTDEV, 2);
        writer.u32(NFULA_IFINDEX_PHYSINDEV, 3);
        writer.u32(NFULA_IFINDEX_PHYSOUTDEV, 4);
        writer.bytes(NFULA_HWADDR, &[0, 6, 0, 0, 2, 0, 0, 0, 0, 0xab, 0xff, 0xff]);
        writer.bytes(NFULA_PAYLOAD, b"payload");
        writer.text(NFULA_PREFIX, "a prefix");
        writer.u32(NFULA_UID, 1000);
        writer.u32(NFULA_SEQ, 8);
        writer.u32(NFULA_SEQ_GLOBAL, 9);
        writer.u32(NFULA_GID, 100);
        writer.u16(NFULA_HWTYPE, 1);
        writer.bytes(NFULA_HWHEADER, &[1; 14]);
        writer.u16(NFULA_HWLEN, 14);
        writer.nest(NFULA_CT, |writer| {
            writer.nest(CTA_TUPLE_ORIG, |writer| {
                writer.nest(CTA_TUPLE_IP, |writer| {
                    writer.bytes(CTA_IP_V4_SRC, &[10, 0, 0, 1]);
                    writer.bytes(CTA_IP_V4_DST, &[10, 0, 0, 2]);
                });
                writer.nest(CTA_TUPLE_PROTO, |writer| {
                    writer.u8(CTA_PROTO_NUM, 6);
                    writer.u16(CTA_PROTO_SRC_PORT, 40_000);
                    writer.u16(CTA_PROTO_DST_PORT, 22);
                });
            });
            writer.nest(CTA_TUPLE_REPLY, |writer| {
                writer.nest(CTA_TUPLE_IP, |writer| {
                    writer.bytes(CTA_IP_V6_SRC, &[1; 16]);
                    writer.bytes(CTA_IP_V6_DST, &[2; 16]);
                });
                writer.nest(CTA_TUPLE_PROTO, |writer| {
                    writer.u8(CTA_PROTO_NUM, 58);
                    writer.u16(CTA_PROTO_ICMPV6_ID, 0x1234);
                    writer.u8(CTA_PROTO_ICMPV6_TYPE, 128);
                    writer.u8(CTA_PROTO_ICMPV6_CODE, 1);
                });
            });
            writer.u32(CTA_STATUS, 0x188);
            writer.u32(CTA_MARK, 0xff);
            writer.u32(CTA_ID, 0x0102_0304);
            writer.u32(CTA_TIMEOUT, 30);
            writer.u16(CTA_ZONE, 12);
        });
        writer.u32(NFULA_CT_INFO, 2);
        writer.nest(NFULA_VLAN, |writer| {
            writer.u16(NFULA_VLAN_PROTO, 0x8100);
            writer.u16(NFULA_VLAN_TCI, 0xb00a);
        });
        writer.bytes(NFULA_L2HDR, &[2; 14]);
        writer.bytes(99, b"new");
    });
    let packet = decode(&bytes).unwrap().unwrap();
    assert_eq!((packet.group, packet.family(), packet.hook()), (Group(5), Some(Family::Ip), Some(Hook::Output)));
    assert_eq!((packet.ether_type, packet.mark), (0x0800, Some(42)));
    assert_eq!(packet.timestamp, Some(UNIX_EPOCH + Duration::new(7, 5_000)));
    assert_eq!((packet.iif, packet.oif, packet.physical_iif, packet.physical_oif), (Some(1), Some(2), Some(3), Some(4)));
    assert_eq!(packet.hardware_address.unwrap().to_string(), "02:00:00:00:00:ab");
    assert_eq!((packet.hardware_type, packet.hardware_length), (Some(1), Some(14)));
    assert_eq!((packet.hardware_header.as_deref(), packet.link_header.as_deref()), (Some(&[1; 14][..]), Some(&[2; 14][..])));
    assert_eq!((&*packet.payload, &*packet.prefix), (&b"payload"[..], "a prefix"));
    assert_eq!((packet.uid, packet.gid, packet.sequence, packet.global_sequence), (Some(1000), Some(100), Some(8), Some(9)));
    assert_eq!(packet.conntrack_info.map(|info| info.to_string()).as_deref(), Some("new"));
    let vlan = packet.vlan.unwrap();
    assert_eq!((vlan.protocol, vlan.id(), vlan.priority(), vlan.drop_eligible()), (0x8100, 10, 5, true));
    let connection = packet.conntrack.unwrap();
    let original = connection.original().unwrap();
    assert_eq!((original.source.to_string(), original.destination.to_string()), ("10.0.0.1".into(), "10.0.0.2".into()));
    assert_eq!((original.protocol, original.source_port, original.destination_port), (6, Some(40_000), Some(22)));
    let reply = connection.reply().unwrap();
    assert_eq!((reply.protocol, reply.source_port, reply.icmp), (58, None, Some((128, 1, 0x1234))));
    assert_eq!((connection.status(), connection.mark(), connection.zone()), (Some(0x188), Some(0xff), Some(12)));
    assert_eq!((connection.id(), connection.timeout()), (Some(0x0102_0304), Some(30)));
    assert_eq!(packet.unknown, [7, 0, 99, 0, b'n', b'e', b'w', 0]);
}

#[test]
fn odd_packets() {
    // Nothing known of it.
    let packet = decode(&packet_message(|_| {})).unwrap().unwrap();
    assert_eq!(packet, Packet { group: Group(5), nfproto: 2, ..Packet::default() });
    // A prefix that is no UTF-8, and none with a NUL.
    let packet = decode(&packet_message(|writer| writer.bytes(NFULA_PREFIX, &[b'a', 0xff]))).unwrap().unwrap();
    assert_eq!(&*packet.prefix, "a\u{fffd}");
    // A time that this machine cannot say is kept as it is.
    let packet = decode(&packet_message(|writer| writer.bytes(NFULA_TIMESTAMP, &[0xff; 16]))).unwrap().unwrap();
    assert_eq!((packet.timestamp, packet.unknown.len()), (None, 20));
    // An address that claims to be longer than its field.
    let packet = decode(&packet_message(|writer| writer.bytes(NFULA_HWADDR, &[0xff; 12]))).unwrap().unwrap();
    assert_eq!(packet.hardware_address.unwrap().len(), 8);
    // Values of a wrong width.
    for (kind, width) in [(NFULA_PACKET_HDR, 3), (NFULA_MARK, 2), (NFULA_TIMESTAMP, 8), (NFULA_HWADDR, 4), (NFULA_VLAN, 1)] {
        assert!(decode(&packet_message(|writer| writer.bytes(kind, &vec![0; width]))).is_err(), "{kind}");
    }
    // A connection is read as far as it can be.
    let packet = decode(&packet_message(|writer| writer.bytes(NFULA_CT, &[1; 7]))).unwrap().unwrap();
    let connection = packet.conntrack.unwrap();
    assert_eq!((connection.original(), connection.mark()), (None, None));
    // Another message is no packet.
    let mut other = packet_message(|_| {});
    other[4] = NFULNL_MSG_CONFIG;
    assert_eq!(decode(&other), Ok(None));
}

#[cfg(all(feature = "netlink", target_os = "linux"))]
mod listening {
    use std::io;

    use super::*;
    use crate::ErrorKind;
    use crate::netlink::{Recorder, Replies};
    use crate::uapi::netlink::{NLM_F_ACK, NLM_F_MULTI, NLM_F_REQUEST, NLMSG_DONE};

    const NOBUFS: i32 = 105;

    /// The command, `NFULNL_CFG_CMD_*`, and the sequence number of a message.
    fn command(sent: &[u8]) -> (Option<u8>, u32) {
        let message = Messages::new(sent).next().unwrap().unwrap();
        let command = message.reader().find(NFULA_CFG_CMD).unwrap();
        (command.map(|attribute| attribute.payload[0]), message.header.sequence)
    }

    /// A kernel that takes everything and sends these datagrams after the group was taken.
    fn kernel(datagrams: impl IntoIterator<Item = io::Result<Vec<u8>>>) -> Recorder {
        let mut datagrams: Replies = datagrams.into_iter().collect();
        Recorder::new(move |sent| {
            let mut replies = vec![Ok(Recorder::acknowledge(command(sent).1, 0))];
            replies.append(&mut datagrams);
            replies
        })
    }

    fn numbered(number: u32) -> Vec<u8> {
        packet_message(|writer| writer.u32(NFULA_SEQ, number))
    }

    fn open(transport: Recorder) -> Result<Listener<Recorder>, crate::Error> {
        Listener::with_transport(transport, 5, &Options::new().with_answer_within(Duration::from_millis(10)))
    }

    fn rest(listener: &mut Listener<Recorder>) -> Vec<Event> {
        std::iter::from_fn(|| listener.receive(Duration::ZERO)).map(Result::unwrap).collect()
    }

    fn number(event: &Event) -> u32 {
        match event {
            Event::Packet(packet) => packet.sequence.unwrap(),
            Event::Lost(count) => 1000 + count,
            Event::Overrun => 2000,
        }
    }

    #[test]
    fn configuration() {
        let options = Options::new()
            .with_copy_mode(CopyMode::Snaplen(96))
            .with_queue_threshold(7)
            .with_time_out(Duration::from_millis(101))
            .with_batch_size(8192)
            .with_flags(Flags::SEQUENCE | Flags::CONNTRACK)
            .with_default_logger(Family::Ip6);
        let mut listener = Listener::with_transport(kernel([]), 0x1234, &options).unwrap();
        listener.close().unwrap();
        let [bind, logger, unbind] = listener.transport().sent() else { panic!("three messages") };
        let message = Messages::new(bind).next().unwrap().unwrap();
        assert_eq!((message.header.kind, message.header.flags), (0x0401, NLM_F_REQUEST | NLM_F_ACK));
        assert_eq!((message.header.family, message.header.resource), (0, 0x1234));
        let expected = [
            (NFULA_CFG_CMD, vec![1]),
            // `nfulnl_msg_config_mode`: the range first, packed.
            (NFULA_CFG_MODE, vec![0, 0, 0, 96, 2, 0]),
            (NFULA_CFG_NLBUFSIZ, vec![0, 0, 0x20, 0]),
            // Hundredths of a second, the next higher.
            (NFULA_CFG_TIMEOUT, vec![0, 0, 0, 11]),
            (NFULA_CFG_QTHRESH, vec![0, 0, 0, 7]),
            (NFULA_CFG_FLAGS, vec![0, 5]),
        ];
        let found: Vec<(u16, Vec<u8>)> =
            message.reader().map(Result::unwrap).map(|attribute| (attribute.kind, attribute.payload.to_vec())).collect();
        assert_eq!(found, expected);
        let header = Messages::new(logger).next().unwrap().unwrap().header;
        assert_eq!((command(logger).0, header.family, header.resource), (Some(3), 10, 0));
        assert_eq!(command(unbind).0, Some(2));
        assert_eq!(rest(&mut listener), []);
        drop(listener);
    }

    #[test]
    fn defaults() {
        let listener = open(kernel([])).unwrap();
        let message = Messages::new(&listener.transport().sent()[0]).next().unwrap().unwrap();
        let found: Vec<(u16, &[u8])> =
            message.reader().map(Result::unwrap).map(|attribute| (attribute.kind, attribute.payload)).collect();
        let expected: [(u16, &[u8]); 4] = [
            (NFULA_CFG_CMD, &[1]),
            (NFULA_CFG_MODE, &[0, 0, 0, 0, 1, 0]),
            (NFULA_CFG_QTHRESH, &[0, 0, 0, 1]),
            (NFULA_CFG_FLAGS, &[0, 1]),
        ];
        assert_eq!(found, expected);
        assert_eq!((listener.receive_buffer(), listener.interface_name(1)), (4 << 20, None));
    }

    #[test]
    fn refusals() {
        let refusing = |answers: &'static [(u8, i32)]| {
            open(Recorder::new(move |sent| {
                let message = Messages::new(sent).next().unwrap().unwrap().header;
                let errno = answers.iter().find(|(kind, _)| *kind == message.message()).unwrap().1;
                vec![Ok(Recorder::acknowledge(message.sequence, errno))]
            }))
            .unwrap_err()
        };
        let busy = refusing(&[(NFULNL_MSG_CONFIG, 16)]);
        assert_eq!((busy.kind(), busy.errno()), (ErrorKind::Kernel, Some(16)));
        // Another socket's group: the kernel says EPERM, but hears other messages (ENOTSUPP).
        let taken = refusing(&[(NFULNL_MSG_CONFIG, 1), (NFULNL_MSG_PACKET, 524)]);
        assert_eq!((taken.errno(), taken.to_string()), (Some(16), "somebody listens to log group 5 already".into()));
        let forbidden = refusing(&[(NFULNL_MSG_CONFIG, 1), (NFULNL_MSG_PACKET, 1)]);
        assert_eq!(forbidden.errno(), Some(1));
        assert!(forbidden.to_string().contains("CAP_NET_ADMIN"), "{forbidden}");
        let missing = refusing(&[(NFULNL_MSG_CONFIG, 22)]);
        assert_eq!(missing.errno(), Some(22));
        // The default logger is refused after the group was taken: it is given up again.
        let mut transport = Some(Recorder::new(|sent| {
            let (command, sequence) = command(sent);
            vec![Ok(Recorder::acknowledge(sequence, if command == Some(3) { 2 } else { 0 }))]
        }));
        let options = Options::new().with_default_logger(Family::Ip);
        let error = Listener::with_transport(transport.take().unwrap(), 5, &options).unwrap_err();
        assert_eq!(error.errno(), Some(2));
        // No answer at all is no success.
        let silent = open(Recorder::new(|_| Vec::new())).unwrap_err();
        assert_eq!(silent.kind(), ErrorKind::Reply);
    }

    #[test]
    fn lost_answers() {
        // The buffer was full when the kernel answered; the settings are said again, and the packets that came are not lost.
        let mut times = 0;
        let mut listener = open(Recorder::new(move |sent| {
            times += 1;
            let (command, sequence) = command(sent);
            match (times, command) {
                (1, Some(1)) => vec![Ok(numbered(0)), Err(io::Error::from_raw_os_error(NOBUFS)), Ok(numbered(3))],
                (2, None) => vec![Ok(Recorder::acknowledge(sequence, 0))],
                // The end the same way: the second time there is no such listener any more.
                (3, Some(2)) => vec![Err(io::Error::from_raw_os_error(NOBUFS))],
                (4, Some(2)) => vec![Ok(Recorder::acknowledge(sequence, 19))],
                other => panic!("{other:?}"),
            }
        }))
        .unwrap();
        listener.close().unwrap();
        let events: Vec<u32> = rest(&mut listener).iter().map(number).collect();
        assert_eq!(events, [0, 2000, 1002, 3, 2000]);
        assert!(listener.next().is_none());
        // A listener that never learns whether it listens is none.
        let error = open(Recorder::new(|_| vec![Err(io::Error::from_raw_os_error(NOBUFS))])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Reply);
    }

    #[test]
    fn gaps() {
        let together = [numbered(2), numbered(5), Recorder::control(NLMSG_DONE, NLM_F_MULTI, 0, &[0; 4])].concat();
        let mut broken = numbered(6);
        broken.extend([9, 0, 0, 0]);
        let datagrams = [
            Ok(numbered(1)),
            Ok(together),
            Err(io::Error::from_raw_os_error(NOBUFS)),
            Ok(broken),
            Ok(numbered(7)),
            Ok(Recorder::acknowledge(1, 5)),
        ];
        let mut listener = open(kernel(datagrams)).unwrap();
        let mut found = Vec::new();
        while let Some(event) = listener.receive(Duration::ZERO) {
            found.push(event.map(|event| number(&event)).map_err(|error| error.kind()));
        }
        let expected = [Ok(1001), Ok(1), Ok(2), Ok(1002), Ok(5), Ok(2000), Ok(6), Err(ErrorKind::Reply), Ok(7)];
        assert_eq!(found, expected);
    }

    #[test]
    fn numbers_begin_anew_after_the_last() {
        let mut listener = open(kernel([Ok(numbered(u32::MAX)), Ok(numbered(0)), Ok(numbered(2))])).unwrap();
        let events: Vec<u32> = rest(&mut listener).iter().map(number).collect();
        // The first number is one before the expected 0: nothing that could be lost.
        assert_eq!(events, [u32::MAX, 0, 1001, 2]);
    }

    #[test]
    fn a_broken_socket_ends() {
        let mut listener = open(kernel([Ok(numbered(0)), Err(io::Error::from_raw_os_error(9))])).unwrap();
        assert_eq!(number(&listener.next().unwrap().unwrap()), 0);
        assert_eq!(listener.next().unwrap().unwrap_err().errno(), Some(9));
        assert!(listener.next().is_none());
    }
}
