//! Options of TCP.
//!
//! Each block of `sack` is a row of its own, since the language gives them names.

use super::datatype::DataType;
use super::extension::{Extension, Op, extension};
use super::header::Field;
use super::header::field;

/// Checked against `nft describe` and the userdata of `typeof` sets of nftables 1.1.7.
#[rustfmt::skip]
static ALL: &[Extension] = &[
    extension("eol", Op::Tcp, 0, 0, &[]),
    extension("nop", Op::Tcp, 1, 0, &[]),
    extension("maxseg", Op::Tcp, 2, 0, &[
        field(1, "length", DataType::INTEGER,   8,   8),
        field(2, "size",   DataType::INTEGER,  16,  16),
    ]),
    extension("window", Op::Tcp, 3, 0, &[
        field(1, "length", DataType::INTEGER,   8,   8),
        field(2, "count",  DataType::INTEGER,  16,   8),
    ]),
    extension("sack-perm", Op::Tcp, 4, 0, &[
        field(1, "length", DataType::INTEGER,   8,   8),
    ]),
    extension("sack", Op::Tcp, 5, 0, &[
        field(1, "length", DataType::INTEGER,   8,   8),
        field(2, "left",   DataType::INTEGER,  16,  32),
        field(3, "right",  DataType::INTEGER,  48,  32),
    ]),
    extension("sack1", Op::Tcp, 5, 0, &[
        field(1, "length", DataType::INTEGER,   8,   8),
        field(4, "left",   DataType::INTEGER,  80,  32),
        field(5, "right",  DataType::INTEGER, 112,  32),
    ]),
    extension("sack2", Op::Tcp, 5, 0, &[
        field(1, "length", DataType::INTEGER,   8,   8),
        field(6, "left",   DataType::INTEGER, 144,  32),
        field(7, "right",  DataType::INTEGER, 176,  32),
    ]),
    extension("sack3", Op::Tcp, 5, 0, &[
        field(1, "length", DataType::INTEGER,   8,   8),
        field(8, "left",   DataType::INTEGER, 208,  32),
        field(9, "right",  DataType::INTEGER, 240,  32),
    ]),
    extension("timestamp", Op::Tcp, 8, 0, &[
        field(1, "length", DataType::INTEGER,   8,   8),
        field(2, "tsval",  DataType::INTEGER,  16,  32),
        field(3, "tsecr",  DataType::INTEGER,  48,  32),
    ]),
    extension("md5sig", Op::Tcp, 19, 0, &[
        field(1, "length", DataType::INTEGER,   8,   8),
    ]),
    extension("mptcp", Op::Tcp, 30, 0, &[
        field(1, "length",  DataType::INTEGER,         8,   8),
        field(2, "subtype", DataType::MPTCP_SUBTYPE,  16,   4),
    ]),
    extension("fastopen", Op::Tcp, 34, 0, &[
        field(1, "length", DataType::INTEGER,   8,   8),
    ]),
];

const _: () = super::extension::check(ALL);

/// Every option.
#[must_use]
pub fn all() -> &'static [Extension] {
    ALL
}

/// The option of that name, by its other names too.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Extension> {
    let name = match name {
        "mss" => "maxseg",
        "sack-permitted" => "sack-perm",
        "sack0" => "sack",
        "noop" => "nop",
        "echo" => "timestamp",
        name => name,
    };
    ALL.iter().find(|extension| extension.name == name)
}

/// The length field that every option has, those without a name too.
pub static LENGTH: Field = field(1, "length", DataType::INTEGER, 8, 8);
