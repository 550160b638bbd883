//! What names stand for while a batch is made: earlier commands first, then the kernel, asked once and only for what is named.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use rustix::io::Errno;

use super::Transport;
use super::ack::refused_with;
use super::link::Link;
use crate::declarations::{Declarations, SetHead};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::message::chain;
use crate::message::rule::RuleMessage;
use crate::model::{BaseChain, Chain, Elements, Set};
use crate::schema::{Family, Hook};
use crate::set::{Collector, Ranges, Shape};
use crate::uapi::nf_tables::{
    NFT_MSG_GETCHAIN, NFT_MSG_GETRULE, NFT_MSG_GETSET, NFT_MSG_GETSETELEM, NFTA_CHAIN_NAME, NFTA_CHAIN_TABLE, NFTA_RULE_CHAIN,
    NFTA_RULE_TABLE, NFTA_SET_ELEM_LIST_SET, NFTA_SET_ELEM_LIST_TABLE, NFTA_SET_TABLE,
};
use crate::wire::{Attributes, Message, Text};

/// What names of sets stand for in the kernel, and in what is on its way there.
///
/// A table is asked for when a name in it is first looked up, and only once. Made by [`Nfnl::declarations`](super::Nfnl::declarations).
pub struct Known<'a, T> {
    link: RefCell<&'a mut Link<T>>,
    /// Tables of this batch, and of the kernel where they were asked for.
    tables: RefCell<HashMap<(Family, Text), Rc<Heads>>>,
    /// Base chains of this batch.
    bases: HashMap<(Family, Text, Text), BaseChain>,
    /// What sets with `auto-merge` hold after what is on its way, where that was asked for.
    held: HashMap<(Family, Text, Text), Held>,
    /// The ranges that sets without `auto-merge` hold after what is on its way.
    ranges: HashMap<(Family, Text, Text), Ranges>,
    /// Whether every table goes.
    emptied: bool,
    /// The generation when the kernel was first asked: what is made of its answers holds for that one.
    generation: Cell<Option<u32>>,
    /// Why the kernel could not be asked.
    failed: RefCell<Option<Error>>,
}

/// What a set holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    /// The elements.
    pub(super) elements: Elements,
    /// Whether they are as the kernel has them, or as they were written: ranges may overlap.
    pub(super) merged: bool,
}

/// The sets of a table.
#[derive(Clone, Debug, Default)]
struct Heads {
    sets: HashMap<Text, Rc<SetHead>>,
    /// Whether the kernel was asked, or must not be: the table is new.
    complete: bool,
    /// Whether the table is new, or made anew: the kernel's says nothing about it.
    fresh: bool,
}

impl<'a, T: Transport> Known<'a, T> {
    pub(super) fn new(link: &'a mut Link<T>) -> Self {
        Self {
            link: RefCell::new(link),
            tables: RefCell::default(),
            bases: HashMap::new(),
            held: HashMap::new(),
            ranges: HashMap::new(),
            emptied: false,
            generation: Cell::new(None),
            failed: RefCell::new(None),
        }
    }

    /// The generation that the kernel's answers are of, if it was asked anything.
    pub(super) const fn generation(&self) -> Option<u32> {
        self.generation.get()
    }

    /// Whether the kernel answered whatever it was asked; a name that it could not be asked for looks like one that is not there.
    ///
    /// # Errors
    ///
    /// Why it could not be asked, said once.
    pub fn check(&self) -> Result<(), Error> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Asks the kernel, and notes of which generation the first answer is.
    fn ask<R>(&self, question: impl FnOnce(&mut Link<T>) -> Result<R, Error>) -> Result<R, Error> {
        let mut link = self.link.borrow_mut();
        if self.generation.get().is_none() {
            self.generation.set(Some(link.generation()?));
        }
        question(&mut link)
    }

    /// A set of the batch.
    pub(super) fn declare(&mut self, family: Family, table: &str, set: &Set) {
        let heads = self.tables.get_mut().entry((family, Text::new(table))).or_default();
        Rc::make_mut(heads).sets.insert(Text::new(&set.name), Rc::new(SetHead::from(set)));
    }

    /// All sets of a table: the kernel need not be asked for others.
    pub(super) fn declare_all(&mut self, family: Family, table: &str, sets: HashMap<Text, Rc<SetHead>>) {
        let heads = Heads { sets, complete: true, fresh: false };
        self.tables.get_mut().insert((family, Text::new(table)), Rc::new(heads));
    }

    /// A chain of the batch.
    pub(super) fn declare_chain(&mut self, family: Family, table: &str, chain: &Chain) {
        if let Some(base) = &chain.base {
            self.bases.insert(super::command::key(family, table, &chain.name), base.clone());
        }
    }

    /// The table goes: what the kernel has of it no longer counts.
    pub(super) fn forget(&mut self, family: Family, table: &str) {
        let heads = Rc::new(Heads { sets: HashMap::new(), complete: true, fresh: true });
        self.tables.get_mut().insert((family, Text::new(table)), heads);
        self.held.retain(|(of, name, _), _| *of != family || name != table);
        self.ranges.retain(|(of, name, _), _| *of != family || name != table);
    }

    /// Every table goes.
    pub(super) fn forget_all(&mut self) {
        for heads in self.tables.get_mut().values_mut() {
            *heads = Rc::new(Heads { sets: HashMap::new(), complete: true, fresh: true });
        }
        self.held.clear();
        self.ranges.clear();
        self.emptied = true;
    }

    /// What a set holds after what is on its way; asked for once.
    pub(super) fn held(&mut self, family: Family, table: &str, name: &str, shape: &Shape) -> Result<Held, Error> {
        if let Some(held) = self.held.get(&super::command::key(family, table, name)) {
            return Ok(held.clone());
        }
        let fresh = self.tables.borrow().get(&(family, Text::new(table))).is_some_and(|heads| heads.fresh);
        let collector = || Collector::new(shape.clone());
        let mut found = collector();
        if !fresh && !self.emptied {
            let attributes = |writer: &mut crate::wire::Writer| {
                writer.text(NFTA_SET_ELEM_LIST_TABLE, table);
                writer.text(NFTA_SET_ELEM_LIST_SET, name);
            };
            let each = |found: &mut Collector, message: &Message<'_>| Ok(found.add(message.reader())?);
            let asked = self.ask(|link| link.whole(NFT_MSG_GETSETELEM, family.number(), attributes, collector, each));
            // A set that the kernel does not have holds nothing.
            found = existing(asked)?.unwrap_or(found);
        }
        Ok(Held { elements: found.finish(), merged: true })
    }

    /// What a set holds then.
    pub(super) fn hold(&mut self, family: Family, table: &str, name: &str, held: Held) {
        let key = super::command::key(family, table, name);
        self.ranges.remove(&key);
        self.held.insert(key, held);
    }

    /// The ranges that a set holds after what is on its way; whoever changes them keeps them again.
    pub(super) fn ranges(
        &mut self,
        family: Family,
        table: &str,
        name: &str,
        shape: &Shape,
        environment: &dyn Environment,
    ) -> Result<Ranges, Error> {
        match self.ranges.remove(&super::command::key(family, table, name)) {
            Some(ranges) => Ok(ranges),
            None => Ranges::of(&self.held(family, table, name, shape)?.elements, shape, environment),
        }
    }

    /// What it holds then.
    pub(super) fn keep_ranges(&mut self, family: Family, table: &str, name: &str, ranges: Ranges) {
        self.ranges.insert(super::command::key(family, table, name), ranges);
    }

    /// The kernel's number of a chain.
    pub(super) fn chain_handle(&self, family: Family, table: &str, name: &str) -> Result<u64, Error> {
        let chain = self.kernel_chain(family, table, name)?;
        chain.handle.ok_or_else(|| Error::new(ErrorKind::Reply, "the kernel gave a chain without handle"))
    }

    /// Where a chain is attached.
    pub(super) fn chain_hook(&self, family: Family, table: &str, name: &str) -> Option<Hook> {
        match self.bases.get(&super::command::key(family, table, name)) {
            Some(base) => Some(base.hook),
            None => self.kernel_chain(family, table, name).ok()?.base.map(|base| base.hook),
        }
    }

    /// How a chain of the batch is attached.
    pub(super) fn base(&self, family: Family, table: &str, name: &str) -> Option<&BaseChain> {
        if self.bases.is_empty() {
            return None;
        }
        self.bases.get(&super::command::key(family, table, name))
    }

    fn kernel_chain(&self, family: Family, table: &str, name: &str) -> Result<Chain, Error> {
        let mut found = None;
        let attributes = |writer: &mut crate::wire::Writer| {
            writer.text(NFTA_CHAIN_TABLE, table);
            writer.text(NFTA_CHAIN_NAME, name);
        };
        self.ask(|link| {
            link.get(NFT_MSG_GETCHAIN, family.number(), attributes, &mut |message| {
                found = Some(chain::decode(family, message.reader())?.chain);
                Ok(())
            })
        })?;
        found.ok_or_else(|| Error::new(ErrorKind::Reply, "the kernel gave no chain"))
    }

    /// The kernel's numbers of a chain's rules, in their order; none if there is no such chain.
    pub(super) fn rule_handles(&self, family: Family, table: &str, chain: &str) -> Result<Vec<u64>, Error> {
        let attributes = |writer: &mut crate::wire::Writer| {
            writer.text(NFTA_RULE_TABLE, table);
            writer.text(NFTA_RULE_CHAIN, chain);
        };
        let each = |handles: &mut Vec<u64>, message: &Message<'_>| {
            let rule = RuleMessage::decode(message.reader())?;
            if rule.table == table && rule.chain.as_deref() == Some(chain) {
                handles.extend(rule.handle);
            }
            Ok(())
        };
        let asked = self.ask(|link| link.whole(NFT_MSG_GETRULE, family.number(), attributes, Vec::new, each));
        Ok(existing(asked)?.unwrap_or_default())
    }

    /// The sets of a table, asked for once.
    fn heads(&self, family: Family, table: &str) -> Rc<Heads> {
        let key = (family, Text::new(table));
        let known = self.tables.borrow().get(&key).cloned();
        if let Some(heads) = known.as_ref().filter(|heads| heads.complete) {
            return Rc::clone(heads);
        }
        let mut heads = known.map_or_else(Heads::default, |heads| (*heads).clone());
        heads.complete = true;
        let attributes = |writer: &mut crate::wire::Writer| writer.text(NFTA_SET_TABLE, table);
        let each = |sets: &mut Vec<Set>, message: &Message<'_>| {
            sets.push(crate::set::decode(family, message.reader())?.1);
            Ok(())
        };
        let asked = self.ask(|link| link.whole(NFT_MSG_GETSET, family.number(), attributes, Vec::new, each));
        match existing(asked) {
            Ok(sets) => {
                for set in sets.into_iter().flatten() {
                    heads.sets.entry(Text::new(&set.name)).or_insert_with(|| Rc::new(SetHead::from(&set)));
                }
            }
            Err(error) => *self.failed.borrow_mut() = Some(error),
        }
        let heads = Rc::new(heads);
        self.tables.borrow_mut().insert(key, Rc::clone(&heads));
        heads
    }
}

impl<T: Transport> Declarations for Known<'_, T> {
    fn set(&self, family: Family, table: &str, name: &str) -> Option<Rc<SetHead>> {
        let key = (family, Text::new(table));
        let name = Text::new(name);
        if let Some(head) = self.tables.borrow().get(&key).and_then(|heads| heads.sets.get(&name)) {
            return Some(Rc::clone(head));
        }
        self.heads(family, table).sets.get(&name).cloned()
    }

    fn set_names(&self, family: Family, table: &str) -> Vec<String> {
        let mut names: Vec<String> = self.heads(family, table).sets.keys().map(ToString::to_string).collect();
        names.sort_unstable();
        names
    }
}

/// What the kernel answered; nothing if what was asked for is not there.
fn existing<R>(answer: Result<R, Error>) -> Result<Option<R>, Error> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(error) if refused_with(&error, Errno::NOENT) => Ok(None),
        Err(error) => Err(error),
    }
}

impl<T> std::fmt::Debug for Known<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Known").field("tables", &self.tables).finish_non_exhaustive()
    }
}
