//! The kernel's ruleset as a value.

pub(super) mod reset;

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use rustix::io::Errno;

use super::Transport;
use super::ack::refused_with;
use super::dump::{ATTEMPTS, Ended};
use super::inline::{Digest, Keys};
use super::link::Link;
use super::set::Incoming;
use crate::bytecode::Program;
use crate::delinearize::{self, Names};
use crate::diff::key::{self, Key};
use crate::error::{Error, ErrorKind};
use crate::message::rule::{RuleMessage, read_userdata};
use crate::message::{chain, flowtable, keep, object, table};
use crate::model::{Opaque, Rule, Ruleset, Set, SetFlags, Table, UnreadableTable};
use crate::name::TableName;
use crate::schema::Family;
use crate::set::{self, Shape};
use crate::uapi::nf_tables::{
    NFT_MSG_GETCHAIN, NFT_MSG_GETFLOWTABLE, NFT_MSG_GETOBJ, NFT_MSG_GETRULE, NFT_MSG_GETSET, NFT_MSG_GETSETELEM,
    NFT_MSG_GETTABLE, NFTA_CHAIN_TABLE, NFTA_FLOWTABLE_TABLE, NFTA_OBJ_TABLE, NFTA_RULE_CHAIN, NFTA_RULE_TABLE,
    NFTA_SET_ELEM_LIST_SET, NFTA_SET_ELEM_LIST_TABLE, NFTA_SET_TABLE, NFTA_TABLE_NAME,
};
use crate::wire::{Attribute, Attributes, Message, Text, Writer};

/// What of the ruleset is pulled.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Filter {
    /// Only tables of this family.
    pub family: Option<Family>,
    /// Only tables of this name.
    pub table: Option<TableName>,
    /// Without the elements of named sets.
    pub terse: bool,
    /// Without rules.
    pub declarations: bool,
}

impl Filter {
    /// Everything.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// One table.
    #[must_use]
    pub fn table(family: Family, name: TableName) -> Self {
        Self { family: Some(family), table: Some(name), ..Self::default() }
    }

    /// The same, only of one family.
    #[must_use]
    pub fn with_family(self, family: Family) -> Self {
        Self { family: Some(family), ..self }
    }

    /// The same without the elements of named sets.
    #[must_use]
    pub fn terse(self) -> Self {
        Self { terse: true, ..self }
    }

    /// The same without rules.
    #[must_use]
    pub fn without_rules(self) -> Self {
        Self { declarations: true, ..self }
    }

    fn number(&self) -> u8 {
        self.family.map_or(0, Family::number)
    }

    fn takes(&self, family: Family, table: &str) -> bool {
        self.family.is_none_or(|wanted| wanted == family) && self.table.as_ref().is_none_or(|name| *name == *table)
    }
}

/// Pulls until a snapshot is of one generation.
pub(super) fn pull<T: Transport>(link: &mut Link<T>, filter: &Filter) -> Result<Ruleset, Error> {
    let (mut ruleset, generation) = link.snapshot(|link, generation| {
        let mut snapshot = Snapshot::new(link, filter, generation);
        let ended = snapshot.take()?;
        Ok((ended == Ended::Complete).then(|| snapshot.finish()))
    })?;
    ruleset.generation = Some(generation);
    Ok(ruleset)
}

/// One attempt.
struct Snapshot<'a, T> {
    link: &'a mut Link<T>,
    filter: &'a Filter,
    /// Low 16 bits of the generation, which every message carries.
    generation: Option<u16>,
    tables: Vec<Incomplete>,
    unreadable: Vec<UnreadableTable>,
    index: HashMap<(Family, Text), usize>,
}

/// A table on the way.
#[derive(Debug)]
struct Incomplete {
    table: Table,
    /// Anonymous sets, which do not stay in the table.
    anonymous: Vec<Set>,
    /// How elements of the sets are encoded, in the order of each list.
    shapes: [Vec<Shape>; 2],
    /// Where each set is: in the table, or among the anonymous ones.
    sets: HashMap<Text, (bool, usize)>,
    chains: HashMap<Text, usize>,
    /// Chains without a name of their own, and their rules.
    blocks: HashMap<Text, Vec<Rule>>,
    /// Anonymous sets and chains in kernel form.
    keys: Keys,
    digests: Vec<Digest>,
    writer: RefCell<Writer>,
    /// Whether something came twice: what is read is of no use then.
    doubled: bool,
    /// Whether rules name the one before.
    named: bool,
}

impl Incomplete {
    fn new(table: Table) -> Self {
        let shapes = [Vec::new(), Vec::new()];
        Self {
            table,
            anonymous: Vec::new(),
            shapes,
            sets: HashMap::new(),
            chains: HashMap::new(),
            blocks: HashMap::new(),
            keys: Keys::default(),
            digests: Vec::new(),
            writer: RefCell::default(),
            doubled: false,
            named: false,
        }
    }

    fn incoming(&mut self, (named, index): (bool, usize)) -> Option<Incoming<'_>> {
        let [anonymous, in_table] = &self.shapes;
        let (sets, shapes) = if named { (&mut self.table.sets, in_table) } else { (&mut self.anonymous, anonymous) };
        Some(Incoming::new(sets.get_mut(index)?, shapes.get(index)?))
    }

    fn rule(&self, message: &RuleMessage<'_>) -> (Rule, Key) {
        let mut rule = received_rule(message, &delinearize::Context { family: self.table.family, names: self });
        let key = self.keys.rule(message, &mut self.writer.borrow_mut());
        rule.set_received(self.table.family, key);
        (rule, key)
    }
}

/// Whether a rule does not belong behind the one of that number: the kernel names the one before. Old kernels name none; whether this one
/// does is `named`, once it did.
pub(super) fn misplaced(message: &RuleMessage<'_>, last: Option<u64>, named: &mut bool) -> bool {
    *named |= message.position.is_some();
    match message.position {
        Some(position) => Some(position) != last,
        None => last.is_some() && (*named || message.handle == last),
    }
}

/// A rule as the kernel describes it.
pub(super) fn received_rule(message: &RuleMessage<'_>, context: &delinearize::Context<'_>) -> Rule {
    let none = Program::new();
    let program = message.program.as_ref().unwrap_or(&none);
    let mut rule = delinearize::delinearize(program, context);
    rule.handle = message.handle;
    let bytes = message.userdata.unwrap_or_default();
    let userdata = read_userdata(bytes);
    (rule.comment, rule.tag) = (userdata.comment, userdata.tag);
    if userdata.unknown || message.compat.is_some() || !message.unknown.is_empty() || rule.opaque.is_some() {
        let compat = message.compat.map(Box::from);
        let mut received = Opaque::new(program.0.clone(), rule.stmts.clone(), bytes.into(), compat);
        received.attributes = keep(&message.unknown);
        rule.opaque = Some(Box::new(received));
    }
    rule
}

impl Names for Incomplete {
    fn set(&self, name: &str) -> Option<&Set> {
        match *self.sets.get(&Text::new(name))? {
            (true, index) => self.table.sets.get(index),
            (false, index) => self.anonymous.get(index),
        }
    }

    fn block(&self, chain: &str) -> Option<&[Rule]> {
        self.blocks.get(&Text::new(chain)).map(Vec::as_slice)
    }
}

impl<'a, T: Transport> Snapshot<'a, T> {
    fn new(link: &'a mut Link<T>, filter: &'a Filter, generation: u32) -> Self {
        let [.., high, low] = generation.to_be_bytes();
        let generation = Some(u16::from_be_bytes([high, low]));
        Self { link, filter, generation, tables: Vec::new(), unreadable: Vec::new(), index: HashMap::new() }
    }

    fn take(&mut self) -> Result<Ended, Error> {
        self.steps(&[Self::tables, Self::chains, Self::objects, Self::sets, Self::flowtables, Self::rules])
    }

    /// All that is read before the rules, what stands in them included.
    fn all_but_rules(&mut self) -> Result<Ended, Error> {
        self.steps(&[Self::chains, Self::objects, Self::sets, Self::flowtables, Self::blocks])
    }

    #[expect(clippy::type_complexity, reason = "said once")]
    fn steps(&mut self, steps: &[fn(&mut Self) -> Result<Ended, Error>]) -> Result<Ended, Error> {
        for step in steps {
            if step(self)? == Ended::Torn {
                return Ok(Ended::Torn);
            }
            if self.tables.is_empty() {
                break;
            }
        }
        Ok(if self.tables.iter().any(|table| table.doubled) { Ended::Torn } else { Ended::Complete })
    }

    fn finish(self) -> Ruleset {
        let mut ruleset = Ruleset::new();
        ruleset.tables = self.tables.into_iter().map(|incomplete| incomplete.table).collect();
        ruleset.unreadable = self.unreadable;
        ruleset
    }

    /// Asks for all of a kind and gives each message to `each`, with its table where that is pulled.
    fn list(
        &mut self,
        message: u8,
        attribute: u16,
        each: impl FnMut(&mut Incomplete, &Message<'_>) -> Result<(), Error>,
    ) -> Result<Ended, Error> {
        self.list_some(message, attribute, |_| {}, each)
    }

    /// The same with more to say of what is wanted.
    fn list_some(
        &mut self,
        message: u8,
        attribute: u16,
        more: impl Fn(&mut Writer),
        mut each: impl FnMut(&mut Incomplete, &Message<'_>) -> Result<(), Error>,
    ) -> Result<Ended, Error> {
        let Self { link, filter, generation, tables, index, .. } = self;
        let attributes = |writer: &mut Writer| {
            if let Some(name) = &filter.table {
                writer.text(attribute, name);
            }
            more(writer);
        };
        link.dump(message, filter.number(), generation, attributes, &mut |message| {
            let Some(family) = Family::by_number(message.header.family) else { return Ok(()) };
            // In every kind of message the table has the same number.
            let name = message.reader().find(attribute)?.map(Attribute::text).unwrap_or_default();
            match index.get(&(family, Text::new(&name))).and_then(|index| tables.get_mut(*index)) {
                Some(table) => each(table, message),
                None => Ok(()),
            }
        })
    }

    fn tables(&mut self) -> Result<Ended, Error> {
        let Self { link, filter, generation, tables, unreadable, index } = self;
        let mut each = |message: &Message<'_>| {
            let Some(family) = Family::by_number(message.header.family) else {
                let table = table::decode_unreadable(message.header.family, message.reader())?;
                if filter.family.is_none() && filter.table.as_ref().is_none_or(|name| *name == table.name) {
                    unreadable.push(table);
                }
                return Ok(());
            };
            let table = table::decode(family, message.reader())?;
            if filter.takes(family, &table.name) {
                let doubled = index.insert((family, Text::new(&table.name)), tables.len()).is_some();
                tables.push(Incomplete { doubled, ..Incomplete::new(table) });
            }
            Ok(())
        };
        match (&filter.table, filter.family) {
            (Some(name), Some(family)) => {
                let asked = link.get(NFT_MSG_GETTABLE, family.number(), |writer| writer.text(NFTA_TABLE_NAME, name), &mut each);
                match asked {
                    Err(error) if refused_with(&error, Errno::NOENT) => Ok(Ended::Complete),
                    asked => asked.map(|()| Ended::Complete),
                }
            }
            _ => link.dump(NFT_MSG_GETTABLE, filter.number(), generation, |_| {}, &mut each),
        }
    }

    fn chains(&mut self) -> Result<Ended, Error> {
        self.list(NFT_MSG_GETCHAIN, NFTA_CHAIN_TABLE, |table, message| {
            let received = chain::decode(table.table.family, message.reader())?;
            let name = Text::new(&received.chain.name);
            if received.anonymous {
                table.blocks.insert(name, Vec::new());
            } else {
                table.doubled |= table.chains.insert(name, table.table.chains.len()).is_some();
                table.table.chains.push(received.chain);
            }
            Ok(())
        })
    }

    fn objects(&mut self) -> Result<Ended, Error> {
        self.list(NFT_MSG_GETOBJ, NFTA_OBJ_TABLE, |table, message| {
            let (_, object) = object::decode(message.reader())?;
            table.doubled |=
                object.handle.is_some() && table.table.objects.last().is_some_and(|last| last.handle == object.handle);
            table.table.objects.push(object);
            Ok(())
        })
    }

    fn flowtables(&mut self) -> Result<Ended, Error> {
        self.list(NFT_MSG_GETFLOWTABLE, NFTA_FLOWTABLE_TABLE, |table, message| {
            table.table.flowtables.push(flowtable::decode(message.reader())?.1);
            Ok(())
        })
    }

    fn sets(&mut self) -> Result<Ended, Error> {
        let ended = self.list(NFT_MSG_GETSET, NFTA_SET_TABLE, |table, message| {
            let (_, set, shape) = set::decode(table.table.family, message.reader())?;
            let named = !set.flags.contains(SetFlags::ANONYMOUS);
            let list = if named { &mut table.table.sets } else { &mut table.anonymous };
            let [anonymous, in_table] = &mut table.shapes;
            table.doubled |= table.sets.insert(Text::new(&set.name), (named, list.len())).is_some();
            list.push(set);
            if !named {
                table.digests.push(Digest::new(message.reader())?);
            }
            if named { in_table } else { anonymous }.push(shape);
            Ok(())
        })?;
        if ended == Ended::Torn {
            return Ok(ended);
        }
        for index in 0..self.tables.len() {
            let Some(table) = self.tables.get(index) else { break };
            let named = if self.filter.terse { 0 } else { table.table.sets.len() };
            let anonymous = if self.filter.declarations { 0 } else { table.anonymous.len() };
            let places = (0..named).map(|index| (true, index)).chain((0..anonymous).map(|index| (false, index)));
            for place in places.collect::<Vec<_>>() {
                if self.elements(index, place)? == Ended::Torn {
                    return Ok(Ended::Torn);
                }
            }
        }
        Ok(Ended::Complete)
    }

    /// The elements of a set. A hash set that is still growing may give some twice and others never, without an error: it is asked
    /// again until there are as many as the kernel counts.
    fn elements(&mut self, table: usize, place: (bool, usize)) -> Result<Ended, Error> {
        let Self { link, generation, tables, .. } = self;
        let Some(table) = tables.get_mut(table) else { return Ok(Ended::Complete) };
        let (family, name) = (table.table.family.number(), table.table.name.clone());
        let mut digest = (!place.0).then(|| table.digests.get(place.1).cloned()).flatten();
        let Some(mut incoming) = table.incoming(place) else { return Ok(Ended::Complete) };
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                std::thread::sleep(Duration::from_millis(u64::from(attempt * attempt)));
                incoming.start();
                digest.iter_mut().for_each(Digest::start);
            }
            let attributes = |writer: &mut Writer| {
                writer.text(NFTA_SET_ELEM_LIST_TABLE, &name);
                writer.text(NFTA_SET_ELEM_LIST_SET, incoming.name());
            };
            let sequence = link.ask(NFT_MSG_GETSETELEM, family, attributes)?;
            let mut each = |message: &Message<'_>| {
                digest.iter_mut().try_for_each(|digest| digest.message(message))?;
                incoming.message(message)
            };
            if link.answers(sequence, generation, &mut each)? == Ended::Torn {
                return Ok(Ended::Torn);
            }
            if incoming.finish() {
                if let Some(digest) = digest {
                    let (name, key) = (Text::new(incoming.name()), digest.key(&table.keys));
                    table.keys.sets.insert(name, key);
                }
                return Ok(Ended::Complete);
            }
        }
        let name = incoming.name().to_owned();
        Err(Error::new(
            ErrorKind::Reply,
            format!("the kernel gave fewer elements of set {name} than it counts, {ATTEMPTS} times"),
        ))
    }

    fn rules(&mut self) -> Result<Ended, Error> {
        if self.filter.declarations {
            return Ok(Ended::Complete);
        }
        if self.blocks()? == Ended::Torn {
            return Ok(Ended::Torn);
        }
        self.list(NFT_MSG_GETRULE, NFTA_RULE_TABLE, Self::rule)
    }

    fn rule(table: &mut Incomplete, message: &Message<'_>) -> Result<(), Error> {
        let message = RuleMessage::decode(message.reader())?;
        let chain = message.chain.as_deref().unwrap_or_default();
        let Some(&place) = table.chains.get(&Text::new(chain)) else { return Ok(()) };
        let (rule, _) = table.rule(&message);
        if let Some(chain) = table.table.chains.get_mut(place) {
            // The kernel names the rule before.
            let last = chain.rules.last().and_then(|last| last.handle);
            table.doubled |= misplaced(&message, last, &mut table.named);
            chain.rules.push(rule);
        }
        Ok(())
    }

    /// What stands in a rule is read before the rule.
    fn blocks(&mut self) -> Result<Ended, Error> {
        for index in 0..self.tables.len() {
            let Some(table) = self.tables.get(index) else { break };
            for chain in table.blocks.keys().cloned().collect::<Vec<_>>() {
                if self.block(index, &chain)? == Ended::Torn {
                    return Ok(Ended::Torn);
                }
            }
        }
        Ok(Ended::Complete)
    }

    fn block(&mut self, table: usize, chain: &Text) -> Result<Ended, Error> {
        let Self { link, generation, tables, .. } = self;
        let Some(table) = tables.get_mut(table) else { return Ok(Ended::Complete) };
        let (mut rules, mut keys, mut doubled, mut named) = (Vec::new(), Vec::new(), false, false);
        let attributes = |writer: &mut Writer| {
            writer.text(NFTA_RULE_TABLE, &table.table.name);
            writer.text(NFTA_RULE_CHAIN, chain);
        };
        let number = table.table.family.number();
        let ended = link.dump(NFT_MSG_GETRULE, number, generation, attributes, &mut |message| {
            let message = RuleMessage::decode(message.reader())?;
            if message.chain.as_deref() == Some(chain.as_str()) {
                let (rule, key) = table.rule(&message);
                doubled |= misplaced(&message, rules.last().and_then(|last: &Rule| last.handle), &mut named);
                rules.push(rule);
                keys.push(key);
            }
            Ok(())
        })?;
        table.doubled |= doubled;
        table.keys.chains.insert(chain.clone(), key::chain(keys));
        table.blocks.insert(chain.clone(), rules);
        Ok(ended)
    }
}
