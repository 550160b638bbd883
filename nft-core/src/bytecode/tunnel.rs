//! Tunnel metadata.

use super::Register;
use crate::uapi::nf_tables::{NFT_TUNNEL_ID, NFT_TUNNEL_PATH, NFTA_TUNNEL_DREG, NFTA_TUNNEL_KEY, NFTA_TUNNEL_MODE};
use crate::wire::{attributes, wire_enum};

wire_enum! {
    /// Which property.
    pub struct TunnelKey(u32) {
        PATH = NFT_TUNNEL_PATH, "path";
        ID = NFT_TUNNEL_ID, "id";
    }
}

attributes! {
    /// Loads tunnel metadata.
    pub struct Tunnel {
        /// Which property.
        NFTA_TUNNEL_KEY => key: TunnelKey,
        /// Destination.
        NFTA_TUNNEL_DREG => dreg: Register,
        /// `NFT_TUNNEL_MODE_*`.
        NFTA_TUNNEL_MODE => mode: Option<u32>,
    }
}
