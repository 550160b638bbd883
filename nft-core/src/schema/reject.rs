//! What `reject` answers with.

use super::datatype::{DataType, Symbol, symbol};

/// The kind of answer.
///
/// Kernel name: `enum nft_reject_types`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum RejectType {
    /// `NFT_REJECT_ICMP_UNREACH`: an ICMP or ICMPv6 message, as the packet is.
    Icmp,
    /// `NFT_REJECT_TCP_RST`.
    TcpReset,
    /// `NFT_REJECT_ICMPX_UNREACH`: a message that exists in both protocols.
    Icmpx,
}

/// Codes of ICMP destination unreachable.
#[rustfmt::skip]
pub const ICMP_CODES: &[Symbol] = &[
    symbol("net-unreachable", 0), symbol("host-unreachable", 1), symbol("prot-unreachable", 2), symbol("port-unreachable", 3),
    symbol("frag-needed", 4), symbol("net-prohibited", 9), symbol("host-prohibited", 10), symbol("admin-prohibited", 13),
];

/// Codes of ICMPv6 destination unreachable.
#[rustfmt::skip]
pub const ICMPV6_CODES: &[Symbol] = &[
    symbol("no-route", 0), symbol("admin-prohibited", 1), symbol("addr-unreachable", 3), symbol("port-unreachable", 4),
    symbol("policy-fail", 5), symbol("reject-route", 6),
];

/// Codes that the kernel translates to either protocol.
#[rustfmt::skip]
pub const ICMPX_CODES: &[Symbol] = &[
    symbol("port-unreachable", 1), symbol("admin-prohibited", 3), symbol("no-route", 0), symbol("host-unreachable", 2),
];

impl RejectType {
    /// The kernel's number.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::Icmp => 0,
            Self::TcpReset => 1,
            Self::Icmpx => 2,
        }
    }

    /// The type with the kernel's number.
    #[must_use]
    pub const fn by_number(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::Icmp,
            1 => Self::TcpReset,
            2 => Self::Icmpx,
            _ => return None,
        })
    }
}

/// The names of the codes of `icmp_code`, `icmpv6_code` and `icmpx_code`; none for any other type.
#[must_use]
pub const fn codes(ty: DataType) -> &'static [Symbol] {
    match ty {
        DataType::ICMP_CODE => ICMP_CODES,
        DataType::ICMPV6_CODE => ICMPV6_CODES,
        DataType::ICMPX_CODE => ICMPX_CODES,
        _ => &[],
    }
}

/// The name of a code in `reject`.
#[must_use]
pub fn code_name(ty: DataType, code: u8) -> Option<&'static str> {
    codes(ty).iter().find(|symbol| symbol.value == u64::from(code)).map(|symbol| symbol.name)
}
