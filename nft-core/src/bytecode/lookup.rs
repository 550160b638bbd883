//! Set lookups.

use super::Register;
use crate::uapi::nf_tables::{NFTA_LOOKUP_DREG, NFTA_LOOKUP_FLAGS, NFTA_LOOKUP_SET, NFTA_LOOKUP_SET_ID, NFTA_LOOKUP_SREG};
use crate::wire::{Text, attributes};

attributes! {
    /// Ends the rule unless the key is in the set; of a map, loads the data.
    pub struct Lookup {
        /// Key.
        NFTA_LOOKUP_SREG => sreg: Register,
        /// Where the data goes, for maps.
        NFTA_LOOKUP_DREG => dreg: Option<Register>,
        /// Name of the set.
        NFTA_LOOKUP_SET => set: Text,
        /// Number of the set in the same batch.
        NFTA_LOOKUP_SET_ID => set_id: Option<u32>,
        /// `NFT_LOOKUP_F_INV`: the key must not be there.
        NFTA_LOOKUP_FLAGS => flags: Option<u32>,
    }
}
