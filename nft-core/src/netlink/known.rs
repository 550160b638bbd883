//! What names stand for while a batch is made: earlier commands first, then the kernel, asked once and only for what is named.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::Transport;
use super::link::Link;
use crate::declarations::{Declarations, SetHead};
use crate::error::{Error, ErrorKind};
use crate::message::chain;
use crate::message::rule::RuleMessage;
use crate::model::{BaseChain, Chain, Elements, Set};
use crate::schema::{Family, Hook};
use crate::set::{Collector, Shape};
use crate::uapi::nf_tables::{
    NFT_MSG_GETCHAIN, NFT_MSG_GETRULE, NFT_MSG_GETSET, NFT_MSG_GETSETELEM, NFTA_CHAIN_NAME, NFTA_CHAIN_TABLE, NFTA_RULE_CHAIN,
    NFTA_RULE_TABLE, NFTA_SET_ELEM_LIST_SET, NFTA_SET_ELEM_LIST_TABLE, NFTA_SET_TABLE,
};
use crate::wire::{Attributes, Text};

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
    /// Whether every table goes.
    emptied: bool,
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
            emptied: false,
        }
    }

    /// A set of the batch.
    pub(super) fn declare(&mut self, family: Family, table: &str, set: &Set) {
        let heads = self.tables.get_mut().entry((family, Text::new(table))).or_default();
        Rc::make_mut(heads).sets.insert(Text::new(&set.name), Rc::new(SetHead::from(set)));
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
    }

    /// Every table goes.
    pub(super) fn forget_all(&mut self) {
        for heads in self.tables.get_mut().values_mut() {
            *heads = Rc::new(Heads { sets: HashMap::new(), complete: true, fresh: true });
        }
        self.held.clear();
        self.emptied = true;
    }

    /// What a set holds after what is on its way; asked for once.
    pub(super) fn held(&mut self, family: Family, table: &str, name: &str, shape: &Shape) -> Held {
        if let Some(held) = self.held.get(&super::command::key(family, table, name)) {
            return held.clone();
        }
        let fresh = self.tables.borrow().get(&(family, Text::new(table))).is_some_and(|heads| heads.fresh);
        let mut collector = Collector::new(shape.clone());
        if !fresh && !self.emptied {
            let attributes = |writer: &mut crate::wire::Writer| {
                writer.text(NFTA_SET_ELEM_LIST_TABLE, table);
                writer.text(NFTA_SET_ELEM_LIST_SET, name);
            };
            // A set that the kernel does not have holds nothing; other trouble shows when the batch is sent.
            let _ = self.link.borrow_mut().dump(NFT_MSG_GETSETELEM, family.number(), &mut None, attributes, &mut |message| {
                Ok(collector.add(message.reader())?)
            });
        }
        Held { elements: collector.finish(), merged: true }
    }

    /// What a set holds then.
    pub(super) fn hold(&mut self, family: Family, table: &str, name: &str, held: Held) {
        self.held.insert(super::command::key(family, table, name), held);
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
        self.link.borrow_mut().get(NFT_MSG_GETCHAIN, family.number(), attributes, &mut |message| {
            found = Some(chain::decode(family, message.reader())?.chain);
            Ok(())
        })?;
        found.ok_or_else(|| Error::new(ErrorKind::Reply, "the kernel gave no chain"))
    }

    /// The kernel's numbers of a chain's rules, in their order; none if there is no such chain.
    pub(super) fn rule_handles(&self, family: Family, table: &str, chain: &str) -> Result<Vec<u64>, Error> {
        let mut handles = Vec::new();
        let attributes = |writer: &mut crate::wire::Writer| {
            writer.text(NFTA_RULE_TABLE, table);
            writer.text(NFTA_RULE_CHAIN, chain);
        };
        self.link.borrow_mut().dump(NFT_MSG_GETRULE, family.number(), &mut None, attributes, &mut |message| {
            let rule = RuleMessage::decode(message.reader())?;
            if rule.table == table && rule.chain == Some(chain) {
                handles.extend(rule.handle);
            }
            Ok(())
        })?;
        Ok(handles)
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
        // A table that the kernel does not have has no sets; other trouble shows when the batch is sent.
        let _ = self.link.borrow_mut().dump(NFT_MSG_GETSET, family.number(), &mut None, attributes, &mut |message| {
            let (_, set, _) = crate::set::decode(family, message.reader())?;
            heads.sets.entry(Text::new(&set.name)).or_insert_with(|| Rc::new(SetHead::from(&set)));
            Ok(())
        });
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

impl<T> std::fmt::Debug for Known<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Known").field("tables", &self.tables).finish_non_exhaustive()
    }
}
