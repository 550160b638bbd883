//! Number generators.

use super::Register;
use crate::uapi::nf_tables::{NFT_NG_INCREMENTAL, NFT_NG_RANDOM, NFTA_NG_DREG, NFTA_NG_MODULUS, NFTA_NG_OFFSET, NFTA_NG_TYPE};
use crate::wire::{attributes, wire_enum};

wire_enum! {
    /// How numbers are made.
    pub struct NumgenType(u32) {
        INCREMENTAL = NFT_NG_INCREMENTAL, "inc";
        RANDOM = NFT_NG_RANDOM, "random";
    }
}

attributes! {
    /// Generates a number.
    pub struct Numgen {
        /// Destination.
        NFTA_NG_DREG => dreg: Register,
        /// How many numbers there are.
        NFTA_NG_MODULUS => modulus: u32,
        /// How they are made.
        NFTA_NG_TYPE => ty: NumgenType,
        /// Added to each.
        NFTA_NG_OFFSET => offset: Option<u32>,
    }
}
