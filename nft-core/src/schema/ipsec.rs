//! Keys of `ipsec`: the transformations that a packet went through.

use super::keys::keys;

keys! {
    /// A key of `ipsec`.
    ///
    /// Kernel name: `enum nft_xfrm_keys`.
    #[doc(alias = "nft_xfrm_keys")]
    IpsecKey, Row {}
    DaddrIp  = 1, "NFT_XFRM_KEY_DADDR_IP4", "ip daddr",  IPV4_ADDR,  32, Big;
    DaddrIp6 = 2, "NFT_XFRM_KEY_DADDR_IP6", "ip6 daddr", IPV6_ADDR, 128, Big;
    SaddrIp  = 3, "NFT_XFRM_KEY_SADDR_IP4", "ip saddr",  IPV4_ADDR,  32, Big;
    SaddrIp6 = 4, "NFT_XFRM_KEY_SADDR_IP6", "ip6 saddr", IPV6_ADDR, 128, Big;
    Reqid    = 5, "NFT_XFRM_KEY_REQID",     "reqid",     INTEGER,    32, Host;
    Spi      = 6, "NFT_XFRM_KEY_SPI",       "spi",       INTEGER,    32, Big;
}

/// Which transformations: those undone on the way in or those to be done on the way out.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "there are two")]
pub enum IpsecDirection {
    /// `in`.
    In,
    /// `out`.
    Out,
}

impl IpsecKey {
    /// The key of that name; addresses have two words.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::all().iter().copied().find(|key| key.name() == name)
    }

    /// Whether `name` is the first of two words: `ip` of `ipsec in ip saddr`.
    #[must_use]
    pub fn needs_second_word(name: &str) -> bool {
        matches!(name, "ip" | "ip6")
    }
}

impl IpsecDirection {
    /// The kernel's number.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::In => 0,
            Self::Out => 1,
        }
    }

    /// The word in the language.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }

    /// The direction with the kernel's number.
    #[must_use]
    pub const fn by_number(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::In,
            1 => Self::Out,
            _ => return None,
        })
    }

    /// The direction of that name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "in" => Self::In,
            "out" => Self::Out,
            _ => return None,
        })
    }
}
