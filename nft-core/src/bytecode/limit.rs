//! Limits of rates and connections.

use crate::uapi::nf_tables::{
    NFT_LIMIT_PKT_BYTES, NFT_LIMIT_PKTS, NFTA_CONNLIMIT_COUNT, NFTA_CONNLIMIT_FLAGS, NFTA_LIMIT_BURST, NFTA_LIMIT_FLAGS,
    NFTA_LIMIT_PAD, NFTA_LIMIT_RATE, NFTA_LIMIT_TYPE, NFTA_LIMIT_UNIT,
};
use crate::wire::{attributes, wire_enum};

wire_enum! {
    /// What is counted.
    pub struct LimitType(u32) {
        PACKETS = NFT_LIMIT_PKTS, "packets";
        BYTES = NFT_LIMIT_PKT_BYTES, "bytes";
    }
}

attributes! {
    /// Ends the rule when more comes than the rate, or less.
    pub struct Limit {
        /// Packets or bytes in a unit of time.
        NFTA_LIMIT_RATE => rate: u64,
        /// Seconds of the unit.
        NFTA_LIMIT_UNIT => unit: u64,
        /// What may come at once.
        NFTA_LIMIT_BURST => burst: Option<u32>,
        /// What is counted.
        NFTA_LIMIT_TYPE => ty: Option<LimitType>,
        /// `NFT_LIMIT_F_INV`.
        NFTA_LIMIT_FLAGS => flags: Option<u32>,
    }
    pad NFTA_LIMIT_PAD
}

attributes! {
    /// Ends the rule when there are more connections, or fewer.
    pub struct Connlimit {
        /// Connections.
        NFTA_CONNLIMIT_COUNT => count: u32,
        /// `NFT_CONNLIMIT_F_INV`.
        NFTA_CONNLIMIT_FLAGS => flags: Option<u32>,
    }
}
