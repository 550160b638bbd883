//! Keys of `socket`: the local socket that a packet belongs to.

use super::keys::keys;

keys! {
    /// A key of `socket`.
    ///
    /// Kernel name: `enum nft_socket_keys`.
    #[doc(alias = "nft_socket_keys")]
    SocketKey, Row {}
    Transparent = 0, "NFT_SOCKET_TRANSPARENT", "transparent", INTEGER,    8, Host;
    Mark        = 1, "NFT_SOCKET_MARK",        "mark",        MARK,      32, Host;
    Wildcard    = 2, "NFT_SOCKET_WILDCARD",    "wildcard",    INTEGER,    8, Host;
    Cgroupv2    = 3, "NFT_SOCKET_CGROUPV2",    "cgroupv2",    CGROUPSV2, 64, Host;
}

impl SocketKey {
    /// The key of that name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::all().iter().copied().find(|key| key.name() == name)
    }

    /// Bits of the largest value that a rule may compare with: what is yes or no fills a byte, of which one bit counts.
    #[must_use]
    pub const fn value_bits(self) -> u32 {
        match self {
            Self::Transparent | Self::Wildcard => 1,
            Self::Mark | Self::Cgroupv2 => self.bits(),
        }
    }

    /// Whether a `level` follows.
    #[must_use]
    pub const fn needs_level(self) -> bool {
        match self {
            Self::Cgroupv2 => true,
            Self::Transparent | Self::Mark | Self::Wildcard => false,
        }
    }
}
