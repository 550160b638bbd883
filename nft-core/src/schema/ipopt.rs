//! Options of IPv4.

use super::datatype::DataType;
use super::extension::{Extension, Op, extension};
use super::header::field;

/// Checked against `nft describe` and the userdata of `typeof` sets of nftables 1.1.7.
#[rustfmt::skip]
static ALL: &[Extension] = &[
    extension("rr", Op::Ip, 7, 0, &[
        field(1, "type",   DataType::INTEGER,     0,   8),
        field(2, "length", DataType::INTEGER,     8,   8),
        field(4, "ptr",    DataType::INTEGER,    16,   8),
        field(5, "addr",   DataType::IPV4_ADDR,  24,  32),
    ]),
    extension("lsrr", Op::Ip, 131, 0, &[
        field(1, "type",   DataType::INTEGER,     0,   8),
        field(2, "length", DataType::INTEGER,     8,   8),
        field(4, "ptr",    DataType::INTEGER,    16,   8),
        field(5, "addr",   DataType::IPV4_ADDR,  24,  32),
    ]),
    extension("ssrr", Op::Ip, 137, 0, &[
        field(1, "type",   DataType::INTEGER,     0,   8),
        field(2, "length", DataType::INTEGER,     8,   8),
        field(4, "ptr",    DataType::INTEGER,    16,   8),
        field(5, "addr",   DataType::IPV4_ADDR,  24,  32),
    ]),
    extension("ra", Op::Ip, 148, 0, &[
        field(1, "type",   DataType::INTEGER,   0,   8),
        field(2, "length", DataType::INTEGER,   8,   8),
        field(3, "value",  DataType::INTEGER,  16,  16),
    ]),
];

const _: () = super::extension::check(ALL);

/// Every option.
#[must_use]
pub fn all() -> &'static [Extension] {
    ALL
}

/// The option of that name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Extension> {
    ALL.iter().find(|extension| extension.name == name)
}
