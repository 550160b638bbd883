//! A table of the kernel in kernel form, message by message: from a snapshot, or from events.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::inline::{Digest, Keys};
use super::pull;
use crate::bytecode::{ChainRef, Instruction, Operand, Program};
use crate::delinearize::{Context, Names};
use crate::diff::Source;
use crate::diff::elements::{self, settled};
use crate::diff::image::{Image, RuleImage};
use crate::diff::key;
use crate::diff::uses::{self, Use};
use crate::environment::NoEnvironment;
use crate::error::{Error, ErrorKind};
use crate::message::rule::{RuleMessage, read_userdata};
use crate::message::set::SetMessage;
use crate::message::{chain, flowtable, object};
use crate::model::{Chain, Elements, MapData, ObjectType, Rule, Set, SetFlags, Table};
use crate::schema::Family;
use crate::set::{self, Collector, CompiledSet, Shape};
use crate::uapi::nf_tables::{NFTA_RULE_COMPAT, NFTA_RULE_EXPRESSIONS, NFTA_RULE_USERDATA};
use crate::wire::{Attributes, Message, Reader, Text, Writer};

/// How many chains of rules may stand in each other; nft allows none inside another.
const DEPTH: u32 = 16;

/// A table of the kernel.
#[derive(Debug)]
pub(super) struct State {
    pub(super) image: Image,
    /// How elements of the sets are encoded, in their order.
    pub(super) shapes: Vec<Shape>,
    pub(super) anonymous: HashMap<Text, Anonymous>,
    pub(super) blocks: HashMap<Text, Block>,
    /// Where each chain stands.
    chains: HashMap<Text, usize>,
    keys: Keys,
    writer: Writer,
    /// Whether events left open what the table is.
    doubtful: bool,
    /// Sets whose elements are to be read anew.
    doubtful_sets: HashSet<Text>,
    /// The rule that went last: its chain, number and place.
    replaced: Option<(Text, u64, usize)>,
    /// Whether a rule went that changed a set.
    unchanging: bool,
}

/// A set that belongs to a rule.
#[derive(Debug)]
pub(super) struct Anonymous {
    set: Set,
    shape: Shape,
    digest: Digest,
    collector: Option<Collector>,
}

impl Anonymous {
    /// Begins anew.
    pub(super) fn start(&mut self) {
        self.digest.start();
        self.collector = Some(Collector::new(self.shape.clone()));
    }

    /// Takes a message with elements.
    pub(super) fn message(&mut self, message: &Message<'_>) -> Result<(), Error> {
        self.digest.message(message)?;
        if let Some(collector) = &mut self.collector {
            collector.add(message.reader())?;
        }
        Ok(())
    }

    /// Whether there are as many elements as the kernel counts.
    pub(super) fn finish(&mut self) -> bool {
        if let Some(collector) = self.collector.take() {
            self.set.elements = collector.finish();
        }
        self.set.is_interval() || set::is_complete(&self.set)
    }
}

/// A chain that belongs to a rule.
#[derive(Debug, Default)]
pub(super) struct Block {
    rules: Vec<RuleImage>,
    values: OnceCell<Vec<Rule>>,
}

impl State {
    pub(super) fn new(table: Table) -> Self {
        let image = Image { table, heads: Vec::new(), rules: Vec::new(), meters: Vec::new(), changed: HashSet::new() };
        Self {
            image,
            shapes: Vec::new(),
            anonymous: HashMap::new(),
            blocks: HashMap::new(),
            chains: HashMap::new(),
            keys: Keys::default(),
            writer: Writer::new(),
            doubtful: false,
            doubtful_sets: HashSet::new(),
            replaced: None,
            unchanging: false,
        }
    }

    /// Whether chains hang on devices.
    #[cfg(feature = "reconciler")]
    pub(super) fn has_devices(&self) -> bool {
        self.image.table.chains.iter().any(has_devices)
    }

    /// The table has to be read anew.
    pub(super) const fn doubt(&mut self) {
        self.doubtful = true;
    }

    /// A commit is over: what went in it is replaced by nothing that comes later.
    pub(super) fn settle(&mut self) {
        self.replaced = None;
        if !std::mem::take(&mut self.unchanging) {
            return;
        }
        let rules = self.image.rules.iter().flatten().chain(self.blocks.values().flat_map(|block| &block.rules));
        let programs = rules.filter_map(|rule| message(&rule.bytes).ok()?.program);
        let mut changed = HashSet::new();
        for program in programs {
            changed.extend(program.iter().filter_map(|step| match step {
                Instruction::Dynset(dynset) => Some(dynset.set_name.clone()),
                _ => None,
            }));
        }
        self.image.changed = changed;
    }

    /// Whether the table has to be read anew.
    pub(super) const fn is_doubtful(&self) -> bool {
        self.doubtful
    }

    /// Places of the sets that have to be read anew; they are in doubt no longer.
    pub(super) fn doubtful_sets(&mut self) -> Vec<usize> {
        let names = std::mem::take(&mut self.doubtful_sets);
        names.iter().filter_map(|name| self.set_place(name)).collect()
    }

    /// Elements may have run out.
    pub(super) fn doubt_expiring(&mut self) {
        let expiring = self.image.table.sets.iter().filter(|set| set.expires() && !set.elements.is_empty());
        self.doubtful_sets.extend(expiring.map(|set| Text::new(&set.name)));
    }

    /// Rules that packets meet may have changed the elements of this set, if there are such rules.
    pub(super) fn doubt_dynamic(&mut self, name: &str) {
        let set = self.set_place(name).and_then(|place| self.image.table.sets.get(place));
        let changed = |set: &Set| set.flags.contains(SetFlags::DYNAMIC) || self.image.changed.contains(&Text::new(name));
        if set.is_some_and(changed) {
            self.doubtful_sets.insert(Text::new(name));
        }
    }

    pub(super) const fn family(&self) -> Family {
        self.image.table.family
    }

    /// A chain that comes, or is another now.
    pub(super) fn chain(&mut self, reader: Reader<'_>) -> Result<(), Error> {
        let received = chain::decode(self.family(), reader)?;
        let name = Text::new(&received.chain.name);
        if received.anonymous {
            self.blocks.entry(name).or_default();
            return Ok(());
        }
        let handle = received.chain.handle;
        let same = |chain: &Chain| chain.handle == handle && chain.handle.is_some();
        match self.image.table.chains.iter().position(same) {
            Some(place) => {
                if let Some(chain) = self.image.table.chains.get_mut(place) {
                    // Of devices that come the kernel tells only these.
                    self.doubtful |= [&*chain, &received.chain].iter().any(|chain| has_devices(chain));
                    // Whatever jumps to it does so by its new name from now on, and the kernel tells nothing of that.
                    self.doubtful |= chain.name != received.chain.name;
                    *chain = received.chain;
                }
                self.chains.retain(|_, at| *at != place);
                self.chains.insert(name, place);
            }
            None => {
                self.chains.insert(name, self.image.table.chains.len());
                self.image.table.chains.push(received.chain);
                self.image.rules.push(Vec::new());
            }
        }
        Ok(())
    }

    /// A chain that goes.
    pub(super) fn remove_chain(&mut self, reader: Reader<'_>) -> Result<(), Error> {
        let received = chain::decode(self.family(), reader)?;
        let name = Text::new(&received.chain.name);
        self.blocks.remove(&name);
        self.keys.chains.remove(&name);
        // Of devices that go it tells as if the chain went.
        self.doubtful |= has_devices(&received.chain);
        let same = |chain: &Chain| chain.handle == received.chain.handle;
        if let Some(place) = self.image.table.chains.iter().position(same) {
            self.image.table.chains.remove(place);
            self.image.rules.remove(place);
            self.chains = (0..).zip(&self.image.table.chains).map(|(at, chain)| (Text::new(&chain.name), at)).collect();
        }
        Ok(())
    }

    /// An object that comes, or is another now.
    pub(super) fn object(&mut self, reader: Reader<'_>) -> Result<(), Error> {
        let (_, object) = object::decode(reader)?;
        let objects = &mut self.image.table.objects;
        match objects.iter_mut().find(|old| old.name == object.name && old.kind.ty() == object.kind.ty()) {
            Some(old) => *old = object,
            None => objects.push(object),
        }
        Ok(())
    }

    /// An object that goes.
    pub(super) fn remove_object(&mut self, reader: Reader<'_>) -> Result<(), Error> {
        let (_, object) = object::decode(reader)?;
        self.image.table.objects.retain(|old| old.name != object.name || old.kind.ty() != object.kind.ty());
        Ok(())
    }

    /// A flowtable that comes, or is another now.
    pub(super) fn flowtable(&mut self, reader: Reader<'_>) -> Result<(), Error> {
        let (_, flowtable) = flowtable::decode(reader)?;
        let flowtables = &mut self.image.table.flowtables;
        match flowtables.iter_mut().find(|old| old.name == flowtable.name) {
            Some(old) => {
                self.doubtful = true;
                *old = flowtable;
            }
            None => flowtables.push(flowtable),
        }
        Ok(())
    }

    /// A flowtable that goes.
    pub(super) fn remove_flowtable(&mut self, reader: Reader<'_>) -> Result<(), Error> {
        let (_, flowtable) = flowtable::decode(reader)?;
        self.doubtful = true;
        self.image.table.flowtables.retain(|old| old.name != flowtable.name);
        Ok(())
    }

    /// The head of a set that comes, or is another now.
    pub(super) fn set(&mut self, reader: Reader<'_>) -> Result<(), Error> {
        let head = CompiledSet::received(&SetMessage::decode(reader.clone())?);
        let (_, set, shape) = set::decode(self.family(), reader.clone())?;
        if set.flags.contains(SetFlags::ANONYMOUS) {
            let anonymous =
                Anonymous { set, digest: Digest::new(reader)?, collector: Some(Collector::new(shape.clone())), shape };
            self.anonymous.insert(head.name.clone(), anonymous);
            return Ok(());
        }
        match self.set_place(&head.name) {
            Some(place) if self.image.table.sets.get(place).is_some_and(|old| old.handle == set.handle) => {
                if let (Some(old), Some(slot)) = (self.image.table.sets.get_mut(place), self.image.heads.get_mut(place)) {
                    let elements = std::mem::take(&mut old.elements);
                    *old = set;
                    old.elements = elements;
                    *slot = Arc::new(head);
                }
            }
            _ => {
                self.image.table.sets.push(set);
                self.image.heads.push(Arc::new(head));
                self.shapes.push(shape);
            }
        }
        Ok(())
    }

    /// A set that goes.
    pub(super) fn remove_set(&mut self, reader: Reader<'_>) -> Result<(), Error> {
        let (_, set, _) = set::decode(self.family(), reader)?;
        let name = Text::new(&set.name);
        self.anonymous.remove(&name);
        self.keys.sets.remove(&name);
        let gone = |old: &Set| old.name == set.name && (set.handle.is_none() || old.handle == set.handle);
        if let Some(place) = self.image.table.sets.iter().position(gone) {
            self.image.table.sets.remove(place);
            self.image.heads.remove(place);
            self.shapes.remove(place);
        }
        Ok(())
    }

    pub(super) fn set_place(&self, name: &str) -> Option<usize> {
        self.image.heads.iter().position(|head| *head.name == *name)
    }

    /// Takes the elements of a named set, as they were read.
    pub(super) fn elements(&mut self, place: usize, elements: Elements) -> Result<(), Error> {
        if let (Some(set), Some(shape)) = (self.image.table.sets.get_mut(place), self.shapes.get(place)) {
            let settled = settled(elements, set, shape, &NoEnvironment);
            set.elements = settled.map_err(|error| Error::new(ErrorKind::Reply, format!("set {}: {error}", &*set.name)))?;
        }
        Ok(())
    }

    /// An anonymous set is complete: a rule uses it.
    fn seal(&mut self, name: &Text) {
        if let Some(anonymous) = self.anonymous.get_mut(name)
            && !self.keys.sets.contains_key(name)
        {
            anonymous.finish();
            let key = anonymous.digest.key(&self.keys);
            self.keys.sets.insert(name.clone(), key);
        }
    }

    /// A rule that comes: behind the one of that number, or at the end.
    pub(super) fn rule(&mut self, message: &RuleMessage<'_>, reader: Reader<'_>, behind: Option<u64>) -> Result<(), Error> {
        let name = Text::new(message.chain.as_deref().unwrap_or_default());
        let rule = self.rule_image(message, reader)?;
        if let Some(block) = self.blocks.get_mut(&name) {
            block.rules.push(rule);
            block.values = OnceCell::new();
            self.keys.chains.remove(&name);
            return Ok(());
        }
        let Some(rules) = self.chains.get(&name).and_then(|place| self.image.rules.get_mut(*place)) else {
            self.doubtful = true;
            return Ok(());
        };
        match behind {
            None => rules.push(rule),
            Some(0) => rules.insert(0, rule),
            Some(handle) => match rules.iter().rposition(|rule| rule.handle == handle) {
                Some(place) => rules.insert(place + 1, rule),
                None => {
                    self.doubtful = true;
                    rules.push(rule);
                }
            },
        }
        Ok(())
    }

    /// A rule that an event tells of: behind the one that it names. For the first rule of a chain and the last one it names none; the last ones
    /// are said to be appended, and so are those that replace another, which went just before.
    pub(super) fn new_rule(&mut self, message: &RuleMessage<'_>, reader: Reader<'_>, appended: bool) -> Result<(), Error> {
        let name = Text::new(message.chain.as_deref().unwrap_or_default());
        let replaced = self.replaced.take().filter(|(chain, ..)| *chain == name);
        match (message.position, replaced) {
            (Some(behind), _) => self.rule(message, reader, Some(behind)),
            (None, _) if !appended => self.rule(message, reader, Some(0)),
            (None, None) => self.rule(message, reader, None),
            (None, Some((_, handle, at))) => {
                let rules = self.chains.get(&name).and_then(|place| self.image.rules.get(*place)).map_or(0, Vec::len);
                // Before Linux 6.18 a rule that replaces another has a number of its own.
                self.doubtful |= message.handle != Some(handle) && at != rules;
                let image = self.rule_image(message, reader)?;
                if let Some(rules) = self.chains.get(&name).and_then(|place| self.image.rules.get_mut(*place)) {
                    rules.insert(at.min(rules.len()), image);
                }
                Ok(())
            }
        }
    }

    /// Elements that come to a set, or go.
    pub(super) fn changed_elements(&mut self, name: &Text, message: &Message<'_>, come: bool) -> Result<(), Error> {
        if let Some(anonymous) = self.anonymous.get_mut(name) {
            return if come { anonymous.message(message) } else { Ok(()) };
        }
        let Some(place) = self.set_place(name) else {
            self.doubtful = true;
            return Ok(());
        };
        let Some((set, shape)) = self.image.table.sets.get_mut(place).zip(self.shapes.get(place)) else { return Ok(()) };
        // Where ranges begin and end, the kernel tells one by one.
        if shape.interval {
            self.doubtful_sets.insert(name.clone());
            return Ok(());
        }
        let mut collector = Collector::new(shape.clone());
        collector.add(message.reader())?;
        let changed = settled(collector.finish(), set, shape, &NoEnvironment)?;
        elements::apply(&mut set.elements, changed, come, shape)
    }

    /// The elements are what somebody else knows.
    pub(super) fn take_elements(&mut self, place: usize, elements: &Elements) {
        let Some(set) = self.image.table.sets.get_mut(place) else { return };
        if set.elements.layout() == elements.layout() {
            set.elements.clone_from(elements);
        } else {
            self.doubtful_sets.insert(Text::new(&set.name));
        }
    }

    /// A rule that goes.
    pub(super) fn remove_rule(&mut self, message: &RuleMessage<'_>) {
        let name = Text::new(message.chain.as_deref().unwrap_or_default());
        let Some(rules) = self.chains.get(&name).and_then(|place| self.image.rules.get_mut(*place)) else { return };
        let Some(place) = message.handle.and_then(|handle| rules.iter().position(|rule| rule.handle == handle)) else { return };
        let rule = rules.remove(place);
        self.replaced = Some((name, rule.handle, place));
        self.forget_inline(&rule);
    }

    /// What stands in a rule goes with it.
    fn forget_inline(&mut self, rule: &RuleImage) {
        if self.anonymous.is_empty() && self.blocks.is_empty() && self.image.changed.is_empty() {
            return;
        }
        let Some(program) = message(&rule.bytes).ok().and_then(|message| message.program) else { return };
        // It may have been the only one that changes its set.
        self.unchanging |= program.iter().any(|step| matches!(step, Instruction::Dynset(_)));
        uses::program(&program, &mut |use_| match use_ {
            Use::Set(name) => {
                let name = Text::new(name);
                if self.anonymous.remove(&name).is_some() {
                    self.keys.sets.remove(&name);
                }
            }
            Use::Chain(name) => {
                let name = Text::new(name);
                if self.blocks.remove(&name).is_some() {
                    self.keys.chains.remove(&name);
                }
            }
            Use::Object(..) | Use::Flowtable(_) => {}
        });
    }

    fn rule_image(&mut self, message: &RuleMessage<'_>, reader: Reader<'_>) -> Result<RuleImage, Error> {
        let mut bytes = Writer::new();
        for attribute in reader {
            let attribute = attribute?;
            if matches!(attribute.kind, NFTA_RULE_EXPRESSIONS | NFTA_RULE_COMPAT | NFTA_RULE_USERDATA) {
                attribute.encode(&mut bytes);
            }
        }
        message.unknown.iter().for_each(|attribute| attribute.encode(&mut bytes));
        let none = Program::new();
        let program = message.program.as_ref().unwrap_or(&none);
        for step in program.iter() {
            match step {
                Instruction::Dynset(dynset) => {
                    self.image.changed.insert(dynset.set_name.clone());
                }
                Instruction::Lookup(lookup) => self.seal(&lookup.set),
                Instruction::ObjrefMap(objref) => self.seal(&objref.set),
                Instruction::Immediate(immediate) => {
                    if let Operand::Verdict(verdict) = &immediate.data
                        && let Some(ChainRef::Name(name)) = verdict.chain()
                        && self.blocks.contains_key(name)
                    {
                        self.seal_block(name);
                    }
                }
                _ => {}
            }
        }
        let userdata = message.userdata.unwrap_or_default();
        let key = self.keys.rule(message, &mut self.writer);
        let mut rule = RuleImage::new(key, read_userdata(userdata).tag.as_deref());
        rule.handle = message.handle.unwrap_or(0);
        rule.bytes = bytes.as_bytes().into();
        Ok(rule)
    }

    fn seal_block(&mut self, name: &Text) {
        if let (Some(block), false) = (self.blocks.get(name), self.keys.chains.contains_key(name)) {
            let key = key::chain(block.rules.iter().map(|rule| rule.key));
            self.keys.chains.insert(name.clone(), key);
        }
    }

    fn value(&self, rule: &RuleImage) -> Result<Rule, Error> {
        let message = message(&rule.bytes)?;
        let mut value = pull::received_rule(&message, &Context { family: self.family(), names: self });
        value.handle = (rule.handle != 0).then_some(rule.handle);
        value.set_received(self.family(), rule.key);
        Ok(value)
    }

    fn used(&self, rule: &RuleImage, depth: u32, each: &mut dyn FnMut(Use<'_>)) -> Result<(), Error> {
        let message = message(&rule.bytes)?;
        let Some(program) = &message.program else { return Ok(()) };
        let mut inner = Vec::new();
        uses::program(program, &mut |use_| {
            match use_ {
                Use::Set(name) => {
                    if let Some(anonymous) = self.anonymous.get(&Text::new(name)) {
                        let object =
                            if let Some(MapData::Object(ObjectType(ty))) = anonymous.set.data { Some(ty) } else { None };
                        for element in anonymous.set.elements.others() {
                            uses::element(element, object, &mut |use_| each(use_));
                        }
                    }
                }
                Use::Chain(name) => inner.extend(self.blocks.get(&Text::new(name))),
                Use::Object(..) | Use::Flowtable(_) => {}
            }
            each(use_);
        });
        if depth < DEPTH {
            for rule in inner.into_iter().flat_map(|block| &block.rules) {
                self.used(rule, depth + 1, each)?;
            }
        }
        Ok(())
    }

    /// The table as a value, without state.
    pub(super) fn to_table(&self) -> Result<Table, Error> {
        let mut table = self.image.table.clone();
        for (chain, rules) in table.chains.iter_mut().zip(&self.image.rules) {
            chain.rules = rules.iter().map(|rule| self.value(rule)).collect::<Result<_, _>>()?;
        }
        Ok(table)
    }
}

fn has_devices(chain: &Chain) -> bool {
    chain.base.as_ref().is_some_and(|base| !base.devices.is_empty())
}

/// The kept attributes of a rule.
fn message(bytes: &[u8]) -> Result<RuleMessage<'_>, Error> {
    let mut message = RuleMessage {
        table: Cow::Borrowed(""),
        chain: None,
        chain_id: None,
        handle: None,
        program: None,
        compat: None,
        userdata: None,
        position: None,
        id: None,
        position_id: None,
        unknown: Vec::new(),
    };
    for attribute in Reader::new(bytes) {
        let attribute = attribute?;
        match attribute.kind {
            NFTA_RULE_EXPRESSIONS => message.program = Some(Program::decode(attribute.reader())?),
            NFTA_RULE_COMPAT => message.compat = Some(attribute.payload),
            NFTA_RULE_USERDATA => message.userdata = Some(attribute.payload),
            _ => message.unknown.push(attribute),
        }
    }
    Ok(message)
}

impl Names for State {
    fn set(&self, name: &str) -> Option<&Set> {
        let name = Text::new(name);
        match self.anonymous.get(&name) {
            Some(anonymous) => Some(&anonymous.set),
            None => self.set_place(&name).and_then(|place| self.image.table.sets.get(place)),
        }
    }

    fn block(&self, chain: &str) -> Option<&[Rule]> {
        let block = self.blocks.get(&Text::new(chain))?;
        let values = block.values.get_or_init(|| block.rules.iter().filter_map(|rule| self.value(rule).ok()).collect());
        Some(values)
    }
}

impl Source for State {
    fn rule(&self, chain: usize, index: usize) -> Result<Rule, Error> {
        match self.image.rules.get(chain).and_then(|rules| rules.get(index)) {
            Some(rule) => self.value(rule),
            None => Ok(Rule::default()),
        }
    }

    fn uses(&self, chain: usize, index: usize, each: &mut dyn FnMut(Use<'_>)) -> Result<(), Error> {
        match self.image.rules.get(chain).and_then(|rules| rules.get(index)) {
            Some(rule) => self.used(rule, 0, each),
            None => Ok(()),
        }
    }
}
