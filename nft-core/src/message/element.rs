//! Elements of sets.

use std::borrow::Cow;

use crate::bytecode::{Instruction, Verdict};
use crate::uapi::nf_tables::{
    NFTA_DATA_VALUE, NFTA_DATA_VERDICT, NFTA_SET_ELEM_DATA, NFTA_SET_ELEM_EXPIRATION, NFTA_SET_ELEM_EXPR,
    NFTA_SET_ELEM_EXPRESSIONS, NFTA_SET_ELEM_FLAGS, NFTA_SET_ELEM_KEY, NFTA_SET_ELEM_KEY_END, NFTA_SET_ELEM_LIST_ELEMENTS,
    NFTA_SET_ELEM_LIST_SET, NFTA_SET_ELEM_LIST_SET_ID, NFTA_SET_ELEM_LIST_TABLE, NFTA_SET_ELEM_OBJREF, NFTA_SET_ELEM_PAD,
    NFTA_SET_ELEM_TIMEOUT, NFTA_SET_ELEM_USERDATA,
};
use crate::wire::{Attribute, Error, Field, List, Reader, Writer, attributes};

attributes! {
    /// Attributes of a list of elements.
    pub struct ElementList<'a> {
        /// Name of the table.
        NFTA_SET_ELEM_LIST_TABLE => table: Cow<'a, str>,
        /// Name of the set.
        NFTA_SET_ELEM_LIST_SET => set: Cow<'a, str>,
        /// Number of the set in the batch.
        NFTA_SET_ELEM_LIST_SET_ID => set_id: Option<u32>,
        /// The elements: a nest of nests.
        NFTA_SET_ELEM_LIST_ELEMENTS => elements: Option<Nest<'a>>,
    }
    rest unknown
}

attributes! {
    /// Attributes of an element. Nothing is copied.
    #[derive(Default)]
    pub struct ElementMessage<'a> {
        /// `NFT_SET_ELEM_*`.
        NFTA_SET_ELEM_FLAGS => flags: Option<u32>,
        /// Time-out in milliseconds.
        NFTA_SET_ELEM_TIMEOUT => timeout: Option<u64>,
        /// Milliseconds that are left.
        NFTA_SET_ELEM_EXPIRATION => expiration: Option<u64>,
        /// Key, or the first of a range.
        NFTA_SET_ELEM_KEY => key: Option<Bytes<'a>>,
        /// The last key of a range over a concatenation.
        NFTA_SET_ELEM_KEY_END => key_end: Option<Bytes<'a>>,
        /// What a map says of the key.
        NFTA_SET_ELEM_DATA => data: Option<ElementData<'a>>,
        /// Name of the object.
        NFTA_SET_ELEM_OBJREF => object: Option<Cow<'a, str>>,
        /// Userdata records.
        NFTA_SET_ELEM_USERDATA => userdata: Option<&'a [u8]>,
        /// The one statement of the element.
        NFTA_SET_ELEM_EXPR => expr: Option<Box<Instruction>>,
        /// The statements, if there are several.
        NFTA_SET_ELEM_EXPRESSIONS => exprs: Vec<Instruction> as List,
    }
    pad NFTA_SET_ELEM_PAD
    rest unknown
}

/// A nest that is read by somebody else.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "bytes")]
pub struct Nest<'a>(pub &'a [u8]);

/// Bytes inside a nest of their own.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "bytes")]
pub struct Bytes<'a>(pub &'a [u8]);

/// What a map says of a key.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the kernel has these two")]
pub enum ElementData<'a> {
    /// Bytes.
    Value(&'a [u8]),
    /// A verdict.
    Verdict(Verdict),
}

impl<'a> Nest<'a> {
    /// What it holds.
    #[must_use]
    pub const fn reader(self) -> Reader<'a> {
        Reader::new(self.0)
    }
}

impl<'a> Field<'a> for Nest<'a> {
    fn write(&self, kind: u16, writer: &mut Writer) {
        writer.nest(kind, |writer| writer.raw(self.0));
    }

    fn read(attribute: Attribute<'a>) -> Result<Self, Error> {
        Ok(Self(attribute.payload))
    }
}

impl<'a> Field<'a> for Bytes<'a> {
    fn write(&self, kind: u16, writer: &mut Writer) {
        writer.nest(kind, |writer| writer.bytes(NFTA_DATA_VALUE, self.0));
    }

    fn read(attribute: Attribute<'a>) -> Result<Self, Error> {
        match ElementData::read(attribute)? {
            ElementData::Value(bytes) => Ok(Self(bytes)),
            ElementData::Verdict(_) => Err(Error::Unknown { attribute: NFTA_DATA_VERDICT }),
        }
    }
}

impl<'a> Field<'a> for ElementData<'a> {
    fn write(&self, kind: u16, writer: &mut Writer) {
        writer.nest(kind, |writer| match self {
            Self::Value(bytes) => writer.bytes(NFTA_DATA_VALUE, bytes),
            Self::Verdict(verdict) => verdict.write(NFTA_DATA_VERDICT, writer),
        });
    }

    fn read(attribute: Attribute<'a>) -> Result<Self, Error> {
        let content = attribute.reader().next().unwrap_or(Err(Error::Missing { attribute: NFTA_DATA_VALUE }))?;
        match content.kind {
            NFTA_DATA_VALUE => Ok(Self::Value(content.payload)),
            NFTA_DATA_VERDICT => Verdict::read(content).map(Self::Verdict),
            attribute => Err(Error::Unknown { attribute }),
        }
    }
}
