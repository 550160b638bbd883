//! Quotas.

use crate::uapi::nf_tables::{NFTA_QUOTA_BYTES, NFTA_QUOTA_CONSUMED, NFTA_QUOTA_FLAGS, NFTA_QUOTA_PAD};
use crate::wire::attributes;

attributes! {
    /// Ends the rule when the bytes are used up, or until then.
    pub struct Quota {
        /// Bytes in all.
        NFTA_QUOTA_BYTES => bytes: u64,
        /// Bytes used so far.
        NFTA_QUOTA_CONSUMED => consumed: Option<u64>,
        /// `NFT_QUOTA_F_*`.
        NFTA_QUOTA_FLAGS => flags: Option<u32>,
    }
    pad NFTA_QUOTA_PAD
}
