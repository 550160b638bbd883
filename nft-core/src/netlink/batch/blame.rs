//! What a refusal of the kernel speaks of: which command, which rule, which name or element in it.
//!
//! The kernel names a message by its number, and often the attribute in it that it stumbled over by its offset.

use super::{Batch, NO_RULE};
use crate::bytecode::{ChainRef, Immediate, Instruction, Operand};
use crate::error::{ElementKey, Error, Part, Path};
use crate::message::element::ElementMessage;
use crate::model::Origin;
use crate::schema::Family;
use crate::set::{self, DataShape, Shape};
use crate::uapi::nf_tables::{
    NFT_MSG_DELCHAIN, NFT_MSG_DELFLOWTABLE, NFT_MSG_DELOBJ, NFT_MSG_DELRULE, NFT_MSG_DELSET, NFT_MSG_DELSETELEM,
    NFT_MSG_DELTABLE, NFT_MSG_DESTROYCHAIN, NFT_MSG_DESTROYFLOWTABLE, NFT_MSG_DESTROYOBJ, NFT_MSG_DESTROYRULE,
    NFT_MSG_DESTROYSET, NFT_MSG_DESTROYSETELEM, NFT_MSG_DESTROYTABLE, NFT_MSG_NEWCHAIN, NFT_MSG_NEWFLOWTABLE, NFT_MSG_NEWOBJ,
    NFT_MSG_NEWRULE, NFT_MSG_NEWSET, NFT_MSG_NEWSETELEM, NFT_MSG_NEWTABLE, NFT_SET_ELEM_INTERVAL_END, NFTA_CHAIN_HANDLE,
    NFTA_CHAIN_NAME, NFTA_FLOWTABLE_HANDLE, NFTA_FLOWTABLE_NAME, NFTA_OBJ_HANDLE, NFTA_OBJ_NAME, NFTA_RULE_CHAIN,
    NFTA_RULE_EXPRESSIONS, NFTA_RULE_HANDLE, NFTA_RULE_POSITION, NFTA_RULE_POSITION_ID, NFTA_SET_ELEM_LIST_ELEMENTS,
    NFTA_SET_ELEM_LIST_SET, NFTA_SET_ELEM_LIST_SET_ID, NFTA_SET_HANDLE, NFTA_SET_ID, NFTA_SET_NAME, NFTA_TABLE_HANDLE,
    NFTA_TABLE_NAME,
};
use crate::wire::{Attribute, Attributes, Field, Header, Message, Messages};

impl Batch {
    /// Adds to an error of the kernel where it lies; `offset` is that of an attribute in the message.
    pub(in super::super) fn blame(&self, sequence: u32, offset: Option<usize>, error: Error) -> Error {
        let index = sequence.wrapping_sub(self.first).wrapping_sub(1);
        match usize::try_from(index) {
            Ok(index) if index < self.places.len() => self.locate(index, offset, error),
            _ => error,
        }
    }

    pub(super) fn locate(&self, index: usize, offset: Option<usize>, error: Error) -> Error {
        let Some(place) = self.places.get(index) else { return error };
        let rule = (place.rule != NO_RULE).then_some(place.rule).and_then(|rule| usize::try_from(rule).ok());
        // A rule in a block stands for itself, all else for its command.
        let command = if rule.is_some() { Origin::None } else { self.command(index) };
        let message = self.at(index);
        error.with_origin(command).with_origin(place.origin).within(|path| {
            if let Some(message) = message {
                describe(&message, path);
                if let Some(offset) = offset.and_then(|offset| offset.checked_sub(Header::SIZE)) {
                    self.point(index, &message, offset, path);
                }
            }
            if path.rule.is_none() {
                path.rule = rule;
            }
        })
    }

    /// Where the command of a message was written.
    fn command(&self, index: usize) -> Origin {
        let behind = self.commands.partition_point(|(first, _)| *first <= index);
        behind.checked_sub(1).and_then(|at| self.commands.get(at)).map_or(Origin::None, |(_, origin)| *origin)
    }

    fn at(&self, index: usize) -> Option<Message<'_>> {
        let start = usize::try_from(self.places.get(index)?.start).ok()?;
        Messages::new(self.writer.as_bytes().get(start..)?).next()?.ok()
    }

    /// Says what stands at an offset of a message's attributes.
    fn point(&self, index: usize, message: &Message<'_>, offset: usize, path: &mut Path) {
        let found = attributes_at(message.body, offset);
        let (Some(outer), Some(inner)) = (found.first(), found.last()) else { return };
        path.part = match (message.header.message(), outer.kind) {
            (NFT_MSG_NEWTABLE | NFT_MSG_DELTABLE | NFT_MSG_DESTROYTABLE, NFTA_TABLE_HANDLE) => Some(Part::Handle),
            // The table comes first in every message.
            (_, NFTA_TABLE_NAME) => Some(Part::Table),
            (NFT_MSG_NEWRULE, NFTA_RULE_EXPRESSIONS) => found.get(1).copied().and_then(mentioned),
            // A chain that gets another name: it is the new one that is there already.
            (NFT_MSG_NEWCHAIN, NFTA_CHAIN_NAME)
                if message.reader().find(NFTA_CHAIN_HANDLE).is_ok_and(|found| found.is_some()) =>
            {
                Some(Part::Name(inner.text().into()))
            }
            (NFT_MSG_NEWSETELEM | NFT_MSG_DELSETELEM | NFT_MSG_DESTROYSETELEM, NFTA_SET_ELEM_LIST_ELEMENTS) => {
                path.key = found.get(1).and_then(|element| self.key(index, message, *element)).map(Box::new);
                None
            }
            (message, attribute) => named(message, attribute),
        };
    }

    /// The key of an element.
    fn key(&self, index: usize, message: &Message<'_>, element: Attribute<'_>) -> Option<ElementKey> {
        let element = ElementMessage::decode(element.reader()).ok()?;
        let shape = self.shape(index, message)?;
        let mut bytes = element.key?.0.to_vec();
        // Ranges are in network order already.
        if !shape.interval {
            set::turn_key(&shape, &mut bytes);
        }
        let behind = element.flags.unwrap_or(0) & NFT_SET_ELEM_INTERVAL_END != 0;
        Some(ElementKey::new(shape.key, bytes.into(), behind))
    }

    /// The type of the set that a message with elements speaks of.
    fn shape(&self, index: usize, message: &Message<'_>) -> Option<Shape> {
        fn find<'m>(message: &Message<'m>, kind: u16) -> Option<&'m [u8]> {
            message.reader().find(kind).ok().flatten().map(|attribute| attribute.payload)
        }
        let wanted = [NFTA_SET_ELEM_LIST_SET_ID, NFTA_SET_ELEM_LIST_SET].map(|kind| find(message, kind));
        for earlier in (0..index).rev().filter_map(|earlier| self.at(earlier)) {
            if earlier.header.message() != NFT_MSG_NEWSET {
                continue;
            }
            let found = [NFTA_SET_ID, NFTA_SET_NAME].map(|kind| find(&earlier, kind));
            if found.iter().zip(wanted).any(|(found, wanted)| found.is_some() && *found == wanted) {
                let family = Family::by_number(earlier.header.family)?;
                return set::decode(family, earlier.reader()).ok().map(|(_, _, shape)| shape);
            }
        }
        let behind = self.keys.partition_point(|(first, _, _)| *first <= index);
        let (_, key, interval) = self.keys.get(behind.checked_sub(1)?)?;
        Some(Shape { key: key.clone(), interval: *interval, data: DataShape::None })
    }
}

/// The attribute that begins at an offset, behind those that it stands in.
fn attributes_at(bytes: &[u8], offset: usize) -> Vec<Attribute<'_>> {
    const HEAD: usize = 4;
    let mut found = Vec::new();
    let (mut bytes, mut offset) = (bytes, offset);
    'inner: loop {
        let mut at = 0;
        for attribute in crate::wire::Reader::new(bytes) {
            let Ok(attribute) = attribute else { return Vec::new() };
            let end = at + HEAD + attribute.payload.len();
            if at == offset {
                found.push(attribute);
                return found;
            }
            if offset < end {
                let Some(within) = offset.checked_sub(at + HEAD) else { return Vec::new() };
                found.push(attribute);
                (bytes, offset) = (attribute.payload, within);
                continue 'inner;
            }
            at = end.next_multiple_of(4);
        }
        return Vec::new();
    }
}

/// The name that an instruction of a rule mentions.
fn mentioned(instruction: Attribute<'_>) -> Option<Part> {
    let name = match Instruction::read(instruction).ok()? {
        Instruction::Immediate(Immediate { data: Operand::Verdict(verdict), .. }) => match verdict.chain()? {
            ChainRef::Name(name) => name.as_str().into(),
            ChainRef::Id(_) => return None,
        },
        Instruction::ObjrefName(object) => object.name.as_str().into(),
        Instruction::FlowOffload(offload) => offload.table.as_str().into(),
        Instruction::Lookup(lookup) => lookup.set.as_str().into(),
        Instruction::Dynset(dynset) => dynset.set_name.as_str().into(),
        _ => return None,
    };
    Some(Part::Name(name))
}

/// Which word an attribute of a message comes from.
const fn named(message: u8, attribute: u16) -> Option<Part> {
    let (name, handle) = match message {
        NFT_MSG_NEWCHAIN | NFT_MSG_DELCHAIN | NFT_MSG_DESTROYCHAIN => (NFTA_CHAIN_NAME, NFTA_CHAIN_HANDLE),
        NFT_MSG_NEWRULE | NFT_MSG_DELRULE | NFT_MSG_DESTROYRULE => (NFTA_RULE_CHAIN, NFTA_RULE_HANDLE),
        NFT_MSG_NEWSET | NFT_MSG_DELSET | NFT_MSG_DESTROYSET => (NFTA_SET_NAME, NFTA_SET_HANDLE),
        NFT_MSG_NEWSETELEM | NFT_MSG_DELSETELEM | NFT_MSG_DESTROYSETELEM => (NFTA_SET_ELEM_LIST_SET, u16::MAX),
        NFT_MSG_NEWOBJ | NFT_MSG_DELOBJ | NFT_MSG_DESTROYOBJ => (NFTA_OBJ_NAME, NFTA_OBJ_HANDLE),
        NFT_MSG_NEWFLOWTABLE | NFT_MSG_DELFLOWTABLE | NFT_MSG_DESTROYFLOWTABLE => (NFTA_FLOWTABLE_NAME, NFTA_FLOWTABLE_HANDLE),
        _ => return None,
    };
    if attribute == name {
        Some(Part::Item)
    } else if attribute == handle
        || matches!((message, attribute), (NFT_MSG_NEWRULE, NFTA_RULE_POSITION | NFTA_RULE_POSITION_ID))
    {
        Some(Part::Handle)
    } else {
        None
    }
}

/// Names what a message is about, from its own bytes.
fn describe(message: &Message<'_>, path: &mut Path) {
    let text = |kind: u16| message.reader().find(kind).ok().flatten().map(Attribute::text);
    let family = Family::by_number(message.header.family).map_or("", Family::name);
    if let (Some(table), None) = (text(NFTA_TABLE_NAME), &path.table) {
        path.table = Some(format!("{family} {table}"));
    }
    let (kind, name) = match message.header.message() {
        NFT_MSG_NEWCHAIN | NFT_MSG_DELCHAIN | NFT_MSG_DESTROYCHAIN => ("chain", text(NFTA_CHAIN_NAME)),
        NFT_MSG_NEWRULE | NFT_MSG_DELRULE | NFT_MSG_DESTROYRULE => ("chain", text(NFTA_RULE_CHAIN)),
        NFT_MSG_NEWSET
        | NFT_MSG_DELSET
        | NFT_MSG_DESTROYSET
        | NFT_MSG_NEWSETELEM
        | NFT_MSG_DELSETELEM
        | NFT_MSG_DESTROYSETELEM => ("set", text(NFTA_SET_NAME)),
        NFT_MSG_NEWOBJ | NFT_MSG_DELOBJ | NFT_MSG_DESTROYOBJ => ("object", text(NFTA_OBJ_NAME)),
        NFT_MSG_NEWFLOWTABLE | NFT_MSG_DELFLOWTABLE | NFT_MSG_DESTROYFLOWTABLE => ("flowtable", text(NFTA_FLOWTABLE_NAME)),
        _ => return,
    };
    if let (Some(name), None) = (name, &path.item) {
        path.item = Some(format!("{kind} {name}"));
    }
}
