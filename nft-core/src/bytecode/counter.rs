//! Counters.

use crate::uapi::nf_tables::{NFTA_COUNTER_BYTES, NFTA_COUNTER_PACKETS, NFTA_COUNTER_PAD};
use crate::wire::attributes;

attributes! {
    /// Counts packets and bytes.
    pub struct Counter {
        /// Bytes so far.
        NFTA_COUNTER_BYTES => bytes: Option<u64>,
        /// Packets so far.
        NFTA_COUNTER_PACKETS => packets: Option<u64>,
    }
    pad NFTA_COUNTER_PAD
}
