//! Queues to programs.

use super::Register;
use crate::uapi::nf_tables::{NFTA_QUEUE_FLAGS, NFTA_QUEUE_NUM, NFTA_QUEUE_SREG_QNUM, NFTA_QUEUE_TOTAL};
use crate::wire::attributes;

attributes! {
    /// Gives the packet to a program.
    pub struct Queue {
        /// First queue.
        NFTA_QUEUE_NUM => num: Option<u16>,
        /// How many queues.
        NFTA_QUEUE_TOTAL => total: Option<u16>,
        /// `NFT_QUEUE_FLAG_*`.
        NFTA_QUEUE_FLAGS => flags: Option<u16>,
        /// Queue number in a register.
        NFTA_QUEUE_SREG_QNUM => sreg_qnum: Option<Register>,
    }
}
