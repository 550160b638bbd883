//! SCTP.

use crate::schema::datatype::DataType;
use crate::schema::header::{Base, ChecksumKind, Header, field};

/// SCTP.
#[rustfmt::skip]
pub static SCTP: Header = Header::new("sctp", Base::Transport, &[
    //    nr  token       type                    offset bits
    field( 1, "sport",    DataType::INET_SERVICE,   0,  16),
    field( 2, "dport",    DataType::INET_SERVICE,  16,  16),
    field( 3, "vtag",     DataType::INTEGER,       32,  32),
    field( 4, "checksum", DataType::INTEGER,       64,  32),
]).desc(10).checksum(ChecksumKind::Sctp, 4);

const _: () = SCTP.check();
