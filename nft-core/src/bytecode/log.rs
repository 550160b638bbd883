//! Logging.

use crate::uapi::nf_tables::{
    NFTA_LOG_FLAGS, NFTA_LOG_GROUP, NFTA_LOG_LEVEL, NFTA_LOG_PREFIX, NFTA_LOG_QTHRESHOLD, NFTA_LOG_SNAPLEN,
};
use crate::wire::{Text, attributes};

attributes! {
    /// Logs the packet.
    pub struct Log {
        /// Text before the packet.
        NFTA_LOG_PREFIX => prefix: Option<Text>,
        /// Group of `nfnetlink_log`.
        NFTA_LOG_GROUP => group: Option<u16>,
        /// Bytes to copy.
        NFTA_LOG_SNAPLEN => snaplen: Option<u32>,
        /// Packets to queue before sending.
        NFTA_LOG_QTHRESHOLD => qthreshold: Option<u16>,
        /// `NFT_LOGLEVEL_*`.
        NFTA_LOG_LEVEL => level: Option<u32>,
        /// What else to log: `NF_LOG_*`.
        NFTA_LOG_FLAGS => flags: Option<u32>,
    }
}
