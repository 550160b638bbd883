//! Generations: every commit makes a new one.

use std::borrow::Cow;

use crate::uapi::nf_tables::{NFTA_GEN_ID, NFTA_GEN_PROC_NAME, NFTA_GEN_PROC_PID};
use crate::wire::attributes;

attributes! {
    /// Attributes of a generation.
    pub struct GenerationMessage<'a> {
        /// Number.
        NFTA_GEN_ID => id: u32,
        /// Process that committed (in events), or that asks.
        NFTA_GEN_PROC_PID => pid: Option<u32>,
        /// Its name.
        NFTA_GEN_PROC_NAME => name: Option<Cow<'a, str>>,
    }
    rest unknown
}
