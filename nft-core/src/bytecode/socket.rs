//! Properties of the local socket.

use super::Register;
use crate::uapi::nf_tables::{
    NFT_SOCKET_CGROUPV2, NFT_SOCKET_MARK, NFT_SOCKET_TRANSPARENT, NFT_SOCKET_WILDCARD, NFTA_SOCKET_DREG, NFTA_SOCKET_KEY,
    NFTA_SOCKET_LEVEL,
};
use crate::wire::{attributes, wire_enum};

wire_enum! {
    /// Which property.
    pub struct SocketKey(u32) {
        TRANSPARENT = NFT_SOCKET_TRANSPARENT, "transparent";
        MARK = NFT_SOCKET_MARK, "mark";
        WILDCARD = NFT_SOCKET_WILDCARD, "wildcard";
        CGROUPV2 = NFT_SOCKET_CGROUPV2, "cgroupv2";
    }
}

attributes! {
    /// Loads a property of the local socket.
    pub struct Socket {
        /// Which one.
        NFTA_SOCKET_KEY => key: SocketKey,
        /// Destination.
        NFTA_SOCKET_DREG => dreg: Register,
        /// Level of the control group.
        NFTA_SOCKET_LEVEL => level: Option<u32>,
    }
}
