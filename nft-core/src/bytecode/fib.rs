//! Routing table.

use super::Register;
use crate::uapi::nf_tables::{
    NFT_FIB_RESULT_ADDRTYPE, NFT_FIB_RESULT_OIF, NFT_FIB_RESULT_OIFNAME, NFTA_FIB_DREG, NFTA_FIB_FLAGS, NFTA_FIB_RESULT,
};
use crate::wire::{attributes, wire_enum};

wire_enum! {
    /// What to ask for.
    pub struct FibResult(u32) {
        OIF = NFT_FIB_RESULT_OIF, "oif";
        OIFNAME = NFT_FIB_RESULT_OIFNAME, "oifname";
        ADDRTYPE = NFT_FIB_RESULT_ADDRTYPE, "type";
    }
}

attributes! {
    /// Asks the routing table.
    pub struct Fib {
        /// `NFTA_FIB_F_*`: what to look up.
        NFTA_FIB_FLAGS => flags: u32,
        /// What to ask for.
        NFTA_FIB_RESULT => result: FibResult,
        /// Destination.
        NFTA_FIB_DREG => dreg: Register,
    }
}
