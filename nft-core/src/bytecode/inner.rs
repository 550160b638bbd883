//! Inner headers of tunnels.

use super::Instruction;
use crate::uapi::nf_tables::{NFTA_INNER_EXPR, NFTA_INNER_FLAGS, NFTA_INNER_HDRSIZE, NFTA_INNER_NUM, NFTA_INNER_TYPE};
use crate::wire::attributes;

attributes! {
    /// Runs an instruction on the inner packet of a tunnel.
    pub struct Inner {
        /// Not used: 0.
        NFTA_INNER_NUM => num: u32,
        /// Which tunnel: `NFT_INNER_*`, or 3 for gretap, 4 for gre.
        NFTA_INNER_TYPE => ty: u32,
        /// `NFT_INNER_*`: which headers there are.
        NFTA_INNER_FLAGS => flags: u32,
        /// Bytes of the tunnel header.
        NFTA_INNER_HDRSIZE => hdrsize: u32,
        /// A payload or meta load.
        NFTA_INNER_EXPR => expr: Box<Instruction>,
    }
}
