//! ICMP.

use crate::schema::datatype::DataType;
use crate::schema::header::{Base, ChecksumKind, Header, IcmpDependency, field};

/// ICMP.
#[rustfmt::skip]
pub static ICMP: Header = Header::new("icmp", Base::Transport, &[
    //    nr  token       type                 offset bits
    field( 1, "type",     DataType::ICMP_TYPE,   0,   8),
    field( 2, "code",     DataType::ICMP_CODE,   8,   8),
    field( 3, "checksum", DataType::INTEGER,    16,  16),
    field( 4, "id",       DataType::INTEGER,    32,  16).needs(IcmpDependency::Echo),
    field( 5, "sequence", DataType::INTEGER,    48,  16).needs(IcmpDependency::Echo),
    field( 6, "gateway",  DataType::INTEGER,    32,  32).needs(IcmpDependency::Gateway),
    field( 7, "mtu",      DataType::INTEGER,    48,  16).needs(IcmpDependency::Mtu),
]).desc(4).protocol(1).checksum(ChecksumKind::Inet, 3);

const _: () = ICMP.check();
