//! Comparisons.

use super::Register;
use crate::uapi::nf_tables::{
    NFT_CMP_EQ, NFT_CMP_GT, NFT_CMP_GTE, NFT_CMP_LT, NFT_CMP_LTE, NFT_CMP_NEQ, NFTA_CMP_DATA, NFTA_CMP_OP, NFTA_CMP_SREG,
};
use crate::wire::{Data, attributes, wire_enum};

wire_enum! {
    /// How a register is compared.
    pub struct CmpOp(u32) {
        EQ = NFT_CMP_EQ, "eq";
        NEQ = NFT_CMP_NEQ, "neq";
        LT = NFT_CMP_LT, "lt";
        LTE = NFT_CMP_LTE, "lte";
        GT = NFT_CMP_GT, "gt";
        GTE = NFT_CMP_GTE, "gte";
    }
}

attributes! {
    /// Ends the rule unless the register compares so with the bytes.
    pub struct Cmp {
        /// Register to compare.
        NFTA_CMP_SREG => sreg: Register,
        /// How.
        NFTA_CMP_OP => op: CmpOp,
        /// With what.
        NFTA_CMP_DATA => data: Data,
    }
}
