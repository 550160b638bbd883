//! Constants.

use super::{Operand, Register};
use crate::uapi::nf_tables::{NFTA_IMMEDIATE_DATA, NFTA_IMMEDIATE_DREG};
use crate::wire::attributes;

attributes! {
    /// Puts bytes or a verdict into a register.
    pub struct Immediate {
        /// Destination; the verdict register for verdicts.
        NFTA_IMMEDIATE_DREG => dreg: Register,
        /// What to put there.
        NFTA_IMMEDIATE_DATA => data: Operand,
    }
}
