//! What the kernel gets: sets and elements with all bytes in place.

use std::borrow::Cow;

use super::write::{ElementWriter, Target};
use crate::bytecode::{Instruction, Operand};
use crate::error::Error;
use crate::message::element::{Bytes, ElementData, ElementMessage};
use crate::message::keep;
use crate::message::set::{SetDescription, SetFieldLength, SetMessage};
use crate::model::SetFlags;
use crate::wire::{Attributes, Data, Header, Text, Writer};

/// A set as the kernel gets it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct CompiledSet {
    /// Its name; `__set%d`, `__map%d` or `__objmap%d` for anonymous ones: the kernel puts a number there.
    pub name: Text,
    /// Number in the batch.
    pub id: u32,
    /// `NFT_SET_*`.
    pub flags: SetFlags,
    /// nft's number of the key's type.
    pub key_type: u32,
    /// Bytes of a key.
    pub key_len: u32,
    /// nft's number of the data's type, and bytes of the data.
    pub data: Option<(u32, u32)>,
    /// Type of the objects.
    pub object_type: Option<u32>,
    /// `NFT_SET_POL_*`.
    pub policy: Option<u32>,
    /// How many elements there may be.
    pub size: Option<u32>,
    /// Bytes of each field, for ranges over concatenations.
    pub fields: Vec<u32>,
    /// Time-out of elements, in milliseconds.
    pub timeout: Option<u64>,
    /// Milliseconds between collections.
    pub gc_interval: Option<u32>,
    /// Userdata records.
    pub userdata: Vec<u8>,
    /// Statements of elements.
    pub exprs: Vec<Instruction>,
    /// The elements of an anonymous set, in wire order.
    pub elements: Vec<CompiledElement>,
    /// Attributes that are not known, encoded.
    pub unknown: Vec<u8>,
}

/// An element as the kernel gets it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct CompiledElement {
    /// `NFT_SET_ELEM_*`.
    pub flags: u32,
    /// Key, or the first of a range.
    pub key: Option<Data>,
    /// The last key of a range over a concatenation.
    pub key_end: Option<Data>,
    /// What a map says of the key.
    pub data: Option<Operand>,
    /// Name of the object.
    pub object: Option<Text>,
    /// Time-out in milliseconds.
    pub timeout: Option<u64>,
    /// Milliseconds that are left.
    pub expiration: Option<u64>,
    /// Userdata records.
    pub userdata: Vec<u8>,
    /// Statements.
    pub exprs: Vec<Instruction>,
    /// Attributes that are not known, encoded.
    pub unknown: Vec<u8>,
}

impl CompiledSet {
    /// The head of a set that the kernel describes.
    #[must_use]
    pub(crate) fn received(message: &SetMessage<'_>) -> Self {
        let desc = message.desc.clone().unwrap_or_default();
        Self {
            name: Text::new(message.name.as_deref().unwrap_or_default()),
            id: 0,
            flags: SetFlags::from_bits_retain(message.flags.unwrap_or(0)),
            key_type: message.key_type.unwrap_or(0),
            key_len: message.key_len.unwrap_or(0),
            data: message.data_type.map(|ty| (ty, message.data_len.unwrap_or(0))),
            object_type: message.object_type,
            policy: message.policy,
            size: desc.size,
            fields: desc.fields.iter().map(|field| field.length).collect(),
            timeout: message.timeout,
            gc_interval: message.gc_interval,
            userdata: message.userdata.unwrap_or_default().to_vec(),
            exprs: message.expr.iter().map(|expr| (**expr).clone()).chain(message.exprs.iter().cloned()).collect(),
            elements: Vec::new(),
            unknown: keep(&message.unknown),
        }
    }

    /// Appends the attributes of the set: the body of its message.
    pub fn encode(&self, table: &str, writer: &mut Writer) {
        let desc = (self.size.is_some() || !self.fields.is_empty()).then(|| SetDescription {
            size: self.size,
            fields: self.fields.iter().map(|&length| SetFieldLength { length }).collect(),
        });
        let (expr, exprs) = one_or_many(&self.exprs);
        SetMessage {
            table: Cow::Borrowed(table),
            name: Some(Cow::Borrowed(&self.name)),
            flags: Some(self.flags.bits()),
            key_type: Some(self.key_type),
            key_len: Some(self.key_len),
            data_type: self.data.map(|(ty, _)| ty),
            data_len: self.data.map(|(_, length)| length),
            object_type: self.object_type,
            id: Some(self.id),
            policy: self.policy,
            desc,
            timeout: self.timeout,
            gc_interval: self.gc_interval,
            userdata: (!self.userdata.is_empty()).then_some(&self.userdata),
            expr,
            exprs,
            handle: None,
            backend: None,
            count: None,
            unknown: Vec::new(),
        }
        .encode(writer);
        writer.raw(&self.unknown);
    }

    /// Appends the messages with the set's own elements; gives how many messages, whose sequence numbers count up from
    /// that of the header.
    ///
    /// # Errors
    ///
    /// An element does not fit into a message.
    pub fn encode_elements(&self, table: &str, header: &Header, writer: &mut Writer) -> Result<u32, Error> {
        let target = Target { table, set: &self.name, id: Some(self.id) };
        let mut list = ElementWriter::new(&target, header, writer);
        for element in &self.elements {
            list.push(|writer| element.encode(writer));
        }
        list.finish()
    }
}

impl CompiledElement {
    /// An element that the kernel describes.
    #[must_use]
    pub(crate) fn received(message: &ElementMessage<'_>) -> Self {
        Self {
            flags: message.flags.unwrap_or(0),
            key: message.key.map(|key| Data::new(key.0)),
            key_end: message.key_end.map(|key| Data::new(key.0)),
            data: message.data.as_ref().map(|data| match data {
                ElementData::Value(bytes) => Operand::Value(Data::new(bytes)),
                ElementData::Verdict(verdict) => Operand::Verdict(verdict.clone()),
            }),
            object: message.object.as_deref().map(|name| Text::new(name.trim_end_matches('\0'))),
            timeout: message.timeout,
            expiration: message.expiration,
            userdata: message.userdata.unwrap_or_default().to_vec(),
            exprs: message.expr.iter().map(|expr| (**expr).clone()).chain(message.exprs.iter().cloned()).collect(),
            unknown: keep(&message.unknown),
        }
    }

    /// Appends the attributes of the element.
    pub fn encode(&self, writer: &mut Writer) {
        let (expr, exprs) = one_or_many(&self.exprs);
        ElementMessage {
            flags: (self.flags != 0).then_some(self.flags),
            timeout: self.timeout,
            expiration: self.expiration,
            key: self.key.as_deref().map(Bytes),
            key_end: self.key_end.as_deref().map(Bytes),
            data: self.data.as_ref().map(|data| match data {
                Operand::Value(bytes) => ElementData::Value(bytes),
                Operand::Verdict(verdict) => ElementData::Verdict(verdict.clone()),
            }),
            object: self.object.as_deref().map(Cow::Borrowed),
            userdata: (!self.userdata.is_empty()).then_some(&self.userdata),
            expr,
            exprs,
            unknown: Vec::new(),
        }
        .encode(writer);
        writer.raw(&self.unknown);
    }
}

/// One statement has an attribute of its own.
fn one_or_many(exprs: &[Instruction]) -> (Option<Box<Instruction>>, Vec<Instruction>) {
    match exprs {
        [] => (None, Vec::new()),
        [expr] => (Some(Box::new(expr.clone())), Vec::new()),
        exprs => (None, exprs.to_vec()),
    }
}
