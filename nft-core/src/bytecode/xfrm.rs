//! IPsec state.

use super::Register;
use crate::uapi::nf_tables::{
    NFT_XFRM_KEY_DADDR_IP4, NFT_XFRM_KEY_DADDR_IP6, NFT_XFRM_KEY_REQID, NFT_XFRM_KEY_SADDR_IP4, NFT_XFRM_KEY_SADDR_IP6,
    NFT_XFRM_KEY_SPI, NFTA_XFRM_DIR, NFTA_XFRM_DREG, NFTA_XFRM_KEY, NFTA_XFRM_SPNUM,
};
use crate::wire::{attributes, wire_enum};

wire_enum! {
    /// Which property.
    pub struct XfrmKey(u32) {
        DADDR_IP4 = NFT_XFRM_KEY_DADDR_IP4, "daddr4";
        DADDR_IP6 = NFT_XFRM_KEY_DADDR_IP6, "daddr6";
        SADDR_IP4 = NFT_XFRM_KEY_SADDR_IP4, "saddr4";
        SADDR_IP6 = NFT_XFRM_KEY_SADDR_IP6, "saddr6";
        REQID = NFT_XFRM_KEY_REQID, "reqid";
        SPI = NFT_XFRM_KEY_SPI, "spi";
    }
}

wire_enum! {
    /// Which way the packet goes.
    pub struct XfrmDirection(u8) {
        IN = XFRM_POLICY_IN, "in";
        OUT = XFRM_POLICY_OUT, "out";
    }
}

/// `XFRM_POLICY_IN` of `linux/xfrm.h`.
const XFRM_POLICY_IN: u8 = 0;
/// `XFRM_POLICY_OUT` of `linux/xfrm.h`.
const XFRM_POLICY_OUT: u8 = 1;

attributes! {
    /// Loads a property of the IPsec state.
    pub struct Xfrm {
        /// Which one.
        NFTA_XFRM_KEY => key: XfrmKey,
        /// Which way the packet goes.
        NFTA_XFRM_DIR => dir: XfrmDirection,
        /// Number of the transformation.
        NFTA_XFRM_SPNUM => spnum: Option<u32>,
        /// Destination.
        NFTA_XFRM_DREG => dreg: Register,
    }
}
