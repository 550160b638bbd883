//! Address families.

use super::header::Header;
use super::proto;

/// The family of a table: which packets its chains see.
///
/// Kernel name: `NFPROTO_*`.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Family {
    /// `inet`: IPv4 and IPv6.
    Inet,
    /// `ip`: IPv4. What the language assumes where no family is named.
    #[default]
    Ip,
    /// `arp`.
    Arp,
    /// `netdev`: everything, close to one device.
    Netdev,
    /// `bridge`: frames on a bridge.
    Bridge,
    /// `ip6`: IPv6.
    Ip6,
}

impl Family {
    /// Every family, in the order of the kernel's numbers.
    #[must_use]
    pub const fn all() -> &'static [Self] {
        &[Self::Inet, Self::Ip, Self::Arp, Self::Netdev, Self::Bridge, Self::Ip6]
    }

    /// The kernel's number.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Inet => 1,
            Self::Ip => 2,
            Self::Arp => 3,
            Self::Netdev => 5,
            Self::Bridge => 7,
            Self::Ip6 => 10,
        }
    }

    /// The word in the language.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inet => "inet",
            Self::Ip => "ip",
            Self::Arp => "arp",
            Self::Netdev => "netdev",
            Self::Bridge => "bridge",
            Self::Ip6 => "ip6",
        }
    }

    /// The family with the kernel's number.
    #[must_use]
    pub const fn by_number(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::Inet,
            2 => Self::Ip,
            3 => Self::Arp,
            5 => Self::Netdev,
            7 => Self::Bridge,
            10 => Self::Ip6,
            _ => return None,
        })
    }

    /// The family of that name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::all().iter().copied().find(|family| family.name() == name)
    }

    /// The header that every packet of the family begins with, or the stand-in that announces the possible ones.
    #[must_use]
    pub fn outermost(self) -> &'static Header {
        match self {
            Self::Inet => &proto::INET,
            Self::Ip => &proto::IP,
            Self::Arp => &proto::ARP,
            Self::Netdev => &proto::NETDEV,
            Self::Bridge => &proto::ETHER,
            Self::Ip6 => &proto::IP6,
        }
    }
}

impl std::fmt::Display for Family {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
