//! What stands inside rules but has a name in the kernel, as keys: anonymous sets and chains.

use std::collections::HashMap;

use crate::bytecode::ChainRef;
use crate::diff::key::{self, Inline, Key};
use crate::error::Error;
use crate::message::element::{ElementList, ElementMessage};
use crate::message::keep;
use crate::message::rule::RuleMessage;
use crate::message::set::SetMessage;
use crate::set::{CompiledElement, CompiledSet};
use crate::wire::{Attributes, Message, Reader, Text, Writer};

/// The keys of a table's anonymous sets and chains.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    pub(super) sets: HashMap<Text, Key>,
    pub(super) chains: HashMap<Text, Key>,
}

impl Inline for Keys {
    fn set(&self, name: &str, _: Option<u32>) -> Option<Key> {
        if self.sets.is_empty() { None } else { self.sets.get(&Text::new(name)).copied() }
    }

    fn chain(&self, chain: &ChainRef) -> Option<Key> {
        match chain {
            ChainRef::Name(name) if !self.chains.is_empty() => self.chains.get(name).copied(),
            ChainRef::Name(_) | ChainRef::Id(_) => None,
        }
    }
}

impl Keys {
    /// The key of a rule.
    pub(super) fn rule(&self, message: &RuleMessage<'_>, writer: &mut Writer) -> Key {
        let program = message.program.as_ref().map_or(&[][..], |program| program);
        let userdata = message.userdata.unwrap_or_default();
        if message.compat.is_none() && message.unknown.is_empty() {
            return key::rule(program, userdata, &[], self, writer);
        }
        key::rule(program, userdata, &key::besides(message.compat, &keep(&message.unknown)), self, writer)
    }
}

/// An anonymous set on its way to a key.
#[derive(Clone, Debug)]
pub(super) struct Digest {
    head: CompiledSet,
    elements: Vec<CompiledElement>,
}

impl Digest {
    pub(super) fn new(head: Reader<'_>) -> Result<Self, Error> {
        Ok(Self { head: CompiledSet::received(&SetMessage::decode(head)?), elements: Vec::new() })
    }

    pub(super) fn start(&mut self) {
        self.elements.clear();
    }

    /// Takes a message with elements.
    pub(super) fn message(&mut self, message: &Message<'_>) -> Result<(), Error> {
        let Some(elements) = ElementList::decode(message.reader())?.elements else { return Ok(()) };
        for element in elements.reader() {
            self.elements.push(CompiledElement::received(&ElementMessage::decode(element?.reader())?));
        }
        Ok(())
    }

    pub(super) fn key(&self, keys: &Keys) -> Key {
        key::anonymous(&self.head, &self.elements, keys)
    }
}
