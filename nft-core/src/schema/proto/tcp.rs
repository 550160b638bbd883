//! TCP.

use crate::schema::datatype::DataType;
use crate::schema::header::{Base, ChecksumKind, Header, field};

/// TCP.
#[rustfmt::skip]
pub static TCP: Header = Header::new("tcp", Base::Transport, &[
    //    nr  token       type                    offset bits
    field( 1, "sport",    DataType::INET_SERVICE,   0,  16),
    field( 2, "dport",    DataType::INET_SERVICE,  16,  16),
    field( 3, "sequence", DataType::INTEGER,       32,  32),
    field( 4, "ackseq",   DataType::INTEGER,       64,  32),
    field( 5, "doff",     DataType::INTEGER,       96,   4),
    field( 6, "reserved", DataType::INTEGER,      100,   4),
    field( 7, "flags",    DataType::TCP_FLAG,     104,   8),
    field( 8, "window",   DataType::INTEGER,      112,  16),
    field( 9, "checksum", DataType::INTEGER,      128,  16),
    field(10, "urgptr",   DataType::INTEGER,      144,  16),
]).desc(8).checksum(ChecksumKind::Inet, 9);

const _: () = TCP.check();
