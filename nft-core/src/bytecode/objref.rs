//! Objects.

use super::Register;
use crate::uapi::nf_tables::{
    NFTA_OBJREF_IMM_NAME, NFTA_OBJREF_IMM_TYPE, NFTA_OBJREF_SET_ID, NFTA_OBJREF_SET_NAME, NFTA_OBJREF_SET_SREG,
};
use crate::wire::{Bare, Text, attributes};

attributes! {
    /// Uses an object by its name.
    pub struct ObjrefName {
        /// `NFT_OBJECT_*`: type of the object.
        NFTA_OBJREF_IMM_TYPE => ty: u32,
        /// Its name.
        NFTA_OBJREF_IMM_NAME => name: Text as Bare,
    }
}

attributes! {
    /// Uses the object that a map names.
    pub struct ObjrefMap {
        /// Key.
        NFTA_OBJREF_SET_SREG => sreg: Register,
        /// Name of the map.
        NFTA_OBJREF_SET_NAME => set: Text as Bare,
        /// Number of the map in the same batch.
        NFTA_OBJREF_SET_ID => set_id: Option<u32>,
    }
}
