//! Two images of a table become operations.
//!
//! The order is one for all tables: rules that go, elements that go, sets, chains, objects and flowtables that go; then objects, chains, sets,
//! elements and rules that come. So nothing goes while something uses it and nothing comes before what it uses, whatever the two tables hold. A
//! thing that must become another and cannot do so in place goes and comes in the same batch, and so do the rules and elements that use it:
//! those alone, the others keep their state.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::canonical;
use super::elements::{self, Difference};
use super::image::{Image, RuleImage, adjustable, fixed};
use super::key::Key;
use super::patch::{Action, Operation, Patch, PlacedRule, TableContext, Thing};
use super::script;
use super::uses::{self, Use};
use super::{Source, heads};
use crate::declarations::SetHead;
use crate::environment::Environment;
use crate::error::Error;
use crate::model::{BaseChain, Chain, Elements, Flowtable, MapData, Object, ObjectType, Set, SetFlags, Table, TableFlags};
use crate::name::DeviceName;
use crate::schema::Family;
use crate::set::Shape;
use crate::wire::Text;

/// Flags that say whom a table belongs to.
const OWNERSHIP: TableFlags = TableFlags::OWNER.union(TableFlags::PERSIST);

/// Two tables of one name.
pub(super) struct Comparison<'a> {
    pub(super) old: &'a Image,
    /// What else is known of the old one.
    pub(super) source: &'a dyn Source,
    pub(super) new: &'a Image,
    /// What the new image was made of.
    pub(super) wanted: &'a Table,
    pub(super) environment: &'a dyn Environment,
}

/// Things that go, for good or to come back as others.
#[derive(Default)]
struct Doomed<'a> {
    uses: HashSet<Use<'a>>,
}

/// A rule of the new chain.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Fate {
    Kept(usize),
    Replaces(usize),
    Added,
}

impl<'a> Comparison<'a> {
    pub(super) fn run(&self, patch: &mut Patch) -> Result<(), Error> {
        let doomed = self.doomed()?;
        let Some(flags) = self.flags().filter(|flags| *flags == self.old.table.flags || !self.swaps_base_chain(&doomed)) else {
            self.push(patch, Action::Remove, Thing::Table(Box::new(super::image::without_content(&self.old.table))));
            self.push(patch, Action::Add, Thing::Table(Box::new(self.wanted.clone())));
            return Ok(());
        };
        let before = patch.len();
        let mut early = HashSet::new();
        if flags != self.old.table.flags {
            self.flags_change(flags, patch, &mut early);
        }
        let mut later = Vec::new();
        self.rules_go(&doomed, patch, &mut later)?;
        self.elements_go(&doomed, patch, &mut later)?;
        self.sets_go(&doomed, patch);
        self.chains_go(&doomed, patch);
        self.objects_and_flowtables(&doomed, patch)?;
        self.chains_come(&doomed, &early, patch);
        self.sets_come(&doomed, patch);
        // Elements, then rules.
        later.sort_by_key(|operation: &Operation| matches!(operation.thing, Thing::Rule(_)));
        patch.operations.append(&mut later);
        self.new_rules(&doomed, patch);
        if patch.len() > before {
            patch.contexts.insert((self.wanted.family, Text::new(&self.wanted.name)), context(self.wanted));
        }
        Ok(())
    }

    /// The flags that the table shall have; nothing if it cannot get them in place.
    fn flags(&self) -> Option<TableFlags> {
        let (old, new) = (&self.old.table, &self.new.table);
        if (&old.comment, &old.unknown) != (&new.comment, &new.unknown) {
            return None;
        }
        let (have, want) = (old.flags & OWNERSHIP, new.flags & OWNERSHIP);
        // Who does not ask for ownership does not give it up.
        let rest = (new.flags - OWNERSHIP) | have;
        if have.contains(want) {
            // The kernel lets nobody change the flags of an owned table.
            let fixed = have.contains(TableFlags::OWNER) && rest != old.flags;
            return (!fixed).then_some(rest);
        }
        // A table that outlived its owner can be adopted.
        let orphan = have == TableFlags::PERSIST && old.owner.is_none();
        orphan.then_some(rest | want)
    }

    /// Whether a base chain goes and comes back.
    fn swaps_base_chain(&self, doomed: &Doomed<'_>) -> bool {
        let chains = self.new.table.chains.iter().filter(|chain| chain.base.is_some());
        chains.into_iter().any(|chain| doomed.uses.contains(&Use::Chain(&chain.name)))
    }

    /// The flags, and base chains that are new: the kernel takes none of these behind a change of flags, and no change of flags behind any
    /// other change of base chains.
    fn flags_change(&self, flags: TableFlags, patch: &mut Patch, early: &mut HashSet<&'a str>) {
        for chain in self.new.table.chains.iter().filter(|chain| chain.base.is_some()) {
            if self.old.table.chain(&chain.name).is_none() {
                early.insert(&*chain.name);
                self.push(patch, Action::Add, Thing::Chain(Box::new(chain.clone())));
            }
        }
        let altered = |flags| {
            let mut table = Table::new(self.wanted.family, self.wanted.name.clone());
            table.flags = flags;
            Thing::Table(Box::new(table))
        };
        self.alter(patch, altered(self.old.table.flags), altered(flags));
    }

    fn doomed(&self) -> Result<Doomed<'a>, Error> {
        let mut uses = HashSet::new();
        let heads: HashMap<&str, &crate::set::CompiledSet> = set_heads(self.new).collect();
        for (name, old) in set_heads(self.old) {
            if heads.get(name).is_none_or(|new| fixed(old) != fixed(new)) {
                uses.insert(Use::Set(name));
            }
        }
        let chains: HashMap<&str, &Chain> = self.new.table.chains.iter().map(|chain| (&*chain.name, chain)).collect();
        for old in &self.old.table.chains {
            if chains.get(&*old.name).is_none_or(|new| !same_chain(old, new)) {
                uses.insert(Use::Chain(&old.name));
            }
        }
        for old in &self.old.table.objects {
            let ty = old.kind.ty();
            let stays = match self.new.table.object(ty, &old.name) {
                Some(new) => updates(old, new) || heads::object(old, self.family())? == heads::object(new, self.family())?,
                None => false,
            };
            if !stays {
                uses.insert(Use::Object(ty.0, &old.name));
            }
        }
        for old in &self.old.table.flowtables {
            if self.new.table.flowtable(&old.name).is_none_or(|new| !same_flowtable(old, new)) {
                uses.insert(Use::Flowtable(&old.name));
            }
        }
        Ok(Doomed { uses })
    }

    /// Rules of chains that stay: those that go are removed at once, those that come are for later.
    fn rules_go(&self, doomed: &Doomed<'_>, patch: &mut Patch, later: &mut Vec<Operation>) -> Result<(), Error> {
        let places: HashMap<&str, usize> = (0..).zip(&self.new.table.chains).map(|(at, chain)| (&*chain.name, at)).collect();
        for (at, old) in self.old.table.chains.iter().enumerate() {
            let before = self.old.rules.get(at).map_or(&[][..], Vec::as_slice);
            if doomed.uses.contains(&Use::Chain(&old.name)) {
                if !before.is_empty() {
                    self.push(patch, Action::Remove, Thing::Rules(old.name.clone(), before.len()));
                }
                continue;
            }
            let Some(place) = places.get(&*old.name).copied() else { continue };
            let after = self.new.rules.get(place).map_or(&[][..], Vec::as_slice);
            self.chain_rules(doomed, (at, before), (place, after), patch, later)?;
        }
        Ok(())
    }

    fn chain_rules(
        &self,
        doomed: &Doomed<'_>,
        (at, before): (usize, &[RuleImage]),
        (place, after): (usize, &[RuleImage]),
        patch: &mut Patch,
        later: &mut Vec<Operation>,
    ) -> Result<(), Error> {
        let Some(chain) = self.wanted.chains.get(place) else { return Ok(()) };
        let same = before.len() == after.len() && before.iter().zip(after).all(|(old, new)| old.key == new.key);
        if same && doomed.uses.is_empty() {
            return Ok(());
        }
        let mut blocked = Vec::new();
        if !doomed.uses.is_empty() {
            for index in 0..before.len() {
                let mut uses = false;
                self.source.uses(at, index, &mut |use_| uses |= doomed.uses.contains(&use_))?;
                if uses {
                    blocked.push(index);
                }
            }
        }
        if same && blocked.is_empty() {
            return Ok(());
        }
        let is_blocked = |index: usize| blocked.binary_search(&index).is_ok();
        let old: Vec<Key> = before.iter().map(|rule| rule.identity).collect();
        let mut old = old;
        for index in &blocked {
            // Equal to no other.
            if let Some(key) = old.get_mut(*index) {
                *key = Key::of(&index.to_ne_bytes());
            }
        }
        let new: Vec<Key> = after.iter().map(|rule| rule.identity).collect();
        let fates = self.fates(&script::matches(&old, &new), before, after, &is_blocked);
        let stays: HashSet<usize> = fates
            .iter()
            .filter_map(|fate| match fate {
                Fate::Kept(index) | Fate::Replaces(index) => Some(*index),
                Fate::Added => None,
            })
            .collect();
        for (index, rule) in before.iter().enumerate().filter(|(index, _)| !stays.contains(index)) {
            let was = self.source.rule(at, index)?;
            let (rule, handle) = (Box::new(was), rule.handle);
            let placed = PlacedRule { chain: chain.name.clone(), index, rule, handle, before: None };
            self.push(patch, Action::Remove, Thing::Rule(placed));
        }
        // Before which rule of the kernel each stands.
        let mut anchor = None;
        let mut anchors = vec![None; fates.len()];
        for (slot, fate) in anchors.iter_mut().zip(&fates).rev() {
            *slot = anchor;
            if let Fate::Kept(index) | Fate::Replaces(index) = fate {
                anchor = Some(before.get(*index).map_or(0, |rule| rule.handle));
            }
        }
        for (index, (fate, anchor)) in fates.iter().zip(anchors).enumerate() {
            let Some(rule) = chain.rules.get(index) else { continue };
            let placed = |handle, before| {
                let rule = Box::new(rule.clone());
                Thing::Rule(PlacedRule { chain: chain.name.clone(), index, rule, handle, before })
            };
            match *fate {
                Fate::Kept(_) => {}
                Fate::Added => later.push(self.operation(Action::Add, placed(0, anchor))),
                Fate::Replaces(old) => {
                    let handle = before.get(old).map_or(0, |rule| rule.handle);
                    let was = Box::new(self.source.rule(at, old)?);
                    let was =
                        Thing::Rule(PlacedRule { chain: chain.name.clone(), index: old, rule: was, handle, before: None });
                    let mut operation = self.operation(Action::Alter, placed(handle, None));
                    operation.was = Some(Box::new(was));
                    later.push(operation);
                }
            }
        }
        Ok(())
    }

    /// What becomes of each rule of the new chain. Between rules that are kept, a rule that goes is replaced by one that comes, unless it uses
    /// what goes.
    fn fates(
        &self,
        pairs: &[(usize, usize)],
        before: &[RuleImage],
        after: &[RuleImage],
        is_blocked: &dyn Fn(usize) -> bool,
    ) -> Vec<Fate> {
        let mut fates = vec![Fate::Added; after.len()];
        let (mut from, mut to) = (0, 0);
        for (old, new) in pairs.iter().copied().chain([(before.len(), after.len())]) {
            let going = (from..old).filter(|index| !is_blocked(*index));
            for (index, slot) in going.zip(fates.get_mut(to..new).unwrap_or_default()) {
                *slot = Fate::Replaces(index);
            }
            if let (Some(slot), Some(was), Some(is)) = (fates.get_mut(new), before.get(old), after.get(new)) {
                *slot = if was.key == is.key { Fate::Kept(old) } else { Fate::Replaces(old) };
            }
            (from, to) = (old + 1, new + 1);
        }
        fates
    }

    /// Elements of sets that stay.
    fn elements_go(&self, doomed: &Doomed<'_>, patch: &mut Patch, later: &mut Vec<Operation>) -> Result<(), Error> {
        let old: HashMap<&str, &Set> = self.old.table.sets.iter().map(|set| (&*set.name, set)).collect();
        for (at, new) in self.new.table.sets.iter().enumerate() {
            let Some(old) = old.get(&*new.name).filter(|old| !doomed.uses.contains(&Use::Set(&old.name))) else { continue };
            let name = Text::new(&new.name);
            let learned = [&self.old.changed, &self.new.changed].iter().any(|changed| changed.contains(&name))
                || self.new.heads.get(at).is_some_and(|head| head.flags.contains(SetFlags::DYNAMIC));
            let Difference { remove, add } = self.difference(old, new, learned, doomed)?;
            let head = || Box::new(super::image::without_elements(new));
            if !remove.is_empty() {
                self.push(patch, Action::Remove, Thing::Elements(head(), remove));
            }
            if !add.is_empty() {
                later.push(self.operation(Action::Add, Thing::Elements(head(), add)));
            }
        }
        Ok(())
    }

    fn difference(&self, old: &Set, new: &Set, learned: bool, doomed: &Doomed<'_>) -> Result<Difference, Error> {
        let (was, is) = (Shape::of(old, self.family()), Shape::of(new, self.family()));
        let recoded;
        let elements = if was == is {
            &old.elements
        } else {
            let mut elements = elements::collected(&old.elements, old.auto_merge, &was, &is, self.environment)?;
            elements::sort(&mut elements);
            recoded = elements;
            &recoded
        };
        if canonical::time(old.timeout.unwrap_or(0)) != canonical::time(new.timeout.unwrap_or(0)) {
            let (was, wanted) = (elements::with_timeouts(elements, old, &is), elements::with_timeouts(&new.elements, new, &is));
            return self.changed(&was, &wanted, new, learned, &is, doomed);
        }
        self.changed(elements, &new.elements, new, learned, &is, doomed)
    }

    fn changed(
        &self,
        elements: &Elements,
        wanted: &Elements,
        set: &Set,
        learned: bool,
        shape: &Shape,
        doomed: &Doomed<'_>,
    ) -> Result<Difference, Error> {
        let object = if let Some(MapData::Object(ObjectType(ty))) = &set.data { Some(*ty) } else { None };
        let dooms = |element: &crate::model::Element| {
            let mut found = false;
            uses::element(element, object, &mut |use_| found |= doomed.uses.contains(&use_));
            found
        };
        if doomed.uses.is_empty() || !elements.others().iter().any(dooms) {
            return elements::difference(elements, wanted, learned, shape, self.environment);
        }
        // What names a thing that goes must go too, even if it comes back.
        let mut rest = elements.clone();
        let mut gone = Elements::new(elements.layout());
        rest.others_mut().retain(|element| {
            let doomed = dooms(element);
            if doomed {
                gone.push(element.clone());
            }
            !doomed
        });
        let mut difference = elements::difference(&rest, wanted, learned, shape, self.environment)?;
        difference.remove.append(gone);
        Ok(difference)
    }

    fn sets_go(&self, doomed: &Doomed<'_>, patch: &mut Patch) {
        for old in self.old.table.sets.iter().filter(|old| doomed.uses.contains(&Use::Set(&old.name))) {
            self.push(patch, Action::Remove, Thing::Set(Box::new(super::image::without_elements(old))));
        }
    }

    fn chains_go(&self, doomed: &Doomed<'_>, patch: &mut Patch) {
        for old in self.old.table.chains.iter().filter(|old| doomed.uses.contains(&Use::Chain(&old.name))) {
            self.push(patch, Action::Remove, Thing::Chain(Box::new(super::image::head(old))));
        }
    }

    fn objects_and_flowtables(&self, doomed: &Doomed<'_>, patch: &mut Patch) -> Result<(), Error> {
        let is_doomed = |object: &Object| doomed.uses.contains(&Use::Object(object.kind.ty().0, &object.name));
        for old in self.old.table.objects.iter().filter(|old| is_doomed(old)) {
            self.push(patch, Action::Remove, Thing::Object(Box::new(old.clone())));
        }
        let is_doomed_flowtable = |flowtable: &Flowtable| doomed.uses.contains(&Use::Flowtable(&flowtable.name));
        for old in self.old.table.flowtables.iter().filter(|old| is_doomed_flowtable(old)) {
            self.push(patch, Action::Remove, Thing::Flowtable(Box::new(old.clone())));
        }
        let family = self.family();
        for new in &self.wanted.objects {
            match self.old.table.object(new.kind.ty(), &new.name).filter(|old| !is_doomed(old)) {
                None => self.push(patch, Action::Add, Thing::Object(Box::new(new.clone()))),
                Some(old) if heads::object(old, family)? == heads::object(new, family)? => {}
                Some(old) => self.alter(patch, Thing::Object(Box::new(old.clone())), Thing::Object(Box::new(new.clone()))),
            }
        }
        for new in &self.wanted.flowtables {
            let Some(old) = self.old.table.flowtable(&new.name).filter(|old| !is_doomed_flowtable(old)) else {
                self.push(patch, Action::Add, Thing::Flowtable(Box::new(new.clone())));
                continue;
            };
            let (gone, come) = (missing(&old.devices, &new.devices), missing(&new.devices, &old.devices));
            if !gone.is_empty() {
                self.push(patch, Action::Remove, Thing::FlowtableDevices(new.name.clone(), gone));
            }
            if old.counter != new.counter || !come.is_empty() {
                self.alter(patch, Thing::Flowtable(Box::new(old.clone())), Thing::Flowtable(Box::new(new.clone())));
            }
        }
        Ok(())
    }

    fn chains_come(&self, doomed: &Doomed<'_>, early: &HashSet<&str>, patch: &mut Patch) {
        let old: HashMap<&str, &Chain> = self.old.table.chains.iter().map(|chain| (&*chain.name, chain)).collect();
        for new in self.new.table.chains.iter().filter(|chain| !early.contains(&*chain.name)) {
            let Some(old) = old.get(&*new.name).filter(|old| !doomed.uses.contains(&Use::Chain(&old.name))) else {
                self.push(patch, Action::Add, Thing::Chain(Box::new(new.clone())));
                continue;
            };
            let (Some(was), Some(is)) = (&old.base, &new.base) else { continue };
            let (gone, come) = (missing(&was.devices, &is.devices), missing(&is.devices, &was.devices));
            let devices = |devices| Thing::ChainDevices(Box::new(is.clone()), new.name.clone(), devices);
            if !gone.is_empty() {
                self.push(patch, Action::Remove, devices(gone));
            }
            if !come.is_empty() {
                self.push(patch, Action::Add, devices(come));
            }
            if policy(was) != policy(is) {
                self.alter(patch, Thing::Chain(Box::new((*old).clone())), Thing::Chain(Box::new(with_policy(new))));
            }
        }
    }

    fn sets_come(&self, doomed: &Doomed<'_>, patch: &mut Patch) {
        let old: HashMap<&str, usize> = (0..).zip(&self.old.table.sets).map(|(at, set)| (&*set.name, at)).collect();
        for (at, (new, source)) in self.new.table.sets.iter().zip(&self.wanted.sets).enumerate() {
            let there = old.get(&*new.name).filter(|_| !doomed.uses.contains(&Use::Set(&new.name)));
            let Some(place) = there.copied() else {
                let mut set = source.clone();
                set.flags = new.flags;
                self.push(patch, Action::Add, Thing::Set(Box::new(set)));
                continue;
            };
            let heads = self.old.heads.get(place).zip(self.new.heads.get(at));
            if heads.is_some_and(|(was, is)| adjustable(was) != adjustable(is))
                && let Some(was) = self.old.table.sets.get(place)
            {
                let head = |set| Thing::Set(Box::new(super::image::without_elements(set)));
                self.alter(patch, head(was), head(new));
            }
        }
    }

    /// Rules of chains that are new.
    fn new_rules(&self, doomed: &Doomed<'_>, patch: &mut Patch) {
        let old: HashSet<&str> = self.old.table.chains.iter().map(|chain| &*chain.name).collect();
        for chain in &self.wanted.chains {
            if old.contains(&*chain.name) && !doomed.uses.contains(&Use::Chain(&chain.name)) {
                continue;
            }
            for (index, rule) in chain.rules.iter().enumerate() {
                let rule = Box::new(rule.clone());
                let placed = PlacedRule { chain: chain.name.clone(), index, rule, handle: 0, before: None };
                self.push(patch, Action::Add, Thing::Rule(placed));
            }
        }
    }

    const fn family(&self) -> Family {
        self.wanted.family
    }

    fn operation(&self, action: Action, thing: Thing) -> Operation {
        Operation { action, family: self.wanted.family, table: self.wanted.name.clone(), thing, was: None }
    }

    fn push(&self, patch: &mut Patch, action: Action, thing: Thing) {
        patch.operations.push(self.operation(action, thing));
    }

    fn alter(&self, patch: &mut Patch, was: Thing, thing: Thing) {
        patch.operations.push(Operation { was: Some(Box::new(was)), ..self.operation(Action::Alter, thing) });
    }
}

/// What rules of a table are compiled with.
pub(super) fn context(table: &Table) -> TableContext {
    let bases = table.chains.iter().filter_map(|chain| Some((Text::new(&chain.name), chain.base.clone()?)));
    let sets = table.sets.iter().map(|set| (Text::new(&set.name), SetHead::from(set)));
    TableContext { sets: sets.collect(), bases: bases.collect() }
}

/// The sets of a table, those of its meters too.
fn set_heads(image: &Image) -> impl Iterator<Item = (&str, &crate::set::CompiledSet)> {
    let named = image.table.sets.iter().zip(&image.heads).map(|(set, head)| (&*set.name, &**head));
    named.chain(image.meters.iter().map(|head: &Arc<_>| (head.name.as_str(), &**head)))
}

fn policy(base: &BaseChain) -> crate::model::Policy {
    base.policy.unwrap_or(crate::model::Policy::Accept)
}

/// A chain whose policy is said: without, the kernel would leave it as it is.
fn with_policy(chain: &Chain) -> Chain {
    let mut chain = super::image::head(chain);
    if let Some(base) = &mut chain.base {
        base.policy = Some(policy(base));
    }
    chain
}

/// Whether a chain can become the other in place.
fn same_chain(old: &Chain, new: &Chain) -> bool {
    let place = |chain: &Chain| chain.base.as_ref().map(|base| (base.ty, base.hook, base.priority, base.offload));
    place(old) == place(new) && (&old.comment, &old.unknown) == (&new.comment, &new.unknown)
}

fn same_flowtable(old: &Flowtable, new: &Flowtable) -> bool {
    (old.priority.unwrap_or(0), old.offload, &old.unknown) == (new.priority.unwrap_or(0), new.offload, &new.unknown)
}

/// Whether the kernel changes such an object in place; of other types it ignores the change without a word.
fn updates(old: &Object, new: &Object) -> bool {
    matches!(new.kind.ty(), ObjectType::QUOTA | ObjectType::SYNPROXY)
        && (&old.comment, &old.unknown) == (&new.comment, &new.unknown)
}

/// Devices of the first list that the second lacks.
fn missing(devices: &[DeviceName], others: &[DeviceName]) -> Vec<DeviceName> {
    devices.iter().filter(|device| !others.contains(device)).cloned().collect()
}
