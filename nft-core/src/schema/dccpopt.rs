//! Options of DCCP. The language names them by number only.

use super::datatype::DataType;
use super::extension::{Extension, Op, extension};
use super::header::field;

/// Checked against `nft describe` and the userdata of `typeof` sets of nftables 1.1.7.
#[rustfmt::skip]
static ALL: &[Extension] = &[
    extension("padding", Op::Dccp, 0, 0, &[
        field(1, "type", DataType::INTEGER,   0,   8),
    ]),
    extension("mandatory", Op::Dccp, 1, 0, &[
        field(1, "type", DataType::INTEGER,   0,   8),
    ]),
    extension("slow_receiver", Op::Dccp, 2, 0, &[
        field(1, "type", DataType::INTEGER,   0,   8),
    ]),
    extension("reserved_short", Op::Dccp, 3, 0, &[
        field(1, "type", DataType::INTEGER,   0,   8),
    ]),
    extension("change_l", Op::Dccp, 32, 0, &[
        field(1, "type", DataType::INTEGER,   0,   8),
    ]),
    extension("confirm_l", Op::Dccp, 33, 0, &[
        field(1, "type", DataType::INTEGER,   0,   8),
    ]),
    extension("change_r", Op::Dccp, 34, 0, &[
        field(1, "type", DataType::INTEGER,   0,   8),
    ]),
    extension("confirm_r", Op::Dccp, 35, 0, &[
        field(1, "type", DataType::INTEGER,   0,   8),
    ]),
    extension("init_cookie", Op::Dccp, 36, 0, &[
        field(1, "type", DataType::INTEGER,   0,   8),
    ]),
    extension("ndp_count", Op::Dccp, 37, 0, &[
        field(1, "type", DataType::INTEGER,   0,   8),
    ]),
    extension("ack_vector_nonce_0", Op::Dccp, 38, 0, &[
        field(1, "type", DataType::INTEGER,   0,   8),
    ]),
    extension("ack_vector_nonce_1", Op::Dccp, 39, 0, &[
        field(1, "type", DataType::INTEGER,   0,   8),
    ]),
    extension("data_dropped", Op::Dccp, 40, 0, &[
        field(1, "type", DataType::INTEGER,   0,   8),
    ]),
    extension("timestamp", Op::Dccp, 41, 0, &[
        field(1, "type", DataType::INTEGER,   0,   8),
    ]),
    extension("timestamp_echo", Op::Dccp, 42, 0, &[
        field(1, "type", DataType::INTEGER,   0,   8),
    ]),
    extension("elapsed_time", Op::Dccp, 43, 0, &[
        field(1, "type", DataType::INTEGER,   0,   8),
    ]),
    extension("data_checksum", Op::Dccp, 44, 0, &[
        field(1, "type", DataType::INTEGER,   0,   8),
    ]),
    extension("reserved_long", Op::Dccp, 45, 0, &[
        field(1, "type", DataType::INTEGER,   0,   8),
    ]),
    extension("ccid_specific", Op::Dccp, 128, 0, &[
        field(1, "type", DataType::INTEGER,   0,   8),
    ]),
];

const _: () = super::extension::check(ALL);

/// Every option.
#[must_use]
pub fn all() -> &'static [Extension] {
    ALL
}
