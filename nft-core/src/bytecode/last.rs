//! Time of the last match.

use crate::uapi::nf_tables::{NFTA_LAST_MSECS, NFTA_LAST_PAD, NFTA_LAST_SET};
use crate::wire::attributes;

attributes! {
    /// Remembers when it ran last.
    pub struct Last {
        /// Milliseconds since.
        NFTA_LAST_MSECS => msecs: Option<u64>,
        /// Whether it ever ran.
        NFTA_LAST_SET => set: Option<u32>,
    }
    pad NFTA_LAST_PAD
}
