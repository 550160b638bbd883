//! IPv4.

use super::{AH, COMP, DCCP, ESP, GRE, GRETAP, ICMP, ICMPV6, IGMP, SCTP, TCP, UDP, UDPLITE};
use crate::schema::datatype::DataType;
use crate::schema::header::{Base, ChecksumKind, Header, Link, field};

/// IPv4.
#[rustfmt::skip]
pub static IP: Header = Header::new("ip", Base::Network, &[
    //    nr  token        type                  offset bits
    field( 1, "version",   DataType::INTEGER,      0,   4),
    field( 2, "hdrlength", DataType::INTEGER,      4,   4),
    field( 3, "dscp",      DataType::DSCP,         8,   6),
    field( 4, "ecn",       DataType::ECN,         14,   2),
    field( 5, "length",    DataType::INTEGER,     16,  16).pseudo(),
    field( 6, "id",        DataType::INTEGER,     32,  16),
    field( 7, "frag-off",  DataType::XINTEGER,    48,  16),
    field( 8, "ttl",       DataType::INTEGER,     64,   8),
    field( 9, "protocol",  DataType::INET_PROTO,  72,   8).pseudo(),
    field(10, "checksum",  DataType::INTEGER,     80,  16),
    field(11, "saddr",     DataType::IPV4_ADDR,   96,  32).pseudo(),
    field(12, "daddr",     DataType::IPV4_ADDR,  128,  32).pseudo(),
]).desc(12).protocol(9).linked_by(Link::L4Protocol).checksum(ChecksumKind::Inet, 10)
    .upper(&[(1, &ICMP), (2, &IGMP), (58, &ICMPV6), (50, &ESP), (51, &AH), (108, &COMP), (17, &UDP), (136, &UDPLITE), (6, &TCP), (33, &DCCP), (132, &SCTP), (47, &GRE), (47, &GRETAP)]);

const _: () = IP.check();
