//! Changes of sets from the packet path.

use super::{Instruction, Register};
use crate::uapi::nf_tables::{
    NFT_DYNSET_OP_ADD, NFT_DYNSET_OP_DELETE, NFT_DYNSET_OP_UPDATE, NFTA_DYNSET_EXPR, NFTA_DYNSET_EXPRESSIONS,
    NFTA_DYNSET_FLAGS, NFTA_DYNSET_OP, NFTA_DYNSET_PAD, NFTA_DYNSET_SET_ID, NFTA_DYNSET_SET_NAME, NFTA_DYNSET_SREG_DATA,
    NFTA_DYNSET_SREG_KEY, NFTA_DYNSET_TIMEOUT,
};
use crate::wire::{List, Text, attributes, wire_enum};

wire_enum! {
    /// What to do.
    pub struct DynsetOp(u32) {
        ADD = NFT_DYNSET_OP_ADD, "add";
        UPDATE = NFT_DYNSET_OP_UPDATE, "update";
        DELETE = NFT_DYNSET_OP_DELETE, "delete";
    }
}

attributes! {
    /// Adds, updates or deletes an element of a set.
    pub struct Dynset {
        /// Key.
        NFTA_DYNSET_SREG_KEY => sreg_key: Register,
        /// Data, for maps.
        NFTA_DYNSET_SREG_DATA => sreg_data: Option<Register>,
        /// What to do.
        NFTA_DYNSET_OP => op: DynsetOp,
        /// Time-out in milliseconds.
        NFTA_DYNSET_TIMEOUT => timeout: Option<u64>,
        /// Name of the set.
        NFTA_DYNSET_SET_NAME => set_name: Text,
        /// Number of the set in the same batch.
        NFTA_DYNSET_SET_ID => set_id: Option<u32>,
        /// The one statement of the element.
        NFTA_DYNSET_EXPR => expr: Option<Box<Instruction>>,
        /// The statements of the element, if there are several.
        NFTA_DYNSET_EXPRESSIONS => expressions: Vec<Instruction> as List,
        /// `NFT_DYNSET_F_*`.
        NFTA_DYNSET_FLAGS => flags: Option<u32>,
    }
    pad NFTA_DYNSET_PAD
}
