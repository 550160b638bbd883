//! Commands: what files and command lines consist of.

use super::{Chain, Elements, Flowtable, Object, ObjectType, Origin, Rule, Set, Table};
use crate::name::{ChainName, DeviceName, FlowtableName, ObjectName, SetName, TableName};
use crate::schema::Family;

/// A command (nft manual, "Tables", "Chains", "Rules", …). All commands of a file make one batch.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Command {
    /// `add`, or nothing written: what exists already is no error.
    Add(Item),
    /// `create`: what exists already is an error.
    Create(Item),
    /// `insert rule`.
    Insert(Item),
    /// `replace rule … handle N`.
    Replace(Scope, ChainName, u64, Box<Rule>),
    /// `delete`: what does not exist is an error.
    Delete(Target),
    /// `destroy`: what does not exist is none (Linux 6.3).
    Destroy(Target),
    /// `flush ruleset [family]`.
    FlushRuleset(Option<Family>),
    /// `flush table`.
    FlushTable(Scope),
    /// `flush chain`.
    FlushChain(Scope, ChainName),
    /// `flush set`, `flush map`, `flush meter`.
    FlushSet(Scope, SetName),
    /// `rename chain`.
    RenameChain(Scope, ChainName, ChainName),
    /// `list`.
    List(ListTarget),
    /// `reset`: lists and sets to zero.
    Reset(ListTarget),
    /// `get element`.
    GetElement(Scope, SetName, Elements),
    /// `monitor`, `describe`, `import`, `export`: the words, for the program that reads them.
    Other(Box<str>),
}

/// A table.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Scope {
    /// Its family.
    pub family: Family,
    /// Its name.
    pub table: TableName,
    /// Where the command was written.
    pub origin: Origin,
}

/// What a command adds.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Item {
    /// A table, with everything in its block. It reaches the kernel in this order: the table, chain declarations, objects,
    /// sets, flowtables, rules.
    Table(Box<Table>),
    /// A chain, with the rules of its block.
    Chain(Scope, Box<Chain>),
    /// A rule.
    Rule(Scope, ChainName, Option<Position>, Box<Rule>),
    /// A set, map or verdict map.
    Set(Scope, Box<Set>),
    /// Elements.
    Elements(Scope, SetName, Elements),
    /// A flowtable.
    Flowtable(Scope, Box<Flowtable>),
    /// An object.
    Object(Scope, Box<Object>),
}

/// Where a rule goes: behind the rule that is named (before it, for `insert`).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Position {
    /// `handle N`, `position N`.
    Handle(u64),
    /// `index N`, from 0.
    Index(u32),
}

/// What a command deletes.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Target {
    /// A table.
    Table(Scope),
    /// The table of that handle.
    TableHandle(Family, u64),
    /// A chain.
    Chain(Scope, ChainName),
    /// Devices of a base chain.
    ChainDevices(Scope, ChainName, Vec<DeviceName>),
    /// The chain of that handle.
    ChainHandle(Scope, u64),
    /// A rule.
    Rule(Scope, ChainName, u64),
    /// A set, map or verdict map.
    Set(Scope, SetName),
    /// The set of that handle.
    SetHandle(Scope, u64),
    /// Elements.
    Elements(Scope, SetName, Elements),
    /// A flowtable.
    Flowtable(Scope, FlowtableName),
    /// Devices of a flowtable.
    FlowtableDevices(Scope, FlowtableName, Vec<DeviceName>),
    /// The flowtable of that handle.
    FlowtableHandle(Scope, u64),
    /// An object.
    Object(Scope, ObjectType, ObjectName),
    /// The object of that type and handle.
    ObjectHandle(Scope, ObjectType, u64),
}

/// What a command lists or resets.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ListTarget {
    /// `ruleset [family]`.
    Ruleset(Option<Family>),
    /// `tables [family]`.
    Tables(Option<Family>),
    /// `table`.
    Table(Scope),
    /// `chains`.
    Chains(Option<Family>, Option<TableName>),
    /// `chain`.
    Chain(Scope, ChainName),
    /// `sets`.
    Sets(Option<Family>, Option<TableName>),
    /// `maps`.
    Maps(Option<Family>, Option<TableName>),
    /// `meters`.
    Meters(Option<Family>, Option<TableName>),
    /// `set`, `map`, `meter`.
    Set(Scope, SetName),
    /// `flowtables`.
    Flowtables(Option<Family>, Option<TableName>),
    /// `flowtable`.
    Flowtable(Scope, FlowtableName),
    /// `counters`, `quotas`, …
    Objects(ObjectType, Option<Family>, Option<TableName>),
    /// `counter`, `quota`, …
    Object(Scope, ObjectType, ObjectName),
    /// `hooks [family] [device name]`.
    Hooks(Option<Family>, Option<DeviceName>),
    /// `reset rules`.
    Rules(Option<Family>, Option<TableName>, Option<ChainName>),
    /// `reset rule … handle N`.
    Rule(Scope, ChainName, u64),
    /// `reset element`.
    Elements(Scope, SetName, Elements),
}

impl Scope {
    /// A table.
    #[must_use]
    pub const fn new(family: Family, table: TableName) -> Self {
        Self { family, table, origin: Origin::None }
    }
}
