//! What has to be done for one ruleset to become another: operations, in an order in which the kernel takes them.

use std::collections::HashMap;
use std::fmt;

use crate::declarations::SetHead;
use crate::model::{BaseChain, Chain, Elements, Flowtable, Object, Rule, Set, Table};
use crate::name::{ChainName, DeviceName, FlowtableName, TableName};
use crate::schema::Family;
use crate::wire::Text;

/// What has to be done for one ruleset to become another.
///
/// Made by [`Ruleset::diff`](crate::model::Ruleset::diff), and by the engine when it reconciles. The operations stand in the order in which
/// the kernel takes them: what goes goes before what it uses, what comes comes behind what it uses, and what the kernel can change in place
/// is changed in place. All of them are one batch.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Patch {
    /// The operations, in their order.
    pub operations: Vec<Operation>,
    /// The kernel's generation that was compared with, if the old ruleset was pulled: the kernel takes the patch only while it is the current
    /// one.
    pub generation: Option<u32>,
    /// What rules of the patch are compiled with.
    pub(crate) contexts: HashMap<(Family, Text), TableContext>,
}

/// What rules of a table are compiled with.
#[derive(Clone, Debug, Default)]
pub(crate) struct TableContext {
    pub(crate) sets: HashMap<Text, SetHead>,
    pub(crate) bases: HashMap<Text, BaseChain>,
}

/// One operation: one message, or with many elements a few.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Operation {
    /// What happens.
    pub action: Action,
    /// Family of the table.
    pub family: Family,
    /// Name of the table.
    pub table: TableName,
    /// To what it happens.
    pub thing: Thing,
    /// What it was before it is altered.
    pub was: Option<Box<Thing>>,
}

/// What happens to a thing.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Action {
    /// It comes.
    Add,
    /// It goes.
    Remove,
    /// It becomes another in place.
    Alter,
}

/// What an operation is about.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Thing {
    /// A table: one that comes with everything in it; altered, its flags.
    Table(Box<Table>),
    /// A chain, without its rules.
    Chain(Box<Chain>),
    /// Devices of a base chain.
    ChainDevices(Box<BaseChain>, ChainName, Vec<DeviceName>),
    /// A rule.
    Rule(PlacedRule),
    /// All rules of a chain that goes, and how many there are.
    Rules(ChainName, usize),
    /// A set or map: one that comes with its elements; altered, its time-out, size and interval of collections.
    Set(Box<Set>),
    /// Elements of a set or map, which is given without its own.
    Elements(Box<Set>, Elements),
    /// An object.
    Object(Box<Object>),
    /// A flowtable.
    Flowtable(Box<Flowtable>),
    /// Devices of a flowtable.
    FlowtableDevices(FlowtableName, Vec<DeviceName>),
}

/// A rule in its chain.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct PlacedRule {
    /// Name of the chain.
    pub chain: ChainName,
    /// Number of the rule in its chain, from 0: in the old chain if it goes, in the new one if it comes.
    pub index: usize,
    /// The rule.
    pub rule: Box<Rule>,
    /// The kernel's number of the rule that goes or is replaced; 0 if the old ruleset was not pulled.
    pub(crate) handle: u64,
    /// The rule before which it goes: the kernel's number, 0 for none known. Nothing for the end of the chain.
    pub(crate) before: Option<u64>,
}

/// How many things come, go, and are altered.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "there are three actions")]
pub struct Tally {
    /// How many come.
    pub added: usize,
    /// How many go.
    pub removed: usize,
    /// How many are altered in place.
    pub altered: usize,
}

/// What a patch does, counted by kind.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Counts {
    /// Tables: those that come or go count once, whatever is in them.
    pub tables: Tally,
    /// Chains; devices of a chain alter it.
    pub chains: Tally,
    /// Rules, but for those of tables that come or go.
    pub rules: Tally,
    /// Sets and maps.
    pub sets: Tally,
    /// Elements of sets that stay.
    pub elements: Tally,
    /// Objects.
    pub objects: Tally,
    /// Flowtables; devices of a flowtable alter it.
    pub flowtables: Tally,
}

impl Tally {
    const fn count(&mut self, action: Action, number: usize) {
        match action {
            Action::Add => self.added += number,
            Action::Remove => self.removed += number,
            Action::Alter => self.altered += number,
        }
    }

    /// All of them.
    #[must_use]
    pub const fn total(self) -> usize {
        self.added + self.removed + self.altered
    }
}

impl Patch {
    /// Whether there is nothing to do.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// Whether elements go that may have run out meanwhile.
    #[cfg(all(feature = "netlink", target_os = "linux"))]
    pub(crate) fn removes_what_expires(&self) -> bool {
        self.operations.iter().any(|operation| match &operation.thing {
            Thing::Elements(set, _) => operation.action != Action::Add && set.expires(),
            _ => false,
        })
    }

    /// How many operations there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.operations.len()
    }

    /// The operations.
    pub fn iter(&self) -> std::slice::Iter<'_, Operation> {
        self.operations.iter()
    }

    /// What it does, counted by kind.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for operation in &self.operations {
            let (tally, action, number) = match &operation.thing {
                Thing::Table(_) => (&mut counts.tables, operation.action, 1),
                Thing::Chain(_) => (&mut counts.chains, operation.action, 1),
                Thing::ChainDevices(..) => (&mut counts.chains, Action::Alter, 1),
                Thing::Rule(_) => (&mut counts.rules, operation.action, 1),
                Thing::Rules(_, number) => (&mut counts.rules, operation.action, *number),
                Thing::Set(_) => (&mut counts.sets, operation.action, 1),
                Thing::Elements(_, elements) => (&mut counts.elements, operation.action, elements.len()),
                Thing::Object(_) => (&mut counts.objects, operation.action, 1),
                Thing::Flowtable(_) => (&mut counts.flowtables, operation.action, 1),
                Thing::FlowtableDevices(..) => (&mut counts.flowtables, Action::Alter, 1),
            };
            tally.count(action, number);
        }
        counts
    }
}

impl<'a> IntoIterator for &'a Patch {
    type Item = &'a Operation;
    type IntoIter = std::slice::Iter<'a, Operation>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl PartialEq for Patch {
    fn eq(&self, other: &Self) -> bool {
        self.operations == other.operations
    }
}

impl Eq for Patch {}

impl Action {
    /// The sign in a plan.
    #[must_use]
    pub const fn sign(self) -> char {
        match self {
            Self::Add => '+',
            Self::Remove => '-',
            Self::Alter => '~',
        }
    }
}

/// One line for each operation: what happens to what, without the content of rules. `nft_syntax::print::patch` prints that too.
impl fmt::Display for Patch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.operations.iter().try_for_each(|operation| writeln!(f, "{operation}"))
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { action, family, table, .. } = self;
        if let Thing::Table(_) = &self.thing {
            return write!(f, "{} table {family} {table}", action.sign());
        }
        write!(f, "{} {family} {table} ", action.sign())?;
        match &self.thing {
            Thing::Table(_) => Ok(()),
            Thing::Chain(chain) => write!(f, "chain {}", chain.name),
            Thing::ChainDevices(_, chain, devices) => write!(f, "chain {chain} devices {}", Devices(devices)),
            Thing::Rule(placed) => write!(f, "chain {} rule {}", placed.chain, placed.index + 1),
            Thing::Rules(chain, number) => write!(f, "chain {chain} rules 1-{number}"),
            Thing::Set(set) => write!(f, "{} {}", set_kind(set), set.name),
            Thing::Elements(set, elements) => write!(f, "{} {} elements ({})", set_kind(set), set.name, elements.len()),
            Thing::Object(object) => match object.kind.ty().name() {
                Some(ty) => write!(f, "{ty} {}", object.name),
                None => write!(f, "object {} of type {}", object.name, object.kind.ty().0),
            },
            Thing::Flowtable(flowtable) => write!(f, "flowtable {}", flowtable.name),
            Thing::FlowtableDevices(flowtable, devices) => write!(f, "flowtable {flowtable} devices {}", Devices(devices)),
        }
    }
}

const fn set_kind(set: &Set) -> &'static str {
    if set.is_map() { "map" } else { "set" }
}

struct Devices<'a>(&'a [DeviceName]);

impl fmt::Display for Devices<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(number, device)| {
            f.write_str(if number == 0 { "" } else { ", " })?;
            f.write_str(device)
        })
    }
}
