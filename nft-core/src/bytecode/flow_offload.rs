//! Flow offload.

use crate::uapi::nf_tables::NFTA_FLOW_TABLE_NAME;
use crate::wire::{Text, attributes};

attributes! {
    /// Offloads the connection to a flowtable.
    pub struct FlowOffload {
        /// Name of the flowtable.
        NFTA_FLOW_TABLE_NAME => table: Text,
    }
}
