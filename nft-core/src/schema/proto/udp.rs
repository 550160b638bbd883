//! UDP.

use super::{GENEVE, VXLAN};
use crate::schema::datatype::DataType;
use crate::schema::header::{Base, Header, field};

/// UDP.
#[rustfmt::skip]
pub static UDP: Header = Header::new("udp", Base::Transport, &[
    //    nr  token       type                    offset bits
    field( 1, "sport",    DataType::INET_SERVICE,   0,  16),
    field( 2, "dport",    DataType::INET_SERVICE,  16,  16),
    field( 3, "length",   DataType::INTEGER,       32,  16),
    field( 4, "checksum", DataType::INTEGER,       48,  16),
]).desc(6)
    .upper(&[(0, &VXLAN), (0, &GENEVE)]);

const _: () = UDP.check();
