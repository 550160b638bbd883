//! A table that blocks and commands add up to. What it has is found by name at once, so that a text of n things takes n steps.

use std::collections::HashMap;
use std::mem;

use nft_core::model::{Chain, Elements, Flowtable, Item, Object, ObjectType, Rule, Set, Table};
use nft_core::name::{ChainName, FlowtableName, ObjectName, SetName};

/// A table and where the things of each name stand in it.
#[derive(Debug)]
pub(super) struct Gathered {
    table: Table,
    chains: HashMap<ChainName, usize>,
    sets: HashMap<SetName, usize>,
    objects: HashMap<(ObjectType, ObjectName), usize>,
    flowtables: HashMap<FlowtableName, usize>,
    /// Rules that were inserted in front of a chain, the foremost last. They are put there in one go.
    fronts: HashMap<usize, Vec<Rule>>,
}

/// No rule has that number; the chain has so many.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoSuchRule(pub(super) usize);

impl Gathered {
    /// A table and what it has.
    pub(super) fn new(mut table: Table) -> Self {
        let (objects, sets) = (mem::take(&mut table.objects), mem::take(&mut table.sets));
        let (flowtables, chains) = (mem::take(&mut table.flowtables), mem::take(&mut table.chains));
        let mut gathered = Self {
            table,
            chains: HashMap::new(),
            sets: HashMap::new(),
            objects: HashMap::new(),
            flowtables: HashMap::new(),
            fronts: HashMap::new(),
        };
        objects.into_iter().for_each(|object| gathered.add_object(object));
        sets.into_iter().for_each(|set| gathered.add_set(set));
        flowtables.into_iter().for_each(|flowtable| gathered.add_flowtable(flowtable));
        chains.into_iter().for_each(|chain| gathered.add_chain(chain));
        gathered
    }

    /// The table itself, for what is no list.
    pub(super) const fn table(&mut self) -> &mut Table {
        &mut self.table
    }

    /// Adds what another declaration of the table says.
    pub(super) fn merge(&mut self, new: Table) {
        self.table.flags |= new.flags;
        if new.comment.is_some() {
            self.table.comment = new.comment;
        }
        new.objects.into_iter().for_each(|object| self.add_object(object));
        new.sets.into_iter().for_each(|set| self.add_set(set));
        new.flowtables.into_iter().for_each(|flowtable| self.add_flowtable(flowtable));
        new.chains.into_iter().for_each(|chain| self.add_chain(chain));
    }

    /// Adds a chain, or what it says to the one of that name.
    pub(super) fn add_chain(&mut self, new: Chain) {
        match self.chain(&new.name) {
            Some(old) => {
                if new.base.is_some() {
                    old.base = new.base;
                }
                match (&mut old.base, new.new_policy) {
                    (Some(base), Some(policy)) => base.policy = Some(policy),
                    (None, Some(policy)) => old.new_policy = Some(policy),
                    (_, None) => {}
                }
                match &mut old.base {
                    Some(base) => base.devices.extend(new.new_devices),
                    None => old.new_devices.extend(new.new_devices),
                }
                if new.comment.is_some() {
                    old.comment = new.comment;
                }
                old.rules.extend(new.rules);
            }
            None => self.put_chain(new),
        }
    }

    /// Takes a chain's content, to go on with it; [`put_chain`](Self::put_chain) gives it back.
    pub(super) fn take_chain(&mut self, name: &str) -> Option<Chain> {
        self.chain(name).map(|chain| mem::replace(chain, Chain::new(chain.name.clone())))
    }

    /// Puts a chain in the place of the one of that name.
    pub(super) fn put_chain(&mut self, chain: Chain) {
        put(&mut self.table.chains, &mut self.chains, chain.name.clone(), chain);
    }

    /// The chain of that name.
    pub(super) fn chain(&mut self, name: &str) -> Option<&mut Chain> {
        self.table.chains.get_mut(*self.chains.get(name)?)
    }

    /// Adds a rule behind the one that is named, or behind all.
    pub(super) fn add_rule(&mut self, chain: usize, behind: Option<usize>, rule: Rule) -> Result<(), NoSuchRule> {
        let Some(number) = behind else {
            self.table.chains.get_mut(chain).ok_or(NoSuchRule(0))?.rules.push(rule);
            return Ok(());
        };
        self.place(chain, number, 1, rule)
    }

    /// Inserts a rule before the one that is named, or before all.
    pub(super) fn insert_rule(&mut self, chain: usize, before: Option<usize>, rule: Rule) -> Result<(), NoSuchRule> {
        let Some(number) = before else {
            self.fronts.entry(chain).or_default().push(rule);
            return Ok(());
        };
        self.place(chain, number, 0, rule)
    }

    fn place(&mut self, chain: usize, number: usize, behind: usize, rule: Rule) -> Result<(), NoSuchRule> {
        self.settle(chain);
        let rules = &mut self.table.chains.get_mut(chain).ok_or(NoSuchRule(0))?.rules;
        if number >= rules.len() {
            return Err(NoSuchRule(rules.len()));
        }
        rules.insert(number + behind, rule);
        Ok(())
    }

    /// Number of the chain of that name.
    pub(super) fn chain_number(&self, name: &str) -> Option<usize> {
        self.chains.get(name).copied()
    }

    /// Forgets the rules of a chain.
    pub(super) fn flush_chain(&mut self, chain: usize) {
        self.fronts.remove(&chain);
        if let Some(chain) = self.table.chains.get_mut(chain) {
            chain.rules.clear();
        }
    }

    /// Forgets all rules.
    pub(super) fn flush(&mut self) {
        self.fronts.clear();
        self.table.chains.iter_mut().for_each(|chain| chain.rules.clear());
    }

    /// The set of that name.
    pub(super) fn set(&mut self, name: &str) -> Option<&mut Set> {
        self.table.sets.get_mut(*self.sets.get(name)?)
    }

    /// Adds elements to the set of that name; whether there is such a set, of that layout.
    pub(super) fn add_elements(&mut self, name: &str, elements: Elements) -> bool {
        match self.set(name) {
            Some(set) if set.elements.layout() == elements.layout() => {
                set.elements.append(elements);
                true
            }
            _ => false,
        }
    }

    /// Adds a set, or its elements to the one of that name.
    pub(super) fn add_set(&mut self, new: Set) {
        match self.set(&new.name) {
            Some(old) if old.elements.layout() == new.elements.layout() => old.elements.append(new.elements),
            // Of another type: the last one counts here, the kernel refuses it there.
            _ => put(&mut self.table.sets, &mut self.sets, new.name.clone(), new),
        }
    }

    /// Adds an object, in place of the one of that type and name.
    pub(super) fn add_object(&mut self, new: Object) {
        put(&mut self.table.objects, &mut self.objects, (new.kind.ty(), new.name.clone()), new);
    }

    /// Adds a flowtable, in place of the one of that name.
    pub(super) fn add_flowtable(&mut self, new: Flowtable) {
        put(&mut self.table.flowtables, &mut self.flowtables, new.name.clone(), new);
    }

    /// Whether the thing is there already: `create` refuses that.
    pub(super) fn has(&self, item: &Item) -> bool {
        match item {
            Item::Chain(_, chain) => self.chains.contains_key(&chain.name),
            Item::Set(_, set) => self.sets.contains_key(&set.name),
            Item::Object(_, object) => self.objects.contains_key(&(object.kind.ty(), object.name.clone())),
            Item::Flowtable(_, flowtable) => self.flowtables.contains_key(&flowtable.name),
            Item::Elements(_, name, elements) => {
                let set = self.sets.get(name).and_then(|number| self.table.sets.get(*number));
                set.is_some_and(|set| share_keys(&set.elements, elements))
            }
            _ => false,
        }
    }

    /// The table, when nothing more comes.
    pub(super) fn finish(mut self) -> Table {
        let chains: Vec<usize> = self.fronts.keys().copied().collect();
        chains.into_iter().for_each(|chain| self.settle(chain));
        self.table
    }

    /// Puts the rules in front of a chain that were inserted there.
    fn settle(&mut self, chain: usize) {
        if let Some(mut front) = self.fronts.remove(&chain)
            && let Some(chain) = self.table.chains.get_mut(chain)
        {
            front.reverse();
            front.append(&mut chain.rules);
            chain.rules = front;
        }
    }
}

/// Whether two lists have a key in common.
fn share_keys(one: &Elements, other: &Elements) -> bool {
    one.points().any(|(key, _)| other.points().any(|(same, _)| key == same))
        || one.ranges().any(|(low, high, _)| other.ranges().any(|(from, to, _)| (low, high) == (from, to)))
        || one.others().iter().any(|element| other.others().iter().any(|same| element.key == same.key))
}

/// Puts a thing in the place of the one of that name, or at the end.
fn put<K: std::hash::Hash + Eq, T>(list: &mut Vec<T>, names: &mut HashMap<K, usize>, name: K, new: T) {
    let at = *names.entry(name).or_insert(list.len());
    match list.get_mut(at) {
        Some(old) => *old = new,
        None => list.push(new),
    }
}
