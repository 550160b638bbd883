//! ICMPv6.

use crate::schema::datatype::DataType;
use crate::schema::header::{Base, ChecksumKind, Header, IcmpDependency, field};

/// ICMPv6.
#[rustfmt::skip]
pub static ICMPV6: Header = Header::new("icmpv6", Base::Transport, &[
    //    nr  token                type                   offset bits
    field( 1, "type",              DataType::ICMPV6_TYPE,   0,   8),
    field( 2, "code",              DataType::ICMPV6_CODE,   8,   8),
    field( 3, "checksum",          DataType::INTEGER,      16,  16),
    field( 4, "param-problem",     DataType::INTEGER,      32,  32).needs(IcmpDependency::ParameterProblem),
    field( 5, "mtu",               DataType::INTEGER,      32,  32).needs(IcmpDependency::PacketTooBig),
    field( 6, "id",                DataType::INTEGER,      32,  16).needs(IcmpDependency::Echo6),
    field( 7, "sequence",          DataType::INTEGER,      48,  16).needs(IcmpDependency::Echo6),
    field( 8, "max-delay",         DataType::INTEGER,      32,  16).needs(IcmpDependency::ListenerQuery),
    field( 9, "taddr",             DataType::IPV6_ADDR,    64, 128).needs(IcmpDependency::Target),
    field(10, "daddr",             DataType::IPV6_ADDR,   192, 128).needs(IcmpDependency::Redirect),
]).desc(14).protocol(1).checksum(ChecksumKind::Inet, 3);

const _: () = ICMPV6.check();
