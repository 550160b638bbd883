//! A table in kernel form: what is compared. Tables of the kernel and tables of a program become one by the same steps.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use super::key::{self, Key};
use super::{canonical, elements};
use crate::bytecode::Instruction;
use crate::declarations::{Declarations, SetHead};
use crate::environment::{Database, Environment};
use crate::error::Error;
use crate::evaluate::{self, Context};
use crate::message;
use crate::model::{Chain, JumpTarget, Opaque, Rule, Set, SetFlags, Stmt, Table, Verdict};
use crate::schema::Family;
use crate::set::{self, CompiledSet, Shape};
use crate::wire::{Text, Writer};

/// A table in kernel form.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    /// All but the rules; the elements of sets are sorted, merged, and without state.
    pub(crate) table: Table,
    /// The heads of the sets, in their order.
    pub(crate) heads: Vec<Arc<CompiledSet>>,
    /// The rules of each chain, in the order of the chains.
    pub(crate) rules: Vec<Vec<RuleImage>>,
    /// Sets that rules make by themselves: those of meters.
    pub(crate) meters: Vec<Arc<CompiledSet>>,
    /// Sets that rules change.
    pub(crate) changed: HashSet<Text>,
}

/// A rule in kernel form.
#[derive(Clone, Debug)]
pub(crate) struct RuleImage {
    pub(crate) key: Key,
    /// By what it is found again: its tag, or all of it.
    pub(crate) identity: Key,
    /// The kernel's number; 0 if it has none.
    pub(crate) handle: u64,
    /// The attributes of a rule of the kernel.
    pub(crate) bytes: Box<[u8]>,
    /// Whether the machine was asked for what a name in it stands for.
    pub(crate) local: bool,
}

impl RuleImage {
    pub(crate) fn new(key: Key, tag: Option<&str>) -> Self {
        let identity = tag.map_or(key, |tag| Key::of(tag.as_bytes()));
        Self { key, identity, handle: 0, bytes: Box::default(), local: false }
    }
}

/// The sets of a table by name.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    pub(crate) sets: HashMap<Text, Rc<SetHead>>,
}

impl Heads {
    pub(crate) fn of(table: &Table) -> Self {
        Self { sets: table.sets.iter().map(|set| (Text::new(&set.name), Rc::new(SetHead::from(set)))).collect() }
    }
}

impl Declarations for Heads {
    fn set(&self, _: Family, _: &str, name: &str) -> Option<Rc<SetHead>> {
        self.sets.get(&Text::new(name)).cloned()
    }

    fn set_names(&self, _: Family, _: &str) -> Vec<String> {
        let mut names: Vec<String> = self.sets.keys().map(ToString::to_string).collect();
        names.sort_unstable();
        names
    }
}

/// Notes whether the machine is asked.
struct Asked<'a> {
    environment: &'a dyn Environment,
    asked: Cell<bool>,
}

impl Environment for Asked<'_> {
    fn number(&self, database: Database, name: &str) -> Option<u64> {
        self.asked.set(true);
        self.environment.number(database, name)
    }

    fn name(&self, database: Database, number: u64) -> Option<String> {
        self.asked.set(true);
        self.environment.name(database, number)
    }

    fn host(&self, name: &str) -> Vec<std::net::IpAddr> {
        self.asked.set(true);
        self.environment.host(name)
    }

    fn utc_offset(&self, time: i64) -> i64 {
        self.asked.set(true);
        self.environment.utc_offset(time)
    }
}

/// Makes images of a program's tables.
pub(crate) struct Maker<'a> {
    table: &'a Table,
    /// The rules that the other side has. What the kernel once gave of a rule counts only if that is among them: pushed anew, the rule may
    /// have become another, for instance with the same tests in another order.
    others: Option<HashSet<Key>>,
    heads: Heads,
    environment: Asked<'a>,
    writer: Writer,
    meters: Vec<Arc<CompiledSet>>,
    changed: HashSet<Text>,
}

impl<'a> Maker<'a> {
    pub(crate) fn new(table: &'a Table, environment: &'a dyn Environment) -> Self {
        Self {
            table,
            others: None,
            heads: Heads::of(table),
            environment: Asked { environment, asked: Cell::new(false) },
            writer: Writer::new(),
            meters: Vec::new(),
            changed: HashSet::new(),
        }
    }

    /// For a comparison with that image.
    pub(crate) fn beside(self, other: &Image) -> Self {
        let pulled = self.table.chains.iter().flat_map(|chain| &chain.rules).any(Rule::is_received);
        let keys = pulled.then(|| other.rules.iter().flatten().map(|rule| rule.key).collect());
        Self { others: Some(keys.unwrap_or_default()), ..self }
    }

    /// Knowing which sets rules change.
    pub(crate) fn with_changed(self, changed: &HashSet<Text>) -> Self {
        Self { changed: changed.clone(), ..self }
    }

    /// The whole table.
    pub(crate) fn image(mut self) -> Result<Image, Error> {
        let rules = self.table.chains.iter().map(|chain| self.rules(chain, 0)).collect::<Result<Vec<_>, _>>()?;
        let mut image =
            Image { table: without_content(self.table), heads: Vec::new(), rules, meters: Vec::new(), changed: HashSet::new() };
        image.table.objects.clone_from(&self.table.objects);
        image.table.flowtables.clone_from(&self.table.flowtables);
        image.table.chains = self.table.chains.iter().map(head).collect();
        for set in &self.table.sets {
            let (set, head) = self.set(set)?;
            image.table.sets.push(set);
            image.heads.push(Arc::new(head));
        }
        (image.meters, image.changed) = (self.meters, self.changed);
        Ok(image)
    }

    /// The rules of a chain; they are counted from `first`.
    pub(crate) fn rules(&mut self, chain: &Chain, first: usize) -> Result<Vec<RuleImage>, Error> {
        (first..).zip(&chain.rules).map(|(index, rule)| self.rule(chain, index, rule)).collect()
    }

    pub(crate) fn rule(&mut self, chain: &Chain, index: usize, rule: &Rule) -> Result<RuleImage, Error> {
        note(rule, &mut self.changed);
        let received = rule.received_key(self.table.family);
        if let Some(key) = received.filter(|key| self.others.as_ref().is_none_or(|others| others.contains(key))) {
            let handle = rule.handle.unwrap_or(0);
            return Ok(RuleImage { handle, ..RuleImage::new(key, rule.tag.as_deref()) });
        }
        self.environment.asked.set(false);
        let key = self.compile(chain, rule).map_err(|error| {
            error.with_origin(rule.origin).within(|path| {
                path.table.get_or_insert_with(|| format!("{} {}", self.table.family, &*self.table.name));
                path.item.get_or_insert_with(|| format!("chain {}", &*chain.name));
                path.rule = path.rule.or(Some(index));
            })
        })?;
        let (local, handle) = (self.environment.asked.get(), rule.handle.unwrap_or(0));
        Ok(RuleImage { local, handle, ..RuleImage::new(key, rule.tag.as_deref()) })
    }

    fn compile(&mut self, chain: &Chain, rule: &Rule) -> Result<Key, Error> {
        struct Nothing;
        impl key::Inline for Nothing {
            fn set(&self, _: &str, _: Option<u32>) -> Option<Key> {
                None
            }

            fn chain(&self, _: &crate::bytecode::ChainRef) -> Option<Key> {
                None
            }
        }
        // What stands in a rule has other names in the kernel than the next rule's.
        let kept = |opaque: &&Opaque| opaque.stmts == rule.stmts && !opaque.program.iter().any(Instruction::names_anonymous);
        if let Some(opaque) = rule.opaque.as_deref().filter(kept) {
            let mut userdata = Vec::new();
            message::rule::userdata_of(rule, &mut userdata)?;
            let besides = key::besides(opaque.compat.as_deref(), &opaque.attributes);
            return Ok(key::rule(&opaque.program, &userdata, &besides, &Nothing, &mut self.writer));
        }
        let mut context = Context::new(self.table.family, &self.table.name, &self.environment, &self.heads);
        context.base = chain.base.as_ref();
        let compiled = evaluate::compile(rule, &context)?;
        for set in compiled.sets.iter().filter(|set| !set.flags.contains(SetFlags::ANONYMOUS)) {
            if !self.meters.iter().any(|meter| meter.name == set.name) {
                self.meters.push(Arc::new(CompiledSet { id: 0, ..set.clone() }));
            }
        }
        Ok(key::compiled(rule, &compiled, &mut self.writer)?)
    }

    /// A set with its elements, and its head. All rules were seen before.
    pub(crate) fn set(&self, set: &Set) -> Result<(Set, CompiledSet), Error> {
        let family = self.table.family;
        let placed = |error: Error| {
            error.with_origin(set.origin).within(|path| {
                path.table.get_or_insert_with(|| format!("{family} {}", &*self.table.name));
                path.item.get_or_insert_with(|| format!("set {}", &*set.name));
            })
        };
        let head = self.set_head(set).map_err(placed)?;
        let shape = Shape::of(set, family);
        let mut normal = without_elements(set);
        normal.elements = elements::normalized(set, &shape, self.environment.environment).map_err(placed)?;
        if head.flags.contains(SetFlags::DYNAMIC) && !set.is_map() {
            normal.flags |= SetFlags::DYNAMIC;
        }
        Ok((normal, head))
    }

    pub(crate) fn set_head(&self, set: &Set) -> Result<CompiledSet, Error> {
        let mut head = set::head(set, self.table.family, 0)?;
        // nft makes sets that rules change dynamic, but not maps.
        if !set.is_map() && self.changed.contains(&Text::new(&set.name)) {
            head.flags |= SetFlags::DYNAMIC;
        }
        Ok(head)
    }

    /// What was noted on the way: sets of meters, and sets that rules change.
    pub(crate) fn noted(self) -> (Vec<Arc<CompiledSet>>, HashSet<Text>) {
        (self.meters, self.changed)
    }
}

/// Notes the sets that a rule changes.
pub(crate) fn note(rule: &Rule, changed: &mut HashSet<Text>) {
    for stmt in &rule.stmts {
        match stmt {
            Stmt::Set(stmt) if stmt.meter.is_none() => {
                changed.insert(Text::new(&stmt.set));
            }
            Stmt::Verdict(Verdict::Jump(JumpTarget::Block(rules)) | Verdict::Goto(JumpTarget::Block(rules))) => {
                rules.iter().for_each(|rule| note(rule, changed));
            }
            _ => {}
        }
    }
}

/// A table without what is in it.
pub(crate) fn without_content(table: &Table) -> Table {
    let mut empty = Table::new(table.family, table.name.clone());
    (empty.flags, empty.handle, empty.owner, empty.origin) = (table.flags, table.handle, table.owner, table.origin);
    empty.comment.clone_from(&table.comment);
    empty.unknown.clone_from(&table.unknown);
    empty
}

/// A chain without its rules.
pub(crate) fn head(chain: &Chain) -> Chain {
    let mut head = Chain::new(chain.name.clone());
    head.base.clone_from(&chain.base);
    head.comment.clone_from(&chain.comment);
    head.unknown.clone_from(&chain.unknown);
    (head.handle, head.origin) = (chain.handle, chain.origin);
    head
}

/// A set without its elements.
pub(crate) fn without_elements(set: &Set) -> Set {
    let mut head = Set::new(set.name.clone(), set.key.clone());
    head.data.clone_from(&set.data);
    head.stmts.clone_from(&set.stmts);
    head.comment.clone_from(&set.comment);
    head.unknown.clone_from(&set.unknown);
    (head.flags, head.timeout, head.gc_interval, head.size) = (set.flags, set.timeout, set.gc_interval, set.size);
    (head.policy, head.auto_merge, head.origin) = (set.policy, set.auto_merge, set.origin);
    (head.handle, head.count) = (set.handle, set.count);
    head.elements = crate::model::Elements::new(set.elements.layout());
    head
}

/// What of a set's head cannot be changed in place.
pub(crate) fn fixed(head: &CompiledSet) -> Vec<u8> {
    let mut bare = head.clone();
    (bare.id, bare.timeout, bare.gc_interval, bare.size) = (0, None, None, None);
    bare.policy = bare.policy.filter(|policy| *policy != 0);
    bare.data = bare.data.map(canonical::data);
    bare.userdata = set::meaningful(&bare.userdata);
    bare.exprs.iter_mut().for_each(canonical::instruction);
    bare.elements = Vec::new();
    let mut writer = Writer::new();
    bare.encode("", &mut writer);
    writer.as_bytes().to_vec()
}

/// What of a set's head can: time-out, interval of collections, size.
pub(crate) fn adjustable(head: &CompiledSet) -> (Option<u64>, Option<u32>, Option<u32>) {
    let nonzero = |number: &u32| *number != 0;
    let timeout = head.timeout.filter(|time| *time != 0).map(canonical::time);
    (timeout, head.gc_interval.filter(nonzero), head.size.filter(|size| nonzero(size) && *size != DYNAMIC_SIZE))
}

/// The size that the kernel gives to sets without one when a rule adds to them.
const DYNAMIC_SIZE: u32 = 65_535;
