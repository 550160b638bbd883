//! Events: what a commit changed, as values.

mod decode;
mod elements;
mod names;

pub(super) use decode::Decoder;

use super::Transport;
use super::commits::RawMessages;
use super::link::Link;
use crate::error::Error;
use crate::message::generation::GenerationMessage;
use crate::model::{Chain, Flowtable, Object, ObjectType, Rule, Scope, Set, Table};
use crate::name::{ChainName, DeviceName, FlowtableName, ObjectName, SetName, TableName};
use crate::schema::Family;
use crate::uapi::nf_tables::NFT_MSG_NEWGEN;
use crate::wire::Attributes;

/// One commit: everything that one batch changed, in the kernel's order.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Commit {
    /// Number of the ruleset that it made.
    pub generation: u32,
    /// Process that sent the batch, as its own namespace of processes numbers it.
    pub process_id: Option<u32>,
    /// Name of that process, of at most 15 bytes.
    pub process_name: Option<Box<str>>,
    /// What it changed.
    pub events: Vec<Event>,
}

/// One change.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// Something is there now, or is now so. A replaced rule is one that was deleted, and one of the same handle that was added.
    Added(How, Entity),
    /// Something is gone.
    Deleted(Deleted),
    /// A message that was not understood.
    Unknown(UnknownEvent),
}

/// How something was added: what the sender of the batch said.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum How {
    /// `add`: it may have been there before, and be changed now.
    Add,
    /// `create`: it was not there.
    Create,
    /// `insert`, of a rule: before others.
    Insert,
}

/// What was added.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Entity {
    /// A table; what is in it has events of its own.
    Table(Box<Table>),
    /// A chain, without its rules. Of a base chain that was there and got devices, only these are named.
    Chain(Scope, Box<Chain>),
    /// A rule, with the sets and chains that stand in it.
    Rule(Scope, ChainName, Place, Box<Rule>),
    /// A set, map or verdict map, without its elements.
    Set(Scope, Box<Set>),
    /// Elements: the set with these alone.
    Elements(Scope, Box<Set>),
    /// A flowtable. Of one that was there and got devices, only these are named.
    Flowtable(Scope, Box<Flowtable>),
    /// An object.
    Object(Scope, Box<Object>),
}

/// Where a rule stands once the commit is made.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Place {
    /// Before all others.
    First,
    /// Behind all others.
    Last,
    /// Behind the rule of that handle, which may be one that is added by a later event of the same commit.
    Behind(u64),
    /// In place of a rule of the same handle, where only the kernel knows.
    Same,
}

/// What is gone.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Deleted {
    /// A table, with all that was in it.
    Table(Family, TableName, Option<u64>),
    /// A chain, by name and handle; its rules went before.
    Chain(Scope, ChainName, Option<u64>),
    /// Devices of a base chain, which stays.
    ChainDevices(Scope, ChainName, Vec<DeviceName>),
    /// A rule. Sets and chains that stood in it show as names where they are older than the subscription.
    Rule(Scope, ChainName, Box<Rule>),
    /// A set, map or verdict map, by name and handle, with its elements.
    Set(Scope, SetName, Option<u64>),
    /// Elements: the set with these alone.
    Elements(Scope, Box<Set>),
    /// A flowtable, by name and handle.
    Flowtable(Scope, FlowtableName, Option<u64>),
    /// Devices of a flowtable, which stays.
    FlowtableDevices(Scope, FlowtableName, Vec<DeviceName>),
    /// An object, by type, name and handle.
    Object(Scope, ObjectType, ObjectName, Option<u64>),
}

/// A message that was not understood: of a newer kernel, or with elements of a set that is gone.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct UnknownEvent {
    /// `NFT_MSG_*`.
    pub message: u8,
    /// `NLM_F_*`.
    pub flags: u16,
    /// `NFPROTO_*`.
    pub family: u8,
    /// Its attributes, encoded.
    pub attributes: Box<[u8]>,
}

/// What of the kernel's messages becomes one event.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Grain {
    /// What is one thing in a ruleset: elements of a set come together, and what a rule consists of comes with it.
    #[default]
    Value,
    /// As `nft monitor` has it: each element alone, and chains without a name of their own by the name that the kernel gives them.
    Line,
}

/// The commits that a socket is told of since it made them.
pub(super) fn echoed<T: Transport>(messages: &RawMessages, grain: Grain, link: &mut Link<T>) -> Result<Vec<Commit>, Error> {
    let mut decoder = Decoder::new(grain);
    if !messages.is_empty() {
        decoder.learn(link)?;
    }
    let mut part = RawMessages::default();
    let mut commits = Vec::new();
    for message in messages {
        let message = message?;
        if message.header.message() != NFT_MSG_NEWGEN {
            part.push_message(&message);
            continue;
        }
        let made = GenerationMessage::decode(message.reader())?;
        commits.push(Commit {
            generation: made.id,
            process_id: made.pid,
            process_name: made.name.map(Box::from),
            events: decoder.events(std::mem::take(&mut part).iter(), link)?,
        });
    }
    Ok(commits)
}

impl Event {
    /// The table that it is in, or that it is.
    #[must_use]
    pub fn table(&self) -> Option<(Family, &TableName)> {
        match self {
            Self::Added(_, entity) => match entity {
                Entity::Table(table) => Some((table.family, &table.name)),
                Entity::Chain(scope, _)
                | Entity::Rule(scope, ..)
                | Entity::Set(scope, _)
                | Entity::Elements(scope, _)
                | Entity::Flowtable(scope, _)
                | Entity::Object(scope, _) => Some((scope.family, &scope.table)),
            },
            Self::Deleted(deleted) => match deleted {
                Deleted::Table(family, name, _) => Some((*family, name)),
                Deleted::Chain(scope, ..)
                | Deleted::ChainDevices(scope, ..)
                | Deleted::Rule(scope, ..)
                | Deleted::Set(scope, ..)
                | Deleted::Elements(scope, _)
                | Deleted::Flowtable(scope, ..)
                | Deleted::FlowtableDevices(scope, ..)
                | Deleted::Object(scope, ..) => Some((scope.family, &scope.table)),
            },
            Self::Unknown(_) => None,
        }
    }
}
