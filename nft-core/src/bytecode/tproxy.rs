//! Transparent proxies.

use super::Register;
use crate::uapi::nf_tables::{NFTA_TPROXY_FAMILY, NFTA_TPROXY_REG_ADDR, NFTA_TPROXY_REG_PORT};
use crate::wire::attributes;

attributes! {
    /// Gives the packet to a local socket.
    pub struct Tproxy {
        /// Family of the address; 0 for both.
        NFTA_TPROXY_FAMILY => family: u32,
        /// Address.
        NFTA_TPROXY_REG_ADDR => addr: Option<Register>,
        /// Port.
        NFTA_TPROXY_REG_PORT => port: Option<Register>,
    }
}
