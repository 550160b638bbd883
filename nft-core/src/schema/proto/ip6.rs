//! IPv6.

use super::{AH, COMP, DCCP, ESP, GRE, GRETAP, ICMP, ICMPV6, IGMP, SCTP, TCP, UDP, UDPLITE};
use crate::schema::datatype::DataType;
use crate::schema::header::{Base, Header, Link, field};

/// IPv6.
#[rustfmt::skip]
pub static IP6: Header = Header::new("ip6", Base::Network, &[
    //    nr  token        type                  offset bits
    field( 1, "version",   DataType::INTEGER,      0,   4),
    field( 2, "dscp",      DataType::DSCP,         4,   6),
    field( 3, "ecn",       DataType::ECN,         10,   2),
    field( 4, "flowlabel", DataType::INTEGER,     12,  20),
    field( 5, "length",    DataType::INTEGER,     32,  16).pseudo(),
    field( 6, "nexthdr",   DataType::INET_PROTO,  48,   8).pseudo(),
    field( 7, "hoplimit",  DataType::INTEGER,     56,   8),
    field( 8, "saddr",     DataType::IPV6_ADDR,   64, 128).pseudo(),
    field( 9, "daddr",     DataType::IPV6_ADDR,  192, 128).pseudo(),
]).desc(13).protocol(6).linked_by(Link::L4Protocol)
    .upper(&[(50, &ESP), (51, &AH), (108, &COMP), (17, &UDP), (136, &UDPLITE), (6, &TCP), (33, &DCCP), (132, &SCTP), (1, &ICMP), (2, &IGMP), (58, &ICMPV6), (47, &GRE), (47, &GRETAP)]);

const _: () = IP6.check();
