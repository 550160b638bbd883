//! Sets: all but their elements.

use std::borrow::Cow;

use crate::bytecode::Instruction;
use crate::uapi::nf_tables::{
    NFTA_SET_COUNT, NFTA_SET_DATA_LEN, NFTA_SET_DATA_TYPE, NFTA_SET_DESC, NFTA_SET_DESC_CONCAT, NFTA_SET_DESC_SIZE,
    NFTA_SET_EXPR, NFTA_SET_EXPRESSIONS, NFTA_SET_FIELD_LEN, NFTA_SET_FLAGS, NFTA_SET_GC_INTERVAL, NFTA_SET_HANDLE,
    NFTA_SET_ID, NFTA_SET_KEY_LEN, NFTA_SET_KEY_TYPE, NFTA_SET_NAME, NFTA_SET_OBJ_TYPE, NFTA_SET_PAD, NFTA_SET_POLICY,
    NFTA_SET_TABLE, NFTA_SET_TIMEOUT, NFTA_SET_TYPE, NFTA_SET_USERDATA,
};
use crate::wire::{List, attributes};

attributes! {
    /// Attributes of a set.
    pub struct SetMessage<'a> {
        /// Name of the table.
        NFTA_SET_TABLE => table: Cow<'a, str>,
        /// Its name.
        NFTA_SET_NAME => name: Option<Cow<'a, str>>,
        /// `NFT_SET_*`.
        NFTA_SET_FLAGS => flags: Option<u32>,
        /// nft's number of the key's type; of a concatenation, six bits for each field.
        NFTA_SET_KEY_TYPE => key_type: Option<u32>,
        /// Bytes of a key.
        NFTA_SET_KEY_LEN => key_len: Option<u32>,
        /// nft's number of the data's type.
        NFTA_SET_DATA_TYPE => data_type: Option<u32>,
        /// Bytes of the data.
        NFTA_SET_DATA_LEN => data_len: Option<u32>,
        /// Type of the objects.
        NFTA_SET_OBJ_TYPE => object_type: Option<u32>,
        /// Number in the batch.
        NFTA_SET_ID => id: Option<u32>,
        /// `NFT_SET_POL_*`.
        NFTA_SET_POLICY => policy: Option<u32>,
        /// Size and fields.
        NFTA_SET_DESC => desc: Option<SetDescription>,
        /// Time-out of elements in milliseconds.
        NFTA_SET_TIMEOUT => timeout: Option<u64>,
        /// Milliseconds between collections.
        NFTA_SET_GC_INTERVAL => gc_interval: Option<u32>,
        /// Userdata records.
        NFTA_SET_USERDATA => userdata: Option<&'a [u8]>,
        /// The one statement of elements.
        NFTA_SET_EXPR => expr: Option<Box<Instruction>>,
        /// The statements of elements, if there are several.
        NFTA_SET_EXPRESSIONS => exprs: Vec<Instruction> as List,
        /// The kernel's number.
        NFTA_SET_HANDLE => handle: Option<u64>,
        /// How the kernel keeps it.
        NFTA_SET_TYPE => backend: Option<Cow<'a, str>>,
        /// How many elements there are.
        NFTA_SET_COUNT => count: Option<u32>,
    }
    pad NFTA_SET_PAD
    rest unknown
}

attributes! {
    /// Size and fields of a set.
    #[derive(Default)]
    pub struct SetDescription {
        /// How many elements there may be.
        NFTA_SET_DESC_SIZE => size: Option<u32>,
        /// The fields of a concatenation with ranges.
        NFTA_SET_DESC_CONCAT => fields: Vec<SetFieldLength> as List,
    }
}

attributes! {
    /// A field of a concatenation.
    pub struct SetFieldLength {
        /// Bytes.
        NFTA_SET_FIELD_LEN => length: u32,
    }
}
