//! Keys of `rt`: the route of a packet.

use super::keys::keys;

keys! {
    /// A key of `rt`.
    ///
    /// Kernel name: `enum nft_rt_keys`.
    #[doc(alias = "nft_rt_keys")]
    RtKey, Row {}
    Classid     = 0, "NFT_RT_CLASSID",  "classid", REALM,      32, Host;
    NexthopIp   = 1, "NFT_RT_NEXTHOP4", "nexthop", IPV4_ADDR,  32, Big;
    NexthopIp6  = 2, "NFT_RT_NEXTHOP6", "nexthop", IPV6_ADDR, 128, Big;
    Mtu         = 3, "NFT_RT_TCPMSS",   "mtu",     INTEGER,    16, Host;
    Ipsec       = 4, "NFT_RT_XFRM",     "ipsec",   BOOLEAN,     8, Host;
}

impl RtKey {
    /// The key of that name; `nexthop` is the one of IPv4, see [`for_ip6`](Self::for_ip6).
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::all().iter().copied().find(|key| key.name() == name)
    }

    /// The same key for IPv6.
    #[must_use]
    pub const fn for_ip6(self) -> Self {
        match self {
            Self::NexthopIp | Self::NexthopIp6 => Self::NexthopIp6,
            Self::Classid | Self::Mtu | Self::Ipsec => self,
        }
    }
}
