//! Extensions of the xtables, opaque.

use crate::uapi::nf_tables::{
    NFTA_MATCH_INFO, NFTA_MATCH_NAME, NFTA_MATCH_REV, NFTA_TARGET_INFO, NFTA_TARGET_NAME, NFTA_TARGET_REV,
};
use crate::wire::{Blob, Data, Text, attributes};

attributes! {
    /// A match of the xtables.
    pub struct Match {
        /// Its name.
        NFTA_MATCH_NAME => name: Text,
        /// Its revision.
        NFTA_MATCH_REV => rev: u32,
        /// Its own data.
        NFTA_MATCH_INFO => info: Data as Blob,
    }
}

attributes! {
    /// A target of the xtables.
    pub struct Target {
        /// Its name.
        NFTA_TARGET_NAME => name: Text,
        /// Its revision.
        NFTA_TARGET_REV => rev: u32,
        /// Its own data.
        NFTA_TARGET_INFO => info: Data as Blob,
    }
}
