//! Chunks of SCTP.

use super::datatype::DataType;
use super::extension::{Extension, Op, extension};
use super::header::field;

/// Checked against `nft describe` and the userdata of `typeof` sets of nftables 1.1.7.
#[rustfmt::skip]
static ALL: &[Extension] = &[
    extension("data", Op::Sctp, 0, 0, &[
        field(0, "type",   DataType::INTEGER,   0,   8),
        field(1, "flags",  DataType::INTEGER,   8,   8),
        field(2, "length", DataType::INTEGER,  16,  16),
        field(3, "tsn",    DataType::INTEGER,  32,  32),
        field(4, "stream", DataType::INTEGER,  64,  16),
        field(5, "ssn",    DataType::INTEGER,  80,  16),
        field(6, "ppid",   DataType::INTEGER,  96,  32),
    ]),
    extension("init", Op::Sctp, 1, 0, &[
        field(0, "type",                 DataType::INTEGER,   0,   8),
        field(1, "flags",                DataType::INTEGER,   8,   8),
        field(2, "length",               DataType::INTEGER,  16,  16),
        field(3, "init-tag",             DataType::INTEGER,  32,  32),
        field(4, "a-rwnd",               DataType::INTEGER,  64,  32),
        field(5, "num-outbound-streams", DataType::INTEGER,  96,  16),
        field(6, "num-inbound-streams",  DataType::INTEGER, 112,  16),
        field(7, "initial-tsn",          DataType::INTEGER, 128,  32),
    ]),
    extension("init-ack", Op::Sctp, 2, 0, &[
        field(0, "type",                 DataType::INTEGER,   0,   8),
        field(1, "flags",                DataType::INTEGER,   8,   8),
        field(2, "length",               DataType::INTEGER,  16,  16),
        field(3, "init-tag",             DataType::INTEGER,  32,  32),
        field(4, "a-rwnd",               DataType::INTEGER,  64,  32),
        field(5, "num-outbound-streams", DataType::INTEGER,  96,  16),
        field(6, "num-inbound-streams",  DataType::INTEGER, 112,  16),
        field(7, "initial-tsn",          DataType::INTEGER, 128,  32),
    ]),
    extension("sack", Op::Sctp, 3, 0, &[
        field(0, "type",               DataType::INTEGER,   0,   8),
        field(1, "flags",              DataType::INTEGER,   8,   8),
        field(2, "length",             DataType::INTEGER,  16,  16),
        field(3, "cum-tsn-ack",        DataType::INTEGER,  32,  32),
        field(4, "a-rwnd",             DataType::INTEGER,  64,  32),
        field(5, "num-gap-ack-blocks", DataType::INTEGER,  96,  16),
        field(6, "num-dup-tsns",       DataType::INTEGER, 112,  16),
    ]),
    extension("heartbeat", Op::Sctp, 4, 0, &[
        field(0, "type",   DataType::INTEGER,   0,   8),
        field(1, "flags",  DataType::INTEGER,   8,   8),
        field(2, "length", DataType::INTEGER,  16,  16),
    ]),
    extension("heartbeat-ack", Op::Sctp, 5, 0, &[
        field(0, "type",   DataType::INTEGER,   0,   8),
        field(1, "flags",  DataType::INTEGER,   8,   8),
        field(2, "length", DataType::INTEGER,  16,  16),
    ]),
    extension("abort", Op::Sctp, 6, 0, &[
        field(0, "type",   DataType::INTEGER,   0,   8),
        field(1, "flags",  DataType::INTEGER,   8,   8),
        field(2, "length", DataType::INTEGER,  16,  16),
    ]),
    extension("shutdown", Op::Sctp, 7, 0, &[
        field(0, "type",        DataType::INTEGER,   0,   8),
        field(1, "flags",       DataType::INTEGER,   8,   8),
        field(2, "length",      DataType::INTEGER,  16,  16),
        field(3, "cum-tsn-ack", DataType::INTEGER,  32,  32),
    ]),
    extension("shutdown-ack", Op::Sctp, 8, 0, &[
        field(0, "type",   DataType::INTEGER,   0,   8),
        field(1, "flags",  DataType::INTEGER,   8,   8),
        field(2, "length", DataType::INTEGER,  16,  16),
    ]),
    extension("error", Op::Sctp, 9, 0, &[
        field(0, "type",   DataType::INTEGER,   0,   8),
        field(1, "flags",  DataType::INTEGER,   8,   8),
        field(2, "length", DataType::INTEGER,  16,  16),
    ]),
    extension("cookie-echo", Op::Sctp, 10, 0, &[
        field(0, "type",   DataType::INTEGER,   0,   8),
        field(1, "flags",  DataType::INTEGER,   8,   8),
        field(2, "length", DataType::INTEGER,  16,  16),
    ]),
    extension("cookie-ack", Op::Sctp, 11, 0, &[
        field(0, "type",   DataType::INTEGER,   0,   8),
        field(1, "flags",  DataType::INTEGER,   8,   8),
        field(2, "length", DataType::INTEGER,  16,  16),
    ]),
    extension("ecne", Op::Sctp, 12, 0, &[
        field(0, "type",       DataType::INTEGER,   0,   8),
        field(1, "flags",      DataType::INTEGER,   8,   8),
        field(2, "length",     DataType::INTEGER,  16,  16),
        field(3, "lowest-tsn", DataType::INTEGER,  32,  32),
    ]),
    extension("cwr", Op::Sctp, 13, 0, &[
        field(0, "type",       DataType::INTEGER,   0,   8),
        field(1, "flags",      DataType::INTEGER,   8,   8),
        field(2, "length",     DataType::INTEGER,  16,  16),
        field(3, "lowest-tsn", DataType::INTEGER,  32,  32),
    ]),
    extension("shutdown-complete", Op::Sctp, 14, 0, &[
        field(0, "type",   DataType::INTEGER,   0,   8),
        field(1, "flags",  DataType::INTEGER,   8,   8),
        field(2, "length", DataType::INTEGER,  16,  16),
    ]),
    extension("asconf-ack", Op::Sctp, 128, 0, &[
        field(0, "type",   DataType::INTEGER,   0,   8),
        field(1, "flags",  DataType::INTEGER,   8,   8),
        field(2, "length", DataType::INTEGER,  16,  16),
        field(3, "seqno",  DataType::INTEGER,  32,  32),
    ]),
    extension("forward-tsn", Op::Sctp, 192, 0, &[
        field(0, "type",        DataType::INTEGER,   0,   8),
        field(1, "flags",       DataType::INTEGER,   8,   8),
        field(2, "length",      DataType::INTEGER,  16,  16),
        field(3, "new-cum-tsn", DataType::INTEGER,  32,  32),
    ]),
    extension("asconf", Op::Sctp, 193, 0, &[
        field(0, "type",   DataType::INTEGER,   0,   8),
        field(1, "flags",  DataType::INTEGER,   8,   8),
        field(2, "length", DataType::INTEGER,  16,  16),
        field(3, "seqno",  DataType::INTEGER,  32,  32),
    ]),
];

const _: () = super::extension::check(ALL);

/// Every chunk type.
#[must_use]
pub fn all() -> &'static [Extension] {
    ALL
}

/// The chunk type of that name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Extension> {
    ALL.iter().find(|extension| extension.name == name)
}
