//! Keys of `tunnel`: metadata of collect-metadata tunnels.

use super::keys::keys;

keys! {
    /// A key of `tunnel`.
    ///
    /// Kernel name: `enum nft_tunnel_keys`.
    #[doc(alias = "nft_tunnel_keys")]
    TunnelKey, Row {}
    Path = 0, "NFT_TUNNEL_PATH", "path", BOOLEAN, 8,  Host;
    Id   = 1, "NFT_TUNNEL_ID",   "id",   INTEGER, 32, Host;
}

impl TunnelKey {
    /// The key of that name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::all().iter().copied().find(|key| key.name() == name)
    }
}
