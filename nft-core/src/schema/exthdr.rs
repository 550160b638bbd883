//! Extension headers of IPv6.
//!
//! The kinds of routing header share a type number: `rt` has what is common to them, `srh`, `rt0` and `rt2` their own fields.

use super::datatype::DataType;
use super::extension::{Extension, Op, extension};
use super::header::field;

/// Checked against `nft describe` and the userdata of `typeof` sets of nftables 1.1.7.
#[rustfmt::skip]
static ALL: &[Extension] = &[
    extension("hbh", Op::Ip6, 0, 1, &[
        field(1, "nexthdr",   DataType::INET_PROTO,   0,   8),
        field(2, "hdrlength", DataType::INTEGER,      8,   8),
    ]),
    extension("rt", Op::Ip6, 43, 2, &[
        field(1, "nexthdr",   DataType::INET_PROTO,   0,   8),
        field(2, "hdrlength", DataType::INTEGER,      8,   8),
        field(3, "type",      DataType::INTEGER,     16,   8),
        field(4, "seg-left",  DataType::INTEGER,     24,   8),
    ]),
    extension("srh", Op::Ip6, 43, 5, &[
        field(1, "last-entry", DataType::INTEGER,    32,   8),
        field(2, "flags",      DataType::INTEGER,    40,   8),
        field(3, "tag",        DataType::INTEGER,    48,  16),
        field(4, "sid[1]",     DataType::IPV6_ADDR,  64, 128),
        field(5, "sid[2]",     DataType::IPV6_ADDR, 192, 128),
    ]),
    extension("rt0", Op::Ip6, 43, 3, &[
        field(2, "addr[1]", DataType::IPV6_ADDR,  64, 128),
        field(3, "addr[2]", DataType::IPV6_ADDR, 192, 128),
    ]),
    extension("rt2", Op::Ip6, 43, 4, &[
        field(2, "addr", DataType::IPV6_ADDR,  64, 128),
    ]),
    extension("frag", Op::Ip6, 44, 6, &[
        field(1, "nexthdr",        DataType::INET_PROTO,   0,   8),
        field(2, "reserved",       DataType::INTEGER,      8,   8),
        field(3, "frag-off",       DataType::INTEGER,     16,  13),
        field(4, "reserved2",      DataType::INTEGER,     29,   2),
        field(5, "more-fragments", DataType::INTEGER,     31,   1),
        field(6, "id",             DataType::INTEGER,     32,  32),
    ]),
    extension("dst", Op::Ip6, 60, 7, &[
        field(1, "nexthdr",   DataType::INET_PROTO,   0,   8),
        field(2, "hdrlength", DataType::INTEGER,      8,   8),
    ]),
    extension("mh", Op::Ip6, 135, 8, &[
        field(1, "nexthdr",   DataType::INET_PROTO,   0,   8),
        field(2, "hdrlength", DataType::INTEGER,      8,   8),
        field(3, "type",      DataType::MH_TYPE,     16,   8),
        field(4, "reserved",  DataType::INTEGER,     24,   8),
        field(5, "checksum",  DataType::INTEGER,     32,  16),
    ]),
];

const _: () = super::extension::check(ALL);

/// Every extension header.
#[must_use]
pub fn all() -> &'static [Extension] {
    ALL
}

/// The extension header of that name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Extension> {
    ALL.iter().find(|extension| extension.name == name)
}

/// The extension header with that number in the userdata of sets.
#[must_use]
pub fn by_desc(desc: u32) -> Option<&'static Extension> {
    ALL.iter().find(|extension| u32::from(extension.desc) == desc)
}
