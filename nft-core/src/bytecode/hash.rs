//! Hashes.

use super::Register;
use crate::uapi::nf_tables::{
    NFT_HASH_JENKINS, NFT_HASH_SYM, NFTA_HASH_DREG, NFTA_HASH_LEN, NFTA_HASH_MODULUS, NFTA_HASH_OFFSET, NFTA_HASH_SEED,
    NFTA_HASH_SREG, NFTA_HASH_TYPE,
};
use crate::wire::{attributes, wire_enum};

wire_enum! {
    /// Which hash.
    pub struct HashType(u32) {
        JENKINS = NFT_HASH_JENKINS, "jhash";
        SYM = NFT_HASH_SYM, "symhash";
    }
}

attributes! {
    /// Hashes a register, or the flow.
    pub struct Hash {
        /// Source, for the Jenkins hash.
        NFTA_HASH_SREG => sreg: Option<Register>,
        /// Destination.
        NFTA_HASH_DREG => dreg: Register,
        /// Bytes of the source.
        NFTA_HASH_LEN => len: Option<u32>,
        /// How many results there are.
        NFTA_HASH_MODULUS => modulus: u32,
        /// Seed.
        NFTA_HASH_SEED => seed: Option<u32>,
        /// Added to the result.
        NFTA_HASH_OFFSET => offset: Option<u32>,
        /// Which hash.
        NFTA_HASH_TYPE => ty: Option<HashType>,
    }
}
