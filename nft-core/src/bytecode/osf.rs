//! Operating system fingerprints.

use super::Register;
use crate::uapi::nf_tables::{NFTA_OSF_DREG, NFTA_OSF_FLAGS, NFTA_OSF_TTL};
use crate::wire::attributes;

attributes! {
    /// Guesses the operating system of the sender.
    pub struct Osf {
        /// Destination.
        NFTA_OSF_DREG => dreg: Register,
        /// How to treat the time to live.
        NFTA_OSF_TTL => ttl: Option<u8>,
        /// `NFT_OSF_F_VERSION`.
        NFTA_OSF_FLAGS => flags: Option<u32>,
    }
}
