//! SYN proxies.

use crate::uapi::nf_tables::{NFTA_SYNPROXY_FLAGS, NFTA_SYNPROXY_MSS, NFTA_SYNPROXY_WSCALE};
use crate::wire::attributes;

attributes! {
    /// Answers for a server until the handshake is done.
    pub struct Synproxy {
        /// Maximum segment size.
        NFTA_SYNPROXY_MSS => mss: u16,
        /// Window scale.
        NFTA_SYNPROXY_WSCALE => wscale: u8,
        /// `NF_SYNPROXY_OPT_*`.
        NFTA_SYNPROXY_FLAGS => flags: Option<u32>,
    }
}
