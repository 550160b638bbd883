//! UDP-Lite.

use crate::schema::datatype::DataType;
use crate::schema::header::{Base, Header, field};

/// UDP-Lite.
#[rustfmt::skip]
pub static UDPLITE: Header = Header::new("udplite", Base::Transport, &[
    //    nr  token       type                    offset bits
    field( 1, "sport",    DataType::INET_SERVICE,   0,  16),
    field( 2, "dport",    DataType::INET_SERVICE,  16,  16),
    field( 3, "csumcov",  DataType::INTEGER,       32,  16),
    field( 4, "checksum", DataType::INTEGER,       48,  16),
]).desc(7);

const _: () = UDPLITE.check();
