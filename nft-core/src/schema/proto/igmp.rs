//! IGMP.

use crate::schema::datatype::DataType;
use crate::schema::header::{Base, ChecksumKind, Header, field};

/// IGMP.
#[rustfmt::skip]
pub static IGMP: Header = Header::new("igmp", Base::Transport, &[
    //    nr  token       type                 offset bits
    field( 1, "type",     DataType::IGMP_TYPE,   0,   8),
    field( 2, "checksum", DataType::INTEGER,    16,  16),
    field( 3, "mrt",      DataType::INTEGER,     8,   8),
    field( 4, "group",    DataType::INTEGER,    32,  32),
]).desc(5).checksum(ChecksumKind::Inet, 2);

const _: () = IGMP.check();
