//! Copies and forwards.

use super::Register;
use crate::uapi::nf_tables::{NFTA_DUP_SREG_ADDR, NFTA_DUP_SREG_DEV, NFTA_FWD_NFPROTO, NFTA_FWD_SREG_ADDR, NFTA_FWD_SREG_DEV};
use crate::wire::attributes;

attributes! {
    /// Sends a copy of the packet.
    pub struct Dup {
        /// To this address.
        NFTA_DUP_SREG_ADDR => addr: Option<Register>,
        /// Through this device.
        NFTA_DUP_SREG_DEV => dev: Option<Register>,
    }
}

attributes! {
    /// Forwards the packet to a device.
    pub struct Fwd {
        /// Device.
        NFTA_FWD_SREG_DEV => dev: Register,
        /// Address of the neighbour.
        NFTA_FWD_SREG_ADDR => addr: Option<Register>,
        /// Family of that address.
        NFTA_FWD_NFPROTO => nfproto: Option<u32>,
    }
}
