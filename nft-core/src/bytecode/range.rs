//! Comparisons with a range.

use super::Register;
use crate::uapi::nf_tables::{
    NFT_RANGE_EQ, NFT_RANGE_NEQ, NFTA_RANGE_FROM_DATA, NFTA_RANGE_OP, NFTA_RANGE_SREG, NFTA_RANGE_TO_DATA,
};
use crate::wire::{Data, attributes, wire_enum};

wire_enum! {
    /// Whether to be inside or outside.
    pub struct RangeOp(u32) {
        EQ = NFT_RANGE_EQ, "eq";
        NEQ = NFT_RANGE_NEQ, "neq";
    }
}

attributes! {
    /// Ends the rule unless the register lies inside (or outside) the range, both ends included.
    pub struct Range {
        /// Register to compare.
        NFTA_RANGE_SREG => sreg: Register,
        /// Inside or outside.
        NFTA_RANGE_OP => op: RangeOp,
        /// Lower end.
        NFTA_RANGE_FROM_DATA => from: Data,
        /// Upper end.
        NFTA_RANGE_TO_DATA => to: Data,
    }
}
